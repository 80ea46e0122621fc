"""`exhell api`: listen, and end in order.

    serve(profile, say=print)     until Ctrl-C

Refuses to start where it would be open to others without a token.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import uvicorn

from configs.errors import ExhellError
from configs.load import expand, workspace
from configs.schema import ApiConfig, Profile
from deployments import services
from deployments.export_api.app import PATH, create
from deployments.export_api.audit import Audit
from deployments.export_api.engine import Engine, NightEngine

MIN_TOKEN_CHARS = 16
MOST_CONNECTIONS = 100
GRACE_S = 3
"""Seconds that answers on their way have to end when the server does; an export that needs longer is cut off."""


class ApiError(ExhellError):
    """An export API that cannot start, or would not be safe."""


def serve(profile: Profile, say: Callable[[str], None]) -> None:
    """Serve a profile's API until the process is interrupted.

    Raises ApiError for an unsafe setting and an address that cannot be listened on, ConfigError for an unset variable.
    """
    server = ApiServer(profile)
    try:
        say(f"export API  {server.url}{PATH}")
        say(f"explained   {server.url}/docs")
        say(f"audit log   {server.audit.path}")
        say(f"{'callers with the token' if server.guarded else 'callers on this machine'} are served until Ctrl-C")
        server.run()
    finally:
        server.close()


class ApiServer:
    """The API on its socket. `run` in any thread, `stop` from another."""

    def __init__(self, profile: Profile, engine: Engine | None = None) -> None:
        """Listen. `engine` is for tests; the night's own is the default. Raises ApiError and ConfigError."""
        settings = profile.api
        token = _token(settings)
        _require_safe(settings, token)
        folder = workspace(profile) / "api"
        self.guarded = bool(token)
        self._socket = services.listen(settings.host, settings.port, "api.port", MOST_CONNECTIONS, ApiError)
        self.url = services.address(self._socket, settings.host)
        self.audit = Audit(folder / "audit.jsonl")
        self._engine = engine or NightEngine(profile, folder / "exports")
        app = create(profile, self._engine, self.audit, token)
        self._server = _Server(_uvicorn(app, settings))

    def run(self) -> None:
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        self._server.should_exit = True

    @property
    def started(self) -> bool:
        return self._server.started

    def close(self) -> None:
        self._socket.close()
        self._engine.close()


class _Server(uvicorn.Server):
    """Ends also the connections of callers who do not take what is left of their answers."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)  # the loop closes them


def _uvicorn(app: object, settings: ApiConfig) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        ws="none",
        # The gateway's faster parser and loop are installed too; this service's limits were tested with these.
        http="h11",
        loop="asyncio",
        lifespan="off",
        log_level="warning",
        access_log=False,  # the audit log says who came for what
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=GRACE_S,
    )


def _token(settings: ApiConfig) -> str:
    """Raises ApiError for one that is set and empty, or can be guessed."""
    token = expand(settings.token)
    if (token or (settings.token and ":-" not in settings.token)) and len(token) < MIN_TOKEN_CHARS:
        raise ApiError(
            f"the token of the export API ({settings.token}) has {len(token)} characters; give it {MIN_TOKEN_CHARS} at "
            "least: openssl rand -hex 32"
        )
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ApiError(f"the token of the export API ({settings.token}) may hold printable ASCII only, without blanks")
    return token


def _require_safe(settings: ApiConfig, token: str) -> None:
    local = services.is_local(settings.host)
    if not local and not token:
        raise ApiError(
            f"api.host {settings.host} can be reached from other machines, and no token is set; set api.token to "
            "${EXHELL_API_TOKEN} and that variable to a long random text, or leave api.host at 127.0.0.1"
        )
    if settings.trusted_proxies and not token:
        raise ApiError("api.trusted_proxies needs a token: behind a proxy, everybody's call comes from this machine")
