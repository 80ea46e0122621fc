"""Texts as runs of units: a syllable of Hangul is one, a whole reference, number, name or operator is one.

"a2:a10합1,000" reads as a2 · a10 · 합 · 1000. A unit is a 32-bit number: the code point of a syllable (or of any other
letter that is no word character), else 28 bits of a word's hash and the highest bit. In a question, a unit's role says
which particle, left out itself, follows it. All is done on the flat UTF-16 buffer of a batch; no Python object is made
for a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from unicodedata import category

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tasks.filter.lexicon import ENGLISH_WORDS
from tasks.letters import flat as flat_codes

Numbers = NDArray[Any]

DROPPED, LETTER, WORD, OPERATOR, EQUALS = range(5)

PARTICLES = "을를은는이가의에로으와과어"
"""Syllables left out of questions: particles, wherever they stand. Without blanks nobody knows where a word ends."""
_SILENT = "계게값갑총"
"""총합, 합계, 총합계 and 합 are one word, 평균값 and 평균 are; 합게 and 평균갑 are misspelt."""
NO_ROLE, TO, OBJECT, SUBJECT, FROM, THAN, IF, OTHER = range(8)
_ROLES = {"로": TO, "으": TO, "에": TO, "을": OBJECT, "를": OBJECT, "이": SUBJECT, "가": SUBJECT}
"""What the particle behind a word makes of it; `TO` is 에 and 로, `FROM` is 에서, `THAN` 보다, `IF` 이면, `OTHER` what
else is left out."""
CODE_BITS = 28
"""A word's hash has so many, beside the highest bit; what is between them is free for a role."""
_NOUN_ENDS = (("이가어의", "를는로으와에의"), ("과", "를로에"), ("로", "를와"))
"""Particles' syllables that nouns end in (원가, 차이, 결과, 경로), and the particles behind such a noun: theirs is the
role then. Blanks are gone, so none is here that many words begin with (셀로 이동, 매출이 가장)."""
_WORDS_GO_ON = "러미뢰견"
"""Behind 에 and 의 they make a word: 에러, 의미."""
_ALIKE = dict(
    zip("댓솟갯꿔쳐켜춰눠써쫌져커워려겨해봐둬떠펴혀률", "대소개꾸치키추누쓰좀지크우리기하보두뜨피히율", strict=True)
)
"""Spellings and contracted stems: 최댓값 and 최대값, 백분률 and 백분율, 바꿔 and 바꾸, 사라져 and 사라지."""
_FINAL_N, _FINAL_B = 4, 17
"""ㄴ and ㅂ at the end of a syllable."""
_SAME_VOWEL = {5: 1, 7: 3, 11: 10, 15: 10}
"""ㅔ and ㅐ, ㅖ and ㅒ, ㅚ, ㅞ and ㅙ sound alike, and are what is misspelt most: 됀, 메출."""

WORD_BIT = np.uint32(1 << 31)
ASCII = np.uint32(128)
EXCHANGEABLE = 5
"""Letters of an English word of the lexicon of which those between the first and the last may be exchanged: haeder."""

_rng = np.random.default_rng(20261031)
_OF_SIGN = _rng.integers(0, 2**32, size=128, dtype=np.uint32) | np.uint32(1)
_OF_PLACE = _rng.integers(0, 2**32, size=64, dtype=np.uint32) | np.uint32(1)


HANGUL = (0xAC00, 0xD7A3)
_JAMO = (0x1100, 0x1200), (0x3130, 0x3190)
"""What ㅋㅋ and ㅠㅠ are made of."""
_SELECTORS = 0xFE00, 0xFE10
"""Which picture of an emoji is meant."""


def _kinds() -> NDArray[np.uint8]:
    kinds = np.full(1 << 16, DROPPED, dtype=np.uint8)
    kinds[[code for code in range(0x80, 1 << 16) if category(chr(code))[0] in "LMN"]] = LETTER
    for first, end in (*_JAMO, _SELECTORS):
        kinds[first:end] = DROPPED
    for sign in "0123456789abcdefghijklmnopqrstuvwxyz_%":
        kinds[ord(sign)] = WORD
    for sign in "<>+-*/^&":
        kinds[ord(sign)] = OPERATOR
    kinds[ord("=")] = EQUALS
    return kinds


