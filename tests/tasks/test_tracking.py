"""Runs and the model registry, against a real MLflow on SQLite."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import sys
import time
from pathlib import Path

import httpx
import mlflow
import pytest
from mlflow.entities import Run as MlflowRun
from sqlalchemy.exc import OperationalError

from configs.load import load_profile
from tasks import jobs
from tasks.artifacts import Adapter, Dataset
from tasks.tracking import Tracker, TrackingError, tracker
from tasks.tracking.client import told
from tests.tasks.conftest import free_port


@pytest.fixture(scope="module")
def night_tracker(tmp_path_factory: pytest.TempPathFactory) -> Tracker:
    """One MLflow for the module: making its tables takes five seconds."""
    return tracker(load_profile("demo", {"workspace": str(tmp_path_factory.mktemp("tracking"))}))


@pytest.fixture
def model_tracker(night_tracker: Tracker, request: pytest.FixtureRequest) -> Tracker:
    """The same MLflow with a registered model of the test's own."""
    return Tracker(night_tracker.uri, night_tracker.experiment, request.node.name)


def _adapter(digit: str) -> Adapter:
    return Adapter(
        uri=f"/store/{digit}",
        sha256=digit * 64,
        dataset_sha256="d" * 64,
        base_sha256="b" * 64,
        config_sha256="c" * 64,
        steps=10,
        train_loss=0.5,
    )


def _read(tracked: Tracker, run_id: str) -> MlflowRun:
    return mlflow.MlflowClient(tracked.uri).get_run(run_id)


def _registered(tracked: Tracker, *digits: str) -> list[int]:
    with tracked.night("night") as run:
        return [tracked.registry.register(_adapter(digit), run.id).version for digit in digits]


def _fail_in_a_stage(tracked: Tracker, night: str, error: BaseException) -> None:
    with tracked.stage(night, "train"):
        raise error


@pytest.mark.slow
def test_stages_are_children_of_their_night(night_tracker: Tracker) -> None:
    with night_tracker.night("night 1", {"profile": "demo"}) as night, night_tracker.stage(night.id, "train") as run:
        pass
    child, parent = _read(night_tracker, run.id), _read(night_tracker, night.id)
    assert child.data.tags["mlflow.parentRunId"] == night.id
    assert (child.info.run_name, child.info.status) == ("train", "FINISHED")
    assert (parent.info.run_name, parent.info.status) == ("night 1", "FINISHED")
    assert parent.data.tags["profile"] == "demo"


@pytest.mark.slow
@pytest.mark.parametrize(("error", "status"), [(ValueError("bad data"), "FAILED"), (KeyboardInterrupt(), "KILLED")])
def test_a_stage_that_raises_is_recorded_with_its_error(
    night_tracker: Tracker, error: BaseException, status: str
) -> None:
    night = night_tracker.start("night")
    with pytest.raises(type(error)):
        _fail_in_a_stage(night_tracker, night.id, error)
    (found,) = mlflow.MlflowClient(night_tracker.uri).search_runs(
        [night.experiment_id], f"tags.`mlflow.parentRunId` = '{night.id}'"
    )
    assert found.info.status == status
    assert found.data.tags["error"] == f"{type(error).__name__}: {error}"


