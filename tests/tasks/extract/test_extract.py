"""What one run after another takes from a changing database."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks import snapshot
from tasks.artifacts import Extract
from tasks.extract import run
from tasks.extract.extract import extract
from tasks.storage import Store
from tests.tasks.builders import add, change, database, execute, interaction, interactions, minutes, source

BEFORE_THE_END_OF_TIME = datetime(2027, 1, 1, tzinfo=UTC)


def own_ids(store: Store, taken: Extract) -> list[str]:
    return sorted(snapshot.changed_ids(store, taken).to_pylist())


def full(path: Path, folder: Path, overlap_seconds: int = 300) -> list[dict[str, object]]:
    """The current rows as a first extract into a new store takes them."""
    fresh = Store(str(folder))
    return snapshot.table(fresh, extract(source(path, overlap_seconds=overlap_seconds), fresh)).to_pylist()


def test_the_first_run_takes_everything(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", [interaction(2), interaction(1), interaction(3, updated_at=minutes(1))])
    taken = extract(source(path), store)
    rows = pq.read_table(store.open(taken.uri) / "part-00000.parquet")
    assert sorted(rows["id"].to_pylist()) == ["i00001", "i00002", "i00003"]
    assert (taken.rows, taken.removed, taken.previous) == (3, 0, None)
    assert taken.watermark is not None
    assert (taken.watermark.updated_at, taken.watermark.id) == (minutes(2), "i00002")


def test_the_second_run_takes_only_what_changed(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", interactions(20))
    first = extract(source(path), store)
    add(path, [interaction(21)])
    change(path, 3, rating=1)
    second = extract(source(path), store)
    assert own_ids(store, second) == ["i00003", "i00021"]
    assert second.rows == 2
    assert second.previous == first.uri


def test_a_run_without_news_returns_the_extract_before(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", interactions(20))
    first = extract(source(path), store)
    again = extract(source(path), store)
    assert again == first.model_copy(update={"rows": 0})


def test_rows_with_the_watermarks_own_time_are_not_missed(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", [interaction(5, updated_at=minutes(5))])
    extract(source(path, overlap_seconds=0), store)
    add(path, [interaction(1, updated_at=minutes(5)), interaction(9, updated_at=minutes(5))])
    assert own_ids(store, extract(source(path, overlap_seconds=0), store)) == ["i00001", "i00009"]


def test_a_late_write_inside_the_overlap_is_taken(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", interactions(20))
    extract(source(path), store)
    change(path, 18, rating=4, updated_at=minutes(19.5))
    second = extract(source(path), store)
    assert own_ids(store, second) == ["i00018"]
    assert second.watermark is not None
    assert second.watermark.updated_at == minutes(20)


def test_a_new_row_from_long_before_the_overlap_is_taken(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", interactions(20))
    extract(source(path), store)
    add(path, [interaction(99, updated_at=minutes(-600)), interaction(21)])
    assert own_ids(store, extract(source(path), store)) == ["i00021", "i00099"]


def test_a_row_from_the_future_does_not_hide_later_changes(tmp_path: Path, store: Store) -> None:
    path = database(
        tmp_path / "app.db", [*interactions(5), interaction(6, updated_at=datetime(2999, 1, 1, tzinfo=UTC))]
    )
    first = extract(source(path), store, now=BEFORE_THE_END_OF_TIME)
    assert first.watermark is not None
    assert first.watermark.updated_at == minutes(5)
    change(path, 2, rating=1, updated_at=minutes(6))
    assert own_ids(store, extract(source(path), store, now=BEFORE_THE_END_OF_TIME)) == ["i00002"]


def test_a_row_that_vanished_leaves_the_snapshot(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", interactions(5))
    extract(source(path), store)
    execute(path, "DELETE FROM interactions WHERE id = 'i00004'")
    second = extract(source(path), store)
    assert (second.rows, second.removed) == (0, 1)
    assert "i00004" not in snapshot.table(store, second)["id"].to_pylist()


def test_what_may_not_be_learnt_from_stays_in_the_application(tmp_path: Path, store: Store) -> None:
    rows = [
        interaction(1, training_consent=False, edited_output="비밀"),
        interaction(2, deleted_at=minutes(9)),
        interaction(3),
    ]
    taken = extract(source(database(tmp_path / "app.db", rows)), store)
    content = snapshot.table(store, taken, ["id", "instruction", "input", "output", "edited_output"]).to_pylist()
    assert all(value is None for row in content[:2] for name, value in row.items() if name != "id")
    assert content[2]["output"] == "=SUM(A3:A12)"


def test_a_damaged_chain_is_read_anew(tmp_path: Path, store: Store, caplog: pytest.LogCaptureFixture) -> None:
    path = database(tmp_path / "app.db", interactions(5))
    first = extract(source(path), store)
    (store.open(first.uri) / "part-00000.parquet").write_bytes(b"PAR1")
    with caplog.at_level("WARNING"):
        second = extract(source(path), store)
    assert (second.rows, second.previous) == (5, None)
    assert "reading the whole source again" in caplog.text


def test_a_chain_does_not_grow_without_end(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LONGEST_CHAIN", 4)
    path = database(tmp_path / "app.db", interactions(40))
    lengths = []
    for night in range(9):
        change(path, night + 1, rating=night % 5 + 1)
        if night == 2:
            execute(path, "DELETE FROM interactions WHERE id = 'i00040'")
        taken = extract(source(path), store)
        lengths.append(len(snapshot.chain(store, taken)))
    assert lengths == [1, 2, 3, 4, 1, 2, 3, 4, 1]
    assert snapshot.table(store, taken).to_pylist() == full(path, tmp_path / "rebuild")


def test_two_sources_in_one_store_do_not_meet(tmp_path: Path, store: Store) -> None:
    one = database(tmp_path / "one.db", interactions(3))
    other = database(tmp_path / "other.db", interactions(4, first=100))
    extract(source(one), store)
    assert extract(source(other), store).rows == 4
    assert extract(source(one), store).rows == 0


def test_long_tables_come_in_many_batches_and_types_survive_columns_of_nulls(tmp_path: Path, store: Store) -> None:
    rows = [interaction(number, rating=None, quality_score=None) for number in range(1, 40)]
    path = database(tmp_path / "app.db", [*rows, interaction(40, edited_output="고침", quality_score=0.1 + 0.2)])
    last = snapshot.table(store, extract(source(path, batch_rows=7), store)).to_pylist()[-1]
    assert (last["edited_output"], last["quality_score"], last["rating"]) == ("고침", 0.1 + 0.2, 5)


Step = st.tuples(
    st.sampled_from(["add", "change", "delete", "withdraw", "vanish", "late", "run"]),
    st.integers(min_value=1, max_value=12),
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(Step, min_size=1, max_size=14))
def test_increments_add_up_to_a_full_rebuild(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("increments")
    path, store = database(folder / "app.db", [interaction(0)]), Store(str(folder / "store"))
    for count, (step, number) in enumerate(steps):
        match step:
            case "add":
                add(path, [interaction(100 + count, updated_at=minutes(count))])
            case "late":
                add(path, [interaction(200 + count, updated_at=minutes(-count))])
            case "change":
                change(path, number, rating=number % 5 + 1)
            case "delete":
                change(path, number, deleted_at=minutes(count))
            case "withdraw":
                change(path, number, training_consent=0)
            case "vanish":
                execute(path, f"DELETE FROM interactions WHERE id = 'i{100 + number:05d}'")  # noqa: S608
            case _:
                extract(source(path, overlap_seconds=0), store)
    taken = extract(source(path, overlap_seconds=0), store)
    assert snapshot.table(store, taken).to_pylist() == full(path, folder / "rebuild", overlap_seconds=0)
