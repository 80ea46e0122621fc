"""What a person changes for one night: the form of a manual trigger in Prefect's UI."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer
from pydantic.json_schema import SkipJsonSchema

from flows.context import Overrides

Empty = SkipJsonSchema[None]
"""What an empty field holds. Told to the form as null, it would show a choice of types in place of an input."""


def _change(setting: str, title: str, description: str) -> Any:
    """A field that is empty at first; `setting` is what it changes in the profile."""

    def shape(schema: dict[str, Any]) -> None:
        del schema["default"]  # null, which is none of the types that the form knows
        schema["setting"] = setting

    description = f"{description} Empty: {setting} of the profile."
    return Field(None, title=title, description=description, json_schema_extra=shape)


class Changes(BaseModel):
    """Settings for this night alone. What is left empty stays as the profile says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_quality_score: Annotated[float, Field(ge=0, le=1)] | Empty = _change(
        "filter.min_quality_score", "Lowest quality score", "Answers below it are not learnt from; 0 to 1."
    )
    min_rating: Annotated[int, Field(ge=1, le=5)] | Empty = _change(
        "filter.min_rating", "Lowest rating", "Answers rated lower are not learnt from; 1 to 5."
    )
    task_types: list[str] | Empty = _change(
        "filter.task_types", "Task types", "Only interactions of these types, such as FORMULA or CREATE."
    )
    limit: Annotated[int, Field(ge=1)] | Empty = _change(
        "filter.limit", "At most so many interactions", "The latest are taken first."
    )
    epochs: Annotated[float, Field(gt=0, le=100)] | Empty = _change(
        "train.epochs", "Epochs", "How often training goes through the examples."
    )
    learning_rate: Annotated[float, Field(gt=0, le=1)] | Empty = _change(
        "train.learning_rate", "Learning rate", "Of the optimizer, at its highest; 0.0002 is usual for a LoRA."
    )
    rank: Annotated[int, Field(ge=1)] | Empty = _change(
        "train.lora.rank", "LoRA rank", "At most serve.max_lora_rank of the profile, or the server cannot load it."
    )
    base_model: Annotated[str, Field(min_length=1)] | Empty = _change(
        "base_model.path", "Base model", "Another folder of a base model. What serves stays until that one is better."
    )

    @model_serializer(mode="wrap")
    def _without_what_is_empty(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in serialize(self).items() if value is not None}

    def overrides(self) -> Overrides:
        """Dotted setting to value, for what is not empty."""
        fields = type(self).model_json_schema()["properties"]
        return {fields[name]["setting"]: value for name, value in self.model_dump().items()}


UNCHANGED = Changes()
