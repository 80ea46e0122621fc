"""What was asked and answered, back into the app database's schema (docs/app-database.md), so that the loop closes.

Off unless `gateway.capture` names a database. A request is kept when it says whose it is (`user`) and bears the user's
consent (`X-Training-Consent: true`), and is answered well. Its row's id is the answer's `x-request-id`, under which
feedback comes later. Rows are written by a thread: a database that is away costs rows, never answers.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import Empty, Full, Queue
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

MOST_WAITING = 1_000
MOST_ANSWER_BYTES = 256 << 10
AT_ONCE = 200

log = logging.getLogger("exhell.gateway")


@dataclass(frozen=True)
class About:
    """What a caller says about a request that may be kept."""

    user: str
    session: str = ""
    task_type: str = ""
    language: str = ""


@dataclass
class Kept:
    """One request on its way into the database: its question, and the answer's pieces as they went out."""

    about: About
    messages: list[dict[str, Any]]
    stream: bool
    asked_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    pieces: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.size <= MOST_ANSWER_BYTES:
            self.pieces.append(piece)

    def row(self, number: str) -> dict[str, Any] | None:
        """None for what cannot be a row: no question of a user, no text, or an answer that was cut here."""
        questions = [_text(one["content"]) for one in self.messages if one["role"] == "user"]
        output = _answer(b"".join(self.pieces), stream=self.stream) if self.size <= MOST_ANSWER_BYTES else ""
        if not questions or not output:
            return None
        return {
            "id": number,
            "user_id": self.about.user,
            "session_id": self.about.session or None,
            "turn": len(questions),
            "task_type": self.about.task_type or None,
            "instruction": questions[-1],
            "input": "",
            "output": output,
            "language": self.about.language or None,
            "training_consent": True,
            "created_at": self.asked_at,
            "updated_at": datetime.now(UTC),
        }


class Capture:
    """Writes rows and feedback. `add` returns at once; `feedback` blocks, and belongs into a thread."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url, poolclass=NullPool, hide_parameters=True)
        self._text_times = self._engine.dialect.name == "sqlite"
        self._table = _table(text_times=self._text_times)
        self._waiting: Queue[tuple[str, Kept] | None] = Queue(MOST_WAITING)
        self._thread = threading.Thread(target=self._write, daemon=True, name="capture")
        self._thread.start()

    def add(self, number: str, kept: Kept) -> None:
        try:
            self._waiting.put_nowait((number, kept))
        except Full:
            log.warning("request %s is not kept: the database is slower than requests come", number)

    def feedback(self, number: str, changes: Mapping[str, Any]) -> bool:
        """Rate or correct an answer; False where no row has this id. Raises SQLAlchemyError."""
        table = self._table
        values = dict(changes) | {"updated_at": self._time(datetime.now(UTC))}
        statement = table.update().where(table.c.id == number, table.c.deleted_at.is_(None)).values(values)
        with self._engine.begin() as connection:
            return connection.execute(statement).rowcount == 1

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join(timeout=5)
        self._engine.dispose()

    def _write(self) -> None:
        going = True
        while going:
            batch = [self._waiting.get()]
            try:
                while len(batch) < AT_ONCE:
                    batch.append(self._waiting.get_nowait())
            except Empty:
                pass
            going = None not in batch
            self._insert([one for one in batch if one is not None])

    def _insert(self, batch: list[tuple[str, Kept]]) -> None:
        rows = [row for number, kept in batch if (row := kept.row(number)) is not None]
        for row in rows:
            row |= {name: self._time(row[name]) for name in ("created_at", "updated_at")}
        if not rows:
            return
        try:
            with self._engine.begin() as connection:
                connection.execute(self._table.insert(), rows)
        except SQLAlchemyError as error:
            log.error("%d requests are not kept: %s", len(rows), type(error).__name__)

    def _time(self, moment: datetime) -> datetime | str:
        """As the schema has it: text of one length in SQLite."""
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if self._text_times else moment


def _table(*, text_times: bool) -> sa.Table:
    moment: sa.types.TypeEngine[Any] = sa.Text() if text_times else sa.DateTime(timezone=True)
    texts = ("user_id", "session_id", "task_type", "instruction", "input", "output", "edited_output", "language")
    return sa.Table(
        "interactions",
        sa.MetaData(),
        sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text) for name in texts),
        sa.Column("turn", sa.Integer),
        sa.Column("quality_score", sa.Float),
        sa.Column("rating", sa.Integer),
        sa.Column("training_consent", sa.Boolean),
        *(sa.Column(name, moment) for name in ("created_at", "updated_at", "deleted_at")),
    )


def _text(content: Any) -> str:
    """A message's text: itself, or OpenAI's list of text parts."""
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def _answer(content: bytes, *, stream: bool) -> str:
    """The text of an answer, as it was sent."""
    try:
        if not stream:
            return str(orjson.loads(content)["choices"][0]["message"]["content"] or "")
        events = [event.removeprefix(b"data: ") for event in content.split(b"\n\n")]
        parsed = [orjson.loads(event) for event in events if event and event != b"[DONE]"]
        return "".join(one["choices"][0]["delta"].get("content") or "" for one in parsed if one["choices"])
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError):
        return ""
