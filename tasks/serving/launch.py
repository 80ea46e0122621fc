"""Start the model server as a service, or find the one that runs.

`ensure_server` leaves one healthy server with the wanted base model and template, started by this run or by an earlier
one, and `stop_server` ends it. The service outlives the process that started it; its record (`services/vllm.json` in
the workspace) says which it is.

Another server is one function `render(...) -> Job` and one line in `BACKENDS`.
"""

from __future__ import annotations

import fcntl
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from configs.load import project_path, template_path, workspace
from configs.schema import Profile, ServeConfig
from tasks import jobs
from tasks.base_model import fingerprint, locate
from tasks.jobs import Job
from tasks.records import Message
from tasks.serving.client import ModelServer, ServingError, base_alias

POLL_S = 0.25
PROBES = 3
PROBE_TIMEOUT_S = 30.0
"""Seconds for the one-token question that shows a server to be alive; a busy server still answers it."""

LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""Every linear layer of a Llama-like model's blocks: where adapters usually sit."""

LOG_LINES = 4
"""Lines of the server's log that an error quotes."""

_SOURCE = re.compile(r"^\([A-Za-z0-9_-]+ pid=\d+\)\s*|^(ERROR|WARNING|INFO|CRITICAL) \d\d-\d\d [\d:]+ \[[^\]]+\]\s*")
_FAULT = re.compile(r"(\b\w*(Error|Exception|Interrupt)\b|\berror):\s|\bKilled\b")
_POINTER = "See root cause above"


@dataclass(frozen=True)
class Base:
    """The base model to serve: local folder, and fingerprint of its weights and tokenizer."""

    path: Path
    sha256: str


def base_of(profile: Profile) -> Base:
    """The profile's base model on this machine. Raises BaseModelError where it is not there."""
    path = locate(profile.base_model)
    return Base(path, fingerprint(path))


@dataclass(frozen=True)
class ServerState:
    """A server that answers. `pid` is the leader of its process group."""

    url: str
    pid: int
    started_by_us: bool


def served_modules(profile: Profile) -> tuple[str, ...]:
    """The modules that the server takes adapters for: those of the blocks, and what else the profile trains.

    Never the head. With room for a LoRA of it, which vLLM makes unless told, its CPU build ends at two requests for
    prompt log probabilities in one batch, and on a GPU they leave that LoRA out (vllm#16668, #51594).
    """
    return tuple(sorted({*LINEAR, *profile.train.lora.target_modules} - {"lm_head", "embed_tokens"}))


def vllm_job(profile: Profile, base: Base, log: Path) -> Job:
    """vLLM with runtime LoRA, on a GPU or, in its CPU build, without one."""
    serve = profile.serve
    options = {
        "--model": str(base.path),
        "--host": serve.host,
        "--port": serve.port,
        "--dtype": serve.dtype,
        "--max-model-len": profile.base_model.max_length,
        "--gpu-memory-utilization": serve.gpu_memory_utilization,
        "--max-loras": serve.max_loras,
        # Adapters beyond `max_loras` wait in memory and come back without reading the disk.
        "--max-cpu-loras": 2 * serve.max_loras,
        "--max-lora-rank": serve.max_lora_rank,
        "--chat-template": str(template_path(profile.base_model.chat_template)),
        "--seed": 0,
        "--max-logprobs": 1,
        # One process less to start than a worker of its own: 10 s on two CPU cores. A single GPU's default anyway.
        "--distributed-executor-backend": "uni",
    }
    flags = ["--enable-lora", "--enable-prefix-caching", "--disable-uvicorn-access-log"]
    modules = ["--lora-target-modules", *served_modules(profile)]
    names = ["--served-model-name", serve.base_name, base_alias(base.sha256)]
    python = project_path(serve.environment) / "bin" / "python"
    return Job(
        name="vllm",
        argv=(
            str(python),
            "-m",
            "vllm.entrypoints.openai.api_server",
            *(str(word) for option in options.items() for word in option),
            *names,
            *modules,
            *flags,
            *(["--enforce-eager"] if serve.enforce_eager else []),
        ),
        cwd=log.parent,
        log=log,
        env=_vllm_environment(serve),
    )


def _vllm_environment(serve: ServeConfig) -> dict[str, str]:
    environment = {
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "True",
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # the CPU build refuses the `uni` executor without
        "VLLM_CPU_KVCACHE_SPACE": str(serve.cpu_kv_cache_gib),
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": str(serve.cpu_threads),
        "NO_COLOR": "1",
        "PYTHONUNBUFFERED": "1",
    }
    # Eager to the end: the sampler compiles a kernel at the first request for logprobs, 20 s on two CPU cores.
    return environment | ({"TORCH_COMPILE_DISABLE": "1"} if serve.enforce_eager else {})


