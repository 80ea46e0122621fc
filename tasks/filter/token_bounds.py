"""What is certain of a text's number of tokens before it is tokenized, read off a tokenizer.json.

At most `per_byte` a byte, plus `extra`. A byte-level BPE (GPT-2, Llama 3, Qwen; Sennrich et al. 2016 on bytes) begins
with one symbol a byte, and each merge takes one away. A BPE or Unigram model on characters (SentencePiece: Llama 2,
Gemma, Mistral) begins with one symbol a character, or with one a byte for a character that it falls back to bytes for;
WordPiece and WordLevel make at most one token a character. Normalizers and pre-tokenizers that cut or drop add nothing;
those that may add something are counted:

- a prefix, usually a blank, before every piece of text between special tokens. A special token takes at least as many
  bytes from its neighbours as the prefix behind it adds, or `per_byte` pays for both;
- `▁` for a blank is one symbol where the vocabulary has it, and three bytes where not;
- NFC makes at most 3 bytes of one (https://unicode.org/faq/normalization.html, "maximum expansion factor").

At least one token for every `longest` bytes, white space not counted, since some special tokens swallow what stands
beside them. This needs a tokenizer that loses nothing: all bytes in its vocabulary, and no normalizer that shortens.

A part that is not known here ends all certainty: no bound, and every text is tokenized.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Part = dict[str, Any]

UNKNOWN = np.iinfo(np.int64).max

BLANK = "▁"
"""SentencePiece's mark for a blank."""

_NFC_GROWTH = 3
_CUTTING = frozenset({"Digits", "Punctuation", "UnicodeScripts", "Whitespace", "WhitespaceSplit"})
_MODELS = frozenset({"BPE", "Unigram", "WordPiece", "WordLevel"})


@dataclass(frozen=True)
class Bounds:
    """tokens <= per_byte * bytes + extra, and visible bytes <= longest * tokens; None where nothing is certain."""

    per_byte: int | None
    extra: int = 0
    longest: int | None = None

    def most(self, sizes: Counts) -> Counts:
        """The largest number of tokens of texts of so many bytes; UNKNOWN without a bound."""
        if self.per_byte is None:
            return np.full_like(sizes, UNKNOWN)
        return sizes * self.per_byte + self.extra

    @classmethod
    def of(cls, description: Part) -> Bounds:
        """The bounds of a tokenizer.json's content."""
        model = description["model"]
        parts, cuts, known = normalizers(description), cutters(description), vocabulary(model)
        added = [len(token["content"].encode()) for token in description.get("added_tokens") or ()]
        blank = 1 if BLANK in known else len(BLANK.encode())
        prefix = _prefix_of_normalizers(parts, blank)
        prefix_of_cutters = _prefix_of_cutters(cuts, blank)
        if model["type"] not in _MODELS or prefix is None or prefix_of_cutters is None:
            return cls(None)
        per_byte = _NFC_GROWTH if any(part["type"] == "NFC" for part in parts) else 1
        if any(marks_blanks(part) for part in (*parts, *cuts)):
            per_byte *= blank
        prefix += prefix_of_cutters
        if min(added, default=1 + prefix) * per_byte < 1 + prefix:
            per_byte = 1 + prefix
        lossless = per_byte < _NFC_GROWTH and _keeps_all_bytes(model, known, cuts)
        return cls(per_byte, prefix, _longest(known, cuts, added) if lossless else None)


def normalizers(description: Part) -> list[Part]:
    """The normalizers of a tokenizer.json's content in a row, however they are nested."""
    return _parts(description.get("normalizer"), "normalizers")


def cutters(description: Part) -> list[Part]:
    """Its pre-tokenizers likewise."""
    return _parts(description.get("pre_tokenizer"), "pretokenizers")


def marks_blanks(part: Part) -> bool:
    """Whether a normalizer or pre-tokenizer writes blanks as `▁`."""
    if part["type"] == "Metaspace":
        return True
    return bool(part["type"] == "Replace" and part["pattern"] == {"String": " "} and part["content"] == BLANK)


def vocabulary(model: Part) -> frozenset[str]:
    """All tokens of a model of any type."""
    entries = model["vocab"]
    return frozenset(entries if isinstance(entries, dict) else (token for token, _ in entries))


def _parts(part: Part | None, members: str) -> list[Part]:
    """The parts of a sequence in a row, however they are nested."""
    if part is None:
        return []
    if part["type"] != "Sequence":
        return [part]
    return [inner for member in part[members] for inner in _parts(member, members)]


def _prefix_of_normalizers(parts: list[Part], blank: int) -> int | None:
    """Symbols put before each piece; None for a normalizer that may do more than is known here."""
    prefix = 0
    for part in parts:
        if part["type"] == "Prepend":
            prefix += sum(blank if letter == BLANK else len(letter.encode()) for letter in part["prepend"])
        elif part["type"] == "Replace":
            if not marks_blanks(part) and not _shortens(part):
                return None
        elif part["type"] not in {"NFC", "Strip"}:
            return None
    return prefix


def _prefix_of_cutters(parts: list[Part], blank: int) -> int | None:
    """The same for pre-tokenizers. Behind another one, a prefix would be put before each of its cuts."""
    prefix = 0
    for place, part in enumerate(parts):
        if part["type"] == "ByteLevel":
            added = 1 if part.get("add_prefix_space", True) else 0
        elif part["type"] == "Metaspace":
            scheme = part.get("prepend_scheme", "always" if part.get("add_prefix_space", True) else "never")
            added = 0 if scheme == "never" else blank
        elif part["type"] in _CUTTING or part["type"] == "Split":
            added = 0
        else:
            return None
        if added and place:
            return None
        prefix += added
    return prefix


def _shortens(part: Part) -> bool:
    pattern = part["pattern"].get("String")
    return pattern is not None and len(part["content"].encode()) <= len(pattern.encode())


def _keeps_all_bytes(model: Part, known: frozenset[str], cuts: list[Part]) -> bool:
    """Whether no text, however odd, is dropped or runs together into one unknown token."""
    if any(part["type"] == "Split" and part.get("behavior") == "Removed" for part in cuts):
        return False
    if any(part["type"] == "ByteLevel" for part in cuts):
        return model["type"] == "BPE" and sum(len(token) == 1 for token in known) >= 256
    return bool(model.get("byte_fallback")) and all(f"<0x{byte:02X}>" in known for byte in range(256))


def _longest(known: frozenset[str], cuts: list[Part], added: list[int]) -> int:
    by_byte = any(part["type"] == "ByteLevel" for part in cuts)
    own = max((len(token) if by_byte else len(token.encode()) for token in known), default=1)
    return max(own, *added, 1)
