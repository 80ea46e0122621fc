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
from dataclasses import dataclass

import pyarrow as pa

from configs.schema import FilterConfig
from tasks.filter.formulas import FormulaRule


@dataclass(frozen=True, slots=True)
class Case:
    """An interaction, whether its answer is a good example, and what it tries."""

    answer: str
    keep: bool
    what: str
    instruction: str = "수식 알려줘"
    input: str = ""


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
    "code in a long answer": "이 경우에는 조건을 하나씩 확인해야 합니다.\n\nC2 셀에 `{}` 을 입력한 다음 아래로 채우세요.\n\n끝입니다.",
    "table": "| 셀 | 수식 |\n|---|---|\n| C2 | `{}` |",
    "bold": "**`{}`**",
}
SHAPES = ALONE | WITHIN


def _plain(answer: str, what: str, **prompt: str) -> Case:
    return Case(answer, True, what, **prompt)


def _bad(answer: str, what: str, **prompt: str) -> Case:
    return Case(answer, False, what, **prompt)


ANSWERS = (
    _plain("합계를 구하려면 =SUM(A2:A10)을 입력하세요.", "in a sentence, with a particle"),
    _plain("정답은 =SUM(A1:A3)입니다.", "in a sentence, with a copula"),
    _plain("=SUM(A2:A10)입니다.", "alone with a copula"),
    _plain("=SUM(A2:A3)를 입력하세요", "at the start of a sentence"),
    _plain('"=SUM(A2:A10)"를 입력하세요.', "in straight quotation marks"),
    _plain("“=IF(A2>=60,\"합격\",\"불합격\")”라고 쓰면 됩니다.", "in curly quotation marks, texts in straight ones"),
    _plain("'=A2&B2'를 C2에 넣으세요.", "in single quotation marks"),
    _plain("＝SUM（A1：A3）", "typed in full-width mode throughout"),
    _plain("{=SUM(A1:A3*B1:B3)}", "in the braces of an array formula"),
    _plain("=SUM(A1:A3), =AVERAGE(A1:A3), =MAX(A1:A3) 중에서 고르세요.", "several in a line"),
    _plain("=SUM(A1:A3) // 합계\n=AVERAGE(A1:A3) // 평균", "with comments"),
    _plain("=SUM(A1:A3) → 60", "with its result"),
    _plain("=SUM(A1:A3) = 60원", "with its result and unit"),
    _plain("=SUM(A1:A10): 합계를 구합니다.", "explained behind a colon"),
    _plain("=SUM(A1:A10) - 합계입니다", "explained behind a dash"),
    _plain("=SUM(A1:A3) (합계)", "explained in brackets"),
    _plain("=SUM(A1:A3) sums the range.", "explained in English"),
    _plain("셀\t수식\nB2\t=SUM(A2:A10)\nB3\t=AVERAGE(A2:A10)", "in a table of tabs"),
    _plain("| 용도 | 수식 |\n|---|---|\n| 합계 | =SUM(A2:A10) |\n| 평균 | =AVERAGE(A2:A10) |", "in a table"),
    _plain('{"formula": "=IF(A2>80,\\"합격\\",\\"불합격\\")", "설명": "점수에 따라 나눕니다."}', "in JSON"),
    _plain("<code>=SUM(A1:A3)</code>를 쓰세요.", "in HTML"),
    _plain("=IF(A1&gt;=80,&quot;합격&quot;,&quot;불합격&quot;)", "with entities of HTML"),
    _plain("```excel\n=IF(A2>=90,\"A\",\n  IF(A2>=80,\"B\",\n     \"C\"))\n```", "over several lines"),
    _plain("```excel\n=LET(\n  총액, SUM(B2:B10),\n  개수, COUNT(B2:B10),\n  총액 / 개수\n)\n```", "over several lines, with names"),
    _plain("```excel\n=A2\n  & \" \"\n  & B2\n```", "lines that begin with a sign"),
    _plain("```excel\n=SUM(A2:A10)\n=AVERAGE(A2:A10)\n```\n두 가지 중 하나를 고르세요.", "two in a fence"),
    _plain("C2: =A2*B2\nC3: =A3*B3", "cells before the formulas"),
    _plain("**=SUM(A2:A10)**", "in bold"),
    _plain("답: \"합계: \"&SUM(A2:A10) 앞에 =를 붙인 =\"합계: \"&SUM(A2:A10) 입니다.", "a formula that begins with a text"),
    _plain("```vba\nSub 합계()\n  Range(\"C1\").Formula = \"=SUM(A1:A3)\"\n  x =Application.WorksheetFunction.Sum(Range(\"A1\"))\nEnd Sub\n```", "VBA"),
    _plain("```python\ndf['합계'] = df[['a1', 'b1']].sum(axis=1)\n=SUM(A1:A3\n```", "Python, with what is no formula there"),
    _plain("```sql\nSELECT *\nFROM t\nWHERE a1\n=b1(\n```", "SQL"),
    _plain("```powerquery\nlet\n  원본 = Excel.CurrentWorkbook(){[Name=\"표1\"]}[Content],\n  결과\n= Table.SelectRows(원본, each [금액] > 1)\nin 결과\n```", "M"),
    _plain('Range("C1").Formula = "=IF(A1>0,""양수"",""음수"")"', "VBA without a fence: doubled marks"),
    _plain('파워 쿼리의 사용자 지정 열에 `=if [금액] > 100 then "높음" else "낮음"` 을 입력하세요.', "M in a sentence"),
    _plain("파워 피벗에서 측정값을 만드세요.\n\n`=CALCULATE(SUM(매출[금액]), 매출[지역]=\"서울\")`", "DAX"),
    _plain("구글 스프레드시트에서는 =ARRAYFORMULA(A2:A*B2:B) 를 쓰세요.", "Google Sheets"),
    _plain("=QUERY(A2:C, \"select A where B > 10\")", "Google Sheets by the prompt", instruction="구글 시트에서 조건에 맞는 행만 뽑는 법"),
    _plain("다음 코드를 모듈에 넣으세요.\n\n```vba\nFunction 세금(금액)\n  세금 = 금액 * 0.1\nEnd Function\n```\n\n이제 =TAXOF(A2) 처럼 쓸 수 있습니다. 사용자 정의 함수입니다.", "a function of one's own"),
    _plain("=할인액(A2)", "a LAMBDA behind a name", instruction="이름 관리자에 LAMBDA로 등록한 할인액 함수 쓰는 법"),
    _plain("=IF(A2=\"VIP\",할인율,0)", "a defined name in a branch", instruction="이름 정의로 할인율을 만들었어요. VIP면 적용하는 수식"),
    _plain("x = 3 이고 A=B 이면 합계 = 10 입니다.", "equations in prose"),
    _plain("평균 = (100+200+300) / 3\n= 600 / 3\n= 200점", "a calculation over lines"),
    _plain("= 단가 × 수량\n= 1,000원 × 3개\n= 3,000원", "a calculation with units"),
    _plain("매출 = 단가 × 수량으로 계산합니다.", "an equation of words"),
    _plain("`=`로 시작해야 수식으로 인식합니다. `=IF`처럼 함수 이름을 쓰세요.", "pieces that are no formulas"),
    _plain("=SUM( 을 입력하고 범위를 드래그한 다음 )를 입력합니다.\n결과: =SUM(A2:A10)", "typing, step by step"),
    _plain("1. C2 셀에 `=VLOOKUP(A2,` 까지 입력합니다.\n2. 표를 선택합니다.\n3. `,2,FALSE)` 를 입력합니다.", "typing, step by step, in code"),
    _plain("`=SUM()` 함수는 합계를, `=AVERAGE()` 함수는 평균을 구합니다.", "functions named with brackets"),
    _plain("Alt+= 을 누르면 자동 합계가 됩니다.", "a key"),
    _plain("화살표(=>)나 비교(>=, <=, <>)를 씁니다.", "signs"),
    _plain("=> A1 셀에 입력하세요.", "an arrow"),
    _plain("https://example.com/?q=SUM(A1 를 참고하세요.", "an address"),
    _plain("A2가 비어 있으면 SUM 함수가 0을 돌려줍니다.", "no formula at all"),
    _plain("[삽입] > [차트]에서 꺾은선 차트를 고르세요.", "a menu"),
    _plain("$$\\text{평균} =\\frac{\\sum A1}{n}$$", "LaTeX"),
    _plain("`=SUMM(A2:A10)`의 함수 이름이 틀렸습니다. `=SUM(A2:A10)`으로 고치세요.", "quotes the prompt's broken one", input="=SUMM(A2:A10)"),
    _plain("입력하신 수식:\n=SUM(A2:A10\n\n고친 수식:\n=SUM(A2:A10)", "quotes the broken one on a line", input="=SUM(A2:A10"),
    _plain("=sumif(A2:A9 , \"서울\" B2:B9) 에서 쉼표가 없습니다.\n\n```excel\n=SUMIF(A2:A9,\"서울\",B2:B9)\n```", "quotes with other spacing", input="=SUMIF(A2:A9,\"서울\" B2:B9)"),
    _plain("괄호를 닫지 않았습니다.\n\n- 수정 전: `=SUM(A2:A10`\n- 수정 후: `=SUM(A2:A10)`", "before and after", input="합계가 안 나와요"),
    _plain("❌ =SUM(A2;A10)\n✅ =SUM(A2:A10)", "marked wrong and right"),
    _plain("=SUM(A2:A10)\n\n주의: `=SUM(A2:A10` 처럼 괄호를 빼면 오류가 납니다.", "a warning"),
    _plain("잘못된 예:\n=COUNTIF(A2:A9)\n\n올바른 예:\n=COUNTIF(A2:A9,\"서울\")", "a wrong and a right example"),
    _plain("=IF(A2>=60,합격,불합격)은 따옴표가 빠졌습니다.\n=IF(A2>=60,\"합격\",\"불합격\")", "names the fault"),
    _plain("SUMM이라는 함수는 없습니다. `=SUMM(A2:A9)`가 아니라 `=SUM(A2:A9)`를 쓰세요.", "not this but that"),
    _plain("`=IF(A2>=60,` 부분은 조건이고 `\"합격\"` 은 참일 때 값입니다.", "takes the prompt's apart", instruction="설명해줘", input='=IF(A2>=60,"합격","불합격")'),
    _plain("```excel\n=IFERROR(VLOOKUP(A2,D2:F9,3,FALSE),\"\")\n```\n\n- `=IFERROR(`: 오류일 때 빈칸\n- `=IFERROR(VLOOKUP(A2,D2:F9,3,FALSE)`: 값 찾기", "takes its own apart"),
    _plain("이 수식은 A2:A10의 합계를 구합니다.", "explains without quoting", instruction="설명해줘", input="=SUM(A2:A10"),
    _plain("VLOOKUP의 구문은 다음과 같습니다.\n\n`=VLOOKUP(찾을값, 범위, 열번호, [일치유형])`\n\n예: `=VLOOKUP(E2, A2:C10, 3, FALSE)`", "syntax and example"),
    _plain("```excel\n=VLOOKUP(lookup_value, table_array, col_index_num, [range_lookup])\n```", "syntax in English"),
    _plain("=SUM(A2:A10, ...) 처럼 여러 범위를 넣을 수 있습니다.", "an ellipsis"),
    _plain("조건부 서식의 수식에 =$C2=\"완료\" 를 넣으세요.", "a condition"),
    _plain("=A1-B1 (단, A1이 더 커야 합니다.)", "a proviso"),
    _plain("C열 = A열 + B열 이므로 C2에 =A2+B2 를 넣고 채우기 핸들을 끕니다.", "columns in words, then the formula"),
    _plain("1) =COUNTIF($A$2:$A$100,A2)>1\n2) [서식]에서 색을 고릅니다.", "conditional formatting in steps"),
    _plain("=TEXT(A2,\"yyyy-mm-dd\") 형식으로 하시면 2024-01-31처럼 보입니다!", "exclamation"),
    _plain("수식 =SUM(A2:A10) 은 합계, 수식 =AVERAGE(A2:A10) 은 평균이에요~", "two in a sentence"),
    _plain("=IF(A2=\"\",\"\",TEXT(A2,\"0.0\")&\"점\")처럼 하면 빈 셀은 빈칸이 됩니다.", "with an unlisted ending"),
    _plain("정답: `=ROUND(AVERAGE(B2:B30),1)`\n\n(소수 둘째 자리에서 반올림합니다.)", "a remark"),
    _plain("> =SUM(A2:A10)\n\n위 수식을 복사해서 붙여 넣으세요.", "a quotation"),
    _plain("=SUM(Sheet1!A2:A10)+SUM('2월 매출'!A2:A10) 을 쓰면 두 시트를 더합니다.", "sheets in a sentence"),
    _plain("", "an empty answer"),
    _bad("합계를 구하려면 =SUM(A2:A10 을 입력하세요.", "a bracket in a sentence"),
    _bad("수식은 =SUM(A2:A10 입니다.", "a bracket in a short sentence"),
    _bad("합계는 =SUMM(A2:A10)으로 구합니다.", "an unknown function in a sentence"),
    _bad('"=IF(A2>=60,합격,불합격)"을 입력하세요.', "lost marks in quotation marks"),
    _bad("=SUMM(A2:A10)", "the prompt's own broken formula as the answer", input="=SUMM(A2:A10)"),
    _bad("=SUMM(A2:A10)\nA2:A10의 합계를 구합니다.", "the prompt's own, explained", input="=SUMM(A2:A10)"),
    _bad("=SUM(A2:A10", "half of what the prompt has", input="=SUM(A2:A10)이 안 돼요"),
    _bad("```excel\n=IF(A2>=90,\"A\",\n  IF(A2>=80,\"B\",\n     \"C\")\n```", "a bracket, over several lines"),
    _bad("다음을 쓰세요.\n\n```excel\n=VLOOKUP(A2,D2:F9)\n```\n\n`=SUM(A1:A3)`도 있습니다.", "the fence is broken, an aside is not"),
    _bad("| 용도 | 수식 |\n|---|---|\n| 합계 | =SUM(A2:A10 |\n| 평균 | =AVERAGE(A2:A10) |", "one cell of a table"),
    _bad("방법 1: =SUMPRODUCT((A2:A9=\"서울\")*B2:B9)\n방법 2: =SUMIFF(A2:A9,\"서울\",B2:B9)", "the second of two ways"),
    _bad("=SUM(A2:A10\n=SUM(B2:B10)\n=SUM(C2:C10)", "the first of three"),
    _bad('{"formula": "=IF(A2>80,\\"합격\\",\\"불합격\\"", "설명": "나눕니다."}', "a bracket in JSON"),
    _bad("=IFERROR(A2/B2,0\n오류가 나면 0을 표시합니다.", "speaks of errors, which is its purpose"),
    _bad("C2 셀에 `=COUNTIF(A2:A10)` 을 입력하세요.", "too few arguments in code"),
    _bad("정답은 '=SUM(A2:A10' 입니다.", "a bracket in single marks"),
    _bad("**=AVERAG(A2:A10)**", "in bold"),
    _bad("=IF(A1>=80,“합격”,“불합격”)\n80점 이상이면 합격입니다.", "curly marks, explained"),
    _bad("구글 시트에서도 됩니다: =SUM(A2:A10", "unclosed anywhere"),
    _bad("=IF(A2>=60,\"합격\",\"불합격\"", "the end is missing", instruction="60점 이상이면 합격"),
    _bad("＝SUM（A1：A3", "full-width, unclosed"),
    _bad("=SUM(A2:A10)+VLOOKUP(A2,B2:C9)", "a part is broken"),
)  # fmt: skip


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
