"""The worksheet functions that the parser knows, with how many arguments each takes.

Source: Microsoft's function reference (support.microsoft.com, "Excel functions (alphabetical)"). A function that is not
here makes a formula malformed, as it makes `#NAME?` in a workbook.
"""

from __future__ import annotations

MANY = 255
"""Most arguments that Excel passes to any function."""

_SIGNATURES = """
ABS 1 1; ACOS 1 1; AGGREGATE 3 *; AND 1 *; ASIN 1 1; ATAN 1 1; ATAN2 2 2; AVEDEV 1 *; AVERAGE 1 *; AVERAGEA 1 *;
AVERAGEIF 2 3; AVERAGEIFS 3 *; BYCOL 2 2; BYROW 2 2; CEILING 2 2; CEILING.MATH 1 3; CHAR 1 1; CHOOSE 2 *;
CHOOSECOLS 2 *; CHOOSEROWS 2 *; CLEAN 1 1; CODE 1 1; COLUMN 0 1; COLUMNS 1 1; COMBIN 2 2; CONCAT 1 *;
CONCATENATE 1 *; CORREL 2 2; COS 1 1; COUNT 1 *; COUNTA 1 *; COUNTBLANK 1 1; COUNTIF 2 2; COUNTIFS 2 *; CUMIPMT 6 6;
CUMPRINC 6 6; DATE 3 3; DATEDIF 3 3; DATEVALUE 1 1; DAY 1 1; DAYS 2 2; DAYS360 2 3; DB 4 5; DDB 4 5; DEGREES 1 1;
DEVSQ 1 *; DROP 2 3; EDATE 2 2; EOMONTH 2 2; ERROR.TYPE 1 1; EVEN 1 1; EXACT 2 2; EXP 1 1; EXPAND 2 4; FACT 1 1;
FALSE 0 0; FILTER 2 3; FIND 2 3; FIXED 1 3; FLOOR 2 2; FLOOR.MATH 1 3; FORECAST 3 3; FORECAST.LINEAR 3 3;
FREQUENCY 2 2; FV 3 5; GCD 1 *; GEOMEAN 1 *; GROWTH 1 4; HARMEAN 1 *; HLOOKUP 3 4; HOUR 1 1; HSTACK 1 *;
HYPERLINK 1 2; IF 2 3; IFERROR 2 2; IFNA 2 2; IFS 2 *; INDEX 2 4; INDIRECT 1 2; INT 1 1; INTERCEPT 2 2; IPMT 4 6;
IRR 1 2; ISBLANK 1 1; ISERR 1 1; ISERROR 1 1; ISEVEN 1 1; ISFORMULA 1 1; ISLOGICAL 1 1; ISNA 1 1; ISNONTEXT 1 1;
ISNUMBER 1 1; ISODD 1 1; ISOWEEKNUM 1 1; ISREF 1 1; ISTEXT 1 1; KURT 1 *; LAMBDA 1 *; LARGE 2 2; LCM 1 *; LEFT 1 2;
LEN 1 1; LET 3 *; LINEST 1 4; LN 1 1; LOG 1 2; LOG10 1 1; LOOKUP 2 3; LOWER 1 1; MAKEARRAY 3 3; MAP 2 *; MATCH 2 3;
MAX 1 *; MAXA 1 *; MAXIFS 3 *; MEDIAN 1 *; MID 3 3; MIN 1 *; MINA 1 *; MINIFS 3 *; MINUTE 1 1; MMULT 2 2; MOD 2 2;
MODE 1 *; MODE.MULT 1 *; MODE.SNGL 1 *; MONTH 1 1; MROUND 2 2; N 1 1; NA 0 0; NETWORKDAYS 2 3; NETWORKDAYS.INTL 2 4;
NOT 1 1; NOW 0 0; NPER 3 5; NPV 2 *; NUMBERVALUE 1 3; ODD 1 1; OFFSET 3 5; OR 1 *; PERCENTILE 2 2; PERCENTILE.EXC 2 2;
PERCENTILE.INC 2 2; PERCENTRANK 2 3; PERCENTRANK.INC 2 3; PERMUT 2 2; PI 0 0; PMT 3 5; POWER 2 2; PPMT 4 6;
PRODUCT 1 *; PROPER 1 1; PV 3 5; QUARTILE 2 2; QUARTILE.EXC 2 2; QUARTILE.INC 2 2; QUOTIENT 2 2; RADIANS 1 1;
RAND 0 0; RANDARRAY 0 5; RANDBETWEEN 2 2; RANK 2 3; RANK.AVG 2 3; RANK.EQ 2 3; RATE 3 6; REDUCE 3 3; REPLACE 4 4;
REPT 2 2; RIGHT 1 2; ROUND 2 2; ROUNDDOWN 2 2; ROUNDUP 2 2; ROW 0 1; ROWS 1 1; RSQ 2 2; SCAN 3 3; SEARCH 2 3;
SECOND 1 1; SEQUENCE 1 4; SIGN 1 1; SIN 1 1; SKEW 1 *; SLN 3 3; SLOPE 2 2; SMALL 2 2; SORT 1 4; SORTBY 2 *; SQRT 1 1;
STANDARDIZE 3 3; STDEV 1 *; STDEV.P 1 *; STDEV.S 1 *; STDEVP 1 *; SUBSTITUTE 3 4; SUBTOTAL 2 *; SUM 1 *; SUMIF 2 3;
SUMIFS 3 *; SUMPRODUCT 1 *; SUMSQ 1 *; SWITCH 3 *; SYD 4 4; T 1 1; TAKE 2 3; TAN 1 1; TEXT 2 2; TEXTAFTER 2 6;
TEXTBEFORE 2 6; TEXTJOIN 3 *; TEXTSPLIT 2 6; TIME 3 3; TIMEVALUE 1 1; TOCOL 1 3; TODAY 0 0; TOROW 1 3; TRANSPOSE 1 1;
TREND 1 4; TRIM 1 1; TRIMMEAN 2 2; TRUE 0 0; TRUNC 1 2; UNICHAR 1 1; UNICODE 1 1; UNIQUE 1 3; UPPER 1 1; VALUE 1 1;
VAR 1 *; VAR.P 1 *; VAR.S 1 *; VARP 1 *; VLOOKUP 3 4; VSTACK 1 *; WEEKDAY 1 2; WEEKNUM 1 2; WORKDAY 2 3;
WORKDAY.INTL 2 4; WRAPCOLS 2 3; WRAPROWS 2 3; XIRR 2 3; XLOOKUP 3 6; XMATCH 2 4; XNPV 3 3; XOR 1 *; YEAR 1 1;
YEARFRAC 2 3
"""


def _arity(signature: str) -> tuple[str, tuple[int, int]]:
    name, least, most = signature.split()
    return name, (int(least), MANY if most == "*" else int(most))


ARITY: dict[str, tuple[int, int]] = dict(_arity(signature) for signature in _SIGNATURES.split(";"))
"""Function to its least and most arguments."""

UNSAFE = frozenset({"CALL", "DDE", "DDEAUTO", "EXEC", "IMAGE", "REGISTER.ID", "RTD", "SQL.REQUEST", "WEBSERVICE"})
"""Functions that reach out of the workbook: to the network, to programs, to files."""

VOLATILE = frozenset({"NOW", "RAND", "RANDARRAY", "RANDBETWEEN"})
"""Functions that never give the same value twice, so that no execution can compare them."""

PAIRED = {"AVERAGEIFS": 1, "COUNTIFS": 0, "IFS": 0, "MAXIFS": 1, "MINIFS": 1, "SUMIFS": 1}
"""Functions whose arguments come in pairs, and how many stand before the pairs."""
