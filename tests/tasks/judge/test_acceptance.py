"""What an engine accepts: nothing right is refused, and a refusal says why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from bench.cases.formulas import BROKEN, DESCRIPTIONS
from tasks.judge import skeleton, worker
from tasks.judge.acceptance import Acceptance, Verdict, read
from tasks.judge.batch import execute
from tasks.judge.cache import FormulaCache
from tasks.judge.engine import Grid, UnableError
from tasks.judge.workbooks import Workbook
from tests.tasks.judge.well_formed import WELL_FORMED


class Panic(BaseException):
    """As pyo3 raises it."""


class Unable:
    """An engine that can run nothing."""

    name = "unable"

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def run(self, workbook: Workbook, formulas: Sequence[str]) -> list[Grid]:
        raise self._error


REASONS = {
    "=SUM(A2:A9": Verdict("malformed", "the ( is not closed"),
    "=SUM(A2:A9)원": Verdict("malformed", "원 stands after the end of a value"),
    "=A2*B2개": Verdict("malformed", "개 stands after the end of a value"),
    "=SUMM(A2:A9)": Verdict("unknown function", "SUMM is no known function"),
    "=평균(A2:A9)": Verdict("unknown function", "평균 is no known function"),
    "=COUNTIF(A2:A9)": Verdict("malformed", "COUNTIF takes 2 arguments, not 1"),
    "=IF(A1>=80,합격,불합격)": Verdict("unknown name", "합격 is no known name; a text needs straight double quotes"),
    "=TEXT(A2,yyyy-mm-dd)": Verdict("unknown name", "YYYY is no known name; a text needs straight double quotes"),
    "=IF(A1>=80,“가”,1)": Verdict("malformed", "a text needs straight double quotes"),
    "=SUM(A1，B1)": Verdict("malformed", "， is a full-width sign"),
    "=SUM(A2:A)": Verdict("malformed", "the range at A has a column without a row"),
    "=SUM[A2:A9]": Verdict("malformed", "SUM takes its arguments in round brackets"),
    "=SUM A2:A9": Verdict("malformed", "SUM takes its arguments in round brackets"),
    "=SUM(A1:A3 B1:B3)": Verdict("malformed", "two references stand side by side and have no cell in common"),
    '=COUNTIF(LEFT(A2:A9),"가")': Verdict("malformed", "COUNTIF takes a range, not a computed value, as argument 1"),
    "=CONCAT(A2:C2#)": Verdict("refused", "IronCalc cannot run it (#ERROR!)"),
    '=WEBSERVICE("http://example.com")': Verdict("unsafe", "WEBSERVICE reaches out of the workbook"),
    "=[Book1.xlsx]Sheet1!A1": Verdict("unsafe", "a link to another workbook"),
    "=VLOOKUP(찾을값, 범위, 열번호, 0)": Verdict("description", "it describes a syntax"),
    "=A2/0": Verdict("accepted"),
    "=VLOOKUP(A2,B2:B9,7,FALSE)": Verdict("accepted"),
    "=GETPIVOTDATA(A2,B2)": Verdict("not executed", "the engine does not know GETPIVOTDATA well enough"),
    "=SUM(표1[금액])": Verdict("not executed", "it holds what only its own workbook knows"),
}


def test_every_reason() -> None:
    verdicts = Acceptance().verdicts(pa.array(list(REASONS)))
    assert dict(zip(REASONS, verdicts, strict=True)) == REASONS


def test_no_right_formula_is_refused() -> None:
    formulas = (*WELL_FORMED, *DESCRIPTIONS)
    verdicts = Acceptance().verdicts(pa.array(formulas))
    assert [pair for pair in zip(formulas, verdicts, strict=True) if pair[1].is_refusal] == []


def test_every_broken_formula_is_refused() -> None:
    refused = Acceptance().refused(pa.array(BROKEN)).to_pylist()
    assert [formula for formula, is_refused in zip(BROKEN, refused, strict=True) if not is_refused] == []


def test_most_right_formulas_are_run() -> None:
    kinds = [verdict.kind for verdict in Acceptance().verdicts(pa.array(WELL_FORMED))]
    assert kinds.count("accepted") / len(kinds) > 0.85


def test_a_verdict_does_not_depend_on_which_formulas_came_first() -> None:
    together = Acceptance().verdicts(pa.array(WELL_FORMED + BROKEN))
    backwards = Acceptance().verdicts(pa.array((WELL_FORMED + BROKEN)[::-1]))
    assert together == backwards[::-1]


def test_a_formula_and_its_outline_have_one_verdict() -> None:
    formulas = pa.array(WELL_FORMED + BROKEN)
    assert Acceptance().verdicts(formulas) == Acceptance().verdicts(skeleton.outlines(formulas))


@pytest.mark.slow
def test_what_is_abstracted_changes_no_verdict() -> None:
    """Mutants of right formulas, judged by their outline and as they stand."""
    mutants = _mutants(1500)
    outlined = [verdict.is_refusal for verdict in Acceptance().verdicts(pa.array(mutants))]
    plain = [read(_tidy(formula)) for formula in mutants]
    run = sorted({said for said in plain if isinstance(said, str)})
    ran = dict(zip(run, execute(run), strict=True))
    refused = [ran[said].startswith("refused") if isinstance(said, str) else said.is_refusal for said in plain]
    differ = [mutant for mutant, one, other in zip(mutants, outlined, refused, strict=True) if one != other]
    assert len(differ) <= 3, differ  # of 24,000, 8 do: a dot behind a reference, IronCalc's MATCH in two columns


def test_unknown_formulas_are_run_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def run(formulas: Sequence[str]) -> list[str]:
        asked.extend(formulas)
        return [""] * len(formulas)

    formulas = pa.array(["=SUM(A2:A9)", "=sum(B3:B40)", "=SUM(C1:C2)*2", "=SUM(A2:A9"])
    for _ in range(2):  # the second one knows from the file what the first one ran
        acceptance = Acceptance(FormulaCache(tmp_path / "formulas.json"), run)
        assert acceptance.refused(formulas).to_pylist() == [False, False, False, True]
        assert acceptance.refused(formulas).to_pylist() == [False, False, False, True]
    assert asked == ["=SUM(A2:A9)", "=SUM(A2:A9)*1"]


@pytest.mark.slow
def test_a_formula_that_hangs_the_engine_says_nothing_and_the_rest_is_run() -> None:
    slow = "=" + "+".join(['SUMPRODUCT((A:A="x")*(B:B=1))'] * 12)
    assert execute(["=A1", slow, "=SUM(A1:A3)"], limit_s=2) == ["", "unknown: it takes too much time: over 2 s", ""]


def test_a_formula_that_ends_the_process_says_nothing_and_the_rest_is_run() -> None:
    ended, ran = execute(["=XNPV(A2,A2)", "=A1"])  # malformed: whoever calls it does not ask for such
    assert ended.startswith("unknown: it ended the judge's process")
    assert ran == ""


@pytest.mark.parametrize(
    ("error", "formula", "said"),
    [
        (
            UnableError("IronCalc cannot run it (#ERROR!)"),
            "=SUM(A1)",
            "unknown: the engine does not know SUM well enough",
        ),
        (UnableError("IronCalc cannot run it (#N/IMPL!)"), "=A1", "unknown: IronCalc cannot run it (#N/IMPL!)"),
        (UnableError("IronCalc cannot run it (#ERROR!)"), "=A1", "refused: IronCalc cannot run it (#ERROR!)"),
        (Panic("index out of bounds"), "=A1", "unknown: the engine broke down: index out of bounds"),
    ],
)
def test_what_an_engine_says_of_itself_is_no_refusal(error: BaseException, formula: str, said: str) -> None:
    assert worker.ran(Unable(error), formula) == said


def _mutants(count: int) -> list[str]:
    dice = Random("mutants of right formulas")  # noqa: S311 - test data, nothing secret
    found: set[str] = set()
    while len(found) < count:
        formula = dice.choice(WELL_FORMED)
        at = dice.randrange(1, len(formula))
        sign = dice.choice(["", dice.choice("()\",:;=+-*/&<>%$!' 1A가.#@")])
        found.add(formula[:at] + sign + formula[at + (dice.random() < 0.6) :])
    return sorted(formula for formula in found if formula.startswith("=") and len(formula) > 1)


def _tidy(formula: str) -> str:
    """The formula in capitals without needless blanks, as an outline has it, and nothing replaced."""
    said = re.sub(r'"[^"]*"|[^"]+', lambda piece: piece[0] if piece[0][0] == '"' else piece[0].upper(), formula)
    for pattern, fixed in skeleton._TIDY[:3]:
        said = re.sub(pattern, fixed, said)
    return said.strip()
