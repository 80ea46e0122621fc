"""Judge the judge: does it find what is wrong, leave alone what is right, and how fast?

    python -m bench.judge                  # a table
    python -m bench.judge --json           # the same as JSON
    python -m bench.judge --save           # also written to bench/results/judge.json

Four sets, each with its own figure:

- `written`: near misses and rewrites by hand, by function (bench/cases/judge_formulas.py);
- `fresh`: the same kind of pairs, written later; their first sight stands in bench/cases/judge_fresh.py;
- `made`: one-error mutants of the same references (wrong column, row, function, sign, number, text), of which only
  those count that are provably wrong: there is a workbook, made without the judge's generator, on which they differ;
- `speed`: 1,000 different cases on 10 workbooks each, in wall seconds.

Beside the judge stand exact match (blanks and case apart) and BLEU over the formulas' tokens, at the threshold that
suits BLEU best on these very cases.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Any

from sacrebleu.metrics.bleu import BLEU

from bench.cases.judge_formulas import FAMILIES, Family
from bench.cases.judge_fresh import FRESH
from bench.cases.judge_mutants import mutants
from bench.report import machine, today
from tasks.judge.batch import judge
from tasks.judge.cells import Sheet, clip
from tasks.judge.compare import same
from tasks.judge.engine import IronCalc, UnableError
from tasks.judge.judge import Case, Verdict
from tasks.judge.lexer import FormulaError, tokens
from tasks.judge.office import find
from tasks.judge.parser import parse
from tasks.judge.traps import trap
from tasks.judge.tree import Area, Call, Literal, Node, canonical, walk
from tasks.judge.workbooks import Workbook

RESULTS = Path(__file__).parent / "results" / "judge.json"
WORKBOOKS = 10
SPEED_CASES = 1_000
WITNESSES = 60
"""Workbooks among which a mutant must show itself to count as provably wrong."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A reference and a candidate that is known to be right or wrong."""

    function: str
    reference: str
    candidate: str
    is_wrong: bool


def main() -> None:
    """Run all and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--json", action="store_true", help="print JSON")
    arguments.add_argument("--save", action="store_true", help=f"write {RESULTS.name} too")
    arguments.add_argument("--show", action="store_true", help="print every pair that was judged wrongly")
    chosen = arguments.parse_args()
    sets = {"written": list(written_pairs()), "fresh": list(written_pairs(FRESH)), "made": list(made_pairs())}
    found = {name: run(pairs) for name, pairs in sets.items()}
    result: dict[str, Any] = {name: summary(pairs, found[name]) for name, pairs in sets.items()}
    result["speed"] = speed([*sets["written"], *sets["made"]])
    office = find()
    result["engines"] = {"ironcalc": version("ironcalc"), "libreoffice": office.version if office is not None else None}
    result = {"date": today(), "machine": machine()} | result
    if chosen.show:
        for name, pair, verdict in [(n, *both) for n in sets for both in zip(sets[n], found[n], strict=True)]:
            if verdict.outcome != ("different" if pair.is_wrong else "equal"):
                print(
                    name,
                    "wrong" if pair.is_wrong else "right",
                    pair.reference,
                    pair.candidate,
                    "->",
                    verdict.outcome,
                    verdict.reason,
                )
    print(json.dumps(result, ensure_ascii=False, indent=1) if chosen.json else table(result))
    if chosen.save:
        RESULTS.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def written_pairs(families: Sequence[Family] = FAMILIES) -> Iterator[Pair]:
    """The pairs by hand; an equivalent one is judged both ways."""
    for family in families:
        for candidate in family.equal:
            yield Pair(family.function, family.reference, candidate, False)
            yield Pair(family.function, candidate, family.reference, False)
        for candidate in family.wrong:
            yield Pair(family.function, family.reference, candidate, True)


def made_pairs() -> Iterator[Pair]:
    """One-error mutants of the references that some random workbook proves wrong."""
    engine = IronCalc()
    for family in FAMILIES:
        for mutant in dict.fromkeys(mutant for _, mutant in mutants(family.reference)):
            if mutant not in family.equal and is_proven(engine, family.reference, mutant):
                yield Pair(family.function, family.reference, mutant, True)


def is_proven(engine: IronCalc, reference: str, mutant: str) -> bool:
    """Whether a random workbook, made without the judge's generator, tells the two apart."""
    try:
        trees = parse(reference), parse(mutant)
        if any(trap(tree, engine.name) is not None for tree in trees):
            return False
        texts = [f"={canonical(tree)}" for tree in trees]
        for number in range(WITNESSES):
            one, other = engine.run(witness(trees, Random(f"{reference}/{number}")), texts)  # noqa: S311
            if not same(one, other):
                return True
    except (FormulaError, UnableError):
        return False
    return False


