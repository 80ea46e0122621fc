"""Write what code and results say by themselves: `make reference`.

settings.md from the schema, commands.md from the command, faults.md from what `bench.nights` saved, the tables of
scale.md from what `bench.scale` saved.
"""

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
RESULTS = FOLDER.parent / "bench" / "results"
SEASONS = {
    "nights.json": "`exhell night`, one after the other (`python -m bench.nights --nights 115`)",
    "pool_nights.json": "Work pools, on a stack that stays up (`python -m bench.nights --pools --share 1 --nights 20`)",
}
COUNTED = {
    "wrong": "wrong",
    "by_hand": "by hand",
    "lost": "lost what served",
    "other_dataset": "with another dataset than a fresh store makes",
    "other_weights": "with other weights",
    "damaged": "left something damaged",
    "untold": "failed without a sentence",
    "left_running": "of their runs left running",
}
SHOWN = 150
"""Characters of an error that the table shows."""
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


def faults() -> str:
    """What each fault did, from the last saved seasons of nights."""
    parts = [
        MADE,
        "# Faults, night by night",
        "[reliability.md](reliability.md) says what was run, and what these come to.",
    ]
    for name, title in SEASONS.items():
        season = json.loads((RESULTS / name).read_text(encoding="utf-8"))
        parts += [f"## {title}", _season(season), _hits(season)]
    return "\n\n".join(parts) + "\n"


def _season(season: dict[str, Any]) -> str:
    counts = ", ".join(f"{season[name]} {words}" for name, words in COUNTED.items())
    versions = season["versions"]
    where = f"{season['date']}, {season['machine']}, Prefect {versions['prefect']}, MLflow {versions['mlflow']}"
    nights = f"{season['nights']} nights, {season['faulted']} of them hit: {season['decided']} decided, {counts}."
    return f"{nights} A calm night took {season['night_s']} s. {where}."


def _hits(season: dict[str, Any]) -> str:
    rows = [
        "| fault | hits | the night that was hit | runs until it decided | amiss |",
        "| --- | --- | --- | --- | --- |",
    ]
    for what in dict.fromkeys(one["what"] for one in season["faults"]):
        hits = [one for one in season["faults"] if one["what"] == what]
        ends = "; ".join(dict.fromkeys(_end(one) for one in hits))
        flaws = ", ".join(sorted({flaw for one in hits for flaw in one["flaws"]})) or "nothing"
        rows.append(f"| {what} | {len(hits)} | {ends} | {max(one['runs'] for one in hits)} | {flaws} |")
    return "\n".join(rows)


def _end(hit: dict[str, Any]) -> str:
    """How the night that was hit ended."""
    if hit["status"] == 0:
        return "decided all the same"
    if hit["status"] < 0 and not hit["error"]:
        return "ended without a word"
    text = hit["error"].replace("|", "\\|")
    return f"“{text if len(text) <= SHOWN else text[:SHOWN].rpartition(' ')[0] + ' …'}”"


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


PAGES = {"settings.md": settings, "commands.md": commands, "faults.md": faults, "scale.md": scale_tables.page}

if __name__ == "__main__":
    for page, write in PAGES.items():
        (FOLDER / page).write_text(write(), encoding="utf-8")
