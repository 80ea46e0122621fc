"""What the gateway adds to a request, against the server straight and against LiteLLM's proxy, in one run.

    python -m bench.gateway --json            two minutes; makes LiteLLM's environment at the first call
    python -m bench.gateway --no-litellm      without it

The server is a stub of zero latency (bench/gateway_stub.py) that streams 16 events. Stub, gateway, rival and load each
have a process of their own. Targets take turns, some seconds each, so that what else the machine does meets all of
them; what is added is the difference of their quantiles: `added_ms` at 50 requests a second, `ratio_to_litellm` (of
medians) at 5, since LiteLLM's proxy does not keep up with 50 on one core, and its queue would be measured in its place.
Flat out, the gateway is held on one core, stub and load on the others.

LiteLLM runs as its documentation advises for production: a configuration file, a master key, no debugging logs
(https://docs.litellm.ai/docs/proxy/prod); with one worker, its default, as the gateway has one process.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psutil
import yaml

from bench import measure, report
from bench.rivals import environments
from bench.workplace import free_port, write_profile
from configs.load import PROJECT
from tasks import jobs
from tasks.jobs import Job

SAVED = report.RESULTS / "gateway.json"
RATE, LIGHT_RATE = 50.0, 5.0
ROUNDS, SLICE_S = 5, 6.0
FLAT_OUT_S = 8.0
CONNECTIONS = 32
KEY = "sk-bench-0123456789abcdef"
READY_S = 180.0


@contextmanager
def service(name: str, argv: Sequence[str], folder: Path, health: str, **environment: str) -> Iterator[int]:
    """A program that runs inside the block, and its process id."""
    record = folder / f"{name}.json"
    job = Job(name, tuple(argv), PROJECT, folder / f"{name}.log", environment)
    pid = jobs.start(job, record)
    try:
        deadline = time.monotonic() + READY_S
        while not _healthy(health):
            if jobs.running(record) is None or time.monotonic() > deadline:
                raise SystemExit(f"{name} did not start:\n{jobs.tail_of(job.log)}")
            time.sleep(0.1)
        yield pid
    finally:
        jobs.stop(record)


def _healthy(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def load(folder: Path, url: str, model: str, *, warm_up: bool = False, **options: float) -> dict[str, Any]:
    """One call of the load generator; a warm-up, until connections and code are warm, may fail."""
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    argv = (sys.executable, "-m", "bench.gateway_load", "--url", url, "--model", model, "--key", KEY, *words)
    found = measure.run(Job("load", argv, PROJECT, folder / "load.log")).result
    if found["failed"] and not warm_up:
        raise SystemExit(f"{found['failed']} requests to {url} failed; see the logs in {folder}")
    return found


def quantiles(values: Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {"p50": round(statistics.median(ordered), 3), "p99": round(ordered[int(len(ordered) * 0.99)], 3)}


def litellm_config(folder: Path, stub: str) -> Path:
    parameters = {"model": "openai/base", "api_base": f"{stub}/v1", "api_key": "none"}
    config = {
        "model_list": [{"model_name": "exhell-expert", "litellm_params": parameters}],
        "litellm_settings": {"request_timeout": 600, "set_verbose": False, "json_logs": True},
        "general_settings": {"master_key": KEY},
    }
    path = folder / "litellm.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


def measured(folder: Path, *, with_litellm: bool) -> dict[str, Any]:
    stub_port, gateway_port, litellm_port = free_port(), free_port(), free_port()
    stub, gateway, litellm = (f"http://127.0.0.1:{port}" for port in (stub_port, gateway_port, litellm_port))
    settings = {"port": gateway_port, "servers": [stub], "requests_per_minute": 100_000_000}
    profile = write_profile(folder, free_port(), gateway=settings)
    exhell = str(Path(sys.executable).with_name("exhell"))
    with ExitStack() as stack:
        argv = (sys.executable, "-m", "bench.gateway_stub", str(stub_port))
        stub_pid = stack.enter_context(service("stub", argv, folder, f"{stub}/v1/models"))
        argv = (exhell, "gateway", "--profile", str(profile))
        gateway_pid = stack.enter_context(service("gateway", argv, folder, f"{gateway}/ready"))
        urls = {"direct": (stub, "base"), "gateway": (gateway, "exhell-expert")}
        if with_litellm:
            program = environments.make("litellm").with_name("litellm")
            words = ("--config", str(litellm_config(folder, stub)), "--host", "127.0.0.1", "--port", str(litellm_port))
            argv = (str(program), *words, "--num_workers", "1")
            quiet = {"LITELLM_MODE": "PRODUCTION", "LITELLM_LOG": "ERROR", "NO_DOCS": "True"}
            quiet["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it asks the internet for prices before it starts
            stack.enter_context(service("litellm", argv, folder, f"{litellm}/health/liveliness", **quiet))
            urls["litellm"] = (litellm, "exhell-expert")
        result: dict[str, Any] = {}
        if with_litellm:
            result |= _compared(_in_turns(folder, urls, LIGHT_RATE))
            del urls["litellm"]
        samples = _in_turns(folder, urls, RATE)
        result |= {"added_ms": _added(samples)["gateway"], "requests": len(samples["direct"])}
        result["total_ms"] = {name: quantiles(values) for name, values in samples.items()}
        used = _cpu_s(gateway_pid)
        with _on_one_core(gateway_pid, stub_pid):
            found = load(folder, gateway, "exhell-expert", connections=CONNECTIONS, seconds=FLAT_OUT_S)
        count = len(found["total_ms"])
        result["requests_per_s"] = round(count / found["seconds"])
        result["gateway_cpu_ms_a_request"] = round((_cpu_s(gateway_pid) - used) * 1e3 / count, 3)
        if with_litellm:
            found = load(folder, litellm, "exhell-expert", connections=CONNECTIONS, seconds=FLAT_OUT_S)
            result["litellm_requests_per_s"] = round(len(found["total_ms"]) / found["seconds"])
    return result


def _in_turns(folder: Path, urls: dict[str, tuple[str, str]], rate: float) -> dict[str, list[float]]:
    """Milliseconds of whole requests at a rate, target by target."""
    for url, model in urls.values():
        load(folder, url, model, warm_up=True, rate=rate, seconds=4)
    samples: dict[str, list[float]] = {name: [] for name in urls}
    for _ in range(ROUNDS):
        for name, (url, model) in urls.items():
            samples[name] += load(folder, url, model, rate=rate, seconds=SLICE_S)["total_ms"]
    return samples


def _added(samples: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """By target: its quantiles less those of the server straight."""
    found = {name: quantiles(values) for name, values in samples.items()}
    return {
        name: {at: round(found[name][at] - found["direct"][at], 3) for at in ("p50", "p99")}
        for name in samples
        if name != "direct"
    }


def _compared(samples: dict[str, list[float]]) -> dict[str, Any]:
    added = _added(samples)
    return {
        "at_light_rate": {"rate": LIGHT_RATE, "requests": len(samples["direct"]), "added_ms": added},
        "ratio_to_litellm": round(added["litellm"]["p50"] / max(added["gateway"]["p50"], 0.001), 1),
    }


@contextmanager
def _on_one_core(gateway_pid: int, stub_pid: int) -> Iterator[None]:
    """The gateway on the first core, the stub and what this process starts on the others."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(gateway_pid, cores[:1])
    others = cores[1:] or cores
    for pid in (0, stub_pid):
        os.sched_setaffinity(pid, others)
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def main() -> None:
    parser = report.options(__doc__, SAVED)
    parser.add_argument("--no-litellm", action="store_true", help="without the rival")
    arguments = parser.parse_args()
    machine = report.machine()
    with TemporaryDirectory(prefix="gateway-") as folder:
        result = measured(Path(folder), with_litellm=not arguments.no_litellm)
    packages = report.versions("uvicorn", "uvloop", "httptools")
    if not arguments.no_litellm:
        packages["litellm"] = _litellm_version()
    result |= {"rate": RATE, "date": report.today(), "machine": machine, "versions": packages}
    added = result["added_ms"]
    summary = (
        f"adds {added['p50']} ms (median), {added['p99']} ms (p99); {result['requests_per_s']} requests/s on one core"
    )
    if "ratio_to_litellm" in result:
        summary += f"; LiteLLM's proxy adds {result['ratio_to_litellm']} times as much"
    report.tell(result, summary, SAVED, arguments)


def _litellm_version() -> str:
    lines = (Path(environments.__file__).parent / "litellm.txt").read_text(encoding="utf-8").splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith("litellm=="))


if __name__ == "__main__":
    main()