_KINDS = _kinds()
_KINDS_OF_QUESTIONS = _KINDS.copy()
_KINDS_OF_QUESTIONS[[ord(sign) for sign in PARTICLES + _SILENT]] = DROPPED
_KINDS_OF_QUESTIONS[ord("~")] = OPERATOR  # the one that wording.py leaves: A2~A10
_ROLE_OF = np.full(1 << 16, OTHER, dtype=np.uint8)
_ROLE_OF[[ord(sign) for sign in _ROLES]] = list(_ROLES.values())
_ENDS_NOUN, _BEHIND_NOUN = np.zeros((2, 1 << 16), dtype=np.uint8)
for _bit, (_ends, _behind) in enumerate(_NOUN_ENDS):
    _ENDS_NOUN[[ord(sign) for sign in _ends]] |= 1 << _bit
    _BEHIND_NOUN[[ord(sign) for sign in _behind]] |= 1 << _bit


def _spelling() -> NDArray[np.uint16]:
    """For each code its own, or that of the syllable which sounds alike."""
    codes = np.arange(1 << 16, dtype=np.uint16)
    alike = codes.copy()
    alike[[ord(sign) for sign in _ALIKE]] = [ord(sign) for sign in _ALIKE.values()]
    first, last = HANGUL
    syllables = codes[first : last + 1]
    vowels = (syllables - first) // 28 % 21
    for vowel, other in _SAME_VOWEL.items():
        syllables[vowels == vowel] -= (vowel - other) * 28
    return alike[codes]  # 헤 sounds like 해, which is 하


_SPELLING = _spelling()


def _among(signs: str) -> NDArray[np.bool_]:
    found = np.zeros(1 << 16, dtype=np.bool_)
    found[[ord(sign) for sign in signs]] = True
    return found


_IS_SILENT, _BEFORE_YO, _AFTER_YO = _among(_SILENT), _among("필중주수개소"), _among("일약금소청구건율인")
"""Syllables beside which 요 is no ending: 필요, 요일."""
_GOES_ON = _among(_WORDS_GO_ON)


def spelt(text: str) -> list[int]:
    """The codes of a text's syllables as units have them."""
    return [int(_SPELLING[ord(sign)]) for sign in text]


FORMULA, SPOKEN = np.uint8(1), np.uint8(2)
"""Flags of a word: a sign of formulas stands right beside it, as in SUM(A2:A9); a letter does, as in A열, 3월, B2의."""

_JOINS = np.zeros(1 << 16, dtype=np.bool_)
_JOINS[[ord(sign) for sign in ".,-/:$"]] = True
_DIGIT = np.zeros(1 << 16, dtype=np.bool_)
_DIGIT[ord("0") : ord("9") + 1] = True
_IN_FORMULA = np.zeros(1 << 16, dtype=np.bool_)
_IN_FORMULA[[ord(sign) for sign in "()=<>!&+*/^;"]] = True
_IS_LETTER = _KINDS == LETTER


@dataclass(frozen=True)
class Units:
    """The units of some texts: text i has `codes[starts[i]:starts[i + 1]]`, flags of words among them, and roles."""

    codes: NDArray[np.uint32]
    flags: NDArray[np.uint8]
    roles: NDArray[np.uint8]
    starts: NDArray[np.int64]

    def where(self, keep: NDArray[np.bool_]) -> Units:
        at = np.flatnonzero(keep)  # to take these costs a fraction of what a mask in brackets does
        return Units(self.codes.take(at), self.flags.take(at), self.roles.take(at), np.searchsorted(at, self.starts))

    def is_exact(self) -> NDArray[np.bool_]:
        """Which units are words or operators: what must be equal, not alike."""
        return (self.codes >= WORD_BIT) | (self.codes < ASCII)


def units(texts: pa.StringArray, question: bool) -> Units:
    """The units of texts in NFKC and lower case. From questions, particles are left out."""
    flat, ends = flat_codes(texts)
    kinds = (_KINDS_OF_QUESTIONS if question else _KINDS).take(flat)
    if question:
        flat = _without_endings(flat, kinds)
    glue = _join_numbers(flat, kinds)
    is_word = kinds == WORD
    begins = kinds != DROPPED
    begins[1:] &= ~(is_word[1:] & is_word[:-1])
    begins[glue] = begins[glue + 1] = False
    at = np.flatnonzero(begins)
    codes = _SPELLING.take(flat.take(at)).astype(np.uint32)
    flags = np.zeros(len(at), dtype=np.uint8)
    dropped = kinds == DROPPED
    kinds = kinds.take(at)
    words = np.flatnonzero(kinds == WORD)
    if len(words):
        codes[words], flags[words] = _words(flat, is_word, glue, loose=question)
    roles = _roles(flat, at, dropped) if question else np.zeros(len(at), dtype=np.uint8)
    starts = np.concatenate([[0], np.searchsorted(at, ends)])
    return _without_stray_operators(flat, at, kinds, Units(codes, flags, roles, starts))