@pytest.mark.slow
def test_a_run_holds_what_was_logged(night_tracker: Tracker, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("epochs: 3")
    with night_tracker.stage(None, "train") as run:
        run.log_params({"lora": {"rank": 16, "modules": ["q"]}} | {f"p{index}": index for index in range(150)})
        for step, loss in enumerate((3.0, 2.0, 1.0)):
            run.log_metrics({"loss": loss}, step=step)
        run.log_file(tmp_path / "config.yaml", "configs")
        run.log_text("# report", "report.md")
        run.log_table({"model": ["base"], "bleu": [1.0]}, "metrics.json")
    found = _read(night_tracker, run.id)
    assert found.data.params["lora.rank"] == "16"
    assert len(found.data.params) == 152
    client = mlflow.MlflowClient(night_tracker.uri)
    assert [point.value for point in client.get_metric_history(run.id, "loss")] == [3.0, 2.0, 1.0]
    assert {file.path for file in client.list_artifacts(run.id)} == {"configs", "report.md", "metrics.json"}


@pytest.mark.slow
def test_more_metrics_are_logged_than_one_request_takes(night_tracker: Tracker) -> None:
    """A night logs every Excel function for every model."""
    with night_tracker.stage(None, "evaluate") as run:
        run.log_metrics({f"metric.{number}": float(number) for number in range(1_500)})
    assert len(_read(night_tracker, run.id).data.metrics) == 1_500


def test_a_dataset_is_an_input_with_its_digest(night_tracker: Tracker) -> None:
    dataset = Dataset(
        uri="/store/datasets/1",
        sha256="1" * 64,
        train_rows=80,
        validation_rows=5,
        test_rows=15,
        new_rows=7,
        watermark=None,
        funnel=(),
    )
    with night_tracker.stage(None, "prepare") as run:
        run.log_dataset(dataset, {"sha256": dataset.sha256})
    inputs = _read(night_tracker, run.id).inputs
    assert inputs is not None
    entry = inputs.dataset_inputs[0].dataset
    assert (entry.name, entry.digest) == ("dataset-111111111111", "1" * 36)
    assert json.loads(entry.profile or "")["num_rows"] == 100
    found = list(
        Path(night_tracker.uri.removeprefix("sqlite:///")).parent.glob(f"mlflow-artifacts/{run.id}/**/manifest.json")
    )
    assert [json.loads(file.read_text()) for file in found] == [{"sha256": "1" * 64}]


def test_artifacts_lie_in_the_workspace(night_tracker: Tracker) -> None:
    with night_tracker.stage(None, "evaluate") as run:
        run.log_text("hello", "hello.txt")
    folder = Path(night_tracker.uri.removeprefix("sqlite:///")).parent / "mlflow-artifacts"
    assert [file.read_text() for file in folder.glob(f"{run.id}/artifacts/hello.txt")] == ["hello"]


def test_another_process_writes_into_a_run_by_its_id(night_tracker: Tracker) -> None:
    with night_tracker.night("shared") as night:
        elsewhere = Tracker(night_tracker.uri, night_tracker.experiment, "m")
        elsewhere.set_tags(night.id, {"outcome": "kept"})
        elsewhere.run(night.id).log_metrics({"gain": 0.1})
    found = _read(night_tracker, night.id)
    assert (found.data.tags["outcome"], found.data.metrics["gain"]) == ("kept", 0.1)


def test_there_is_no_champion_before_the_first_deployment(model_tracker: Tracker) -> None:
    assert (model_tracker.champion(), model_tracker.previous()) == (None, None)
    _registered(model_tracker, "1")
    assert (model_tracker.champion(), model_tracker.previous()) == (None, None)


def test_registering_twice_makes_one_version(model_tracker: Tracker) -> None:
    assert _registered(model_tracker, "1", "2", "1") == [1, 2, 1]


def test_a_champion_carries_its_whole_reference(model_tracker: Tracker) -> None:
    (version,) = _registered(model_tracker, "1")
    assert model_tracker.registry.promote(version) is None
    champion = model_tracker.champion()
    assert champion is not None
    assert (champion.version, champion.adapter, champion.name) == (1, _adapter("1"), "adapter-111111111111")


def test_promotions_and_rollbacks_move_both_aliases(model_tracker: Tracker) -> None:
    def serving() -> tuple[int | None, int | None]:
        champion, previous = model_tracker.champion(), model_tracker.previous()
        return champion.version if champion else None, previous.version if previous else None

    first, second, third = _registered(model_tracker, "1", "2", "3")
    model_tracker.registry.promote(first)
    model_tracker.registry.promote(second)
    assert serving() == (second, first)
    model_tracker.registry.promote(second)
    assert serving() == (second, first)
    model_tracker.registry.rollback()
    assert serving() == (first, second)
    model_tracker.registry.promote(third)
    assert serving() == (third, first)


def test_a_rollback_without_a_previous_is_told(model_tracker: Tracker) -> None:
    model_tracker.registry.promote(_registered(model_tracker, "1")[0])
    with pytest.raises(TrackingError, match="has no previous version to go back to"):
        model_tracker.registry.rollback()
    assert model_tracker.champion() is not None


def test_a_champion_that_others_registered_is_told(model_tracker: Tracker) -> None:
    client = mlflow.MlflowClient(model_tracker.uri)
    client.create_registered_model(model_tracker.registry.model)
    client.create_model_version(model_tracker.registry.model, "/somewhere")
    client.set_registered_model_alias(model_tracker.registry.model, "champion", "1")
    with pytest.raises(TrackingError, match=r"version 1 of .* was not registered by this project: its tag `adapter`"):
        model_tracker.champion()


def test_a_deleted_experiment_is_told(night_tracker: Tracker) -> None:
    gone = Tracker(night_tracker.uri, "gone", "m")
    run = gone.start("night")
    mlflow.MlflowClient(night_tracker.uri).delete_experiment(run.experiment_id)
    with pytest.raises(TrackingError, match=r"the experiment gone in MLflow at sqlite:.* was deleted; restore it"):
        Tracker(night_tracker.uri, "gone", "m").start("night")


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("ftp://somewhere", r"MLflow at ftp://somewhere failed: .*unsupported URI"),
        ("sqlite:////proc/none/mlflow.db", r"MLflow at sqlite:////proc/none/mlflow\.db failed: .*check tracking\.uri"),
        (
            "http://user:secret@127.0.0.1:{port}",
            r"MLflow at http://\*\*\*@127\.0\.0\.1:\d+ failed: .*that the server runs",
        ),
    ],
)
def test_an_mlflow_out_of_reach_is_told(uri: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(TrackingError, match=told):
        Tracker(uri.format(port=free_port()), "e", "m").champion()


@pytest.mark.slow
def test_a_night_through_mlflows_own_server(tmp_path: Path) -> None:
    port = free_port()
    where = ("--backend-store-uri", f"sqlite:///{tmp_path}/mlflow.db", "--artifacts-destination", str(tmp_path))
    argv = (sys.executable, "-m", "mlflow", "server", *where, "--port", str(port), "--workers", "1")
    quick = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    job = jobs.Job("mlflow", argv, tmp_path, tmp_path / "log", quick)
    jobs.start(job, tmp_path / "record.json")
    try:
        _wait_for(f"http://127.0.0.1:{port}/health")
        remote = Tracker(f"http://127.0.0.1:{port}", "e", "m")
        with remote.night("night", params={"a": 1}) as night:
            night.log_text("hello", "hello.txt")
            version = remote.registry.register(_adapter("1"), night.id)
        remote.registry.promote(version.version)
        assert remote.champion() == version
        assert _read(remote, night.id).info.status == "FINISHED"
    finally:
        jobs.stop(tmp_path / "record.json")


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url).is_success:
                return
        time.sleep(0.25)
    pytest.fail(f"{url} did not come up")


