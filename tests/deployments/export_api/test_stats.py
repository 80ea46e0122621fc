"""The figures about an export."""

from __future__ import annotations

import pyarrow as pa
import pytest

from deployments.export_api import stats
from deployments.export_api.render import blocks
from deployments.export_api.stats import Stats, collect, nothing
from tasks.records import EXAMPLE_SCHEMA
from tests.tasks.builders import START


def _batch(*rows: dict[str, object]) -> pa.RecordBatch:
    plain = {
        "user_id": "u",
        "task_type": "FORMULA",
        "language": "ko",
        "instruction": "합계를 구해줘",
        "input": "",
        "output": "=SUM(A1:A3)",
        "edited": False,
        "quality_score": 0.9,
        "rating": 5,
        "updated_at": START,
    }
    numbered = [plain | {"id": f"i{number}"} | row for number, row in enumerate(rows)]
    return pa.RecordBatch.from_pylist(numbered, schema=EXAMPLE_SCHEMA)


def _stats(*batches: pa.RecordBatch) -> Stats:
    return collect(sum(batch.num_rows for batch in batches), batches, (), "")


def test_task_types_and_languages_are_counted_the_most_frequent_first() -> None:
    told = _stats(_batch({}, {"task_type": "CREATE"}), _batch({"task_type": "CREATE", "language": None}))

    assert list(told.task_type_distribution.items()) == [("CREATE", 2), ("FORMULA", 1)]
    assert told.language_distribution == {"ko": 2, "none": 1}


def test_ratings_stand_beside_those_that_nobody_gave() -> None:
    assert _stats(_batch({}, {"rating": 3}, {"rating": None})).rating_histogram == {
        **dict.fromkeys("124", 0),
        "3": 1,
        "5": 1,
        "none": 1,
    }


def test_scores_fall_into_bins_of_a_tenth() -> None:
    scores = [0.0, 0.09, 0.1, 0.95, 1.0, None, 7.0, float("nan")]
    told = _stats(_batch(*({"quality_score": score} for score in scores))).quality_score_histogram

    assert [part.count for part in told.histogram] == [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]
    assert (told.histogram[0].from_, told.histogram[9].to) == (0.0, 1.0)
    assert told.without == 3
    assert told.mean == pytest.approx(sum(scores[:5]) / 5)  # type: ignore[arg-type]


def test_korean_is_measured_in_what_is_prose() -> None:
    told = _stats(_batch({"output": "합계입니다: =SUM(A1:A3)"}, {"output": "the sum of it"}, {})).korean_share

    assert (told.histogram[9].count, told.histogram[0].count, told.without) == (1, 1, 1)
    assert told.mean == 0.5


def test_edits_are_counted() -> None:
    assert _stats(_batch({"edited": True}, {}, {"edited": True})).edited_records == 2


def test_sizes_are_exact_for_few_records() -> None:
    batch = _batch(*({"output": "가" * number} for number in range(1, 50)))
    sizes = _stats(batch).format_sizes

    assert all(size.exact for size in sizes.values())
    assert {name: size.bytes for name, size in sizes.items()} == {
        name: sum(map(len, blocks([batch], name, ""))) for name in sizes
    }


def test_sizes_of_many_are_estimated_from_some(monkeypatch: pytest.MonkeyPatch) -> None:
    batches = [_batch(*({"output": "가나다 " * (number % 7 + 1)} for number in range(100))) for _ in range(10)]
    exact = _stats(*batches).format_sizes
    monkeypatch.setattr(stats, "SAMPLE_ROWS", 300)
    estimated = _stats(*batches).format_sizes

    assert not any(size.exact for size in estimated.values())
    for name, size in estimated.items():
        assert size.bytes == pytest.approx(exact[name].bytes, rel=0.2 if name == "parquet" else 0.001)


def test_nothing_has_no_mean_and_no_size() -> None:
    told = nothing(())

    assert told.total_records == 0
    assert told.korean_share.mean is None
    assert {size.bytes for size in told.format_sizes.values()} == {0}


def test_figures_are_told_in_camel_case() -> None:
    document = _stats(_batch({})).model_dump(by_alias=True)

    assert {"totalRecords", "taskTypeDistribution", "koreanShare", "formatSizes"} <= set(document)
    assert set(document["qualityScoreHistogram"]["histogram"][0]) == {"from", "to", "count"}
