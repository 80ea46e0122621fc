"""`exhell gateway`: listen, and end in order.

    serve(profile, say=print)     until Ctrl-C

Refuses to start where it would be open to others without keys.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import logging
import resource
import socket
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn

from configs.errors import ExhellError
from configs.load import expand, store_folder, workspace
from configs.schema import GatewayConfig, Profile
from deployments import services
from deployments.gateway import control, desired
from deployments.gateway.access_log import AccessLog
from deployments.gateway.app import Gateway, Parts
from deployments.gateway.guard import Guard
from deployments.gateway.metrics import Metrics
from deployments.gateway.protocol import Limits, Wire
from deployments.gateway.reconcile import Reconciler
from deployments.gateway.registry_process import RegistryProcess, watch
from deployments.gateway.relay import Relay
from deployments.gateway.routing import Names, Router
from deployments.gateway.servers import Server
from deployments.gateway.sessions import Sessions
from deployments.gateway.shadow import Shadow

if TYPE_CHECKING:
    from deployments.gateway.capture import Capture

MIN_KEY_CHARS = 16
BACKLOG = 4_096
GRACE_S = 5
"""Seconds that answers on their way have to end when the gateway does."""

_OTHER_FILES = 1_024
_CLOSING_S = 0.01
log = logging.getLogger("exhell.gateway")


class GatewayError(ExhellError):
    """A gateway that cannot start, or would not be safe."""


def serve(profile: Profile, say: Callable[[str], None]) -> None:
    """Serve until the process is interrupted.

    Raises GatewayError for an unsafe setting and an address that cannot be listened on, ConfigError for an unset
    variable.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    server = GatewayServer(profile)
    try:
        say(f"gateway     {server.url}/v1  (model {server.router.stable})")
        say(f"in front of {', '.join(one.url for one in server.servers)}")
        say(f"access log  {server.access.path}")
        say(f"{'callers with a key' if server.guarded else 'callers on this machine'} are served until Ctrl-C")
        server.run()
    finally:
        server.close()


class GatewayServer:
    """The gateway on its socket. `run` in any thread, `stop` from another."""

    def __init__(self, profile: Profile, registry: Callable[[str, Connection], None] = watch) -> None:
        """Listen. `registry` is the program that watches the registry. Raises GatewayError and ConfigError."""
        settings = profile.gateway
        keys = _keys(settings)
        _require_safe(settings, keys)
        self._profile, self._folder = profile, control.folder(workspace(profile))
        self._folder.mkdir(parents=True, exist_ok=True)
        self.guarded = bool(keys)
        self._socket = services.listen(settings.host, settings.port, "gateway.port", BACKLOG, GatewayError)
        self.url = services.address(self._socket, settings.host)
        self.servers = [Server(url) for url in settings.servers or _own_servers(profile)]
        self.access, metrics = AccessLog(self._folder / "access.jsonl"), Metrics()
        state = self._folder / "state.json"
        self.router = Router(
            Names(settings.model or profile.tracking.registered_model, profile.serve.base_name),
            settings.canary,
            self.servers,
            Sessions(self._folder / "sessions.log", settings.session_idle_s),
            desired.read(state),
            save=functools.partial(desired.write, state),
        )
        roots = _roots(profile)
        self.reconciler = Reconciler(self.router, self.servers, roots, metrics, self.access)
        self._capture = _capture(settings)
        self._app = Gateway(
            Parts(
                settings,
                Guard(keys, settings.requests_per_minute),
                self.router,
                Relay(self.servers, settings, self.reconciler.wake),
                Shadow(self.router, self.servers, settings),
                metrics,
                self.access,
                self._capture,
            )
        )
        self._registry = RegistryProcess(profile, registry, self.reconciler)
        self._server = _Server(_uvicorn(self._app, settings), self._beside)

    def run(self) -> None:
        settings = self._profile.gateway
        _raise_file_limit(settings.max_connections + settings.max_in_flight * len(self.servers))
        # What start-up made stays: the collector need not look at it again, which takes milliseconds of a request.
        gc.collect()
        gc.freeze()
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        self._server.should_exit = True

    @property
    def started(self) -> bool:
        return self._server.started

    def close(self) -> None:
        self._socket.close()
        self.access.flush()
        self.router.sessions.close()
        if self._capture is not None:
            self._capture.close()

    def status(self) -> dict[str, Any]:
        """What serves where, for `exhell status`."""
        router = self.router
        memory = router.memory
        return {
            "url": self.url,
            "ready": self._app.why_not_ready() or "yes",
            "model": router.stable,
            "serves": router.current,
            "version": memory.current.version if memory.current is not None else None,
            "champion": memory.desired.champion.name if memory.desired.champion is not None else None,
            "before": memory.before.name if memory.before is not None else None,
            "watched": router.trial.new if router.trial is not None else None,
            "refused": dict(memory.refused),
            "problems": self.reconciler.problems(),
            "registry": self._registry.away or "read",
            "servers": [
                {
                    "url": server.url,
                    "healthy": server.healthy,
                    "in_flight": server.in_flight,
                    "offers": sorted(server.offered),
                }
                for server in self.servers
            ],
        }

    async def _beside(self) -> None:
        """What runs beside the answers: until cancelled."""
        await self.reconciler.round()  # a gateway that comes back serves at once what it served
        door = await control.serve(workspace(self._profile), self._order)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.reconciler.run())
                group.create_task(self.reconciler.judge())
                group.create_task(self._registry.run())
        finally:
            door.close()
            for server in self.servers:
                server.client.close()

    async def _order(self, order: Mapping[str, Any]) -> Mapping[str, Any]:
        if order["do"] == "status":
            return self.status()
        if order["do"] != "rollback":
            return {"error": f"unknown: {order['do']}"}
        bad = self.router.memory.current
        good = self.reconciler.take_back(str(order.get("why") or "no reason given"), "manual")
        if bad is None or good is None:
            return {"error": "nothing that served before is warm on any server"}
        return {"serves": good.name, "version": good.version, "before": bad.name, "url": self.url}


