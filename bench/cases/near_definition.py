"""What a near-duplicate is, once more and slowly: plain Python over every pair, written from docs/duplicates.md.

The engine's word lists are shared, for they are part of the definition. Nothing else is: words are cut by `re`, shingles
are sets of tuples, and no pair is left out. What the engine's LSH proposes is measured against this.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations, pairwise

import pyarrow as pa

from configs.schema import NearDuplicateConfig
from tasks.filter.lexicon import ENGLISH_WORDS, WORDS
from tasks.filter.parts import headers, split_prompt
from tasks.filter.questions import BOUND, CONDITIONS, COUNTERS, NEGATED, ORDERED
from tasks.filter.sketch import COLUMN, ENGLISH, ENGLISH_FILLERS, PREPOSITIONS
from tasks.filter.units import EXCHANGEABLE, FROM, OBJECT, PARTICLES, SUBJECT, THAN, TO
from tasks.filter.verdict import TELLING
from tasks.filter.wording import bare_wording
from tasks.texts import folded

_WORD = r"[a-z0-9_%](?:[a-z0-9_%]|(?<=\d)[-./:](?=\d)|(?<=\d),(?=\d{3}(?!\d))|\$(?=[a-z0-9_%]))*"
_TOKEN = re.compile(rf"(?P<word>{_WORD})|(?P<sign>[<>=+*/^&~-])|(?P<letter>[^\W_0-9a-z])|(?P<gap>[\s\S])")
_SILENT = "계게값갑총"
_ALIKE = dict(
    zip("댓솟갯꿔쳐켜춰눠써쫌져커워려겨해봐둬떠펴혀률", "대소개꾸치키추누쓰좀지크우리기하보두뜨피히율", strict=True)
)
_NOUN = re.compile("[이가어의](?=[를는로으와에의](?![러미뢰견]))|과(?=[를로에](?!러))|로(?=[를와])")
"""A particle's syllable that a noun ends in (원가를, 결과에서): what is behind it is the particle."""
_ENDING_YO = re.compile("(?<![필중주수개소])요(?![일약금소청구건율인])")
_ENDING_NIDA, _ENDING_DE = re.compile("([가-힣])니다"), re.compile("([가-힣])데(?!이)")
_ROLE_NAMES = {TO: "to", FROM: "from", THAN: "than", SUBJECT: "subject", OBJECT: "object"}
"""In the order in which the engine looks for them: of two before a word, the last one counts."""
_GAP = "\x00"
"""Stands where an ending was."""
_ROLES = {"로": "to", "으": "to", "에": "to", "을": "object", "를": "object", "이": "subject", "가": "subject"}
_VOWELS_ALIKE = {5: 1, 7: 3, 11: 10, 15: 10}
_FEW_WORDS, _SHORT = 32, range(4, 16)


@dataclass
class Unit:
    """A syllable, or a whole word or sign (`exact`); `flagged` if it belongs to a formula or to a Korean word."""

    text: str
    exact: bool = False
    formula: bool = False
    spoken: bool = False
    role: str = ""


