"""A small dataset, the demo's base model, and a training run on them with the stand-in or the real trainer."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from configs.load import load_profile, project_path, template_path
from configs.schema import Profile
from tasks import base_model
from tasks.artifacts import Adapter, Dataset
from tasks.jobs import Job
from tasks.records import Message
from tasks.serving.template import render_ids
from tasks.storage import Store
from tasks.train import checkpoints
from tasks.train.backends import BACKENDS
from tasks.train.plan import LOG, MAKE, TEMPLATE, Plan, Rendered
from tasks.train.progress import Progress
from tasks.train.train import train
from tests.tasks.datasets import put_shards
from tests.tasks.train.contract import Heard

ROLES: dict[str, Any] = {"system": "system", "human": "user", "gpt": "assistant"}
STAND_IN = Path(__file__).with_name("stand_in.py")


def conversations(count: int, first: int = 0, system: str = "") -> list[dict[str, Any]]:
    """ShareGPT records, all unlike; every third has two turns of each side, every second the system prompt."""
    records = []
    for number in range(first, first + count):
        turns = [
            {"from": "human", "value": f"A{number}부터 A{number + 9}까지의 합계를 구하는 수식 알려줘"},
            {"from": "gpt", "value": f"=SUM(A{number}:A{number + 9})"},
        ]
        if number % 3 == 0:
            turns += [
                {"from": "human", "value": f"B열이 '서울'인 것만\n\nB열 지역, A열 금액 ({number}~{number + 9}행)"},
                {"from": "gpt", "value": f'=SUMIF(B{number}:B{number + 9},"서울",A{number}:A{number + 9})'},
            ]
        if system and number % 2 == 0:
            turns.insert(0, {"from": "system", "value": system})
        records.append({"id": f"c{number}", "conversations": turns})
    return records


def write_dataset(
    store: Store,
    train_rows: int,
    validation_rows: int,
    system: str = "",
    *,
    too_long: bool = False,
    change: Callable[[list[str]], list[str]] = lambda lines: lines,
) -> Dataset:
    with store.draft("datasets") as draft:
        records = {
            "train": conversations(train_rows, 0, system),
            "validation": conversations(validation_rows, 100_000, system),
        }
        if too_long:
            told = [{"from": "human", "value": "길게"}, {"from": "gpt", "value": "가나다라 " * 512}]
            records["train"].insert(train_rows // 2, {"id": "long", "conversations": told})
        lines = {split: [json.dumps(one, ensure_ascii=False) for one in found] for split, found in records.items()}
        lines["train"] = change(lines["train"])
        tables = {split: pa.table({"id": [one["id"] for one in found]}) for split, found in records.items() if found}
        put_shards(draft, tables, {"sharegpt": lines})
        published = store.publish(draft)
    return Dataset(
        uri=published.uri,
        sha256=published.sha256,
        train_rows=train_rows,
        validation_rows=validation_rows,
        test_rows=0,
        new_rows=train_rows,
        watermark=None,
        funnel=(),
    )


@dataclass
class Site:
    """A store, a workspace and a profile to train with."""

    profile: Profile
    store: Store
    workspace: Path
    dataset: Dataset
    champion: Adapter | None = None

    @property
    def base(self) -> Path:
        return base_model.locate(self.profile.base_model)

    @property
    def environment(self) -> Path:
        return project_path(self.profile.train.environment_folder)

    @property
    def template(self) -> str:
        return template_path(self.profile.base_model.chat_template).read_text(encoding="utf-8")

    def set(self, **changes: Any) -> Site:
        """The same site with other training settings."""
        config = self.profile.train.model_copy(update=changes)
        return replace(self, profile=self.profile.model_copy(update={"train": config}))

    def train(self, heard: Heard | None = None, on_progress: Callable[[Progress], None] | None = None) -> Adapter:
        heard = heard if heard is not None else Heard()
        return train(
            self.dataset,
            self.profile.train,
            self.profile.base_model,
            self.store,
            self.workspace,
            champion=self.champion,
            on_progress=on_progress or heard.progress.append,
            on_metrics=lambda step, metrics: heard.metrics.append((step, metrics)),
            say=heard.said.append,
        )

    def work(self) -> Path:
        """The work folder of the one run that did not end well."""
        (folder,) = (path for path in (self.workspace / "train").iterdir() if path.name != "prepared")
        return folder


def write_tokens(site: Site, plan: Plan, shift: int = 0) -> None:
    """The token ids of every example, as a trainer's dataset library keeps them."""
    rows = []
    for file in (*plan.train_files, *plan.validation_files):
        for line in file.read_text(encoding="utf-8").splitlines():
            told = [Message(ROLES[turn["from"]], turn["value"]) for turn in json.loads(line)["conversations"]]
            ids = render_ids(plan.base, template_path(site.profile.base_model.chat_template), told)
            if len(ids) <= plan.config.sequence_length:
                rows.append([*ids[:-1], ids[-1] + shift])
    table = pa.table({"input_ids": rows, "attention_mask": [[1] * len(row) for row in rows]})
    with pa.OSFile(str(site.workspace / "tokens.arrow"), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)


