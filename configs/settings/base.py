"""What groups of settings are made of: bounded numbers, and a base that knows its keys."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[int, Field(gt=0)]


def _pinned(image: str) -> str:
    if image.endswith(":latest"):
        raise ValueError("names `latest`, which is another image tomorrow; name a version or a digest")
    return image


PinnedImage = Annotated[
    str, Field(pattern=r"^[a-z0-9][\w./:-]*(:[\w.-]+|@sha256:[0-9a-f]{64})$"), AfterValidator(_pinned)
]
"""A container image with a tag or a digest: `latest` is another one tomorrow."""
Price = Annotated[float, Field(gt=0, allow_inf_nan=False)]
MAX_PORT = 65_535
Port = Annotated[int, Field(ge=1, le=MAX_PORT)]


class Settings(BaseModel):
    """Base of every group of settings: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())
