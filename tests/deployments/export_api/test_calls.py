"""Calls over HTTP, with the night's own engine over SQLite, and with fakes where it must go wrong."""

from __future__ import annotations

import io
import json
import shlex
import subprocess
import threading
from pathlib import Path
from typing import Any

import httpx
import orjson
import pyarrow.parquet as pq
import pytest

from configs.load import PROJECT
from deployments.demo import app_database
from deployments.export_api import app as api_app
from deployments.export_api.app import GUIDE_EXAMPLE, PATH
from deployments.export_api.engine import ExportError, NightEngine, NothingPassedError, UnavailableError
from deployments.export_api.stats import Stats
from tasks.artifacts import FunnelStep
from tasks.convert.formats import EXPORTS
from tasks.extract.extract import extract
from tasks.filter.checks import checking
from tasks.filter.filter import filter_extract
from tasks.records import Message
from tasks.storage import Store
from tests.deployments.export_api.conftest import NOWHERE, Running, Start, api_profile, running
from tests.deployments.export_api.engines import DirectEngine, FakeEngine, FakeExport
from tests.deployments.in_thread import eventually
from tests.tasks.builders import change, database, interaction, interactions


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The API over forty good interactions, some of them deleted, withdrawn, edited or badly rated."""
    folder = tmp_path_factory.mktemp("api")
    rows = interactions(40)
    rows[0] = interaction(1, training_consent=False)
    rows[1] = interaction(2, deleted_at=rows[1].updated_at)
    rows[2] = interaction(3, rating=2)
    rows[3] = interaction(4, quality_score=0.75)
    rows[4] = interaction(5, edited_output="=SUBTOTAL(9,A5:A14)", rating=1)
    rows[5] = interaction(6, task_type="CREATE")
    profile = api_profile(folder, f"sqlite:///{database(folder / 'app.db', rows)}")
    with running(profile, DirectEngine(profile, folder / "exports")) as served:
        yield served


def _lines(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200, answer.text
    return [orjson.loads(line) for line in answer.text.splitlines()]


def _answers(answer: httpx.Response) -> set[str]:
    return {line["output"] for line in _lines(answer)}


def test_the_guide_s_post_is_a_file_of_llama_2_chats(place: Running) -> None:
    answer = place.post(GUIDE_EXAMPLE)

    assert len(_lines(answer)) == int(answer.headers["x-total-records"]) == 36
    assert all(line["text"].startswith("<s>[INST] ") for line in _lines(answer))
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert 'filename="exhell-llama2-' in answer.headers["content-disposition"]


def test_the_guide_s_get_answers_the_figures(place: Running) -> None:
    stats = place.get("minQualityScore=0.7&minRating=4").json()["stats"]

    assert stats["totalRecords"] == 37
    assert stats["taskTypeDistribution"] == {"FORMULA": 36, "CREATE": 1}
    assert stats["editedRecords"] == 1
    assert stats["ratingHistogram"] == {"1": 1, "2": 0, "3": 0, "4": 0, "5": 36, "none": 0}
    assert stats["funnel"][0] == {"rule": "deleted", "reached": 40, "dropped": 1}


@pytest.mark.slow
def test_the_figures_sizes_are_those_of_the_files(place: Running) -> None:
    sizes = place.get().json()["stats"]["formatSizes"]

    assert set(sizes) == {*EXPORTS, "parquet"}
    for name, size in sizes.items():
        assert size == {"bytes": len(place.post({"format": name}).content), "exact": True}


@pytest.mark.parametrize("name", EXPORTS)
def test_every_format_reads_back_to_the_same_conversations(place: Running, name: str) -> None:
    content = place.post({"format": name, "taskTypes": ["CREATE"]}).content
    (line,) = EXPORTS[name].parse(content)

    row = interaction(6)
    assert EXPORTS[name].read(line) == (Message("user", row.instruction), Message("assistant", row.output))


def test_parquet_is_a_whole_file_without_the_users(place: Running) -> None:
    answer = place.post({"format": "parquet"})
    table = pq.read_table(io.BytesIO(answer.content))

    assert table.num_rows == int(answer.headers["x-total-records"])
    assert "user_id" not in table.column_names
    assert {"id", "instruction", "input", "output", "task_type"} <= set(table.column_names)


def test_withdrawn_and_deleted_rows_are_in_no_export(place: Running) -> None:
    asked = {"format": "alpaca", "minQualityScore": 0, "minRating": 1, "language": "*"}

    assert not {interaction(1).output, interaction(2).output} & _answers(place.post(asked))


def test_consent_that_is_withdrawn_between_two_calls_counts_in_the_second(start: Start, tmp_path: Path) -> None:
    path = database(tmp_path / "app.db", interactions(5))
    profile = api_profile(tmp_path, f"sqlite:///{path}")
    with running(profile, DirectEngine(profile, tmp_path / "exports")) as served:
        before = _answers(served.post({"format": "alpaca"}))
        change(path, 3, training_consent=0)
        after = _answers(served.post({"format": "alpaca"}))

    assert before - after == {interaction(3).output}


def test_without_edits_no_edited_record_is_left(place: Running) -> None:
    with_edits = _answers(place.post({"format": "alpaca"}))
    without = _answers(place.post({"format": "alpaca", "includeEdited": False}))

    assert with_edits - without == {"=SUBTOTAL(9,A5:A14)"}


def test_a_limit_takes_the_latest(place: Running) -> None:
    assert _answers(place.post({"format": "alpaca", "limit": 2})) == {interaction(39).output, interaction(40).output}


def test_an_export_is_what_the_night_would_keep(place: Running, tmp_path: Path) -> None:
    profile = api_profile(tmp_path, f"sqlite:///{place.workspace.parent / 'app.db'}")
    store = Store(str(tmp_path / "store"))
    kept = filter_extract(extract(profile.source, store), profile.filter, store, checking(profile))

    stats = place.get().json()["stats"]
    assert stats["totalRecords"] == kept.rows
    assert stats["funnel"] == [step.model_dump() for step in kept.funnel]


@pytest.mark.slow
def test_calls_follow_each_other_at_once(place: Running) -> None:
    statuses = [place.post().status_code for _ in range(3)] + [place.get().status_code for _ in range(3)]

    assert statuses == [200] * 6


def test_nothing_is_left_of_an_export(place: Running) -> None:
    place.post()

    assert [path for path in (place.workspace.parent / "exports").rglob("*") if path.is_file()] == []


def test_the_audit_log_says_who_exported_what_and_no_content(place: Running) -> None:
    answer = place.post({"format": "alpaca", "minRating": 5, "taskTypes": ["CREATE"]})
    assert eventually(lambda: '"end"' in place.audit.splitlines()[-1])  # the last byte leaves before it is written
    start, end = (json.loads(line) for line in place.audit.splitlines()[-2:])

    assert (start["event"], start["operation"], start["address"]) == ("start", "export", "127.0.0.1")
    assert (start["format"], start["filter"]["task_types"], start["filter"]["min_rating"]) == ("alpaca", ["CREATE"], 5)
    assert (end["event"], end["id"], end["outcome"]) == ("end", start["id"], "done")
    assert (end["rows"], end["bytes"]) == (1, len(answer.content))
    assert interaction(6).instruction not in place.audit
    assert place.server.audit.path.stat().st_mode & 0o077 == 0


def test_without_an_audit_log_nothing_is_exported(start: Start) -> None:
    engine = FakeEngine()
    place = start(engine)
    place.server.audit.path.unlink(missing_ok=True)
    place.server.audit.path.mkdir()
    answer = place.post()

    assert answer.status_code == 503
    assert "audit log" in answer.json()["error"]
    assert engine.asked == []


# ---- wrong input


def test_a_wrong_field_is_named_in_its_own_spelling(place: Running) -> None:
    answer = place.post({"minRating": 9, "min_quality": 1})

    assert answer.status_code == 422
    assert [problem["field"] for problem in answer.json()["fields"]] == ["minRating", "min_quality"]
    assert "did you mean minQualityScore?" in answer.json()["error"]


def test_a_wrong_parameter_is_named_too(place: Running) -> None:
    answer = place.get("minRating=9")

    assert answer.status_code == 422
    assert answer.json()["fields"][0]["field"] == "minRating"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"])
def test_a_body_that_is_not_called_json_is_refused(place: Running, content_type: str) -> None:
    answer = place.client.post(PATH, content=b"{}", headers={"Content-Type": content_type})

    assert answer.status_code == 415


def test_a_charset_does_no_harm(place: Running) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}

    assert place.client.post(PATH, content=b"{}", headers=headers).status_code == 200


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_refused(place: Running, announced: bool) -> None:
    body = b'{"taskTypes": ["' + b"x" * 70_000 + b'"]}'
    content = body if announced else iter([body])

    answer = place.client.post(PATH, content=content, headers={"Content-Type": "application/json"})

    assert answer.status_code == 413


@pytest.mark.slow
def test_a_body_that_never_comes_is_not_waited_for(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_app, "BODY_TIMEOUT_S", 0.1)
    place = start(FakeEngine())

    def slowly() -> Any:
        yield b"{"
        threading.Event().wait(1)
        yield b"}"

    answer = place.client.post(PATH, content=slowly(), headers={"Content-Type": "application/json"})

    assert answer.status_code == 408


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"])
def test_other_methods_say_which_are_known(place: Running, method: str) -> None:
    answer = place.client.request(method, PATH)

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"


# ---- what goes wrong behind it


def _raising(error: Exception) -> FakeEngine:
    def fail() -> FakeExport:
        raise error

    return FakeEngine(fail)


FUNNEL = (FunnelStep(rule="rating", reached=5, dropped=5),)


def test_a_filter_that_nothing_passes_is_a_conflict_with_its_funnel(start: Start) -> None:
    answer = start(_raising(NothingPassedError("no interaction of 5 passed", FUNNEL))).post()

    assert answer.status_code == 409
    assert answer.json()["error"] == "no interaction of 5 passed"
    assert answer.json()["funnel"] == [{"rule": "rating", "reached": 5, "dropped": 5}]


def test_its_figures_are_zero_and_the_funnel(start: Start) -> None:
    stats = start(_raising(NothingPassedError("no interaction of 5 passed", FUNNEL))).get().json()["stats"]

    assert stats["totalRecords"] == 0
    assert stats["funnel"] == [{"rule": "rating", "reached": 5, "dropped": 5}]


def test_the_real_engine_says_that_nothing_passed(place: Running) -> None:
    answer = place.post({"taskTypes": ["NO SUCH TYPE"]})

    assert answer.status_code == 409
    assert "task_type" in answer.json()["error"]
    assert {"task_type"} == {step["rule"] for step in answer.json()["funnel"] if step["dropped"] == step["reached"] > 0}


def test_a_database_that_is_away_is_said_so_with_a_time_to_come_again(start: Start) -> None:
    answer = start(_raising(UnavailableError("the server of … does not answer"))).get()

    assert answer.status_code == 503
    assert answer.json()["error"] == "the server of … does not answer"
    assert answer.headers["retry-after"]


@pytest.mark.parametrize("error", [ExportError("the disk is full"), OSError(28, "No space left on device")])
def test_what_stops_the_preparation_is_said(start: Start, error: Exception) -> None:
    answer = start(_raising(error)).post()

    assert answer.status_code == 503
    assert "disk" in answer.json()["error"] or "No space left" in answer.json()["error"]


def test_a_defect_is_no_answer_s_content(start: Start) -> None:
    answer = start(_raising(RuntimeError("김철수 900101-1234567"))).post()

    assert answer.status_code == 500
    assert "900101" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_that_breaks_off_is_not_taken_for_a_whole_one(start: Start) -> None:
    blocks = iter([b"1\n", b"2\n"])
    engine = FakeEngine(lambda: FakeExport(3, lambda: next(blocks)))
    place = start(engine)

    with pytest.raises(httpx.RemoteProtocolError):
        place.post()
    assert engine.opened[0].closed.wait(10)
    assert eventually(lambda: '"outcome":"failed"' in place.audit)


def test_what_fails_at_the_first_block_fails_with_an_answer(start: Start) -> None:
    def fail() -> bytes:
        raise RuntimeError

    assert start(FakeEngine(lambda: FakeExport(1, fail))).post().status_code == 500


def test_a_second_export_of_a_caller_waits_for_the_first(start: Start) -> None:
    ready = threading.Event()
    engine = FakeEngine(wait=ready)
    place = start(engine)
    first: list[httpx.Response] = []
    caller = threading.Thread(target=lambda: first.append(place.post()))
    caller.start()
    assert engine.waiting.wait(10)
    second = httpx.get(f"{place.url}{PATH}", trust_env=False)
    ready.set()
    caller.join()

    assert (first[0].status_code, second.status_code) == (200, 429)
    assert second.headers["retry-after"]


# ---- the description, and the commands of the documentation


def test_what_a_get_answers_is_what_is_described(place: Running) -> None:
    assert Stats.model_validate(place.get().json()["stats"]).total_records == 37


def _commands() -> list[str]:
    """The curl commands of the documentation that need no token."""
    text = (PROJECT / "docs" / "export-api.md").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.startswith("curl ") and "TOKEN" not in line]


def test_the_documentation_s_calls_work_as_they_stand(place: Running, tmp_path: Path) -> None:
    commands = _commands()
    assert len(commands) >= 2
    for command in commands:
        words = shlex.split(command.replace("localhost:3000", f"localhost:{place.port}"))
        command_line = [*words, "--fail-with-body", "-sS"]
        done = subprocess.run(command_line, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stderr, done.stdout)
    assert (tmp_path / "training_data.jsonl").read_text(encoding="utf-8").count("<s>[INST]") == 36


# ---- the real engine, in its process


@pytest.mark.slow
def test_the_demo_s_database_is_exported_by_a_process_of_its_own(tmp_path: Path) -> None:
    app_database.create(tmp_path / "app.db")
    profile = api_profile(tmp_path, f"sqlite:///{tmp_path / 'app.db'}")
    with running(profile) as served:
        assert len(_lines(served.post(GUIDE_EXAMPLE))) > 1_000
        assert served.left() == []


@pytest.mark.slow
def test_a_missing_database_file_is_said(tmp_path: Path) -> None:
    with running(api_profile(tmp_path, f"sqlite:///{tmp_path / 'app.db'}")) as served:
        answer = served.post()

    assert answer.status_code == 503
    assert f"there is no database file {tmp_path / 'app.db'}" in answer.json()["error"]


def test_what_a_killed_server_left_is_removed_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / "exports" / "999999999" / "abc" / "store"
    left.mkdir(parents=True)
    NightEngine(api_profile(tmp_path, NOWHERE), tmp_path / "exports")

    assert list((tmp_path / "exports").iterdir()) == []
