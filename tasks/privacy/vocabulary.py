"""The words that say what a number is, and whose: names of private numbers, and of others that are nobody's."""

from __future__ import annotations

OTHER = "other"
"""What names that are nobody's say: amounts, codes, order numbers."""

RESIDENT, FOREIGNER, CORPORATE, BUSINESS = "resident_number", "foreigner_number", "corporate_number", "business_number"
CARD, PHONE, ACCOUNT, LICENCE, PASSPORT = "card", "phone", "account", "driver_licence", "passport"
CUSTOMS = "customs_code"

_CELL_END = r"(?=\s*(?:[\t|,;\n(]|$))"
_NO = r"(?: ?(?:no\.?|num|number|#|번호))?"
_REG = r"(?: ?reg(?:istration|\.)?)?"
_NUMBERED = (
    "주문 송장 운송장 등기 접수 관리 문서 전표 승인 거래 예약 품목 제품 상품 자산 기기 시리얼 일련 고객 회원 사원 직원 학생 수험 우편 계약 견적 발주 "
    "청구 계산서 사건 공고 허가 인증 단말 모델 계량기 배송 택배 추적 좌석 대기 도서 과목 버전 포트 로트 배치 품의 결재 기안 신청 티켓 쿠폰 상품권 "
    "응모 특허 출원 검사 시험 차대 엔진 편 게시 글 페이지 목차 참조 셀 시트 자재 부품 설비 공정 작업 이슈 요청 문의 환자 차트 증권 보험 납부 고지 "
    "영수증 입찰 공급 도면 파트 공사 매장 지점 점포 거래처 코드 순서 줄 행 열 회차 차량 객체 식별"
)  # fmt: skip
"""What has numbers that are nobody's, or nobody's in any list of private kinds."""
_AMOUNTS = (
    "금액 매출 잔액 잔고 수량 단가 합계 총액 총계 소계 비용 요금 급여액 연봉 예산 원가 재고 가격 매입 이익 손익 점수 인구 건수 평균 대금 자산 부채 "
    "자본 판매 가입 기종 대수 비율 비중 통계 실적 횟수 시간 바코드 품번 모델 시리얼 순번 사번 학번 군번 버전 타임스탬프 대출 한도 이자 수수료 적립 "
    "포인트 환율 시가 순위 면적 거리 무게 조도 온도 개수 인원 세액 부가세 주민세 법인세 면허세 등록세 자동차세"
)  # fmt: skip
_CODES = ("code", "barcode", "sku", "ean", "upc", "isbn", "serial", "s/n", "p/n", "part no", "part number", "order", "invoice", "tracking", "amount", "price",
          "total", "qty", "quantity", "sum", "balance", "revenue", "timestamp", "version", "lot", "epoch", "count", "sales",
          "user id", "member id", "customer id", "order id", "product id", "transaction id", "imei")  # fmt: skip
_BANKS = ("새마을금고", "새마을(?!운동|호|금고)", "우체국(?! ?(?:등기|택배|소포|ems))", "신협", "농협", "수협", "카뱅", "토뱅", "케뱅", "국민", "신한", "우리", "하나", "기업", "카카오", "토스", "씨티", "외환", "제일",
          "은행", "뱅크", "저축은행", r"bank(?![a-z])", *(rf"{word}(?<![a-z]{word})(?![a-z])" for word in (
              "kb", "nh", "ibk", "kdb", "sc", "im")), r")(?<=[(\[][국신우하농기카토새수부대광전경제]\))(?= ?\d{3,6}[- ]\d)")  # fmt: skip

TRANSFERS = ("예금주", "입금", "송금", "이체", "환불", "통장")
INVOICE = "invoice"
"""What is no kind, but spoken of: there a 등록번호 is a business's."""
COMMON = frozenset(("국민", "신한", "우리", "하나", "기업", "카카오", "토스", "씨티", "외환", "제일"))
"""Banks whose names are other words as well."""

