"""What retention takes, and what it must never take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from configs.schema import ConvertConfig, FilterConfig, RetentionConfig
from tasks.artifacts import Adapter, Dataset
from tasks.convert.convert import convert
from tasks.extract.extract import extract
from tasks.filter.filter import filter_extract
from tasks.lineage import trace
from tasks.retention import Removed, carry_out, choose
from tasks.storage import Store
from tests.tasks.builders import add, change, database, interaction, interactions, source

SHARES = ConvertConfig(validation_share=0.2, test_share=0.2, decontaminate=("exact", "near", "contained"))
ONE = RetentionConfig(newest=1, grace_hours=0)
LATER = datetime.now(UTC) + timedelta(hours=1)


def prepare(path: Path, store: Store, *, anew: bool = False) -> Dataset:
    filtered = filter_extract(extract(source(path), store, anew=anew), FilterConfig(), store)
    store.point("latest/filtered", {"uri": filtered.uri})  # as the flow does
    return convert(filtered, SHARES, 1, store)


def adapter(store: Store, dataset: Dataset, start: str | None = None) -> Adapter:
    facts = {
        "dataset_sha256": dataset.sha256,
        "base_sha256": "b" * 64,
        "config_sha256": "c" * 64,
        "start_sha256": start,
        "steps": 1,
        "train_loss": 0.1,
    }
    with store.draft("adapters") as draft:
        (draft / "adapter_model.safetensors").write_text(dataset.sha256 + str(start))
        published = store.publish(draft, meta=facts)
    return Adapter(uri=published.uri, sha256=published.sha256, **facts)


def nights(path: Path, store: Store, count: int) -> list[Dataset]:
    made = []
    for night in range(count):
        made.append(prepare(path, store))
        add(path, interactions(20, first=1_000 + 20 * night))
    return made


def retained(store: Store, *serving: Adapter, config: RetentionConfig = ONE, at: datetime = LATER) -> list[Removed]:
    found = choose(store, serving, config, at)
    carry_out(store, found)
    return found


def texts(root: Path) -> str:
    """Every text in every file of a store."""
    tables = [str(pq.read_table(file).to_pydict()) for file in root.rglob("*.parquet")]
    return "\n".join([*tables, *(file.read_text(encoding="utf-8") for file in root.rglob("*.json*"))])


@pytest.mark.slow
def test_the_night_after_makes_what_it_would_have_made(tmp_path: Path) -> None:
    path = database(tmp_path / "app.db", interactions(300))
    swept, whole = Store(str(tmp_path / "swept")), Store(str(tmp_path / "whole"))
    for store in (swept, whole):
        nights(path, store, 1)
    for store in (swept, whole):
        prepare(path, store)

    removed = {one.kind: (one.kept, one.removed) for one in retained(swept)}
    add(path, interactions(10, first=5_000))

    assert removed["datasets"] == (1, 1)
    assert removed["extracts"] == (2, 0)  # the chain reads to the rows of today
    assert prepare(path, swept).sha256 == prepare(path, whole).sha256


@pytest.mark.slow
def test_what_serves_keeps_its_dataset_and_what_it_went_on_from(tmp_path: Path) -> None:
    path, store = database(tmp_path / "app.db", interactions(300)), Store(str(tmp_path / "store"))
    datasets = nights(path, store, 4)
    first = adapter(store, datasets[0])
    serving = adapter(store, datasets[1], start=first.sha256)
    idle = adapter(store, datasets[2])
    newest = adapter(store, datasets[3])

    retained(store, serving)

    assert set(store.all("adapters")) == {first.uri, serving.uri, newest.uri}
    assert set(store.all("datasets")) == {datasets[number].uri for number in (0, 1, 3)}
    assert idle.uri not in store.all("adapters")
    reached = {one.dataset: one.adapters for one in trace("u001", store).datasets}
    assert reached[datasets[0].uri] == (first.name, serving.name)


def test_after_a_rebuild_no_text_of_a_withdrawn_user_is_left(tmp_path: Path) -> None:
    secret = "비밀 프로젝트 물망초의 합계를 구하는 수식을 자세히 알려줘"
    path = database(tmp_path / "app.db", [*interactions(300), interaction(900, user_id="gone", instruction=secret)])
    store = Store(str(tmp_path / "store"))
    prepare(path, store)
    change(path, 900, training_consent=0, instruction="", output="")
    prepare(path, store)
    assert "물망초" in texts(tmp_path / "store")

    prepare(path, store, anew=True)
    retained(store)

    assert "물망초" not in texts(tmp_path / "store")


@pytest.mark.slow
def test_what_is_recent_stays_and_nothing_goes_before_it_is_carried_out(tmp_path: Path) -> None:
    path, store = database(tmp_path / "app.db", interactions(300)), Store(str(tmp_path / "store"))
    datasets = nights(path, store, 3)

    chosen = {one.kind: one for one in choose(store, (), ONE, LATER)}

    assert set(chosen["datasets"].uris) == {datasets[0].uri, datasets[1].uri}
    assert chosen["datasets"].bytes > 0
    assert set(store.all("datasets")) == {one.uri for one in datasets}
    recent = RetentionConfig(newest=1, grace_hours=2)
    assert [one.removed for one in retained(store, config=recent)] == [0] * len(chosen)


def test_pointers_to_what_went_are_gone(tmp_path: Path) -> None:
    path, store = database(tmp_path / "app.db", interactions(300)), Store(str(tmp_path / "store"))
    old, _ = nights(path, store, 2)
    store.point(f"published/dataset/{old.short}", {"uri": old.uri})

    retained(store)

    assert store.pointer(f"published/dataset/{old.short}") is None
    named = {value["uri"] for name, value in store.pointers() if name.startswith("keys/")}
    assert named
    assert named <= {uri for kind in store.kinds() for uri in store.all(kind)}
