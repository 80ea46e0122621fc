"""Personal data: the goals of `python -m bench.data_quality` are reached, and the pre-test hides nothing."""

from __future__ import annotations

import pytest

from bench.cases import privacy
from bench.cases.privacy import fill, made, tables
from bench.cases.privacy.judge import Case, is_placeholder, unmarked
from bench.cases.privacy.scoring import run
from bench.data_quality import GOALS
from tasks.privacy import hints
from tasks.privacy.record import Record


@pytest.mark.slow
def test_the_goals_are_reached_in_every_kind() -> None:
    scores = privacy.measure()
    recalls = {kind: score.recall for kind, score in scores.items() if score.planted}
    assert len(recalls) == 16
    assert {kind: recall for kind, recall in recalls.items() if (recall or 0) < GOALS["recall"]} == {}
    assert scores["numeric_tables"].innocent > 50_000
    assert (scores["numeric_tables"].false_alarms or 0) < GOALS["false_redaction_on_numeric_tables"]
    assert scores["plain_text"].wrong == []
    assert scores["surroundings"].wrong == []


@pytest.mark.slow
def test_matchers_find_nothing_more_where_the_pre_test_lets_everything_through() -> None:
    cases = [*made.cases(), *(case for name in (*fill.PLANTED, *fill.INNOCENT) for case in fill.written(name))]
    cases += [Case("이 표를 정리해줘", input=table.text) for table in tables.tables()]
    outcomes = run(cases)
    for case, outcome in zip(cases, outcomes, strict=True):
        texts, came = [unmarked(text) for text in case.learnt], [outcome.instruction, outcome.input, outcome.output]
        speaks_of_addresses = any(mark["kind"] == "ip_address" for mark in case.marks)
        seen = frozenset(hints.KINDS) - (frozenset() if speaks_of_addresses else {"addresses"})
        found = Record(texts, [seen] * 3, frozenset()).scrubbed()
        assert (found[0] if found else texts) == came


@pytest.mark.parametrize(
    ("kind", "before", "after", "good"),
    [
        ("phone", "010-1234-5678", "010-0000-0001", True),
        ("phone", "010-1234-5678", "010-1234-0001", False),
        ("phone", "010-1234-5678", "01000000001", False),
        ("account", "110-234-567890", "[ACCOUNT]", False),
        ("email", "kim(at)naver.com", "person1(at)example.com", True),
        ("password", "hunter2!!", "00000000", False),
        ("api_key", "AKIAIOSFODNN7EXAMPLE", "AKIA0000000000000001", True),
        ("api_key", "AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN70000001", False),
    ],
)
def test_only_a_placeholder_of_the_kind_and_form_counts(kind: str, before: str, after: str, good: bool) -> None:
    assert is_placeholder(kind, before, after) is good
