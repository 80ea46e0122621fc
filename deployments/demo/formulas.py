"""The demo's formula families: each a function from dice to a question with the formula that answers it.

All that a formula needs (columns, rows, criteria) stands in the prompt, so that a wrong answer is the model's fault and
never the question's. `FAMILIES` holds them with their weight in the traffic.
"""

from __future__ import annotations

from random import Random

from deployments.demo.sheets import (
    COLUMNS,
    COMPARISONS,
    ENDINGS,
    FETCHES,
    GROUPS,
    MEASURES,
    VERDICTS,
    Criterion,
    Family,
    Question,
    Sheet,
    draw_sheet,
    josa,
    number_criterion,
    say_column,
    say_range,
    say_rows,
    text_criterion,
)

TABLE_SHARE = 0.12
"""How often a question names headers only, and the table in its input says in which column each one is."""


def _formula(family: str, instruction: str, formula: str, explanation: str, table: str = "") -> Question:
    task_type = "CREATE" if family in {"IF", "IFERROR"} else "FORMULA"
    return Question(family, task_type, instruction, table, formula, explanation)


def _aggregate(function: str, *phrases: str) -> Family:
    def build(rng: Random) -> Question:
        measure = rng.choice(MEASURES)
        phrase, ending = rng.choice(phrases), rng.choice(ENDINGS)
        wanted = f"{josa(phrase, '을', '를')} {ending}"
        if rng.random() < TABLE_SHARE:
            sheet = draw_sheet(
                rng, rng.choice(tuple(GROUPS)), *rng.sample([m for m in MEASURES if m != measure], 1), measure
            )
            instruction, table = f"{measure} {wanted}", sheet.legend()
        else:
            sheet, table = draw_sheet(rng, measure), ""
            spoken = say_range(rng, sheet, measure)
            instruction = rng.choice(
                (
                    f"{spoken} {wanted}",
                    f"{spoken}의 {wanted}",
                    f"{spoken} {measure}의 {wanted}",
                    f"{measure}({spoken}) {wanted}",
                )
            )
        where = sheet.range(measure)
        return _formula(
            function, instruction, f"={function}({where})", f"{where}의 {josa(phrases[0], '을', '를')} 구합니다.", table
        )

    return build


def _ranked(function: str, phrase: str) -> Family:
    def build(rng: Random) -> Question:
        measure = rng.choice(MEASURES)
        sheet, place = draw_sheet(rng, measure), rng.randint(2, 9)
        wanted = f"{place}번째로 {phrase} {josa(measure, '을', '를')} {rng.choice(ENDINGS)}"
        instruction = f"{say_range(rng, sheet, measure)}에서 {wanted}"
        where = sheet.range(measure)
        return _formula(
            function, instruction, f"={function}({where},{place})", f"{where}에서 {place}번째로 {phrase} 값을 구합니다."
        )

    return build


def _conditional(function: str, *phrases: str) -> Family:
    """SUMIF and AVERAGEIF: one criterion on one column, the measure in another."""

    def build(rng: Random) -> Question:
        group, (measure, other) = rng.choice(tuple(GROUPS)), rng.sample(MEASURES, 2)
        criterion = text_criterion(rng, group) if rng.random() < 0.75 else number_criterion(rng, other)
        wanted = f"{josa(rng.choice(phrases), '을', '를')} {rng.choice(ENDINGS)}"
        sheet = draw_sheet(rng, criterion.header, measure)
        subject, table = josa(criterion.header, "이", "가"), ""
        if rng.random() < TABLE_SHARE:
            instruction, table = f"{subject} {criterion.spoken} {measure} {wanted}", sheet.legend()
        elif rng.random() < 0.4:
            instruction = f"{sheet.range(criterion.header)}에서 {criterion.spoken} 행의 {sheet.range(measure)} {wanted}"
        else:
            column = say_column(rng, sheet, criterion.header)
            tested = rng.choice((josa(column, "이", "가"), f"{column}에서"))
            instruction = (
                f"{tested} {criterion.spoken} 행의 {say_column(rng, sheet, measure)} {wanted}{say_rows(rng, sheet)}"
            )
        tested, summed = sheet.range(criterion.header), sheet.range(measure)
        explanation = (
            f"{josa(tested, '이', '가')} {criterion.meaning} 행의 {summed} {josa(phrases[0], '을', '를')} 구합니다."
        )
        return _formula(
            function, instruction, f"={function}({tested},{criterion.written},{summed})", explanation, table
        )

    return build


