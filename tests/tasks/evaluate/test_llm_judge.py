"""An LLM judge with planted preferences, behind a real endpoint on loopback, from pairs to the night's report."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pyarrow as pa
import pytest

from configs.load import ConfigError
from configs.schema import EvaluateConfig, FilterConfig, GateConfig, LLMJudgeConfig
from tasks.artifacts import Dataset, EvalReport
from tasks.evaluate.evaluate import Contender, conclude, question
from tasks.evaluate.llm_judge import Pair, Said, compare, preferences
from tasks.evaluate.opinion import figures
from tasks.evaluate.rated import rated_pairs
from tasks.records import Interaction
from tasks.storage import Store
from tests.tasks.builders import interaction
from tests.tasks.datasets import put_shards
from tests.tasks.endpoint.conftest import url  # noqa: F401 - a fixture
from tests.tasks.evaluate.fakes import FakeServer
from tests.tasks.filter.filtering import publish_extract
from tests.tasks.judge.examples import examples, right

KEY = "secret-7"
PAIRS = [Pair(str(n), f"u{n % 12}", f"{n}0번 질문", "길고 자세한 답입니다" + "." * n, "짧은 답") for n in range(24)]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUDGE_API_KEY", KEY)


def config(url: str, model: str = "judge", **more: object) -> LLMJudgeConfig:  # noqa: F811
    settings = {"url": url, "model": model, "api_key": "${JUDGE_API_KEY}", "timeout_s": 20} | more
    return LLMJudgeConfig.model_validate(settings)


def asked(url: str, model: str = "judge") -> int:  # noqa: F811
    return int(httpx.get(f"{url}/asked/{model}").text)


def test_a_planted_preference_is_found_in_both_orders(url: str) -> None:  # noqa: F811
    turned = [Pair(one.id, one.cluster, one.question, one.other, one.one) for one in PAIRS]
    found, back = (preferences(pairs, compare(pairs, config(url))) for pairs in (PAIRS, turned))
    assert (found.share, back.share) == (1.0, 0.0)
    assert (found.pairs, found.judged, found.inconsistent, found.ties) == (24, 24, 0, 0)


def test_a_judge_that_always_takes_the_first_decides_nothing_and_is_told(url: str) -> None:  # noqa: F811
    found = preferences(PAIRS, compare(PAIRS, config(url, "judge-first")))
    assert (found.share, found.ties, found.inconsistent) == (0.5, 24, 24)
    assert found.inconsistent_share == 1.0


def test_the_same_text_is_a_tie_that_nobody_is_asked_about(url: str) -> None:  # noqa: F811
    before = asked(url)
    found = preferences(
        [Pair("1", "u", "?", "합계", "합계")], compare([Pair("1", "u", "?", "합계", "합계")], config(url))
    )
    assert (found.share, found.same, found.inconsistent_share) == (0.5, 1, None)
    assert asked(url) == before


def test_the_interval_is_over_users_not_over_pairs() -> None:
    said = [Said("A") if n < 12 else Said("B") for n in range(24)]
    own = [Pair(str(n), f"u{n}", "", "", "") for n in range(24)]
    two = [Pair(str(n), f"u{n // 12}", "", "", "") for n in range(24)]
    narrow, wide = preferences(own, said), preferences(two, said)
    assert narrow.share == wide.share == 0.5
    assert (wide.low, wide.high) == (0.0, 1.0)
    assert narrow.low is not None
    assert narrow.low > 0.25


@pytest.mark.parametrize(
    ("model", "kind", "reason"),
    [
        ("status-503", "HTTP 503", "not now"),
        ("garbage", "garbage stream", "data without `choices`"),
        ("cut", "cut stream", "without finish_reason"),
        ("empty", "empty answer", "no content"),
        ("steady", "no verdict", "in place of A, B or C"),
    ],
)
def test_an_endpoint_that_does_not_judge_is_counted_by_name_and_is_no_zero(
    url: str,  # noqa: F811
    model: str,
    kind: str,
    reason: str,
) -> None:
    found = preferences(PAIRS[:3], compare(PAIRS[:3], config(url, model)))
    assert (found.share, found.low, found.judged) == (None, None, 0)
    assert found.failures == {kind: 3}
    assert reason in found.reasons[kind]


def test_an_endpoint_that_is_not_there_is_counted_too() -> None:
    found = preferences(PAIRS[:2], compare(PAIRS[:2], config("http://127.0.0.1:9")))
    assert found.failures == {"connection": 2}


def test_what_is_not_asked_in_time_is_said(url: str) -> None:  # noqa: F811
    found = preferences(PAIRS[:4], compare(PAIRS[:4], config(url, max_seconds=1e-9)))
    assert found.failures == {"not asked": 4}
    assert "llm_judge.max_seconds 1e-09 were over" in found.reasons["not asked"]


@pytest.mark.slow
def test_a_judge_that_becomes_another_model_is_told(url: str) -> None:  # noqa: F811
    found = preferences(PAIRS[:6], compare(PAIRS[:6], config(url, "changes", concurrency=1)))
    assert found.failures["model changed"] >= 1
    assert found.reasons["model changed"] == "version-1 at first, version-2 here"


@pytest.mark.slow
def test_some_that_hang_or_ramble_leave_the_others_as_they_are_and_are_asked_again(
    url: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    pairs = [Pair(str(n), f"u{n}", f"{n}번 질문", "길고 자세한 답입니다", "짧은 답") for n in range(10)]
    moody = config(url, "judge-moody", timeout_s=2, concurrency=8)
    found = preferences(pairs, compare(pairs, moody, kept=tmp_path))
    assert found.failures == {"timeout": 1, "no verdict": 1}
    assert (found.judged, found.inconsistent, found.share) == (8, 1, 7.5 / 8)
    before = asked(url, "judge-moody")
    assert preferences(pairs, compare(pairs, moody, kept=tmp_path)) == found
    assert asked(url, "judge-moody") == before + 4


def test_verdicts_are_kept_by_what_was_asked_and_no_longer_than_that(url: str, tmp_path: Path) -> None:  # noqa: F811
    first = compare(PAIRS, config(url), kept=tmp_path)
    before = asked(url)
    assert compare(PAIRS, config(url), kept=tmp_path) == first
    assert asked(url) == before
    compare(PAIRS[:1], config(url), kept=tmp_path)
    (file,) = tmp_path.iterdir()
    assert len(file.read_text(encoding="utf-8").splitlines()) == 2
    assert KEY not in file.read_text(encoding="utf-8")


def test_a_key_that_is_not_set_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUDGE_API_KEY")
    with pytest.raises(ConfigError, match=r"JUDGE_API_KEY is not set; .* take llm_judge out of the profile"):
        compare(PAIRS[:1], config("http://127.0.0.1:9"))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"api_key": KEY}, r"api_key must be \$\{JUDGE_API_KEY\}"),
        ({"url": f"https://user:{KEY}@judge.example/v1"}, "holds more than an address"),
        ({"url": f"https://judge.example/v1?key={KEY}"}, "holds more than an address"),
        ({"url": "judge.example"}, "must be an endpoint's address"),
    ],
)
def test_a_profile_is_no_place_for_a_key(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        config(**({"url": "https://judge.example/v1"} | wrong))


# The app's own answers.


def app_rows() -> list[Interaction]:
    """Questions with a long answer that users liked and a short one that they did not, and rows that must not go."""
    rows = []
    for n in range(10):
        common = {"instruction": f"{n}번 표의 추세를 설명해줘", "task_type": "ANALYZE", "input": ""}
        rows.append(
            interaction(0, id=f"good{n}", user_id=f"a{n}", rating=5, output="매달 꾸준히 늘고 있습니다.", **common)
        )
        rows.append(interaction(0, id=f"bad{n}", user_id=f"b{n}", rating=1 + n % 3, output="모름", **common))
    private = {"instruction": "연락처 010-2345-6789 를 설명해줘", "task_type": "EXPLAIN", "input": ""}
    rows.append(interaction(0, id="phone1", rating=5, output="전화번호 010-2345-6789 입니다.", **private))
    rows.append(interaction(0, id="phone2", rating=2, output="모름", **private))
    formula = {"instruction": "합계를 구해줘", "task_type": "FORMULA", "input": ""}
    rows.append(interaction(0, id="sum1", rating=4, output="=SUM(A1:A3)", **formula))
    rows.append(interaction(0, id="sum2", rating=1, output="=MAX(A1:A3)", **formula))
    unasked = {"instruction": "비밀 질문", "task_type": "EXPLAIN", "input": ""}
    rows.append(interaction(0, id="no1", rating=5, output="동의하지 않은 답", training_consent=False, **unasked))
    rows.append(interaction(0, id="no2", rating=1, output="모름", **unasked))
    return rows


def dataset_of(store: Store, rows: list[Interaction]) -> Dataset:
    extract = publish_extract(store, [rows])
    prose = [
        row | {"task_type": "ANALYZE" if row["task_type"] == "EXPLAIN" else row["task_type"]}
        for row in examples(160).to_pylist()
    ]
    with store.draft("datasets") as draft:
        put_shards(draft, {"test": pa.Table.from_pylist(prose, examples(0).schema)})
        published = store.publish(draft, {"extracts": [extract.uri]})
    return Dataset(
        uri=published.uri,
        sha256=published.sha256,
        train_rows=0,
        validation_rows=0,
        test_rows=160,
        new_rows=0,
        watermark=None,
        funnel=(),
    )


def test_rated_pairs_are_of_one_question_scrubbed_consented_and_free_text_first(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    pairs, free = rated_pairs(store, dataset_of(store, app_rows()), 50, FilterConfig())
    assert (len(pairs), free) == (12, 11)
    assert pairs[-1].id == "sum1"
    assert (pairs[-1].one, pairs[-1].other) == ("=SUM(A1:A3)", "=MAX(A1:A3)")
    sent = " ".join(pair.question + pair.one + pair.other for pair in pairs)
    assert "2345" not in sent
    assert "동의하지 않은" not in sent
    assert len(rated_pairs(store, dataset_of(store, app_rows()), 3, FilterConfig())[0]) == 3


# From answers to the report.

CONFIG = EvaluateConfig(max_cases=160, max_recent_cases=0, general_set="", concurrency=4, workbooks=2)
CONTENDERS = (
    Contender("base", "base", "a" * 64),
    Contender("champion", "old", "c" * 64),
    Contender("challenger", "new", "b" * 64),
)


def terse(text: str) -> str:
    """Right where a formula is asked for, and short in prose."""
    return right(text) if text.startswith("B") else "음"


def night(store: Store, judge: LLMJudgeConfig, *, turned: bool = False, **gate: object) -> EvalReport:
    """A challenger that is better at formulas and says more in prose; `turned`, one that says less."""

    def half(text: str) -> str:
        return "=A1" if text.startswith("B") and len(text) % 2 else right(text)

    old, new = (half, terse) if turned else (lambda text: half(text) if text.startswith("B") else "음", right)
    server = FakeServer({"base": lambda _: "", "old": old, "new": new})
    dataset = dataset_of(store, app_rows())
    answers = [question(server, one, dataset, CONFIG, store) for one in CONTENDERS]
    settings = GateConfig(resamples=500, task_type_may_lose=1.0, **gate)  # type: ignore[arg-type]
    return conclude(answers, dataset, CONFIG, settings, store, llm_judge=judge, kept=Path(store.root) / "kept")


@pytest.mark.slow
def test_a_night_reports_win_rate_contradictions_failures_and_agreement_with_users(url: str, tmp_path: Path) -> None:  # noqa: F811
    store = Store(str(tmp_path))
    report = night(store, config(url))
    opinion = report.opinion
    assert opinion is not None
    assert (opinion.answers.share, opinion.answers.inconsistent_share, opinion.answers.pairs) == (1.0, 0.0, 40)
    assert (opinion.rated.share, opinion.rated.pairs, opinion.rated_free_text) == (23 / 24, 12, 11)
    assert figures(opinion)["agreement"] == 23 / 24
    assert report.decision.promote
    folder = store.open(report.uri)
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert "`judge` prefers the challenger's free text over the champion's in 100.0% of 40 pairs" in text
    assert "it prefers the one that users rated higher in 95.8% of 12 pairs" in text
    written = json.loads((folder / "llm_judge.json").read_text(encoding="utf-8"))
    assert len(written["verdicts"]) == 52
    assert "매달" not in json.dumps(written, ensure_ascii=False)
    everything = "".join(path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file())
    assert KEY not in everything


@pytest.mark.slow
def test_the_judge_decides_nothing_unless_the_profile_says_so(url: str, tmp_path: Path) -> None:  # noqa: F811
    silent = night(Store(str(tmp_path / "a")), config(url), turned=True)
    assert silent.decision.promote
    assert silent.opinion is not None
    assert silent.opinion.answers.share == 0.0
    stopped = night(Store(str(tmp_path / "b")), config(url), turned=True, llm_judge_min_win_rate=0.5)
    assert (stopped.decision.promote, stopped.decision.rule) == (False, "llm-judge")
    assert "judge prefers the challenger in 0.0% of 40 pairs" in stopped.decision.reason
    assert "the interval must lie above 50.0%" in stopped.decision.reason
    dead = night(Store(str(tmp_path / "c")), config(url, "status-503"), llm_judge_min_win_rate=0.5)
    assert dead.decision.rule == "llm-judge"
    assert "too few verdicts of an LLM judge to tell: status-503 prefers" in dead.decision.reason
    assert "40 without a verdict: 40 HTTP 503" in dead.decision.reason
