"""Numeric tables as spreadsheet users paste them: not one cell is anybody's, and not one may change.

A column is a maker of cells with headers that people give it; some say nothing of what is below, and a fifth of the
tables have no header at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

SEED = 20261102
TABLES = 900
MARKS = ("\t", "\t", "\t", ",", "|", ";", "  ")
HEADLESS = 0.2
VAGUE = 0.15
_VAGUE_NAMES = (
    "값",
    "데이터",
    "열1",
    "A",
    "비고",
    "내용",
    "항목",
    "구분",
    "data",
    "value",
    "no",
    "기준",
    "현황",
    "실적",
    "결과",
    "참고",
)

Cell = Callable[[Random], str]


@dataclass(frozen=True)
class Table:
    """Rows of cells, the header among them where there is one, and what parts the cells."""

    rows: tuple[tuple[str, ...], ...]
    mark: str

    @property
    def text(self) -> str:
        if self.mark == "|":
            lines = [f"| {' | '.join(row)} |" for row in self.rows]
            return "\n".join((lines[0], "|" + "---|" * len(self.rows[0]), *lines[1:]))
        return "\n".join(self.mark.join(row) for row in self.rows)

    @property
    def cells(self) -> int:
        return sum(map(len, self.rows))


def changed(table: Table, after: str) -> list[tuple[str, str]]:
    """The cells that came out as something else, each with what came out; all of a line that lost its cells."""
    found = []
    before = table.text.split("\n")
    lines = after.split("\n")
    if len(lines) != len(before):
        return [(cell, "") for row in table.rows for cell in row]
    for line, other in zip(before, lines, strict=True):
        cells, others = line.split(table.mark), other.split(table.mark)
        if len(cells) != len(others):
            found += [(cell, other) for cell in cells]
        found += [(a, b) for a, b in zip(cells, others, strict=False) if a != b]
    return found


def tables() -> Iterator[Table]:
    rng = Random(SEED)
    for _ in range(TABLES):
        mark = rng.choice(MARKS)
        columns = [rng.choice(tuple(COLUMNS.items())) for _ in range(rng.randint(3, 8))]
        lines = rng.choice((2, 3, 5, 8, 12, 15, 20))
        made = [[_safe(cell(rng), mark) for _, (cell, _) in columns] for _ in range(lines)]
        if rng.random() >= HEADLESS:
            made.insert(0, [rng.choice(_VAGUE_NAMES if rng.random() < VAGUE else names) for _, (_, names) in columns])
        yield Table(tuple(map(tuple, made)), mark)


def _safe(cell: str, mark: str) -> str:
    """A cell that does not hold what parts cells."""
    if mark == "  ":
        return cell.replace(" ", "_")
    return cell.replace(mark, "") if mark in cell else cell


def _number(least: int, most: int) -> Cell:
    """A number of so many digits that does not begin with 0."""

    def make(rng: Random) -> str:
        count = rng.randint(least, most)
        return f"{rng.randrange(10 ** (count - 1), 10**count)}"

    return make


def _ean(prefixes: tuple[str, ...]) -> Cell:
    def make(rng: Random) -> str:
        prefix = rng.choice(prefixes)
        body = prefix + "".join(rng.choices("0123456789", k=12 - len(prefix)))
        total = sum(int(digit) * (1 + at % 2 * 2) for at, digit in enumerate(body))
        return body + str(-total % 10)

    return make


def _imei(rng: Random) -> str:
    body = f"35{rng.randrange(10**12):012d}"
    total = sum(sum(divmod(int(digit) * 2, 10)) if at % 2 else int(digit) for at, digit in enumerate(body))
    return body + str(-total % 10)


def _date(rng: Random) -> tuple[int, int, int]:
    return rng.randint(1995, 2030), rng.randint(1, 12), rng.randint(1, 28)


def _dated(form: str) -> Cell:
    def make(rng: Random) -> str:
        year, month, day = _date(rng)
        return form.format(
            y=year, yy=year % 100, m=month, d=day, n=rng.randrange(10**7), s=rng.randrange(10**4), h=rng.randrange(24),
            mi=rng.randrange(60), se=rng.randrange(60),
        )  # fmt: skip

    return make


def _form(form: str) -> Cell:
    """Every # becomes a digit, every ? a capital letter."""

    def make(rng: Random) -> str:
        return "".join(
            rng.choice("0123456789") if sign == "#" else rng.choice("ABCDEFGHKLMNPRSTUX") if sign == "?" else sign
            for sign in form
        )

    return make


def _of(*forms: str) -> Cell:
    return lambda rng: _form(rng.choice(forms))(rng)


