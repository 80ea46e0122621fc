"""Lines are told apart by what they are: a question, or a sheet that was pasted."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tasks.filter.parts import headers, split_prompt


@pytest.mark.parametrize(
    ("instruction", "given", "question", "sheet"),
    [
        ("합계 구해줘", "", "합계 구해줘", ""),
        ("합계 구해줘", "지역\t매출\n서울\t3", "합계 구해줘", "지역\t매출\n서울\t3"),
        ("합계 구해줘\n지역\t매출\n서울\t3", "", "합계 구해줘", "지역\t매출\n서울\t3"),
        ("이 질문에 답해줘", "A열의 합계는?", "이 질문에 답해줘 A열의 합계는?", ""),
        ("설명해줘", "=SUM(A2:A9)", "설명해줘", "=SUM(A2:A9)"),
        ("지역,매출\n서울,3", "", "지역,매출\n서울,3", ""),
    ],
    ids=["question", "pasted", "in the question", "prose", "formula", "nothing but a sheet"],
)
def test_what_is_the_question_and_what_was_pasted(instruction: str, given: str, question: str, sheet: str) -> None:
    asked, pasted = split_prompt(pa.array([instruction]), pa.array([given]))
    assert (asked[0].as_py().strip(), pasted[0].as_py()) == (question, sheet)


def test_the_header_is_the_first_line_with_columns() -> None:
    sheets = pa.array(["지역\t매출\n서울\t3", "=SUM(A1\n지역\t매출\n서울\t3", "=SUM(A1", ""])
    assert headers(sheets).to_pylist() == ["지역\t매출", "지역\t매출", "", ""]
