"""The shapes in which trainers take examples.

    definitions.py   what a line of each format looks like, and how it is read back: a new format goes there
    renderer.py      examples to lines, a whole batch at once
    escape.py        texts as they stand inside a JSON string
    companions.py    what a dataset carries so that `datasets`, Axolotl and LLaMA-Factory open it

docs/formats.md shows the lines and how each trainer takes them.
"""

from __future__ import annotations

from tasks.convert.formats.companions import companions, dataset_info
from tasks.convert.formats.definitions import EXPORTS, FORMATS, Conversation, Format, Line
from tasks.convert.formats.escape import content, escape
from tasks.convert.formats.renderer import HISTORY, Example, Renderer, Turn, lines, render

__all__ = [
    "EXPORTS",
    "FORMATS",
    "HISTORY",
    "Conversation",
    "Example",
    "Format",
    "Line",
    "Renderer",
    "Turn",
    "companions",
    "content",
    "dataset_info",
    "escape",
    "lines",
    "render",
]
