"""Personal data is replaced by typed placeholders, the same one for the same value; a spreadsheet's numbers survive."""

from __future__ import annotations

import pyarrow as pa
import pytest

from configs.schema import PrivacyConfig
from tasks.filter.privacy import scrub

COLUMNS = ("instruction", "input", "answer")


def scrubbed(*texts: str) -> tuple[list[str], list[list[str] | None]]:
    """The texts as instructions, after replacement, and the kinds found in each."""
    columns = {"instruction": pa.array(texts), "input": pa.array([""] * len(texts))}
    result = scrub(pa.record_batch(columns | {"answer": pa.array([""] * len(texts))}), COLUMNS, PrivacyConfig())
    return result.batch.column("instruction").to_pylist(), result.found.to_pylist()


@pytest.mark.parametrize(
    ("kind", "secret", "text"),
    [
        ("phone", "1234-5678", "제 번호는 010-1234-5678 입니다"),
        ("email", "kim.cs", "메일은 kim.cs@naver.com 으로"),
        ("resident_number", "1234567", "주민번호 900101-1234567 확인"),
        ("business_number", "81-47521", "사업자등록번호 120-81-47521"),
        ("card", "1111-1111", "카드 4111-1111-1111-1111"),
        ("password", "hunter2", "비밀번호는 hunter2!! 입니다"),
        ("api_key", "IOSFODNN7", "AKIAIOSFODNN7EXAMPLE 키"),
        ("account", "234-567890", "계좌 110-234-567890 신한은행"),
        ("passport", "M12345678", "여권번호 M12345678"),
    ],
)
def test_a_value_is_replaced_and_its_kind_is_told(kind: str, secret: str, text: str) -> None:
    (after,), (kinds,) = scrubbed(text)
    assert secret not in after
    assert kinds == [kind]
    assert scrubbed(after)[0] == [after]


@pytest.mark.parametrize(
    "text",
    [
        "금액 1234567890 합계 구해줘",
        "=SUM(A1:A10)",
        "주문번호 2024-01-123456 찾기",
        "이름\t수량\t금액\n사과\t12\t340,000\n배\t7\t1,250,000",
    ],
)
def test_a_spreadsheets_own_numbers_survive(text: str) -> None:
    assert scrubbed(text) == ([text], [None])


def test_the_same_value_has_the_same_placeholder_in_all_texts_of_a_row() -> None:
    batch = pa.record_batch(
        {
            "instruction": pa.array(["010-1234-5678 과 010-8765-4321 중"]),
            "input": pa.array(["전화 010-1234-5678"]),
            "answer": pa.array([None], pa.string()),
        }
    )
    after = scrub(batch, COLUMNS, PrivacyConfig()).batch
    assert after.column("instruction").to_pylist() == ["010-0000-0001 과 010-0000-0002 중"]
    assert after.column("input").to_pylist() == ["전화 010-0000-0001"]
