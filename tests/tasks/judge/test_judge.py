"""The judge finds what is wrong and leaves alone what is right: real formulas in the real engine."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from tasks.judge.batch import judge
from tasks.judge.cells import Sheet
from tasks.judge.engine import ErrorValue, IronCalc
from tasks.judge.judge import Case, Judge, Verdict, same
from tasks.judge.parser import parse
from tasks.judge.workbooks import workbooks
from tests.tasks.judge.mutants import BASES, mutants

WORKBOOKS = 10

REWRITES = (
    ("=SUM(A1:A3)", "=A1+A2+A3"),
    ("=SUM(A2:A30)", "=SUM(A2:A15)+SUM(A16:A30)"),
    ("=SUM(A2:A30)", "=SUMPRODUCT(A2:A30)"),
    ('=SUMIFS(I5:I54,B5:B54,"미흡",E5:E54,"모니터")', '=SUMIFS(I5:I54,E5:E54,"모니터",B5:B54,"미흡")'),
    ('=SUMIF(E2:E89,"진행중",F2:F89)', '=SUMIFS(F2:F89,E2:E89,"진행중")'),
    ('=SUMIF(E2:E89,"진행중",F2:F89)', '=SUMPRODUCT((E2:E89="진행중")*F2:F89)'),
    ('=COUNTIF(K2:K141,">=87")', '=COUNTIF(K2:K141,">="&87)'),
    ('=COUNTIF(B2:B89,"완료")', '=SUMPRODUCT(--(B2:B89="완료"))'),
    ('=AVERAGEIF(A2:A60,"서울",H2:H60)', '=AVERAGEIFS(H2:H60,A2:A60,"서울")'),
    ("=VLOOKUP(L7,A2:E70,4,FALSE)", "=INDEX(D2:D70,MATCH(L7,A2:A70,0))"),
    ("=VLOOKUP(L7,A2:E70,4,FALSE)", "=VLOOKUP($L$7,$A$2:$E$70,4,0)"),
    ("=INDEX(I4:I12,MATCH(R3,E4:E12,0))", "=VLOOKUP(R3,E4:I12,5,FALSE)"),
    ("=INDEX(I4:I12,MATCH(R3,E4:E12,0))", "=XLOOKUP(R3,E4:E12,I4:I12)"),
    ("=MAX(F2:F25)", "=LARGE(F2:F25,1)"),
    ("=AVERAGE(C3:C48)", "=SUM(C3:C48)/COUNT(C3:C48)"),
    ("=COUNTA(D2:D30)", "=ROWS(D2:D30)-COUNTBLANK(D2:D30)"),
    ('=IF(B59>=1800,"달성","미달")', '=IF(B59<1800,"미달","달성")'),
    ('=IF(A2>=90,"우수",IF(A2>=70,"보통","미흡"))', '=IFS(A2>=90,"우수",A2>=70,"보통",TRUE,"미흡")'),
    ("=ROUND(AVERAGE(G2:G51),1)", "=ROUND(SUM(G2:G51)/COUNT(G2:G51),1)"),
    ("=IFERROR(D7/E7,0)", "=IF(ISERROR(D7/E7),0,D7/E7)"),
    ("=LEFT(H13,3)", "=MID(H13,1,3)"),
    ('=MAXIFS(C2:C30,A2:A30,"서울")', '=MAX(IF(A2:A30="서울",C2:C30,-1E+9))'),
    ("=매출!B2+매출!C2", "=SUM(매출!B2:C2)"),
    ("=EOMONTH(A2,0)", "=DATE(YEAR(A2),MONTH(A2)+1,0)"),
    ("=VLOOKUP(A2,D2:E9,2)", "=LOOKUP(A2,D2:D9,E2:E9)"),
)


def one(reference: str, candidate: str | None) -> Verdict:
    return Judge(WORKBOOKS).examine(Case("1", reference, candidate))


@pytest.mark.parametrize(("reference", "candidate"), REWRITES)
def test_a_rewrite_is_equal_both_ways(reference: str, candidate: str) -> None:
    assert one(reference, candidate).outcome == "equal"
    assert one(candidate, reference).outcome == "equal"


@pytest.mark.slow
def test_mutants_are_found() -> None:
    cases = [Case(kind, base, mutant) for base in BASES for kind, mutant in mutants(base)]
    assert len(cases) > 200
    verdicts = judge(cases, WORKBOOKS)
    survivors = [case for case, verdict in zip(cases, verdicts, strict=True) if verdict.is_equal]
    assert 1 - len(survivors) / len(cases) >= 0.95, survivors


@pytest.mark.slow
def test_every_base_is_equal_to_itself_and_judgeable() -> None:
    verdicts = judge([Case(base, base, f"=IFERROR({base[1:]},1/0)") for base in BASES], WORKBOOKS)
    assert Counter((verdict.outcome, verdict.judgeable) for verdict in verdicts) == {("equal", True): len(BASES)}


@pytest.mark.slow
@pytest.mark.parametrize("constant", ["=0", '=""', "=1", "=A1", "=SUM(A1:A10)"])
def test_a_constant_answer_scores_about_nothing(constant: str) -> None:
    verdicts = judge([Case(base, base, constant) for base in BASES], WORKBOOKS)
    assert sum(verdict.is_equal for verdict in verdicts) == 0


def test_says_what_is_wrong_and_where() -> None:
    verdict = one("=SUM(A1:A3)", "=SUM(A1:A4)")
    assert verdict.outcome == "different"
    assert verdict.reason.startswith("gives ")
    assert verdict.reason.endswith("is right, in workbook 1")


def test_another_way_of_writing_is_the_same_formula() -> None:
    assert one("=SUM(A2:A30)", "= sum( $A$2:$A$30 )") == Verdict("equal", "the same formula", engines=("IronCalc",))


def test_no_formula_is_missing() -> None:
    assert one("=SUM(A1:A3)", None) == Verdict("missing", "the answer holds no formula")


@pytest.mark.parametrize("candidate", ["=SUM(A1:A3", "=SUM(A1:A3)원", "=SUMM(A1:A3)"])
def test_what_excel_refuses_is_malformed(candidate: str) -> None:
    assert one("=SUM(A1:A3)", candidate).outcome == "malformed"


def test_an_unsafe_answer_is_not_run() -> None:
    verdict = one("=SUM(A1:A3)", '=WEBSERVICE("http://example.com")')
    assert verdict.outcome == "malformed"
    assert verdict.reason.startswith("unsafe: WEBSERVICE")


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("=SUM(A1:A3", "the reference is malformed"),
        ("=Table1[금액]", "the reference is unsupported"),
        ('=SUM(SUMIFS(A1:A9,B1:B9,{"가","나"}))', "the reference has the form SUM(SUMIFS"),
        ("=AVERAGE(IF(A1:A9>3,B1:B9))", "the reference has the form AVERAGE(IF"),
        ("=COUNT(FILTER(A1:A9,A1:A9>3))", "the reference has the form COUNT(FILTER"),
        ('=LOOKUP(2,1/(A1:A9="x"),B1:B9)', "the reference has the form LOOKUP(2,1/"),
        ("=RAND()", "the reference uses RAND"),
        ("=1/0", "the reference gives nothing but errors"),
    ],
)
def test_a_reference_that_says_nothing_leaves_the_case_out(reference: str, reason: str) -> None:
    for candidate in (reference, "=SUM(A1:A9)", None):
        verdict = one(reference, candidate)
        assert not verdict.judgeable
        assert verdict.reason.startswith(reason)


@pytest.mark.parametrize(
    ("formula", "right"),
    [
        ("=SUM(SUMIFS(B1:B10,A1:A10,{2,3}))", 10.0),
        ("=AVERAGE(IF(A1:A10>3,B1:B10))", 14.0),
        ("=COUNT(FILTER(A1:A10,A1:A10>3))", 7.0),
        ("=LOOKUP(2,1/(A1:A10=4),B1:B10)", 8.0),
    ],
)
def test_the_engine_still_runs_these_wrong(formula: str, right: float) -> None:
    """Once this fails, IronCalc runs the form right: take it out of the judge's traps."""
    rows = {(row, column): float(row * column) for row in range(1, 11) for column in (1, 2)}
    assert IronCalc().run((Sheet("", rows),), [formula]) != [((right,),)]


