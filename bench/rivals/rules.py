"""The rules that every rival applies, row by row, as their users write them: compiled regular expressions and plain
Python.

They say what `tasks/filter/rules.py` says with Arrow. Where a cheap test shows that an expensive one cannot match, it
comes first, as in any code that was profiled once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

COLUMNS = (
    "id", "user_id", "task_type", "instruction", "input", "output", "edited_output", "quality_score", "rating",
    "language", "training_consent", "created_at", "updated_at", "deleted_at",
)  # fmt: skip
"""What is read of an interaction."""

KEPT = ("id", "user_id", "task_type", "language", "instruction", "input", "output", "edited", "quality_score", "rating")
"""What is written of an example."""

MIN_SCORE, MIN_RATING = 0.7, 4
LANGUAGE = "ko"
MIN_ANSWER_CHARS, MAX_CHARS = 2, 8_000
REFUSAL_CHARS = 200
NEAR_THRESHOLD = 0.85
SHARES = {"validation": 0.05, "test": 0.10}
SPLITS = ("train", "validation", "test")
FORMATS = ("alpaca", "llama2", "sharegpt", "openai")

_GAP = r"[\W_]*"
_APOLOGY = re.compile(
    rf"{_GAP}(죄송|미안|유감|sorry|i('| a)m (very |so )?sorry|i apologi[sz]e|as an ai)", re.IGNORECASE
)
_UNABLE = re.compile(
    r"없습니다|없어요|없네요|못했습니다|못합니다|못하|불가능|어렵습니다|어려워요|다시 (말씀|질문|입력)"
    r"|can('|no)t|cannot|unable|not able|won't",
    re.IGNORECASE,
)
_HOLDS_AN_ANSWER = re.compile(r"[=`|\d]")
_SMALL_TALK = re.compile(
    rf"{_GAP}(안녕하세요|안녕|반갑습니다|감사합니다|네|예|알겠습니다|hello|hi|sure|ok(ay)?)?{_GAP}"
    rf"(무엇을|어떻게|뭘|언제든지)?{_GAP}"
    r"(도와\s?드릴까요|도움이 필요하신가요|말씀해\s?주세요|말씀하세요|질문해\s?주세요"
    rf"|how can i help( you)?( today)?)?{_GAP}",
    re.IGNORECASE,
)
_JUNK = re.compile(
    rf"[\W_ㄱ-ㅎㅏ-ㅣ\d]*|{_GAP}(테스트|test|testing|asdf|안녕|안녕하세요|hello|hi){_GAP}", re.IGNORECASE
)
_TEMPLATE_TOKEN = re.compile(
    r"\[/?INST\]|<</?SYS>>|</?s>|<\|im_(?:start|end)\|>|<\|begin_of_text\|>|<\|eot_id\|>|<\|(?:start|end)_header_id\|>"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LONGEST_SMALL_TALK = 100


def well_judged(row: Mapping[str, Any], edited: bool) -> bool:
    """What the plain columns decide. A user's own edit needs no score and no rating."""
    language, score, rating = row["language"], row["quality_score"], row["rating"]
    if row["deleted_at"] is not None or not row["training_consent"] or language is None:
        return False
    if re.split("[-_]", language.lower(), maxsplit=1)[0] != LANGUAGE:
        return False
    return edited or (
        score is not None and MIN_SCORE <= score <= 1.0 and rating is not None and MIN_RATING <= rating <= 5
    )


def well_written(instruction: str | None, context: str, answer: str | None) -> bool:  # noqa: PLR0911 - one a rule
    """What the texts decide: lengths, junk, refusals, small talk, template tokens, control characters, torn fences."""
    if instruction is None or answer is None:
        return False
    asked, pasted, said = instruction.strip(), context.strip(), answer.strip()
    if not asked or len(asked) + len(pasted) > MAX_CHARS:
        return False
    if not MIN_ANSWER_CHARS <= len(said) <= MAX_CHARS:
        return False
    if not pasted and _JUNK.fullmatch(asked):
        return False
    if _is_refusal(said):
        return False
    if len(said) <= _LONGEST_SMALL_TALK and _SMALL_TALK.fullmatch(said):
        return False
    if said.count("```") % 2:
        return False
    return not any(_TEMPLATE_TOKEN.search(text) or _CONTROL.search(text) for text in (asked, pasted, said))


def _is_refusal(said: str) -> bool:
    if not _APOLOGY.match(said) or not _UNABLE.search(said):
        return False
    return len(said) > REFUSAL_CHARS or not _HOLDS_AN_ANSWER.search(said)


def answer_of(output: str | None, edited_output: str | None) -> tuple[str | None, bool]:
    """The answer to learn, and whether its user wrote it."""
    edited = edited_output is not None and edited_output != output
    return (edited_output if edited else output), edited


@dataclass(frozen=True)
class Kind:
    """One kind of personal data: where to look, what to look for, what makes it real, what to write instead."""

    hint: Callable[[str], Any]
    pattern: re.Pattern[str]
    is_real: Callable[[str], bool]
    placeholder: str