def witness(trees: Sequence[Node], dice: Random) -> Workbook:
    """A dense random workbook: every column holds numbers, dates, or texts of those that the formulas name."""
    areas = [clip(node) for tree in trees for node in walk(tree) if isinstance(node, Area)]
    named = [
        node.value for tree in trees for node in walk(tree) if isinstance(node, Literal) and isinstance(node.value, str)
    ]
    words = [word.strip("<>=*") for word in named if word.strip("<>=*")] + ["가나-다라", "x@y.z", "서울 강남"]
    numbers = [
        node.value
        for tree in trees
        for node in walk(tree)
        if isinstance(node, Literal) and isinstance(node.value, float)
    ]
    is_dated = any(
        isinstance(node, Call) and node.name in ("DATE", "EDATE", "EOMONTH", "MONTH", "WEEKDAY", "YEAR")
        for tree in trees
        for node in walk(tree)
    )
    sheets: dict[str, dict[tuple[int, int], Any]] = {"": {}}
    for area in areas:
        cells = sheets.setdefault(area.sheet, {})
        for column in range(area.left, min(area.right + 2, area.left + 14)):
            kind = dice.choice(("number", "small", "word", "date" if is_dated else "number"))
            for row in range(max(1, area.top - 2), min(area.bottom + 3, area.top + 90)):
                if (row, column) not in cells:
                    cells[row, column] = _drawn(kind, words, numbers, dice)
    return tuple(Sheet(name, cells) for name, cells in sheets.items())


def _drawn(kind: str, words: Sequence[str], numbers: Sequence[float], dice: Random) -> Any:
    if dice.random() < 0.04:
        return None
    if kind == "word":
        return dice.choice(words)
    if kind == "date":
        return float(dice.randrange(45_200, 45_400))
    if kind == "small" or not numbers:
        return float(dice.randrange(0, 12))
    near = dice.choice(numbers)
    return near + dice.randrange(-3, 4) if dice.random() < 0.5 else round(dice.uniform(-500, 5_000), 2)


def run(pairs: Sequence[Pair]) -> list[Verdict]:
    """The judge's verdict on each pair."""
    return judge([Case(str(at), pair.reference, pair.candidate) for at, pair in enumerate(pairs)], WORKBOOKS)


