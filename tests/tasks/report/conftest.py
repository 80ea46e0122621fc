"""A night whose stages published what real ones publish, in a store of its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from configs.load import load_profile
from configs.schema import EvaluateConfig, GateConfig, Profile
from tasks.artifacts import Adapter, Dataset, FunnelStep, Night
from tasks.evaluate.evaluate import Contender, evaluate
from tasks.records import EXAMPLE_SCHEMA
from tasks.report.facts import Facts, Moved
from tasks.report.gather import gather
from tasks.storage import Store
from tests.tasks.evaluate.fakes import FakeServer
from tests.tasks.judge.examples import publish

CASES = 120
NASTY = '<script>alert(1)</script> & "\'{{ 7*7 }}" </style>'
MOVED = (
    Moved(feature="task_type", psi=0.31, value=NASTY, before=0.2, now=0.4),
    Moved(feature="rating", psi=0.02, value="5", before=0.5, now=0.51),
)

QUESTIONS = {
    "SUM": ("B{a}부터 B{b}까지의 합계를 구하는 수식을 알려줘", "=SUM(B{a}:B{b})"),
    "AVERAGE": ("B{a}:B{b}의 평균을 구해줘", "=AVERAGE(B{a}:B{b})"),
    "IF": ("C{a}가 60 이상이면 합격, 아니면 불합격으로 표시해줘", '=IF(C{a}>=60,"합격","불합격")'),
    "COUNTIF": ("A{a}:A{b}에서 완료의 개수", '=COUNTIF(A{a}:A{b},"완료")'),
}


def example(number: int) -> dict[str, object]:
    """One of four functions, or a question for prose; one asks with mark-up in it."""
    name = list(QUESTIONS)[number % 4]
    ask, answer = (text.format(a=number + 2, b=number + 12) for text in QUESTIONS[name])
    prose = number % 5 == 4
    return {
        "id": f"i{number:05d}",
        "user_id": f"u{number % 30:03d}",
        "task_type": "ANALYZE" if prose else "FORMULA",
        "language": "ko",
        "instruction": f"{number}번 표의 추세를 설명해줘 {NASTY}" if prose else ask,
        "input": "",
        "output": f"{number}번 표는 매달 늘고 있습니다." if prose else answer,
        "edited": False,
        "quality_score": 0.9,
        "rating": 5,
        "updated_at": datetime(2026, 3, 1, tzinfo=UTC),
    }


def answers(wrong_each: int) -> dict[str, str]:
    """Question to answer; every so many is wrong, and one answer is mark-up."""
    found = {}
    for number in range(CASES):
        one = example(number)
        right = str(one["output"])
        wrong = right.replace("B", "C") if "B" in right else f"잘 모르겠습니다 {NASTY}"
        found[str(one["instruction"])] = wrong if number % wrong_each == 1 else right
    return found


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(str(tmp_path_factory.mktemp("store")))


@pytest.fixture(scope="session")
def profile() -> Profile:
    return load_profile("demo")


@pytest.fixture(scope="session")
def dataset(store: Store) -> Dataset:
    table = pa.Table.from_pylist([example(number) for number in range(CASES)], schema=EXAMPLE_SCHEMA)
    funnel = (
        FunnelStep(rule="consent", reached=6400, dropped=700),
        FunnelStep(rule="language", reached=5700, dropped=0),
        FunnelStep(rule="duplicate", reached=5700, dropped=1900),
    )
    return publish(store, table).model_copy(
        update={"train_rows": 3000, "validation_rows": 200, "new_rows": 90, "funnel": funnel}
    )


@pytest.fixture(scope="session")
def adapter(store: Store, dataset: Dataset) -> Adapter:
    records = [{"step": step, "loss": 4 / (1 + step / 20)} for step in range(10, 301, 10)]
    records += [{"step": step, "eval_loss": 4.2 / (1 + step / 22)} for step in (0, 100, 200, 300)]
    with store.draft("adapters") as draft:
        (draft / "trainer_log.json").write_text(json.dumps(records))
        published = store.publish(draft)
    return Adapter(
        uri=published.uri,
        sha256=published.sha256,
        dataset_sha256=dataset.sha256,
        base_sha256="b" * 64,
        config_sha256="c" * 64,
        start_sha256="d" * 64,
        steps=300,
        train_loss=0.25,
    )


@pytest.fixture(scope="session")
def night(store: Store, dataset: Dataset, adapter: Adapter) -> Night:
    old, new = answers(3), answers(11)
    server = FakeServer(
        {
            "base": lambda _: "모르겠습니다",
            "adapter-0": lambda text: old.get(text, "알겠습니다"),
            adapter.name: lambda text: new.get(text, "알겠습니다"),
        },
        {"base": -2.5, "adapter-0": -0.5, adapter.name: -0.2},
    )
    contenders = (
        Contender("base", "base", "a" * 64),
        Contender("champion", "adapter-0", "c" * 64),
        Contender("challenger", adapter.name, adapter.sha256),
    )
    config, gate = EvaluateConfig(max_cases=CASES, concurrency=2, workbooks=4), GateConfig(resamples=500)
    report = evaluate(server, contenders, dataset, config=config, gate=gate, store=store)
    return Night(
        outcome="promoted",
        reason=report.decision.reason,
        run_id="f" * 32,
        dataset=dataset,
        adapter=adapter,
        report=report,
    )


@pytest.fixture(scope="session")
def facts(night: Night, store: Store, profile: Profile) -> Facts:
    priced = profile.model_copy(
        update={
            "cost": profile.cost.model_copy(
                update={"gpu_month": 500.0, "api_prompt_per_1k": 0.03, "tokens_month": 3e7, "api_correct": 0.9}
            )
        }
    )
    return gather(night, "night 2026-11-26 02:00:00", priced, store, MOVED)


@pytest.fixture
def empty_store(tmp_path: Path) -> Store:
    return Store(str(tmp_path))