def _money(least: int, most: int, form: str = "{:,}") -> Cell:
    return lambda rng: form.format(rng.randrange(10 ** (least - 1), 10 ** rng.randint(least, most)))


def _formula(rng: Random) -> str:
    row, end = rng.randint(2, 20), rng.randint(21, 90000)
    forms = (
        f"=SUM(B{row}:B{end})",
        f"=B{row}*C{row}",
        f"=IF(D{row}>1000000;1;0)",
        f"=VLOOKUP(A{row};$B$2:$D${end};3;0)",
        f"=ROUND(C{row}/D{row};2)",
        '=SUMIFS(C:C;A:A;"서울")',
        f'=TEXT(A{row};"000-0000-0000")',
    )
    return rng.choice(forms)


COLUMNS: dict[str, tuple[Cell, tuple[str, ...]]] = {
    "amount": (_number(6, 9), ("금액", "매출액", "매출", "공급가액", "입금액", "잔액", "예산", "Amount", "합계", "결제금액")),
    "10-digit amount": (_number(10, 10), ("금액", "매출액", "자산총계", "거래대금", "잔액", "총액", "Revenue", "입금", "출금", "순이익")),
    "large amount": (_number(11, 13), ("금액", "시가총액", "부채총계", "자본금", "누적매출", "대출잔액", "총 예산", "이체금액")),
    "huge amount": (_number(14, 16), ("거래대금", "총통화량", "시가총액(원)", "국가채무", "합계", "Total")),
    "amount with commas": (_money(5, 13), ("금액", "단가", "공급가액", "부가세", "합계금액", "카드 매출")),
    "amount in won": (_money(5, 10, "{:,}원"), ("금액", "판매가", "정산금액", "환불금액")),
    "₩": (_money(5, 11, "₩{:,}"), ("금액", "가격", "Price")),
    "negative amount": (_money(5, 11, "-{}"), ("차액", "손익", "증감", "출금액")),
    "in accounting form": (_money(5, 9, "({:,})"), ("손익", "차이", "영업이익")),
    "decimal": (lambda rng: f"{rng.uniform(-1e6, 1e7):.{rng.randint(1, 8)}f}", ("평균", "환율", "수익률", "표준편차", "단위원가")),
    "percentage": (lambda rng: f"{rng.uniform(-30, 130):.1f}%", ("비율", "달성률", "증감률", "점유율")),
    "exponent": (lambda rng: f"{rng.uniform(1, 10):.5f}E+{rng.randint(8, 15)}", ("값", "측정값", "금액")),
    "quantity": (lambda rng: str(rng.randint(0, 90000)), ("수량", "재고", "건수", "인원", "조회수")),
    "score": (lambda rng: str(rng.randint(0, 100)), ("점수", "국어", "영어", "수학", "만족도")),
    "date": (_dated("{y}-{m:02d}-{d:02d}"), ("날짜", "일자", "입사일", "계약일", "Date", "주문일")),
    "date with dots": (_dated("{y}.{m:02d}.{d:02d}"), ("날짜", "작성일", "기준일")),
    "short date": (_dated("{yy:02d}{m:02d}{d:02d}"), ("일자", "기준일", "생산일자")),
    "bare date": (_dated("{y}{m:02d}{d:02d}"), ("일자", "거래일", "기준일자", "DATE")),
    "date and time": (_dated("{y}-{m:02d}-{d:02d} {h:02d}:{mi:02d}:{se:02d}"), ("일시", "접수일시", "로그시각")),
    "bare date and time": (_dated("{y}{m:02d}{d:02d}{h:02d}{mi:02d}{se:02d}"), ("처리일시", "타임스탬프", "전문일시", "생성시각")),
    "time": (_dated("{h:02d}:{mi:02d}:{se:02d}"), ("시간", "출근시각", "소요시간")),
    "Unix time": (lambda rng: str(rng.randint(1_400_000_000, 1_900_000_000)), ("timestamp", "created", "시각", "epoch")),
    "Unix time, ms": (lambda rng: str(rng.randint(1_400_000_000_000, 1_900_000_000_000)), ("timestamp", "ts", "수집시각")),
    "dated order": (_dated("{y}{m:02d}{d:02d}-{n:07d}"), ("주문번호", "주문 번호", "접수번호", "Order No")),
    "short dated order": (_dated("{yy:02d}{m:02d}{d:02d}-{n:07d}"), ("주문번호", "전표번호", "관리번호", "접수 번호")),
    "bare dated order": (_dated("{y}{m:02d}{d:02d}{n:07d}"), ("주문번호", "거래번호", "승인번호")),
    "dated voucher": (_dated("{y}-{m:02d}-{s:04d}"), ("전표번호", "문서번호", "품의번호")),
    "dated document": (_dated("{y}-{s:04d}-{n:06d}"), ("문서번호", "공고번호", "사건번호")),
    "order": (_of("ORD-####-####", "PO-########", "###-#######-#######", "A########", "??-####-####"), ("주문번호", "발주번호", "PO", "order_id")),
    "invoice": (_of("INV-####-#####", "####-####-####", "############", "##########"), ("송장번호", "운송장번호", "운송장", "invoice", "세금계산서 번호", "등기번호")),
    "barcode": (_ean(("880", "690", "490", "400")), ("바코드", "상품코드", "EAN", "단품코드", "GTIN")),
    "ISBN": (_ean(("97889", "97911")), ("ISBN", "도서번호", "isbn13")),
    "ISBN with hyphens": (_of("978-89-####-###-#", "979-11-####-###-#", "89-###-####-#"), ("ISBN", "도서번호")),
    "IMEI": (_imei, ("IMEI", "단말기번호", "일련번호", "시리얼")),
    "item code": (_of("A-####-###", "??####", "P########", "##-###-####", "???-##-######", "###-##-###", "#-####-####"), ("품번", "품목코드", "제품코드", "SKU", "모델", "자재번호")),
    "serial": (_number(8, 12), ("시리얼번호", "일련번호", "S/N", "관리번호", "자산번호", "기기번호", "LOT")),
    "phone-like serial": (_of("01#########", "0########", "02########"), ("시리얼번호", "일련번호", "품번", "관리번호", "자재코드", "S/N")),
    "student number": (_of("20########", "201######", "202####"), ("학번", "수험번호", "학번/사번")),
    "staff number": (_of("######", "########", "A#####", "20##-####"), ("사번", "사원번호", "직원번호")),
    "customer number": (_number(7, 13), ("고객번호", "회원번호", "고객코드", "거래처코드", "회원 ID")),
    "code of digits": (_number(8, 13), ("코드", "분류코드", "행정동코드", "계정코드", "사업장코드", "기관코드", "PNU")),
    "customs code": (_of("####.##-####", "####.##", "##########"), ("HS코드", "HS Code", "세번부호")),
    "postcode": (_of("0####", "1####", "###-###"), ("우편번호", "zip")),
    "version": (_of("#.#.#", "##.#.####.##", "#.##.#", "10.0.#####.####"), ("버전", "version", "빌드")),
    "coordinate": (lambda rng: f"{rng.uniform(33, 39):.7f}", ("위도", "경도", "lat", "lng", "X좌표")),
    "coordinates": (lambda rng: f"{rng.uniform(33, 39):.6f} {rng.uniform(124, 131):.6f}", ("좌표", "위경도")),
    "cell": (lambda rng: f"{rng.choice('ABCDEFXYZ')}{rng.randint(1, 1048576)}", ("셀", "참조", "위치")),
    "formula": (_formula, ("수식", "계산식", "formula")),
    "range of numbers": (_of("#~##", "####-####", "###~####", "#-##"), ("구간", "범위", "기간")),
    "fraction": (_of("##/###", "#/##", "##:##", "#:#:#"), ("비율", "배합비", "순위")),
    "dimension": (_of("####*####*##", "###x###x##", "##.#*##.#"), ("규격", "사이즈", "치수")),
    "name": (lambda rng: rng.choice("김이박최정") + rng.choice(("민준", "서연", "지훈")), ("이름", "담당자", "성명")),
    "region": (lambda rng: rng.choice(("서울", "부산", "대구", "경기", "강원", "제주")), ("지역", "시도", "지점")),
    "bank": (lambda rng: rng.choice(("국민은행", "신한", "하나은행", "농협", "카카오뱅크")), ("은행", "은행명", "거래은행")),
    "product": (lambda rng: rng.choice(("노트북 A15", "모니터 27", "SSD 1TB", "의자-203")), ("품명", "제품", "상품명")),
    "parcel": (_of("####-####-####-###", "#############", "6###########"), ("택배", "운송장번호", "배송번호")),
    "meter": (_of("########", "##-####-####", "##########"), ("계량기번호", "고객관리번호", "전기 고객번호")),
    "vehicle": (lambda rng: f"{rng.randint(10, 999)}{rng.choice('가나다라마바사')} {rng.randint(1000, 9999)}", ("차량번호", "차번")),
    "approval": (_number(8, 8), ("승인번호", "카드 승인번호", "결제승인번호")),
    "case number": (lambda rng: f"{rng.randint(2010, 2025)}가단{rng.randint(1000, 99999)}", ("사건번호",)),
    "population": (_number(5, 8), ("인구", "인구수", "세대수", "통행량")),
}  # fmt: skip
