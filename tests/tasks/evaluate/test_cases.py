"""Which cases are asked: a test set that freezes, the newest beside it, general questions."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from configs.schema import EvaluateConfig
from tasks.evaluate.cases import Cases, choose
from tasks.evaluate.errors import EvaluateError
from tasks.evaluate.general import letter_bits, read_general
from tasks.storage import StorageError, Store
from tests.tasks.judge.examples import START, examples, publish

CONFIG = EvaluateConfig(max_cases=60, max_recent_cases=20, general_set="")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path))


def chosen(store: Store, table: pa.Table, config: EvaluateConfig = CONFIG) -> Cases:
    return choose(store, publish(store, table), config)


def ids(table: pa.Table) -> list[str]:
    found: list[str] = table.column("id").to_pylist()
    return found


def later(table: pa.Table) -> pa.Table:
    """The same rows, each a minute younger than the one before it."""
    times = pa.array(
        [START + timedelta(minutes=row) for row in range(table.num_rows)], table.schema.field("updated_at").type
    )
    return table.set_column(table.schema.get_field_index("updated_at"), "updated_at", times)


def test_the_cases_depend_on_ids_alone(store: Store, tmp_path: Path) -> None:
    table = examples(60)
    shuffled = table.take(pa.array(reversed(range(60))))
    one, other = chosen(store, table), chosen(Store(str(tmp_path / "other")), shuffled)
    assert ids(one.frozen) == ids(other.frozen) != ids(table)
    assert one.digest == other.digest


def test_until_there_are_enough_the_set_grows_and_is_not_frozen(store: Store) -> None:
    assert (
        chosen(store, examples(40)).test_set.words == "the test set `first` still grows: 40 cases; with 60 it is frozen"
    )
    more = chosen(store, examples(59))
    assert (more.frozen.num_rows, more.recent.num_rows, more.test_set.sha256) == (59, 0, None)


def test_once_frozen_it_stays_and_what_is_newer_stands_beside_it(store: Store) -> None:
    before = chosen(store, later(examples(70)))
    assert before.test_set.sha256 is not None
    after = chosen(store, later(examples(400)))
    assert ids(after.frozen) == ids(before.frozen)
    assert after.test_set == before.test_set
    assert sorted(ids(after.recent)) == [f"i{number:05d}" for number in range(380, 400)]


def test_a_withdrawn_row_leaves_the_frozen_set_and_the_record_says_so(store: Store) -> None:
    before = chosen(store, examples(60))
    gone = ids(before.frozen)[:3]
    left = examples(60).filter(pa.array([name not in gone for name in ids(examples(60))]))
    after = chosen(store, left)
    assert ids(after.frozen) == ids(before.frozen)[3:]
    assert "with 60 cases, of which 3 were withdrawn or rewritten since and left it" in after.test_set.words


def without(table: pa.Table, gone: list[str]) -> pa.Table:
    return table.filter(pa.array([name not in gone for name in ids(table)]))


def test_a_frozen_set_that_lost_many_is_filled_up_with_the_next_ones(store: Store) -> None:
    first = chosen(store, examples(60))
    table = without(examples(200), ids(first.frozen)[:13])  # 47 of 60 are left: less than 0.8

    filled = chosen(store, table)

    assert set(ids(first.frozen)[13:]) < set(ids(filled.frozen))
    assert filled.frozen.num_rows == 60
    assert filled.test_set.sha256 not in {first.test_set.sha256, None}
    assert "filled up from 47 cases" in filled.test_set.words
    again = chosen(store, table)
    assert (again.digest, again.test_set) == (filled.digest, filled.test_set)
    assert not set(ids(filled.frozen)) & set(ids(filled.recent))


def test_a_split_too_small_to_fill_it_up_is_taken_whole_and_not_filled_every_night(store: Store) -> None:
    first = chosen(store, examples(60))
    gone = ids(first.frozen)[:20]

    small = chosen(store, without(examples(70), gone))

    assert small.frozen.num_rows == 50
    assert chosen(store, without(examples(70), [*gone, ids(small.frozen)[0]])).test_set.sha256 == small.test_set.sha256


def test_a_set_that_shall_stay_as_it_is_only_shrinks(store: Store) -> None:
    config = CONFIG.model_copy(update={"refill_below": 0.0})
    first = chosen(store, examples(60), config)

    left = chosen(store, without(examples(200), ids(first.frozen)[:50]), config)

    assert ids(left.frozen) == ids(first.frozen)[50:]
    assert left.test_set.sha256 == first.test_set.sha256


def test_a_rewritten_row_is_no_longer_the_frozen_one(store: Store) -> None:
    before = chosen(store, examples(60))
    rows = examples(60).to_pylist()
    rows[7]["output"] = "=SUM(Z1:Z9)"
    after = chosen(store, pa.Table.from_pylist(rows, examples(0).schema))
    assert set(ids(before.frozen)) - set(ids(after.frozen)) == {"i00007"} == set(ids(after.recent))


def test_what_is_published_of_the_frozen_set_holds_no_text_and_no_id(store: Store, tmp_path: Path) -> None:
    chosen(store, examples(60))
    (file,) = tmp_path.glob("testsets/*/cases.parquet")
    content = file.read_bytes()
    assert b"i00001" not in content
    assert "합계".encode() not in content


def test_another_name_freezes_another_set(store: Store) -> None:
    first = chosen(store, examples(60))
    second = chosen(store, examples(200), CONFIG.model_copy(update={"test_set": "second"}))
    assert second.test_set.name == "second"
    assert ids(second.frozen) != ids(first.frozen)
    assert ids(chosen(store, examples(200)).frozen) == ids(first.frozen)


def test_a_frozen_set_that_is_lost_is_told_and_not_made_anew(store: Store, tmp_path: Path) -> None:
    chosen(store, examples(60))
    next(tmp_path.glob("testsets/*/cases.parquet")).unlink()
    with pytest.raises(StorageError, match=r"frozen test set `first` cannot be read: .* in evaluate\.test_set"):
        chosen(store, examples(60))


def test_an_empty_split_has_no_cases(store: Store) -> None:
    found = chosen(store, examples(0))
    assert found.all == []
    assert found.test_set.size == 0


def test_the_general_questions_are_asked_beside_the_others(store: Store) -> None:
    found = chosen(store, examples(60), EvaluateConfig(max_cases=60))
    general = [row for row in found.all if row["task_type"] == "GENERAL"]
    assert len(general) == found.general.num_rows
    assert len(found.all) == 60 + len(general)
    assert len({row["user_id"] for row in general}) == len(general)


def test_the_shipped_questions_are_of_both_languages_and_none_is_there_twice() -> None:
    rows = read_general(EvaluateConfig().general_set).to_pylist()
    korean = [row for row in rows if any("가" <= letter <= "힣" for letter in row["output"])]
    assert len(rows) >= 64
    assert 0.3 < len(korean) / len(rows) < 0.7
    assert len({(row["instruction"], row["input"]) for row in rows}) == len(rows)
    assert not any("=" in row["output"] for row in rows)


@pytest.mark.parametrize("line", ["{", '{"instruction": "가"}', '{"instruction": 1, "output": "나"}', '["가"]'])
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "general.jsonl"
    file.write_text(json.dumps({"instruction": "가", "output": "나\u2028다"}, ensure_ascii=False) + f"\n\n{line}\n")
    with pytest.raises(EvaluateError, match=r"general\.jsonl, line 3, is no question with its answer"):
        read_general(str(file))


def test_a_missing_file_of_questions_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EvaluateError, match=r"correct evaluate\.general_set, or leave it empty to ask none"):
        read_general(str(tmp_path / "none.jsonl"))
    assert read_general("").num_rows == 0


def test_bits_of_letters_are_their_entropy() -> None:
    assert letter_bits(["abab", "abab"]) == pytest.approx(1.0)
    assert letter_bits(["가나가나"]) == pytest.approx(1 / 3)
    assert letter_bits(["aaaa"]) == 0.0
