"""Graders: how right an answer is, by what it was asked for.

    grades = grade(answered, workbooks=10)
    grades[0].score         # 1.0, or None where nothing can be said
    grades[0].reason        # "the same on 10 workbooks"

`GRADERS` holds one a task type; a task type without one of its own is graded as free text. A grader takes all answers
of its type at once, so that formulas are judged in one batch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sacrebleu.metrics.chrf import CHRF

from tasks.judge import batch
from tasks.judge.formulas import find_formula
from tasks.judge.judge import Case
from tasks.judge.lexer import FormulaError
from tasks.judge.parser import parse


@dataclass(frozen=True, slots=True)
class Answered:
    """One question, the right answer to it, and what a model answered."""

    id: str
    task_type: str
    instruction: str
    input: str
    reference: str
    answer: str


@dataclass(frozen=True, slots=True)
class Grade:
    """From 0 (wrong) to 1 (right), and why; None where the reference is at fault and nothing can be said."""

    score: float | None
    reason: str


Grader = Callable[[Sequence[Answered], int], list[Grade]]
"""Answers of one task type and the number of test workbooks to grades, in order."""


def grade(answered: Sequence[Answered], workbooks: int = 10) -> list[Grade]:
    """A grade for each answer, in order, by the grader of its task type."""
    by_grader: dict[Grader, list[int]] = {}
    for at, one in enumerate(answered):
        by_grader.setdefault(GRADERS.get(one.task_type, free_text), []).append(at)
    grades: dict[int, Grade] = {}
    for grader, places in by_grader.items():
        found = grader([answered[at] for at in places], workbooks)
        grades |= dict(zip(places, found, strict=True))
    return [grades[at] for at in range(len(answered))]


def formula(answered: Sequence[Answered], workbooks: int) -> list[Grade]:
    """1 where the answer's formula gives the same as the reference's; free text where the reference holds none."""
    with_one = [one for one in answered if find_formula(one.reference) is not None]
    cases = [Case(one.id, find_formula(one.reference), find_formula(one.answer)) for one in with_one]
    verdicts = dict(zip(map(id, with_one), batch.judge(cases, workbooks), strict=True)) if cases else {}
    others = [one for one in answered if id(one) not in verdicts]
    texts = dict(zip(map(id, others), free_text(others, workbooks), strict=True))
    grades = []
    for one in answered:
        if id(one) in verdicts:
            verdict = verdicts[id(one)]
            grades.append(Grade(float(verdict.is_equal) if verdict.judgeable else None, verdict.reason))
        else:
            grades.append(texts[id(one)])
    return grades


def correct(answered: Sequence[Answered], workbooks: int) -> list[Grade]:
    """As `formula`, of the last formula that is well formed: an answer may quote the broken one before it mends it."""
    return formula([_mended(one) for one in answered], workbooks)


def create(answered: Sequence[Answered], workbooks: int) -> list[Grade]:
    """A table that parses, has the columns asked for, and whose formulas run: a third of the grade for each.

    What was asked for is no table where neither the question names columns nor the right answer holds a table: that is
    graded as a formula, or as free text.
    """
    asked = [one for one in answered if _wanted_columns(one)]
    others = [one for one in answered if not _wanted_columns(one)]
    found = dict(zip(map(id, asked), _tables(asked), strict=True))
    found |= dict(zip(map(id, others), formula(others, workbooks), strict=True))
    return [found[id(one)] for one in answered]


def _tables(answered: Sequence[Answered]) -> list[Grade]:
    tables = [table(one.answer) for one in answered]
    formulas = sorted({cell for rows in tables for row in rows or () for cell in row if cell.startswith("=")})
    safe = [text for text in formulas if _is_well_formed(text)]
    ran = dict(zip(safe, batch.execute(safe), strict=True)) if safe else {}
    return [_created(one, rows, ran) for one, rows in zip(answered, tables, strict=True)]


def free_text(answered: Sequence[Answered], workbooks: int) -> list[Grade]:
    """chrF against the reference, 0 to 1; None where that is empty. An LLM judge beside it is llm_judge.py."""
    del workbooks
    metric = CHRF()
    return [
        Grade(metric.sentence_score(one.answer, [one.reference]).score / 100, "chrF")
        if one.reference.strip()
        else Grade(None, "there is no reference to grade by")
        for one in answered
    ]


GRADERS: dict[str, Grader] = {
    "FORMULA": formula,
    "CORRECT": correct,
    "CREATE": create,
    "ANALYZE": free_text,
}


def is_free_text(task_type: str) -> bool:
    """Whether answers of this task type are graded by their likeness to a text alone: nothing of them is run."""
    return GRADERS.get(task_type, free_text) is free_text


_ROW = re.compile(r"^\s*\|(?P<cells>.*)\|\s*$")
_RULE = re.compile(r"^[\s:|-]+$")
_COLUMNS = re.compile(r"(?:열|컬럼|항목|columns?)\s*[:：]\s*(?P<names>[^\n.]+)", re.IGNORECASE)
_FORMULA_LINE = re.compile(r"=[^\s`].*")


def table(answer: str) -> list[list[str]] | None:
    """The first table of an answer by rows, its heading first: Markdown, tabs or commas; None where there is none."""
    lines = answer.splitlines()
    rows = [_cells(match["cells"]) for line in lines if (match := _ROW.match(line)) and not _RULE.match(line)]
    if not rows:
        rows = _separated(lines, "\t") or _separated(lines, ",")
    if len(rows) < 2 or len({len(row) for row in rows}) != 1:
        return None
    return rows


def _cells(text: str) -> list[str]:
    return [cell.strip().strip("`").replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", text)]


def _separated(lines: Sequence[str], sign: str) -> list[list[str]]:
    rows = [[cell.strip() for cell in line.split(sign)] for line in lines if line.count(sign) and "=" not in line]
    return rows if len(rows) > 1 else []


def _created(one: Answered, rows: list[list[str]] | None, ran: dict[str, str]) -> Grade:
    if rows is None:
        return Grade(0.0, "no table: rows are missing, or differ in length")
    wanted = _wanted_columns(one)
    heading = [cell.casefold() for cell in rows[0]]
    missing = [name for name in wanted if name.casefold() not in heading]
    formulas = [cell for row in rows for cell in row if cell.startswith("=")]
    broken = [cell for cell in formulas if ran.get(cell, "refused").startswith("refused")]
    share = 1 - len(missing) / len(wanted) if wanted else 1.0
    score = (1 + share + (1 - len(broken) / len(formulas) if formulas else 1.0)) / 3
    said = [f"columns missing: {', '.join(missing)}"] if missing else []
    said += [f"formulas that do not run: {', '.join(broken)}"] if broken else []
    return Grade(score, "; ".join(said) or "a table with the columns asked for; its formulas run")


def _wanted_columns(one: Answered) -> list[str]:
    """The columns that the question names ("열: 날짜, 금액"), else those of the reference's table."""
    match = _COLUMNS.search(f"{one.instruction}\n{one.input}")
    if match is not None:
        return [name.strip() for name in re.split(r"[,、/]", match["names"]) if name.strip()]
    rows = table(one.reference)
    return rows[0] if rows is not None else []


def _mended(one: Answered) -> Answered:
    found = [find_formula(line) for line in [*_FORMULA_LINE.findall(one.answer), *one.answer.splitlines()]]
    whole = [text for text in found if text is not None and _is_well_formed(text)]
    first = find_formula(one.answer)
    if first is None or _is_well_formed(first) or not whole:
        return one
    return Answered(one.id, one.task_type, one.instruction, one.input, one.reference, whole[-1])


def _is_well_formed(text: str) -> bool:
    try:
        parse(text)
    except FormulaError:
        return False
    return True
