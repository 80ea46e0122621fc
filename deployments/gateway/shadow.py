"""Shadow traffic: while a new champion is watched, some requests go to the other adapter as well.

Nobody sees those answers; how soon they begin and whether they fail count when the new champion is judged. They are
asked when the caller has been answered, and never where a server is half busy.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from time import perf_counter

from configs.schema import GatewayConfig
from deployments.gateway.request import Asked
from deployments.gateway.routing import Router, Target
from deployments.gateway.servers import Server, choose
from deployments.gateway.upstream import UpstreamError

MOST_AT_ONCE = 8


class Shadow:
    """Asks in tasks of its own."""

    def __init__(self, router: Router, servers: Sequence[Server], settings: GatewayConfig) -> None:
        self._router, self._servers, self._settings = router, servers, settings
        self._tasks: set[asyncio.Task[None]] = set()

    def maybe(self, asked: Asked, target: Target) -> None:
        """Ask the other adapter too, where this request is one of the share."""
        trial, share = self._router.trial, self._settings.canary.shadow_share
        if trial is None or len(self._tasks) >= MOST_AT_ONCE or random.random() >= share:  # noqa: S311 - no secret
            return
        other = trial.new if target.served == trial.old else trial.old
        server = choose(self._servers, other)
        if server is None or server.in_flight * 2 > self._settings.max_in_flight:
            return
        task = asyncio.create_task(self._ask(server, other, asked.path, asked.encoded(other)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, server: Server, served: str, path: str, content: bytes) -> None:
        began, ttft_s, failed, connection = perf_counter(), None, False, None
        try:
            with server.asked(served):
                async with asyncio.timeout(self._settings.first_token_timeout_s):
                    connection = await server.client.ask("POST", path, content)
                    failed = connection.status >= 500
                    while await connection.read():
                        ttft_s = ttft_s or perf_counter() - began
        except TimeoutError:
            failed = True
        except UpstreamError:
            return
        finally:
            if connection is not None:
                server.client.give_back(connection)
        self._router.heard(served, failed=failed, ttft_s=None if failed else ttft_s)
