"""Examples for the tests of formats: what they hold, what batches of them look like, and hypothesis's own."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from hypothesis import strategies as st

from tasks.convert.formats import HISTORY, Example, Turn
from tasks.filter.rules import TEMPLATE_TOKENS
from tasks.records import Message, conversation

Told = tuple[Example, tuple[Turn, ...]]
"""An example and the turns before it."""

any_text = st.text(st.characters(exclude_categories=["Cs"]))
"""Whatever UTF-8 can hold: control characters, U+2028, emoji, nothing at all."""

text = any_text.filter(lambda value: value.strip() and not any(token in value for token in TEMPLATE_TOKENS))
"""What the filter lets through: no empty instruction or answer, no marks of chat templates (rule `template_tokens`).
With `[INST]` in a text, nobody could tell where a turn begins."""


def told(texts: st.SearchStrategy[str], contexts: st.SearchStrategy[str]) -> st.SearchStrategy[Told]:
    turns = st.builds(Turn, texts, contexts, texts)
    examples = st.builds(Example, texts, texts, contexts, texts)
    return st.tuples(examples, st.lists(turns, max_size=3).map(tuple))


conversations = told(text, st.just("") | text)

bare = text.map(str.strip)
bare_conversations = told(bare, st.just("") | bare)
"""No white space around any text."""

SUM = Example("i1", "합계를 구해줘", "A1\tB1", "=SUM(A1:B1)")
EARLIER = (Turn("평균은?", "A열", "=AVERAGE(A:A)"), Turn("고마워", "", "천만에요"))


def batch(rows: Sequence[Told]) -> pa.RecordBatch:
    columns = {name: pa.array([getattr(row, name) for row, _ in rows], pa.string()) for name in Example._fields}
    history = pa.array([[turn._asdict() for turn in earlier] or None for _, earlier in rows], HISTORY)
    return pa.record_batch(columns | {"history": history})


def messages(row: Told, system_prompt: str) -> tuple[Message, ...]:
    """The conversation that every format must hold."""
    example, earlier = row
    found = list(conversation("", "", system_prompt)[:-1])
    for turn in (*earlier, Turn(*example[1:])):
        found += [*conversation(turn.instruction, turn.input), Message("assistant", turn.output)]
    return tuple(found)
