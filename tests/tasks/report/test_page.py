"""From what stages published to the page: what it says, and that it can be drawn again from its facts."""

from __future__ import annotations

import re
from typing import get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from markupsafe import escape

from configs.schema import EvaluateConfig, GateConfig, Profile
from tasks.artifacts import Check, Dataset, Night, Opinion, Preferences
from tasks.bootstrap import Span
from tasks.evaluate.evaluate import Contender, evaluate
from tasks.records import EXAMPLE_SCHEMA
from tasks.report.compare import compare
from tasks.report.facts import Facts, Failure, Measure
from tasks.report.gather import gather, gather_failed
from tasks.report.page import page
from tasks.report.words import OUTCOME_SENTENCES, OUTCOMES
from tasks.storage import StorageError, Store
from tests.tasks.evaluate.fakes import FakeServer
from tests.tasks.judge.examples import publish
from tests.tasks.report.conftest import CASES, NASTY

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def html(facts: Facts) -> str:
    return page(facts, "en")


def test_the_facts_are_the_evaluations_figures(facts: Facts, night: Night) -> None:
    assert night.report is not None
    by_name = {one.name: one for one in facts.measures if not one.cases}
    for role, metrics in night.report.metrics.items():
        for name, value in metrics.items():
            if "." not in name:
                assert by_name[name].values[role] == value
    accuracy = by_name["formula_accuracy"]
    assert accuracy.gain is not None
    assert accuracy.gain.value == pytest.approx(accuracy.values["challenger"] - accuracy.values["champion"])
    assert accuracy.gain.excludes_zero
    assert {one.name for one in facts.groups} == {"FORMULA", "ANALYZE", "SUM", "AVERAGE", "IF", "COUNTIF"}
    assert sum(one.cases for one in facts.groups if one.kind == "task_type") == CASES
    assert [one.name for one in facts.curves] == ["loss", "eval_loss"]
    assert facts.bill is not None
    assert facts.bill.ours_correct == accuracy.values["challenger"]


def test_changed_answers_are_shown_with_the_cell_where_they_differ(facts: Facts) -> None:
    broken = [one for one in facts.shown if one.kind == "became_wrong" and one.task_type == "FORMULA"]
    assert broken
    for one in broken:
        assert one.answers["champion"].outcome == "equal"
        assert one.answers["challenger"].outcome in {"different", "missing"}
    different = [one.answers["challenger"] for one in broken if one.answers["challenger"].outcome == "different"]
    assert different
    for given in different:
        assert re.fullmatch(r"[A-Z]+\d+", given.cell or "")
        assert (given.workbook or 0) >= 1
    assert len({one.id for one in facts.shown}) == len(facts.shown)
    assert {one.kind for one in facts.shown} == {"became_wrong", "became_right", "worst", "best"}


def test_the_page_holds_everything_and_asks_for_nothing(html: str, facts: Facts) -> None:
    for part in ("compared", "groups", "answers", "latency", "training", "data", "cost", "lineage"):
        assert f'id="{part}"' in html
    assert str(escape(facts.reason)) in html
    for made in facts.lineage:
        assert made.sha256 in html
    assert "default-src 'none'" in html
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="(?!#|data:)', html.replace("xlink:", ""))
    assert "@import" not in html
    assert "url(http" not in html


def test_what_strangers_wrote_is_escaped_everywhere(html: str) -> None:
    assert str(escape(NASTY)) in html
    assert NASTY not in html
    assert "49" not in re.findall(r"&#39;(\d+)&#39;", html)


def test_the_page_is_drawn_again_from_its_json(facts: Facts, html: str) -> None:
    assert page(Facts.model_validate_json(facts.model_dump_json()), "en") == html


def test_every_text_is_there_in_both_languages(html: str) -> None:
    body = html[html.index("<body") :]
    assert body.count('lang="en"') == body.count('lang="ko"') > 100


def test_a_metric_that_is_new_appears_under_its_own_name(facts: Facts) -> None:
    new = Measure(name="bits_of_luck", values={"champion": 1.25, "challenger": 1.5}, gain=Span(value=0.25))
    drawn = page(facts.model_copy(update={"measures": (*facts.measures, new)}), "en")
    assert "bits of luck" in drawn
    assert ">1.25<" in drawn
    assert "+0.25" in drawn


