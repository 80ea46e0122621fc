"""Whose rows reached what."""

from __future__ import annotations

from pathlib import Path

import pytest

from configs.schema import ConvertConfig, FilterConfig
from tasks.artifacts import Dataset
from tasks.convert.convert import convert
from tasks.extract.extract import extract
from tasks.filter.filter import filter_extract
from tasks.lineage import trace
from tasks.storage import Store
from tests.tasks.builders import change, database, interactions, source

SHARES = ConvertConfig(validation_share=0.2, test_share=0.2, decontaminate=("exact", "near", "contained"))


def prepare(path: Path, store: Store) -> Dataset:
    return convert(filter_extract(extract(source(path), store), FilterConfig(), store), SHARES, 1, store)


def adapter(store: Store, dataset: Dataset, begun: str | None = None) -> str:
    with store.draft("adapters") as draft:
        (draft / "adapter_model.safetensors").write_bytes(b"weights")
        (draft / "of.txt").write_text(dataset.sha256)
        return store.publish(draft, meta={"dataset_sha256": dataset.sha256, "start_sha256": begun}).sha256


def test_a_users_rows_are_found_in_the_datasets_and_adapters_that_they_reached(tmp_path: Path) -> None:
    path = database(tmp_path / "app.db", interactions(200))
    store = Store(str(tmp_path / "store"))
    first = prepare(path, store)
    made = adapter(store, first)
    for number in (1, 51, 101, 151):  # every row of u001
        change(path, number, training_consent=0)
    second = prepare(path, store)

    found = trace("u001", store)

    assert [(one.dataset, one.rows, one.adapters) for one in found.datasets] == [
        (first.uri, 4, (f"adapter-{made[:12]}",))
    ]
    assert second.uri not in {one.dataset for one in found.datasets}
    assert [one.dataset for one in trace("u002", store).datasets] == [first.uri, second.uri]


@pytest.mark.slow
def test_an_adapter_that_went_on_from_another_has_what_that_one_learnt(tmp_path: Path) -> None:
    path = database(tmp_path / "app.db", interactions(200))
    store, datasets = Store(str(tmp_path / "store")), []
    for user in (1, 2, 3, 4):  # one after the other takes all rows back
        datasets.append(prepare(path, store))
        for number in range(user, 200, 50):
            change(path, number, training_consent=0)
    first = adapter(store, datasets[0])
    second = adapter(store, datasets[1], first)
    third = adapter(store, datasets[2], second)
    adapter(store, datasets[3])  # from the base: of u001 there is nothing in it

    (reached,) = trace("u001", store).datasets

    assert reached.dataset == datasets[0].uri
    assert reached.adapters == tuple(f"adapter-{sha256[:12]}" for sha256 in (first, second, third))
    assert [len(one.adapters) for one in trace("u002", store).datasets] == [3, 2]


def test_a_user_whom_nothing_reached_is_in_nothing(tmp_path: Path) -> None:
    assert trace("nobody", Store(str(tmp_path))).datasets == ()
