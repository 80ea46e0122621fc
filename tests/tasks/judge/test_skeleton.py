"""What is left of a formula without its references and literals."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tasks.judge.skeleton import outlines, skeleton, skeletons
from tests.tasks.judge.well_formed import WELL_FORMED

SKELETONS = {
    '=SUMIF( $B$2:b90, "서울" ,C2:C90)': '=SUMIF(R1,"서울",R2)',
    "=SUM(A1:A3)+SUM(B1:B9)": "=SUM(R1)+SUM(R2b)",
    "=SUM(A1:A3)-A1+$A$1": "=SUM(R1)-C1+C1",
    "=SUM(A3:A1)+SUM(A1:A3)": "=SUM(R1)+SUM(R1)",
    "=SUM(A1:A3 B1:B3)": "=SUM(R1 R2)",
    "=SUM(A:A)+SUM(1:3)+SUM(a:$A)": "=SUM(W1)+SUM(W2)+SUM(W1)",
    "=_xlfn.XLOOKUP(A2 , D:D , E:E)": "=XLOOKUP(C1,W1,W2)",
    "='1월 매출'!B2+'1월 매출'!$B$2+B2": "=C1+C1+C2",
    "=SUM(Sheet1!A1:A3)": "=SUM(R1)",
    "=SUM(Sheet1:Sheet3!A1)": "=SUM(C1)",
    "=[@단가]*표1[수량]": "=S1*S2",
    "=A1:INDEX(A:A,3)": "=C1:INDEX(W1,3)",
    "=LOG10(A1)+1.50E+2": "=LOG10(C1)+150",
    "=SUM(A2:A9": "=SUM(R1",
}


@pytest.mark.parametrize(("formula", "left"), SKELETONS.items())
def test_references_are_numbered_by_kind_in_order(formula: str, left: str) -> None:
    assert skeleton(formula) == left


def test_the_same_question_of_other_cells_has_the_same_skeleton() -> None:
    one = '=SUMIFS(I5:I54,B5:B54,"미흡",E5:E54,">=80")'
    assert skeleton(one) == skeleton('= sumifs($C$2:$C$9 , A2:A9,"미흡", D2:D9,">=80" )')
    assert skeleton(one) != skeleton('=SUMIFS(I5:I54,I5:I54,"미흡",E5:E54,">=80")')
    assert skeleton(one) != skeleton('=SUMIFS(I5:I54,B5:B54,"우수",E5:E54,">=80")')


def test_literals_can_be_left_out_too() -> None:
    assert skeleton('=IF(A1>=80,"합격","불합격")', literals=False) == "=IF(C1>=N,T,T)"
    assert skeleton("=IF(A1>=.5,1e3,TRUE)", literals=False) == "=IF(C1>=N,N,TRUE)"


@pytest.mark.parametrize("text", ["", "합계", "A1+B1", '=IF(A1="가,1)'])
def test_what_is_no_formula_has_none(text: str) -> None:
    assert skeleton(text) is None


def test_an_array_has_the_skeleton_of_each() -> None:
    formulas = pa.array(["=SUM(A1:A9)", None, "합계", "=SUM(B2:B10)"])
    assert skeletons(formulas).to_pylist() == ["=SUM(R1)", None, None, "=SUM(R1)"]
    assert skeletons(formulas[2:]).to_pylist() == [None, "=SUM(R1)"]


OUTLINES = {
    '=sumif( $B$2:b90, "서울" ,C2:C90)': '=SUMIF(A2:A9,"S",A2:A9)',
    '=A1&"그는 ""네"" 했다"': '=A2&"S"',
    "=SUM($B:$D)*1234567890+0.05": "=SUM(A:A)*1+1",
    "={1,2;3.5,40}": "={1,1;1,1}",
    "='1월 매출'!B2": "='S'!A2",
    "=_xlfn.XLOOKUP(A2,B2:B9,C2:C9)": "=XLOOKUP(A2,A2:A9,A2:A9)",
    "=LOG10(100)+ATAN2(1,2)": "=LOG10(1)+ATAN2(1,1)",
}
KEPT = (
    "=XFE1",
    "=A0",
    "=A1048577",
    "=0:1",
    "=1048577:1",
    "=1.2.3",
    "=A2A10",
    "=$$A1",
    "=합계",
    "=SUM(A1:A3 B1:B3)",
    "=R[-1]C",
)


@pytest.mark.parametrize(("formula", "outline"), OUTLINES.items())
def test_outlines_hold_fixed_references_and_literals(formula: str, outline: str) -> None:
    assert outlines(pa.array([formula])).to_pylist() == [outline]


@pytest.mark.parametrize("formula", KEPT)
def test_an_outline_keeps_what_may_be_at_fault(formula: str) -> None:
    assert outlines(pa.array([formula])).to_pylist() == [formula]


def test_an_outline_is_its_own_outline() -> None:
    once = outlines(pa.array(WELL_FORMED))
    assert outlines(once) == once


def test_where_a_link_leads_is_kept() -> None:
    inside, outside = outlines(pa.array(['=HYPERLINK("#A1","가")', '=HYPERLINK("http://a","가")'])).to_pylist()
    assert inside != outside
