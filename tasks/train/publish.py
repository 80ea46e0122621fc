"""Make a checked adapter an artifact: weights, settings, tokenizer, template, and the record of how it came to be."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from configs.schema import BaseModelConfig
from tasks import base_model
from tasks.serving import template
from tasks.storage import Published, Store
from tasks.train import verify
from tasks.train.plan import TEMPLATE, Plan
from tasks.train.progress import Metrics

KIND = "adapters"
HISTORY = "trainer_log.json"

MODEL = "config.json"
"""With it, the folder of a `full` run is a base model of its own."""

NOTICE = "NOTICE"

_RECORDS = {".yml", ".yaml", ".json", ".py", ".log"}
"""Files of the work folder that travel with the adapter: what was run, and what it said."""


def publish(
    plan: Plan, base: BaseModelConfig, records: list[Metrics], store: Store, *, meta: Mapping[str, Any], key: str
) -> Published:
    """Publish the adapter in the plan's output folder. Raises StorageError where the store does not take it."""
    with store.draft(KIND) as draft:
        if plan.config.method == "full":
            for file in (*plan.output.glob("*.safetensors*"), plan.output / MODEL):
                shutil.copyfile(file, draft / file.name)
        else:
            shutil.copyfile(plan.output / verify.WEIGHTS, draft / verify.WEIGHTS)
            (draft / verify.CONFIG).write_text(_adapter_config(plan, base), encoding="utf-8")
        # The base's own tokenizer files: the trainer's are a re-save that only its version of transformers reads.
        for file in base_model.tokenizer_files(plan.base):
            shutil.copyfile(file, draft / file.name)
        (draft / TEMPLATE).write_text(plan.template, encoding="utf-8")
        (draft / template.RECORD).write_text(template.record(plan.base, draft / TEMPLATE), encoding="utf-8")
        (draft / NOTICE).write_text(_notice(base), encoding="utf-8")
        (draft / HISTORY).write_text(json.dumps(records, indent=1), encoding="utf-8")
        for file in sorted(plan.work.iterdir()):
            if file.is_file() and file.suffix in _RECORDS:
                shutil.copyfile(file, draft / file.name)
        return store.publish(draft, meta=meta, key=key)


def read_history(folder: Path) -> list[Metrics]:
    """The recorded metrics of a published adapter."""
    records: list[Metrics] = json.loads((folder / HISTORY).read_text(encoding="utf-8"))
    return records


def _notice(base: BaseModelConfig) -> str:
    """Under which terms the adapter may be handed on."""
    revision = f", revision {base.revision}" if base.revision else ""
    lines = [f"Trained on {base.path}{revision}.", f"Licence of the base model: {base.license}."]
    lines += [f"- {term}" for term in base_model.licence_terms(base.license)]
    return "\n".join(lines) + "\n"


def _adapter_config(plan: Plan, base: BaseModelConfig) -> str:
    """PEFT's configuration, without this machine's paths and in a stable order: equal runs, equal bytes."""
    config = json.loads((plan.output / verify.CONFIG).read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = base.path
    config["revision"] = base.revision
    config["target_modules"] = sorted(config["target_modules"])
    return json.dumps(config, indent=2, sort_keys=True) + "\n"
