"""Which words are worth a token of their own, and what they save: measured on the dataset, decided before the run.

A tokenizer that knows little Korean writes 엑셀 in several pieces, each a step of the model. A new token saves them,
and costs a row of the embeddings and one of the head, which must be learned. So a word is taken only where it pays:

- it stands in at least MIN_EXAMPLES examples;
- with it, the examples that hold it are shorter by at least MIN_SAVED tokens each, the words before it taken already;
- each of them is written back letter by letter as it was without it.

Words are given, or mined: what Korean words begin with (엑셀 of 엑셀에서, 엑셀로), by the pieces they would save.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks import base_model
from tasks.train.plan import TrainError
from tasks.train.progress import Metrics

if TYPE_CHECKING:
    from tokenizers import AddedToken, Tokenizer

MIN_EXAMPLES = 20
"""Our choice: a row that is seen less often ends about where it started."""

MIN_SAVED = 0.5
"""Tokens an example that holds the word. Our choice: one saved in every second."""

LOOKED_AT = 500
"""Examples with a word on which it is measured."""

SAMPLE = 100_000
"""Examples that are read, evenly over the dataset: half a minute for the tokenizer."""

LONGEST = 8
"""Syllables of a mined word."""

_WORD = re.compile(r"[가-힣]{2,}")


@dataclass(frozen=True)
class Vocabulary:
    """What a base model's tokenizer gains. `tokenizer` is the new one, as JSON; lengths are characters per token."""

    tokens: tuple[str, ...]
    refused: dict[str, str]
    before: float
    after: float
    tokenizer: str

    @property
    def metrics(self) -> Metrics:
        """What the run's page shows."""
        return {
            "new_tokens": float(len(self.tokens)),
            "characters_per_token_before": self.before,
            "characters_per_token": self.after,
        }

    def record(self, base_sha256: str) -> str:
        """What travels with the adapter, as JSON. `base_sha256` is the fingerprint of the base with the new rows."""
        return json.dumps(
            {"base_sha256": base_sha256, "tokens": self.tokens, "refused": self.refused, **self.metrics},
            ensure_ascii=False,
            indent=1,
        )

    def __str__(self) -> str:
        left = "; ".join(f"{token} {why}" for token, why in self.refused.items())
        return (
            f"{len(self.tokens)} new tokens ({', '.join(self.tokens) or 'none'}): {self.before:.2f} characters a token "
            f"before, {self.after:.2f} with them" + (f". Left out: {left}" if left else "")
        )


