"""What was screened is found again only where all code that decides about a row is the same."""

from __future__ import annotations

import ast
from pathlib import Path

from tasks.filter import screen

TASKS = Path(screen.__file__).parents[1]


def test_every_package_that_the_filter_imports_is_part_of_the_fingerprint() -> None:
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in (TASKS / "filter").glob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    imported = {node.module.split(".")[1] for node in nodes if node.module and node.module.startswith("tasks.")}
    packages = {name for name in imported if (TASKS / name).is_dir()}
    assert packages - {"filter"} == set(screen.SHARED)
