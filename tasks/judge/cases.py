"""Files of cases to judge, and files of verdicts: what `exhell judge` reads and writes.

    tally = judge_file(Path("cases.jsonl"), Path("verdicts.jsonl"))

A case is a line `{"id", "reference" or "expected", "candidate", "workbook"}`. The candidate is an answer as people and
models write it: a formula, one in a code fence, one in a sentence. Every line of the file gets a line of verdict, in
order; a line that is at fault itself gets one that says so, with `judgeable` false.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from configs.errors import ExhellError
from tasks.judge import batch
from tasks.judge.formulas import find_formula
from tasks.judge.judge import AT_FAULT, Case, Verdict, case_at_fault
from tasks.judge.office import INSTALL_HINT, find

WORKBOOKS = 10


class CasesError(ExhellError):
    """A file of cases that cannot be read, or a file of verdicts that cannot be written."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What the cases came to, how many lines were at fault themselves, and how many engines gave their word on each."""

    cases: int
    verdicts: Mapping[str, int]
    faulty: int
    by_two_engines: int
    by_one_engine: int
    engines: tuple[str, ...]
    note: str


def judge_file(
    cases: Path, verdicts: Path, workbooks: int = WORKBOOKS, on_progress: Callable[[int], None] = lambda _: None
) -> Tally:
    """Judge every line of a JSON Lines file and write a verdict for each. Raises CasesError."""
    read = read_cases(cases)
    found = batch.judge([case for case in read if isinstance(case, Case)], workbooks, on_progress=on_progress)
    judged = iter(found)
    rows = [record(case.id, next(judged)) if isinstance(case, Case) else record(case[0], case[1]) for case in read]
    try:
        verdicts.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    except OSError as error:
        raise CasesError(f"cannot write {verdicts}: {error.strerror or error}; name a file that can be") from error
    return _tally(rows)


def read_cases(path: Path) -> list[Case | tuple[str, Verdict]]:
    """The cases of a file; for a line that is none, its id or number and the verdict that says why."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise CasesError(f"cannot read {path}: {error.strerror or error}; name a JSON Lines file of cases") from error
    except UnicodeDecodeError as error:
        raise CasesError(f"cannot read {path}: {error}; it should be a JSON Lines file of cases in UTF-8") from error
    numbered = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    if not numbered:
        raise CasesError(f"{path} holds no case; write one a line, as JSON")
    return [_case(number, line, path.parent.resolve()) for number, line in numbered]


def record(case_id: str, verdict: Verdict) -> dict[str, Any]:
    """A verdict as a line of the file: an answer without a formula is malformed there."""
    return {
        "id": case_id,
        "verdict": "malformed" if verdict.outcome == "missing" else verdict.outcome,
        "reason": verdict.reason,
        "workbook": verdict.workbook,
        "cell": verdict.cell,
        "judgeable": verdict.judgeable,
        "engines": list(verdict.engines),
    }


def _case(number: int, line: str, folder: Path) -> Case | tuple[str, Verdict]:
    try:
        said = json.loads(line)
    except ValueError as error:
        return f"line {number}", case_at_fault(f"line {number} is no JSON: {error}")
    if not isinstance(said, dict):
        return f"line {number}", case_at_fault(f"line {number} is no JSON object")
    case_id = str(said.get("id", f"line {number}"))
    reference, candidate, workbook = said.get("reference"), said.get("candidate"), said.get("workbook")
    if not isinstance(candidate, str):
        return case_id, case_at_fault("it has no candidate; that is the answer to judge, a text")
    if reference is not None and not isinstance(reference, str):
        return case_id, case_at_fault("its reference is no text")
    if reference is None and said.get("expected") is None:
        return case_id, case_at_fault("it has neither a reference nor an expected value")
    if isinstance(workbook, str):
        workbook = str(folder / workbook)
    formula = find_formula(reference) or reference if reference is not None else None
    return Case(case_id, formula, find_formula(candidate), said.get("expected"), workbook)


def _tally(rows: list[dict[str, Any]]) -> Tally:
    engines = Counter(len(row["engines"]) for row in rows)
    office = find()
    note = (
        f"IronCalc and LibreOffice {office.version}"
        if office is not None
        else f"IronCalc alone: no LibreOffice with Python's bridge here; {INSTALL_HINT}"
    )
    return Tally(
        cases=len(rows),
        verdicts=dict(sorted(Counter(row["verdict"] for row in rows).items())),
        faulty=sum(row["reason"].startswith(AT_FAULT) for row in rows),
        by_two_engines=engines[2],
        by_one_engine=engines[1],
        engines=("IronCalc",) if office is None else ("IronCalc", "LibreOffice"),
        note=note,
    )
