"""Figures for Prometheus, by adapter: requests and how they ended, time to first token, whole time, tokens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


@dataclass(frozen=True)
class Ended:
    """One request that is over. `ttft_s` is None where no token came; `outcome` is one of a few words."""

    adapter: str
    outcome: str
    status: int
    ttft_s: float | None
    total_s: float
    prompt_tokens: int
    answer_tokens: int


class Metrics:
    """One gateway's figures, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "exhell_gateway_requests", "Requests", ["adapter", "outcome", "status"], registry=registry
        )
        self._ttft = Histogram(
            "exhell_gateway_ttft_seconds", "To the first token", ["adapter"], buckets=_SECONDS, registry=registry
        )
        self._total = Histogram(
            "exhell_gateway_request_seconds", "Whole requests", ["adapter"], buckets=_SECONDS, registry=registry
        )
        self._tokens = Counter("exhell_gateway_tokens", "Tokens", ["adapter", "kind"], registry=registry)
        self._in_flight = Gauge("exhell_gateway_in_flight", "Requests at a server", ["server"], registry=registry)
        self._up = Gauge("exhell_gateway_server_up", "Whether a server answers", ["server"], registry=registry)
        self._ready = Gauge("exhell_gateway_ready", "Whether what should serve can be asked", registry=registry)
        self._switches = Counter("exhell_gateway_switches", "Moves of the stable name", ["why"], registry=registry)
        # Finding a series by its labels takes longer than counting in it.
        self._request_of = lru_cache(1024)(self._requests.labels)
        self._ttft_of, self._total_of = lru_cache(256)(self._ttft.labels), lru_cache(256)(self._total.labels)
        self._tokens_of = lru_cache(512)(self._tokens.labels)

    def ended(self, one: Ended) -> None:
        self._request_of(one.adapter, one.outcome, str(one.status)).inc()
        if one.ttft_s is not None:
            self._ttft_of(one.adapter).observe(one.ttft_s)
        self._total_of(one.adapter).observe(one.total_s)
        if one.prompt_tokens:
            self._tokens_of(one.adapter, "prompt").inc(one.prompt_tokens)
        if one.answer_tokens:
            self._tokens_of(one.adapter, "answer").inc(one.answer_tokens)

    def refused(self, status: int) -> None:
        self._request_of("", "refused", str(status)).inc()

    def switched(self, why: str) -> None:
        self._switches.labels(why).inc()

    def server(self, url: str, *, up: bool, in_flight: int) -> None:
        self._up.labels(url).set(up)
        self._in_flight.labels(url).set(in_flight)

    def page(self, *, ready: bool) -> bytes:
        self._ready.set(ready)
        return generate_latest(self._registry)
