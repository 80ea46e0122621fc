"""Test examples and a published dataset that holds them."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa

from tasks.artifacts import Dataset
from tasks.records import EXAMPLE_SCHEMA
from tasks.storage import Store
from tests.tasks.datasets import put_shards

START = datetime(2026, 3, 1, tzinfo=UTC)


def examples(count: int) -> pa.Table:
    """Questions of 30 users: of four, three ask for a formula, one for prose."""
    return pa.Table.from_pylist([_example(number) for number in range(count)], schema=EXAMPLE_SCHEMA)


def _example(number: int) -> dict[str, object]:
    last = number + 12
    is_prose = number % 4 == 3
    return {
        "id": f"i{number:05d}",
        "user_id": f"u{number % 30:03d}",
        "task_type": "EXPLAIN" if is_prose else "FORMULA",
        "language": "ko",
        "instruction": f"{number}번 행은 무엇인가요?" if is_prose else f"B{number + 2}부터 B{last}까지의 합계",
        "input": "",
        "output": f"{number}번 행은 합계 행입니다." if is_prose else f"=SUM(B{number + 2}:B{last})",
        "edited": False,
        "quality_score": 0.9,
        "rating": 5,
        "updated_at": START,
    }


def publish(store: Store, table: pa.Table) -> Dataset:
    """A dataset whose test split is this table."""
    with store.draft("datasets") as draft:
        put_shards(draft, {"test": table})
        published = store.publish(draft)
    return Dataset(
        uri=published.uri,
        sha256=published.sha256,
        train_rows=0,
        validation_rows=0,
        test_rows=table.num_rows,
        new_rows=0,
        watermark=None,
        funnel=(),
    )


def right(question: str) -> str:
    """What a perfect model says to a question of `examples`."""
    words = question.replace("부터", ":").replace("까지의 합계", "").replace(" ", "")
    if question.startswith("B"):
        return f"=SUM({words})"
    return f"{question.partition('번')[0]}번 행은 합계 행입니다."
