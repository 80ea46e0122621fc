"""Files of prompts, good and bad."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tasks.endpoint.prompts import EndpointError, read_prompts


def write(folder: Path, *lines: object) -> Path:
    path = folder / "prompts.jsonl"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines), encoding="utf-8")
    return path


def test_lines_of_every_kind_are_read(tmp_path: Path) -> None:
    messages = [{"role": "system", "content": "짧게"}, {"role": "user", "content": "합계?"}]
    path = write(
        tmp_path,
        "B열의 합계를 구해줘",
        "",
        {"id": "x", "prompt": "평균?", "reference": "=AVERAGE(A:A)", "task_type": "CORRECT", "max_tokens": 9},
        {"messages": messages},
    )
    found = read_prompts(path).good
    assert [one.question for one in found] == ["B열의 합계를 구해줘", "평균?", "합계?"]
    assert [one.id for one in found] == ["1", "x", "4"]
    assert (found[1].reference, found[1].task_type, found[1].max_tokens) == ("=AVERAGE(A:A)", "CORRECT", 9)
    assert found[2].messages == tuple(messages)


def test_a_test_file_of_a_dataset_is_read_with_its_answers_as_references(tmp_path: Path) -> None:
    said = [{"role": role, "content": text} for role, text in (("user", "합계?"), ("assistant", "=SUM(A1:A9)"))]
    (found,) = read_prompts(write(tmp_path, {"messages": said})).good
    assert (found.question, found.reference, len(found.messages)) == ("합계?", "=SUM(A1:A9)", 1)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"prompt": ', "not valid JSON"),
        ({"question": "x"}, "neither `prompt` nor `messages`"),
        ({"prompt": "  "}, "neither `prompt` nor `messages`"),
        ({"messages": []}, "not a list with messages"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "asks nothing"),
        ({"messages": [{"role": "user"}]}, "without the texts `role` and `content`"),
        ({"prompt": "x", "reference": 7}, "`reference` is not text"),
        ({"prompt": "x", "max_tokens": 0}, "`max_tokens` is not a positive number"),
    ],
)
def test_a_line_that_is_no_prompt_is_named_and_the_rest_is_read(tmp_path: Path, line: object, why: str) -> None:
    found = read_prompts(write(tmp_path, "a good one", line))
    assert len(found.good) == 1
    assert len(found.faults) == 1
    assert found.faults[0].startswith("line 2: ")
    assert why in found.faults[0]


def test_a_file_without_a_prompt_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EndpointError, match="holds no prompt; it is empty"):
        read_prompts(write(tmp_path, ""))
    with pytest.raises(EndpointError, match="holds no prompt; line 1: neither"):
        read_prompts(write(tmp_path, {"a": 1}))


def test_a_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "prompts.jsonl"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EndpointError, match="not text in UTF-8"):
        read_prompts(path)


def test_a_file_that_is_not_there_is_named_with_its_option(tmp_path: Path) -> None:
    with pytest.raises(EndpointError, match=r"cannot read the prompts .*none.jsonl: .*; correct --prompts"):
        read_prompts(tmp_path / "none.jsonl")
