"""The three tasks of the data stage, run by a real Prefect flow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.testing.utilities import prefect_test_harness

from configs.schema import ConvertConfig, FilterConfig, SourceConfig
from tasks.artifacts import Dataset
from tasks.convert.task import convert_examples
from tasks.extract import quarantine
from tasks.extract.errors import ExtractError, SourceUnavailableError
from tasks.extract.extract import extract
from tasks.extract.task import extract_interactions
from tasks.filter.task import filter_interactions
from tasks.storage import Store
from tests.tasks.builders import database, execute, interactions, source

pytestmark = pytest.mark.slow  # a Prefect server starts


@pytest.fixture(scope="module", autouse=True)
def prefect_server() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


@flow(persist_result=True, result_serializer="json")
def prepare(where: SourceConfig, root: str) -> Dataset:
    extract = extract_interactions(where, root)
    return convert_examples(filter_interactions(extract, FilterConfig(), root), ConvertConfig(), 10, root)


@flow(name="try-to-extract")
def try_to_extract(name: str, where: SourceConfig, root: str) -> None:
    extract_interactions.with_options(retry_delay_seconds=0, task_run_name=name)(where, root)


def test_the_tasks_pass_references_and_show_the_funnel(tmp_path: Path) -> None:
    path = database(tmp_path / "app.db", interactions(300))
    dataset = prepare(source(path), str(tmp_path / "store"))
    with get_client(sync_client=True) as client:
        artifacts = {artifact.key: artifact for artifact in client.read_artifacts()}
    assert dataset.rows == 300
    assert artifacts["funnel"].description == "300 of 300 interactions passed every rule"
    assert {"funnel", "dataset"} <= set(artifacts)


def test_a_list_of_bad_rows_that_an_earlier_release_left_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = database(tmp_path / "app.db", interactions(20))
    execute(path, "UPDATE interactions SET created_at = 'yesterday' WHERE id = 'i00005'")
    with monkeypatch.context() as earlier:
        earlier.setattr(quarantine, "SCHEMA", pa.schema(list(quarantine.SCHEMA)[:3]))
        extract(source(path), Store(str(tmp_path / "store")))
    try_to_extract("earlier", source(path), str(tmp_path / "store"))
    with get_client(sync_client=True) as client:
        shown = next(one for one in client.read_artifacts() if one.key == "set-aside")
    assert "i00005" in str(shown.data)


@pytest.mark.parametrize(
    ("url", "error", "tries"),
    [
        ("postgresql://app:${APP_PASSWORD}@127.0.0.1:9/db", SourceUnavailableError, 3),
        ("sqlite:////nowhere/app.db", ExtractError, 1),
    ],
)
def test_only_a_server_that_does_not_answer_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, error: type[ExtractError], tries: int
) -> None:
    monkeypatch.setenv("APP_PASSWORD", "hunter2")
    name = f"extract in {tries}"
    with pytest.raises(error) as caught:
        try_to_extract(name, SourceConfig(url=url), str(tmp_path))
    assert "hunter2" not in str(caught.value)
    with get_client(sync_client=True) as client:
        runs = [run for run in client.read_task_runs() if run.name == name]
    assert [run.run_count for run in runs] == [tries]
