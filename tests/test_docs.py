"""The documentation names what is there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from configs.load import PROJECT
from configs.schema import FilterConfig
from docs import reference
from flows.cli import app
from tasks.filter.rules import RULES

PAGES = (
    "README.md",
    "README.ko.md",
    "CONTRIBUTING.md",
    *(str(page.relative_to(PROJECT)) for page in PROJECT.glob("docs/*.md")),
)
LOCKS = sorted(path for path in (PROJECT / "deployments/environments").glob("*.txt") if "without" not in path.name)
COMMANDS = ("demo", "night", "prepare", "train", "evaluate", "deploy", "rollback", "status", "generate", "doctor")


def _tree(readme: str) -> list[Path]:
    """Every path that the README's tree names."""
    block = (PROJECT / readme).read_text(encoding="utf-8").split("\nflows/ ", 1)[1].split("```", 1)[0]
    folder, paths = "flows/", [Path("flows")]
    for line in block.splitlines()[1:]:
        names = re.split(r"\s{2,}(?=\S)", line.strip())
        if not line.startswith(" "):
            folder = names[0] if names[0].endswith("/") else ""
            paths.append(Path(names[0]))
            continue
        paths += [Path(folder) / name for name in names if re.fullmatch(r"[\w.-]+(\.(py|md|yml|yaml)|/)", name)]
    return paths


@pytest.mark.parametrize("readme", ["README.md", "README.ko.md"])
def test_the_tree_names_only_what_exists_and_every_flow(readme: str) -> None:
    paths = _tree(readme)

    assert [str(path) for path in paths if not (PROJECT / path).exists()] == []
    missing = {path.relative_to(PROJECT) for path in PROJECT.glob("flows/*.py")} - set(paths)
    assert missing == {Path("flows/__init__.py")}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = (PROJECT / page).read_text(encoding="utf-8")
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]

    assert [link for link in links if link and not ((PROJECT / page).parent / link).exists()] == []


def test_the_rules_page_has_every_rule_in_its_order() -> None:
    text = (PROJECT / "docs" / "rules.md").read_text(encoding="utf-8")
    told = [
        name
        for line in text.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    ]
    rules = [rule.name for rule in RULES]
    over_all = ["account_age", "duplicate", "near_duplicate", "rare_trigger", "user_cap", "limit"]
    leaks = ["other_side", "leak_exact", "leak_near", "leak_skeleton", "leak_formula", "leak_contained", "leak_anchor"]
    assert told == [*rules, "token_limit", "quarantined", "formula", *over_all, *leaks]
    settings = set(re.findall(r"`filter\.([a-z_]+)", text))
    assert settings - set(FilterConfig.model_fields) == set()
    assert set(FilterConfig.model_fields) - settings == {"privacy"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    exhell = Path(sys.executable).with_name("exhell")
    run = subprocess.run([exhell, command, "--help"], capture_output=True, text=True, check=True)

    assert "--profile" in run.stdout
    assert "--json" in run.stdout


def test_every_threat_names_a_test_that_is_there() -> None:
    file, named = "", 0
    for path, test in re.findall(r"`(tests/[\w/]+\.py)?::(\w+)`", (PROJECT / "docs/security.md").read_text("utf-8")):
        file, named = path or file, named + 1
        assert f"def {test}(" in (PROJECT / file).read_text("utf-8"), f"{file} has no {test}"
    assert named > 20


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_lock_is_pinned_with_hashes(lock: Path) -> None:
    text = re.sub(r"\\\n\s+", " ", lock.read_text("utf-8"))
    requirements = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]

    assert [line for line in requirements if "==" not in line or "--hash=sha256:" not in line] == []
    assert "://" not in text, "a lock names no index"


def test_the_audit_looks_every_lock_up_and_fails_where_one_was_not(tmp_path: Path) -> None:
    """The real pip-audit wants the internet: a stand-in notes what it is asked, and knows nothing of one lock."""
    stand_in = tmp_path / "pip-audit"
    stand_in.write_text(
        f"""#!/bin/sh
echo "$@" >>{tmp_path}/asked
for word in "$@"; do
  case "$word" in */serve.txt) grep -q '+cpu' "$word" && touch {tmp_path}/cpu; exit 1 ;; esac
done
"""
    )
    stand_in.chmod(0o755)
    script = PROJECT / "deployments/environments/audit.sh"

    done = subprocess.run(
        [script, "-s", "osv"],
        env={"PATH": os.environ["PATH"], "PIP_AUDIT": str(stand_in)},
        capture_output=True,
        text=True,
        check=False,
    )

    asked = [line.split() for line in (tmp_path / "asked").read_text().splitlines()]
    assert [Path(words[words.index("-r") + 1]).name for words in asked] == [lock.name for lock in LOCKS]
    assert all("--strict" in words and words[-2:] == ["-s", "osv"] for words in asked)
    assert not (tmp_path / "cpu").exists()
    assert done.returncode == 1
    assert "vulnerable or not looked up: serve.txt; raise the pin" in done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_the_systemd_unit_is_valid(tmp_path: Path) -> None:
    text = (PROJECT / "deployments/systemd/exhell@.service").read_text("utf-8")
    unit = tmp_path / "exhell@demo.service"
    unit.write_text(text.replace("/opt/exhell-finetune", str(PROJECT)), "utf-8")

    found = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)

    assert (found.returncode, found.stderr) == (0, "")
    words = re.search(r"ExecStart=\S+/exhell (.*)", text)
    assert words is not None
    assert words[1] == "up --profile %i --stay"


@pytest.mark.parametrize("page", reference.PAGES)
def test_the_reference_is_that_of_the_code(page: str) -> None:
    assert (PROJECT / "docs" / page).read_text("utf-8") == reference.PAGES[page](), "run `make reference`"


def _told() -> list[tuple[str, str]]:
    """Every call of `exhell` that a page shows: page and words."""
    found = []
    for page in PAGES:
        if page.endswith("docs/commands.md"):
            continue
        text = (PROJECT / page).read_text("utf-8").replace("\\\n", " ")
        calls = re.findall(r"(?:^|`|\s)(?:\.venv/bin/)exhell ([a-z][^`\n#|]*)|`exhell ([a-z][^`\n]*)`", text)
        found += [(page, (one or other).strip()) for one, other in calls]
    return found


@pytest.mark.parametrize(("page", "words"), _told())
def test_a_command_that_a_page_shows_is_taken_as_it_stands(page: str, words: str) -> None:
    """Names of commands and options, and what options take. Running them is other tests' work."""
    command: Any = typer.main.get_command(app)
    context = None
    arguments = shlex.split(re.sub(r"[;&>].*| -- .*", "", words))
    while hasattr(command, "commands"):
        context = command.make_context("exhell", list(arguments), parent=context)
        name = next(one for one in arguments if not one.startswith("-"))
        command, arguments = command.commands[name], arguments[arguments.index(name) + 1 :]
        if not arguments:
            return  # the name of a command, which a sentence speaks of
    refused = ""
    try:
        command.make_context("exhell", arguments, parent=context)
    except typer.TyperException as error:
        if type(error).__name__ != "MissingParameter":  # which is a sentence that names one option
            refused = error.format_message()
    assert refused == ""
