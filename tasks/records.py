"""The record types that every data stage shares.

An `Interaction` is one question that a user asked the application and the answer that the application gave,
with what is known of its quality. `INTERACTION_SCHEMA` is the same record as an Arrow schema: stages hand each other
record batches of that schema, never dictionaries of their own.

A `Message` is one turn of the conversation that a model sees; a conversation is a tuple of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import pyarrow as pa

TASK_TYPES = ("FORMULA", "CREATE", "CORRECT", "ANALYZE", "EXPLAIN")
"""The reference schema's task types. An application may use others: a filter's `task_types` names those it wants."""

TIMESTAMP = pa.timestamp("us", tz="UTC")

INTERACTION_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("user_id", pa.string(), nullable=False),
        pa.field("session_id", pa.string()),
        pa.field("turn", pa.int32()),
        pa.field("task_type", pa.string()),
        pa.field("instruction", pa.string()),
        pa.field("input", pa.string()),
        pa.field("output", pa.string()),
        pa.field("edited_output", pa.string()),
        pa.field("quality_score", pa.float64()),
        pa.field("rating", pa.int8()),
        pa.field("language", pa.string()),
        pa.field("training_consent", pa.bool_()),
        pa.field("created_at", TIMESTAMP),
        pa.field("updated_at", TIMESTAMP, nullable=False),
        pa.field("deleted_at", TIMESTAMP),
    ]
)

EXAMPLE_SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("user_id", pa.string(), nullable=False),
        pa.field("task_type", pa.string(), nullable=False),
        pa.field("language", pa.string()),
        pa.field("instruction", pa.string(), nullable=False),
        pa.field("input", pa.string(), nullable=False),
        pa.field("output", pa.string(), nullable=False),
        pa.field("edited", pa.bool_(), nullable=False),
        pa.field("quality_score", pa.float64()),
        pa.field("rating", pa.int8()),
        pa.field("updated_at", TIMESTAMP, nullable=False),
    ]
)
"""An interaction that passed every filter. `output` is the answer to learn: the user's edit where there is one."""

TURN = pa.struct(
    [
        pa.field("instruction", pa.string(), nullable=False),
        pa.field("input", pa.string(), nullable=False),
        pa.field("output", pa.string(), nullable=False),
    ]
)

DATASET_SCHEMA = pa.schema([*EXAMPLE_SCHEMA, pa.field("history", pa.list_(pa.field("element", TURN)))])
"""An example of a dataset; `history` holds the earlier turns of its conversation, null where there are none."""

SPLITS = ("train", "validation", "test")

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Interaction:
    """One row of the application's database, in the reference schema (docs/app-database.md).

    `quality_score` lies in 0..1 and `rating` in 1..5; both are None until someone or something has judged the answer.
    `edited_output` is the user's own correction of `output`. All times are UTC.
    """

    id: str
    user_id: str
    session_id: str
    turn: int
    task_type: str
    instruction: str
    input: str
    output: str
    edited_output: str | None
    quality_score: float | None
    rating: int | None
    language: str
    training_consent: bool
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


def prompt_text(instruction: str, context: str) -> str:
    """What the user's turn holds: the instruction, then the sheet or text it is about."""
    return f"{instruction}\n\n{context}" if context else instruction


def conversation(instruction: str, context: str, system_prompt: str = "") -> tuple[Message, ...]:
    """The messages that a model is asked with; training adds the answer as a last, assistant message."""
    question = Message("user", prompt_text(instruction, context))
    return (Message("system", system_prompt), question) if system_prompt else (question,)
