"""The record types agree with each other and with the shipped database schema."""

from __future__ import annotations

from dataclasses import fields

import pytest

from configs.load import PROJECT
from tasks.records import EXAMPLE_SCHEMA, INTERACTION_SCHEMA, Interaction, Message, conversation, prompt_text


def test_interaction_has_the_schemas_columns_in_their_order() -> None:
    assert [field.name for field in fields(Interaction)] == INTERACTION_SCHEMA.names


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_the_shipped_table_has_the_schemas_columns_in_their_order(dialect: str) -> None:
    text = (PROJECT / "deployments" / "demo" / f"schema.{dialect}.sql").read_text(encoding="utf-8")
    body = text.partition("CREATE TABLE interactions (")[2].partition("\n);")[0]
    assert [line.split()[0] for line in body.strip().splitlines()] == INTERACTION_SCHEMA.names


def test_an_example_never_lacks_what_it_is_trained_on() -> None:
    required = {field.name for field in EXAMPLE_SCHEMA if not field.nullable}
    assert {"id", "user_id", "instruction", "input", "output"} <= required


def test_a_prompt_without_input_has_no_empty_lines() -> None:
    assert prompt_text("합계", "") == "합계"
    assert prompt_text("합계", "A1\tB1") == "합계\n\nA1\tB1"


def test_a_conversation_has_a_system_turn_only_where_a_prompt_is_set() -> None:
    assert conversation("합계", "") == (Message("user", "합계"),)
    assert conversation("합계", "", "돕는다") == (Message("system", "돕는다"), Message("user", "합계"))