def _digits(text: str) -> list[int]:
    return [int(character) for character in text if character.isdigit()]


def _resident(text: str) -> bool:
    digits = _digits(text)
    total = sum(map(int.__mul__, digits, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)))
    return (11 - total % 11) % 10 == digits[12]


def _business(text: str) -> bool:
    digits = _digits(text)
    total = sum(map(int.__mul__, digits, (1, 3, 7, 1, 3, 7, 1, 3, 5))) + digits[8] * 5 // 10
    return (10 - total % 10) % 10 == digits[9]


def _luhn(text: str) -> bool:
    doubled = [digit * (2 if index % 2 else 1) for index, digit in enumerate(reversed(_digits(text)))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _always(_: str) -> bool:
    return True


_GROUPED_DIGITS = re.compile(r"\d{2,6}[-–— .]\d{2,7}").search
KINDS = (
    Kind(_GROUPED_DIGITS, re.compile(r"(?<!\d)\d{6}[-–— ]?[1-8]\d{6}(?!\d)"), _resident, "000000-0000000"),
    Kind(_GROUPED_DIGITS, re.compile(r"(?<!\d)\d{3}-\d{2}-\d{5}(?!\d)"), _business, "000-00-00000"),
    Kind(_GROUPED_DIGITS, re.compile(r"(?<!\d)(?:\d{4}[-– ]){3}\d{4}(?!\d)"), _luhn, "0000-0000-0000-0000"),
    Kind(_GROUPED_DIGITS, re.compile(r"(?<!\d)01[016789][-– .]\d{3,4}[-– .]\d{4}(?!\d)"), _always, "010-0000-0000"),
    Kind(_GROUPED_DIGITS, re.compile(r"(?<!\d)\d{2}-\d{2}-\d{6}-\d{2}(?!\d)"), _always, "00-00-000000-00"),
    Kind(
        re.compile("계좌|입금|은행").search,
        re.compile(r"(?<=[좌행 :])\d{2,6}-\d{2,6}-\d{2,7}(?:-\d{1,3})?(?!\d)"),
        _always,
        "000-000000-00000",
    ),
    Kind(lambda text: "@" in text, re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), _always, "user@example.com"),
    Kind(lambda text: "여권" in text, re.compile(r"(?<![A-Za-z0-9])[MSRODG]\d{8}(?!\d)"), _always, "M00000000"),
    Kind(
        re.compile(r"sk-|AKIA|ghp_|KEY|[Tt]oken|[Ss]ecret").search,
        re.compile(r"(?<![A-Za-z0-9])(?:sk-[A-Za-z0-9]{20,}|AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{36})(?![A-Za-z0-9])"),
        _always,
        "<API_KEY>",
    ),
    Kind(
        re.compile("비밀번호|비번|암호").search,
        re.compile(r"(?<=비밀번호는 )\S+|(?<=비밀번호: )\S+|(?<=비번 )\S+"),
        _always,
        "<PASSWORD>",
    ),
)


def scrubbed(text: str) -> str:
    """The text with personal data and secrets replaced."""
    for kind in KINDS:
        if kind.hint(text):
            text = kind.pattern.sub(
                lambda found, kind=kind: kind.placeholder if kind.is_real(found[0]) else found[0],  # type: ignore[misc]
                text,
            )
    return text


def prompt_key(instruction: str, context: str) -> str:
    """What makes two prompts the same: NFKC, lower case, single spaces."""
    return "\n".join(" ".join(unicodedata.normalize("NFKC", text).lower().split()) for text in (instruction, context))


_TOKEN = re.compile(r"[A-Za-z]+\d+|\d+(?:[.,]\d+)*|[^\W\d_]+|[^\w\s]")
SHINGLE_WORDS = 3


def words(text: str) -> list[str]:
    """Words, numbers and cell references, each whole."""
    return _TOKEN.findall(text.lower())


def shingles(text: str) -> list[str]:
    """What near-duplicates share: runs of three words."""
    found = words(text)
    return [" ".join(found[at : at + SHINGLE_WORDS]) for at in range(max(1, len(found) - SHINGLE_WORDS + 1))]


def split_of(user_id: str) -> str:
    """The split of a user's examples: a hash of the id decides."""
    place = int.from_bytes(blake2b(user_id.encode(), digest_size=8).digest(), "big") / 2**64
    if place < SHARES["test"]:
        return "test"
    return "validation" if place < SHARES["test"] + SHARES["validation"] else "train"


def prompt_text(instruction: str, context: str) -> str:
    return f"{instruction}\n\n{context}" if context else instruction


def llama2(prompt: str, answer: str) -> str:
    return f"<s>[INST] {prompt.strip()} [/INST] {answer.strip()} </s>"


def sharegpt(prompt: str, answer: str) -> list[dict[str, str]]:
    return [{"from": "human", "value": prompt}, {"from": "gpt", "value": answer}]


def openai(prompt: str, answer: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
