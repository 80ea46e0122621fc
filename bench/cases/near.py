"""Duplicates and near-duplicates: which of two questions is kept, and that both are where they ask for different things.

By hand: `exact`, `near …` and `different` pairs of `near_pairs.py`, each pair judged through the whole data stage. Of a
near pair exactly the better-rated one must be left, of a different one both.

`lsh`: thousands of questions of big traffic (`bench/traffic.py`) and variants of them by random edits, with every pair
compared by the definition in plain Python (`near_definition.py`). A pair that is near by the definition and of which both
are left was missed by LSH; a question that is near no other and is gone is a false alarm.

    python -m bench.data_quality --only near       the figures, and where engine and definition part
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from random import Random

from bench import traffic
from bench.cases import near_clerks, near_definition, near_examiner, near_pairs, near_strangers
from bench.cases.near_pairs import Asked, Pair, pairs
from bench.planted import DROPPED, row, run
from bench.score import Score
from configs.schema import NearDuplicateConfig

ONE_SIDE = {"validation_share": 0.0, "test_share": 0.0}
"""All rows go to train: what splits do to duplicates is measured in `leaks.py`."""
PLAIN = {"execute_formulas": False, "poison": {"quarantine": False}, "privacy": {"enabled": False}}
"""The definition reads the questions as they were asked."""
BASES, VARIANTS = 1_200, 2
SEED = 20261126

_BEFORE = ("", "", "안녕하세요 ", "혹시 ", "급한데 ", "저기요, ", "엑셀에서 ", "질문이요 ", "요게 ", "막상 ")
_AFTER = ("", "", "!", " ㅠㅠ", " 부탁드려요", " 감사합니다", "~~", " 😊", " 흠흠", " 되려나")
_INSERTED = ("요런", "쓱", "뚝딱", "싹싹", "여기", "팍팍")
_PARTICLES = re.compile(r"(?<=[가-힣0-9A-Z])[을를은는이가의](?= )")


def measure() -> dict[str, Score]:
    """By kind, what was found and what was left alone."""
    scores = by_hand("exact", pairs(near_pairs.EXACT), duplicates=True)
    for name, block in near_pairs.NEAR.items():
        scores |= by_hand(f"near: {name}", pairs(block), duplicates=True)
    for name, block in near_pairs.APART.items():
        scores |= by_hand(name, pairs(block), duplicates=False)
    scores |= by_hand("near: later strangers", near_strangers.pairs(near_strangers.SAME), duplicates=True)
    scores |= by_hand("different: later strangers", near_strangers.pairs(near_strangers.APART), duplicates=False)
    scores |= by_hand("near: clerks", near_strangers.pairs(near_clerks.SAME), duplicates=True)
    scores |= by_hand("different: clerks", near_strangers.pairs(near_clerks.APART), duplicates=False)
    scores |= by_hand("near: examiner", near_strangers.pairs(near_examiner.SAME), duplicates=True)
    scores |= by_hand("different: examiner", near_strangers.pairs(near_examiner.APART), duplicates=False)
    return scores | {"lsh": lsh()}


def by_hand(kind: str, cases: list[Pair], *, duplicates: bool) -> dict[str, Score]:
    """Each pair through the data stage; which of its two is better rated alternates."""
    score = Score()
    for together in rounds(cases):
        rows = []
        for number, (place, pair) in enumerate(together):
            for half, asked in enumerate((pair.one, pair.other)):
                better = (place + half) % 2
                rows.append(_row(2 * number + half, asked, rating=4 + better))
        found = run(rows, converting=ONE_SIDE)
        for number, (place, pair) in enumerate(together):
            fates = [found[rows[2 * number + half]["id"]].fate for half in (0, 1)]
            better = (place + 1) % 2
            if duplicates:
                score.expect(fates[better] == "train" and fates[1 - better] == DROPPED, f"{pair.text} {fates}")
            else:
                score.spare(fates != ["train", "train"], f"{pair.text} {fates}")
    return {kind: score}


def rounds(cases: list[Pair]) -> list[list[tuple[int, Pair]]]:
    """The pairs, with their numbers, in groups in which no two pairs could be taken for one question."""
    found: list[list[tuple[int, Pair]]] = []
    words: list[list[tuple[frozenset[str], frozenset[str]]]] = []
    for number, pair in enumerate(cases):
        said = _said(pair)
        for group, known in zip(found, words, strict=True):
            if not any(said[0] & exact == said[0] | exact and len(said[1] & two) > 1 for exact, two in known):
                group.append((number, pair))
                known.append(said)
                break
        else:
            found.append([(number, pair)])
            words.append([said])
    return found


def _said(pair: Pair) -> tuple[frozenset[str], frozenset[str]]:
    """References and numbers of a pair, and its pairs of syllables."""
    exact = frozenset(re.findall(r"[A-Za-z]+\d+|\d+", pair.one.instruction))
    syllables = re.sub(r"[^가-힣]", "", pair.one.instruction + pair.other.instruction)
    return exact, frozenset(syllables[at : at + 2] for at in range(len(syllables) - 1))


def _row(number: int, asked: Asked, **columns: object) -> dict[str, object]:
    told = {"instruction": asked.instruction, "input": asked.input, "output": "=SUM(A2:A10)", "language": "ko"}
    return row(number, **(told | columns))


def lsh(bases: int = BASES, variants: int = VARIANTS, seed: int = SEED) -> Score:
    """The engine beside the definition, on questions of traffic and what random edits make of them."""
    rng = Random(f"{seed}/near")
    asked = list(dict.fromkeys(_traffic(bases)))
    asked = [variant for one in asked for variant in (one, *(edited(rng, one) for _ in range(variants)))]
    rows = [_row(number, one, rating=rng.choice((4, 5))) for number, one in enumerate(asked)]
    found = run(rows, converting=ONE_SIDE, filtering=PLAIN)
    read = near_definition.questions([(one.instruction, one.input) for one in asked])
    near = list(near_definition.clusters(read, NearDuplicateConfig()))
    fates = [found[str(one["id"])].fate for one in rows]
    return _compared(near, fates, [" | ".join((one.instruction, one.input)) for one in asked])


def _compared(near: list[tuple[int, int]], fates: list[str], texts: list[str]) -> Score:
    score = Score()
    group = _components(near, len(fates))
    for one, other in near:
        both = fates[one] != DROPPED and fates[other] != DROPPED
        score.expect(not both, f"{texts[one]} ↔ {texts[other]}")
    for members in group.values():
        gone = all(fates[number] == DROPPED for number in members)
        score.spare(gone, " ↔ ".join(texts[number] for number in members))
    return score


def _components(pairs_: Iterable[tuple[int, int]], count: int) -> dict[int, list[int]]:
    root = list(range(count))

    def find(one: int) -> int:
        while root[one] != one:
            root[one] = one = root[root[one]]
        return one

    for one, other in pairs_:
        root[find(one)] = find(other)
    found: dict[int, list[int]] = defaultdict(list)
    for number in range(count):
        found[find(number)].append(number)
    return found


def _traffic(count: int) -> list[Asked]:
    found = []
    for batch in traffic.batches(4 * count, SEED):
        for instruction, given in zip(batch["instruction"].to_pylist(), batch["input"].to_pylist(), strict=True):
            if len(instruction) > 8 and "\x07" not in instruction and len(found) < count:
                found.append(Asked(instruction, given or ""))
    return found


def edited(rng: Random, asked: Asked) -> Asked:
    """The same in other words, or nearly: one to three edits, some of which make another question of it."""
    instruction, lines = asked.instruction, asked.input.split("\n") if asked.input else []
    for _ in range(rng.randint(1, 3)):
        instruction = rng.choice(_EDITS)(rng, instruction)
    if len(lines) > 3:
        for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
            lines = rng.choice((_line_more, _line_less, _cell_changed))(rng, lines)
    return Asked(instruction, "\n".join(lines))


def _courtesy(rng: Random, text: str) -> str:
    return rng.choice(_BEFORE) + text + rng.choice(_AFTER)


def _without_particle(rng: Random, text: str) -> str:
    found = list(_PARTICLES.finditer(text))
    if not found:
        return text
    at = rng.choice(found)
    return text[: at.start()] + text[at.end() :]


def _without_blank(rng: Random, text: str) -> str:
    blanks = [at for at, sign in enumerate(text) if sign == " "]
    at = rng.choice(blanks) if blanks else len(text)
    return text[:at] + text[at + 1 :]


def _word_more(rng: Random, text: str) -> str:
    words = text.split(" ")
    words.insert(rng.randrange(len(words) + 1), rng.choice(_INSERTED))
    return " ".join(words)


def _moved(rng: Random, text: str) -> str:
    words = text.split(" ")
    word = words.pop(rng.randrange(len(words)))
    words.insert(rng.randrange(len(words) + 1), word)
    return " ".join(words)


def _misspelt(rng: Random, text: str) -> str:
    syllables = [at for at, sign in enumerate(text) if "가" <= sign <= "힣"]
    if not syllables:
        return text
    at = rng.choice(syllables)
    number = ord(text[at]) - 0xAC00
    lead, vowel, tail = number // 588, number % 588 // 28, number % 28
    which = rng.randrange(3)
    lead, vowel, tail = ((lead + 1) % 19, vowel, tail), (lead, (vowel + 4) % 21, tail), (lead, vowel, 0 if tail else 4)
    changed = (lead, vowel, tail)[which]
    return text[:at] + chr(0xAC00 + changed[0] * 588 + changed[1] * 28 + changed[2]) + text[at + 1 :]


_EDITS = (_courtesy, _courtesy, _without_particle, _without_blank, _word_more, _moved, _misspelt)


def _line_more(rng: Random, lines: list[str]) -> list[str]:
    return [*lines, rng.choice(lines[1:])]


def _line_less(rng: Random, lines: list[str]) -> list[str]:
    at = rng.randrange(1, len(lines))
    return lines[:at] + lines[at + 1 :]


def _cell_changed(rng: Random, lines: list[str]) -> list[str]:
    at = rng.randrange(1, len(lines))
    cells = lines[at].split("\t")
    cells[-1] = str(rng.randrange(1, 10_000))
    return [*lines[:at], "\t".join(cells), *lines[at + 1 :]]