BACKENDS: dict[str, Callable[[Profile, Base, Path], Job]] = {"vllm": vllm_job}


def ensure_server(profile: Profile, on_wait: Callable[[float], None] = lambda _: None) -> ServerState:
    """A healthy server of the profile's base model and template: the one that runs, or a new one.

    `on_wait` hears about once a second how many seconds the start has taken. An interrupt while waiting ends the
    started server. Raises ServingError for a busy port and a server that ends or is not ready in time, BaseModelError
    for a base model that is not there.
    """
    folder = workspace(profile)
    record = _record(folder)
    job = BACKENDS[profile.serve.backend](profile, base_of(profile), folder / "logs" / "vllm.log")
    with _one_at_a_time(record.parent), ModelServer(profile.serve.url, PROBE_TIMEOUT_S) as server:
        found = jobs.running(record)
        serves = found is not None and _answers(server, profile.serve.base_name)
        if found is not None and serves and found["argv"] == list(job.argv):
            return ServerState(profile.serve.url, found["pid"], started_by_us=False)
        jobs.stop(record)
        _check_port(profile.serve)
        try:
            pid = _start(server, profile.serve, job, record, on_wait)
        except ServingError as error:
            if found is None or not serves:
                raise
            _start(server, profile.serve, replace(job, argv=tuple(found["argv"])), record, on_wait)
            raise ServingError(f"{error}\nThe server that ran before was started again") from error
    return ServerState(profile.serve.url, pid, started_by_us=True)


def _start(server: ModelServer, serve: ServeConfig, job: Job, record: Path, on_wait: Callable[[float], None]) -> int:
    """Start a server and wait until it answers; ended again if it does not."""
    job.log.unlink(missing_ok=True)  # an error quotes this start's lines only
    try:
        pid = jobs.start(job, record)
        _wait(server, serve, job, record, on_wait)
    except BaseException:
        jobs.stop(record)
        raise
    return pid


def server_runs(folder: Path) -> bool:
    """Whether the workspace's server runs, ready or not."""
    return jobs.running(_record(folder)) is not None


def stop_server(folder: Path) -> bool:
    """End the workspace's server and all its processes; True if one ran."""
    return jobs.stop(_record(folder))


def _record(folder: Path) -> Path:
    return folder / "services" / "vllm.json"


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Two runs at once start one server, not two."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "vllm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _answers(server: ModelServer, model: str) -> bool:
    """Whether it answers, asked a few times: a busy server must not be taken for a dead one."""
    for _ in range(PROBES):
        try:
            server.complete(model, [Message("user", "1+1")], max_tokens=1)
        except ServingError:
            time.sleep(1)
        else:
            return True
    return False


def _wait(server: ModelServer, serve: ServeConfig, job: Job, record: Path, on_wait: Callable[[float], None]) -> None:
    started, told = time.monotonic(), 0
    while not server.healthy():
        elapsed = time.monotonic() - started
        if jobs.running(record) is None:
            raise ServingError(f"{job.name} ended before it was ready. Log: {job.log}\n{last_words(job.log)}")
        if elapsed > serve.ready_timeout_s:
            raise ServingError(
                f"{job.name} was not ready within {serve.ready_timeout_s} s and was ended; raise serve.ready_timeout_s "
                f"if it only needs longer. Log: {job.log}\n{last_words(job.log)}"
            )
        if int(elapsed) > told:
            told = int(elapsed)
            on_wait(elapsed)
        time.sleep(POLL_S)
    # An engine can be up and fail at its first request: some head sizes are only refused there.
    server.complete(serve.base_name, [Message("user", "1+1")], max_tokens=1)


def _check_port(serve: ServeConfig) -> None:
    with socket.socket() as probe:
        # As the server itself will bind: connections of an ended server that still linger do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((serve.host, serve.port))
        except OSError as error:
            raise ServingError(
                f"port {serve.port} on {serve.host} is already used by {_owner(serve.port)}; "
                f"set serve.port in the profile or stop it ({error.strerror})"
            ) from error


def _owner(port: int) -> str:
    try:
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr
            if listens and listens.port == port and connection.pid:
                return f"another program (process {connection.pid}, {psutil.Process(connection.pid).name()})"
    except psutil.Error:
        pass  # another user's process: its port is all that can be told
    return "another program"


def last_words(log: Path) -> str:
    """The lines of a server's log that say why it ended: its errors, and where there are none, its last lines."""
    lines = [_SOURCE.sub("", _SOURCE.sub("", line)).strip() for line in jobs.tail_of(log, 400).splitlines()]
    faults = list(dict.fromkeys(line for line in lines if _FAULT.search(line) and _POINTER not in line))
    return "\n".join(faults[-LOG_LINES:] or [line for line in lines if line][-LOG_LINES:])