def _without_endings(flat: NDArray[np.uint16], kinds: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Leave out the 서 of 에서, and endings: 사라져요, 사라집니다 and 사라진데 are 사라지. Changes `kinds`."""
    at = np.flatnonzero(flat == ord("요"))
    kinds[at[~(_BEFORE_YO.take(flat[at - 1]) | _AFTER_YO.take(flat[at + 1]))]] = DROPPED
    kinds[1:][(flat[1:] == ord("서")) & (flat[:-1] == ord("에"))] = DROPPED
    first, last = HANGUL
    before, final = flat[:-1], (flat[:-1].astype(np.int32) - first) % 28
    hangul = (before >= first) & (before <= last)
    formal = hangul & (final == _FINAL_B) & (flat[1:] == ord("니")) & (np.append(flat[2:], 0) == ord("다"))
    telling = hangul & (final == _FINAL_N) & (flat[1:] == ord("데")) & (np.append(flat[2:], 0) != ord("이"))
    if formal.any() or telling.any():
        flat = flat.copy()
        flat[:-1][formal] -= _FINAL_B
        flat[:-1][telling] -= _FINAL_N
        shorter = np.flatnonzero(formal | telling)
        kinds[shorter] = np.where(kinds[shorter] == DROPPED, DROPPED, _KINDS_OF_QUESTIONS.take(flat[shorter]))
        kinds[shorter + 1] = DROPPED
        kinds[2:][formal[:-1]] = DROPPED
    return flat


def _join_numbers(flat: NDArray[np.uint16], kinds: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Make one word of 2026-10-31, 09:30 and 1.5. Returns where a sign inside a word says nothing: 1,000 and $A$2."""
    at = np.flatnonzero(_JOINS.take(flat))
    sign, before, after = flat[at], flat[at - 1], flat[at + 1]
    between = _DIGIT[before] & _DIGIT[after]
    thousands = between & (sign == ord(","))
    # Three digits and no fourth: "2,3열" are two numbers.
    far = at[thousands]
    tail = np.minimum(far + 4, len(flat) - 1)
    thousands[thousands] = _DIGIT[flat[tail - 2]] & _DIGIT[flat[tail - 1]] & ~_DIGIT[flat[tail]]
    anchored = (sign == ord("$")) & (kinds[at - 1] == WORD) & (kinds[at + 1] == WORD)
    kinds[at[between & (sign != ord(",")) & (sign != ord("$"))]] = WORD
    return np.asarray(at[thousands | anchored], dtype=np.int64)


def _words(
    flat: NDArray[np.uint16], is_word: NDArray[np.bool_], glue: NDArray[np.int64], *, loose: bool
) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Code and flags of each word. `loose`: the order of the letters inside an English one does not count."""
    at = np.flatnonzero(is_word)
    first = np.empty(len(at), dtype=np.bool_)
    first[0] = True
    np.greater(at[1:] - at[:-1], 1, out=first[1:])
    first[np.searchsorted(at, glue)] = False
    starts = np.flatnonzero(first)
    lengths = np.diff(starts, append=len(at))
    place = np.arange(len(at), dtype=np.int32) - np.repeat(starts.astype(np.int32), lengths)
    signs, ends = flat.take(at), np.append(starts, len(at))
    codes = _hashed(signs, place, ends)
    if loose:
        letters = np.concatenate([[0], np.cumsum((signs >= ord("a")) & (signs <= ord("z")))])
        english = (np.diff(letters.take(ends)) == lengths) & (lengths >= EXCHANGEABLE)
        if english.any():
            last = np.repeat(np.where(english, lengths - 1, 0).astype(np.int32), lengths)
            mixed = _hashed(signs, np.where((place > 0) & (place < last), np.int32(1), place), ends)
            codes = np.where(english & np.isin(mixed, _mixed_words()), mixed, codes)
    before, after = flat.take(at.take(starts) - 1), flat.take(at.take(starts + lengths - 1) + 1)
    in_range = ((before == ord(":")) | (after == ord(":"))) & ~_DIGIT.take(signs.take(starts))
    formula = in_range | _IN_FORMULA.take(before) | _IN_FORMULA.take(after)
    spoken = _IS_LETTER.take(before) | _IS_LETTER.take(after)
    return codes, formula * FORMULA | spoken * SPOKEN


def _hashed(signs: NDArray[np.uint16], place: NDArray[np.int32], ends: NDArray[np.int64]) -> NDArray[np.uint32]:
    """The codes of words that end at `ends`, the first of which is where they begin."""
    sums = np.zeros(len(signs) + 1, dtype=np.uint32)
    np.cumsum(_OF_SIGN.take(signs) * _OF_PLACE.take(place & 63), dtype=np.uint32, out=sums[1:])
    hashes = np.diff(sums.take(ends))  # a third of the time of `np.add.reduceat`
    hashes ^= hashes >> np.uint32(16)
    hashes *= np.uint32(0x7FEB352D)
    return hashes >> np.uint32(32 - CODE_BITS) | WORD_BIT


@cache
def _mixed_words() -> NDArray[np.uint32]:
    """The codes of the lexicon's English words, the letters inside them in any order."""
    words = [word for word in ENGLISH_WORDS.split() if len(word) >= EXCHANGEABLE]
    lengths = np.array([len(word) for word in words])
    ends = np.concatenate([[0], np.cumsum(lengths)])
    places = [np.array([0, *[1] * (length - 2), length - 1], dtype=np.int32) for length in lengths.tolist()]
    return _hashed(np.frombuffer("".join(words).encode("utf-16-le"), np.uint16), np.concatenate(places), ends)


def _roles(flat: NDArray[np.uint16], at: Numbers, dropped: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """What the particle behind each unit makes of it; 0 where the next unit follows at once."""
    roles = np.zeros(len(at), dtype=np.uint8)
    if not len(at):
        return roles
    behind = np.flatnonzero(dropped[1:] & ~dropped[:-1]) + 1
    silent = _IS_SILENT.take(flat.take(behind)) & dropped.take(behind + 1, mode="clip")
    first = behind + silent
    signs, after, third = (flat.take(first + ahead, mode="clip") for ahead in range(3))
    noun = (_ENDS_NOUN.take(signs) & _BEHIND_NOUN.take(after) > 0) & ~_GOES_ON.take(third)
    signs, after = np.where(noun, after, signs), np.where(noun, third, after)
    role_of = _ROLE_OF.take(signs)
    role_of[(signs == ord("에")) & (after == ord("서"))] = FROM
    roles[np.searchsorted(at, behind) - 1] = role_of
    than = np.flatnonzero((flat[:-1] == ord("보")) & (flat[1:] == ord("다")))
    condition = np.flatnonzero(flat == ord("면"))
    for places, role in ((than, THAN), (condition, IF)):
        unit = np.searchsorted(at, places) - 1
        roles[unit[unit >= 0]] = role
    roles[np.searchsorted(at, condition)] = OTHER
    return roles


def _without_stray_operators(
    flat: NDArray[np.uint16], at: NDArray[np.int64], kinds: NDArray[np.uint8], found: Units
) -> Units:
    """Operators stay between two operands, < and > anywhere, = beside these: dashes, arrows and ^^ are none."""
    signs = np.flatnonzero((kinds == OPERATOR) | (kinds == EQUALS))
    if not len(signs):
        return found
    sign, before, after = flat[at[signs]], flat[at[signs] - 1], flat[at[signs] + 1]
    compares = (before == ord("<")) | (before == ord(">")) | (after == ord("<")) | (after == ord(">"))
    operand = np.concatenate([[False], (kinds == WORD) | (kinds == LETTER), [False]])
    edge = np.zeros(len(at) + 2, dtype=np.bool_)
    edge[found.starts] = True
    inside = operand[signs] & ~edge[signs] & operand[signs + 2] & ~edge[signs + 1]
    stays = (sign == ord("<")) | (sign == ord(">")) | np.where(sign == ord("="), compares, inside)
    keep = np.ones(len(at), dtype=np.bool_)
    keep[signs[~stays]] = False
    return found.where(keep)
