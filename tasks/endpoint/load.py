"""The open loop: every request is sent when it is due, however the ones before it fare."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tasks.endpoint.arrivals import Arrivals, due
from tasks.endpoint.ask import Endpoint, Record, ask
from tasks.endpoint.prompts import EndpointError, Prompt

MAX_IN_FLIGHT = 512
"""Requests that may be open at once; those that are due beyond are not sent, and counted as failures of a kind of their
own: memory and file descriptors of the machine that measures must not decide what is measured."""

WAKE_S = 0.003
"""How long before a request is due its sender wakes up."""

LEAD_S = 0.05
"""Between the start and the first request: time to make the tasks of all."""


@dataclass(frozen=True)
class Plan:
    """How much to send, and when. `rate` is in requests a second."""

    rate: float
    requests: int
    arrivals: Arrivals = "poisson"
    seed: int = 0
    max_tokens: int = 128
    timeout_s: float = 60.0
    warmup: int = 1
    """Requests before, one after the other, that open a connection and are not counted."""

    max_in_flight: int = MAX_IN_FLIGHT

    def __post_init__(self) -> None:
        if not self.rate > 0 or self.requests < 1 or not self.timeout_s > 0:
            raise EndpointError("rate, requests and timeout must be above zero")


async def run(
    endpoint: Endpoint, prompts: Sequence[Prompt], plan: Plan, on_progress: Callable[[int], None] = lambda _: None
) -> list[Record]:
    """Send the plan's requests and return their records, in the order in which they were due.

    Prompts are taken in a seeded order, again from its beginning where there are fewer than requests. Memory is bounded
    by the records (a few hundred bytes and the answer each) and the requests in flight.
    """
    order = np.random.default_rng(plan.seed).permutation(len(prompts))
    offsets = due(plan.rate, plan.requests, plan.arrivals, plan.seed)
    records: list[Record] = []
    open_now: set[asyncio.Task[None]] = set()
    done = 0

    def ended(task: asyncio.Task[None]) -> None:
        nonlocal done
        open_now.discard(task)
        done += 1
        on_progress(done)

    async with endpoint.client() as client:

        async def send(record: Record) -> None:
            prompt = prompts[record.prompt]
            await ask(client, endpoint, prompt, record, max_tokens=plan.max_tokens, timeout_s=plan.timeout_s)

        for number in range(plan.warmup):
            await send(Record(prompt=int(order[number % len(order)]), due=time.perf_counter()))
        start = time.perf_counter() + LEAD_S
        for number, offset in enumerate(offsets):
            record = Record(prompt=int(order[number % len(order)]), due=start + float(offset))
            records.append(record)
            await _until(record.due)
            if len(open_now) >= plan.max_in_flight:
                record.sent = record.end = time.perf_counter()
                record.failure = "not sent"
                record.reason = f"{plan.max_in_flight} requests were open already"
                done += 1
                continue
            task = asyncio.create_task(send(record))
            open_now.add(task)
            task.add_done_callback(ended)
        if open_now:
            await asyncio.gather(*open_now)
    _note_changed_models(records)
    return records


async def _until(due: float) -> None:
    """Wait for a time of `perf_counter`. A loop's own timers wake it a millisecond or two late, the last of which would
    count as the endpoint's: they are spent looking at the clock, while answers in flight are read."""
    await asyncio.sleep(max(0.0, due - WAKE_S - time.perf_counter()))
    while time.perf_counter() < due:
        await asyncio.sleep(0)


def _note_changed_models(records: Sequence[Record]) -> None:
    """An answer of another model than the first one named is a failure: its figures would be mixed into this one's."""
    first = next((one.model for one in records if one.model is not None), None)
    for record in records:
        if record.failure is None and record.model is not None and record.model != first:
            record.failure = "model changed"
            record.reason = f"{first} at first, {record.model} here"
