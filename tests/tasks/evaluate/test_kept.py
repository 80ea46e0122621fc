"""Answers that were taken stay: after a kill, and from one night to the next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from configs.load import PROJECT
from configs.schema import EvaluateConfig
from tasks.evaluate.answers import ask
from tasks.evaluate.errors import EvaluateError
from tasks.evaluate.kept import KeptAnswers, answer_key, forget
from tasks.records import Message
from tests.tasks.evaluate.fakes import FakeServer, FakeServingError
from tests.tasks.judge.examples import examples

CONFIG = EvaluateConfig(concurrency=1, max_tokens=64)
CASES = examples(30).to_pylist()
MODEL = "a" * 64


def taken(server: FakeServer, folder: Path, cases: list[dict[str, object]] = CASES) -> list[dict[str, object]]:
    with KeptAnswers(folder, MODEL) as kept:
        rows: list[dict[str, object]] = ask(server, "base", cases, CONFIG, kept=kept).to_pylist()
    return rows


class _Dying(FakeServer):
    """Answers so many questions and then no more."""

    def __init__(self, answers: int) -> None:
        super().__init__({"base": str.upper})
        self._left = answers

    def complete(self, model, messages, *, max_tokens):  # type: ignore[no-untyped-def]
        self._left -= 1
        if self._left < 0:
            raise FakeServingError("the connection was cut")
        return super().complete(model, messages, max_tokens=max_tokens)


def test_a_run_that_was_cut_off_goes_on_where_it_was(tmp_path: Path) -> None:
    with pytest.raises(EvaluateError, match="12 of 30 cases in"):
        taken(_Dying(12), tmp_path)
    rest = FakeServer({"base": str.upper})
    assert taken(rest, tmp_path) == ask(FakeServer({"base": str.upper}), "base", CASES, CONFIG).to_pylist()
    assert len(rest.asked) == 18


def test_what_a_kill_cut_in_the_middle_of_a_line_is_asked_again(tmp_path: Path) -> None:
    with pytest.raises(EvaluateError):
        taken(_Dying(12), tmp_path)
    (file,) = tmp_path.glob("*.jsonl")
    os.truncate(file, file.stat().st_size - 20)
    with pytest.raises(EvaluateError):
        taken(_Dying(3), tmp_path)
    rest = FakeServer({"base": str.upper})
    taken(rest, tmp_path)
    assert len(rest.asked) == 30 - 11 - 3


SLOWLY = """
import sys, time
from pathlib import Path
from configs.load import PROJECT
from configs.schema import EvaluateConfig
from tasks.evaluate.answers import ask
from tasks.evaluate.kept import KeptAnswers
from tests.tasks.evaluate.fakes import FakeServer
from tests.tasks.judge.examples import examples

def answer(question):
    time.sleep(0.05)
    return question.upper()

with KeptAnswers(Path(sys.argv[1]), "a" * 64) as kept:
    config = EvaluateConfig(concurrency=2, max_tokens=64)
    ask(FakeServer({"base": answer}), "base", examples(200).to_pylist(), config, kept=kept)
"""


@pytest.mark.slow
def test_a_process_that_is_killed_loses_no_answer_that_it_kept(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", SLOWLY, str(tmp_path)], cwd=PROJECT)
    file = tmp_path / f"{MODEL}.jsonl"
    while process.poll() is None and (not file.exists() or file.read_bytes().count(b"\n") < 20):
        time.sleep(0.05)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    whole = file.read_bytes().count(b"\n")
    rest = FakeServer({"base": str.upper})
    taken(rest, tmp_path, examples(200).to_pylist())
    assert 20 <= whole < 200
    assert len(rest.asked) == 200 - whole


def test_another_night_asks_only_what_is_new_and_forgets_what_is_gone(tmp_path: Path) -> None:
    taken(FakeServer({"base": str.upper}), tmp_path)
    next_night = FakeServer({"base": str.upper})
    taken(next_night, tmp_path, examples(35).to_pylist()[5:])
    assert len(next_night.asked) == 5
    (file,) = tmp_path.glob("*.jsonl")
    assert len(file.read_text(encoding="utf-8").splitlines()) == 30
    assert CASES[0]["instruction"].upper() not in file.read_text(encoding="utf-8")


def test_another_model_and_another_server_are_asked_anew(tmp_path: Path) -> None:
    taken(FakeServer({"base": str.upper}), tmp_path)
    with KeptAnswers(tmp_path, "b" * 64) as kept:
        other = FakeServer({"base": str.upper})
        ask(other, "base", CASES, CONFIG, kept=kept)
    assert len(other.asked) == 30

    class Newer(FakeServer):
        def identity(self, model: str) -> str:
            return "a newer version"

    newer = Newer({"base": str.upper})
    taken(newer, tmp_path)
    assert len(newer.asked) == 30


def test_what_a_server_said_that_became_another_is_not_kept(tmp_path: Path) -> None:
    class Changing(FakeServer):
        def identity(self, model: str) -> str:
            return "one" if len(self.asked) < 10 else "another"

    with pytest.raises(EvaluateError, match="changed while it was questioned"):
        taken(Changing({"base": str.lower}), tmp_path)

    class First(FakeServer):
        def identity(self, model: str) -> str:
            return "one"

    first = First({"base": str.upper})
    taken(first, tmp_path)
    assert len(first.asked) == 30


def test_questions_without_an_answer_are_not_kept(tmp_path: Path) -> None:
    def answer(question: str) -> str:
        if question == CASES[3]["instruction"]:
            raise FakeServingError("no answer within 120 s", 408)
        return "="

    rows = taken(FakeServer({"base": answer}), tmp_path)
    assert [row["finish_reason"] for row in rows].count("timed out") == 1
    well = FakeServer({"base": lambda _: "="})
    assert all(row["finish_reason"] == "stop" for row in taken(well, tmp_path))
    assert len(well.asked) == 1


def test_models_that_were_not_asked_are_forgotten(tmp_path: Path) -> None:
    taken(FakeServer({"base": str.upper}), tmp_path)
    (tmp_path / f"{'b' * 64}.jsonl").write_text("{}\n")
    forget(tmp_path, but={MODEL})
    assert [file.name for file in tmp_path.iterdir()] == [f"{MODEL}.jsonl"]
    again = FakeServer({"base": str.upper})
    taken(again, tmp_path)
    assert again.asked == []


def test_the_key_is_of_all_that_an_answer_follows_from() -> None:
    asked = (Message("user", "가"),)
    keys = {
        answer_key("server", asked, "나", 64),
        answer_key("other", asked, "나", 64),
        answer_key("server", (Message("system", "가"),), "나", 64),
        answer_key("server", asked, "다", 64),
        answer_key("server", asked, "나", 65),
    }
    assert len(keys) == 5


def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EvaluateError, match=r"cannot keep answers in .*: .*; free disk space, or make the workspace"):
        KeptAnswers(tmp_path / "file", MODEL)