def _countif(rng: Random) -> Question:
    numeric = rng.random() < 0.5
    header = rng.choice(MEASURES if numeric else tuple(GROUPS))
    criterion = number_criterion(rng, header) if numeric else text_criterion(rng, header)
    sheet = draw_sheet(rng, header)
    wanted = f"{josa(rng.choice(('개수', '셀 개수', '건수', '행 수')), '을', '를')} {rng.choice(ENDINGS)}"
    if rng.random() < 0.6:
        instruction = f"{say_range(rng, sheet, header)}에서 {criterion.spoken} {wanted}"
    else:
        instruction = f"{say_column(rng, sheet, header)}에서 {criterion.spoken} {wanted}{say_rows(rng, sheet)}"
    where = sheet.range(header)
    return _formula(
        "COUNTIF",
        instruction,
        f"=COUNTIF({where},{criterion.written})",
        f"{where}에서 {criterion.meaning} 셀의 개수를 셉니다.",
    )


def _two_criteria(rng: Random, *more: str) -> tuple[Sheet, Criterion, Criterion, str]:
    """Two criteria that both hold, and how a user says so."""
    (first, second), other = rng.sample(tuple(GROUPS), 2), rng.choice([m for m in MEASURES if m not in more])
    one = text_criterion(rng, first)
    two = text_criterion(rng, second) if rng.random() < 0.6 else number_criterion(rng, other)
    sheet = draw_sheet(rng, one.header, two.header, *more)
    joined, here, there = one.spoken.removesuffix("인") + "이고", sheet.columns[one.header], sheet.columns[two.header]
    spoken = rng.choice(
        (
            f"{here}열이 {joined} {there}열이 {two.spoken}",
            f"{one.header}({here}열)이 {joined} {two.header}({there}열)이 {two.spoken}",
            f"{here}열에서 {one.spoken}, {there}열에서 {two.spoken}",
        )
    )
    return sheet, one, two, spoken


def _sumifs(rng: Random) -> Question:
    measure = rng.choice(MEASURES)
    sheet, one, two, spoken = _two_criteria(rng, measure)
    wanted = f"{josa(rng.choice(('합계', '총합', '합')), '을', '를')} {rng.choice(ENDINGS)}"
    instruction = f"{spoken} 행의 {say_column(rng, sheet, measure)} {wanted}{say_rows(rng, sheet)}"
    where = (sheet.range(measure), sheet.range(one.header), sheet.range(two.header))
    formula = f"=SUMIFS({where[0]},{where[1]},{one.written},{where[2]},{two.written})"
    explanation = f"두 조건을 모두 만족하는 행의 {where[0]} 합계를 구합니다."
    return _formula("SUMIFS", instruction, formula, explanation)


def _countifs(rng: Random) -> Question:
    sheet, one, two, spoken = _two_criteria(rng)
    wanted = f"{josa(rng.choice(('개수', '건수', '행 수')), '을', '를')} {rng.choice(ENDINGS)}"
    formula = f"=COUNTIFS({sheet.range(one.header)},{one.written},{sheet.range(two.header)},{two.written})"
    return _formula(
        "COUNTIFS", f"{spoken} {wanted}{say_rows(rng, sheet)}", formula, "두 조건을 모두 만족하는 행의 개수를 셉니다."
    )


