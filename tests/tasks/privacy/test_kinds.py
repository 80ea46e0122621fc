"""Every kind is found by its marks: shape and check digit, or a name beside it; in whatever way it is written."""

from __future__ import annotations

import pytest

from tests.tasks.privacy import after, record, scrubbed


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("phone", "제 번호는 010-1234-5678 입니다", "제 번호는 010-0000-0001 입니다"),
        ("phone", "(02) 345-6789로 팩스", "(02) 000-0001로 팩스"),
        ("phone", "+82 10-2345-6789", "+82 10-0000-0001"),
        ("phone", "해외 +1 (415) 555-2671", "해외 +1 (000) 000-0001"),
        ("phone", "공일공 이삼사오 육칠팔구 로 전화", "공일공 공공공공 공공공일 로 전화"),
        ("resident_number", "900101-1234567 확인", "000000-0000001 확인"),
        ("resident_number", "주민번호 900101 1234567", "주민번호 000000 0000001"),
        ("foreigner_number", "외국인등록번호: 9001015123457", "외국인등록번호: 0000000000001"),
        ("business_number", "(주)한빛 120-81-47521", "(주)한빛 000-00-00001"),
        ("business_number", "사업자번호 1234567890", "사업자번호 0000000001"),
        ("corporate_number", "법인등록번호 110111-1234567", "법인등록번호 000000-0000001"),
        ("corporate_number", "주식회사 새론 (130111-0006246)", "주식회사 새론 (000000-0000001)"),
        ("business_number", "biz_no=1234567890&year=2024", "biz_no=0000000001&year=2024"),
        ("account", "(농)352-7806-5580-82 여진구", "(농)000-0000-0000-01 여진구"),
        ("email", "where email='kim@naver.com'", "where email='person1@example.com'"),
        ("phone", "계약서_01023456789_김나영.xlsx", "계약서_01000000001_김나영.xlsx"),
        ("card", "4111 1111 1111 1111 유효기간", "0000 0000 0000 0001 유효기간"),
        ("card", "카드번호 3782-822463-10005", "카드번호 0000-000000-00001"),
        ("account", "입금 계좌 123456789012", "입금 계좌 000000000001"),
        ("account", "110-234-567890 (신한은행)", "000-000-000001 (신한은행)"),
        ("account", "신한 110 234 567890", "신한 000 000 000001"),
        ("account", "3333123456789 카카오뱅크 김민수", "0000000000001 카카오뱅크 김민수"),
        ("phone", "공1공-4894-4072", "공1공-0000-0001"),
        ("driver_licence", "면허 서울 22-123456-78", "면허 서울 00-000000-01"),
        ("driver_licence", "11-22-123456-78", "00-00-000000-01"),
        ("passport", "여권번호 M123A4567", "여권번호 M000A0001"),
        ("passport", "여권 M058H5881(만료 28.03.11)", "여권 M000H0001(만료 28.03.11)"),
        ("customs_code", "개인통관고유부호 P401749760554 확인", "개인통관고유부호 P000000000001 확인"),
        ("customs_code", "수취인\t통관부호\n안서진\tP401749760554", "수취인\t통관부호\n안서진\tP000000000001"),
        ("resident_number", "생년월일\t뒷자리\n860214\t1059342", "생년월일\t뒷자리\n000000\t0000001"),
        ("business_number", "세금계산서의 등록번호가 1011256834", "세금계산서의 등록번호가 0000000001"),
        ("phone", "중국 휴대폰 138 1172 9047", "중국 휴대폰 000 0000 0001"),
        ("phone", "고객번호 010-3345-2299", "고객번호 010-0000-0001"),
        ("phone", "이름\t관리번호\n김철수\t010-3344-5566", "이름\t관리번호\n김철수\t010-0000-0001"),
        ("phone", "성명,코드,주소\n김철수,010-3344-5566,서울", "성명,코드,주소\n김철수,010-0000-0001,서울"),
        ("phone", "contract number,customer\n010-3344-5566,Kim", "contract number,customer\n010-0000-0001,Kim"),
        ("phone", "성명: 김철수\n관리번호: 010-3344-5566", "성명: 김철수\n관리번호: 010-0000-0001"),
        ("phone", "추천인 코드 010-3344-5566", "추천인 코드 010-0000-0001"),
        ("phone", "추천인코드 010-3344-5566", "추천인코드 010-0000-0001"),
        ("phone", "거래처 코드: 010-3344-5566", "거래처 코드: 010-0000-0001"),
        ("phone", "담당자 관리번호: 010-3344-5566", "담당자 관리번호: 010-0000-0001"),
        ("phone", "고객 관리번호 010-3344-5566 으로 전화 주세요", "고객 관리번호 010-0000-0001 으로 전화 주세요"),
        ("phone", "관리번호 010-3344-5566 으로 문자 주세요", "관리번호 010-0000-0001 으로 문자 주세요"),
        ("phone", "인증 코드 010-3344-5566 으로 보내줘", "인증 코드 010-0000-0001 으로 보내줘"),
        ("phone", "관리번호 +82-10-3344-5566", "관리번호 +82-10-0000-0001"),
        ("phone", "김철수 010-3344-5566\n관리번호 010-3344-5566", "김철수 010-0000-0001\n관리번호 010-0000-0001"),
        ("phone", "일본 휴대폰 080-1234-5678", "일본 휴대폰 080-0000-0001"),
        ("phone", "Nigeria mobile 080-3123-4567", "Nigeria mobile 080-0000-0001"),
        ("phone", "전화 08012345678", "전화 08000000001"),
        ("resident_number", "주민 앞자리 900101 뒷자리 1234567", "주민 앞자리 000000 뒷자리 0000001"),
        ("account", "IBAN DE89370400440532013000 으로 송금", "IBAN DE00000000000000000001 으로 송금"),
        ("account", "송금은 GB29 NWBK 6016 1331 9268 19", "송금은 GB00 NWBK 0000 0000 0000 01"),
        ("ip_address", "접속 IP 203.112.56.55", "접속 IP 192.0.2.1"),
        ("ip_address", "IPv6 2406:da12:8f3:6c00::7c31", "IPv6 2001:db8::1"),
        ("email", "kim (at) naver [dot] com 입니다", "person1 (at) example [dot] com 입니다"),
        ("email", "메일은 김철수골뱅이네이버닷컴", "메일은 person1골뱅이example닷com"),
        ("password", "비밀번호는 hunter2!! 입니다", "비밀번호는 Password-0001 입니다"),
        (
            "private_key",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END",
            "-----BEGIN RSA PRIVATE KEY-----\n0000000000000001\n-----END",
        ),
        ("resident_number", "[주민등록번호]\n910618\n- 2349673", "[주민등록번호]\n000000\n- 0000001"),
        ("resident_number", '{"ssn1":"950322","ssn2":"1716822"}', '{"ssn1":"000000","ssn2":"0000001"}'),
        ("resident_number", '=MID("760923-"&"2623581",8,1)', '=MID("000000-"&"0000001",8,1)'),
        ("resident_number", "주민번호\t6\t8\t0\t3\t2\t1\t1\t5\t0\t4\t3\t8\t1", "주민번호" + "\t0" * 12 + "\t1"),
        ("business_number", '"invoicerCorpNum":"6258153299"', '"invoicerCorpNum":"0000000001"'),
        ("corporate_number", '"corpNum":"1301110006246"', '"corpNum":"0000000000001"'),
        ("business_number", "bizCommPop.do?wrkr_no=5678848674", "bizCommPop.do?wrkr_no=0000000001"),
        ("phone", "백OO / 010★3344★9817 / 문앞", "백OO / 010★0000★0001 / 문앞"),
        ("phone", '="010"&"3344"&"9817"', '="010"&"0000"&"0001"'),
        ("phone", "O1O-6623-9l8O 처럼 섞인 것", "O1O-0000-0001 처럼 섞인 것"),
        ("phone", "https://wa.me/821066203517?text=hi", "https://wa.me/821000000001?text=hi"),
        ("phone", "LMS to=0316527781", "LMS to=0310000001"),
        ("email", "dy.cha @ kornet . net 에서", "person1 @ example . com 에서"),
        ("email", '=CONCAT("yuna.lim","@","gmail.com")', '=CONCAT("person1","@","example.com")'),
        ("passport", "Passport No.: E48210933", "Passport No.: E00000001"),
        ("passport", "여권번호\nC4821093\nP1234567A", "여권번호\nC0000001\nP0000002A"),
        ("passport", "PPT: M20938471 / KOR", "PPT: M00000001 / KOR"),
        ("passport", "M839201742KOR8804123M3104024<<<<<<<<<<<<<<06", "M000000012KOR8804123M3104024<<<<<<<<<<<<<<06"),
        ("api_key", "token=AKIAIOSFODNN7EXAMPLE", "token=AKIA0000000000000001"),
        ("api_key", "x-api-key: 3b7d4bad9bdd2b0d", "x-api-key: 0000000000000001"),
    ],
)
def test_a_value_is_replaced_in_its_form(kind: str, text: str, expected: str) -> None:
    assert scrubbed(text) == (expected, [kind])


