"""Start a model server as a service, or find the one that runs.

`ensure_server` leaves one healthy server with the wanted model and template, started by this run or by an earlier one,
and `stop_servers` ends them. A service outlives the process that started it; its record (`services/vllm.json` in the
workspace) says which it is.

There are two places, with a port each. One server of the base model with adapters beside it needs one of them. A merged
model has a server of its own: it starts at the other place, and what served before ends when it serves (`retire`).

Another server is one function and one line in `BACKENDS`, another place to run it one and one in `LAUNCHERS`
(`command.py`).
"""

from __future__ import annotations

import fcntl
import re
import socket
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from configs.load import workspace
from configs.schema import Profile
from tasks import jobs
from tasks.artifacts import Adapter
from tasks.jobs import Job
from tasks.records import Message
from tasks.serving.client import ModelServer, ServingError
from tasks.serving.command import Backend, Launcher, Weights
from tasks.serving.docker import docker_job
from tasks.serving.process import process_job
from tasks.serving.vllm import vllm_command, weights_of

NAMES = ("vllm", "vllm-2")
"""Of the two places: their records and logs."""

POLL_S = 0.25
PROBES = 3
PROBE_TIMEOUT_S = 30.0
"""Seconds for the one-token question that shows a server to be alive; a busy server still answers it."""

LOG_LINES = 4
"""Lines of the server's log that an error quotes."""

_SOURCE = re.compile(r"^\([A-Za-z0-9_-]+ pid=\d+\)\s*|^(ERROR|WARNING|INFO|CRITICAL) \d\d-\d\d [\d:]+ \[[^\]]+\]\s*")
_FAULT = re.compile(r"(\b\w*(Error|Exception|Interrupt)\b|\berror):\s|\bKilled\b")
_POINTER = "See root cause above"


@dataclass(frozen=True)
class ServerState:
    """A server that answers. `pid` is the leader of its process group."""

    url: str
    pid: int
    started_by_us: bool


@dataclass(frozen=True)
class Place:
    """One of the two places where a workspace's servers stand: what serves, and what may serve next."""

    profile: Profile
    """The profile, with this place's port as its own."""
    name: str

    @property
    def url(self) -> str:
        return self.profile.serve.url

    @property
    def record(self) -> Path:
        return _services(workspace(self.profile)) / f"{self.name}.json"

    def job(self, weights: Weights) -> Job:
        log = workspace(self.profile) / "logs" / f"{self.name}.log"
        serve = self.profile.serve
        return LAUNCHERS[serve.launcher](self.profile, BACKENDS[serve.backend], weights, log)

    def offers(self, model: str) -> bool:
        """Whether a server here, whoever started it, answers and offers this model."""
        with ModelServer(self.url, PROBE_TIMEOUT_S) as server:
            try:
                return server.healthy() and model in server.models()
            except ServingError:
                return False


def places(profile: Profile) -> tuple[Place, Place]:
    """The two places of a profile's workspace."""
    names = zip(NAMES, profile.serve.ports, strict=True)
    first, second = (Place(_at_port(profile, port), name) for name, port in names)
    return first, second


def _at_port(profile: Profile, port: int) -> Profile:
    return profile.model_copy(update={"serve": profile.serve.model_copy(update={"port": port})})


BACKENDS: Mapping[str, Backend] = {"vllm": vllm_command}
LAUNCHERS: Mapping[str, Launcher] = {"process": process_job, "docker": docker_job}


def ensure_server(
    profile: Profile,
    on_wait: Callable[[float], None] = lambda _: None,
    *,
    adapter: Adapter | None = None,
    keep: str = "",
) -> ServerState:
    """A healthy server that can offer this adapter, or the base model: the one that runs, or a new one.

    It takes the place of a server of the same model with other settings, else a free place, else that of the server
    that does not offer `keep`, the model that serves now. `on_wait` hears about once a second how many seconds the
    start has taken. An interrupt while waiting ends the started server. Raises ServingError for a busy port and a
    server that ends or is not ready in time, BaseModelError and StorageError for a model that is not there.
    """
    weights = weights_of(profile, adapter)
    name = weights.merged or profile.serve.base_name
    with _one_at_a_time(workspace(profile)):
        place = _place(places(profile), name, keep)
        record, job = place.record, place.job(weights)
        with ModelServer(place.url, PROBE_TIMEOUT_S) as server:
            found = jobs.running(record)
            same = found is not None and name in found["argv"]
            serves = same and _answers(server, name)
            if found is not None and serves and found["argv"] == list(job.argv):
                return ServerState(place.url, found["pid"], started_by_us=False)
            jobs.stop(record)
            _check_port(place)
            try:
                pid = _start(server, place, job, name, on_wait)
            except ServingError as error:
                if found is None or not serves:
                    raise
                _start(server, place, replace(job, argv=tuple(found["argv"])), name, on_wait)
                raise ServingError(f"{error}\nThe server that ran before was started again") from error
    return ServerState(place.url, pid, started_by_us=True)