def test_an_answer_that_the_engine_runs_wrong_is_no_right_answer() -> None:
    verdict = one('=AVERAGEIF(A1:A9,">3",B1:B9)', "=AVERAGE(IF(A1:A9>3,B1:B9))")
    assert (verdict.outcome, verdict.judgeable) == ("unsupported", True)


@pytest.mark.slow
def test_a_formula_that_takes_too_long_is_ended_and_the_rest_is_judged() -> None:
    # Over a second each, whatever the machine; ROWS keeps the columns whole.
    slow = "=ROWS(A:A)+" + "+".join(['SUMPRODUCT((A:A="x")*(B:B=1))'] * 12)
    started = time.monotonic()
    verdicts = judge(
        [Case("1", "=SUM(A1:A3)", slow), Case("2", "=SUM(A1:A3)", "=A1+A2+A3"), Case("3", slow, "=SUM(A1:A3)")],
        WORKBOOKS,
        limit_s=3,
        second=None,
    )
    assert time.monotonic() - started < 30
    assert verdicts[0] == Verdict("unsupported", "the answer takes too much time: over 3 s")
    assert verdicts[1].outcome == "equal"
    assert verdicts[2] == Verdict("unsupported", "the reference takes too much time: over 3 s", judgeable=False)


def test_progress_counts_every_verdict() -> None:
    seen: list[int] = []
    judge([Case(base, base, base) for base in BASES], 1, on_progress=seen.append)
    assert sum(seen) == len(BASES)


def test_numbers_compare_within_the_tolerance_and_errors_as_errors() -> None:
    assert same(((0.1 + 0.2,),), ((0.3,),))
    assert not same(((1.0,),), ((1.000001,),))
    assert same(((ErrorValue("#N/A"),),), ((ErrorValue("#VALUE!"),),))
    assert not same(((ErrorValue("#N/A"),),), (("#N/A",),))
    assert not same(((1.0,),), ((True,),))
    assert not same(((1.0,),), ((1.0, 2.0),))


def test_the_same_formulas_make_the_same_workbooks() -> None:
    tree = parse('=SUMIFS(C2:C30,A2:A30,"서울",B2:B30,">=50")')
    assert list(workbooks(tree, None, 3)) == list(workbooks(tree, None, 3))


def test_workbooks_hold_bounds_near_misses_and_poison() -> None:
    tree = parse('=SUMIFS(C5:C30,A5:A30,"서울",B5:B30,">=50")')
    cells = [workbook[0].cells for workbook in workbooks(tree, None, WORKBOOKS)]
    groups = {sheet.get((row, 1)) for sheet in cells for row in range(5, 31)}
    numbers = {sheet.get((row, 2)) for sheet in cells for row in range(5, 31)}
    assert {"서울", "서울시", None} <= groups
    assert {50.0, 49.0, 51.0} <= numbers
    assert all(abs(sheet[31, 3]) > 50_000 and abs(sheet[4, 3]) > 50_000 for sheet in cells)  # type: ignore[arg-type]
