"""A batch's lines are, byte for byte, what one would write row by row with orjson."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.convert.formats import FORMATS, Example, Renderer, Turn, escape, lines
from tests.tasks.convert.conversations import EARLIER, SUM, Told, any_text, batch, conversations, messages, told

ALL_CHARACTERS = "".join(chr(code) for code in range(0x300)) + "\u2028\u2029\ufeff\uffff🎉👩\u200d👧합계"


def alpaca(row: Told, system: str) -> dict[str, Any]:
    line: dict[str, Any] = {name: getattr(row[0], name) for name in ("instruction", "input", "output")}
    line |= {"system": system} if system else {}
    pairs = [turn.content for turn in messages(row, "")[:-2]]
    return line | ({"history": [list(pair) for pair in zip(pairs[::2], pairs[1::2], strict=True)]} if pairs else {})


def llama2(row: Told, system: str) -> dict[str, Any]:
    turns = [turn.content.strip() for turn in messages(row, "")]
    system = f"<<SYS>>\n{system.strip()}\n<</SYS>>\n\n" if system.strip() else ""
    texts = [f"{prompt} [/INST] {answer}</s>" for prompt, answer in zip(turns[::2], turns[1::2], strict=True)]
    return {"text": "<s>[INST] " + system + "<s>[INST] ".join(texts)}


def sharegpt(row: Told, system: str) -> dict[str, Any]:
    names = {"system": "system", "user": "human", "assistant": "gpt"}
    turns = [{"from": names[turn.role], "value": turn.content} for turn in messages(row, system)]
    return {"id": row[0].id, "conversations": turns}


def openai(row: Told, system: str) -> dict[str, Any]:
    return {"messages": [{"role": turn.role, "content": turn.content} for turn in messages(row, system)]}


ROW_BY_ROW: dict[str, Callable[[Told, str], dict[str, Any]]] = {
    "alpaca": alpaca,
    "llama2": llama2,
    "sharegpt": sharegpt,
    "openai": openai,
}


def written(name: str, rows: Sequence[Told], system: str) -> bytes:
    return b"".join(orjson.dumps(ROW_BY_ROW[name](row, system)) + b"\n" for row in rows)


def test_every_format_is_compared() -> None:
    assert ROW_BY_ROW.keys() == FORMATS.keys()


@settings(deadline=None)
@given(rows=st.lists(told(any_text, any_text), max_size=5), system=any_text)
@example(rows=[(Example("", "", "", ""), (Turn("", "", ""),))], system="")
@example(rows=[(Example(*[ALL_CHARACTERS] * 4), (Turn(*[ALL_CHARACTERS] * 3),))], system=ALL_CHARACTERS)
@example(rows=[(Example("i1", "", "A1", "x"), ()), (Example("i2", " \n", "\u3000", "\x1c"), ())], system="\u2028")
def test_lines_are_those_of_orjson(rows: list[Told], system: str) -> None:
    renderer = Renderer(batch(rows), system)
    for name in FORMATS:
        assert renderer.lines(name).to_pybytes() == written(name, rows, system)


@settings(deadline=None)
@given(texts=st.lists(st.none() | any_text))
def test_escaped_is_what_orjson_writes_between_quotes(texts: list[str | None]) -> None:
    found = escape(pa.array(texts, pa.string())).to_pylist()
    assert found == [None if value is None else orjson.dumps(value)[1:-1].decode() for value in texts]


def test_every_character_there_is() -> None:
    every = "".join(chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
    assert escape(pa.array([every]))[0].as_py() == orjson.dumps(every)[1:-1].decode()


def test_a_column_may_outgrow_two_gibibytes_by_escaping() -> None:
    assert escape(pa.array(["\x01"], pa.string())).type == pa.large_string()


def test_white_space_is_what_python_strips() -> None:
    rows = [(Example("i1", f"{character}합계{character}", "", character), ()) for character in map(chr, range(0x3100))]
    assert lines("llama2", batch(rows)).to_pybytes() == written("llama2", rows, "")


@pytest.mark.slow
@settings(deadline=None)
@given(rows=st.lists(conversations, min_size=3, max_size=6), data=st.data())
def test_a_slice_of_a_batch_is_its_rows(rows: list[Told], data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(rows)))
    end = data.draw(st.integers(begin, len(rows)))
    part = batch(rows).slice(begin, end - begin)
    for name in FORMATS:
        assert lines(name, part, "돕는다").to_pybytes() == written(name, rows[begin:end], "돕는다")


@pytest.mark.parametrize("name", FORMATS)
def test_a_batch_without_the_column_of_earlier_turns(name: str) -> None:
    part = batch([(SUM, ())])
    assert lines(name, part.drop_columns(["history"])) == lines(name, part)


@pytest.mark.parametrize("name", FORMATS)
def test_no_earlier_turns_are_written_alike_as_null_and_as_empty(name: str) -> None:
    part = batch([(SUM, ()), (SUM, EARLIER)])
    histories = part["history"].to_pylist()
    assert histories[0] is None
    empty = part.set_column(4, "history", pa.array([[], histories[1]], part["history"].type))
    assert lines(name, empty) == lines(name, part)


def test_other_widths_of_string_give_the_same_lines() -> None:
    part = batch([(SUM, EARLIER)])
    wide = pa.list_(pa.struct(dict.fromkeys(Turn._fields, pa.large_string())))
    schema = pa.schema({name: wide if name == "history" else pa.large_string() for name in part.schema.names})
    assert lines("openai", part.cast(schema)) == lines("openai", part)


@pytest.mark.parametrize("name", FORMATS)
def test_no_rows_are_no_bytes(name: str) -> None:
    assert lines(name, batch([])).size == 0


def test_an_example_with_null_is_refused() -> None:
    part = batch([(SUM, ()), (SUM, ())]).set_column(2, "input", pa.array([None, ""], pa.string()))
    with pytest.raises(ValueError, match=r"^1 of 2 examples have NULL as `input`: an example is text$"):
        lines("alpaca", part)
