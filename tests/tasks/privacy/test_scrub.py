"""A batch as a whole: what is found is told, what holds nothing stays the same bytes, and no row knows of another."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from configs.schema import PrivacyConfig
from tasks.privacy import scrub
from tests.tasks.privacy import COLUMNS, after, batch, record, scrubbed

RECORDS = [
    ("연락처 010-2345-6789 를 나눠줘", "이름\t주민번호\n김민수\t900101-1234568", "=LEFT(B2,6)"),
    ("합계 구해줘", "품목\t금액\n사과\t1234567890", "=SUM(B2:B3)"),
    ("비번은 hunter2!! 이야", None, None),
    (None, "kim@naver.com", "kim@naver.com 은 B2에 있습니다"),
    ("키가 안 먹어요", "API_KEY=0f3c9a7be1d24856ac90ef1b2d3c4e5f", ""),
]


def test_the_kinds_found_in_a_row_are_told_sorted_and_null_where_there_are_none() -> None:
    found = scrub(batch(RECORDS), COLUMNS, PrivacyConfig()).found.to_pylist()
    assert found == [["phone", "resident_number"], None, ["password"], ["email"], ["api_key"]]


def test_a_batch_without_personal_data_is_given_back_as_it_was() -> None:
    rows = batch([RECORDS[1]])
    assert scrub(rows, COLUMNS, PrivacyConfig()).batch is rows


@pytest.mark.slow
def test_a_row_is_judged_by_itself_whatever_its_batch_and_its_place() -> None:
    shuffled = list(RECORDS * 7)
    random.Random(1).shuffle(shuffled)  # noqa: S311
    together = scrub(batch(shuffled), COLUMNS, PrivacyConfig()).batch.to_pylist()
    assert [list(row.values()) for row in together] == [record(*row) for row in shuffled]


def test_a_sliced_batch_is_read_from_its_slice() -> None:
    whole = scrub(batch(RECORDS), COLUMNS, PrivacyConfig()).batch.slice(2, 2)
    assert scrub(batch(RECORDS).slice(2, 2), COLUMNS, PrivacyConfig()).batch.to_pylist() == whole.to_pylist()


def test_large_strings_stay_large() -> None:
    rows = batch([RECORDS[0]]).cast(pa.schema([(name, pa.large_string()) for name in COLUMNS]))
    result = scrub(rows, COLUMNS, PrivacyConfig()).batch
    assert result.schema == rows.schema
    assert result.column("instruction")[0].as_py() == "연락처 010-0000-0001 를 나눠줘"


def test_a_kind_that_is_no_secret_here_stays() -> None:
    text = "메일 kim@naver.com, 전화 010-2345-6789"
    assert scrubbed(text, leave=("email",)) == ("메일 kim@naver.com, 전화 010-0000-0001", ["phone"])


def test_switched_off_nothing_is_looked_for() -> None:
    rows = batch(RECORDS)
    assert scrub(rows, COLUMNS, PrivacyConfig(enabled=False)).batch is rows


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "\u200b", "\ufffd\ufffe", "가" * 3, "ᄒ", "\U0001f600", "é\u0301", "\x00"]
)
def test_odd_texts_pass(text: str) -> None:
    assert after(text) == text
    assert after(f"{text}010-2345-6789{text}") == f"{text}010-0000-0001{text}"
