"""How callers spell the formats, and what the files are called.

Every format of `tasks/convert/formats` is offered, and Parquet beside them.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from tasks.convert.formats import EXPORTS

PARQUET = "parquet"
DEFAULT = "llama2"
"""What the profiles of this project train."""

_SPELLINGS = {
    "llama-2": "llama2",
    "llama2-chat": "llama2",
    "llama-2-chat": "llama2",
    "vicuna": "sharegpt",
    "share-gpt": "sharegpt",
    "openai-messages": "openai",
    "messages": "openai",
    "jsonl": DEFAULT,
    "llama-2-text": "llama2-text",
    "llama-2-chat-text": "llama2-text",
    "llama2-txt": "llama2-text",
    "text": "llama2-text",
    "txt": "llama2-text",
}


@dataclass(frozen=True)
class FileFormat:
    """A format as a file."""

    name: str
    media_type: str
    suffix: str

    def file_name(self, day: str) -> str:
        return f"exhell-{self.name}-{day}{self.suffix}"


def _of(name: str) -> FileFormat:
    form = EXPORTS[name]
    return FileFormat(name, "application/x-ndjson" if form.json else "text/plain; charset=utf-8", form.suffix)


FILES: dict[str, FileFormat] = {
    **{name: _of(name) for name in EXPORTS},
    PARQUET: FileFormat(PARQUET, "application/vnd.apache.parquet", ".parquet"),
}
"""Name to format: all that an export can be."""

ALIASES = {spelling: name for spelling, name in _SPELLINGS.items() if name in FILES}
"""Other spelling to name."""

KNOWN = (*FILES, *ALIASES)


def named(spelling: str) -> str:
    """The name of a format, however it is written. Raises ValueError naming the nearest known one, or all."""
    plain = spelling.strip().lower().replace("_", "-").replace(" ", "-")
    name = ALIASES.get(plain, plain)
    if name in FILES:
        return name
    near = difflib.get_close_matches(plain, KNOWN, n=1)
    hint = f"did you mean {near[0]}?" if near else f"the formats are {', '.join(FILES)}"
    raise ValueError(f"no such format; {hint}")
