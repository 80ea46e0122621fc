"""What was asked and answered, back into the app database's schema (docs/app-database.md), so that the loop closes.

Off unless `gateway.capture` names a database. A request is kept when it says whose it is (`user`) and bears the user's
consent (`X-Training-Consent: true`), and is answered well. Its row's id is the answer's `x-request-id`, under which
feedback comes later. Rows are written by a thread: a database that is away costs rows, never answers. Imported only
where it is on: SQLAlchemy takes longer than all else that a gateway needs before it listens.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from queue import Empty, Full, Queue
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from deployments.gateway.kept import Kept, UnwritableError

MOST_WAITING = 1_000
AT_ONCE = 200

log = logging.getLogger("exhell.gateway")


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
        """Rate or correct an answer; False where no row has this id. Raises UnwritableError."""
        table = self._table
        values = dict(changes) | {"updated_at": self._time(datetime.now(UTC))}
        statement = table.update().where(table.c.id == number, table.c.deleted_at.is_(None)).values(values)
        try:
            with self._engine.begin() as connection:
                return connection.execute(statement).rowcount == 1
        except SQLAlchemyError as error:
            raise UnwritableError(type(error).__name__) from error

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