@dataclass(frozen=True, eq=False)
class Question:
    """A prompt as it is compared."""

    asked: tuple[Unit, ...]
    given: tuple[Unit, ...]
    header: tuple[str, ...]

    @cached_property
    def is_long(self) -> bool:
        return sum(unit.exact for unit in self.asked) > _FEW_WORDS

    @cached_property
    def marks(self) -> tuple[object, ...]:
        """What must be equal in two near-duplicates."""
        words = [one.text for one in self.asked if one.exact and (not self.is_long or one.formula or one.spoken)]
        formula = tuple(one.text for one in self.given if one.exact and one.formula)
        return tuple(sorted(words)), formula, self.header, bool(self.given)

    @cached_property
    def shingles(self) -> set[tuple[str, ...]]:
        texts = [one.text for one in self.asked]
        return {*((text,) for text in texts), *pairwise(texts)}

    @cached_property
    def bound(self) -> set[tuple[str, ...]]:
        """별, 만 and their like, each with the unit before it, and the two units before a 로, an 에, a 지 않."""
        texts = ["", *(one.text for one in self.asked)]
        words = [[_spelt(sign) for sign in word] for word in BOUND]
        negated = {tuple(map(_spelt, word)) for word in NEGATED}
        found: set[tuple[str, ...]] = {
            (texts[at - 1], word[0])
            for word in words
            for at in range(1, len(texts))
            if texts[at : at + len(word)] == word
        }
        before = ["", *("" if one.role else one.text for one in self.asked)]
        before = [text if at < len(self.asked) and not self.asked[at].exact else "" for at, text in enumerate(before)]
        for at, one in enumerate(self.asked):
            if one.role == "to":
                found.add((before[at], one.text, "to"))
            if at and (one.text, *(unit.text for unit in self.asked[at + 1 : at + 2])) in negated:
                found.add((before[at - 1], self.asked[at - 1].text, one.text))
        if self.is_english:
            found |= {(one.text, one.role) for one in self.asked if one.exact and one.role in _ROLE_NAMES.values()}
        return found

    @cached_property
    def is_english(self) -> bool:
        korean = sum("가" <= one.text <= "힣" for one in self.asked)
        return len(self.asked) >= (ENGLISH + 1) * korean

    @cached_property
    def cells(self) -> set[tuple[str, str]]:
        return set(pairwise(["", *(one.text for one in self.given)]))

    @cached_property
    def words(self) -> Counter[str]:
        return Counter(one.text for one in self.asked)

    @cached_property
    def figures(self) -> Counter[str]:
        return Counter(one.text for one in self.given if one.exact)

    @property
    def is_table(self) -> bool:
        return self.figures.total() >= 8 and self.figures.total() * 8 >= len(self.given)

    @cached_property
    def places(self) -> list[tuple[tuple[str, str], ...]]:
        """Of each word what stands before and behind it; counters (열, 월) are passed over."""
        solid = [one for one in self.asked if one.text not in _counters()]
        texts = ["", *(one.text for one in solid), ""]
        return [
            tuple((side, f"{one.text} {text}") for side, text in (("<", texts[at]), (">", texts[at + 2])) if text)
            for at, one in enumerate(solid)
            if one.exact and one.text[0] not in "<>=+*/^&~-"
        ]

    @cached_property
    def phrases(self) -> dict[tuple[str, ...], str]:
        """Runs of units up to a particle, and what it makes of them; each also with the run before it that ends in 의
        or the like."""
        found: dict[tuple[str, ...], str] = {}
        run: list[str] = []
        before: list[str] = []
        for one, after in zip(self.asked, [*self.asked[1:], None], strict=True):
            run.append(one.text)
            if one.role or after is None or after.exact != one.exact:
                found.setdefault(tuple(run), one.role.replace("other", ""))
                if before:
                    found.setdefault((*before, "", *run), one.role.replace("other", ""))
                before, run = run if one.role == "other" else [], []
        return found


def questions(asked: Iterable[tuple[str, str]]) -> list[Question]:
    """Instructions and inputs, read."""
    instructions, inputs = (folded(pa.array(column, pa.string())) for column in zip(*asked, strict=True))
    texts, sheets = split_prompt(instructions, inputs)
    rows = zip(bare_wording(texts).to_pylist(), sheets.to_pylist(), headers(sheets).to_pylist(), strict=True)
    return [
        Question(
            tuple(_without_fillers(_cut(text, True))),
            tuple(_cut(sheet, False)),
            tuple(sorted(one.text for one in _cut(header, False))),
        )
        for text, sheet, header in rows
    ]


def clusters(asked: Sequence[Question], config: NearDuplicateConfig) -> Iterator[tuple[int, int]]:
    """All pairs that are near-duplicates."""
    by_marks: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, one in enumerate(asked):
        by_marks[one.marks].append(number)
    for rows in by_marks.values():
        yield from (pair for pair in combinations(rows, 2) if alike(asked[pair[0]], asked[pair[1]], config))