class _Server(uvicorn.Server):
    """With tasks beside it, from before the first request until after the last."""

    def __init__(self, config: uvicorn.Config, beside: Callable[[], Coroutine[Any, Any, None]]) -> None:
        super().__init__(config)
        self._beside = beside
        self._task: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._task = asyncio.create_task(self._beside())
        self._task.add_done_callback(self._ended)
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await asyncio.sleep(_CLOSING_S)  # what was aborted is closed by the loop, which must not end before

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            log.error("the gateway ends", exc_info=task.exception())
            self.should_exit = True


def _uvicorn(app: Gateway, settings: GatewayConfig) -> uvicorn.Config:
    limits = Limits(settings.max_connections, settings.idle_timeout_s)
    return uvicorn.Config(
        app,
        ws="none",
        lifespan="off",
        loop="uvloop",
        http=functools.partial(Wire, limits),  # type: ignore[arg-type]
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=settings.idle_timeout_s,
        timeout_graceful_shutdown=GRACE_S,
    )


def _keys(settings: GatewayConfig) -> tuple[str, ...]:
    """Raises GatewayError for one that can be guessed, or cannot be sent."""
    text = expand(settings.api_keys)
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    if settings.api_keys and not keys and ":-" not in settings.api_keys:
        raise GatewayError(
            f"the gateway's keys ({settings.api_keys}) are empty; set that variable: openssl rand -hex 32"
        )
    for number, key in enumerate(keys, start=1):
        if len(key) < MIN_KEY_CHARS or not key.isascii() or not key.isprintable() or " " in key:
            raise GatewayError(
                f"key {number} of the gateway ({settings.api_keys}) must be {MIN_KEY_CHARS} printable ASCII characters "
                "at least, without blanks: openssl rand -hex 32"
            )
    return keys


def _require_safe(settings: GatewayConfig, keys: tuple[str, ...]) -> None:
    if not keys and not services.is_local(settings.host):
        raise GatewayError(
            f"gateway.host {settings.host} can be reached from other machines, and no keys are set; set "
            "gateway.api_keys to ${EXHELL_GATEWAY_KEYS} and that variable to a long random text, or leave gateway.host "
            "at 127.0.0.1"
        )


def _capture(settings: GatewayConfig) -> Capture | None:
    if not settings.capture:
        return None
    from deployments.gateway.capture import Capture  # noqa: PLC0415 - what few need must not hold up the others' start

    return Capture(expand(settings.capture))


def _own_servers(profile: Profile) -> tuple[str, ...]:
    host = f"[{profile.serve.host}]" if ":" in profile.serve.host else profile.serve.host
    return tuple(f"http://{host}:{port}" for port in profile.serve.ports)


def _roots(profile: Profile) -> list[Path]:
    """Where adapters may lie: the store, or what was fetched of a remote one."""
    if (folder := store_folder(profile)) is not None:
        return [folder]
    from tasks.storage import downloads  # noqa: PLC0415 - as above

    return [downloads()]


def _raise_file_limit(connections: int) -> None:
    """A connection is a file: callers' and servers' as many as are allowed, and what any program has open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if most < wanted:
        log.warning("only %d files may be open, for %d connections; raise the limit (ulimit -n)", most, connections)