@pytest.mark.parametrize(
    "written",
    [
        "900101-1234568", "９００１０１－１２３４５６８", "900101–1234568", "900101‑1234568", "900101ㅡ1234568", "900101 - 1234568",
        "900101\u200b-\u200b1234568", "9\u00ad0\u00ad0101-1234568", "900101_1234568", "9 0 0 1 0 1 - 1 2 3 4 5 6 8", "900101-\n1234568",
        "𝟗𝟎𝟎𝟏𝟎𝟏-𝟏𝟐𝟑𝟒𝟓𝟔𝟖", "٩٠٠١٠١-١٢٣٤٥٦٨", "900101 1234568", "9001011234568", "19900101-1234568", "90.01.01-1234568",
    ],
)  # fmt: skip
def test_a_number_is_found_in_any_spelling(written: str) -> None:
    result, kinds = scrubbed(f"김민수 {written} 입니다")
    assert kinds == ["resident_number"]
    assert "1234568" not in result.replace(" ", "")


@pytest.mark.parametrize(
    "text",
    [
        "금액 1234567890 합계 구해줘",
        "주문번호 2024-01-123456 찾기",
        "주문번호 240115-3123456",
        "계좌 잔액 12345678901 원",
        "=VLOOKUP(A2,B:C,2,0)",
        "1588-1234 대표번호",
        "버전 16.0.17328.20162",
        "서버 192.168.0.10",
        "표에서 [@금액]*[@수량]",
        "운송장 6012-3456-7890",
        "은행 매출 1234567890123원",
        "900101-1****** 로 표시",
        "보고서@최종.xlsx",
        "신한 2024 2025 1500000",
        "12345678901 우리 회사",
        "P/N 0102-3456-789",
        "user@example.com 형식",
        "관리번호 010-2024-0001",
        "치수 010-020-0030",
        "DNS 서버 8.8.8.8",
        "(주)한빛 로트 240531-1000021",
        "승인 20240503112102 카드, 카드번호 2024050311210234",
        "접수일\n910618\n- 2349673",
        '{"classNo1":"950322","classNo2":"1716822"}',
        "M839201742KOR8804123M3104024",
        "ABCDEFGHI1KOR8804123M3104024<<<<<<<<<<<<<<06",
        "여권번호 열 A1048576 까지",
        "PPT M1 슬라이드, OIL-0012-OOlO",
        "제품 #010#33 #44",
        "821066203517\n880106203518\n880966203529",
        "자재코드 010-2200-3300 의 안전재고",
        "자재코드 010-2200-3300 을 문자열로 변환",
        "제품코드 016-442-1093 재고",
        "관리번호 010-3312-4478 설비 점검주기",
        "코드 010-2021-0034 로 시작하는 품목",
        "관리코드\t장비\t교정일\n010-7305-4643\t호스\t2024-01-02\n010-8259-5741\t모터\t2024-02-03",
        "콜센터 080-123-4567 무료전화",
        "무료 전화 0801234567",
        "우체국 등기 12345-6789012 건",
        "통관 목록의 송장번호 P401749760554",
        "부품 P401749760554",
        "제품명,앞자리,뒷자리\n볼트,220104,1234567",
        "상표 등록번호 1011256834",
    ],
)
def test_what_is_nobodys_stays(text: str) -> None:
    assert scrubbed(text) == (text, [])


