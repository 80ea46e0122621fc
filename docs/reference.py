"""Write what the code itself can say: docs/settings.md, docs/commands.md, the tables of scale.md: `make reference`."""

from __future__ import annotations

import html
import json
import types
import typing
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typer.cli import get_docs_for_click

from configs.schema import Profile
from docs import scale_tables
from flows.cli import app

FOLDER = Path(__file__).parent
MADE = "<!-- Made by `make reference`; a test compares it with the code. -->"
SIGNS = {"ge": "from {}", "gt": "over {}", "le": "to {}", "lt": "under {}"}


def settings() -> str:
    """Every setting of a profile, with its bounds and its default."""
    parts = [
        MADE,
        "# Settings",
        "What a profile under `configs/profiles/` may say; `--set group.name=value` says it for one run.",
    ]
    parts += [_group("", Profile)]
    return "\n\n".join(parts) + "\n"


def commands() -> str:
    """Every command, with its options."""
    command = typer.main.get_command(app)
    text = get_docs_for_click(obj=command, ctx=typer.Context(command), name="exhell")
    plain = html.unescape(text).strip()
    return f"{MADE}\n\n{plain}\n"


def _group(name: str, model: type[BaseModel]) -> str:
    """A table of a group's own settings, then the groups in it."""
    fields = model.model_fields
    inner = {key: kind for key, field in fields.items() if (kind := _model(field.annotation)) is not None}
    rows = [_row(f"{name}.{key}".lstrip("."), field) for key, field in fields.items() if key not in inner]
    table = "\n".join(["| setting | takes | default | |", "| --- | --- | --- | --- |", *rows])
    title = f"## {name}\n\n{_first(model)}" if name else ""
    return "\n\n".join(
        part
        for part in (
            title,
            table if rows else "",
            *(_group(f"{name}.{key}".lstrip("."), one) for key, one in inner.items()),
        )
        if part
    )


def _row(name: str, field: FieldInfo) -> str:
    default = "required" if field.is_required() else _shown(field.get_default(call_default_factory=True))
    words = (field.description or "").replace("|", "\\|").replace("\n", " ")
    return f"| `{name}` | {_kind(field.annotation, field.metadata)} | {default} | {words} |"


def _kind(annotation: Any, metadata: list[Any]) -> str:
    """A type and its bounds in words."""
    if typing.get_origin(annotation) is Annotated:
        base, *more = typing.get_args(annotation)
        return _kind(base, [*metadata, *more])
    bounds = " ".join(_bounds(metadata))
    return f"{_type(annotation)} {bounds}".strip()


def _type(annotation: Any) -> str:
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return " or ".join(f"`{one}`" for one in inner)
    if origin in {typing.Union, types.UnionType}:
        return " or ".join("empty" if one is type(None) else _kind(one, []) for one in inner)
    if origin in {tuple, list, frozenset, set}:
        return f"list of {_kind(inner[0], [])}"
    if isinstance(origin, type) and issubclass(origin, typing.Mapping):  # type: ignore[arg-type]
        return f"mapping of {_kind(inner[0], [])} to {_kind(inner[1], [])}"
    names = {int: "whole number", float: "number", str: "text", bool: "`true` or `false`"}
    return names.get(annotation) or getattr(annotation, "__name__", str(annotation))


def _bounds(metadata: list[Any]) -> list[str]:
    found = []
    for one in metadata:
        parts = getattr(one, "metadata", [one])
        for part in parts:
            found += [
                words.format(getattr(part, sign))
                for sign, words in SIGNS.items()
                if getattr(part, sign, None) is not None
            ]
    return found


def _model(annotation: Any) -> type[BaseModel] | None:
    """The group that a field holds, if it holds one."""
    candidates = [annotation, *typing.get_args(annotation)]
    return next((one for one in candidates if isinstance(one, type) and issubclass(one, BaseModel)), None)


def _first(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split("\n\n", maxsplit=1)[0].split())


def _shown(value: Any) -> str:
    if value is None or value in ("", (), {}):
        return "empty"
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False, default=list)
    return f"`{text}`".replace("|", "\\|")


PAGES = {"settings.md": settings, "commands.md": commands, "scale.md": scale_tables.page}

if __name__ == "__main__":
    for page, write in PAGES.items():
        (FOLDER / page).write_text(write(), encoding="utf-8")