def _if(rng: Random) -> Question:
    cell, (yes, no) = f"{rng.choice(COLUMNS)}{rng.randint(2, 60)}", rng.choice(VERDICTS)
    word, sign = rng.choice(tuple(COMPARISONS.items()))
    bound = rng.choice((rng.randint(1, 20) * 5, rng.randint(1, 30) * 10, rng.randint(1, 20) * 100))
    instruction = rng.choice(
        (
            f'{cell} 값이 {bound} {word}이면 "{yes}", 아니면 "{no}"로 표시해줘',
            f"{cell} 셀이 {bound} {word}이면 {yes}, 아니면 {no}이라고 나오게 해줘",
            f"{josa(cell, '이', '가')} {bound} {word}일 때 {yes}, 그 외에는 {no} 표시하는 수식 만들어줘",
            f'{bound} {word}이면 "{yes}" 아니면 "{no}" 표시하는 열을 만들고 싶어요. 값은 {cell}에 있어요',
        )
    )
    formula = f'=IF({cell}{sign}{bound},"{yes}","{no}")'
    return _formula(
        "IF",
        instruction,
        formula,
        f"{josa(cell, '이', '가')} {bound} {word}이면 {yes}, 아니면 {josa(no, '을', '를')} 표시합니다.",
    )


def _vlookup(rng: Random) -> Question:
    left, right = sorted(rng.sample(range(8), 2))
    right = max(right, left + 2)
    first, last = rng.choice((2, 2, 3)), rng.randint(12, 150)
    table, number = f"{COLUMNS[left]}{first}:{COLUMNS[right]}{last}", rng.randint(2, right - left + 1)
    key = f"{rng.choice(COLUMNS[8:])}{rng.randint(2, 9)}"
    instruction = rng.choice(
        (
            f"{key} 값을 {table}에서 찾아 {number}번째 열 값을 {rng.choice(FETCHES)}",
            f"{table} 표에서 {josa(key, '과', '와')} 일치하는 행의 {number}번째 열을 {rng.choice(FETCHES)}",
            f"VLOOKUP으로 {josa(key, '을', '를')} {table}에서 찾아 {number}번째 열을 {rng.choice(FETCHES)}",
        )
    )
    explanation = f"{josa(key, '을', '를')} {table}의 첫 열에서 찾아 {number}번째 열 값을 가져옵니다."
    return _formula("VLOOKUP", instruction, f"=VLOOKUP({key},{table},{number},FALSE)", explanation)


def _index_match(rng: Random) -> Question:
    group, measure = rng.choice(tuple(GROUPS)), rng.choice(MEASURES)
    sheet, key = draw_sheet(rng, group, measure), f"{rng.choice('NPQRT')}{rng.randint(2, 9)}"
    if rng.random() < 0.5:  # what VLOOKUP cannot do: the key's column lies to the right
        sheet = Sheet(sheet.first, sheet.last, {group: sheet.columns[measure], measure: sheet.columns[group]})
    searched, returned, column = sheet.range(group), sheet.range(measure), sheet.columns[measure]
    it, fetch = josa(key, "을", "를"), rng.choice(FETCHES)
    instruction = rng.choice(
        (
            f"{key} 값을 {searched}에서 찾아 같은 행의 {returned} 값을 {fetch}",
            f"{searched}에서 {josa(key, '과', '와')} 같은 행의 {column}열 값을 {fetch}",
            f"INDEX와 MATCH로 {it} {sheet.columns[group]}열에서 찾아 {column}열 값을 {fetch}{say_rows(rng, sheet)}",
        )
    )
    formula = f"=INDEX({returned},MATCH({key},{searched},0))"
    explanation = f"{it} {searched}에서 찾아 같은 행의 {returned} 값을 가져옵니다."
    return _formula("INDEX_MATCH", instruction, formula, explanation)


def _round(rng: Random) -> Question:
    measure, digits = rng.choice(MEASURES), rng.randint(0, 3)
    sheet = draw_sheet(rng, measure)
    place = "정수로" if digits == 0 else rng.choice((f"소수 {digits}자리로", f"소수점 {digits}자리까지"))
    inner, phrase = rng.choice((("AVERAGE", "평균"), ("AVERAGE", "평균"), ("SUM", "합계")))
    ending = rng.choice(("해줘", "하는 수식 알려줘", "하고 싶어요", "하려면?"))
    instruction = f"{say_range(rng, sheet, measure)}의 {josa(phrase, '을', '를')} {place} 반올림{ending}"
    where = sheet.range(measure)
    return _formula(
        "ROUND",
        instruction,
        f"=ROUND({inner}({where}),{digits})",
        f"{where}의 {josa(phrase, '을', '를')} {place} 반올림합니다.",
    )