def test_a_name_in_the_question_reaches_the_numbers_pasted_under_it() -> None:
    assert record("아래 계좌번호에서 하이픈을 빼줘", "123456789012\n223456789012")[1] == "000000000001\n000000000002"
    assert record("아래 금액에서 쉼표를 빼줘", "123456789012\n223456789012")[1] == "123456789012\n223456789012"


def test_what_one_text_calls_a_code_is_none_in_another() -> None:
    assert record("공사번호 02-2024-1234 예산", "02-2024-1234\t1200")[1] == "02-2024-1234\t1200"
    assert record("공사번호 02-2024-1234 예산", "전화 02-2024-1234")[1] == "전화 02-0000-0001"
    assert record("자재코드 010-2200-3300 재고", "", "010-2200-3300 은 12개")[2] == "010-2200-3300 은 12개"
    assert (
        record("관리번호 010-3344-5566", "이름\t번호\n김철수\t010-3344-5566")[1] == "이름\t번호\n김철수\t010-0000-0001"
    )


def test_a_private_key_keeps_its_frame() -> None:
    text = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA7bq3\nq1Zb+3/xY2==\n-----END RSA PRIVATE KEY-----"
    assert after(text).startswith("-----BEGIN RSA PRIVATE KEY-----\n0000000000")
    assert after(text).endswith("==\n-----END RSA PRIVATE KEY-----")
    assert scrubbed(text)[1] == ["private_key"]


def test_a_time_is_not_wiped_for_its_digits_being_those_of_a_number() -> None:
    text = "2024-05-03 11:21:02 tid=T20240503112102 card=4336548612349840"
    assert after(text) == "2024-05-03 11:21:02 tid=T20240503112102 card=0000000000000001"
    account = "계좌번호 20240503112102, 2024-05-03 11:21:02"
    assert after(account) == "계좌번호 00000000000001, 2024-05-03 11:21:02"


def test_a_machine_readable_line_holds_the_end_of_a_resident_number() -> None:
    text, kinds = scrubbed("M839201742KOR8804123M31040241234567<<<<<<<06")
    assert text == "M000000012KOR8804123M31040240000002<<<<<<<06"
    assert kinds == ["passport", "resident_number"]


def test_a_list_under_a_question_about_passports_holds_passports_and_no_amounts() -> None:
    assert record("여권번호 목록 정리", "E48210933\nC4821093")[1] == "E00000001\nC0000002"
    assert record("여권 수수료 합계", "E1\n531234567")[1] == "E1\n531234567"
    assert record("여권 수수료 합계", "531234567\n631234567")[1] == "531234567\n631234567"
    assert after("여권 발급 건수\n531234567") == "여권 발급 건수\n531234567"
