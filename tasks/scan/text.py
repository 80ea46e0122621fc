"""What is wrong with a text as text: control characters, marks of chat templates, cut-off answers, broken tables.

Rules match on `plain` texts: NFKC, without invisible characters, in lower case. What is stored is never altered.
Normalising costs more than all rules together, so it is done only to rows that hold a character it would change;
`marks`, one pass over the bytes, says which rows those may be.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias
from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.scan import spans

Texts: TypeAlias = pa.Array
"""A string column; nulls count as empty."""

Test: TypeAlias = Callable[[Texts], pa.Array]
"""From texts to a mask of the same length."""

COLUMNS = ["instruction", "input", "answer"]

CONTROL, ODD, MARKUP, FENCE = 1, 2, 4, 8
"""Bits of `marks`: a control character, the first byte of an odd character, one of `< [ #`, a backtick."""

_TABLE = spans.byte_table(
    control=bytes(byte for byte in (*range(0x20), 0x7F) if byte not in b"\t\n\r"),
    odd=b"\xc2\xc3\xc4\xc5\xc6\xc7\xc8\xc9\xca\xcb\xcc\xcd\xce\xcf\xd0\xd1\xd2\xd3\xd4\xd8\xe1\xe2\xe3\xef\xf0\xf3",
    markup=b"<[#",
    fence=b"`~",
)

_WITHOUT_PICTURE = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef"
)
"""Unicode's format characters, fillers, variation selectors."""
_INVISIBLE = re.compile(f"[{_WITHOUT_PICTURE}]")
"""Removed before matching."""
_VISIBLE = rf"[^\s\pZ{_WITHOUT_PICTURE}]"

_LOOKALIKE = (
    r"[\x{a0}\x{aa}\x{ad}\x{ba}\x{17f}\x{2b0}-\x{2b8}\x{2e1}-\x{2e3}\x{34f}\x{37e}\x{61c}\x{1100}-\x{11ff}\x{17b4}\x{17b5}"
    r"\x{180b}-\x{180f}\x{1d2c}-\x{1dbb}\x{1fef}\x{2000}-\x{200f}\x{2024}\x{2028}-\x{202f}\x{205f}-\x{2071}"
    r"\x{207a}-\x{207f}\x{208a}-\x{209c}\x{2102}\x{210a}-\x{2115}\x{2119}-\x{211d}\x{2124}-\x{2134}\x{2139}"
    r"\x{2145}-\x{2149}\x{2160}-\x{217f}\x{24b6}-\x{24e9}\x{2c7c}\x{2c7d}\x{3000}\x{3164}\x{fb29}\x{fe10}-\x{fe6b}"
    r"\x{feff}-\x{ff0f}\x{ff1a}-\x{ff5e}\x{ffa0}-\x{ffdc}\x{fff9}-\x{fffb}\x{107a5}\x{1d400}-\x{1d6a3}"
    r"\x{1f12b}-\x{1f149}\x{e0000}-\x{e01ef}]"
)
"""What NFKC turns into one printable ASCII character or into Hangul, and what is invisible.

A variation selector is left out, since every other emoji ends in one: it counts only behind a letter.
"""

_MIXED_SCRIPT = re.compile("[A-Za-z][\u0391-\u052f]|[\u0391-\u052f][A-Za-z]")
_DRESSED = re.compile(
    "[\xc0-\xd6\xd8-\xf6\xf8-\u02af\u0300-\u036f\u1d00-\u1d2b\U0001f150-\U0001f169\U0001f170-\U0001f189]"
)
"""Latin letters with marks, small capitals, letters on a dark ground, and marks that strike letters through."""
_CHANGES = rf"{_LOOKALIKE}|[A-Za-z<>|=\[/가-힣][\x{{fe00}}-\x{{fe0f}}]|{_MIXED_SCRIPT.pattern}|{_DRESSED.pattern}"

_CONFUSABLE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеіѕјорсухԁѡΑΒΕΖΗΙΚΜΝΟΡΤΥΧοιαν",
    "ABESIJKMHOPCTYXaeisjopcyxdwABEZHIKMNOPTYXoiav",
)
"""Cyrillic and Greek letters that look Latin (Unicode's confusables.txt), folded in words that mix the scripts."""

_UNDRESSED = str.maketrans(
    {one: chr(ord("a") + number) for start in (0x1F150, 0x1F170) for number, one in enumerate(range(start, start + 26))}
    | dict(zip(map(ord, "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢıɩɡɑøđłħ"), "abcdefghijklmnoprstuvwyziigaodlh", strict=True))
)
_MARKS = re.compile("[\u0300-\u036f]+")
"""What remains of é and of a letter struck through, beside the letter."""

_C1_OR_INNER_BOM = r"(?s)[\x{80}-\x{9f}\x{fffe}\x{ffff}]|.\x{feff}"

