"""What a training run must leave, whichever trainer ran: the stand-in's promise, which the real one keeps too."""

from __future__ import annotations

import json
from pathlib import Path

from tasks.artifacts import Adapter
from tasks.storage import Store
from tasks.train.progress import Metrics, Progress
from tasks.train.verify import check_adapter

MUST_HAVE = {
    "adapter_model.safetensors",
    "adapter_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "template_ids.json",
    "trainer_log.json",
    "train.log",
}


class Heard:
    """What a run reported while it went."""

    def __init__(self) -> None:
        self.progress: list[Progress] = []
        self.metrics: list[tuple[int, Metrics]] = []
        self.said: list[str] = []

    def losses(self, name: str = "loss") -> dict[int, float]:
        return {step: metrics[name] for step, metrics in self.metrics if name in metrics}


def assert_whole(adapter: Adapter, store: Store, base: Path, template: str, heard: Heard) -> Path:
    """The published adapter is complete, fits its base, and its record agrees with what was reported live."""
    folder = store.open(adapter.uri)
    assert {file.name for file in folder.iterdir()} >= MUST_HAVE
    config = json.loads((folder / "adapter_config.json").read_text())
    check_adapter(folder, config["r"], base)
    assert config["base_model_name_or_path"] == "deployments/demo/base_model"
    assert config["target_modules"] == sorted(config["target_modules"])
    assert (folder / "tokenizer.json").read_bytes() == (base / "tokenizer.json").read_bytes()
    assert (folder / "chat_template.jinja").read_text(encoding="utf-8") == template
    records = json.loads((folder / "trainer_log.json").read_text())
    recorded = {int(record["step"]): record["loss"] for record in records if "loss" in record}
    live = heard.losses()
    assert recorded.keys() == live.keys()
    assert all(abs(recorded[step] - live[step]) <= 1e-3 * max(1, recorded[step]) for step in recorded)
    assert adapter.train_loss == recorded[max(recorded)]
    assert heard.progress[-1].step == heard.progress[-1].total == adapter.steps
    return folder
