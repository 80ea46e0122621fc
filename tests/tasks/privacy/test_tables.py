"""In tables a header says what its cells are, a column's numbers decide together, and a spreadsheet's own survive."""

from __future__ import annotations

import pytest

from tests.tasks.privacy import after


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            "이름\t계좌번호\t금액\n김\t123456789012\t123456789013",
            "이름\t계좌번호\t금액\n김\t000000000001\t123456789013",
        ),
        ("이름,HP,점수\n김,1023456789,88\n이,1034567890,92", "이름,HP,점수\n김,1000000001,88\n이,1000000002,92"),
        (
            "| 이름 | 사업자번호 |\n|---|---|\n| 한빛 | 1234567890 |",
            "| 이름 | 사업자번호 |\n|---|---|\n| 한빛 | 0000000001 |",
        ),
        ('name,"계좌번호",qty\n"Kim, M.","123456789012",3', 'name,"계좌번호",qty\n"Kim, M.","000000000001",3'),
        ("성 명\t연 락 처\n김\t1012345678", "성 명\t연 락 처\n김\t1000000001"),
        ("계좌번호\t123456789012\n금액\t123456789013", "계좌번호\t000000000001\n금액\t123456789013"),
        ("이름\t김\t이\n계좌번호\t123456789012\t223456789012", "이름\t김\t이\n계좌번호\t000000000001\t000000000002"),
        ("카드번호\n4111111111111111\n1234567812345678", "카드번호\n0000000000000001\n0000000000000002"),
        ("이름\t전화1\t전화2\t전화3\n김\t010\t1234\t5678", "이름\t전화1\t전화2\t전화3\n김\t010\t0000\t0001"),
        ("이름,주민앞,주민뒤\n김,900101,1234568", "이름,주민앞,주민뒤\n김,000000,0000001"),
        (
            "<tr><th>계좌번호</th><th>금액</th></tr><tr><td>123456789012</td><td>123456789013</td></tr>",
            "<tr><th>계좌번호</th><th>금액</th></tr><tr><td>000000000001</td><td>123456789013</td></tr>",
        ),
        (
            "INSERT INTO emp(no, acct_no) VALUES (1001, '123456789012'), (1002, '223456789012');",
            "INSERT INTO emp(no, acct_no) VALUES (1001, '000000000001'), (1002, '000000000002');",
        ),
        ("PASSWORD\tqwer!@34\nHOST\tmain1", "PASSWORD\tPassword-0001\nHOST\tmain1"),
        ("아이디\t비밀번호\nhong\tabcd1234!\nkim\t7788", "아이디\t비밀번호\nhong\tPassword-0001\nkim\tPassword-0002"),
        (
            "이름 / 휴대폰(010 제외)\n표 / 3319-8027\n맹 / 8295-0809",
            "이름 / 휴대폰(010 제외)\n표 / 0000-0001\n맹 / 0000-0002",
        ),
        ("서비스,API 키\n지도,0f3c9a7be1d24856", "서비스,API 키\n지도,0000000000000001"),
    ],
)
def test_a_header_names_its_column(table: str, expected: str) -> None:
    assert after(table) == expected


@pytest.mark.parametrize(
    "table",
    [
        "이름\t번호\n가\t4111111111111111\n나\t1234567812345678\n다\t9876543298765432",
        "품목\t코드\n가\t120-81-47521\n나\t120-81-47522\n다\t120-81-47523",
        "일자\t접수\n가\t9001011234568\n나\t9913991234568\n다\t1234567890123",
        "시리얼번호\t수량\n01012345678\t3\n01912345678\t4",
        "값\t기준\n01023456789\t3\n01900000000\t4\n01100000000\t4",
        "은행\t매출\n국민은행\t12345678901\n신한은행\t22345678901",
        "입금\t출금\n12345678901\t2345678901",
        "주문번호\t금액\n240115-3123456\t1\n240116-4123457\t2",
        "바코드\t상품\n8801234567893\t라면\n8809876543217\t과자",
    ],
)
def test_numbers_that_their_column_does_not_bear_out_stay(table: str) -> None:
    assert after(table) == table


def test_a_column_of_valid_numbers_needs_no_name() -> None:
    table = "김\t4111111111111111\t3\n이\t5500005555555559\t4"
    assert after(table) == "김\t0000000000000001\t3\n이\t0000000000000002\t4"


def test_one_typing_error_in_five_does_not_save_the_others() -> None:
    cards = ["4111111111111111", "5500005555555559", "4012888888881881", "5105105105105100", "4222222222222221"]
    rows = "\n".join(f"가\t{card}" for card in cards)
    assert [line.split("\t")[1][:12] for line in after(rows).split("\n")] == ["0" * 12] * 4 + ["422222222222"]