def test_an_error_names_the_cause_before_what_it_disturbed() -> None:
    class Writer:
        uri = "sqlite:///mlflow.db"

        @told
        def write(self) -> None:
            error = OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))
            error.add_detail(
                "raised as a result of Query-invoked autoflush; consider using a session.no_autoflush block"
            )
            raise error

    with pytest.raises(
        TrackingError, match=r"MLflow at .* failed: \(sqlite3.OperationalError\) database or disk is full"
    ):
        Writer().write()


def test_importing_the_package_does_not_import_mlflow(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    code = "import sys, tasks.tracking, tasks.deploy.deploy; assert 'mlflow' not in sys.modules, 'loaded'"
    jobs.run(jobs.Job("import", (sys.executable, "-c", code), root, tmp_path / "log"))


@pytest.mark.slow
def test_files_of_old_nights_go_and_figures_stay(tmp_path: Path) -> None:
    tracked = tracker(load_profile("demo", {"workspace": str(tmp_path)}))
    stages = []
    for digit in "abc":
        with tracked.night(f"night {digit}") as night:
            night.log_text("report", "report.md")
            with tracked.stage(night.id, "deploy") as run:
                run.log_text("adapter", "adapter.txt")
                run.log_metrics({"loss": 0.5})
                stages.append((night.id, run.id))
        tracked.registry.promote(tracked.registry.register(_adapter(digit), run.id).version)
    client = mlflow.MlflowClient(tracked.uri)

    def files() -> list[int]:
        return [len(client.list_artifacts(run_id)) for pair in stages for run_id in pair]

    before = files()
    assert tracked.forget_files(newest=1, dry_run=True) == 3
    assert files() == before
    assert tracked.forget_files(newest=1) == 3

    # The second is `previous` and may have to serve again: its registered stage keeps its files.
    assert files() == [0, 0, 0, before[3], before[4], before[5]]
    assert _read(tracked, stages[0][1]).data.metrics == {"loss": 0.5}
    assert tracked.forget_files(newest=1) == 0


@pytest.mark.slow
def test_old_nights_go_for_good_but_those_of_what_serves(tmp_path: Path) -> None:
    tracked = tracker(load_profile("demo", {"workspace": str(tmp_path)}))
    for digit in "abcdef":
        with tracked.night(f"night {digit}", params={"digit": digit}) as night:
            night.log_metrics({"share": 0.5})
            with tracked.stage(night.id, "deploy") as run:
                run.log_metrics({"loss": 0.5})
        if digit in "bc":
            tracked.registry.promote(tracked.registry.register(_adapter(digit), run.id).version)
    champion = tracked.champion()

    assert tracked.forget_nights(newest=2, dry_run=True) == 4  # a and d, each with its stage
    assert tracked.forget_nights(newest=2) == 4
    assert tracked.forget_nights(newest=2) == 0

    assert tracked.champion() == champion
    with contextlib.closing(sqlite3.connect(tmp_path / "mlflow.db")) as database:
        kept = {name for (name,) in database.execute("SELECT name FROM runs")}
        figures = [digit for (digit,) in database.execute("SELECT value FROM params WHERE key = 'digit'")]
    assert kept == {"night b", "night c", "night e", "night f", "deploy"}
    assert sorted(figures) == ["b", "c", "e", "f"]


def test_a_run_is_found_by_id_by_name_and_as_the_latest_that_bears_a_tag(night_tracker: Tracker) -> None:
    tag = "found-by-this"
    runs = []
    for name in ("first night", "it's the second", 'a "third"'):
        with night_tracker.night(name, {tag: "x"}) as run:
            runs.append(run)
        time.sleep(0.01)  # the latest goes by milliseconds
    with night_tracker.night("without it"):
        pass

    assert night_tracker.find("latest", tag).id == runs[-1].id
    for run in runs:
        found = night_tracker.find(run.name, tag)
        assert (found.id, found.name) == (run.id, run.name)
        assert night_tracker.find(run.id, tag).id == run.id
    for which in ("without it", "nobody", "f" * 32):
        with pytest.raises(TrackingError, match=f"no run {which} with a {tag}"):
            night_tracker.find(which, tag)
    with pytest.raises(TrackingError, match="no run with a never-set"):
        night_tracker.find("latest", "never-set")


def test_text_of_a_run_is_read_again_and_what_is_not_there_is_none(night_tracker: Tracker) -> None:
    with night_tracker.night("night") as run:
        run.log_text("보고서", "folder/report.txt")

    assert run.read_text("folder/report.txt") == "보고서"
    assert run.read_text("folder/other.txt") is None
    assert run.read_text("other.txt") is None