def _iferror(rng: Random) -> Question:
    row, (over, under) = rng.randint(2, 60), rng.sample(COLUMNS, 2)
    top, bottom = f"{over}{row}", f"{under}{row}"
    fallback, said = rng.choice((("0", "0"), ('""', "빈칸"), ('"확인"', '"확인"')))
    instruction = rng.choice(
        (
            f"{top} 나누기 {bottom}, 오류면 {said} 표시해줘",
            f"{josa(top, '을', '를')} {bottom}로 나누고 오류가 나면 {said} 나오게 해줘",
            f"{top}/{bottom} 계산에서 오류 대신 {said} 표시하는 수식 만들어줘",
        )
    )
    return _formula(
        "IFERROR",
        instruction,
        f"=IFERROR({top}/{bottom},{fallback})",
        f"{top}/{bottom}의 값을 구하고, 오류면 {said} 표시합니다.",
    )


def _text_part(rng: Random) -> Question:
    cell, count = f"{rng.choice(COLUMNS)}{rng.randint(2, 99)}", rng.randint(2, 8)
    function, side = rng.choice((("LEFT", "앞"), ("LEFT", "왼쪽"), ("RIGHT", "뒤"), ("RIGHT", "오른쪽")))
    ending = rng.choice(("가져와줘", "추출하는 수식 알려줘", "잘라줘", "만 표시하고 싶어요"))
    instruction = rng.choice(
        (f"{cell}의 {side} {count}글자를 {ending}", f"{cell} 셀에서 {side} {count}자리를 {ending}")
    ).replace("를 만", "만")
    return _formula(
        "LEFT_RIGHT", instruction, f"={function}({cell},{count})", f"{cell}의 {side} {count}글자를 가져옵니다."
    )


FAMILIES: dict[str, tuple[float, Family]] = {
    "SUM": (10, _aggregate("SUM", "합계", "총합", "합", "전체 합계", "누계")),
    "AVERAGE": (8, _aggregate("AVERAGE", "평균", "평균값", "산술평균")),
    "MAX": (7, _aggregate("MAX", "최댓값", "가장 큰 값", "최고값", "제일 높은 값")),
    "MIN": (6, _aggregate("MIN", "최솟값", "가장 작은 값", "최저값", "제일 낮은 값")),
    "COUNT": (4, _aggregate("COUNT", "숫자 셀 개수", "숫자 개수", "숫자가 있는 셀의 개수")),
    "COUNTA": (4, _aggregate("COUNTA", "비어 있지 않은 셀 개수", "값이 있는 셀 개수", "빈칸 아닌 셀의 개수")),
    "MEDIAN": (4, _aggregate("MEDIAN", "중앙값", "중간값")),
    "LARGE": (3, _ranked("LARGE", "큰")),
    "SMALL": (3, _ranked("SMALL", "작은")),
    "COUNTIF": (9, _countif),
    "SUMIF": (10, _conditional("SUMIF", "합계", "총합", "합")),
    "AVERAGEIF": (6, _conditional("AVERAGEIF", "평균", "평균값")),
    "SUMIFS": (5, _sumifs),
    "COUNTIFS": (4, _countifs),
    "IF": (7, _if),
    "IFERROR": (4, _iferror),
    "VLOOKUP": (7, _vlookup),
    "INDEX_MATCH": (5, _index_match),
    "ROUND": (5, _round),
    "LEFT_RIGHT": (4, _text_part),
}
"""Every formula family with its weight in the traffic."""


FUNCTIONS = frozenset(FAMILIES) - {"INDEX_MATCH", "LEFT_RIGHT"} | {"INDEX", "MATCH", "LEFT", "RIGHT"}
