"""Leaks and look-alikes as somebody would try them who does not know the engine: a row of the test, a row of another user.

Written before the engine was run on them; docs/duplicates.md tells how it did the first time. Those behind the first 36
are what later strangers found at fault, and more of the kind.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from unicodedata import normalize


@dataclass(frozen=True)
class Stranger:
    """Columns of a test user's row and of another user's; whether the second gives the first away."""

    kind: str
    test: dict[str, str]
    other: dict[str, str]
    leak: bool = True
    turns: list[str] = field(default_factory=list)


def _row(instruction: str, output: str = "[보기] 탭을 여세요.", pasted: str = "") -> dict[str, str]:
    return {"instruction": instruction, "output": output, "input": pasted}


_SHEET = "지점\t1월\t2월\t3월\n강남\t120\t135\t150\n홍대\t98\t102\t95\n잠실\t143\t138\t160\n분당\t77\t81\t90"
_STOCK = "품목\t재고\t단가\n볼트\t340\t200\n너트\t520\t180\n와셔\t150\t120\n오일\t755\t640"

STRANGERS = (
    Stranger("exact", _row("AF2:AF64 중 결측값이 몇 퍼센트인지 알려줘"), _row("ＡＦ２：ＡＦ６４ 중 결측값이 몇 퍼센트인지 알려줘")),
    Stranger("exact", _row("AG2:AG64의 사분위 범위를 구해줘"), _row("AG2:AG64의 사분위\u00a0범위를 구해줘\n")),
    Stranger("exact", _row("AH2:AH64의 기하평균을 구해줘"), _row(normalize("NFD", "AH2:AH64의 기하평균을 구해줘"))),
    Stranger("exact", _row("AI2:AI64의 조화평균을 구해줘"), _row("AI2:AI64의 조화\u200b평균을 구해줘")),
    Stranger("exact", _row("COUNTBLANK로 AJ2:AJ64를 세줘"), _row("countblank로 aj2:aj64를 세줘")),
    Stranger("exact", _row("아래 표에서 3월 매출 1등 지점은?", pasted=_SHEET), _row(f"아래 표에서 3월 매출 1등 지점은?\n{_SHEET}")),
    Stranger("near", _row("AK2:AK70에서 음수만 골라 빨간색으로 칠하고 싶어요"), _row("AK2:AK70에서 음수만 골라 빨간색으로 칠해줘 plz")),
    Stranger("near", _row("재고표에서 AL열 입고일이 가장 오래된 품목부터 나열해줘"), _row("재고표에서 입고일이 가장 오래된 품목부터 나열해줘 AL열")),
    Stranger("near", _row("AM2:AM80에서 이상치를 찾아 표시하는 방법"), _row("AM2부터 AM80까지에서 이상치를 찾아 표시하는 방법 좀 알려주세요 ㅜㅜ")),
    Stranger("near", _row("AN2 셀의 시급과 AO2 셀의 근무시간으로 주급을 계산해줘"), _row("AN2셀의 시급과 AO2셀의 근무 시간으로 주급을 계산해 주실래요?")),
    Stranger("near", _row("지점별 분기 합계를 구해줘", pasted=_SHEET), _row("지점별 분기 합계를 구해 주세요", pasted=_SHEET + "\n")),
    Stranger("near", _row("AP2:AP90에서 '반품'이라는 글자가 들어간 행을 모두 세줘"), _row("AP2:AP90에서 “반품”이라는 글자가 들어간 행을 모두 세 주세요.")),
    Stranger("contained", _row("거래처 코드 AQ2의 뒤 네 자리를 숫자로 바꾸는 수식을 알려줘"), _row("Q: 거래처 코드 AQ2의 뒤 네 자리를 숫자로 바꾸는 수식을 알려줘\nA: 모르겠음. 답을 써줘")),
    Stranger("contained", _row("직원별 초과근무 시간을 월 단위로 합산하는 피벗을 만들고 싶어요"), _row("두 가지가 궁금해요.\n1. 직원별 초과근무 시간을\n   월 단위로 합산하는 피벗을 만들고 싶어요\n2. 그 결과를 메일로 보내고 싶어요")),
    Stranger("contained", _row("AR2:AR100에서 전화번호 형식이 틀린 행을 골라내줘"), _row("아래를 번역해줘", pasted="**AR2:AR100**에서 *전화번호 형식이 틀린 행*을 골라내줘")),
    Stranger("contained", _row("AS열 매출과 AT열 원가로 품목별 마진율을 계산해 주세요"), _row("예시 질문을 만들어줘", "1) AS열 매출과 AT열 원가로 품목별 마진율을 계산해 주세요\n2) 차트를 그려줘")),
    Stranger("contained", _row("계약 종료일 AU2까지 90일 미만 남으면 알림을 띄워줘"), _row("> 계약 종료일 AU2까지 90일 미만\n> 남으면 알림을 띄워줘\n위 요청을 검토해줘")),
    Stranger("contained", _row("홍대 지점의 2월 실적을 설명해줘", pasted=_SHEET), _row("메일 초안을 써줘", pasted=f"홍대 지점의 2월 실적을 설명해줘\n{_SHEET}\n감사합니다")),
    Stranger("contained", _row("AV2 금액을 12개월로 나눠 매달 말일에 배분하는 표를 만들어줘"), _row('{"질문": "AV2 금액을 12개월로 나눠 매달 말일에 배분하는 표를 만들어줘", "언어": "ko"}')),
    Stranger("contained", _row("AW2:AW55의 점수를 표준점수로 변환하는 수식이 뭔가요?"), _row("친구가 'AW2:AW55의 점수를 표준점수로 변환하는 수식이 뭔가요' 하고 묻는데 쉽게 설명해줘")),
    Stranger("formula", _row("가 번 문항", '=SUMPRODUCT((A2:A50="강남")*(B2:B50>=100)*C2:C50)'), _row("갑 번 서식", '=SUMPRODUCT(($D$5:$D$80="강남")*($E$5:$E$80>=100)*$F$5:$F$80)')),
    Stranger("formula", _row("나 번 문항", '=INDEX(D2:D50,MATCH(1,(A2:A50="부산")*(B2:B50="여"),0))'), _row("을 번 서식", '=index(매출!H3:H90,match(1,(매출!E3:E90="부산")*(매출!F3:F90="여"),0))')),
    Stranger("formula", _row("다 번 문항", '=SUMIF(A2:A50,"환불",C2:C50)'), _row("병 번 서식", '=SUMIF(A:A,"환불",C:C)')),
    Stranger("formula", _row("라 번 문항", '=TEXT(A2,"yyyy년 m월")&" 보고"'), _row("정 번 서식", '먼저 B5를 고르고 =TEXT(B5,"yyyy년 m월")&" 보고" 라고 입력하세요.')),
    Stranger("formula", _row("마 번 문항", '=IF(AND(A2>=70,B2<30),"재검","정상")'), _row("무 번 서식", '＝IF（AND（C9>=70，D9<30），"재검"，"정상"）')),
    Stranger("formula", _row("바 번 문항", '=COUNTIFS(A2:A50,">=2026-01-01",B2:B50,"완납")'), _row("기 번 서식", '```excel\n=COUNTIFS(\n  K2:K90, ">=2026-01-01",\n  L2:L90, "완납"\n)\n```')),
    Stranger("formula", _row("사 번 문항", '=ROUNDUP(A2*1.035,-2)'), _row("경 번 서식", '1안: =B7*2+13\n2안: =ROUNDUP(G4*1.035,-2)')),
    Stranger("innocent", _row("아 번 문항", '=SUMIF(A2:A50,"교환",C2:C50)'), _row("신 번 서식", '=SUMIF(A2:A50,"수리",C2:C50)'), False),
    Stranger("innocent", _row("AX2:AX90의 합을 구해줘"), _row("AX2:AX91의 합을 구해줘"), False),
    Stranger("innocent", _row("1월 매출이 제일 큰 지점은?", pasted=_SHEET), _row("2월 매출이 제일 작은 지점은?", pasted=_SHEET), False),
    Stranger("innocent", _row("AY열 날짜에서 분기를 구해서 AZ열에 넣어줘"), _row("AY열 날짜에서 주차를 구해서 AZ열에 넣어줘"), False),
    Stranger("innocent", _row("합계 구해줘"), _row("BA2:BA40의 합계 구해줘"), False),
    Stranger("innocent", _row("안녕하세요. 신입사원인데 잘 부탁드립니다. BB열 오타를 찾아줘"), _row("안녕하세요. 신입사원인데 잘 부탁드립니다. BC열 빈칸을 찾아줘"), False),
    Stranger("innocent", _row("BD2:BD70에서 '승인' 건수를 부서별로 세는 수식을 알려줘"), _row("BD2:BD70에서 '승인' 건수를 지역별로 세는 수식을 알려줘"), False),
    Stranger("innocent", _row("BE열 급여가 300 이상인 사람만 보여줘"), _row("BE열 급여가 300 이상인 사람만 빼고 보여줘"), False),
    Stranger("innocent", _row("자 번 문항", '=IF(A2="","미입력",A2)'), _row("임 번 서식", '=IF(A2="","입력 없음",A2)'), False),
    Stranger("near", _row("품목별 재고 금액을 합쳐 달라고 했어요. 어떻게 하죠?", pasted=_STOCK), _row("품목별 재고 금액을 합쳐 달라고 했는데 어떻게 하나요", pasted=_STOCK.replace("\t", ","))),
    Stranger("contained", _row("계약서 갱신일 두 달 전에 알림을 띄우고 싶어요"), _row("아래 메일에 답장해줘", pasted="안녕하세요, 총무팀입니다.\n계약서 갱신일 두 달 전에 알림을 띄우고 싶습니다.\n가능한지 회신 부탁드립니다.")),
    Stranger("contained", _row("부품 창고의 안전 재고를 층별로 정리하고 싶습니다"), _row("이 문장을 다듬어줘", pasted="부품 창고의 안전 재고를 층별로 정리하고 싶은데 어디서 시작하나요?")),
    Stranger("contained", _row("8월 교환을 뺀 순매출을 매장별로 구해줘"), _row("두 가지를 부탁합니다. 1. 8월 교환을 뺀 순매출을 매장별로 구해줘 2. 그 결과를 메일로 보내는 순서도 적어줘")),
    Stranger("contained", _row("7개 지점의 월별 임차료를 한 표로 정리해줘"), _row("1) 7개 지점의 월별 임차료를 한 표로 정리해줘 2) 인쇄도 하고 싶고 결재란도 넣고 싶어요")),
    Stranger("contained", _row("D2:D40 중 결제가 끝난 건만 골라 세줘"), _row("문의합니다. Q1. D2:D40 중 결제가 끝난 건만 골라 세줘 라고 적었더니 주소가 이상하다고 나와요")),
    Stranger("contained", _row("출고 완료 건의 평균 소요 시간 상위 10"), _row("출고 완료 건의 평균 소요 시간 상위 10. 이렇게 적힌 제목을 영어로 바꿔 주면 좋겠어요")),
    Stranger("formula", _row("서울 창고 물량 더하기", '=SUMPRODUCT((B2:B50="서울")*(C2:C50))'), _row("지역 조건으로 예산 합산", '=SUMPRODUCT(\n  (H3:H88="서울") *\n  (J3:J88)\n)')),
    Stranger("formula", _row("등급 나누는 칸", '=IFS(B2>=90,"특",B2>=75,"상",TRUE,"중")'), _row("설비 상태 칸", '수식: =IFS(\nK5>=90,"특",\nK5>=75,"상",\nTRUE,"중")')),
    Stranger("formula", _row("제곱 합을 지역으로 거르기", '=SUMPRODUCT((B2:B50="대구")*(C2:C50^2))'), _row("지역 조건의 분산 준비", '이렇게 쓰세요.\n=SUMPRODUCT(\n  (H3:H88="대구")\n  *(J3:J88^2)\n)\n끝입니다.')),
    Stranger("innocent", _row("2월 반품을 뺀 순매출을 매장별로 구해줘"), _row("12월 반품을 뺀 순매출을 매장별로 구해줘"), False),
    Stranger("innocent", _row("5개 지점의 월별 통신비를 한 표로 정리해줘"), _row("먼저 묻습니다. 15개 지점의 월별 통신비를 한 표로 정리해줘 그리고 결재란도 넣고 싶어요"), False),
    Stranger("innocent", _row("C2:C40 중 배송이 끝난 건만 골라 세줘"), _row("문의합니다. CC2:C40 중 배송이 끝난 건만 골라 세줘 라고 적었더니 주소가 이상하다고 나와요"), False),
    Stranger("innocent", _row("배송 완료 건의 평균 소요 시간 상위 1"), _row("배송 완료 건의 평균 소요 시간 상위 10"), False),
    Stranger("innocent", _row("5% 인상된 임차료를 지점별로 다시 계산하는 표"), _row("저희는 12.5% 인상된 임차료를 지점별로 다시 계산하는 표 그리고 차트가 필요해요"), False),
    Stranger("innocent", _row("출고 전표 중 미확인 건을 모은 시트 Box1"), _row("출고 전표 중 미확인 건을 모은 시트 Box12 이름을 바꾸려는데 참조가 깨지지 않게 하는 순서를 적어줘"), False),
    Stranger("innocent", _row("냉동 창고 온도 기록을 시간대별로 접고 싶어요"), _row("냉동 창고 온도 기록을 시간대별로 접고 나서 인쇄하면 머리글이 사라지는 까닭을 적어줘"), False),
    Stranger("innocent", _row("분산 조건 칸", '=SUMIFS(C2:C50,B2:B50,"광주")'), _row("곱셈 칸", '=SUMIFS(\n  H3:H88,\n  J3:J88,"전주"\n)'), False),
    Stranger("near", _row("V2:V75에서 주말 날짜만 골라줘"), _row("V2:V75에서 주말 날짜만 고르고 싶어요")),
    Stranger("near", _row("급식비를 학년별로 나눠서 합계 내줘"), _row("급식비를 학년별로 나눠서 합게 내줘")),
    Stranger("innocent", _row("오전 점수는 BF열, 오후 점수는 BG열에 적어줘"), _row("오전 점수는 BG열, 오후 점수는 BF열에 적어줘"), False),
    Stranger("near", _row("보험 청구 내역에서 반려 건을 걸러줘"), _row("1) 보험 청구 내역에서 반려 건을 걸러주세요!")),
    Stranger("contained", _row("어음 만기일이 이번 주인 건만 추려줘"), _row("상사가 '어음 만기일이 이번 주인 건만 추려줘'라고 하는데 어떻게 하죠?")),
    Stranger("contained", _row("안녕하세요, 매장별 재고 회전일수를 계산해 주세요"), _row("본사 요청입니다. 매장별 재고 회전일수를 계산해 주세요. 느린 매장은 빨간색으로요.")),
    Stranger("formula", _row("필터 결과", '=FILTER(A2:D90,C2:C90="지연","없음")'), _row("늦은 주문 목록", '=FILTER(주문[#모두],주문[상태]="지연","없음")')),
    Stranger("near", _row("하숙비 미납자를 표시해줘"), _row("하숙비 미납자를 표시하고 싶습니다만")),
    Stranger("innocent", _row("오전반이면 A, 오후반이면 B로 적는 법"), _row("오전반이면 B, 오후반이면 A로 적는 법"), False),
    Stranger("innocent", _row("3. 5. 접수된 진정을 세줘"), _row("4. 5. 접수된 진정을 세줘"), False),
    Stranger("innocent", _row("오래된 것", '=FILTER(A2:F60,E2:E60>45,"끝")'), _row("새로운 것", '=FILTER(A2:F60,E2:E60<45,"끝")'), False),
)  # fmt: skip
