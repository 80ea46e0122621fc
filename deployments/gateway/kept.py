"""A question and its answer that may become a row of the app database; `capture.py` writes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

MOST_ANSWER_BYTES = 256 << 10


class UnwritableError(Exception):
    """The database could not be written; the text is the kind of its error, which may quote what was written."""


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
