"""What the demo's users ask a Korean spreadsheet assistant, each with its right answer.

Every `ask_…` is a function from dice to a `Question`; the same dice give the same question.
"""

from __future__ import annotations

from random import Random

from deployments.demo.formulas import FAMILIES, FUNCTIONS
from deployments.demo.sheets import COLUMNS, GROUPS, MEASURES, Question, draw_sheet, josa

JUNK = ("테스트", "ㅋㅋㅋ", "ㅁㄴㅇㄹ", "안녕", "test", "...", "ㅎㅇ", "되나?", "1234")


def ask_formula(rng: Random, families: tuple[str, ...] = tuple(FAMILIES)) -> Question:
    name = rng.choices(families, [FAMILIES[family][0] for family in families])[0]
    return FAMILIES[name][1](rng)


def break_formula(rng: Random, formula: str) -> str:
    """The formula with one slip of a user's hand in it, which its own text is enough to repair."""
    name, _, rest = formula.partition("(")
    slips = [f"{name}{name[-1]}({rest}", formula[:-1], f"{name}（{rest}", formula.removeprefix("=")]
    if name[1:-1] not in FUNCTIONS:
        slips.append(f"{name[:-1]}({rest}")
    if ":" in formula:
        slips += [formula.replace(":", "-", 1), formula.replace(":", ";", 1)]
    return rng.choice(slips)


def ask_correction(rng: Random, families: tuple[str, ...] = tuple(FAMILIES)) -> Question:
    asked = ask_formula(rng, families)
    instruction = rng.choice(
        (
            "이 수식에서 오류가 나요. 고쳐줘",
            "수식이 안 돼요. 바르게 고쳐주세요",
            "다음 수식의 오류를 수정해줘",
            "#NAME? 오류가 나는 수식이에요. 고쳐줘",
            "아래 수식 틀린 곳을 고쳐줘",
        )
    )
    return Question(
        asked.family, "CORRECT", instruction, break_formula(rng, asked.formula), asked.formula, asked.explanation
    )


def ask_explanation(rng: Random, families: tuple[str, ...] = tuple(FAMILIES)) -> Question:
    asked = ask_formula(rng, families)
    instruction = rng.choice(
        ("이 수식을 설명해줘", "다음 수식은 무슨 뜻인가요?", "이 수식이 뭘 하는지 알려줘", "수식 의미를 알려주세요")
    )
    return Question(asked.family, "EXPLAIN", instruction, asked.formula, "", asked.explanation)


def _how_to(rng: Random) -> tuple[str, str]:
    group, measure, column = rng.choice(tuple(GROUPS)), rng.choice(MEASURES), rng.choice(COLUMNS)
    period = rng.choice(("월별", "분기별", "연도별", "주별", f"{group}별"))
    kind = rng.choice(("꺾은선", "막대", "원형"))
    bound, word, likely = rng.randint(1, 50) * 10, rng.choice(("이상", "이하")), rng.choice(("꺾은선", "막대"))
    return rng.choice(
        (
            (
                f"{period} {measure} 차트를 ",
                f"{period} {measure} 데이터를 선택하고 [삽입] > [차트]에서 {likely} 차트를 고르세요.",
            ),
            (
                f"{period} {measure} {kind} 차트를 ",
                f"{period} {measure} 데이터를 선택하고 [삽입] > [차트]에서 {kind} 차트를 고르세요.",
            ),
            (
                f"{group}별 {measure} 피벗 테이블을 ",
                f"[삽입] > [피벗 테이블]에서 행에 {group}, 값에 {josa(measure, '을', '를')} 넣으세요.",
            ),
            (
                f"{column}열에서 {bound} {word}인 셀에 색 넣는 서식을 ",
                f"{column}열을 선택하고 [홈] > [조건부 서식]에서 {bound} {word} 규칙을 만드세요.",
            ),
            (
                f"{column}열에 {group} 드롭다운 목록을 ",
                f"{column}열을 선택하고 [데이터] > [유효성 검사]에서 목록에 {group} 값을 넣으세요.",
            ),
        )
    )


def ask_how_to(rng: Random) -> Question:
    what, answer = _how_to(rng)
    return Question(
        "HOW_TO",
        "CREATE",
        what
        + rng.choice(("만드는 방법을 알려줘", "만들어줘", "만들고 싶어요", "어떻게 만드나요?", "추가하는 법 알려줘")),
        "",
        "",
        answer,
    )


def ask_analysis(rng: Random) -> Question:
    group, measure = rng.choice(tuple(GROUPS)), rng.choice(MEASURES)
    names = rng.sample(GROUPS[group], rng.randint(3, len(GROUPS[group])))
    values = rng.sample(range(10, 1000), len(names))
    table = "\n".join((f"{group}\t{measure}", *(f"{name}\t{value}" for name, value in zip(names, values, strict=True))))
    pick, phrase, stem = rng.choice(((max, "높은", "높"), (min, "낮은", "낮")))
    value = pick(values)
    by = "으로" if str(value)[-1] in "036" else "로"
    answer = f"{josa(names[values.index(value)], '이', '가')} {value}{by} 가장 {stem}습니다."
    instruction = rng.choice(
        (
            f"{josa(measure, '이', '가')} 가장 {phrase} {josa(group, '은', '는')}?",
            f"이 표에서 {josa(measure, '이', '가')} 제일 {phrase} {josa(group, '을', '를')} 알려줘",
        )
    )
    return Question("ANALYSIS", "ANALYZE", instruction, table, "", answer)


def ask_english(rng: Random) -> Question:
    """The few users who write English; the default profile drops them by language."""
    sheet = draw_sheet(rng, "x")
    function, phrase = rng.choice(
        (
            ("SUM", "total"),
            ("AVERAGE", "average"),
            ("MAX", "largest value"),
            ("MIN", "smallest value"),
            ("COUNT", "count of numbers"),
        )
    )
    where = sheet.range("x")
    instruction = rng.choice(
        (
            f"What is the formula for the {phrase} of {where}?",
            f"Give me the {phrase} of column {sheet.columns['x']}, rows {sheet.first} to {sheet.last}",
            f"How do I get the {phrase} in {where}",
        )
    )
    return Question(function, "FORMULA", instruction, "", f"={function}({where})", f"Returns the {phrase} of {where}.")


def ask_junk(rng: Random) -> Question:
    """What people type to see whether anyone is there."""
    return Question("JUNK", rng.choice(("FORMULA", "CREATE", "ANALYZE")), rng.choice(JUNK), "", "", "")
