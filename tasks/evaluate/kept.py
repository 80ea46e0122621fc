"""Answers that were taken already, kept on this machine's disk: a run that was killed goes on where it was.

    kept = KeptAnswers(Path("work/answers"), model_sha256)
    kept.find(key)                  # what the model answered to the same question, or None
    kept.add(key, row)              # written at once, a line a question
    kept.only(keys)                 # nothing but these stays
    forget(Path("work/answers"), but=models)        # nor anything of other models

A key is the digest of all that an answer follows from (`answer_key`): the server, the question, the right answer, the
longest answer. The file is named by the model's digest. So a champion answers only what is new of a night's cases, and
what was withdrawn is in no file after the next night: a model that is asked drops what it was not asked for, and models
that were not asked are forgotten.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Set
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from tasks.evaluate.errors import EvaluateError
from tasks.records import Message


def answer_key(server: str, messages: tuple[Message, ...], reference: str, max_tokens: int) -> str:
    """Digest of what a model's greedy answer, and the likelihood of the right one, follow from."""
    asked = [[message.role, message.content] for message in messages]
    text = json.dumps([server, asked, reference, max_tokens], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def forget(folder: Path, but: Set[str]) -> None:
    """Remove the answers of every model but some, named by their digests."""
    for file in folder.glob("*.jsonl"):
        if file.stem not in but:
            file.unlink(missing_ok=True)


class KeptAnswers:
    """One model's answers by their keys, in a file of JSON lines that only ever grows until `only`."""

    def __init__(self, folder: Path, model_sha256: str) -> None:
        """Reads what is there. A last line that a kill cut off counts as none. Raises EvaluateError."""
        self._path = folder / f"{model_sha256}.jsonl"
        self._rows: dict[str, dict[str, Any]] = {}
        self._file: IO[str] | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if self._path.exists():
                for line in self._path.read_text(encoding="utf-8", errors="replace").split("\n"):
                    self._read(line)
        except OSError as error:
            raise self._unwritable(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def find(self, key: str) -> dict[str, Any] | None:
        return self._rows.get(key)

    def add(self, key: str, row: Mapping[str, Any]) -> None:
        """Keep a row. Raises EvaluateError where the disk cannot be written."""
        self._rows[key] = dict(row)
        try:
            if self._file is None:
                # A line that a kill cut off must not run into the next one.
                whole = not self._path.exists() or self._path.read_bytes()[-1:] in (b"", b"\n")
                self._file = self._path.open("a", encoding="utf-8")
                self._file.write("" if whole else "\n")
            self._file.write(self._line(key) + "\n")
            self._file.flush()
        except OSError as error:
            raise self._unwritable(error) from error

    def only(self, keys: Set[str]) -> None:
        """Forget every other answer. Raises EvaluateError where the disk cannot be written."""
        self._rows = {key: row for key, row in self._rows.items() if key in keys}
        beside = self._path.with_suffix(".new")
        try:
            beside.write_text("".join(self._line(key) + "\n" for key in self._rows), encoding="utf-8")
            beside.replace(self._path)
        except OSError as error:
            raise self._unwritable(error) from error

    def _line(self, key: str) -> str:
        return json.dumps({"key": key, "row": self._rows[key]}, ensure_ascii=False)

    def _read(self, line: str) -> None:
        try:
            found = json.loads(line)
            self._rows[found["key"]] = dict(found["row"])
        except (ValueError, KeyError, TypeError):
            return

    def _unwritable(self, error: OSError) -> EvaluateError:
        return EvaluateError(
            f"cannot keep answers in {self._path}: {error.strerror or error}; free disk space, or make the workspace "
            "writable"
        )
