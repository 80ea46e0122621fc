"""Train a LoRA adapter on a dataset: plan, run the trainer under supervision, check what it left, publish.

The work folder is named by what the run is made of (data, settings, base model, template). So a run that was
interrupted goes on in the same folder from its newest whole checkpoint, while a changed input starts clean, and an
adapter that was already made of the same inputs is found instead of trained again.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from configs.load import fingerprint, project_path, template_path
from configs.schema import BaseModelConfig, TrainConfig
from tasks import base_model
from tasks.artifacts import Adapter, Dataset
from tasks.dataset import files
from tasks.storage import Published, Store
from tasks.train import checkpoints, extend, nodes, preflight, resume, start, supervise, verify
from tasks.train.backends import BACKENDS
from tasks.train.plan import FORMAT, LOG, Plan, TrainError, training_environment, unwritable
from tasks.train.progress import LogReader, Metrics, OnMetrics, Progress, history, replay
from tasks.train.publish import KIND, publish, read_history
from tasks.train.vocabulary import Vocabulary

PREPARED_KEPT = 3
"""Tokenised datasets kept between nights, newest first."""

RUNS_KEPT = 3
"""Work folders of runs that did not end well, newest first: their inputs are gone by now, their logs may be wanted."""

PREPARED = "prepared"


def train(
    dataset: Dataset,
    config: TrainConfig,
    base: BaseModelConfig,
    store: Store,
    workspace: Path,
    *,
    champion: Adapter | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_metrics: OnMetrics = lambda _step, _metrics: None,
    say: Callable[[str], None] = lambda _: None,
) -> Adapter:
    """Return the adapter that these settings make of this dataset, trained now or by an earlier run.

    `champion` is what serves, for train.start_from champion; None before the first one, which begins with the base.
    `on_progress` hears every step, `on_metrics` the step and its losses (also those of the part that an earlier run
    did), `say` a sentence about what happens.
    Raises ConfigError without the template, BaseModelError without a base model, StorageError without the dataset, and
    TrainError for everything that keeps the trainer from leaving a usable adapter. Nothing is published then, and the
    next call goes on.
    """
    config, base_path, words = extend.prepare(dataset, config, base_model.locate(base), store, say)
    template = template_path(base.chat_template).read_text(encoding="utf-8")
    base_sha256 = base_model.fingerprint(base_path)
    beginning = start.begin(champion, config, base_sha256, store, say)
    chosen_by = beginning.key if beginning else ()
    recipe = _recipe(config, template, dataset.validation_rows > 0, going_on=beginning is not None)
    key = fingerprint(dataset.sha256, base_sha256, recipe, *chosen_by)
    if made := store.find(KIND, key):
        say(f"these inputs already made adapter-{made.sha256[:12]}: taking it")
        replay(read_history(store.open(made.uri)), on_metrics)
        return _reference(made)
    tokenizer = base_model.tokenizer_fingerprint(base_path)
    prepared = fingerprint(dataset.sha256, template, tokenizer, _tokenising(config), *chosen_by)
    folder = project_path(config.launch.folder) if config.launch.folder else workspace / "train"
    plan = Plan(
        config=config,
        base=base_path,
        template=template,
        train_files=tuple(files(store, dataset.uri, "train", FORMAT)),
        validation_files=tuple(files(store, dataset.uri, "validation", FORMAT)),
        environment=training_environment(config),
        work=folder / key[:16],
        prepared=folder / PREPARED / prepared[:16],
        start=beginning.folder if beginning else None,
    )
    if config.launch.rank:
        plan = nodes.beside(plan)
    inputs = {
        "dataset": dataset.sha256,
        "base model": base_sha256,
        "chat template": fingerprint(template),
        "adapter to go on from": beginning.champion.name if beginning else "none",
        "train": config.model_dump(mode="json"),
    }
    plan, rows, known = _examples(plan, beginning, dataset, store, say)
    check_warmup(config, rows)
    preflight.check(plan, say)
    plan = resume.resume(plan, inputs, say)
    if not config.launch.rank:
        _note(plan, inputs, words)
    known |= words.metrics if words else {}
    before = [{"step": 0.0, **known}] if known else []
    replay(before, on_metrics)
    plan, reader = supervise.run(plan, supervise.Listener(on_progress, on_metrics, say))
    if config.launch.rank:
        return _reference(nodes.published_by_first(plan, store, key))
    records = before + _records(plan, reader)
    steps = _check(plan, records)
    meta = {
        "dataset_sha256": dataset.sha256,
        "base_sha256": base_sha256,
        "config_sha256": recipe,
        "start_sha256": beginning.champion.sha256 if beginning else None,
        "steps": steps,
        "train_loss": _last(records, "loss", "train_loss"),
        "validation_loss": _validation_loss(records, config),
    }
    published = publish(plan, base, records, store, meta=meta, key=key)
    shutil.rmtree(plan.work, ignore_errors=True)
    _prune(plan.prepared.parent, PREPARED_KEPT)
    _prune(plan.work.parent, RUNS_KEPT, but=PREPARED)
    return _reference(published)


def _examples(
    plan: Plan, beginning: start.Beginning | None, dataset: Dataset, store: Store, say: Callable[[str], None]
) -> tuple[Plan, int, Metrics]:
    """The plan with the examples to learn, how many these are, and what the run's page shows of them."""
    if beginning is None:
        return plan, dataset.train_rows, {}
    try:
        chosen = start.choose(beginning, dataset, store, plan.work / start.EXAMPLES)
    except OSError as error:
        raise unwritable(plan, error) from error
    say(f"going on from {beginning.champion.name}: {chosen}")
    return replace(plan, train_files=chosen.files), chosen.rows, chosen.metrics


