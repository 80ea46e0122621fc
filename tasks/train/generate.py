"""Ask a local adapter folder without any server: a job in the training environment (`deployments/generate.py`)."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from configs.load import PROJECT, store_root, template_path
from configs.schema import Profile
from tasks import base_model, jobs
from tasks.jobs import Job
from tasks.records import Message
from tasks.storage import Store
from tasks.train import extend
from tasks.train.plan import TEMPLATE, TrainError, training_environment
from tasks.train.verify import check_adapter

SCRIPT = PROJECT / "deployments" / "generate.py"
STALL_TIMEOUT_S = 900
"""A 13B model on a slow disk is silent for minutes while it loads."""

_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONUNBUFFERED": "1",
    "PYTHONIOENCODING": "utf-8",
}


def generate_locally(
    profile: Profile, adapter: Path | None, messages: Sequence[Message], max_tokens: int, workspace: Path
) -> str:
    """The greedy answer of the profile's base model with an adapter, or of the base model alone.

    Raises BaseModelError without the base model, TrainError for a folder that is no adapter of it, and JobError where
    the model cannot answer.
    """
    base = _base(profile, adapter)
    template = template_path(profile.base_model.chat_template)
    if adapter is not None:
        check_adapter(adapter, None, base)
        # An adapter of ours brings the template that it was trained with.
        template = adapter / TEMPLATE if (adapter / TEMPLATE).is_file() else template
    with tempfile.TemporaryDirectory(prefix="exhell-") as folder:
        conversation = Path(folder) / "messages.json"
        plain = [{"role": message.role, "content": message.content} for message in messages]
        conversation.write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
        argv = [str(training_environment(profile.train) / "bin" / "python"), str(SCRIPT)]
        argv += ["--base", str(base), "--template", str(template.resolve()), "--messages", str(conversation)]
        argv += ["--max-tokens", str(max_tokens)]
        argv += ["--adapter", str(adapter.resolve())] if adapter is not None else []
        job = Job("generate", tuple(argv), Path(folder), workspace / "logs" / "generate.log", _ENVIRONMENT)
        lines: list[str] = []
        jobs.run(job, on_line=lines.append, stall_timeout_s=STALL_TIMEOUT_S)
    return _answer(lines, job.log)


def _base(profile: Profile, adapter: Path | None) -> Path:
    named = extend.recorded_base(adapter) if adapter is not None else None
    if named is None:
        return base_model.locate(profile.base_model)
    return extend.base_of(named, profile.base_model, Store(store_root(profile)))


def _answer(lines: list[str], log: Path) -> str:
    try:
        return str(json.loads(lines[-1])["text"])
    except (IndexError, ValueError, KeyError, TypeError):
        raise TrainError(f"the model gave no answer; see {log}") from None
