"""Checkpoints of an interrupted run: find the newest that is whole, and put aside those that are not.

The trainer writes straight into `checkpoint-N`, file by file, so a kill can leave a torn one; taking the highest N
unchecked would then fail every later night. What fails the check is renamed, never deleted: it may say what happened.
"""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

from tasks.train.progress import diverged, history
from tasks.train.safetensors_file import SafetensorsError, read_header

STATE = "trainer_state.json"
_NAME = re.compile(r"^checkpoint-(\d+)$")
_TORCH_FILES = ("*.pt", "*.pth")
_NEEDED = ("optimizer.pt", "scheduler.pt")


def newest(output: Path) -> Path | None:
    """The checkpoint with the highest step, whole or not; None where there is none."""
    found = _checkpoints(output)
    return found[-1] if found else None


def newest_whole(output: Path) -> Path | None:
    """The newest checkpoint that passes `flaw`; newer ones that fail are renamed to `torn-checkpoint-N`."""
    for checkpoint in reversed(_checkpoints(output)):
        if flaw(checkpoint) is None:
            return checkpoint
        quarantine(checkpoint)
    return None


def newest_unless_torn(output: Path) -> Path | None:
    """The same checkpoint, and nothing is renamed: for a folder that another machine keeps in order."""
    return next((one for one in reversed(_checkpoints(output)) if flaw(one) is None), None)


def flaw(checkpoint: Path) -> str | None:
    """What is wrong with a checkpoint, or None.

    The state file is the last that the trainer writes. Of the others, a safetensors header says how long its file is,
    and a zip archive (PyTorch's format) ends with its directory and has a checksum for each part. One that was saved
    after the run had diverged is whole and of no use: every run that goes on from it ends as that one did.
    """
    try:
        json.loads((checkpoint / STATE).read_text(encoding="utf-8"))["global_step"]
        where = diverged(history(checkpoint / STATE))
        for file in sorted(checkpoint.glob("*.safetensors")):
            read_header(file)
    except FileNotFoundError:
        return f"it has no {STATE}"
    except (OSError, ValueError, KeyError, TypeError, SafetensorsError) as error:
        return str(error) or repr(error)
    if where is not None:
        return f"its run had diverged: {where}"
    missing = [] if any(checkpoint.glob("*.safetensors")) else ["weights"]
    missing += [name for name in _NEEDED if not (checkpoint / name).is_file()]
    if missing:
        return f"it has no {missing[0]}"
    for file in (file for pattern in _TORCH_FILES for file in sorted(checkpoint.glob(pattern))):
        if found := _archive_flaw(file):
            return f"{file.name} {found}"
    return None


def _archive_flaw(file: Path) -> str | None:
    """What is wrong with a file of PyTorch's, whose parts carry checksums."""
    if not zipfile.is_zipfile(file):
        return "is cut short"
    try:
        with zipfile.ZipFile(file) as archive:
            damaged = archive.testzip()
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        return f"is damaged: {error}"
    return f"is damaged: the checksum of {damaged} is wrong" if damaged else None


def quarantine(checkpoint: Path) -> Path:
    """Rename a checkpoint so that nothing resumes from it."""
    target = checkpoint.with_name(f"torn-{checkpoint.name}")
    number = 1
    while target.exists():
        number += 1
        target = checkpoint.with_name(f"torn-{checkpoint.name}-{number}")
    return checkpoint.rename(target)


def _checkpoints(output: Path) -> list[Path]:
    if not output.is_dir():
        return []
    numbered = [(int(match[1]), path) for path in output.iterdir() if (match := _NAME.match(path.name))]
    return [path for _, path in sorted(numbered)]
