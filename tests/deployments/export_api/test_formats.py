"""The spellings of formats."""

from __future__ import annotations

import pytest

from deployments.export_api.formats import FILES, KNOWN, named
from tasks.convert.formats import EXPORTS


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("llama2", "llama2"),
        ("llama-2", "llama2"),
        ("LLaMA-2-chat", "llama2"),
        ("llama_2_chat", "llama2"),
        ("Alpaca", "alpaca"),
        ("vicuna", "sharegpt"),
        ("ShareGPT", "sharegpt"),
        ("OpenAI", "openai"),
        ("llama2-text", "llama2-text"),
        ("parquet", "parquet"),
    ],
)
def test_a_format_is_known_however_it_is_written(spelling: str, name: str) -> None:
    assert named(spelling) == name


def test_every_format_of_the_conversion_can_be_exported() -> None:
    assert set(EXPORTS) | {"parquet"} == set(FILES)


@pytest.mark.parametrize("spelling", KNOWN)
def test_what_the_description_lists_is_accepted(spelling: str) -> None:
    assert named(spelling) in FILES


@pytest.mark.parametrize(("name", "suffix"), [("llama2", ".jsonl"), ("llama2-text", ".txt"), ("parquet", ".parquet")])
def test_a_file_s_name_says_what_is_in_it(name: str, suffix: str) -> None:
    assert FILES[name].file_name("2026-11-23") == f"exhell-{name}-2026-11-23{suffix}"
