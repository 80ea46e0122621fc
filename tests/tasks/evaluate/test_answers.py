"""Questioning a model: which cases, in which order, and what an error says."""

from __future__ import annotations

import re

import pytest

from configs.schema import EvaluateConfig
from tasks.evaluate.answers import ANSWER_SCHEMA, ask
from tasks.evaluate.errors import EvaluateError
from tasks.records import Message
from tests.tasks.evaluate.fakes import FakeCompletion, FakeServer, FakeServingError
from tests.tasks.judge.examples import examples

CONFIG = EvaluateConfig(concurrency=4, max_tokens=64)


CASES = examples(30).to_pylist()


def test_answers_come_in_the_order_of_the_cases_with_likelihoods() -> None:
    server = FakeServer({"base": lambda question: question[:5]}, {"base": -0.5})
    seen: list[int] = []
    table = ask(server, "base", CASES, CONFIG, on_progress=seen.append)
    assert table.schema == ANSWER_SCHEMA
    assert table.column("id").to_pylist() == [case["id"] for case in CASES]
    right = CASES[0]["output"]
    assert table.column("answer")[0].as_py() == CASES[0]["instruction"][:5]
    assert table.column("tokens")[0].as_py() == len(right) + 1
    assert table.column("nll")[0].as_py() == 0.5 * (len(right) + 1)
    assert seen[-1] == 30


def test_the_system_prompt_is_put_first() -> None:
    seen: list[tuple[Message, ...]] = []

    class Listening(FakeServer):
        def complete(self, model: str, messages, *, max_tokens: int) -> FakeCompletion:  # type: ignore[no-untyped-def]
            seen.append(tuple(messages))
            return super().complete(model, messages, max_tokens=max_tokens)

    ask(Listening({"base": str}), "base", CASES[:1], CONFIG, system_prompt="간결하게")
    assert seen[0][0] == Message("system", "간결하게")


def test_a_server_error_is_one_clear_error() -> None:
    with pytest.raises(
        EvaluateError,
        match=re.escape("ghost could not be questioned, 0 of 30 cases in: http://127.0.0.1:1 does not offer"),
    ):
        ask(FakeServer({}), "ghost", CASES, CONFIG)


def refusing(share: int) -> FakeServer:
    def answer(question: str) -> str:
        if int(re.findall(r"\d+", question)[0]) % share == 0:
            raise FakeServingError("refused with status 400: maximum context length", 400)
        return "="

    return FakeServer({"base": answer})


def test_a_few_refused_questions_are_kept_as_such() -> None:
    table = ask(refusing(50), "base", examples(100).to_pylist(), CONFIG).to_pylist()
    refused = [row for row in table if row["finish_reason"] == "refused"]
    assert len(refused) == 2
    assert all((row["answer"], row["nll"], row["tokens"]) == ("", None, 0) for row in refused)


def test_many_refused_questions_are_a_wrong_setting() -> None:
    with pytest.raises(
        EvaluateError, match=r"questions to base got no answer: \d+ refused .* raise it, or lower filter"
    ):
        ask(refusing(2), "base", examples(100).to_pylist(), CONFIG)


def test_a_server_that_hangs_is_told_before_every_question_has_waited() -> None:
    def hang(question: str) -> str:
        raise FakeServingError("no answer within 120 s", 408)

    server = FakeServer({"base": hang})
    with pytest.raises(EvaluateError, match=r"questions to base got no answer: \d+ timed out .* lower evaluate\.conc"):
        ask(server, "base", examples(400).to_pylist(), CONFIG)


def test_a_server_that_becomes_another_in_mid_run_is_told() -> None:
    class Changing(FakeServer):
        def identity(self, model: str) -> str:
            return f"{model} after {len(self.asked)} questions"

    with pytest.raises(EvaluateError, match="what answers as base changed while it was questioned: base after 0 quest"):
        ask(Changing({"base": str}), "base", CASES, CONFIG)


def test_no_cases_are_no_error() -> None:
    assert ask(FakeServer({"base": str}), "base", [], CONFIG).num_rows == 0
