"""The process that watches the registry, from the gateway's side: started again when it ends, heard over a pipe."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from configs.schema import Profile
from deployments.gateway.desired import Desired
from deployments.gateway.reconcile import Reconciler

RESTART_S = 1.0
END_S = 5.0

log = logging.getLogger("exhell.gateway")


def watch(profile_json: str, pipe: Connection) -> None:
    """What the process runs; imported there alone, since the gateway itself needs none of it."""
    from deployments.gateway import registry_watch  # noqa: PLC0415

    registry_watch.watch(profile_json, pipe)


class RegistryProcess:
    """`program` is `watch`, save in tests. `away` says why the registry is not read; empty: it is."""

    def __init__(self, profile: Profile, program: Callable[[str, Connection], None], reconciler: Reconciler) -> None:
        self._profile, self._program, self._reconciler = profile, program, reconciler
        self.away = "the registry has not been read yet"

    async def run(self) -> None:
        """Until cancelled."""
        context = multiprocessing.get_context("spawn")
        while True:
            ours, theirs = context.Pipe()
            arguments = (self._profile.model_dump_json(), theirs)
            process = context.Process(target=self._program, args=arguments, daemon=True)
            process.start()
            theirs.close()
            heard = asyncio.Queue[dict[str, Any] | None]()
            loop = asyncio.get_running_loop()
            reader = threading.Thread(target=_receive, args=(ours, loop, heard), daemon=True, name="registry")
            reader.start()
            orders = asyncio.create_task(self._pass_on(ours))
            try:
                while (message := await heard.get()) is not None:
                    self._hear(message)
            finally:
                orders.cancel()
                process.terminate()
                process.join(END_S)  # ends at once; nothing may be left to a loop that is closing
                reader.join(END_S)
                ours.close()
            log.error("the process that watches the registry ended (%s); it is started again", process.exitcode)
            await asyncio.sleep(RESTART_S)

    def _hear(self, message: dict[str, Any]) -> None:
        if "away" in message:
            self.away = message["away"]
            log.warning("the registry is %s", f"away: {self.away}" if self.away else "read")
        if "rolled_back" in message:
            log.warning("the roll-back has reached the registry: %s", message["rolled_back"])
        if "desired" in message:
            self._reconciler.learn(Desired.model_validate(message["desired"]))

    async def _pass_on(self, pipe: Connection) -> None:
        orders = self._reconciler.rolled_back
        while True:
            order = await orders.get()
            try:
                pipe.send(order)
            except OSError:
                orders.put_nowait(order)
                return


def _receive(pipe: Connection, loop: asyncio.AbstractEventLoop, heard: asyncio.Queue[dict[str, Any] | None]) -> None:
    """A thread: what comes through a pipe, and None at its end."""
    message: dict[str, Any] | None = {}
    while message is not None:
        try:
            message = pipe.recv()
        except (EOFError, OSError):
            message = None
        try:
            loop.call_soon_threadsafe(heard.put_nowait, message)
        except RuntimeError:  # the loop has been closed
            return