TEMPLATE_TOKENS = (
    "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<s>", "</s>",
    "<|im_start|>", "<|im_end|>", "<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>",
    "<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<|endoftext|>", "<|tool|>",
    "<｜begin▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>",
    "<start_of_turn>", "<end_of_turn>", "<bos>", "<eos>", "<pad>", "<unk>",
    "[TOOL_CALLS]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]",
    "[gMASK]", "<sop>", "<eop>", "<think>", "</think>", "<tool_call>", "</tool_call>", "<tool_response>",
)  # fmt: skip
"""Marks of chat templates. In a user's text they would end a turn, or forge one, in what the model is trained on.

Llama 2 and 3, ChatML (Qwen), Phi, Zephyr, DeepSeek, Gemma, Mistral, GLM. Any other `<|name|>` counts as one too.
"""

_MARK = (
    r"\[/?inst\]|<</?sys>>|</?s>|<\|[^\s<>|][^<>|\n]{0,40}\|>|<(start|end)_of_turn>|<(bos|eos|pad|unk|sop|eop)>"
    r"|</?think>|</?tool_(call|response)>|\[/?(tool_calls|available_tools|tool_results|system_prompt|gmask)\]"
    r"|(?m:^ {0,3}#{2,4} ?(instruction|response|user|assistant|system|human) ?:)"
)
_ROLE_MARK = r"(?m:^assistant:)|(?ms:^(user|human):.*\b(assistant|ai):)"
"""Vicuna's turns and their like. `USER:` alone at a line's start is what many a form looks like; with `ASSISTANT:`
behind it, it is a forged conversation."""


def marks(batch: pa.RecordBatch) -> spans.Bytes:
    """The bits of each row's texts: from the batch's column `marks`, where `candidates` put them, else counted now."""
    if "marks" in batch.schema.names:
        return np.asarray(batch.column("marks").to_numpy(zero_copy_only=False), dtype=np.uint8)
    first, second, third = (spans.flags(batch.column(name), _TABLE) for name in COLUMNS)
    return first | second | third


def rows_with(batch: pa.RecordBatch, bits: int) -> pa.Array:
    """Mask of the rows that hold any of the marked bytes."""
    return pa.array((marks(batch) & bits) != 0)


def plain(texts: Texts, odd: pa.Array) -> Texts:
    """The texts as rules match them. `odd` masks the rows that may hold a character to normalise."""
    filled = pc.fill_null(texts, "")
    changes = on_rows(filled, odd, lambda some: pc.match_substring_regex(some, _CHANGES))
    if pc.any(changes).as_py():
        # One by one: Arrow's own NFKC leaves Hangul decomposed (apache/arrow issue 51225, seen in 25.0.1).
        normal = [_normalised(text) for text in filled.filter(changes).to_pylist()]
        filled = pc.replace_with_mask(filled, changes, pa.array(normal, filled.type))
    return pc.ascii_lower(filled)


def plain_rows(batch: pa.RecordBatch) -> Texts:
    """Instruction, input and answer of each row in one plain text, a line break between them."""
    return plain(spans.joined(*(batch.column(name) for name in COLUMNS)), rows_with(batch, ODD))


def is_empty(texts: Texts, odd: pa.Array) -> pa.Array:
    """Whether a text is missing, or no more than white space and invisible characters. `odd` masks the rows that may
    hold one of these."""
    blank = pc.equal(pc.fill_null(pc.utf8_length(pc.utf8_trim_whitespace(texts)), 0), 0)
    return pc.or_(blank, on_rows(texts, odd, lambda some: pc.invert(_matches(some, _VISIBLE))))


def _normalised(text: str) -> str:
    normal = normalize("NFKC", _INVISIBLE.sub("", text))
    if _DRESSED.search(normal):
        normal = normalize("NFC", _MARKS.sub("", normalize("NFD", normal.translate(_UNDRESSED))))
    return normal.translate(_CONFUSABLE) if _MIXED_SCRIPT.search(normal) else normal


def on_rows(texts: Texts, rows: pa.Array, test: Test) -> pa.Array:
    """`test` of the texts in `rows`, false for all others: what a cheap mask rules out costs nothing."""
    rows = pc.fill_null(rows, False)
    chosen = pc.sum(rows).as_py() or 0
    if chosen == len(texts):
        return pc.fill_null(test(texts), False)
    if not chosen:
        return pa.repeat(pa.scalar(False), len(texts))
    return pc.replace_with_mask(rows, rows, pc.fill_null(test(texts.filter(rows)), False))


def holds_control_characters(batch: pa.RecordBatch) -> pa.Array:
    """C0 and C1 controls but tab and line breaks, DEL, non-characters, and a byte order mark inside a text."""
    found, odd = rows_with(batch, CONTROL), rows_with(batch, ODD)
    for name in COLUMNS:
        found = pc.or_(found, on_rows(batch.column(name), odd, lambda some: _matches(some, _C1_OR_INNER_BOM)))
    return found


def holds_template_tokens(batch: pa.RecordBatch) -> pa.Array:
    """Marks of chat templates in any of the texts, in any width, letter case, or cut by invisible characters."""
    texts = plain_rows(batch)
    marked = on_rows(texts, rows_with(batch, MARKUP | ODD), lambda some: _matches(some, _MARK))
    spoken = pc.or_(_matches(texts, "assistant:"), _matches(texts, "ai:"))
    return pc.or_(marked, on_rows(texts, spoken, lambda some: _matches(some, _ROLE_MARK)))


def _matches(texts: Texts, pattern: str) -> pa.Array:
    return pc.match_substring_regex(texts, pattern)