def test_the_gates_rules_are_shown_as_sentences(facts: Facts) -> None:
    checks = (
        Check(rule="leaks", requires="No new leaks are allowed.", found="2 answers leak.", passed=False),
        Check(rule="gain", requires="It gains.", found="It does.", passed=True),
    )
    recent = Measure(name="chrf", cases="recent", values={"champion": 41.5, "challenger": 42.5})
    drawn = page(facts.model_copy(update={"checks": checks, "measures": (*facts.measures, recent)}), "en")
    assert "No new leaks are allowed." in drawn
    assert "2 answers leak." in drawn
    assert "newer cases" in drawn
    assert ">42.5<" in drawn


def test_a_night_that_held_says_what_moved(facts: Facts, night: Night, profile: Profile, store: Store) -> None:
    held = Night(outcome="held", reason="the traffic moved", run_id="e" * 32, dataset=night.dataset)
    drawn = page(gather(held, "night", profile, store, facts.moved), "ko")
    assert "보류" in drawn
    assert "작업 유형" in drawn
    assert 'id="compared"' not in drawn
    assert "No prices set" in drawn
    assert "가격이 설정되지 않았습니다" in drawn


def test_the_first_night_is_compared_with_the_base_model(
    facts: Facts, night: Night, profile: Profile, store: Store
) -> None:
    assert night.report is not None
    table = pq.read_table(store.open(night.report.uri) / "answers.parquet")
    with store.draft("reports") as draft:
        others = [role != "champion" for role in table["role"].to_pylist()]
        pq.write_table(table.filter(others), draft / "answers.parquet")
        published = store.publish(draft)
    metrics = {role: one for role, one in night.report.metrics.items() if role != "champion"}
    models = {role: one for role, one in night.report.models.items() if role != "champion"}
    first = night.report.model_copy(
        update={"uri": published.uri, "sha256": published.sha256, "metrics": metrics, "models": models}
    )
    found = gather(night.model_copy(update={"report": first}), "night", profile, store)
    assert found.before == "base"
    assert found.roles == ("base", "challenger")
    assert "base" in page(found, "en")


def test_an_artifact_that_is_gone_is_an_error_and_not_an_empty_page(
    night: Night, profile: Profile, store: Store
) -> None:
    assert night.adapter is not None
    gone = night.adapter.model_copy(update={"uri": store.locate("adapters", "0" * 64)})
    with pytest.raises(StorageError, match="no artifact at"):
        gather(night.model_copy(update={"adapter": gone}), "night", profile, store)


def test_two_nights_are_compared_on_the_cases_of_both(facts: Facts) -> None:
    worse = facts.model_copy(
        update={
            "name": "another night",
            "scored": tuple(
                one.model_copy(update={"grade": 0.0, "right": False}) if one.right else one for one in facts.scored[:80]
            ),
        }
    )
    found = compare(facts, worse)
    formulas = [one for one in facts.scored[:80] if one.right is not None]
    right = [one.id for one in formulas if one.right]
    assert found.common == 80
    assert found.became_wrong == tuple(right)
    assert found.became_right == ()
    assert found.formula_accuracy is not None
    assert found.formula_accuracy.value == pytest.approx(-len(right) / len(formulas))
    assert found.formula_accuracy.excludes_zero
    assert {row.name for row in found.rows} >= {"formula_accuracy", "grade", "chrf"}


def test_nights_without_common_cases_have_no_gain(facts: Facts) -> None:
    found = compare(facts, facts.model_copy(update={"scored": ()}))
    assert (found.common, found.grade, found.formula_accuracy) == (0, None, None)