def alike(one: Question, other: Question, config: NearDuplicateConfig) -> bool:
    """Whether two questions with equal marks are near-duplicates."""
    least = max(config.threshold, config.pasted_threshold) if one.is_long or other.is_long else config.threshold
    short = len(one.asked) == len(other.asked) < _SHORT.stop
    differ = sum(a.text != b.text for a, b in zip(one.asked, other.asked, strict=False))
    nearly = short and (one.words == other.words or (differ == 1 and len(one.asked) >= _SHORT.start))
    return (
        (_jaccard(one.shingles, other.shingles) >= least or nearly)
        and _jaccard(one.cells, other.cells) >= config.pasted_threshold
        and (one.figures == other.figures or (one.is_table and other.is_table))
        and _same_words(one, other)
        and _moved(one, other) <= 1
        and _moved(other, one) <= 1
        and not _exchanged(one.asked, other.asked)
        and not _swapped(one.phrases, other.phrases)
        and (one.bound <= other.bound or one.bound >= other.bound or one.words != other.words)
        and _in_order(one, other)
        and not _stands_in(one.asked, other.asked)
    )


def _jaccard(
    one: set[tuple[str, ...]] | set[tuple[str, str]], other: set[tuple[str, ...]] | set[tuple[str, str]]
) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0


def _same_words(one: Question, other: Question) -> bool:
    more, less = (list((a.words - b.words).elements()) for a, b in ((one, other), (other, one)))
    slips = [any(_one_letter_apart(text, beside) for beside in less) for text in more]
    other_slips = [any(_one_letter_apart(text, beside) for beside in more) for text in less]
    extra = [text for text, slip in zip(more, slips, strict=True) if not slip]
    missing = [text for text, slip in zip(less, other_slips, strict=True) if not slip]
    known, other_known = (
        bool((one.shingles - other.shingles) & _lexicon()),
        bool((other.shingles - one.shingles) & _lexicon()),
    )
    most = min(one.words.total(), other.words.total()) // 6
    return (
        not set(extra + missing) & _telling()
        and not (extra and missing)
        and len(extra + missing) <= most
        and (not any(slips) or (sum(slips) <= 2 and known != other_known))
        and not (known and extra)
        and not (other_known and missing)
    )


def _moved(one: Question, other: Question) -> int:
    """Words that stand beside nothing that they stand beside in the other question."""
    known = {place for places in other.places for place in places}
    return sum(bool(places) and not known & set(places) for places in one.places)


def _exchanged(one: Sequence[Unit], other: Sequence[Unit]) -> bool:
    """Whether two runs of units have changed places alone, and are references or the like, or one of these stands
    between them and another one elsewhere."""
    differ = [at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a.text != b.text]
    half = len(differ) // 2
    if len(one) != len(other) or not 0 < half <= 4 or len(differ) % 2:
        return False
    runs = differ[:half], differ[half:]
    if any(run != list(range(run[0], run[0] + half)) for run in runs):
        return False
    ours, theirs = ([[asked[at].text for at in run] for run in runs] for asked in (one, other))
    inside = sum(unit.exact for unit in one[differ[0] : differ[-1] + 1])
    outside = sum(unit.exact for unit in one) - inside
    words = sum(one[at].exact for at in differ)
    return ours == theirs[::-1] and (words == len(differ) or (words == 0 and inside > 0 and outside > 0))


def _swapped(one: dict[tuple[str, ...], str], other: dict[tuple[str, ...], str]) -> bool:
    changes = {(role, other[phrase]) for phrase, role in one.items() if phrase in other}
    swaps = (change for change in changes if change[0] != change[1] and set(change) != {"", "object"})
    return any((after, before) in changes for before, after in swaps)


