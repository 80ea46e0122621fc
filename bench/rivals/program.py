"""How a rival is run: a folder of Parquet in, a folder of splits out, seconds of its stages as JSON."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
Run = Callable[[Path, Path, bool, "Stages"], dict[str, int]]
"""Source, output, whether near-duplicates go too, a stop-watch -> rows by split."""


class Stages:
    """A stop-watch with a lap per stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def __call__(self, name: str, call: Callable[[], T]) -> T:
        started = time.perf_counter()
        result = call()
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - started, 3)
        return result


def run_as_program(run: Run, packages: tuple[str, ...]) -> None:
    """Parse arguments, run, print one line of JSON last: rows by split, seconds by stage, versions."""
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--no-near", action="store_true")
    arguments = parser.parse_args()
    shutil.rmtree(arguments.folder, ignore_errors=True)
    arguments.folder.mkdir(parents=True)
    stages = Stages()
    rows = run(arguments.source.resolve(), arguments.folder.resolve(), not arguments.no_near, stages)
    result: dict[str, Any] = {"rows": rows, "kept": sum(rows.values()), "seconds": stages.seconds}
    result["versions"] = {name: version(name) for name in packages} | {"python": sys.version.split()[0]}
    print("\n" + json.dumps(result), flush=True)
