"""What was screened is found again only where all code that decides about a row is the same."""

from __future__ import annotations

import ast
from pathlib import Path

from tasks.filter import screen

TASKS = Path(screen.__file__).parents[1]
WITHOUT_A_SAY = {"digests", "artifacts", "base_model", "jobs", "pool", "remembered", "snapshot", "storage", "verified"}
"""Modules that hand rows on, or run what decides: none of them says what becomes of one."""


def test_every_package_that_the_filter_imports_is_part_of_the_fingerprint() -> None:
    packages = {name for name in _imported(TASKS / "filter") if (TASKS / name).is_dir()}
    assert packages - {"filter"} == set(screen.SHARED)


def test_every_module_by_which_a_row_is_judged_is_part_of_the_fingerprint() -> None:
    found, new = set[str](), {name for package in ("filter", *screen.SHARED) for name in _imported(TASKS / package)}
    while new := {name for name in new - found - WITHOUT_A_SAY if (TASKS / f"{name}.py").is_file()}:
        found |= new
        new = {name for module in new for name in _imported(TASKS / f"{module}.py")}
    assert found == set(screen.MODULES)


def _imported(place: Path) -> set[str]:
    """Packages and modules of `tasks` that a package or a module imports."""
    files = place.glob("*.py") if place.is_dir() else [place]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    found = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module == "tasks":
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("tasks."):
            found.add(node.module.split(".")[1])
    return found