def make_site(folder: Path) -> Site:
    """The demo's base model with 24 examples: three optimizer steps an epoch."""
    settings = {
        "workspace": str(folder),
        "train.epochs": 1,
        "train.micro_batch_size": 4,
        "train.gradient_accumulation_steps": 2,
        "train.warmup_steps": 1,
        "train.save_steps": 1,
        "train.logging_steps": 1,
        "train.learning_rate": 1e-3,
        "train.lora.rank": 4,
        "train.lora.dropout": 0.0,
        "train.lora.target_modules": ["q_proj", "v_proj"],
    }
    store = Store(str(folder / "artifacts"))
    return Site(load_profile("demo", settings), store, folder, write_dataset(store, 24, 8))


SYSTEM = "너는 엑셀 전문가다."
ROWS = 27
"""Not whole batches: each backend has to do something with the three examples that are left over."""


def real_site(folder: Path, backend: str) -> Site:
    """Two epochs of four steps with a real trainer."""
    site = make_site(folder).set(backend=backend, epochs=2)
    site.dataset = write_dataset(site.store, ROWS, 8, SYSTEM, too_long=True)
    if not (site.environment / "bin" / "python").exists():
        pytest.skip(f"{site.environment.name} is not there: `{MAKE[backend]}` makes it")
    return site


@dataclass
class Run:
    """A real run, which most tests look at."""

    site: Site
    adapter: Adapter
    heard: Heard
    checkpoint: Path
    """A copy of the one of step 2, its files as old as they were."""


@pytest.fixture(scope="session")
def axolotl_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return _run(tmp_path_factory.mktemp("axolotl"), "axolotl")


@pytest.fixture(scope="session")
def llamafactory_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return _run(tmp_path_factory.mktemp("llamafactory"), "llamafactory")


def _run(folder: Path, backend: str) -> Run:
    site, heard, copy = real_site(folder, backend), Heard(), folder / "checkpoint-2"

    def keep(progress: Progress) -> None:
        heard.progress.append(progress)
        found = site.work() / "out" / "checkpoint-2"
        if copy.exists() or not (found / checkpoints.STATE).is_file():
            return
        with suppress(OSError):  # the trainer removes it before long, maybe now
            shutil.copytree(found, folder / "copying")
            if checkpoints.flaw(folder / "copying") is None:
                (folder / "copying").rename(copy)
        shutil.rmtree(folder / "copying", ignore_errors=True)

    return Run(site, site.train(heard, on_progress=keep), heard, copy)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path)


@pytest.fixture
def stand_in(site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Site]:
    """Call it with a behaviour of `stand_in.py`: the site whose trainer behaves so, four steps long.

    With a second behaviour, token ids are made before, by a job of its own that behaves like that.
    """

    def behave(behaviour: str, tokeniser: str | None = None) -> Site:
        def render(plan: Plan) -> Rendered:
            resume = [plan.resume.name] if plan.resume else []
            argv = (sys.executable, str(STAND_IN), behaviour, str(plan.base), "4", *resume)
            files = {"config.yml": f"seed: {plan.config.seed}\n", TEMPLATE: plan.template}
            environment = {"PREPARED": str(plan.prepared), "TOKENS": str(site.workspace / "tokens.arrow")}
            environment["MICRO_BATCH"] = str(plan.config.micro_batch_size)
            if plan.base != Path():
                write_tokens(site, plan, shift=int(behaviour == "trains on other tokens"))
            job = Job("stand-in", argv, plan.work, plan.work / LOG, environment)
            if tokeniser is None:
                return Rendered(files, job)
            return Rendered(files, job, replace(job, argv=(sys.executable, str(STAND_IN), tokeniser, "", "0")))

        monkeypatch.setitem(BACKENDS, "axolotl", render)  # type: ignore[arg-type]
        return site.set(environment=sys.prefix)

    return behave
