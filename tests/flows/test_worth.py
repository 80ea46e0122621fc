"""Too little that is new, or traffic that moved: decisions with their figures, on a real registry and real datasets."""

from __future__ import annotations

from collections.abc import Iterator

import mlflow
import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.testing.utilities import prefect_test_harness

from configs.load import load_profile
from configs.schema import ConvertConfig, FilterConfig
from flows import worth
from flows.context import Context
from tasks.artifacts import Adapter, Dataset, Night
from tasks.convert.convert import convert
from tasks.extract.extract import extract
from tasks.filter.filter import filter_extract
from tasks.records import Interaction
from tests.tasks.builders import database, interaction, interactions, source

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def prefect_server() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """A workspace in which 400 questions for sums made the champion, in a night that decided."""
    folder = tmp_path_factory.mktemp("worth")
    place = Context(load_profile("demo", {"workspace": str(folder), "night.min_new_records": 30}))
    learnt = dataset(place, "learnt", interactions(400))
    with place.tracker.night("night") as run:
        adapter = Adapter(
            uri="nowhere", sha256="a" * 64, dataset_sha256=learnt.sha256, base_sha256="b" * 64, config_sha256="c" * 64,
            steps=1, train_loss=1.0,
        )  # fmt: skip
        place.tracker.registry.promote(place.tracker.registry.register(adapter, run.id).version)
    worth.remember(place, Night(outcome="promoted", reason="better", run_id=run.id, dataset=learnt))
    return place


def dataset(place: Context, name: str, rows: list[Interaction]) -> Dataset:
    path = database(place.workspace / f"{name}.db", rows)
    taken = filter_extract(extract(source(path), place.store), FilterConfig(languages=()), place.store)
    return convert(taken, ConvertConfig(decontaminate=("exact",)), 1, place.store)


def asked(place: Context, found: Dataset) -> tuple[worth.Stop | None, dict[str, float]]:
    """Why not, as a night asks, and what was recorded of it."""
    ask = flow(worth.why_not, name="ask", validate_parameters=False)
    with place.tracker.night("tonight") as run:
        stop = ask(place, found, worth.shifted(place, found), run)
    return stop, dict(mlflow.MlflowClient(place.tracker.uri).get_run(run.id).data.metrics)


def test_the_same_dataset_is_not_trained_on_again(context: Context) -> None:
    stop, _ = asked(context, dataset(context, "same", interactions(400)))
    assert stop is not None
    assert stop.outcome == "skipped"
    assert stop.reason.startswith("no new traffic since the night of ")


def test_too_little_that_is_new_is_a_decision_with_its_figure(context: Context) -> None:
    stop, _ = asked(context, dataset(context, "little", [*interactions(400), *interactions(12, first=1_000)]))
    assert stop is not None
    assert stop.outcome == "skipped"
    assert stop.reason.startswith("only 12 good records changed since the night of ")
    assert stop.reason.endswith("(promoted); 30 are needed")


def test_more_of_the_same_is_trained_on(context: Context) -> None:
    stop, metrics = asked(context, dataset(context, "more", interactions(600)))
    assert stop is None
    assert 0 <= metrics["shift.function.psi"] < context.profile.night.max_shift  # type: ignore[operator]
    assert {name.split(".")[1] for name in metrics} == {
        "task_type", "rating", "answer_length", "function", "korean_share", "user_share",
    }  # fmt: skip


def test_traffic_that_moved_holds_the_night_with_the_figure(context: Context) -> None:
    others = [
        interaction(n, output=f"=AVERAGE(A{n}:A{n + 9})", instruction=f"A{n}부터 A{n + 9}까지 평균")
        for n in range(2_000, 2_400)
    ]
    stop, metrics = asked(context, dataset(context, "moved", [*interactions(400), *others]))

    assert stop is not None
    assert stop.outcome == "held"
    assert (
        f"the stability index of function is {metrics['shift.function.psi']:.2f}, over the 0.25 allowed" in stop.reason
    )
    assert "`AVERAGE`, 0.1% of what the champion learnt from, 50.0% now" in stop.reason
    assert "exhell night --force" in stop.reason
    with get_client(sync_client=True) as client:
        (table,) = [one for one in client.read_artifacts() if one.key == "shift" and "AVERAGE" in str(one.data)]
    assert "50.0%" in str(table.data)


def test_answers_in_another_language_hold_it_too(context: Context) -> None:
    others = [interaction(n, output=f"Write =SUM(A{n}:A{n + 9}) there") for n in range(4_000, 4_400)]
    told = [interaction(n, output=f"=SUM(A{n}:A{n + 9})을 쓰세요") for n in range(5_000, 5_400)]
    stop, metrics = asked(context, dataset(context, "english", [*told, *others]))
    assert stop is not None
    assert stop.outcome == "held"
    assert metrics["shift.korean_share.psi"] > 0.25