def choose(base: Path, wanted: tuple[str, ...] | int, files: Sequence[Path], rows: int) -> Vocabulary:
    """The words that pay on these training files, of those wanted, or of as many as are to be mined.

    Raises BaseModelError for a base without tokenizer.json, and TrainError for one that cannot be read.
    """
    texts = _texts(files, max(1, -(-rows // SAMPLE)))
    plain = base_model.tokenizer_path(base).read_text(encoding="utf-8")
    start = _read(continued(plain), base)
    candidates = mine(texts, wanted, start) if isinstance(wanted, int) else wanted
    tokens, refused = _that_pay(candidates, texts, start)
    extended = _with(start, tokens)
    length = sum(map(len, texts))
    return Vocabulary(
        tokens=tuple(tokens),
        refused=refused,
        before=length / max(1, _count(_read(plain, base), texts)),
        after=length / max(1, _count(extended, texts)),
        tokenizer=extended.to_str(),
    )


def continued(tokenizer: str) -> str:
    """A tokenizer's JSON that marks the beginning of a text alone with `▁`, as SentencePiece does.

    Llama 2's marks what follows an added token too: it would write 엑셀에서 as `엑셀 에서`. (Hugging Face's name for
    that behaviour is `legacy`.) Others are as they were.
    """
    spec: dict[str, Any] = json.loads(tokenizer)
    steps = (spec.get("normalizer") or {}).get("normalizers") or []
    if any(step["type"] == "Prepend" for step in steps) and spec.get("pre_tokenizer") is None:
        rest = [step for step in steps if step["type"] not in ("Prepend", "Replace")]
        spec["normalizer"] = {"type": "Sequence", "normalizers": rest} if rest else None
        spec["pre_tokenizer"] = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": False}
    elif (spec.get("pre_tokenizer") or {}).get("prepend_scheme") == "always":
        spec["pre_tokenizer"]["prepend_scheme"] = "first"
    return json.dumps(spec, ensure_ascii=False)


def mine(texts: Sequence[str], count: int, tokenizer: Tokenizer) -> list[str]:
    """The beginnings of Korean words that would save most pieces, the best first; a word counts for one of them.

    What a beginning saves in a word: its pieces, less those of the rest and one for the new token.
    """
    words = Counter(word for text in texts for word in _WORD.findall(text))
    holding: dict[str, list[str]] = defaultdict(list)
    for word in words:
        for start in _starts(word):
            holding[start].append(word)
    candidates = sorted(start for start, its in holding.items() if sum(words[word] for word in its) >= MIN_EXAMPLES)
    pieces = _pieces(
        {word[at:] for start in candidates for word in holding[start] for at in (0, len(start))}, tokenizer
    )

    def gain(start: str, word: str) -> int:
        return words[word] * (pieces[word] - pieces[word[len(start) :]] - 1)

    saves = {start: sum(gain(start, word) for word in holding[start]) for start in candidates}
    found: list[str] = []
    taken: set[str] = set()
    while len(found) < count and saves:
        best = max(saves, key=lambda start: saves[start])
        if saves.pop(best) <= 0:
            break
        found.append(best)
        for word in set(holding[best]) - taken:
            taken.add(word)
            for start in _starts(word):
                if start in saves:
                    saves[start] -= gain(start, word)
    return found


def _starts(word: str) -> list[str]:
    return [word[:end] for end in range(2, min(len(word), LONGEST) + 1)]


def _pieces(words: set[str], tokenizer: Tokenizer) -> dict[str, int]:
    """The number of pieces that each is written in."""
    listed = sorted(words)
    lengths = map(len, tokenizer.encode_batch(listed, add_special_tokens=False))
    return dict(zip(listed, lengths, strict=True))


def _that_pay(candidates: Sequence[str], texts: Sequence[str], start: Tokenizer) -> tuple[list[str], dict[str, str]]:
    taken: list[str] = []
    refused: dict[str, str] = {}
    current = _with(start, [])
    for token in candidates:
        holding = list(islice((text for text in texts if token in text), LOOKED_AT))
        if current.token_to_id(token) is not None:
            refused[token] = "is a token already"
        elif len(holding) < MIN_EXAMPLES:
            refused[token] = f"stands in {len(holding)} examples ({MIN_EXAMPLES} are needed)"
        elif fault := _add(current, token, holding):
            refused[token] = fault
            current = _with(start, taken)  # a token cannot be taken out again
        else:
            taken.append(token)
    return taken, refused


def _add(tokenizer: Tokenizer, token: str, holding: Sequence[str]) -> str:
    """Add a word to a tokenizer; why it should not have been, or nothing."""
    old = tokenizer.encode_batch(holding, add_special_tokens=False)
    written = _decoded(tokenizer, old)
    tokenizer.add_tokens([_word(token)])
    new = tokenizer.encode_batch(holding, add_special_tokens=False)
    saved = (sum(map(len, old)) - sum(map(len, new))) / len(holding)
    if saved < MIN_SAVED:
        return f"saves {saved:.1f} tokens an example ({MIN_SAVED} are needed)"
    return "" if _decoded(tokenizer, new) == written else "would not be written back as it was"


def _decoded(tokenizer: Tokenizer, encodings: Sequence[Any]) -> list[str]:
    texts: list[str] = tokenizer.decode_batch([encoding.ids for encoding in encodings], skip_special_tokens=False)
    return texts


def _with(tokenizer: Tokenizer, tokens: Sequence[str]) -> Tokenizer:
    """A copy with these words as tokens, wherever they stand."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - 0.2 s that only new tokens need

    copy = Tokenizer.from_str(tokenizer.to_str())
    copy.add_tokens([_word(token) for token in tokens])
    return copy


def _word(token: str) -> AddedToken:
    from tokenizers import AddedToken  # noqa: PLC0415

    return AddedToken(token, normalized=False)


def _count(tokenizer: Tokenizer, texts: Sequence[str]) -> int:
    return sum(map(len, tokenizer.encode_batch(list(texts), add_special_tokens=False)))


def _read(tokenizer: str, base: Path) -> Tokenizer:
    from tokenizers import Tokenizer  # noqa: PLC0415

    try:
        return Tokenizer.from_str(tokenizer)
    except Exception as error:  # tokenizers raises a bare one
        raise TrainError(f"{base}/tokenizer.json cannot be read: {error}; fetch the base model again") from error


def _texts(files: Sequence[Path], stride: int) -> list[str]:
    """Every stride-th example, its turns a line each."""
    found = []
    for file in files:
        with file.open(encoding="utf-8") as lines:
            for line in islice(lines, 0, None, stride):
                found.append("\n".join(turn["value"] for turn in json.loads(line)["conversations"]))
    return found
