"""Formulas that people ask for, rewrites that mean the same, and near misses that do not, by function.

Written before the judge was run on them. A rewrite gives the same wherever the reference is used as it is meant: numbers
in number columns, a blank or a text now and then where the reference is about such. A near miss is wrong on some
workbook that a user may well have; each is a mistake that answers really make.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """A reference with its equivalents and its near misses."""

    function: str
    reference: str
    equal: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


FAMILIES = (
    Family(
        "SUM",
        "=SUM(B2:B31)",
        ("=SUM(B2:B16,B17:B31)", "=SUMPRODUCT(B2:B31)", "=SUBTOTAL(9,B2:B31)", "=SUM(B31:B2)"),
        ("=SUM(B2:B30)", "=SUM(B1:B31)", "=SUM(B2,B31)", "=SUM(C2:C31)", "=SUM(B2:C31)", "=COUNT(B2:B31)"),
    ),
    Family(
        "SUM",
        "=SUM(B2:D2)",
        ("=B2+C2+D2", "=SUM(B2,C2,D2)"),
        ("=B2+D2", "=SUM(B2:E2)", "=SUM(B2:D3)", "=PRODUCT(B2:D2)"),
    ),
    Family(
        "SUM",
        "=SUM('1월'!B2:B20)-SUM('2월'!B2:B20)",
        ("=-(SUM('2월'!B2:B20)-SUM('1월'!B2:B20))",),
        (
            "=SUM('2월'!B2:B20)-SUM('1월'!B2:B20)",
            "=SUM(B2:B20)-SUM('2월'!B2:B20)",
            "=SUM('1월'!B2:B20)-SUM('2월'!B2:B21)",
        ),
    ),
    Family("SUM", "=SUM(B:B)", ("=SUM(B1:B1048576)",), ("=SUM(C:C)", "=SUM(B2:B10)", "=AVERAGE(B:B)")),
    Family(
        "AVERAGE",
        "=AVERAGE(C2:C25)",
        ("=SUM(C2:C25)/COUNT(C2:C25)", "=SUBTOTAL(1,C2:C25)"),
        (
            "=SUM(C2:C25)/ROWS(C2:C25)",
            "=MEDIAN(C2:C25)",
            "=AVERAGE(C2:C24)",
            "=AVERAGEA(C2:C25)*1.01",
            "=SUM(C2:C25)/24",
        ),
    ),
    Family(
        "COUNT",
        "=COUNT(A2:A50)",
        ("=SUMPRODUCT(--ISNUMBER(A2:A50))",),
        ("=COUNTA(A2:A50)", "=COUNT(A2:A49)", "=COUNTBLANK(A2:A50)", "=ROWS(A2:A50)"),
    ),
    Family(
        "COUNTA",
        "=COUNTA(A2:A50)",
        ("=ROWS(A2:A50)-COUNTBLANK(A2:A50)", '=COUNTIF(A2:A50,"<>")', '=SUMPRODUCT(--(A2:A50<>""))'),
        ("=COUNT(A2:A50)", "=COUNTA(A1:A50)", "=ROWS(A2:A50)"),
    ),
    Family(
        "COUNTBLANK",
        "=COUNTBLANK(D2:D40)",
        ('=SUMPRODUCT(--(D2:D40=""))', '=COUNTIF(D2:D40,"")', "=ROWS(D2:D40)-COUNTA(D2:D40)"),
        ("=COUNTBLANK(D2:D39)", "=COUNTA(D2:D40)", "=COUNTIF(D2:D40,0)"),
    ),
    Family(
        "MAX",
        "=MAX(E2:E60)",
        ("=LARGE(E2:E60,1)", "=-MIN(-E2:E60)"),
        ("=LARGE(E2:E60,2)", "=MAX(E2:E59)", "=MIN(E2:E60)", "=MAX(E3:E60)", "=MAX(ABS(E2:E60))"),
    ),
    Family("MIN", "=MIN(E2:E60)", ("=SMALL(E2:E60,1)",), ("=SMALL(E2:E60,2)", "=MAX(E2:E60)", "=MIN(E2:E61)")),
    Family(
        "MEDIAN",
        "=MEDIAN(B2:B22)",
        ("=QUARTILE(B2:B22,2)", "=PERCENTILE(B2:B22,0.5)"),
        ("=AVERAGE(B2:B22)", "=PERCENTILE(B2:B22,0.55)", "=MEDIAN(B2:B21)"),
    ),
    Family(
        "LARGE",
        "=LARGE(C2:C30,2)",
        ("=SMALL(C2:C30,COUNT(C2:C30)-1)",),
        ("=LARGE(C2:C30,3)", "=LARGE(C2:C30,1)", "=SMALL(C2:C30,2)", "=LARGE(UNIQUE(C2:C30),2)"),
    ),
    Family(
        "RANK",
        "=RANK(C5,C2:C30)",
        ("=RANK.EQ(C5,C2:C30,0)", '=COUNTIF(C2:C30,">"&C5)+1', "=SUMPRODUCT(--(C2:C30>C5))+1"),
        (
            "=RANK(C5,C2:C30,1)",
            "=RANK.AVG(C5,C2:C30)",
            '=COUNTIF(C2:C30,">="&C5)',
            "=RANK(C6,C2:C30)",
            "=RANK(C5,C3:C30)",
        ),
    ),
    Family(
        "ROUND",
        "=ROUND(B2,2)",
        ("=ROUND(B2*100,0)/100",),
        ("=ROUND(B2,1)", "=ROUNDUP(B2,2)", "=ROUNDDOWN(B2,2)", "=TRUNC(B2,2)", "=INT(B2*100)/100", "=ROUND(B2,-2)"),
    ),
    Family(
        "ROUND",
        "=ROUND(B2*C2,-3)",
        ("=MROUND(ABS(B2*C2),1000)*SIGN(B2*C2)", "=ROUND(B2*C2/1000,0)*1000"),
        ("=ROUND(B2*C2,3)", "=ROUNDDOWN(B2*C2,-3)", "=ROUND(B2*C2,-2)", "=ROUND(B2,-3)*C2"),
    ),
    Family(
        "INT",
        "=INT(B2/C2)",
        ("=ROUNDDOWN(B2/C2,0)-IF(AND(B2/C2<0,MOD(B2/C2,1)<>0),1,0)", "=FLOOR.MATH(B2/C2)"),
        ("=TRUNC(B2/C2)", "=ROUND(B2/C2,0)", "=INT(C2/B2)", "=QUOTIENT(B2,C2)"),
    ),
    Family("MOD", "=MOD(B2,7)", ("=B2-7*INT(B2/7)",), ("=MOD(B2,6)", "=B2-7*TRUNC(B2/7)", "=MOD(7,B2)", "=INT(B2/7)")),
    Family(
        "SUMPRODUCT",
        "=SUMPRODUCT(B2:B20,C2:C20)",
        ("=SUMPRODUCT(B2:B20*C2:C20)", "=SUM(B2:B20*C2:C20)"),
        (
            "=SUM(B2:B20)*SUM(C2:C20)",
            "=SUMPRODUCT(B2:B20+C2:C20)",
            "=SUMPRODUCT(B2:B20,D2:D20)",
            "=SUMPRODUCT(B2:B19,C2:C19)",
        ),
    ),
    Family(
        "SUMPRODUCT",
        '=SUMPRODUCT((A2:A40="서울")*(B2:B40>=100)*C2:C40)',
        (
            '=SUMIFS(C2:C40,A2:A40,"서울",B2:B40,">=100")',
            '=SUMPRODUCT(--(A2:A40="서울"),--(B2:B40>=100),C2:C40)',
            '=SUM(FILTER(C2:C40,(A2:A40="서울")*(B2:B40>=100),0))',
        ),
        (
            '=SUMPRODUCT((A2:A40="서울")*(B2:B40>100)*C2:C40)',
            '=SUMPRODUCT((A2:A40="서울")+(B2:B40>=100)*C2:C40)',
            '=SUMPRODUCT((A2:A40="서울")*(B2:B40>=100)*B2:B40)',
            '=SUMIFS(C2:C40,A2:A40,"서울*",B2:B40,">=100")',
        ),
    ),
    Family(
        "SUMPRODUCT",
        "=SUMPRODUCT(1/COUNTIF(A2:A20,A2:A20))",
        ("=COUNTA(UNIQUE(A2:A20))", "=ROWS(UNIQUE(A2:A20))"),
        (
            "=COUNTA(A2:A20)",
            "=SUMPRODUCT(1/COUNTIF(A2:A19,A2:A19))",
            "=SUMPRODUCT(COUNTIF(A2:A20,A2:A20))",
            "=SUMPRODUCT(--(COUNTIF(A2:A20,A2:A20)=1))",
        ),
    ),
    Family(
        "SUMIF",
        '=SUMIF(A2:A60,"부산",C2:C60)',
        (
            '=SUMIFS(C2:C60,A2:A60,"부산")',
            '=SUMPRODUCT((A2:A60="부산")*C2:C60)',
            '=SUMIF(A2:A60,"=부산",C2:C60)',
            '=SUMIF(A2:A60,"부산",C2)',
        ),
        (
            '=SUMIF(A2:A60,"부산",B2:B60)',
            '=SUMIF(A2:A60,"*부산*",C2:C60)',
            '=SUMIF(A2:A60,"<>부산",C2:C60)',
            '=COUNTIF(A2:A60,"부산")',
            '=SUMIF(A2:A60,"부산",C3:C61)',
            '=SUMIF(C2:C60,"부산",A2:A60)',
        ),
    ),
    Family(
        "SUMIF",
        '=SUMIF(B2:B60,">50")',
        (
            '=SUMIFS(B2:B60,B2:B60,">50")',
            "=SUMPRODUCT((B2:B60>50)*B2:B60)",
            '=SUMIF(B2:B60,">"&50)',
            '=SUM(B2:B60)-SUMIF(B2:B60,"<=50")',
        ),
        ('=SUMIF(B2:B60,">=50")', '=SUMIF(B2:B60,">51")', '=COUNTIF(B2:B60,">50")', '=SUMIF(B2:B60,"<50")'),
    ),
    Family(
        "SUMIFS",
        '=SUMIFS(D2:D80,A2:A80,E1,B2:B80,">="&F1)',
        ('=SUMIFS(D2:D80,B2:B80,">="&F1,A2:A80,E1)', "=SUMPRODUCT((A2:A80=E1)*(B2:B80>=F1)*D2:D80)"),
        (
            '=SUMIFS(D2:D80,A2:A80,E1,B2:B80,">"&F1)',
            '=SUMIFS(D2:D80,A2:A80,F1,B2:B80,">="&E1)',
            "=SUMIFS(D2:D80,A2:A80,E1)",
            '=SUMIFS(D2:D80,A2:A80,E1,C2:C80,">="&F1)',
            '=SUMIFS(D2:D80,A2:A80,E2,B2:B80,">="&F1)',
        ),
    ),
    Family(
        "SUMIFS",
        '=SUMIFS(C2:C50,A2:A50,">="&DATE(2024,1,1),A2:A50,"<="&DATE(2024,1,31))',
        (
            '=SUMIFS(C2:C50,A2:A50,">="&DATE(2024,1,1),A2:A50,"<"&DATE(2024,2,1))',
            "=SUMPRODUCT((YEAR(A2:A50)=2024)*(MONTH(A2:A50)=1)*C2:C50)",
        ),
        (
            '=SUMIFS(C2:C50,A2:A50,">="&DATE(2024,1,1),A2:A50,"<"&DATE(2024,1,31))',
            '=SUMIFS(C2:C50,A2:A50,">="&DATE(2024,1,1))',
            '=SUMIFS(C2:C50,A2:A50,">"&DATE(2024,1,1),A2:A50,"<="&DATE(2024,1,31))',
            "=SUMPRODUCT((MONTH(A2:A50)=1)*C2:C50)",
            '=SUMIFS(C2:C50,A2:A50,">="&DATE(2024,2,1),A2:A50,"<="&DATE(2024,2,29))',
        ),
    ),
    Family(
        "SUMIFS",
        '=SUM(SUMIFS(C2:C50,A2:A50,{"서울","부산"}))',
        (
            '=SUMIFS(C2:C50,A2:A50,"서울")+SUMIFS(C2:C50,A2:A50,"부산")',
            '=SUMPRODUCT(((A2:A50="서울")+(A2:A50="부산"))*C2:C50)',
        ),
        (
            '=SUMIFS(C2:C50,A2:A50,"서울",A2:A50,"부산")',
            '=SUMIFS(C2:C50,A2:A50,"서울")',
            '=SUM(SUMIFS(C2:C50,A2:A50,{"서울","대구"}))',
        ),
    ),
    Family(
        "COUNTIF",
        '=COUNTIF(A2:A70,"*완료*")',
        ('=SUMPRODUCT(--ISNUMBER(SEARCH("완료",A2:A70)))', '=COUNTIFS(A2:A70,"*완료*")'),
        (
            '=COUNTIF(A2:A70,"완료")',
            '=COUNTIF(A2:A70,"완료*")',
            '=COUNTIF(A2:A70,"<>*완료*")',
            '=COUNTIF(A2:A69,"*완료*")',
        ),
    ),
    Family(
        "COUNTIF",
        '=COUNTIF(B2:B70,"<>0")',
        ("=SUMPRODUCT(--(B2:B70<>0))-SUMPRODUCT(0*B2:B70)+COUNTBLANK(B2:B70)",),
        ("=COUNTIF(B2:B70,0)", '=COUNTIF(B2:B70,">0")', '=COUNTIF(B2:B70,"<>1")'),
    ),
    Family(
        "COUNTIF",
        "=COUNTIF(A2:A50,A2)>1",
        ("=SUMPRODUCT(--(A2:A50=A2))>1",),
        ("=COUNTIF(A2:A50,A2)>=1", "=COUNTIF(A2:A50,A2)>2", "=COUNTIF(A3:A50,A2)>1", "=COUNTIF(A2:A50,A3)>1"),
    ),
    Family(
        "COUNTIFS",
        '=COUNTIFS(A2:A50,"영업",B2:B50,">=60",B2:B50,"<80")',
        (
            '=COUNTIFS(A2:A50,"영업",B2:B50,">=60")-COUNTIFS(A2:A50,"영업",B2:B50,">=80")',
            '=SUMPRODUCT((A2:A50="영업")*(B2:B50>=60)*(B2:B50<80))',
        ),
        (
            '=COUNTIFS(A2:A50,"영업",B2:B50,">=60",B2:B50,"<=80")',
            '=COUNTIFS(A2:A50,"영업",B2:B50,">60",B2:B50,"<80")',
            '=COUNTIFS(A2:A50,"영업",B2:B50,">=60")',
            '=COUNTIFS(A2:A50,"<>영업",B2:B50,">=60",B2:B50,"<80")',
        ),
    ),
    Family(
        "AVERAGEIF",
        '=AVERAGEIF(A2:A50,"대리",D2:D50)',
        (
            '=AVERAGEIFS(D2:D50,A2:A50,"대리")',
            '=SUMIF(A2:A50,"대리",D2:D50)/COUNTIFS(A2:A50,"대리",D2:D50,"<>")',
            '=AVERAGE(IF(A2:A50="대리",IF(D2:D50<>"",D2:D50)))',
        ),
        (
            '=AVERAGEIF(A2:A50,"대리",C2:C50)',
            '=SUMIF(A2:A50,"대리",D2:D50)/ROWS(D2:D50)',
            '=AVERAGEIF(A2:A50,"대리*",D2:D50)',
            "=AVERAGE(D2:D50)",
            '=SUMIF(A2:A50,"대리",D2:D50)',
        ),
    ),
    Family(
        "AVERAGEIFS",
        '=AVERAGEIFS(D2:D50,A2:A50,"서울",B2:B50,"<30")',
        ('=SUMIFS(D2:D50,A2:A50,"서울",B2:B50,"<30")/COUNTIFS(A2:A50,"서울",B2:B50,"<30",D2:D50,"<>")',),
        (
            '=AVERAGEIFS(D2:D50,A2:A50,"서울",B2:B50,"<=30")',
            '=AVERAGEIFS(D2:D50,A2:A50,"서울")',
            '=AVERAGEIFS(C2:C50,A2:A50,"서울",B2:B50,"<30")',
        ),
    ),
    Family(
        "MAXIFS",
        '=MAXIFS(C2:C50,A2:A50,"여")',
        ('=MAX((A2:A50="여")*C2:C50+(A2:A50<>"여")*-1E+9)',),
        ('=MINIFS(C2:C50,A2:A50,"여")', "=MAX(C2:C50)", '=MAXIFS(C2:C50,A2:A50,"남")', '=MAXIFS(C2:C49,A2:A49,"여")'),
    ),
    Family(
        "IF",
        '=IF(B2>=60,"합격","불합격")',
        (
            '=IF(B2<60,"불합격","합격")',
            '=IFS(B2>=60,"합격",TRUE,"불합격")',
            '=IF(NOT(B2<60),"합격","불합격")',
            '=CHOOSE((B2>=60)+1,"불합격","합격")',
        ),
        (
            '=IF(B2>60,"합격","불합격")',
            '=IF(B2>=60,"불합격","합격")',
            '=IF(B2>=61,"합격","불합격")',
            '=IF(B2>=60,"합격","")',
            '=IF(B3>=60,"합격","불합격")',
            '=IF(B2>=60,"합격 ","불합격")',
        ),
    ),
    Family(
        "IF",
        '=IF(A2="","",B2*C2)',
        ('=IF(ISBLANK(A2),"",B2*C2)', '=IF(A2<>"",B2*C2,"")', '=IF(LEN(A2)=0,"",B2*C2)'),
        ("=B2*C2", '=IF(A2="",0,B2*C2)', '=IF(B2="","",B2*C2)', '=IF(A2="","",B2+C2)'),
    ),
    Family(
        "IF",
        '=IF(B2>=90,"A",IF(B2>=80,"B",IF(B2>=70,"C","D")))',
        (
            '=IFS(B2>=90,"A",B2>=80,"B",B2>=70,"C",TRUE,"D")',
            '=IF(B2<70,"D",IF(B2<80,"C",IF(B2<90,"B","A")))',
            '=LOOKUP(MAX(B2,0),{0,70,80,90},{"D","C","B","A"})',
        ),
        (
            '=IF(B2>90,"A",IF(B2>=80,"B",IF(B2>=70,"C","D")))',
            '=IF(B2>=90,"A",IF(B2>80,"B",IF(B2>=70,"C","D")))',
            '=IF(B2>=90,"A",IF(B2>=80,"B",IF(B2>70,"C","D")))',
            '=IF(B2>=70,"C",IF(B2>=80,"B",IF(B2>=90,"A","D")))',
            '=IF(B2>=90,"A",IF(B2>=80,"B","D"))',
        ),
    ),
    Family(
        "AND",
        '=IF(AND(B2>=60,C2>=60,D2>=60),"통과","탈락")',
        (
            '=IF(MIN(B2:D2)>=60,"통과","탈락")',
            '=IF(OR(B2<60,C2<60,D2<60),"탈락","통과")',
            '=IF(B2>=60,IF(C2>=60,IF(D2>=60,"통과","탈락"),"탈락"),"탈락")',
        ),
        (
            '=IF(OR(B2>=60,C2>=60,D2>=60),"통과","탈락")',
            '=IF(AND(B2>=60,C2>=60),"통과","탈락")',
            '=IF(AVERAGE(B2:D2)>=60,"통과","탈락")',
            '=IF(AND(B2>=60,C2>60,D2>=60),"통과","탈락")',
        ),
    ),
    Family(
        "OR",
        '=OR(A2="토",A2="일")',
        ('=(A2="토")+(A2="일")>0', '=IF(A2="토",TRUE,A2="일")', '=NOT(AND(A2<>"토",A2<>"일"))'),
        ('=AND(A2="토",A2="일")', '=A2="토"', '=OR(A2="토",A2="월")', '=XOR(A2="토",A2<>"일")'),
    ),
    Family(
        "IFERROR",
        "=IFERROR(B2/C2,0)",
        ("=IF(ISERROR(B2/C2),0,B2/C2)", "=IF(C2=0,0,B2/C2)"),
        ("=B2/C2", "=IFERROR(C2/B2,0)", '=IFERROR(B2/C2,"")', "=IFERROR(B2/C2,1)", "=IFNA(B2/C2,0)"),
    ),
    Family(
        "IFNA",
        '=IFNA(VLOOKUP(A2,F2:G40,2,FALSE),"없음")',
        (
            '=IFERROR(VLOOKUP(A2,F2:G40,2,0),"없음")',
            '=XLOOKUP(A2,F2:F40,G2:G40,"없음")',
            '=IF(COUNTIF(F2:F40,A2)=0,"없음",INDEX(G2:G40,MATCH(A2,F2:F40,0)))',
        ),
        (
            "=VLOOKUP(A2,F2:G40,2,FALSE)",
            '=IFNA(VLOOKUP(A2,F2:G40,2,TRUE),"없음")',
            '=IFNA(VLOOKUP(A2,F2:G40,1,FALSE),"없음")',
            '=IFNA(VLOOKUP(A2,F2:G39,2,FALSE),"없음")',
            '=XLOOKUP(A2,F2:F40,G2:G40,"없음",-1)',
        ),
    ),
    Family(
        "VLOOKUP",
        "=VLOOKUP(E2,A2:C50,3,FALSE)",
        ("=INDEX(C2:C50,MATCH(E2,A2:A50,0))", "=XLOOKUP(E2,A2:A50,C2:C50)", "=VLOOKUP(E2,A2:C50,COLUMNS(A2:C50),0)"),
        (
            "=VLOOKUP(E2,A2:C50,2,FALSE)",
            "=VLOOKUP(E2,A2:C50,3,TRUE)",
            "=VLOOKUP(E2,A2:C50,3)",
            "=VLOOKUP(E2,A3:C50,3,FALSE)",
            "=VLOOKUP(E2,A2:C49,3,FALSE)",
            "=VLOOKUP(E3,A2:C50,3,FALSE)",
            "=XLOOKUP(E2,A2:A50,C2:C50,,0,-1)",
        ),
    ),
    Family(
        "VLOOKUP",
        "=VLOOKUP(B2,$F$2:$G$8,2,TRUE)",
        ("=LOOKUP(B2,F2:F8,G2:G8)", "=INDEX(G2:G8,MATCH(B2,F2:F8,1))", "=XLOOKUP(B2,F2:F8,G2:G8,,-1)"),
        (
            "=VLOOKUP(B2,$F$2:$G$8,2,FALSE)",
            "=XLOOKUP(B2,F2:F8,G2:G8,,1)",
            "=VLOOKUP(B2,$F$2:$G$7,2,TRUE)",
            "=VLOOKUP(B2,$F$2:$G$8,1,TRUE)",
        ),
    ),
    Family(
        "HLOOKUP",
        "=HLOOKUP(A5,B1:M3,3,FALSE)",
        ("=INDEX(B3:M3,MATCH(A5,B1:M1,0))", "=XLOOKUP(A5,B1:M1,B3:M3)"),
        ("=HLOOKUP(A5,B1:M3,2,FALSE)", "=HLOOKUP(A5,B1:L3,3,FALSE)", "=HLOOKUP(A6,B1:M3,3,FALSE)"),
    ),
    Family(
        "XLOOKUP",
        '=XLOOKUP(E2,B2:B40,A2:A40,"없음")',
        ('=IFERROR(INDEX(A2:A40,MATCH(E2,B2:B40,0)),"없음")', '=IFNA(INDEX(A2:A40,XMATCH(E2,B2:B40)),"없음")'),
        (
            '=XLOOKUP(E2,A2:A40,B2:B40,"없음")',
            "=XLOOKUP(E2,B2:B40,A2:A40)",
            '=XLOOKUP(E2,B2:B40,A2:A40,"없음",1)',
            '=XLOOKUP(E2,B2:B39,A2:A39,"없음")',
        ),
    ),
    Family(
        "INDEX",
        "=INDEX(B2:F20,MATCH(H2,A2:A20,0),MATCH(I2,B1:F1,0))",
        ("=XLOOKUP(H2,A2:A20,XLOOKUP(I2,B1:F1,B2:F20))", "=OFFSET(A1,MATCH(H2,A2:A20,0),MATCH(I2,B1:F1,0))"),
        (
            "=INDEX(B2:F20,MATCH(I2,A2:A20,0),MATCH(H2,B1:F1,0))",
            "=INDEX(B2:F20,MATCH(H2,A2:A20,0),3)",
            "=INDEX(A2:F20,MATCH(H2,A2:A20,0),MATCH(I2,B1:F1,0))",
            "=INDEX(B2:F20,MATCH(H2,A1:A20,0),MATCH(I2,B1:F1,0))",
        ),
    ),
    Family(
        "MATCH",
        "=MATCH(MAX(C2:C30),C2:C30,0)",
        ("=XMATCH(MAX(C2:C30),C2:C30)", "=MATCH(LARGE(C2:C30,1),C2:C30,0)"),
        ("=MATCH(MIN(C2:C30),C2:C30,0)", "=MATCH(MAX(C2:C30),C2:C30,0)+1", "=MATCH(MAX(C2:C30),C1:C30,0)"),
    ),
    Family(
        "OFFSET",
        "=SUM(OFFSET(A1,1,1,5,1))",
        ("=SUM(B2:B6)",),
        ("=SUM(OFFSET(A1,1,1,6,1))", "=SUM(OFFSET(A1,2,1,5,1))", "=SUM(OFFSET(A1,1,2,5,1))"),
    ),
    Family(
        "INDIRECT",
        '=SUM(INDIRECT("B2:B10"))',
        ("=SUM(B2:B10)",),
        ('=SUM(INDIRECT("B2:B9"))', '=SUM(INDIRECT("C2:C10"))'),
    ),
    Family(
        "LEFT",
        "=LEFT(A2,3)",
        ("=MID(A2,1,3)",),
        ("=LEFT(A2,2)", "=RIGHT(A2,3)", "=MID(A2,2,3)", "=LEFT(A2,4)", "=UPPER(LEFT(A2,3))"),
    ),
    Family(
        "MID",
        '=MID(A2,FIND("-",A2)+1,2)',
        ('=LEFT(MID(A2,FIND("-",A2)+1,99),2)',),
        ('=MID(A2,FIND("-",A2),2)', '=MID(A2,FIND("-",A2)+1,3)', '=LEFT(A2,FIND("-",A2)-1)', "=MID(A2,4,2)"),
    ),
    Family(
        "RIGHT",
        "=RIGHT(A2,LEN(A2)-3)",
        ("=MID(A2,4,LEN(A2))", '=REPLACE(A2,1,3,"")'),
        ("=RIGHT(A2,LEN(A2)-2)", "=RIGHT(A2,3)", "=LEFT(A2,LEN(A2)-3)"),
    ),
    Family(
        "FIND",
        '=LEFT(A2,FIND("@",A2)-1)',
        ('=TEXTBEFORE(A2,"@")', '=MID(A2,1,SEARCH("@",A2)-1)'),
        ('=LEFT(A2,FIND("@",A2))', '=MID(A2,FIND("@",A2)+1,99)', '=LEFT(A2,FIND(".",A2)-1)'),
    ),
    Family(
        "SUBSTITUTE",
        '=SUBSTITUTE(A2,"-","")',
        ('=TEXTJOIN("",TRUE,TEXTSPLIT(A2,"-"))', '=CONCAT(SUBSTITUTE(A2,"-",""))'),
        ('=SUBSTITUTE(A2,"-"," ")', '=SUBSTITUTE(A2,"-","",1)', '=REPLACE(A2,4,1,"")', '=SUBSTITUTE(A2," ","")'),
    ),
    Family("TRIM", "=TRIM(A2)", ('=TRIM(A2&"")', '=TRIM(" "&A2)'), ('=SUBSTITUTE(A2," ","")', "=CLEAN(A2)", "=A2")),
    Family(
        "LEN",
        '=LEN(A2)-LEN(SUBSTITUTE(A2,"-",""))',
        ('=SUMPRODUCT(--(MID(A2,SEQUENCE(100),1)="-"))',),
        ("=LEN(A2)", '=LEN(SUBSTITUTE(A2,"-",""))', '=LEN(A2)-LEN(SUBSTITUTE(A2," ",""))'),
    ),
    Family(
        "TEXT",
        '=TEXT(A2,"yyyy-mm-dd")',
        ('=YEAR(A2)&"-"&TEXT(MONTH(A2),"00")&"-"&TEXT(DAY(A2),"00")', '=TEXT(A2,"yyyy")&"-"&TEXT(A2,"mm-dd")'),
        ('=TEXT(A2,"yy-mm-dd")', '=TEXT(A2,"yyyy-dd-mm")', '=TEXT(A2,"yyyy/mm/dd")', '=TEXT(A2,"yyyy-m-d")'),
    ),
    Family("TEXT", '=TEXT(B2,"#,##0")', ("=FIXED(B2,0,FALSE)",), ('=TEXT(B2,"#,##0.0")', '=TEXT(B2,"0")', '=B2&""')),
    Family(
        "CONCAT",
        '=A2&" "&B2',
        ('=CONCAT(A2," ",B2)', '=CONCATENATE(A2," ",B2)'),
        ("=A2&B2", '=B2&" "&A2', '=A2&"  "&B2', '=A2&"-"&B2'),
    ),
    Family(
        "TEXTJOIN",
        '=TEXTJOIN(", ",TRUE,A2:A6)',
        ('=TEXTJOIN(", ",1,A2,A3,A4,A5,A6)',),
        ('=TEXTJOIN(",",TRUE,A2:A6)', '=TEXTJOIN(", ",FALSE,A2:A6)', '=TEXTJOIN(", ",TRUE,A2:A5)', "=CONCAT(A2:A6)"),
    ),
    Family("VALUE", "=VALUE(A2)*2", ("=(A2+0)*2", "=--A2*2"), ("=VALUE(A2)", "=VALUE(A3)*2", "=LEN(A2)*2")),
    Family(
        "DATE",
        "=DATE(B2,C2,1)-1",
        ("=EOMONTH(DATE(B2,C2,1),-1)", "=DATE(B2,C2,0)"),
        ("=DATE(B2,C2,1)", "=EOMONTH(DATE(B2,C2,1),0)", "=DATE(C2,B2,1)-1"),
    ),
    Family(
        "EOMONTH",
        "=EOMONTH(A2,0)",
        ("=DATE(YEAR(A2),MONTH(A2)+1,1)-1", "=EDATE(A2-DAY(A2)+1,1)-1"),
        (
            "=EOMONTH(A2,1)",
            "=EDATE(A2,1)",
            "=DATE(YEAR(A2),MONTH(A2),30)",
            "=DATE(YEAR(A2),MONTH(A2),31)",
            "=EOMONTH(A2,-1)+1",
        ),
    ),
    Family(
        "EDATE",
        "=EDATE(A2,3)",
        ("=MIN(DATE(YEAR(A2),MONTH(A2)+3,DAY(A2)),EOMONTH(A2,3))",),
        ("=A2+90", "=DATE(YEAR(A2),MONTH(A2)+3,DAY(A2))", "=EDATE(A2,4)", "=EOMONTH(A2,3)"),
    ),
    Family(
        "DATEDIF",
        '=DATEDIF(A2,B2,"y")',
        ("=YEAR(B2)-YEAR(A2)-(DATE(YEAR(B2),MONTH(A2),DAY(A2))>B2)",),
        ("=YEAR(B2)-YEAR(A2)", '=DATEDIF(A2,B2,"m")', "=INT((B2-A2)/360)"),
    ),
    Family(
        "NETWORKDAYS",
        "=NETWORKDAYS(A2,B2)",
        ("=NETWORKDAYS.INTL(A2,B2,1)",),
        ("=B2-A2", "=NETWORKDAYS(A2,B2)-1", "=NETWORKDAYS.INTL(A2,B2,11)", "=DAYS(B2,A2)"),
    ),
    Family(
        "WORKDAY",
        "=WORKDAY(A2,10)",
        ("=WORKDAY.INTL(A2,10,1)",),
        ("=A2+10", "=WORKDAY(A2,9)", "=WORKDAY.INTL(A2,10,11)"),
    ),
    Family(
        "WEEKDAY",
        '=IF(WEEKDAY(A2,2)>5,"주말","평일")',
        ('=IF(OR(WEEKDAY(A2)=1,WEEKDAY(A2)=7),"주말","평일")', '=IF(MOD(A2-2,7)>=5,"주말","평일")'),
        (
            '=IF(WEEKDAY(A2)>5,"주말","평일")',
            '=IF(WEEKDAY(A2,2)>=5,"주말","평일")',
            '=IF(WEEKDAY(A2,2)>6,"주말","평일")',
        ),
    ),
    Family(
        "CHOOSE",
        '=CHOOSE(WEEKDAY(A2),"일","월","화","수","목","금","토")',
        ('=MID("일월화수목금토",WEEKDAY(A2),1)', '=INDEX({"일","월","화","수","목","금","토"},WEEKDAY(A2))'),
        (
            '=CHOOSE(WEEKDAY(A2,2),"일","월","화","수","목","금","토")',
            '=CHOOSE(WEEKDAY(A2),"월","화","수","목","금","토","일")',
        ),
    ),
    Family("MONTH", '=MONTH(A2)&"월"', ('=TEXT(A2,"m")&"월"',), ('=TEXT(A2,"mm")&"월"', '=DAY(A2)&"월"', "=MONTH(A2)")),
    Family("YEAR", "=YEAR(A2)+1", ("=YEAR(DATE(YEAR(A2)+1,6,1))",), ("=YEAR(A2+365)", "=YEAR(A2)", "=MONTH(A2)+1")),
    Family(
        "FILTER",
        '=FILTER(A2:C20,B2:B20="서울")',
        ('=FILTER(A2:C20,(B2:B20="서울")*1)', '=FILTER(A2:C20,NOT(B2:B20<>"서울"))'),
        (
            '=FILTER(A2:B20,B2:B20="서울")',
            '=FILTER(A2:C20,B2:B20<>"서울")',
            '=FILTER(A2:C20,A2:A20="서울")',
            '=FILTER(A2:C19,B2:B19="서울")',
        ),
    ),
    Family(
        "SORT",
        "=SORT(A2:A20)",
        ("=SORT(A2:A20,1,1)", "=SORTBY(A2:A20,A2:A20)"),
        ("=SORT(A2:A20,1,-1)", "=SORT(A2:A19)", "=A2:A20", "=SORT(UNIQUE(A2:A20))"),
    ),
    Family(
        "UNIQUE",
        "=UNIQUE(A2:A20)",
        ("=UNIQUE(A2:A20,FALSE,FALSE)",),
        ("=A2:A20", "=UNIQUE(A2:A20,,TRUE)", "=UNIQUE(A2:A19)", "=SORT(UNIQUE(A2:A20))"),
    ),
    Family(
        "TRANSPOSE",
        "=TRANSPOSE(A2:A6)",
        ("=TOROW(A2:A6)", "=INDEX(A2:A6,SEQUENCE(1,5))"),
        ("=A2:A6", "=TRANSPOSE(A2:A5)", "=TRANSPOSE(B2:B6)"),
    ),
    Family(
        "SEQUENCE",
        "=SEQUENCE(5,1,10,10)",
        ("=SEQUENCE(5)*10", "={10;20;30;40;50}"),
        ("=SEQUENCE(5,1,10)", "=SEQUENCE(1,5,10,10)", "=SEQUENCE(6,1,10,10)"),
    ),
    Family(
        "LET",
        "=LET(s,SUM(B2:B10),n,COUNT(B2:B10),IF(n=0,0,s/n))",
        ("=IF(COUNT(B2:B10)=0,0,AVERAGE(B2:B10))", "=IFERROR(AVERAGE(B2:B10),0)"),
        ("=LET(s,SUM(B2:B10),n,COUNT(B2:B10),s*n)", "=SUM(B2:B10)", "=LET(s,SUM(B2:B9),n,COUNT(B2:B9),IF(n=0,0,s/n))"),
    ),
    Family(
        "SUBTOTAL",
        "=SUBTOTAL(9,C2:C40)",
        ("=SUM(C2:C40)", "=SUBTOTAL(109,C2:C40)"),
        ("=SUBTOTAL(1,C2:C40)", "=SUBTOTAL(2,C2:C40)", "=SUBTOTAL(9,C2:C39)"),
    ),
    Family(
        "AGGREGATE",
        "=AGGREGATE(14,6,C2:C40,2)",
        ("=LARGE(C2:C40,2)",),
        ("=AGGREGATE(15,6,C2:C40,2)", "=AGGREGATE(14,6,C2:C40,1)"),
    ),
    Family(
        "PMT",
        "=PMT(B2/12,C2*12,-D2)",
        ("=-PMT(B2/12,C2*12,D2)", "=D2*(B2/12)/(1-(1+B2/12)^(-C2*12))"),
        ("=PMT(B2,C2*12,-D2)", "=PMT(B2/12,C2,-D2)", "=PMT(B2/12,C2*12,D2)", "=PMT(B2/12,C2*12,-D2,0,1)"),
    ),
    Family(
        "NPV",
        "=NPV(A1,B2:B6)+B1",
        ("=B1+B2/(1+A1)+B3/(1+A1)^2+B4/(1+A1)^3+B5/(1+A1)^4+B6/(1+A1)^5",),
        ("=NPV(A1,B1:B6)", "=NPV(A1,B2:B6)", "=NPV(A1,B2:B5)+B1"),
    ),
    Family(
        "STDEV",
        "=STDEV(B2:B30)",
        ("=STDEV.S(B2:B30)", "=SQRT(VAR(B2:B30))"),
        ("=STDEV.P(B2:B30)", "=VAR(B2:B30)", "=STDEV(B2:B29)"),
    ),
    Family(
        "PERCENTILE",
        "=PERCENTILE(B2:B30,0.9)",
        ("=PERCENTILE.INC(B2:B30,0.9)",),
        ("=PERCENTILE.EXC(B2:B30,0.9)", "=PERCENTILE(B2:B30,0.1)", "=MAX(B2:B30)*0.9"),
    ),
    Family(
        "CORREL",
        "=CORREL(A2:A20,B2:B20)",
        ("=PEARSON(B2:B20,A2:A20)",),
        ("=RSQ(A2:A20,B2:B20)", "=SLOPE(A2:A20,B2:B20)", "=CORREL(A2:A19,B2:B19)"),
    ),
    Family(
        "CEILING",
        "=CEILING(B2,100)",
        ("=ROUNDUP(B2/100,0)*100+IF(AND(B2<0,MOD(B2,100)<>0),100,0)", "=CEILING.MATH(B2,100)"),
        ("=FLOOR(B2,100)", "=CEILING(B2,10)", "=ROUND(B2,-2)", "=ROUNDUP(B2,-2)"),
    ),
    Family(
        "ISNUMBER",
        '=IF(ISNUMBER(SEARCH("서울",A2)),"수도권","기타")',
        ('=IF(COUNTIF(A2,"*서울*")>0,"수도권","기타")', '=IFERROR(IF(SEARCH("서울",A2)>0,"수도권"),"기타")'),
        (
            '=IF(A2="서울","수도권","기타")',
            '=IF(LEFT(A2,2)="서울","수도권","기타")',
            '=IF(ISNUMBER(SEARCH("서울",A2)),"기타","수도권")',
        ),
    ),
    Family(
        "PERCENT",
        "=(C2-B2)/B2",
        ("=C2/B2-1", "=C2/B2-100%"),
        ("=(C2-B2)/C2", "=(B2-C2)/B2", "=C2/B2", "=(C2-B2)/B2*100"),
    ),
    Family(
        "ARITHMETIC",
        "=B2*C2*(1-D2)",
        ("=B2*C2-B2*C2*D2", "=PRODUCT(B2,C2,1-D2)"),
        ("=B2*C2*D2", "=B2*(1-C2)*D2", "=B2*C2-D2", "=B2*C2*(1+D2)", "=(B2+C2)*(1-D2)"),
    ),
    Family(
        "ARITHMETIC",
        "=B2/SUM(B2:B10)",
        ("=B2/SUM($B$2:$B$10)",),
        ("=B2/SUM(B2:B9)", "=B2/AVERAGE(B2:B10)", "=B2/SUM(C2:C10)", "=SUM(B2:B10)/B2"),
    ),
    Family("ARITHMETIC", "=SUM(B$2:B5)", ("=SUM(B2,B3,B4,B5)",), ("=SUM(B2:B6)", "=SUM(B3:B5)", "=B5")),
    Family(
        "MAX",
        "=MAX(0,B2-C2)",
        ("=IF(B2>C2,B2-C2,0)", "=(B2>C2)*(B2-C2)"),
        ("=B2-C2", "=MIN(0,B2-C2)", "=ABS(B2-C2)", "=MAX(0,C2-B2)"),
    ),
    Family(
        "SWITCH",
        '=SWITCH(A2,1,"상",2,"중",3,"하","기타")',
        ('=IF(A2=1,"상",IF(A2=2,"중",IF(A2=3,"하","기타")))', '=IFERROR(IFS(A2=1,"상",A2=2,"중",A2=3,"하"),"기타")'),
        (
            '=SWITCH(A2,1,"상",2,"중",3,"하")',
            '=SWITCH(A2,1,"하",2,"중",3,"상","기타")',
            '=SWITCH(A2,0,"상",1,"중",2,"하","기타")',
        ),
    ),
    Family(
        "LOOKUP",
        "=LOOKUP(2,1/(A2:A40=E2),B2:B40)",
        ("=XLOOKUP(E2,A2:A40,B2:B40,,0,-1)",),
        ("=VLOOKUP(E2,A2:B40,2,FALSE)", "=INDEX(B2:B40,MATCH(E2,A2:A40,0))", "=LOOKUP(2,1/(A2:A39=E2),B2:B39)"),
    ),
    Family(
        "MAX",
        '=MAX(IF(A2:A30="서울",B2:B30))',
        ('=MAX(IF(A2:A30="서울",B2:B30,""))',),
        ('=MIN(IF(A2:A30="서울",B2:B30))', '=MAX(IF(A2:A30<>"서울",B2:B30))', "=MAX(B2:B30)"),
    ),
    Family(
        "FREQUENCY",
        "=SUM(--(FREQUENCY(B2:B30,B2:B30)>0))",
        ("=COUNT(UNIQUE(B2:B30))",),
        ("=COUNT(B2:B30)", "=SUM(--(FREQUENCY(B2:B29,B2:B29)>0))"),
    ),
    Family(
        "HOUR",
        "=HOUR(A2)*60+MINUTE(A2)",
        ("=INT(MOD(ROUND(A2*86400,0)/86400,1)*1440+1/86400)",),
        ("=HOUR(A2)+MINUTE(A2)", "=MINUTE(A2)", "=HOUR(A2)*60"),
    ),
    Family(
        "AVERAGE",
        "=ROUND(AVERAGE(B2:B20),1)",
        ("=ROUND(SUM(B2:B20)/COUNT(B2:B20),1)",),
        ("=ROUND(AVERAGE(B2:B20),0)", "=AVERAGE(B2:B20)", "=ROUNDUP(AVERAGE(B2:B20),1)", "=ROUND(MEDIAN(B2:B20),1)"),
    ),
    Family("PROPER", "=UPPER(A2)", ("=UPPER(LOWER(A2))",), ("=LOWER(A2)", "=PROPER(A2)", "=A2")),
    Family("EXACT", "=EXACT(A2,B2)", ("=SUMPRODUCT(--EXACT(A2,B2))=1",), ("=A2=B2", "=EXACT(A2,B3)")),
    Family(
        "ABS",
        "=ABS(B2-C2)",
        ("=MAX(B2-C2,C2-B2)", "=IF(B2>C2,B2-C2,C2-B2)", "=SQRT((B2-C2)^2)"),
        ("=B2-C2", "=C2-B2", "=ABS(B2+C2)", "=ABS(B2)-ABS(C2)"),
    ),
    Family(
        "SUM",
        '=SUM(B2:B10)&"원"',
        ('=CONCAT(SUM(B2:B10),"원")',),
        ("=SUM(B2:B10)", '=SUM(B2:B10)&"개"', '=SUM(B2:B11)&"원"'),
    ),
    Family(
        "COUNTIFS",
        '=COUNTIFS(A2:A50,"김*",C2:C50,"<>")',
        ('=SUMPRODUCT((LEFT(A2:A50,1)="김")*(C2:C50<>""))',),
        ('=COUNTIFS(A2:A50,"*김*",C2:C50,"<>")', '=COUNTIFS(A2:A50,"김*")', '=COUNTIFS(A2:A50,"김*",C2:C50,"")'),
    ),
    Family("PRODUCT", "=PRODUCT(B2:B5)", ("=B2*B3*B4*B5",), ("=SUM(B2:B5)", "=PRODUCT(B2:B6)", "=PRODUCT(B3:B5)")),
    Family(
        "POWER",
        "=B2*(1+C2)^D2",
        ("=B2*POWER(1+C2,D2)", "=-FV(C2,D2,0,B2)"),
        ("=B2*(1+C2)*D2", "=B2*(1+C2*D2)", "=(B2*(1+C2))^D2", "=B2*(1+D2)^C2"),
    ),
)
