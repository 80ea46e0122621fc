"""Make a model of an adapter that no running server takes (with new tokens, DoRA), or of any other.

The job (`deployments/merge.py`) runs in the training environment. What it leaves is checked, gets the tokenizer and the
chat template that the adapter was trained with, and is published: `vllm serve FOLDER` serves it, and so does a night.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from configs.load import PROJECT, fingerprint
from configs.schema import Profile
from tasks import base_model, jobs
from tasks.artifacts import Adapter, Model
from tasks.jobs import Job
from tasks.serving import is_model, template, why_merged
from tasks.storage import Published, Store
from tasks.train import extend, verify
from tasks.train.plan import OFFLINE, TEMPLATE, training_environment
from tasks.train.publish import NOTICE

KIND = "models"
SCRIPT = PROJECT / "deployments" / "merge.py"
STALL_TIMEOUT_S = 3_600
"""It prints next to nothing, and a 70B model is read and written at a disk's pace."""

_RECORDS = (TEMPLATE, template.RECORD, NOTICE, extend.RECORD)
_TOKENIZER = "tokenizer_config.json"


def merge(
    adapter: Adapter, profile: Profile, store: Store, workspace: Path, say: Callable[[str], None] = lambda _: None
) -> Model:
    """The model that an adapter makes of its base, merged now or by an earlier run.

    What `train.method: full` left is a model already, and returned as such. Raises BaseModelError and StorageError
    where base or adapter is not there, TrainError where they do not fit or the merged weights are of no use, JobError
    where the job fails.
    """
    folder = store.open(adapter.uri)
    if is_model(folder):
        say(f"{adapter.name} is a whole model")
        return _reference(Published(adapter.uri, adapter.sha256, {}), adapter)
    key = fingerprint(adapter.sha256, adapter.base_sha256)
    if found := store.find(KIND, key):
        return _reference(found, adapter)
    base = extend.base_of(adapter.base_sha256, profile.base_model, store)
    verify.check_adapter(folder, None, base)
    python = training_environment(profile.train) / "bin" / "python"
    with store.draft(KIND) as draft:
        say(f"merging {adapter.name} into its base model: 4 bytes of memory a parameter, the GPU stays free")
        argv = (str(python), str(SCRIPT), "--base", str(base), "--adapter", str(folder.resolve()), "--out", str(draft))
        job = Job("merge", argv, draft, workspace / "logs" / "merge.log", dict(OFFLINE) | {"CUDA_VISIBLE_DEVICES": ""})
        jobs.run(job, stall_timeout_s=STALL_TIMEOUT_S)
        verify.check_model(draft, base)
        _complete(draft, base, folder)
        meta = {"adapter_sha256": adapter.sha256, "base_sha256": adapter.base_sha256}
        return _reference(store.publish(draft, meta=meta, key=key), adapter)


def servable(
    adapter: Adapter, profile: Profile, store: Store, workspace: Path, say: Callable[[str], None] = lambda _: None
) -> Adapter:
    """The adapter; with the model that is served of it, merged now or before, where no running server takes it.

    Raises what `merge` raises.
    """
    if not why_merged(store.open(adapter.uri)):
        return adapter
    return adapter.model_copy(update={"model": merge(adapter, profile, store, workspace, say)})


def _complete(draft: Path, base: Path, adapter: Path) -> None:
    """Put beside the weights what a server needs to ask as it was trained."""
    for file in base_model.tokenizer_files(base):
        shutil.copyfile(file, draft / file.name)
    for name in _RECORDS:
        if (adapter / name).is_file():
            shutil.copyfile(adapter / name, draft / name)
    # The base model's own template may be another; the file is the one that it was trained with.
    settings = json.loads((draft / _TOKENIZER).read_text(encoding="utf-8"))
    settings.pop("chat_template", None)
    (draft / _TOKENIZER).write_text(json.dumps(settings, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _reference(published: Published, adapter: Adapter) -> Model:
    return Model(
        uri=published.uri,
        sha256=published.sha256,
        adapter_sha256=adapter.sha256,
        base_sha256=adapter.base_sha256,
    )
