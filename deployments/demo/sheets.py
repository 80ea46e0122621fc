"""What the demo's questions are made of: dice, Korean particles, sheets, criteria, and how a user says each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

MEASURES = ("매출", "수량", "금액", "점수", "비용", "재고", "급여", "단가", "이익")
GROUPS = {
    "지역": ("서울", "부산", "대구", "인천", "광주"),
    "부서": ("영업부", "인사부", "개발부", "총무부"),
    "상태": ("완료", "진행중", "대기", "취소"),
    "제품": ("노트북", "모니터", "키보드", "프린터"),
    "등급": ("우수", "보통", "미흡"),
}
COMPARISONS = {"이상": ">=", "이하": "<=", "초과": ">", "미만": "<"}
VERDICTS = (("합격", "불합격"), ("우수", "보통"), ("달성", "미달"), ("높음", "낮음"), ("정상", "확인"))
ENDINGS = (
    "구해줘",
    "구하는 수식 알려줘",
    "계산해줘",
    "계산하는 수식은?",
    "어떻게 구하나요?",
    "구하고 싶어요",
    "수식으로 알려줘",
)
FETCHES = ("가져와줘", "가져오는 수식 알려줘", "찾아줘", "불러오고 싶어요", "어떻게 가져오나요?")
COLUMNS = "ABCDEFGHIJKL"


def dice(*key: object) -> Random:
    """Dice that fall alike for the same key, on any machine and in any order of calls."""
    return Random("/".join(map(str, key)))  # noqa: S311 - demo data, nothing secret


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask. `formula` is empty for a text question; `explanation` is then the whole answer."""

    family: str
    task_type: str
    instruction: str
    input: str
    formula: str
    explanation: str


Family = Callable[[Random], Question]


def particle(word: str, with_final: str, without_final: str) -> str:
    """The Korean particle that fits the last syllable of a word, of a cell reference too (B8을, B9를, 매출(C열)이)."""
    last = word.rstrip(")\"'")[-1]
    final = (ord(last) - 0xAC00) % 28 != 0 if "가" <= last <= "힣" else last in "LMNR013678"
    return with_final if final else without_final


def josa(word: str, with_final: str, without_final: str) -> str:
    """The word with its particle: 합계를, 평균을."""
    return word + particle(word, with_final, without_final)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where a question's data lies: rows `first`..`last`, one column letter a header."""

    first: int
    last: int
    columns: dict[str, str]

    def range(self, header: str) -> str:
        column = self.columns[header]
        return f"{column}{self.first}:{column}{self.last}"

    def legend(self) -> str:
        """The table as a user pastes it: which header stands over which column, and the rows that hold data."""
        columns = ", ".join(f"{column}열 {header}" for header, column in self.columns.items())
        return f"{columns} ({self.first}~{self.last}행)"


def draw_sheet(rng: Random, *headers: str) -> Sheet:
    first = rng.choice((2, 2, 2, 2, 3, 4, 5))
    letters = sorted(rng.sample(COLUMNS, len(headers)))
    return Sheet(first, first + rng.randint(8, 140), dict(zip(headers, letters, strict=True)))


def say_range(rng: Random, sheet: Sheet, header: str) -> str:
    column, first, last = sheet.columns[header], sheet.first, sheet.last
    return rng.choice(
        (
            f"{column}{first}:{column}{last}",
            f"{column}{first}:{column}{last}",
            f"{column}{first}부터 {column}{last}까지",
            f"{column}{first}~{column}{last}",
            f"{column}열 {first}행부터 {last}행까지",
            f"{column}열 {first}~{last}행",
        )
    )


def say_rows(rng: Random, sheet: Sheet) -> str:
    first, last = sheet.first, sheet.last
    return rng.choice(
        (
            f" ({first}~{last}행)",
            f" 데이터는 {first}행부터 {last}행까지야",
            f" 범위는 {first}행부터 {last}행",
            f" {first}~{last}행 기준",
        )
    )


def say_column(rng: Random, sheet: Sheet, header: str) -> str:
    return rng.choice(
        (f"{sheet.columns[header]}열 {header}", f"{sheet.columns[header]}열", f"{header}({sheet.columns[header]}열)")
    )


def quoted(rng: Random, value: str) -> str:
    return rng.choice((f'"{value}"', f"'{value}'", value))


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition on a column: how a user says it and how a formula writes it."""

    header: str
    spoken: str
    written: str

    @property
    def meaning(self) -> str:
        return self.spoken.replace('"', "").replace("'", "")


def text_criterion(rng: Random, header: str) -> Criterion:
    value = rng.choice(GROUPS[header])
    return Criterion(header, f"{quoted(rng, value)}인", f'"{value}"')


def number_criterion(rng: Random, header: str) -> Criterion:
    word, sign = rng.choice(tuple(COMPARISONS.items()))
    bound = rng.choice((rng.randint(1, 99), rng.randint(1, 50) * 10, rng.randint(1, 20) * 100))
    return Criterion(header, f"{bound} {word}인", f'"{sign}{bound}"')