@pytest.mark.parametrize(
    ("failure", "en", "ko"),
    [
        (Failure(stage="train-adapter", kind="TrainError"), "nothing yet", "아직 없음"),
        (
            Failure(stage="s", kind="k", serves="adapter-1", url="http://127.0.0.1:1"),
            "adapter-1 at http://127.0.0.1:1, as before",
            "adapter-1, http://127.0.0.1:1 (이전과 같음)",
        ),
        (Failure(stage="s", kind="k", serves="adapter-1"), "but no server offers it", "서버가 없습니다"),
        (Failure(stage="s", kind="k", unknown="MLflow is away"), "not known: MLflow is away", "알 수 없음"),
    ],
)
def test_a_failed_night_says_where_why_what_serves_and_what_to_do(
    profile: Profile, dataset: Dataset, failure: Failure, en: str, ko: str
) -> None:
    reason = f"the trainer ran out of memory {NASTY}; lower train.micro_batch_size"
    facts = gather_failed("a" * 32, "night", profile, reason=reason, failure=failure, made=[dataset])
    drawn = page(Facts.model_validate_json(facts.model_dump_json()), "ko")
    for part in (en, ko, escape(reason), failure.stage, failure.kind, dataset.sha256, "exhell night --profile demo"):
        assert str(part) in drawn
    assert NASTY not in drawn
    assert 'id="compared"' not in drawn
    assert 'id="data"' not in drawn


def test_an_llm_judges_opinion_is_shown_with_what_it_failed_at(facts: Facts) -> None:
    asked = Preferences(pairs=50, judged=47, ties=5, inconsistent=4, share=0.61, low=0.5, high=0.72)
    asked = asked.model_copy(update={"failures": {"timeout": 2, "no verdict": 1}})
    none = Preferences(pairs=0, judged=0, ties=0, inconsistent=0)
    opinion = Opinion(model=f"gpt {NASTY}", before="champion", answers=asked, rated=none)
    drawn = page(facts.model_copy(update={"opinion": opinion}), "en")
    for part in ("61.0%", "50.0 … 72.0", "47 / 50", "8.5%", "2 timeout, 1 no verdict", "is not known: no question"):
        assert part in drawn
    assert NASTY not in drawn


@pytest.mark.parametrize("outcome", [*get_args(Night.model_fields["outcome"].annotation), "failed"])
def test_every_outcome_has_its_words(outcome: str) -> None:
    assert OUTCOMES[outcome].ko
    assert OUTCOME_SENTENCES[outcome].ko


def test_what_retention_took_is_left_out_of_the_lineage(night: Night, profile: Profile, store: Store) -> None:
    with store.draft("datasets") as draft:
        for name in store.manifest(night.dataset.uri)["files"]:
            store.link(night.dataset.uri, name, draft, name)
        (draft / "another.txt").write_text("another dataset")
        gone = {"extracts": [store.locate("extracts", "1" * 64)], "filtered": store.locate("filtered", "2" * 64)}
        published = store.publish(draft, meta=store.manifest(night.dataset.uri)["meta"] | gone)
    dataset = night.dataset.model_copy(update={"uri": published.uri, "sha256": published.sha256})

    made = gather(night.model_copy(update={"dataset": dataset}), "night", profile, store).lineage

    assert {one.step for one in made} >= {"dataset", "base"}
    assert not {"extract", "filtered"} & {one.step for one in made}


@pytest.mark.parametrize("general", ["", "configs/general/cases.jsonl"], ids=["no question at all", "general ones"])
def test_a_night_with_an_empty_test_split_has_a_page_that_says_so(
    profile: Profile, empty_store: Store, general: str
) -> None:
    dataset = publish(empty_store, pa.Table.from_pylist([], schema=EXAMPLE_SCHEMA))
    server = FakeServer({"base": lambda _: "네", "adapter-1": lambda _: "네"})
    contenders = (Contender("base", "base", "a" * 64), Contender("challenger", "adapter-1", "b" * 64))
    config, gate = EvaluateConfig(general_set=general, concurrency=2), GateConfig(resamples=100)
    report = evaluate(server, contenders, dataset, config=config, gate=gate, store=empty_store)
    found = Night(outcome="kept", reason=report.decision.reason, run_id="f" * 32, dataset=dataset, report=report)
    facts = gather(found, "night", profile, empty_store)
    assert (facts.rule, facts.cases, facts.users) == ("too-few-cases", 0, 0)
    assert "the test split of the dataset is empty: raise convert.test_share" in page(facts, "en")
