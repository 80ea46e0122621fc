"""Counting tokens piece by piece: what a tokenizer says of a word once, it says of it in every table.

A character that takes part in no merge of a BPE stands alone in every text: the symbols left and right of it never
meet, so a text has as many tokens as its pieces between such characters, and one for each of these. In spreadsheet
data those are digits, blanks and signs, and the pieces between them are few and repeat.

This holds where nothing else looks across a cut: no normalizer but those that write blanks as `▁` or put something in
front, and no pre-tokenizer but one that cuts between classes of characters, whatever stands around. For others (GPT-2's
and Llama 3's expressions) there is no `PieceCounter`, and texts are tokenized whole.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

from tasks.filter.token_bounds import BLANK, Part, cutters, marks_blanks, normalizers, vocabulary

if TYPE_CHECKING:
    from tokenizers import Tokenizer

KEPT_PIECES = 500_000
"""Pieces whose counts are remembered, some 50 MB; what comes later is counted every time."""

_CANDIDATES = string.digits + string.punctuation + " \t\n"
_AS_BYTES = str.maketrans(" \t\n", "\u0120\u0109\u010a")
"""How a byte-level BPE writes white space (GPT-2's bytes_to_unicode); the rest of ASCII is written as it is."""

_CLASS = re.compile(r"(\\[dswDSW]|\[(?:\\.|[^\]\\])+\]|[^\\\[\]().*?+{}|^$])\+?")


class PieceCounter:
    """Counts tokens by pieces. `lonely` are the characters that stand alone, one of them at least no white space."""

    def __init__(self, tokenizer: Tokenizer, specials: list[str], lonely: str) -> None:
        self._tokenizer = tokenizer
        self._piece = re.compile(f"[^{re.escape(lonely)}]+")
        self._special = re.compile("|".join(map(re.escape, sorted(specials, key=len, reverse=True))) or "(?!)")
        # Counted behind a lonely character, a piece gets no prefix that only a text's beginning has.
        self._anchor = next(sign for sign in lonely if not sign.isspace())
        self._anchor_tokens = self._count(self._anchor)
        self._known: dict[str, int] = {}

    @classmethod
    def of(cls, tokenizer: Tokenizer, description: Part) -> PieceCounter | None:
        """The counter of a tokenizer.json's content; None for a tokenizer whose texts cannot be counted by pieces."""
        lonely = lonely_characters(description)
        specials = [token["content"] for token in description.get("added_tokens") or ()]
        return cls(tokenizer, specials, lonely) if lonely.strip() else None

    def tokens(self, frame: tuple[str, str, str], prompt: str, answer: str) -> int:
        """Tokens of frame[0] + prompt + frame[1] + answer + frame[2].

        Prompt and answer have no white space at their ends: special tokens of the frame may swallow it.
        """
        whole = frame[0] + prompt + frame[1] + answer + frame[2]
        if self._specials(whole) != sum(map(self._specials, frame)):
            return self._count(whole)
        total, open_text, is_start = 0, frame[0], True
        for text, following in ((prompt, frame[1]), (answer, frame[2])):
            pieces: list[str] = self._piece.findall(text)
            lonely = len(text) - sum(map(len, pieces))
            if not lonely:
                open_text += text + following
                continue
            first = pieces.pop(0) if pieces and text.startswith(pieces[0]) else ""
            last = pieces.pop() if pieces and text.endswith(pieces[-1]) else ""
            total += self._count(open_text + first) if is_start else self._behind(open_text + first)
            total += lonely + self._tokens_of(pieces)
            open_text, is_start = last + following, False
        return total + (self._count(open_text) if is_start else self._behind(open_text))

    def _tokens_of(self, pieces: list[str]) -> int:
        try:
            return sum(map(self._known.__getitem__, pieces))
        except KeyError:
            return sum(map(self._counted, pieces))

    def _counted(self, piece: str) -> int:
        tokens = self._known.get(piece)
        if tokens is None:
            tokens = self._behind(piece)
            if len(self._known) < KEPT_PIECES:
                self._known[piece] = tokens
        return tokens

    def _behind(self, text: str) -> int:
        return self._count(self._anchor + text) - self._anchor_tokens

    def _count(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False))

    def _specials(self, text: str) -> int:
        return len(self._special.findall(text))


def lonely_characters(description: Part) -> str:
    """The ASCII characters that are one token each, whatever stands beside them; none where that is not certain."""
    model, parts, cuts = description["model"], normalizers(description), cutters(description)
    plain = model["type"] == "BPE" and not any(
        model.get(option) for option in ("dropout", "continuing_subword_prefix", "end_of_word_suffix", "ignore_merges")
    )
    if not plain or not all(part["type"] == "Prepend" or marks_blanks(part) for part in parts) or not _are_local(cuts):
        return ""
    by_byte = any(part["type"] == "ByteLevel" for part in cuts)
    blanks = any(map(marks_blanks, (*parts, *cuts)))
    known = vocabulary(model)
    merged = {letter for merge in model["merges"] for letter in "".join(merge)}
    lonely = ""
    for sign in _CANDIDATES:
        symbol = sign.translate(_AS_BYTES) if by_byte else BLANK if blanks and sign == " " else sign
        if symbol not in merged and (
            symbol in known or (model.get("byte_fallback") and f"<0x{ord(symbol):02X}>" in known)
        ):
            lonely += sign
    return lonely


def _are_local(cuts: list[Part]) -> bool:
    """Whether each cut depends on the classes of the two characters beside it alone."""
    if not cuts or (len(cuts) == 1 and cuts[0]["type"] == "Metaspace"):
        return True
    *splits, last = cuts
    if last["type"] != "ByteLevel" or last.get("use_regex", True) or (splits and last.get("add_prefix_space", True)):
        return False
    return not splits or (len(splits) == 1 and _splits_by_class(splits[0]))


def _splits_by_class(part: Part) -> bool:
    """Whether a Split's expression is an alternation of single characters' classes and their runs, none overlapping."""
    pattern = part.get("pattern", {}).get("Regex")
    if part["type"] != "Split" or pattern is None or part.get("behavior") != "Isolated" or part.get("invert"):
        return False
    classes: list[str] = []
    while pattern:
        match = _CLASS.match(pattern)
        if match is None or pattern[match.end() :][:1] not in {"", "|"}:
            return False
        classes.append(match[1])
        pattern = pattern[match.end() + 1 :]
    first_plane = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x10000)]))
    members = [frozenset(re.findall(one, first_plane)) for one in classes]
    return sum(map(len, members)) == len(frozenset().union(*members))