# Every alternative begins with a plain character, by which the search skips; a Latin word looks back at what stands
# before it only then. Texts are lowered before. The first of those that match counts.
NAMES: tuple[tuple[str, bool, tuple[str, ...]], ...] = (
    (RESIDENT, True, (r"주 {1,3}민 {1,3}(?:등 {1,3}록 {1,3})?번 {1,3}호", r"주민 ?등록 ?(?:번호|no\.?)?", r"주민 ?(?:번호|no\.?|넘버)", "주민번", r"주민(?!세|센터|들|자치|수| ?총회)", r"주번(?![가-힣])",
                      r"민증 ?(?:번호)?", r"rrn(?<![aeiou]rrn)o?(?![a-z])", r"jumin(?:no|_no)?",
                      r"ssn(?<![aeiou]ssn)(?:no|num)?(?![a-z])", "ihidnum",
                      r"resident(?<![a-z]resident) (?:registration|id|no)" + _NO)),
    (FOREIGNER, True, (r"외 {1,3}국 {1,3}인 {1,3}(?:등 {1,3}록 {1,3})?번 {1,3}호", r"외국인 ?등록 ?(?:번호|증|no\.?)?", r"외국인 ?번호", r"외등 ?번호", r"거소 ?신고 ?(?:번호)?", r"alien ?reg(?:istration)?" + _NO,
                       r"foreigner ?reg(?:istration)?" + _NO, r"arc(?<![a-z]arc) ?(?:no|number)")),
    (CORPORATE, True, (r"법 {1,3}인 {1,3}(?:등 {1,3}록 {1,3})?번 {1,3}호", r"법인 ?등록 ?(?:번호|no\.?)?", r"법인 ?(?:번호|no\.?)", rf"corporat(?:e|ion){_REG} ?(?:no|number|id)",
                       rf"corp\.?{_REG} ?(?:no|number)", r"crno(?<![a-z]crno)(?![a-z])", r"jurir ?no")),
    (BUSINESS, True, (r"사 {1,3}업 {1,3}자 {1,3}(?:등 {1,3}록 {1,3})?번 {1,3}호", r"사업자 ?등록 ?(?:번호|증|no\.?)?", r"사업자 ?(?:번호|번|no\.?|넘버)", rf"business{_REG} ?(?:no|num|number|id)",
                      rf"bizr?{_REG} ?(?:no|num|number)", r"brn(?<![a-z]brn)o?(?![a-z])", r"corp ?num(?!ber)", r"comp(?:any)? ?reg(?:istration|\.)? ?(?:no|num)(?![a-z])",
                      r"wrkr ?no", r"b(?<![a-z0-9]b) ?no(?![a-z])", r"사업장 ?관리 ?번호", r"bz(?<![a-z]bz)(?:mn)? ?no(?![a-z])")),
    (CARD, True, (r"카 {1,3}드 {1,3}번 {1,3}호", r"카드 ?(?:번호|no\.?|넘버|num)", r"card(?<![a-z]card)[ _]?(?:no|num|number|#)", r"credit ?card(?: ?(?:no|number))?", r"cc(?<![a-z]cc) ?(?:no|num|number|#)(?![a-z])")),
    (OTHER, True, (
        r"(?:입금|송금|이체|출금|환불|결제|정산|입출금) ?(?:금?액|건수|건|수수료|총액|한도|일자?|일시|예정일|내역)",
        r"카드 ?(?:매출|금액|대금|결제액|사용액|한도|건수|수수료|승인|사)", r"(?:통화|전화|문자) ?(?:시간|요금|건수|료|비용|횟수|량|수|발신|수신)",
        r"조회 ?(?:수|건)", r"계좌 ?(?:수|별|잔액|잔고|개수|한도|이체|구분|명|유형|종류)(?![가-힣])", r"(?:휴대폰|핸드폰|모바일|휴대전화) ?(?:판매|매출|요금|기종|모델|재고|수량|보급|가입|결제|기기)")),
    (PHONE, True, (r"휴 {1,3}대 {1,3}(?:폰|전 {1,3}화)", r"핸 {1,3}드 {1,3}폰", r"전 {1,3}화 {1,3}번 {1,3}호", r"연 {1,3}락 {1,3}처", r"전 {1,3}화", r"휴대 ?(?:폰|전화) ?(?:번호|no\.?)?", r"휴대 ?번호", r"핸드 ?폰 ?(?:번호|no\.?)?", r"핸펀", r"폰 ?번호?", r"전화 ?번호", r"전번", r"연락 ?(?:처|번호)",
                   r"모바일 ?(?:번호)?", r"팩스 ?(?:번호)?", r"콜백 ?번호", r"지역 ?번호", r"국번(?!없)", r"직통 ?(?:번호|전화)?", r"대표 ?(?:번호|전화)", r"(?:자택|회사|사무실|집) ?(?:전화|번호)",
                   r"유선 ?(?:번호|전화)", r"안심 ?번호", r"(?:발신|수신|착신)자? ?번호", r"(?:상대방?|보호자|학부모|부모님?) ?번호", r"비상 ?연락망?", r"tel(?:ephone)?(?<![a-z]tel)(?<![a-z]telephone)" + _NO + r"(?![a-z1-9])",
                   r"phone" + _NO + r"(?![a-z])", r"mobile" + _NO + r"(?![a-z])", r"cell(?<![a-z]cell) ?(?:phone|no|number)?(?![a-z])",
                   r"fax(?<![a-z]fax)" + _NO + r"(?![a-z])", r"h\.?p\.?(?<![a-z]hp)(?<![a-z]h\.p)(?<![a-z]hp\.)(?<![a-z]h\.p\.)" + _NO + r"(?![a-z0-9])",
                   r"c\.p\.?" + _NO, r"contact(?<![a-z]contact)" + _NO + r"(?![a-z])", r"mob(?<![a-z]mob)(?![a-z])", r"whatsapp", r"wa\.me/", r"tel(?<=ertel)(?![a-z1-9])",
                   r"tel[12](?<![a-z]tel[12])(?=[\"'])", r"safe ?num(?:ber)?(?![a-z])")),
    (ACCOUNT, True, (r"계 {1,3}좌 {1,3}번 {1,3}호", r"계 {1,3}좌", r"통 {1,3}장 {1,3}번 {1,3}호", r"계좌 ?(?:번호|no\.?|넘버)?", r"통장 ?(?:번호|사본)", r"account(?<![a-z]account)(?!s? ?(?:id|name|balance|code|type))" + _NO + r"(?![a-z])",
                     r"acct(?<![a-z]acct)" + _NO + r"(?![a-z])", r"acc(?<![a-z]acc)\.? ?(?:no|number)", r"a/c(?<![a-z]a/c)" + _NO, r"iban(?<![a-z]iban)(?![a-z])")),
    (LICENCE, True, (r"면 {1,3}허 {1,3}번 {1,3}호", r"운전 ?면허(?:증)? ?(?:번호|no\.?)?", r"면허(?:증)? ?(?:번호|no\.?)?(?!세)", r"driver'?s? ?licen[cs]e" + _NO, r"driving ?licen[cs]e" + _NO,
                     r"licen[cs]e(?<![a-z]licen[cs]e) ?(?:no|number|#)")),
    (PASSPORT, True, (r"여 {1,3}권 {1,3}번 {1,3}호", r"여권 ?(?:번호|no\.?)?", r"passport" + _NO, r"pp(?<![a-z.]pp)t? ?(?:no|num|#)(?!t)",
                      r"ppt(?<![a-z.]ppt)(?= ?[:=]? {0,2}[a-z]{1,2}\d{7})")),
    (CUSTOMS, True, (r"개인 ?통관(?: ?고유)?(?: ?(?:부호|번호))?", r"통관 ?(?:고유)? ?(?:부호|번호)", r"customs(?<![a-z]customs)(?: clearance)? ?(?:code|id|no|number)(?![a-z])",
                     r"pccc(?<![a-z]pccc)(?![a-z])")),
    (OTHER, True, (
        *_AMOUNTS.split(), *(rf"{word} ?번호" for word in _NUMBERED.split()), r"코드(?<=[가-힣] 코드|[가-힣]{2}코드)", r"파트 ?넘버", rf"액{_CELL_END}", rf"금{_CELL_END}",
        *(rf"{word}(?<![a-z]{word}){_NO}(?![a-z])" for word in _CODES))),
    (CARD, False, (r"카드", r"card(?<![a-z]card)(?![a-z])", r"visa(?<![a-z]visa)(?![a-z])", r"결제 ?수단")),
    (PHONE, False, (r"전화", r"연락", r"콜백", r"문자", r"통화", r"카톡", r"call(?<![a-z]call)(?![a-z])", r"sms(?<![a-z]sms)(?![a-z])", r"lms(?<![a-z]lms)(?![a-z])", r"mms(?<![a-z]mms)(?![a-z])")),
    (BUSINESS, False, ("사업자",)),
    (FOREIGNER, False, ("외국인",)),
    (ACCOUNT, False, (*TRANSFERS, *_BANKS)),
)  # fmt: skip
"""Kind, whether the name is that of the number itself, and expressions over lowered texts."""