def _in_order(one: Question, other: Question) -> bool:
    texts = ["".join(unit.text for unit in asked.asked) for asked in (one, other)]
    ordered = ["".join(map(_spelt, word)) for word in ORDERED]
    conditions = [sum(unit.role == "if" for unit in asked.asked) >= CONDITIONS for asked in (one, other)]
    told = [any(word in text for word in ordered) for text in texts]
    if not all(one or two for one, two in zip(conditions, told, strict=True)):
        return True
    runs = sorted(([unit.text for unit in asked.asked] for asked in (one, other)), key=len)
    if len(runs[0]) == len(runs[1]):
        slips = sum(a != b for a, b in zip(*runs, strict=True))
        return slips <= 2 and not (slips and sorted(runs[0]) == sorted(runs[1]))
    rest = iter(runs[1])
    return all(text in rest for text in runs[0])


def _stands_in(one: Sequence[Unit], other: Sequence[Unit]) -> bool:
    """Whether a unit that only one has stands where the other has a syllable that was left out, or a misspelt one in
    another place."""
    if len(one) == len(other):
        return False
    short, long = sorted((one, other), key=len)
    at = 0
    first = [unit.text for unit in (*short[:1], *long[:2])]
    if len(first) > 2 and first[0] == first[2] != first[1] and not _one_letter_apart(*first[:2]) and not long[0].role:
        return True
    for before, unit in zip([None, *long], long, strict=False):
        if at < len(short) and (unit.text == short[at].text or _one_letter_apart(unit.text, short[at].text)):
            at += 1
        elif (
            before
            and at
            and before.text == short[at - 1].text
            and bool(short[at - 1].role) > any((before.role, unit.role))
        ):
            return True
    return at < len(short) and not {unit.text for unit in short} <= {unit.text for unit in long}


def _cut(text: str, question: bool) -> list[Unit]:
    left_out, word = PARTICLES + _SILENT if question else "", _loose if question else str
    if question:
        text = _without_endings(text, left_out)
    tokens = [(match.lastgroup or "", match[0], match.start(), match.end()) for match in _TOKEN.finditer(text)]
    found: list[Unit] = []
    signs: list[tuple[int, bool]] = []
    open_ = False
    for kind, said, start, end in tokens:
        before, after = text[start - 1 : start] if start else "", text[end : end + 1]
        dropped = (
            kind == "gap"
            or (said == "~" and not question)
            or said in left_out
            or (question and said == "서" and before == "에")
        )
        if kind == "letter" and ("\u1100" <= said < "\u1200" or "\u3130" <= said < "\u3190"):
            dropped = True
        if dropped:
            if said in _SILENT and question and open_ and (after in left_out or not after.isalnum()):
                continue
            if question and open_:
                particle, behind = (
                    (text[end : end + 1], text[end + 1 : end + 2]) if _NOUN.match(text, start) else (said, after)
                )
                found[-1].role = "from" if particle == "에" and behind == "서" else _ROLES.get(particle, "other")
            open_ = False
            continue
        if question and found and (said == "면" or (said == "보" and after == "다")):
            found[-1].role = "if" if said == "면" else "than"
        if kind == "word":
            beside = {before, after} - {""}
            formula = bool(beside & set("()=<>!&+*/^;")) or (":" in beside and not said[0].isdigit())
            spoken = any(_is_letter(sign) for sign in beside)
            found.append(Unit(word(re.sub(r"[$,]", "", said)), True, formula, spoken))
        elif kind == "sign":
            compares = said in "<>" or (before and before in "<>") or (after and after in "<>")
            signs.append((len(found), bool(said in "<>" or (said == "=" and compares))))
            found.append(Unit(said, True))
        else:
            found.append(Unit(_spelt(said)))
            if question and said == "면":
                found[-1].role = "other"
        open_ = not (question and said == "면")
    stays = {at: kept or (found[at].text != "=" and _between_operands(found, at)) for at, kept in signs}
    if question and open_ and found and not found[-1].role:
        found[-1].role = "other"
    return [unit for at, unit in enumerate(found) if stays.get(at, True)]


