"""The shell commands that the documentation shows: what stands in blocks of shell, one entry a command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from configs.load import PROJECT

MADE = {"commands.md", "settings.md"}
"""Pages that are made from the code."""

PAGES = sorted(
    str(page.relative_to(PROJECT))
    for page in (*PROJECT.glob("README*.md"), PROJECT / "CONTRIBUTING.md", *PROJECT.glob("docs/*.md"))
    if page.name not in MADE
)

SHELL = {"sh", "bash", "shell", "console"}
_FENCE = re.compile(r"^\s*```(\w*)")
_INDENTED = re.compile(
    r"^    (?:\$ )?(?:[A-Z_]+=\S+ )*(?:\.venv\S*|make|export|curl|vllm|apt-get|kubectl|docker|dmesg|systemctl|bash) "
)


def commands(page: str) -> list[str]:
    """Commands of a page in their order, without comments and prompts, continued lines joined."""
    found: list[str] = []
    for line in _logical(_shell_lines(PROJECT / page)):
        command = line if "\n" in line else re.sub(r"\s+", " ", re.sub(r"(^|\s)#\s.*$", "", line)).strip()
        if command:
            found.append(command)
    return found


def _shell_lines(page: Path) -> Iterator[str]:
    """Lines of blocks that are shell; of a block of output, those after a `$ `."""
    fence: str | None = None
    going_on = False
    for line in page.read_text("utf-8").splitlines():
        if mark := _FENCE.match(line):
            fence = mark[1] if fence is None else None
        elif fence in SHELL:
            yield line
        elif fence == "" and line.startswith("$ "):
            yield line[2:]
        elif fence is None and (going_on or _INDENTED.match(line)):
            going_on = line.endswith("\\")
            yield line.strip().removeprefix("$ ")


def _logical(lines: Iterator[str]) -> Iterator[str]:
    """Lines that end in a backslash with what follows them; a here-document as one line."""
    whole, until = "", ""
    for line in lines:
        if until:
            whole += "\n" + line
            if line.strip() == until:
                yield whole
                whole, until = "", ""
            continue
        whole += line.removesuffix("\\")
        if line.endswith("\\"):
            continue
        if mark := re.search(r"<<-?\s*'?(\w+)'?", whole):
            until = mark[1]
            continue
        yield whole
        whole = ""
