"""The dataset, and how traffic gets into it and out of it again: extract, filter and convert together."""

from __future__ import annotations

import json
from pathlib import Path

import orjson
import pyarrow.parquet as pq
import pytest

from configs.schema import ConvertConfig, Decontaminate, FilterConfig
from tasks.artifacts import Dataset, Filtered
from tasks.convert.convert import ConvertError, convert
from tasks.convert.formats import FORMATS
from tasks.dataset import files, table
from tasks.extract.extract import extract
from tasks.filter.checks import Checking
from tasks.filter.filter import filter_extract
from tasks.records import DATASET_SCHEMA, SPLITS, Interaction
from tasks.storage import Store
from tests.tasks.builders import add, change, database, execute, interaction, interactions, source

HALVES = ConvertConfig(validation_share=0.2, test_share=0.2, decontaminate=("exact", "near", "contained"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return database(tmp_path / "app.db", interactions(200))


def filtered(path: Path, store: Store, config: FilterConfig | None = None) -> Filtered:
    return filter_extract(extract(source(path), store), config or FilterConfig(), store)


def prepare(path: Path, store: Store, config: ConvertConfig = HALVES) -> Dataset:
    return convert(filtered(path, store), config, 1, store)


def examples(dataset: Dataset, store: Store) -> dict[str, dict[str, dict[str, object]]]:
    """Split to id to example."""
    return {split: {row["id"]: row for row in table(store, dataset.uri, split).to_pylist()} for split in SPLITS}


def ids(dataset: Dataset, store: Store) -> set[str]:
    return {id_ for rows in examples(dataset, store).values() for id_ in rows}


def test_the_files_of_a_dataset(path: Path, store: Store) -> None:
    dataset = prepare(path, store)
    folder = store.open(dataset.uri)
    found = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    lines = {f"{name}/{split}/2026-02-23.jsonl" for name in FORMATS for split in SPLITS}
    tables = {f"{split}/2026-02-23.parquet" for split in SPLITS}
    about = {"manifest.json", "funnel.json", "shards.json", "profile.json", "users.parquet", "rows.parquet"}
    cards = {"README.md", "dataset_info.json", *(f"{name}/README.md" for name in FORMATS)}
    assert found == about | cards | tables | lines
    assert pq.read_schema(folder / "train" / "2026-02-23.parquet") == DATASET_SCHEMA
    assert dataset.rows == dataset.new_rows == 200


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_holds_every_example_in_the_same_order(path: Path, store: Store, name: str) -> None:
    uri = prepare(path, store).uri
    for split in SPLITS:
        answers = table(store, uri, split)["output"].to_pylist()
        lines = [line for file in files(store, uri, split, name) for line in file.read_bytes().splitlines()]
        assert [FORMATS[name].read(orjson.loads(line))[-1].content for line in lines] == answers


def test_no_user_and_no_prompt_is_in_two_splits(path: Path, store: Store) -> None:
    add(path, [interaction(300 + n, user_id=f"u{n:03d}", instruction="같은 질문입니다") for n in range(50)])
    splits = examples(prepare(path, store), store)
    for field in ("user_id", "instruction"):
        sides = {name: {row[field] for row in rows.values()} for name, rows in splits.items()}
        assert not sides["train"] & sides["test"]
        assert not sides["train"] & sides["validation"]
        assert not sides["validation"] & sides["test"]


@pytest.mark.slow
def test_an_example_never_changes_side(path: Path, store: Store) -> None:
    before = examples(prepare(path, store), store)
    add(path, interactions(100, first=1000))
    after = examples(prepare(path, store), store)
    assert all(set(before[split]) <= set(after[split]) for split in SPLITS)


def test_deletion_withdrawal_and_vanishing_leave_the_next_dataset(path: Path, store: Store) -> None:
    assert {"i00001", "i00002", "i00003", "i00004"} <= ids(prepare(path, store), store)
    change(path, 1, deleted_at=interaction(999).updated_at)
    change(path, 2, training_consent=0)
    execute(path, "DELETE FROM interactions WHERE id = 'i00003'")
    dataset = prepare(path, store)
    assert ids(dataset, store) == {f"i{number:05d}" for number in range(4, 201)}
    folder = store.open(dataset.uri)
    assert all(b"A1:A10" not in file.read_bytes() for file in folder.rglob("*.jsonl"))


@pytest.mark.slow
def test_consent_that_comes_back_brings_the_content_back(path: Path, store: Store) -> None:
    change(path, 1, training_consent=0)
    assert "i00001" not in ids(prepare(path, store), store)
    change(path, 1, training_consent=1)
    dataset = prepare(path, store)
    assert "i00001" in ids(dataset, store)
    assert dataset.new_rows == 1


@pytest.mark.slow
def test_increments_and_a_rebuild_make_the_same_bytes(path: Path, store: Store, tmp_path: Path) -> None:
    prepare(path, store)
    change(path, 5, rating=1)
    add(path, interactions(20, first=500))
    prepare(path, store)
    change(path, 6, edited_output="=SUM(Z:Z)")
    execute(path, "DELETE FROM interactions WHERE id = 'i00007'")
    increments = prepare(path, store)
    rebuilt = prepare(path, Store(str(tmp_path / "rebuilt")))
    assert increments.sha256 == rebuilt.sha256
    assert increments.new_rows == 1
    assert rebuilt.new_rows == 218


@pytest.mark.slow
def test_conversations_hold_their_earlier_kept_turns_in_order_whatever_way_they_came(tmp_path: Path) -> None:
    """Sixty conversations of three turns; a turn that was rated badly is in none, one that comes later is added."""
    rows = [
        interaction(100 * talk + turn, session_id=f"s{talk}", user_id=f"u{talk}", turn=turn, rating=4)
        for talk in range(1, 61)
        for turn in (3, 1, 2)
    ]
    path, store = database(tmp_path / "app.db", rows), Store(str(tmp_path / "store"))
    shares = ConvertConfig(turns="multi", validation_share=0.2, test_share=0.2, decontaminate=("exact",))

    assert prepare(path, store, shares).rows == 60
    change(path, 102, rating=1)
    add(path, [interaction(204, session_id="s2", user_id="u2", turn=4)])
    dataset = prepare(path, store, shares)

    assert prepare(path, Store(str(tmp_path / "rebuilt")), shares).sha256 == dataset.sha256
    found = {id_: row["history"] for rows in examples(dataset, store).values() for id_, row in rows.items()}
    told = {id_: [turn["output"] for turn in history] for id_, history in found.items()}  # type: ignore[attr-defined]
    assert len(told) == 60
    assert told["i00103"] == ["=SUM(A101:A110)"]
    assert told["i00204"] == [f"=SUM(A{number}:A{number + 9})" for number in (201, 202, 203)]
    assert told["i00303"] == ["=SUM(A301:A310)", "=SUM(A302:A311)"]


def test_a_night_without_news_finds_the_dataset_it_made_before(path: Path, store: Store) -> None:
    first = prepare(path, store)
    assert prepare(path, store) == first


@pytest.mark.slow
def test_settings_make_datasets_of_their_own(path: Path, store: Store) -> None:
    plain = prepare(path, store)
    prompted = prepare(path, store, HALVES.model_copy(update={"system_prompt": "돕는다"}))
    assert plain.sha256 != prompted.sha256


@pytest.mark.slow
def test_the_manifest_says_where_a_dataset_came_from(path: Path, store: Store) -> None:
    first = prepare(path, store)
    add(path, [interaction(300)])
    second = prepare(path, store)
    meta = store.manifest(second.uri)["meta"]
    assert len(meta["extracts"]) == 2
    assert meta["extracts"][1] == store.manifest(first.uri)["meta"]["extracts"][0]
    assert meta["watermark"]["id"] == "i00300"
    assert meta["rows"] == {"train": second.train_rows, "validation": second.validation_rows, "test": second.test_rows}
    assert meta["convert"] == HALVES.model_dump(mode="json")
    assert meta["filter"] == FilterConfig().model_dump(mode="json")
    funnel = json.loads((store.open(second.uri) / "funnel.json").read_text(encoding="utf-8"))
    assert funnel == [step.model_dump() for step in second.funnel]


def test_too_few_records_name_the_rules_that_dropped_most(tmp_path: Path, store: Store) -> None:
    rows = [*interactions(30), *(interaction(n, rating=1) for n in range(100, 120)), interaction(200, language="en")]
    path = database(tmp_path / "app.db", rows)
    with pytest.raises(ConvertError) as caught:
        convert(filtered(path, store), HALVES, 1_000, store)
    assert str(caught.value) == (
        "only 30 good records of 51, 1,000 needed; the rules that dropped most: `rating` 20, `language` 1. Gather more "
        "rated answers, loosen these rules in the profile's filter, or lower night.min_records"
    )


def test_an_empty_split_is_named(tmp_path: Path, store: Store) -> None:
    path = database(tmp_path / "app.db", [interaction(n, user_id="u1") for n in range(1, 10)])
    with pytest.raises(
        ConvertError, match=r"train split is empty: 9 examples of 1 user\(s\).*share of 60%.*gather more"
    ):
        prepare(path, store)


@pytest.mark.slow
def test_the_demos_database_makes_two_nights_datasets(tmp_path: Path, store: Store) -> None:
    from deployments.demo import app_database as demo

    demo.create(tmp_path / "demo.db")
    first = convert(filtered(tmp_path / "demo.db", store), HALVES, 1_000, store)
    demo.add_day(tmp_path / "demo.db")
    second = convert(filtered(tmp_path / "demo.db", store), HALVES, 1_000, store)
    assert first.rows >= 3_000
    assert first.test_rows >= 100
    assert 0 < second.new_rows < first.rows / 4


def test_a_filter_that_kept_nothing_for_a_kind_of_trace_cannot_be_searched_for_it(path: Path, store: Store) -> None:
    taken = filter_extract(extract(source(path), store), FilterConfig(), store, Checking(traces=("exact", "near")))
    with pytest.raises(ConvertError, match=r"contained could be found.*filter again"):
        convert(taken, HALVES, 1, store)


CITIES = ["서울", "부산", "대구", "인천", "광주", "대전", "울산", "세종", "수원", "창원"]
GOODS = ["사과", "연필", "우산", "의자", "모자", "시계", "지갑", "가방", "신발", "안경"]
NAMES = ["ABS", "SQRT", "EXP", "LN", "INT", "SIGN", "SIN", "COS", "TAN", "FACT"]


def traced(number: int) -> Interaction:
    """Rows from 100 on are another user's: the question of a row before with other references, or inside more text, and
    its formula with other references."""
    first = number % 100
    one, two = divmod(first, 10)
    at = "B7" if number >= 100 and number % 2 else "A3"
    question = f"{CITIES[one]} 지점의 {GOODS[two]} 매출 {at} 셀을 계산하는 수식이 필요해요"
    if number >= 100 and number % 2 == 0:
        question = f"어제 회의에서 부장님이 시키신 일인데 {question} 그리고 결과를 다른 시트에도 옮기려고 합니다"
    user = f"u{(number + 7 * (number // 100)) % 50:03d}"
    return interaction(number, user_id=user, instruction=question, output=f"={NAMES[one]}({NAMES[two]}({at}))")


@pytest.mark.parametrize("kinds", [("contained", "exact"), ("formula",), ("near", "skeleton"), ()])
def test_what_is_not_looked_for_is_not_missed(kinds: tuple[Decontaminate, ...], tmp_path: Path) -> None:
    """Screening for these traces alone makes the dataset that screening for all of them makes."""
    path = database(tmp_path / "app.db", map(traced, range(200)))
    config = HALVES.model_copy(update={"decontaminate": kinds})
    made = []
    for name, needs in (("all", Checking()), ("these", Checking(traces=kinds))):
        store = Store(str(tmp_path / name))
        taken = filter_extract(extract(source(path), store), FilterConfig(execute_formulas=False), store, needs)
        made.append(convert(taken, config, 1, store))
    assert made[0].sha256 == made[1].sha256
    leaks = sum(step.dropped for step in made[0].funnel if step.rule.startswith("leak_"))
    assert bool(leaks) == bool(kinds)
