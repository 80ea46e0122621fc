"""Questioning a model: which cases, in which order, and what an error says."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest

from configs.schema import EvaluateConfig
from tasks.evaluate.answers import ANSWER_SCHEMA, EvaluateError, ask, sample
from tasks.records import Message
from tests.tasks.evaluate.fakes import FakeCompletion, FakeServer, FakeServingError
from tests.tasks.judge.examples import examples

CONFIG = EvaluateConfig(concurrency=4, max_tokens=64)


def ids(table: pa.Table) -> list[str]:
    found: list[str] = table.column("id").to_pylist()
    return found


def test_the_sample_depends_on_ids_alone() -> None:
    table = examples(60)
    shuffled = table.take(pa.array(reversed(range(60))))
    assert ids(sample(table, 20)) == ids(sample(shuffled, 20))


def test_a_larger_split_keeps_most_of_the_sample() -> None:
    small = ids(sample(examples(100), 50))
    large = ids(sample(examples(110), 50))
    assert len(set(small) & set(large)) >= 40
    assert small != ids(examples(100))[:50]


def test_an_empty_split_is_an_error() -> None:
    with pytest.raises(EvaluateError, match=r"is empty, so no model can be judged; raise convert\.test_share"):
        sample(examples(0), 10)


def test_answers_come_in_the_order_of_the_cases_with_likelihoods() -> None:
    cases = examples(30)
    server = FakeServer({"base": lambda question: question[:5]}, {"base": -0.5})
    seen: list[int] = []
    table = ask(server, "base", cases, CONFIG, on_progress=seen.append)
    assert table.schema == ANSWER_SCHEMA
    assert ids(table) == ids(cases)
    right = cases.column("output")[0].as_py()
    assert table.column("answer")[0].as_py() == cases.column("instruction")[0].as_py()[:5]
    assert table.column("tokens")[0].as_py() == len(right) + 1
    assert table.column("nll")[0].as_py() == 0.5 * (len(right) + 1)
    assert seen[-1] == 30


def test_the_system_prompt_is_put_first() -> None:
    seen: list[tuple[Message, ...]] = []

    class Listening(FakeServer):
        def complete(self, model: str, messages, *, max_tokens: int) -> FakeCompletion:  # type: ignore[no-untyped-def]
            seen.append(tuple(messages))
            return super().complete(model, messages, max_tokens=max_tokens)

    ask(Listening({"base": str}), "base", examples(1), CONFIG, system_prompt="간결하게")
    assert seen[0][0] == Message("system", "간결하게")


def test_a_server_error_is_one_clear_error() -> None:
    with pytest.raises(
        EvaluateError, match=re.escape("ghost could not be questioned, 0 of 30 cases in: http://127.0.0.1:1 refused")
    ):
        ask(FakeServer({}), "ghost", examples(30), CONFIG)


def refusing(share: int) -> FakeServer:
    def answer(question: str) -> str:
        if int(re.findall(r"\d+", question)[0]) % share == 0:
            raise FakeServingError("refused with status 400: maximum context length", 400)
        return "="

    return FakeServer({"base": answer})


def test_a_few_refused_questions_are_kept_as_such() -> None:
    table = ask(refusing(50), "base", examples(100), CONFIG).to_pylist()
    refused = [row for row in table if row["finish_reason"] == "refused"]
    assert len(refused) == 2
    assert all((row["answer"], row["nll"], row["tokens"]) == ("", None, 0) for row in refused)


def test_many_refused_questions_are_a_wrong_setting() -> None:
    with pytest.raises(EvaluateError, match=r"refused 50 of 100 questions to base .* raise it, or lower filter"):
        ask(refusing(2), "base", examples(100), CONFIG)
