"""What a user sees who got something wrong: one message that says what to do, and a status that is not 0."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from bench.workplace import free_port, write_profile
from flows import cli
from tests.disk import needs_root, small_disk
from tests.flows.conftest import EXHELL, Workplace
from tests.tasks.builders import database, interactions


def _error(place: Workplace, *arguments: str) -> str:
    done = place.run(*arguments)
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stderr.split("error: ", 1)[1]


def test_an_unknown_setting_is_named_before_anything_starts(workplace: Workplace) -> None:
    text = _error(workplace, "night", "--set", "train.epocs=1")

    assert "train.epocs: unknown setting; did you mean epochs?" in text
    assert not workplace.workspace.exists()


def test_a_setting_without_a_value_is_wrong_usage(workplace: Workplace) -> None:
    done = workplace.run("night", "--set", "train.epochs")

    assert done.returncode == 2
    assert "write KEY=VALUE" in done.stderr


def test_an_unknown_profile_lists_what_there_is(workplace: Workplace) -> None:
    workplace_profile = workplace.profile
    done = Workplace(workplace.folder / "nowhere").run("status")

    assert done.returncode == 1
    assert "there is no profile" in done.stderr
    assert workplace_profile.exists()


@pytest.mark.slow
def test_a_stage_without_what_it_needs_says_which_comes_first(workplace: Workplace) -> None:
    assert "no dataset was published yet" in _error(workplace, "train")
    assert "run `exhell evaluate --profile" in _error(workplace, "deploy")


@pytest.mark.slow
def test_a_prefect_server_that_fails_in_the_middle_is_told_in_a_sentence(tmp_path: Path) -> None:
    class Failing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(422 if "csrf" in self.path else 200)  # 422: it asks for no such token
            self.end_headers()
            self.wfile.write(json.dumps(version("prefect")).encode())

        def do_POST(self) -> None:
            self.send_response(500)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    place = Workplace(tmp_path)
    write_profile(tmp_path, place.port)
    place.traffic("create")
    with ThreadingHTTPServer(("127.0.0.1", 0), Failing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/api"
        done = subprocess.run(
            [EXHELL, "prepare", "--profile", str(place.profile)],
            env=os.environ | {"PREFECT_API_URL": address, "PREFECT_HOME": str(tmp_path / "home"), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )
        server.shutdown()

    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    assert f"error: Prefect's server at {address} went away or failed" in done.stderr
    assert "run again" in done.stderr


@pytest.mark.slow
def test_generate_without_a_server_says_how_to_start_one(workplace: Workplace) -> None:
    assert "no model server answers at" in _error(workplace, "generate", "합계를 구하는 수식")


@pytest.mark.slow
def test_a_missing_database_ends_the_night(workplace: Workplace) -> None:
    text = _error(workplace, "night")

    assert str(workplace.database) in text
    assert not workplace.database.exists()
    _left_a_page(workplace, "prepare-dataset", text)


def _left_a_page(workplace: Workplace, stage: str, text: str) -> None:
    """The night that just failed: its page in MLflow, its Markdown in Prefect, both with the reason."""
    facts = workplace.json("report", "latest")
    assert (facts["outcome"], facts["failure"]["stage"]) == ("failed", stage)
    assert " ".join(facts["reason"].split()) == " ".join(text.split())
    assert facts["failure"]["serves"] is None
    with sqlite3.connect(workplace.workspace / "prefect" / "prefect.db") as connection:
        shown = [json.loads(data) for (data,) in connection.execute("SELECT data FROM artifact WHERE key = 'night'")]
    assert f"## Failed: {stage}" in shown[-1]
    assert "serves now | nothing yet: no night has promoted an adapter" in shown[-1]
    assert f"exhell report {facts['run_id']}" in shown[-1]
    out = workplace.folder / "failed.html"
    assert workplace.run("report", facts["run_id"], "--out", str(out)).returncode == 0
    assert "Run the night again" in out.read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_missing_table_and_an_empty_one_end_the_night(workplace: Workplace) -> None:
    workplace.workspace.mkdir(exist_ok=True)
    sqlite3.connect(workplace.database).close()
    assert "interactions" in _error(workplace, "night")

    workplace.database.unlink()
    workplace.traffic("create")
    with sqlite3.connect(workplace.database) as connection:
        connection.execute("DELETE FROM interactions")
    assert "returned no row at all" in _error(workplace, "night")
    assert workplace.processes() == []


@pytest.mark.slow
@pytest.mark.train
@pytest.mark.parametrize(
    "sign",
    ["services/prefect-of-*.json", "mlflow.db", "artifacts/extracts/*/manifest.json", "train/*/axolotl.yml"],
    ids=["while Prefect starts", "while MLflow starts", "while it prepares", "while it trains"],
)
def test_ctrl_c_at_any_moment_ends_everything_and_says_so(workplace: Workplace, sign: str) -> None:
    shutil.rmtree(workplace.workspace, ignore_errors=True)
    workplace.traffic("create")
    process = workplace.start("night")
    while not list(workplace.workspace.glob(sign)):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    workplace.press_ctrl_c(process)
    _, errors = process.communicate(timeout=40)

    assert process.returncode == 130, errors
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert workplace.processes() == []


@pytest.mark.slow
def test_a_prefect_server_that_is_away_is_named(workplace: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"http://127.0.0.1:{free_port()}/api"
    done = subprocess.run(
        [EXHELL, "prepare", "--profile", str(workplace.profile)],
        env=os.environ | {"PREFECT_API_URL": address}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 1
    assert f"Prefect's server at {address} does not answer" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_workspace_that_cannot_be_written_is_named(workplace: Workplace) -> None:
    shutil.rmtree(workplace.workspace, ignore_errors=True)
    workplace.workspace.mkdir()
    database(workplace.database, interactions(3))
    text = _error(workplace, "prepare", "--set", "workspace=/proc/exhell")

    assert "/proc/exhell cannot be used" in text
    assert "set `workspace` to a folder to write to" in text


@needs_root
def test_a_full_disk_is_told_before_anything_starts(workplace: Workplace, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", kib=1024) as disk:
        text = _error(workplace, "night", "--set", f"workspace={disk}")

    assert f"only 1 MiB are free under {disk}" in text
    assert "free disk space" in text


@pytest.mark.parametrize(
    ("pair", "status", "message"),
    [
        ("train.epochs=[", 2, "is not valid YAML"),
        ("train.epochs.x=1", 1, "train.epochs is one setting, not a group of settings"),
    ],
)
def test_a_setting_that_makes_no_sense_is_explained(workplace: Workplace, pair: str, status: int, message: str) -> None:
    done = workplace.run("night", "--set", pair)

    assert done.returncode == status
    assert message in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_too_few_good_records_end_the_night_with_the_funnel(workplace: Workplace) -> None:
    workplace.database.unlink(missing_ok=True)
    workplace.traffic("create")

    text = _error(workplace, "night", "--set", "night.min_records=100000")

    assert "100,000" in text
    assert "night.min_records" in text


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/data/x"), "/data/x: No space left on device; free disk"),
        (PermissionError(errno.EACCES, "Permission denied", "/data/x"), "Permission denied; let this user write there"),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), "peer; `exhell doctor` looks for what"),
    ],
)
def test_an_error_of_the_system_is_told_with_what_helps(
    error: OSError, advice: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)

    assert cli._run(["status"]) == 1
    assert advice in capsys.readouterr().err
