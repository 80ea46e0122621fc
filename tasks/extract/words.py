"""What drivers say when something fails, told apart: MySQL's and SQLite's words, as SQLAlchemy hands them on."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from tasks.extract.query import SQLITE_DAMAGE

_LOST = {1040, 1053, 1152, 1153, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1927, 2002, 2003, 2006, 2013, 2055}
"""MySQL's numbers for a server that is full, stops or is not there, and for a connection that broke:
https://mariadb.com/kb/en/mariadb-error-code-reference/"""

_TOO_LONG = {1317, 1969, 3024}
_TABLE = re.compile(r"Table '(?:[^'.]+\.)?([^']+)' doesn't exist|no such table: (\S+)")
_COLUMN = re.compile(r"Unknown column '([^']+)'|no such column: (\S+)")
_DENIED = re.compile(r"SELECT command denied to user .* for (table|column) [`']([^`']+)[`'](?:\.[`']([^`']+)[`'])?")


@dataclass(frozen=True)
class Failure:
    """A driver's error: its own words on one line, and what they mean where that is known."""

    reason: str
    transient: bool
    too_long: bool = False
    table: str | None = None
    column: str | None = None
    denied: str | None = None
    damaged: bool = False


def read_failure(error: DBAPIError, dialect: str) -> Failure:
    """Understand an error. The reason may hold the address: scrub it before it is shown."""
    arguments = error.orig.args if error.orig is not None else ()
    number = arguments[0] if arguments and isinstance(arguments[0], int) else None
    text = str(arguments[-1] if arguments else error.orig)
    mysql = dialect in {"mysql", "mariadb"}
    # A certificate that does not fit today will not tomorrow.
    lost = (mysql and number in _LOST) or error.connection_invalidated or "database is locked" in text
    return Failure(
        reason=_short(text),
        transient=lost and not re.search(r"certificate|SSL", text),
        too_long=mysql and number in _TOO_LONG,
        table=_first(_TABLE, text),
        column=_first(_COLUMN, text),
        denied=_denied(text),
        damaged=SQLITE_DAMAGE in text,
    )


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    match = pattern.search(text)
    return next((group for group in match.groups() if group), None) if match else None


def _denied(text: str) -> str | None:
    match = _DENIED.search(text)
    return f"{match[1]} {match[3] or match[2]}" if match else None


def _short(text: str) -> str:
    line = re.sub(r"'([^']{40})[^']+'", r"'\1…'", text.partition("\n")[0])
    return line if len(line) <= 200 else f"{line[:200]}…"