def _note(plan: Plan, inputs: resume.Inputs, words: Vocabulary | None) -> None:
    try:
        resume.note(plan, inputs)
        if words:
            record = words.record(str(inputs["base model"]))
            (plan.work / extend.RECORD).write_text(record, encoding="utf-8")
    except OSError as error:
        raise unwritable(plan, error) from error


def total_steps(config: TrainConfig, rows: int) -> int:
    """Optimizer steps of a whole run over this many examples, unpacked and none dropped: Axolotl's count."""
    return math.ceil(rows * config.epochs / config.effective_batch_size)


def check_warmup(config: TrainConfig, rows: int) -> None:
    """Raises TrainError without examples, and where the learning rate would still be rising when the run ends."""
    if not rows:
        raise TrainError("the dataset has no training example: lower filter.* or convert.*_share, or wait for traffic")
    total = total_steps(config, rows)
    if not config.sample_packing and config.warmup_steps >= total:
        raise TrainError(
            f"train.warmup_steps {config.warmup_steps} is not below the {total} steps of the whole run ({rows} "
            f"examples, {config.epochs:g} epochs, batches of {config.effective_batch_size}): the learning rate would "
            "never be reached. Lower train.warmup_steps, or train on more examples"
        )


def _recipe(config: TrainConfig, template: str, has_validation: bool, *, going_on: bool) -> str:
    """Fingerprint of what the trainer is told, whatever the machine: the files its backend renders, without paths."""
    nowhere = Path()
    validation = (nowhere,) if has_validation else ()
    begin = nowhere if going_on else None
    plan = Plan(config, nowhere, template, (nowhere,), validation, nowhere, nowhere, nowhere, start=begin)
    return fingerprint(
        config.backend, *(f"{name}\n{text}" for name, text in BACKENDS[config.backend](plan).files.items())
    )


def _tokenising(config: TrainConfig) -> str:
    """The settings that prepared token ids depend on."""
    return f"{config.backend} {config.sequence_length} {config.sample_packing} {config.seed}"


def _records(plan: Plan, reader: LogReader) -> list[Metrics]:
    """The run's metrics: the checkpoint's exact ones, and from the log those that came after the last checkpoint."""
    last = checkpoints.newest(plan.output)
    if last is None or checkpoints.flaw(last) is not None:
        return reader.records
    records = history(last / checkpoints.STATE)
    known = {(record["step"], name) for record in records for name in record}
    late = [
        r for r in reader.records if not any((r["step"], name) in known for name in ("loss", "eval_loss") if name in r)
    ]
    return records + late


def _check(plan: Plan, records: list[Metrics]) -> int:
    try:
        steps = verify.check_steps(checkpoints.newest(plan.output), plan.config.early_stopping)
        verify.check_losses(records)
        if plan.config.method == "full":
            verify.check_model(plan.output, plan.base)
        else:
            verify.check_adapter(plan.output, plan.config.lora.rank, plan.base, plan.start)
    except TrainError as error:
        raise TrainError(f"{error}. Log: {plan.work / LOG}") from error
    return steps


def _reference(published: Published) -> Adapter:
    return Adapter(uri=published.uri, sha256=published.sha256, **published.meta)


def _last(records: list[Metrics], *names: str) -> float | None:
    """The latest value of the first of these metrics that was reported at all."""
    for name in names:
        values = [record[name] for record in records if name in record]
        if values:
            return values[-1]
    return None


def _validation_loss(records: list[Metrics], config: TrainConfig) -> float | None:
    """Of what is published: the last, or with early stopping the lowest."""
    if config.early_stopping is None:
        return _last(records, "eval_loss")
    return min((record["eval_loss"] for record in records if "eval_loss" in record and record["step"]), default=None)


def _prune(folder: Path, kept: int, but: str = "") -> None:
    """Forget all but the newest folders in this one: token ids are as large as their data, checkpoints larger."""
    if folder.is_dir():
        found = [path for path in folder.iterdir() if path.is_dir() and path.name != but]
        for path in sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)[kept:]:
            shutil.rmtree(path, ignore_errors=True)