def _without_endings(text: str, left_out: str) -> str:
    """사라져요, 사라집니다 and 사라진데 are 사라지."""

    def shorter(match: re.Match[str], final: int) -> str:
        syllable = match[1]
        if _letters(syllable)[2] != final:
            return match[0]
        rest = _GAP * (len(match[0]) - 1)
        return (_GAP if syllable in left_out else chr(ord(syllable) - final)) + rest

    text = _ENDING_YO.sub(_GAP, text)
    text = _ENDING_NIDA.sub(lambda match: shorter(match, 17), text)
    return _ENDING_DE.sub(lambda match: shorter(match, 4), text)


def _between_operands(found: list[Unit], at: int) -> bool:
    def operand(unit: Unit) -> bool:
        return not (unit.exact and unit.text[0] in "<>=+*/^&~-")

    return 0 < at < len(found) - 1 and operand(found[at - 1]) and operand(found[at + 1])


def _without_fillers(units: list[Unit]) -> list[Unit]:
    if len(units) < (ENGLISH + 1) * sum("가" <= one.text <= "힣" for one in units):
        return units
    fillers, columns = ({_loose(word) for word in words.split()} for words in (ENGLISH_FILLERS, COLUMN))
    around = zip(["", *(one.text for one in units)], units, [*(one.text for one in units[1:]), ""], strict=False)
    kept: list[Unit] = []
    said: set[str] = set()
    for before, one, after in around:
        if one.text not in fillers or one.formula or one.spoken or before in columns or after == "~":
            kept.append(one)
            if one.text not in set("<>=+*/^&~-"):
                one.role = next((role for role in reversed(_ROLE_NAMES.values()) if role in said), one.role)
                said = set()
        said |= {_ROLE_NAMES[role] for word, role in PREPOSITIONS.items() if _loose(word) == one.text}
    return kept


def _loose(word: str) -> str:
    """A word; one that the lexicon's letters make, with those inside it in their alphabetical order."""
    loose = _sorted(word)
    return loose if loose in _loose_words() else word


def _sorted(word: str) -> str:
    return word[0] + "".join(sorted(word[1:-1])) + word[-1]


@cache
def _loose_words() -> set[str]:
    return {_sorted(word) for word in ENGLISH_WORDS.split() if len(word) >= EXCHANGEABLE}


def _is_letter(sign: str) -> bool:
    return bool(re.fullmatch(r"[^\W_0-9a-z]", sign)) and not (
        "\u1100" <= sign < "\u1200" or "\u3130" <= sign < "\u3190"
    )


def _spelt(sign: str) -> str:
    """The syllable that is written where one sounds like it."""
    if "가" <= sign <= "힣":
        lead, vowel, tail = _letters(sign)
        sounding = chr(0xAC00 + lead * 588 + _VOWELS_ALIKE.get(vowel, vowel) * 28 + tail)
        return _ALIKE.get(sign, _ALIKE.get(sounding, sounding))
    return sign


def _letters(syllable: str) -> tuple[int, int, int]:
    number = ord(syllable) - 0xAC00
    return number // 588, number % 588 // 28, number % 28


def _one_letter_apart(one: str, other: str) -> bool:
    if not all(len(text) == 1 and "가" <= text <= "힣" for text in (one, other)):
        return False
    return sum(a != b for a, b in zip(_letters(one), _letters(other), strict=True)) == 1


@cache
def _lexicon() -> set[tuple[str, ...]]:
    """Neighbouring syllables of the words that say what is asked."""
    return {pair for word in WORDS.split() for pair in pairwise(unit.text for unit in _cut(word, True))}


@cache
def _telling() -> set[str]:
    return set(map(_spelt, TELLING))


@cache
def _counters() -> set[str]:
    return set(map(_spelt, COUNTERS))