def summary(pairs: Sequence[Pair], verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Mutation score, false alarms and coverage, overall and by function; the same for exact match and BLEU."""
    by_function: dict[str, list[tuple[Pair, Verdict]]] = defaultdict(list)
    for pair, verdict in zip(pairs, verdicts, strict=True):
        by_function[pair.function].append((pair, verdict))
    both = list(zip(pairs, verdicts, strict=True))
    return _figures(both) | {
        "exact match": _rival(pairs, [_bare(pair.reference) == _bare(pair.candidate) for pair in pairs]),
        "BLEU": _best_bleu(pairs),
        "by function": {name: _figures(of) for name, of in sorted(by_function.items())},
    }


def _figures(both: Sequence[tuple[Pair, Verdict]]) -> dict[str, Any]:
    wrong = [verdict for pair, verdict in both if pair.is_wrong]
    right = [verdict for pair, verdict in both if not pair.is_wrong]
    caught = sum(verdict.outcome in ("different", "malformed") for verdict in wrong)
    alarms = sum(verdict.outcome in ("different", "malformed") for verdict in right)
    undecided = sum(verdict.outcome in ("unsupported", "engine-disagree") for _, verdict in both)
    two = sum(len(verdict.engines) == 2 for _, verdict in both)
    return {
        "wrong": len(wrong),
        "found": caught,
        "mutation score": round(caught / len(wrong), 4) if wrong else None,
        "right": len(right),
        "false alarms": alarms,
        "false alarm rate": round(alarms / len(right), 4) if right else None,
        "undecided": undecided,
        "by two engines": two,
    }


def _rival(pairs: Sequence[Pair], says_equal: Sequence[bool]) -> dict[str, float]:
    wrong = [said for pair, said in zip(pairs, says_equal, strict=True) if pair.is_wrong]
    right = [said for pair, said in zip(pairs, says_equal, strict=True) if not pair.is_wrong]
    figures = {"mutation score": round(1 - sum(wrong) / len(wrong), 4)}
    return figures | ({"false alarm rate": round(1 - sum(right) / len(right), 4)} if right else {})


def _best_bleu(pairs: Sequence[Pair]) -> dict[str, float]:
    """BLEU with "equal" from the threshold on that makes the fewest mistakes on these pairs."""
    metric = BLEU(tokenize="none", effective_order=True)
    scores = [metric.sentence_score(_spaced(pair.candidate), [_spaced(pair.reference)]).score for pair in pairs]
    best = min(
        sorted({0.0, 100.1, *scores}),
        key=lambda least: sum((score >= least) == pair.is_wrong for pair, score in zip(pairs, scores, strict=True)),
    )
    return {"threshold": round(best, 1)} | _rival(pairs, [score >= best for score in scores])


def _bare(formula: str) -> str:
    return "".join(formula.split()).upper().replace("$", "")


def _spaced(formula: str) -> str:
    try:
        return " ".join(token.text for token in tokens(formula))
    except FormulaError:
        return formula


def speed(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Wall seconds for 1,000 different cases, taken in turn from all pairs."""
    dice = Random(5)  # noqa: S311 - which cases are timed
    chosen = dice.sample(list(pairs), min(SPEED_CASES, len(pairs)))
    cases = [Case(str(at), pair.reference, pair.candidate) for at, pair in enumerate(chosen)]
    started, spent = time.monotonic(), os.times()
    judge(cases, WORKBOOKS)
    now = os.times()
    cpu_s = now.children_user + now.children_system - spent.children_user - spent.children_system
    return {
        "cases": len(cases),
        "workbooks": WORKBOOKS,
        "wall_s": round(time.monotonic() - started, 2),
        "cpu_s": round(cpu_s, 2),
        "load_1min": round(os.getloadavg()[0], 1),
    }


def table(result: dict[str, Any]) -> str:
    """The figures as text."""
    lines = []
    for name in ("written", "fresh", "made"):
        figures = result[name]
        lines.append(
            f"{name}: {figures['found']}/{figures['wrong']} wrong found ({figures['mutation score']}), "
            f"{figures['false alarms']}/{figures['right']} false alarms, {figures['undecided']} undecided, "
            f"{figures['by two engines']} by two engines; exact match {figures['exact match']}, BLEU {figures['BLEU']}"
        )
        for function, of in figures["by function"].items():
            lines.append(
                f"  {function:14} found {of['found']}/{of['wrong']}"
                f"  alarms {of['false alarms']}/{of['right']}  undecided {of['undecided']}"
            )
    lines.append(f"speed: {result['speed']}   engines: {result['engines']}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
