"""What benchmarks report alike: medians of runs, when and where they ran, and the options to show and save a result."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from configs.load import PROJECT

RESULTS = PROJECT / "bench" / "results"


def options(description: str | None, saved: Path) -> argparse.ArgumentParser:
    """A command line with --json and --save, which writes to `saved`."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print the whole result")
    parser.add_argument("--save", action="store_true", help=f"write {saved.relative_to(PROJECT)}")
    return parser


def tell(result: dict[str, Any], summary: str, saved: Path, arguments: argparse.Namespace) -> None:
    """Print a result, as JSON or in short, and write it to `saved` if that is asked for."""
    text = json.dumps(result, indent=1, ensure_ascii=False)
    if arguments.save:
        saved.write_text(text + "\n", encoding="utf-8")
    print(text if arguments.json else summary)


def medians(runs: Sequence[dict[str, Any]], names: Sequence[str], digits: int) -> dict[str, float]:
    """Of each of these figures, over the runs."""
    return {name: round(statistics.median(run[name] for run in runs), digits) for name in names}


def rounded(value: Any, digits: int) -> Any:
    """A figure, or a table of figures."""
    return (
        {name: round(one, digits) for name, one in value.items()} if isinstance(value, dict) else round(value, digits)
    )


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def machine() -> dict[str, Any]:
    """What it is, and what others ask of it as this is called."""
    return {
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "architecture": platform.machine(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def machine_line() -> str:
    """The machine in a few words."""
    found = machine()
    return f"{found['cores']} cores, {found['memory_gib']} GiB, {found['architecture']}"


def versions(*packages: str) -> dict[str, str]:
    """Of packages in this environment, and of Python."""
    return {name: version(name) for name in packages} | {"python": sys.version.split()[0]}
