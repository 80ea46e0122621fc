"""Find what an earlier stage published, for a stage that is run by itself."""

from __future__ import annotations

from typing import TypeVar

from configs.errors import ExhellError
from flows.context import Context, Overrides
from tasks.artifacts import Reference

T = TypeVar("T", bound=Reference)

STAGES = {"dataset": "prepare", "adapter": "train", "evalreport": "evaluate"}
"""Kind of artifact to the command that publishes it."""


def remember(context: Context, reference: Reference) -> None:
    """Make a reference the latest of its kind."""
    kind = type(reference).__name__.lower()
    value = reference.model_dump(mode="json")
    context.store.point(f"latest/{kind}", value)
    context.store.point(f"published/{kind}/{reference.short}", value)


def published(profile: str, overrides: Overrides | None, kind: type[T], uri: str | None) -> T:
    """The latest reference of a kind, or the one that a URI (or its last part) names. Raises ExhellError."""
    context = Context.of(profile, overrides)
    name = kind.__name__.lower()
    pointer = f"latest/{name}" if uri is None else f"published/{name}/{uri.rstrip('/').rsplit('/', 1)[-1][:12]}"
    found = context.store.pointer(pointer)
    if found is None:
        which = f"no {name} was published yet" if uri is None else f"no {name} {uri} was published"
        raise ExhellError(f"{which} under {context.root}; run `exhell {STAGES[name]} --profile {profile}` first")
    return kind.model_validate(found)
