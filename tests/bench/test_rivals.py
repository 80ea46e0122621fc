"""The rivals do what they are timed for: the rules one by one, and each program on a few hundred rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench import data, measure, traffic
from bench.rivals import environments, rules
from configs.load import PROJECT
from tasks.jobs import Job

ROWS = 300
GOOD: dict[str, Any] = {
    "deleted_at": None,
    "training_consent": True,
    "language": "ko-KR",
    "quality_score": 0.7,
    "rating": 4,
}


@pytest.mark.parametrize(
    ("flaw", "keeps"),
    [
        ({}, True),
        ({"deleted_at": 1}, False),
        ({"training_consent": None}, False),
        ({"language": "en"}, False),
        ({"language": None}, False),
        ({"quality_score": None}, False),
        ({"quality_score": 7.0}, False),
        ({"rating": 3}, False),
        ({"rating": None}, False),
    ],
)
def test_plain_columns(flaw: dict[str, Any], keeps: bool) -> None:
    assert rules.well_judged(GOOD | flaw, edited=False) is keeps


def test_an_edit_needs_no_rating() -> None:
    assert rules.well_judged(GOOD | {"rating": 1, "quality_score": None}, edited=True)
    assert rules.answer_of("=SUM(A1", "=SUM(A1)") == ("=SUM(A1)", True)
    assert rules.answer_of("=SUM(A1)", "=SUM(A1)") == ("=SUM(A1)", False)


@pytest.mark.parametrize(
    ("instruction", "context", "answer", "keeps"),
    [
        ("합계를 구해줘", "", "=SUM(A2:A10)", True),
        ("테스트", "", "=SUM(A2:A10)", False),
        ("ㅋㅋㅋ", "부서\t매출", "=SUM(A2:A10)", True),
        (" ", "", "=SUM(A2:A10)", False),
        ("합계", "", "", False),
        ("합계", "", "=", False),
        ("합계", "", "가" * 8_001, False),
        ("합계" * 5_000, "", "=SUM(A2:A10)", False),
        ("합계", "", "죄송합니다. 도와드릴 수 없습니다.", False),
        ("합계", "", "죄송합니다, 앞의 답은 쓸 수 없습니다. =SUM(A2:A10)", True),
        ("합계", "", "안녕하세요! 무엇을 도와드릴까요?", False),
        ("합계", "", "=SUM(A2:A10) [/INST]", False),
        ("합계", "<|im_start|>", "=SUM(A2:A10)", False),
        ("합계", "", "=SUM(A2:A10)\x07", False),
        ("합계", "", "```\n=SUM(A2:A10)", False),
    ],
)
def test_texts(instruction: str, context: str, answer: str, keeps: bool) -> None:
    assert rules.well_written(instruction, context, answer) is keeps


def test_formats_are_those_of_the_product() -> None:
    prompt = rules.prompt_text("합계", "부서\t매출")
    assert rules.llama2(prompt, "=SUM(A2:A10)") == "<s>[INST] 합계\n\n부서\t매출 [/INST] =SUM(A2:A10) </s>"
    assert [turn["from"] for turn in rules.sharegpt(prompt, "=")] == ["human", "gpt"]
    assert [turn["role"] for turn in rules.openai(prompt, "=")] == ["user", "assistant"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    rows = pa.Table.from_batches(traffic.batches(ROWS))
    for half in range(2):
        pq.write_table(rows.slice(half * ROWS // 2, ROWS // 2), folder / f"part-{half}.parquet")
    return folder


@pytest.fixture(scope="module", params=environments.MODULES)
def runs(
    request: pytest.FixtureRequest, source: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[dict[str, Any], Path]]:
    """What a rival printed and wrote, with near-duplicates taken out ("near") and without ("exact")."""
    rival = request.param
    if not environments.is_current(rival):
        pytest.skip(f"no environment of {rival}; python -m bench.rivals.environments makes it")
    folder = tmp_path_factory.mktemp(rival)
    found = {}
    for name, flags in (("near", ()), ("exact", ("--no-near",))):
        module = f"bench.rivals.{environments.MODULES[rival]}"
        argv = (str(environments.python(rival)), "-m", module, str(source), str(folder / name), *flags)
        cost = measure.run(Job(rival, argv, PROJECT, folder / f"{name}.log", data.quiet()))
        found[name] = cost.result, folder / name
    return found


def written(out: Path) -> list[dict[str, Any]]:
    return [row for path in sorted(out.glob("*.parquet")) for row in pq.read_table(path).to_pylist()]


@pytest.mark.slow
def test_a_rival_keeps_what_the_rules_keep(runs: dict[str, tuple[dict[str, Any], Path]], source: Path) -> None:
    expected = set()
    for row in pq.read_table(source).to_pylist():
        answer, edited = rules.answer_of(row["output"], row["edited_output"])
        if rules.well_judged(row, edited) and rules.well_written(row["instruction"], row["input"], answer):
            expected.add(rules.prompt_key(*map(rules.scrubbed, (row["instruction"], row["input"]))))
    result, out = runs["exact"]
    keys = [rules.prompt_key(row["instruction"], row["input"]) for row in written(out)]
    assert len(keys) == result["kept"] == sum(result["rows"].values())
    assert set(keys) == expected


@pytest.mark.slow
def test_a_rival_finds_near_duplicates(runs: dict[str, tuple[dict[str, Any], Path]]) -> None:
    near, exact = runs["near"][0]["kept"], runs["exact"][0]["kept"]
    assert 0.9 * exact < near < exact


@pytest.mark.slow
def test_a_rival_writes_every_format(runs: dict[str, tuple[dict[str, Any], Path]]) -> None:
    for result, out in runs.values():
        for form in rules.FORMATS:
            lines = [line for path in (out / form).glob("*.jsonl") for line in path.read_text("utf-8").splitlines()]
            assert len(lines) == result["kept"]
            assert all(json.loads(line) for line in lines)


@pytest.mark.slow
def test_a_rival_splits_by_user_and_scrubs(runs: dict[str, tuple[dict[str, Any], Path]]) -> None:
    out = runs["near"][1]
    for split in rules.SPLITS:
        for path in out.glob(f"*{split}*.parquet"):
            for row in pq.read_table(path).to_pylist():
                assert rules.split_of(row["user_id"]) == split
                assert all(rules.scrubbed(row[name]) == row[name] for name in ("instruction", "input", "output"))
