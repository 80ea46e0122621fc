"""Requests of users who consent become rows that a night reads; others leave nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest

from configs.load import PROJECT
from tests.deployments.gateway.conftest import NAME, QUESTION, Running, Start, StubServer
from tests.deployments.in_thread import eventually

CONSENT = {"X-Training-Consent": "true", "X-Session-Id": "talk", "X-Task-Type": "FORMULA", "X-Language": "ko"}


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "app.db"
    with sqlite3.connect(path) as connection:
        connection.executescript((PROJECT / "deployments/demo/schema.sqlite.sql").read_text(encoding="utf-8"))
    connection.close()
    return path


def rows(path: Path) -> list[dict[str, Any]]:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    found = [dict(row) for row in connection.execute("SELECT * FROM interactions ORDER BY created_at")]
    connection.close()
    return found


def ask(gateway: Running, headers: dict[str, str], **changes: Any) -> httpx.Response:
    body = QUESTION | {"user": "u-1"} | changes
    return gateway.client.post("/v1/chat/completions", json=body, headers=headers)


@pytest.mark.parametrize("stream", [False, True])
def test_question_and_answer_become_a_row_and_feedback_moves_it(
    start: Start, stub: StubServer, database: Path, stream: bool
) -> None:
    gateway = start(stub, capture=f"sqlite:///{database}")
    answer = ask(gateway, CONSENT, stream=stream)
    assert eventually(lambda: len(rows(database)) == 1)
    (row,) = rows(database)
    told = {name: row[name] for name in ("id", "user_id", "session_id", "turn", "task_type", "language")}
    number = answer.headers["x-request-id"]
    assert told == {
        "id": number,
        "user_id": "u-1",
        "session_id": "talk",
        "turn": 1,
        "task_type": "FORMULA",
        "language": "ko",
    }
    assert (row["instruction"], row["output"].split(), row["input"]) == ("B2:B20의 합계는?", [NAME] * 16, "")
    assert (row["training_consent"], row["rating"], len(row["created_at"])) == (1, None, 27)
    rated = gateway.client.post("/v1/feedback", json={"id": number, "rating": 5, "edited_output": "=SUM(B2:B20)"})
    assert rated.status_code == 200
    (after,) = rows(database)
    assert (after["rating"], after["edited_output"]) == (5, "=SUM(B2:B20)")
    assert after["updated_at"] > row["updated_at"]


def test_without_consent_or_user_nothing_is_kept(start: Start, stub: StubServer, database: Path) -> None:
    gateway = start(stub, capture=f"sqlite:///{database}")
    ask(gateway, {})
    ask(gateway, {"X-Training-Consent": "false"})
    ask(gateway, CONSENT, user=None)
    ask(gateway, CONSENT)  # written after the others, if those were
    assert eventually(lambda: len(rows(database)) > 0)
    assert len(rows(database)) == 1


def test_a_database_that_is_away_costs_no_answer(start: Start, stub: StubServer, tmp_path: Path) -> None:
    gateway = start(stub, capture=f"sqlite:///{tmp_path / 'none' / 'app.db'}")
    answers = [ask(gateway, CONSENT) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    rated = gateway.client.post("/v1/feedback", json={"id": answers[0].headers["x-request-id"], "rating": 5})
    assert (rated.status_code, rated.json()["error"]["code"]) == (503, "database_unavailable")


@pytest.mark.parametrize(
    ("feedback", "status"),
    [
        ({"id": "unknown", "rating": 5}, 404),
        ({"id": "x", "rating": 6}, 400),
        ({"id": "x"}, 400),
        ({"rating": 5}, 400),
        ({"id": "x", "user_id": "other"}, 400),
        ({"id": "x", "quality_score": True}, 400),
    ],
)
def test_feedback_that_cannot_be(
    start: Start, stub: StubServer, database: Path, feedback: dict[str, Any], status: int
) -> None:
    gateway = start(stub, capture=f"sqlite:///{database}")
    assert gateway.client.post("/v1/feedback", json=feedback).status_code == status


def test_without_capture_there_is_no_such_path(start: Start, stub: StubServer) -> None:
    assert start(stub).client.post("/v1/feedback", json={"id": "x", "rating": 5}).status_code == 404
