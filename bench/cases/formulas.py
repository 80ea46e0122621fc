"""Labelled answers with formulas: which a filter that runs formulas must keep, and which it must drop.

    python -m bench.cases.formulas            precision and recall of the rule, as JSON, and what it got wrong

`CASES` is every formula below in every shape in which people write one, and whole answers in the words of a Korean
assistant. A case is broken where Excel refuses what the answer offers as its result; what an answer merely quotes,
explains or warns of breaks nothing. Written by hand; the formulas of `GOOD` are right by Microsoft's reference, also
where IronCalc does not know them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyarrow as pa

from bench.cases.formula_answers import ANSWERS, Case
from configs.schema import FilterConfig
from tasks.filter.formulas import FormulaRule

GOOD = tuple(
    r"""
=SUM(A2:A10)
=SUM(A2:A10, C2:C10, 100)
=sum( $a$2:a10 )
=IF(A2>=60,"합격","불합격")
=IF(AND(A2>=60,B2>=60),"합격",IF(OR(A2>=90,B2>=90),"재검토","불합격"))
=IFERROR(VLOOKUP(A2,Sheet2!$A$2:$D$100,3,FALSE),"없음")
=VLOOKUP(A2&"*",$F$2:$H$20,2,0)
=INDEX($C$2:$C$100,MATCH(1,($A$2:$A$100=F2)*($B$2:$B$100=G2),0))
=XLOOKUP(A2,D2:D100,E2:E100,"없음",0,1)
=SUMPRODUCT((A2:A100="서울")*(B2:B100>=DATE(2024,1,1))*C2:C100)
=SUMPRODUCT(--(MONTH(A2:A100)=3),B2:B100)
=SUMIFS(D2:D100,A2:A100,"서울",B2:B100,">="&DATE(2024,1,1),B2:B100,"<="&EOMONTH(DATE(2024,1,1),0))
=SUMIFS(매출!$D:$D,매출!$A:$A,$A2,매출!$B:$B,B$1)
=COUNTIFS(A2:A100,"<>",B2:B100,"*완료*")
=COUNTIF(A:A,A2)>1
=TEXT(A2,"#,##0원")
=LEFT(A2,FIND("-",A2)-1)
=MID(A2,FIND("(",A2)+1,FIND(")",A2)-FIND("(",A2)-1)
=TRIM(MID(SUBSTITUTE(A2,",",REPT(" ",100)),(COLUMN(A1)-1)*100+1,100))
=DATEDIF(A2,B2,"Y")&"년 "&DATEDIF(A2,B2,"YM")&"개월"
=NETWORKDAYS(A2,B2,$H$2:$H$20)
=CHOOSE(WEEKDAY(A2),"일","월","화","수","목","금","토")
=RANK(B2,$B$2:$B$20)+COUNTIF($B$2:B2,B2)-1
=SMALL(IF($A$2:$A$20=$F$1,ROW($A$2:$A$20)-1),ROWS($1:1))
=$B2="완료"
=AND($B2>100,$C2="서울")
=SUM(SUMIFS(C2:C20,A2:A20,{"서울","부산"}))
=OFFSET($A$1,0,0,COUNTA($A:$A),1)
=SUM(INDIRECT(A1&"!B2:B10"))
=AGGREGATE(14,6,B2:B100/(A2:A100="서울"),1)
=FILTER(A2:C100,(B2:B100="서울")*(C2:C100>100),"없음")
=SORT(FILTER(A2:C10,C2:C10>0),3,-1)
=TEXTJOIN(", ",TRUE,IF(A2:A10="서울",B2:B10,""))
=LET(합계,SUM(A2:A10),합계*1.1)
=LAMBDA(x,y,x+y)(1,2)+A1
=BYROW(A2:C10,SUM)
=GROUPBY(A1:A10,B1:B10,SUM)
=SUM(A2#)
=LOOKUP(2,1/(A2:A100<>""),A2:A100)
=LOOKUP(A2,{0,60,70,80,90},{"F","D","C","B","A"})
=PMT(5%/12,36,-B2)
=RATE(36,-300000,A2,0,0,0.1)
=IF(MOD(MID(A2,8,1),2)=1,"남","여")
=REPLACE(A2,8,7,"*******")
=-A2^2
=A2&" "&B2
="합계: "&TEXT(SUM(A2:A10),"#,##0")&"원"
=A2&" ""특가"" "
=IF(,1,A2)
=ADDRESS(ROW(),COLUMN(),4)
=CELL("filename",A1)
=AREAS((A1:A3,C1:C3))
=SUM(A1:C3 B2:D4)
=NUMBERSTRING(A2,1)
=PHONETIC(A2)
=GETPIVOTDATA("매출",$A$3,"지역","서울")
=SUM(Table1[금액])
=SUMIFS(표1[금액],표1[지역],"서울")
=[@단가]*[@수량]
=SUM(표1[@[1월]:[12월]])
=SUM(Sheet1:Sheet12!B2)
='1월 매출'!B2+'2월 매출'!B2
=1월!B2
=매출!B2*비용!C3
=A2:INDEX(A2:A10,3)
=@A2:A10
=SUM({1,2,3}*A2)
=SUM(R[-3]C:R[-1]C)
=SUM (A2:A10)
=_xlfn.XLOOKUP(A2,B2:B9,C2:C9)
=TODAY()-A2
=A2/0
=SERIES(Sheet1!$B$1,Sheet1!$A$2:$A$10,Sheet1!$B$2:$B$10,1)
=HYPERLINK("https://example.com/"&A2,"열기")
=WEBSERVICE("https://example.com/"&A2)
=SUM(매출)*A2
=IF(A2>=목표,"달성","미달")
=VLOOKUP(A2,CHOOSE({1,2},C2:C10,B2:B10),2,0)
=IFERROR(INDEX($A$2:$A$20,SMALL(IF($B$2:$B$20="서울",ROW($B$2:$B$20)-ROW($B$2)+1),ROW(1:1))),"")
""".strip().splitlines()
)
"""Formulas that Excel takes. Those with addresses on the web are another rule's business."""

DESCRIPTIONS = tuple(
    r"""
=SUM(범위)
=VLOOKUP(찾을값, 범위, 열번호, 0)
=VLOOKUP(찾을 값, 표 범위, 열 번호, [일치 옵션])
=VLOOKUP(lookup_value, table_array, col_index_num, [range_lookup])
=IF(조건, 참일 때 값, 거짓일 때 값)
=SUMIFS(합계범위, 조건범위1, 조건1, 조건범위2, 조건2, ...)
=INDEX(반환범위, MATCH(찾을값, 찾을범위, 0))
=VLOOKUP(A2, 범위, 2, FALSE)
=COUNTIF(A2:A10, 조건)
=SUM(number1, [number2], ...)
=DATEDIF(시작일, 종료일, 단위)
=XLOOKUP(찾을값, 찾을범위, 반환범위, [없을때], [일치모드])
=함수명(인수1, 인수2)
=IFS(조건1, 값1, 조건2, 값2)
""".strip().splitlines()
)
"""How a function is written: nothing to type as it stands, and nothing broken."""

BROKEN = tuple(
    r"""
=SUM(A2:A10
=SUM(A2:A10))
=SUMM(A2:A10)
=VLOOKUP(A2,B:C)
=VLOOKUP(A2,B2:C9,2,FALSE,1)
=COUNTIF(A1:A9)
=SUMIFS(A1:A9,B1:B9,"x",C1:C9)
=IF(A1>=80,“합격”,“불합격”)
=IF(A1>=80,'합격','불합격')
=IF(A1>=80,합격,불합격)
=IF(A1>=80,Pass,Fail)
=COUNTIF(A2:A10,서울)
=IF(A2=서울,1,0)
=MIN(K2;K87)
=SUM（A1:A3)
=SUM(A1，A3)
=SUM(A1、A3)
=A1==B1
=SUM(A1:A3,
=SUM(XFE1:XFE9)
=SUM(A2:A1048577)
=SUM(A2::A9)
=SUM(A2:A)
=SUM(A:A10)
=SUM(A2A10)
=SUM(A2~A10)
=SUM(A2:9)
=SUM(A1:A3 B1:B3)
=SUM(A1:A3)SUM(B1:B3)
=IF(A1>1 "a","b")
=A1×B1
=A1+*B1
=COUNTIF(LEFT(A2:A9,1),"서")
=SUMIF(FILTER(A2:A9,A2:A9>1),">1")
=IF(A2>60,"합격","불합격","기타")
=LEFT(A2,1,2)
=ROUND(A2)
=IFERROR(A2/B2)
=VLOKUP(A2,B2:C9,2,0)
=AVERAGEE(A2:A9)
=평균(A2:A10)
=SUM[A2:A10]
=VLOOKUP(A2,B2:C9,2,FALS)
=IF(A1=>80,"a","b")
=IF(A1!=80,"a","b")
=SUMIFS(C2:C10,A2:A10)
=TEXT(A2)
=IF(AND(A2>1,B2>2,"a","b")
=SUM((A2:A10)
=OR(A1=1,A1=2
=INDEX(B2:B10,MATCH(D2,A2:A10,0)
=XLOKUP(A2,B2:B9,C2:C9)
=SUMPRODUCT((A2:A9="서울")(B2:B9))
=IF(A2>10,"크다" "작다")
=DATE(2024,A2)
=AVERAGEIFS(C2:C9,A2:A9)
=COUNTIFS(A2:A9,">1",B2:B9)
=SUBSTITUTE(A2,"a")
=ROUND(SUM(A2:A9),2
=LARGE(A2:A9)
=IFS(A2>90,"A",A2>80)
=CONCATENATE(A2 B2)
=SUM(A2:A9)+
=RANK(A2,{1,2,3})
""".strip().splitlines()
)
"""Formulas that no engine takes, wherever they stand."""

STICKING = (
    "=SUM(A2:A10)원",
    "=SUM(A2:A10) B1",
    "=SUM(A2:A10)합계",
    '=SUM(A2:A10)"원"',
    "=AVERAGE(B2:B9)점",
    "=A2*B2개",
)
"""Formulas with something behind them: broken where they stand alone, cut off in a sentence."""

ALONE = {
    "alone": "{}",
    "alone, explained below": "{}\nA열의 값을 모두 계산합니다.",
    "label": "수식: {}",
    "bold label": "**수식:** {}",
    "list": "1. 빈 셀을 선택합니다.\n2. 수식: {}\n3. Enter를 누릅니다.",
    "fence": "다음 수식을 사용하세요.\n\n```excel\n{}\n```\n\n결과를 확인하세요.",
    "fence without language": "```\n{}\n```",
    "fence of Windows": "아래와 같습니다.\r\n```excel\r\n{}\r\n```\r\n",
}
WITHIN = {
    "inline code": "수식은 `{}` 입니다.",
    "code alone": "`{}`",
    "code after a label": "- 정답: `{}`",
    "code in a long answer": "조건을 하나씩 봅니다.\n\nC2 셀에 `{}` 을 입력한 다음 아래로 채우세요.\n\n끝입니다.",
    "table": "| 셀 | 수식 |\n|---|---|\n| C2 | `{}` |",
    "bold": "**`{}`**",
}
SHAPES = ALONE | WITHIN


def cases() -> Iterator[Case]:
    """All cases: every formula in every shape, then whole answers."""
    for shape, form in SHAPES.items():
        for formula in (*GOOD, *DESCRIPTIONS):
            cell = formula.replace("|", "\\|") if shape == "table" else formula
            yield Case(form.replace("{}", cell), True, f"{shape}: {formula}")
        for formula in BROKEN:
            yield Case(form.replace("{}", formula), False, f"{shape}: {formula}")
    for shape, form in ALONE.items():
        for formula in STICKING:
            yield Case(form.replace("{}", formula), False, f"{shape}: {formula}")
    yield from ANSWERS


CASES = tuple(cases())


def batch(some: tuple[Case, ...]) -> pa.RecordBatch:
    """The columns that the rule reads."""
    return pa.RecordBatch.from_pydict(
        {
            "instruction": pa.array([case.instruction for case in some], pa.string()),
            "input": pa.array([case.input for case in some], pa.string()),
            "answer": pa.array([case.answer for case in some], pa.string()),
        }
    )


def wrong(some: tuple[Case, ...] = CASES) -> list[Case]:
    """The cases that the rule keeps or drops against their label."""
    kept = FormulaRule().keeps(batch(some), FilterConfig()).to_pylist()
    return [case for case, keeps in zip(some, kept, strict=True) if keeps != case.keep]


def main() -> None:
    """Print the figures and the cases that went wrong."""
    good = sum(case.keep for case in CASES)
    missed = wrong()
    lost = [case for case in missed if case.keep]
    found = len(CASES) - good - (len(missed) - len(lost))
    figures = {
        "good": good,
        "broken": len(CASES) - good,
        "false_drops": len(lost) / good,
        "precision": found / (found + len(lost)),
        "recall": found / (len(CASES) - good),
        "wrong": [f"{'dropped' if case.keep else 'kept'}: {case.what}: {case.answer}" for case in missed],
    }
    print(json.dumps(figures, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
