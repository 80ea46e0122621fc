"""Two engines: what each knows, what it may not reach, and what comes of it when they contradict each other."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path

import pytest

from tasks.jobs import JobError, run
from tasks.judge import office
from tasks.judge.batch import judge
from tasks.judge.cells import Sheet
from tasks.judge.compare import Finding, compare
from tasks.judge.engine import ErrorValue, Grid, IronCalc, home
from tasks.judge.judge import Case, conclude
from tasks.judge.parser import parse
from tasks.judge.traps import trap
from tasks.judge.workbooks import Workbook

OFFICE = office.find()
needs_office = pytest.mark.skipif(OFFICE is None, reason="no LibreOffice with Python's bridge on this machine")

TEN: Workbook = (Sheet("", {(row, column): float(row * column) for row in range(1, 11) for column in (1, 2)}),)
TRAPPED = {
    "=SUM(SUMIFS(B1:B10,A1:A10,{2,3}))": 10.0,
    "=AVERAGE(IF(A1:A10>3,B1:B10))": 14.0,
    "=COUNT(FILTER(A1:A10,A1:A10>3))": 7.0,
    "=LOOKUP(2,1/(A1:A10=4),B1:B10)": 8.0,
    "=SUMPRODUCT(--ISNUMBER(A1:A10))": 10.0,
    "=SUMPRODUCT(1/COUNTIF(A1:A10,A1:A10))": 10.0,
    "=XLOOKUP(4.5,A1:A10,B1:B10,,-1)": 8.0,
    '=SUMIF(A1:A10,">8",B1)': 38.0,
}
"""Formulas over TEN that IronCalc is not trusted with, and what they give."""


def ask(tmp_path: Path, workbook: Workbook, *formulas: str) -> list[Grid]:
    assert OFFICE is not None
    (tmp_path / "tasks").write_text(json.dumps(office.task(list(map(parse, formulas)), formulas, [workbook])))
    answers: list[str] = []
    run(OFFICE.job(tmp_path / "tasks", tmp_path), answers.append)
    (answer,) = (line for line in answers if line.startswith('{"grids"'))
    return office.grids(json.loads(answer))[0]


@needs_office
def test_the_second_engine_runs_right_what_the_first_does_not(tmp_path: Path) -> None:
    assert all(trap(parse(formula), IronCalc.name) for formula in TRAPPED)
    assert ask(tmp_path, TEN, *TRAPPED) == [((right,),) for right in TRAPPED.values()]


@needs_office
def test_arrays_texts_truth_values_errors_and_sheets_go_in_and_come_out(tmp_path: Path) -> None:
    workbook: Workbook = (
        Sheet("", {(1, 1): "가", (2, 1): None, (3, 1): 2.5, (1, 2): True, (2, 2): ErrorValue("#N/A")}),
        Sheet("1월 매출", {(5, 3): 7.0}),
    )
    given = ask(tmp_path, workbook, "='1월 매출'!C5&A1", "=IF(B1,1,0)", "=ISNA(B2)", "=1/0", "=SORT({3;1;2})", "=A2")
    assert given == [
        (("7가",),),
        ((1.0,),),
        ((1.0,),),
        ((ErrorValue("#DIV/0!"),),),
        ((1.0,), (2.0,), (3.0,)),
        ((0.0,),),
    ]


@needs_office
def test_both_engines_put_a_formula_into_the_same_cell(tmp_path: Path) -> None:
    assert ask(tmp_path, TEN, "=ROW()*1000+COLUMN()") == IronCalc().run(TEN, ["=ROW()*1000+COLUMN()"], home([TEN]))


@needs_office
@pytest.mark.slow
def test_no_formula_opens_a_file(tmp_path: Path) -> None:
    """The address is put together by the formula, so that no parser sees it."""
    assert OFFICE is not None
    secret, control = tmp_path / "secret.csv", tmp_path / "control.csv"
    for file in (secret, control):
        file.write_text("4711\n")
        os.utime(file, (0, file.stat().st_mtime))  # the next read sets the time of access, as `relatime` has it
    control.read_text()
    if control.stat().st_atime == 0:
        pytest.skip("this file system keeps no time of access")
    formula = f'=INDIRECT("\'fi"&"le://{secret}\'#$secret.A1")'
    (tmp_path / "tasks").write_text(json.dumps(office.task([parse(formula)], [formula], [TEN])))
    with contextlib.suppress(JobError):  # LibreOffice wants to say in a window that it cannot
        run(OFFICE.job(tmp_path / "tasks", tmp_path), stall_timeout_s=3)
    assert secret.stat().st_atime == 0


@needs_office
def test_a_form_that_one_engine_cannot_run_is_judged_by_the_other() -> None:
    verdicts = judge(
        [
            Case("1", '=AVERAGEIF(A1:A9,">3",B1:B9)', '=AVERAGE(IF(A1:A9>3,IF(B1:B9<>"",B1:B9)))'),
            Case("2", '=COUNTIF(A2:A70,"*완료*")', '=SUMPRODUCT(--ISNUMBER(SEARCH("완료",A2:A70)))'),
            Case("3", "=FILTER(A2:C20,A2:A20>3)", "=FILTER(A2:C20,A2:A20>=3)"),
        ],
        10,
    )
    assert [(one.outcome, one.engines) for one in verdicts[:2]] == [("equal", ("LibreOffice",))] * 2
    assert verdicts[2].outcome == "different"
    assert verdicts[2].workbook is not None
    assert verdicts[2].cell is not None


def test_without_a_second_engine_the_first_judges_alone_and_says_so() -> None:
    (verdict,) = judge([Case("1", "=SUM(A2:A9)", "=SUM(A2:A8)")], 10, second=None)
    assert (verdict.outcome, verdict.engines) == ("different", ("IronCalc",))


def test_a_second_engine_that_does_not_start_costs_its_word_and_no_case(tmp_path: Path) -> None:
    broken = office.Office(tmp_path, Path(sys.executable), "0")
    verdicts = judge([Case(str(row), "=SUM(A2:A9)", f"=SUM(A2:A{row})") for row in range(3, 9)], 3, second=broken)
    assert {(one.outcome, one.engines) for one in verdicts} == {("different", ("IronCalc",))}


def finding(engine: str, *pairs: tuple[float | bool, float | bool]) -> Finding:
    return compare(engine, [(((one,),), ((other,),)) for one, other in pairs], (12, 5))


def test_engines_that_contradict_each_other_leave_the_case_out() -> None:
    verdict = conclude([finding("IronCalc", (1.0, 1.0), (1.0, 2.0)), finding("LibreOffice", (1.0, 1.0), (1.0, 1.0))])
    assert (verdict.outcome, verdict.judgeable, verdict.workbook, verdict.cell) == ("engine-disagree", False, 2, "E12")
    assert verdict.reason == "IronCalc: gives 2 where 1 is right, in workbook 2; LibreOffice: no difference there"


def test_engines_that_see_a_difference_on_one_workbook_agree() -> None:
    one, other = finding("IronCalc", (1.0, 2.0), (1.0, 2.0)), finding("LibreOffice", (1.0, 1.0), (1.0, 3.0))
    assert conclude([one, other]).outcome == "different"


def test_a_truth_value_for_a_number_is_a_difference_that_libreoffice_cannot_see() -> None:
    verdict = conclude([finding("IronCalc", (1.0, True)), finding("LibreOffice", (1.0, 1.0))])
    assert verdict.outcome == "different"


def test_a_difference_in_an_array_is_found_at_its_cell() -> None:
    one: Grid = ((1.0, 2.0), (3.0, 4.0))
    other: Grid = ((1.0, 2.0), (3.0, 5.0))
    found = compare("IronCalc", [(one, other)], (10, 3))
    assert (found.cell, found.reason) == ("D11", "gives 5 where 4 is right in cell 4 of the result")