def _place(both: Sequence[Place], name: str, keep: str) -> Place:
    """Where a server of this model belongs."""
    running = [jobs.running(place.record) for place in both]
    for place, found in zip(both, running, strict=True):
        if found is not None and name in found["argv"]:
            return place
    for place, found in zip(both, running, strict=True):
        if found is None:
            return place
    return next((place for place in both if not place.offers(keep)), both[1])


def where(profile: Profile, model: str) -> str | None:
    """The address of the server that offers a model; None where none does."""
    return next((place.url for place in places(profile) if place.offers(model)), None)


def retire(profile: Profile, keep: str) -> bool:
    """End every server that does not offer `keep`; nothing where no server does. True if one was ended."""
    both = places(profile)
    others = [place for place in both if not place.offers(keep)]
    ended = [jobs.stop(place.record) for place in others] if len(others) < len(both) else []
    return any(ended)


def _start(server: ModelServer, place: Place, job: Job, model: str, on_wait: Callable[[float], None]) -> int:
    """Start a server and wait until it answers; ended again if it does not."""
    job.log.unlink(missing_ok=True)  # an error quotes this start's lines only
    try:
        pid = jobs.start(job, place.record)
        _wait(server, place, job, model, on_wait)
    except BaseException:
        jobs.stop(place.record)
        raise
    return pid


def servers(folder: Path) -> frozenset[int]:
    """Process ids of the workspace's servers that run, ready or not."""
    found = (jobs.running(_services(folder) / f"{name}.json") for name in NAMES)
    return frozenset(int(record["pid"]) for record in found if record is not None)


def stop_servers(folder: Path, but: Collection[int] = ()) -> bool:
    """End the workspace's servers and all their processes, but for those of these ids; True if one ran."""
    records = [_services(folder) / f"{name}.json" for name in NAMES]
    running = {record: jobs.running(record) for record in records}
    ended = [jobs.stop(record) for record, found in running.items() if found is None or found["pid"] not in but]
    return any(ended)


def _services(folder: Path) -> Path:
    return folder / "services"


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Two runs at once start one server, not two."""
    _services(folder).mkdir(parents=True, exist_ok=True)
    with (_services(folder) / "vllm.lock").open("w") as lock:
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


def _wait(server: ModelServer, place: Place, job: Job, model: str, on_wait: Callable[[float], None]) -> None:
    started, told, limit_s = time.monotonic(), 0, place.profile.serve.ready_timeout_s
    while not server.healthy():
        elapsed = time.monotonic() - started
        if jobs.running(place.record) is None:
            raise ServingError(f"{job.name} ended before it was ready. Log: {job.log}\n{last_words(job.log)}")
        if elapsed > limit_s:
            raise ServingError(
                f"{job.name} was not ready within {limit_s} s and was ended; raise serve.ready_timeout_s "
                f"if it only needs longer. Log: {job.log}\n{last_words(job.log)}"
            )
        if int(elapsed) > told:
            told = int(elapsed)
            on_wait(elapsed)
        time.sleep(POLL_S)
    # An engine can be up and fail at its first request: some head sizes are only refused there.
    server.complete(model, [Message("user", "1+1")], max_tokens=1)


def _check_port(place: Place) -> None:
    serve, setting = place.profile.serve, "serve.port" if place.name == NAMES[0] else "serve.second_port"
    with socket.socket() as probe:
        # As the server itself will bind: connections of an ended server that still linger do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((serve.host, serve.port))
        except OSError as error:
            raise ServingError(
                f"port {serve.port} on {serve.host} is already used by {_owner(serve.port)}; "
                f"set {setting} in the profile or stop it ({error.strerror})"
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
