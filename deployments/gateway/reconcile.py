"""Make the servers hold what should serve, and keep them so: look, decide, take the steps, twice a second.

What is decided stands in `decide.py`; here it is done. A load that a server refuses is tried again after a while, and
the adapter before goes on serving.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from deployments.gateway.access_log import AccessLog
from deployments.gateway.decide import Load, Step, decide
from deployments.gateway.desired import Desired, Version
from deployments.gateway.metrics import Metrics
from deployments.gateway.routing import Router
from deployments.gateway.servers import CallError, Server
from tasks.greedy import GREEDY

LOOK_S = 0.5
DOWN_LOOK_S = 0.2
"""While a server is away: how soon its return is noticed."""

RETRY_S = 10.0
PARITY_AT_ONCE = 2
PARITY_A_ROUND = 6

log = logging.getLogger("exhell.gateway")


class Reconciler:
    """The loop, and the judge of a new champion beside it."""

    def __init__(
        self, router: Router, servers: Sequence[Server], roots: Sequence[Path], metrics: Metrics, access: AccessLog
    ) -> None:
        self._router, self._servers, self._metrics, self._access = router, servers, metrics, access
        self._roots = [root.resolve() for root in roots]
        self._failed: dict[tuple[str, str], tuple[float, str]] = {}
        self._told: dict[str, str] = {}
        self._asked = 0
        self.wake = asyncio.Event()
        self.rolled_back = asyncio.Queue[dict[str, object]]()
        """Roll-backs that the registry has yet to hear of."""

    async def run(self) -> None:
        """Until cancelled. A round that fails by a fault of ours is told, and the next one follows."""
        while True:
            try:
                await self.round()
            except Exception:
                log.exception("a round of the gateway failed")
            await self._pause()

    async def round(self) -> None:
        await asyncio.gather(*(server.look() for server in self._servers))
        router = self._router
        now = time.monotonic()
        self._failed = {key: found for key, found in self._failed.items() if now - found[0] < RETRY_S}
        pinned = router.sessions.adapters() if router.memory.retired else ()
        steps, memory = decide(router.memory, [server.observed() for server in self._servers], pinned, self._failed)
        if router.adopt(memory):
            self._metrics.switched("alias")
            log.warning("%s is now %s", router.stable, router.current)
        by_server = [[step for step in steps if step.url == server.url] for server in self._servers]
        await asyncio.gather(*(self._take(server, few) for server, few in zip(self._servers, by_server, strict=True)))
        self._access.flush()
        self._tell_problems()
        router.forget()
        for server in self._servers:
            self._metrics.server(server.url, up=server.healthy, in_flight=server.in_flight)
        if steps:
            self.wake.set()  # what was loaded may be what the stable name waits for

    def learn(self, desired: Desired) -> None:
        """The registry says something else than before."""
        self._router.adopt(self._router.memory.learnt(desired))
        memory, champion = self._router.memory, desired.champion
        if champion is not None and champion.name in memory.refused and memory.current is not None:
            # Taken back while MLflow was away, or by a gateway that was killed before it could say so.
            self._order(champion, memory.current, memory.refused[champion.name], "automatic")
        self.wake.set()

    async def judge(self) -> None:
        """Until cancelled: put known questions to what is being watched, and take it back where it is worse."""
        limits = self._router.limits
        last_asked = 0.0
        while True:
            await asyncio.sleep(min(0.5, limits.parity_s))
            try:
                if self._router.trial is not None and time.monotonic() - last_asked >= limits.parity_s:
                    await self._ask_known()
                    last_asked = time.monotonic()
                if why := self._router.judge():
                    self.take_back(why, "automatic")
            except Exception:
                log.exception("a round of the judge failed")

    def take_back(self, why: str, how: str) -> Version | None:
        """Serve what served before, at once, and have the registry's aliases follow. None where nothing can."""
        bad = self._router.memory.current
        good = self._router.take_back(why)
        if bad is None or good is None:
            log.error("%s should be taken back (%s), and nothing that served before is warm", self._router.current, why)
            self._router.trial = None
            return None
        log.error("%s was taken back: %s; %s serves again", bad.name, why, good.name)
        self._metrics.switched(how)
        self._order(bad, good, why, how)
        self.wake.set()
        return good

    def _order(self, bad: Version, good: Version, why: str, how: str) -> None:
        if bad.version != good.version:
            self.rolled_back.put_nowait({"from": bad.version, "to": good.version, "why": why, "how": how})

    async def _ask_known(self) -> None:
        """A few of the known questions, in turn."""
        version = self._router.memory.current
        if version is None or not version.questions:
            return
        count = len(version.questions)
        numbers = [(self._asked + place) % count for place in range(min(count, PARITY_A_ROUND))]
        self._asked += len(numbers)
        servers = [one for one in self._servers if one.healthy and version.name in one.offered]
        places = iter(numbers)
        while servers and (few := list(islice(places, PARITY_AT_ONCE))):
            await asyncio.gather(*(self._ask(servers[one % len(servers)], version, one) for one in few))

    async def _ask(self, server: Server, version: Version, number: int) -> None:
        question = version.questions[number]
        body = {
            "model": version.name,
            "messages": list(question.messages),
            "max_tokens": version.max_tokens,
            **GREEDY,
        }
        try:
            found = await server.call("POST", "/v1/chat/completions", body)
            text = (found["choices"][0]["message"]["content"] or "").strip()
        except CallError as error:
            if server.healthy and error.status >= 500:
                self._router.heard(version.name, failed=True, ttft_s=None)
            return
        except (KeyError, IndexError, TypeError):  # no answer that could be compared
            return
        self._router.parity[version.name].last[number] = text == question.answer

    async def _take(self, server: Server, steps: Sequence[Step]) -> None:
        """One after the other: a server that loads two at once answers nobody meanwhile."""
        for step in steps:
            try:
                if isinstance(step, Load):
                    await server.load(step.version.name, str(self._inside(step.version)))
                    log.warning("%s holds %s", server.url, step.version.name)
                else:
                    await server.unload(step.name)
                    log.warning("%s no longer holds %s, which nothing wants", server.url, step.name)
            except (CallError, PermissionError) as error:
                name = step.version.name if isinstance(step, Load) else step.name
                self._failed[server.url, name] = (time.monotonic(), str(error))

    def _inside(self, version: Version) -> Path:
        """The adapter's folder, which must lie in the artifact store: a registry that anyone can write to must not
        make a server read any other file. Raises PermissionError."""
        folder = Path(version.folder).resolve()
        if not any(folder.is_relative_to(root) for root in self._roots):
            raise PermissionError(f"{folder} does not lie in the artifact store ({self._roots[0]}), and is not loaded")
        if not (folder / "adapter_config.json").is_file():
            raise PermissionError(f"{folder} is gone, and {version.name} cannot be loaded; publish it again")
        return folder

    def problems(self) -> dict[str, str]:
        """What cannot be loaded now, and why."""
        found = {f"{name} at {url}": why for (url, name), (_, why) in self._failed.items()}
        memory = self._router.memory
        for version in (memory.desired.champion, memory.desired.previous):
            if version is not None and version.problem:
                found[version.name] = version.problem
        wanted = memory.wanted()
        if wanted is not None and not wanted.problem and wanted != memory.current and (why := self._homeless(wanted)):
            found[wanted.name] = why
        return found

    def _homeless(self, version: Version) -> str:
        """Why no server that answers can offer an adapter; empty where one can."""
        seen = [server.observed() for server in self._servers if server.healthy]
        if not seen or any(version.name in one.offered or one.can_load(version) for one in seen):
            return ""
        if version.merged:
            return "it is a merged model, and no server was started for it; `exhell serve` starts one"
        return f"no server runs base model {version.base_sha256[:12]}, which it was trained on"

    def _tell_problems(self) -> None:
        """Once each."""
        found = self.problems()
        for name, why in found.items():
            if self._told.get(name) != why:
                log.error("%s cannot be served: %s", name, why)
        self._told = found

    async def _pause(self) -> None:
        away = any(not server.healthy for server in self._servers)
        try:
            async with asyncio.timeout(DOWN_LOOK_S if away else LOOK_S):
                await self.wake.wait()
            await asyncio.sleep(0.02)  # several that wake it at once are one
        except TimeoutError:
            pass
        self.wake.clear()
