"""Nights on an object store that goes away: at their start, while they train, while models are asked, and once the
gate has decided.

The store is S3 (moto) behind a gate that refuses every connection while it is closed. Trainer and model server are
the stand-ins of `bench.nights`; the rest is what a user runs.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import fsspec
import pytest

from bench.nights import STEP, dataset_of_a_fresh_store
from bench.nights_faults import trains
from bench.nights_place import Night, Place, workplace
from bench.nights_stub import Plan
from bench.nights_stub.server import BASE_QUALITY
from deployments.demo import app_database
from tasks.serving import where
from tests.s3 import s3_server

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
STORE = "s3://exhell/artifacts"


class Gate:
    """Passes connections on to a port of this machine while it is open."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open = True
        self._passing: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def open(self) -> None:
        self._open = True

    def close(self) -> None:
        """From now on, and for what passes now."""
        self._open = False
        for one in self._passing:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            caller, _ = self._listener.accept()
            if not self._open:
                caller.close()
                continue
            to = socket.create_connection(("127.0.0.1", self._to))
            self._passing += [caller, to]
            for one, other in ((caller, to), (to, caller)):
                threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    @staticmethod
    def _pass(one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while content := one.recv(1 << 16):
                other.sendall(content)
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@dataclass
class GatedPlace(Place):
    """A workplace whose commands reach the store through a gate; its model server and this process do not need it."""

    gate: Gate = field(kw_only=True)

    def environment(self) -> dict[str, str]:
        return super().environment() | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.gate.port}"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatedPlace]:
    """After its first night, which promotes."""
    with s3_server() as variables:
        fsspec.filesystem("s3").mkdir("exhell")
        gate = Gate(int(variables["AWS_ENDPOINT_URL"].rpartition(":")[2]))
        found = GatedPlace(tmp_path_factory.mktemp("away"), remote=STORE, reached_by=variables, gate=gate)
        with workplace(found):
            Plan(BASE_QUALITY + STEP).write(found.folder)
            first = found.night().wait()
            assert first.document.get("outcome") == "promoted", first.error
            yield found


def at_once(_place: Place, _night: Night) -> bool:
    return True


def while_asked(place: Place, night: Night) -> bool:
    """Once tonight's adapter is published."""
    return _published(place, night, "adapters", 0.3)


def once_decided(place: Place, night: Night) -> bool:
    """Once the report is published, by which the adapter is deployed."""
    return _published(place, night, "reports", 0.02)


def _published(place: Place, night: Night, kind: str, poll_s: float) -> bool:
    before = set(place.store.all(kind))
    while night.runs():
        if set(place.store.all(kind)) - before:
            return True
        time.sleep(poll_s)
    return False


@pytest.mark.parametrize(
    ("moment", "steps", "outcome"),
    [(at_once, 1, "kept"), (trains, 1, "kept"), (while_asked, 1, "kept"), (once_decided, 2, "promoted")],
)
def test_the_night_says_so_what_served_serves_and_the_next_one_decides(
    place: GatedPlace, moment: Callable[[Place, Night], bool], steps: int, outcome: str
) -> None:
    Plan(BASE_QUALITY + steps * STEP).write(place.folder)
    app_database.add_day(place.database)
    champion = place.champion()
    if moment is at_once:
        place.gate.close()
    night = place.night()
    assert moment(place, night)
    place.gate.close()
    night.wait()
    place.gate.open()

    assert night.status == 1
    assert f"the store {STORE} does not answer" in night.error
    assert "Traceback" not in night.error
    assert place.champion() == champion
    assert where(place.profile, f"adapter-{champion[:12]}") is not None

    again = place.night().wait()

    assert again.status == 0, again.error
    assert again.document["outcome"] == outcome
    assert place.champion() == (again.document["adapter"]["sha256"] if outcome == "promoted" else champion)
    assert (place.champion() == champion) == (outcome == "kept")
    assert again.document["dataset"]["sha256"] == dataset_of_a_fresh_store(place)
    assert place.unfinished() == []
