"""Questions of a test split with their answers, and other questions' wordings, by hand.

A line is a question, an arrow, its formula, a second arrow and the same formula over other cells.
"""

from __future__ import annotations

from dataclasses import dataclass

_ASKED = r"""
A2:A90에서 서울인 행의 C2:C90 매출 합계를 구하는 수식을 알려줘 → =SUMIF(A2:A90,"서울",C2:C90) → =sumif( $F$2:$F$70 , "서울" , H2:H70 )
지점이 강남이고 상태가 완료인 주문의 건수를 구하고 싶어요. 지점은 B열, 상태는 D열 (2~140행) → =COUNTIFS(B2:B140,"강남",D2:D140,"완료") → =COUNTIFS(K5:K99,"강남",M5:M99,"완료")
D2:D61 점수에서 상위 10% 기준값을 구해줘 → =PERCENTILE(D2:D61,0.9) → =PERCENTILE(Q3:Q44,0.9)
H3 셀의 주민번호 앞자리로 만 나이를 계산하는 수식을 알려주세요 → =DATEDIF(DATE(LEFT(H3,2)+1900,MID(H3,3,2),MID(H3,5,2)),TODAY(),"Y") → =DATEDIF(DATE(LEFT(B9,2)+1900,MID(B9,3,2),MID(B9,5,2)),TODAY(),"Y")
E2:E80에서 중복을 뺀 거래처 수를 세고 싶은데 어떻게 하나요 → =SUMPRODUCT(1/COUNTIF(E2:E80,E2:E80)) → =SUMPRODUCT(1/COUNTIF(A4:A40,A4:A40))
G2 값이 목표 H2 이상이면 달성, 아니면 미달로 표시해줘 → =IF(G2>=H2,"달성","미달") → =IF(B7>=C7,"달성","미달")
F2:F55의 금액을 천 원 단위로 반올림해서 합계를 내줘 → =SUMPRODUCT(ROUND(F2:F55,-3)) → =SUMPRODUCT(ROUND(J8:J31,-3))
사번 L2를 직원표 A2:E200에서 찾아 네 번째 열의 부서를 가져오는 함수식 → =VLOOKUP(L2,A2:E200,4,FALSE) → =VLOOKUP(P4,C3:G150,4,FALSE)
C2:C70 날짜 중에서 올해 3월에 들어온 주문 금액 D2:D70의 합을 구해줘 → =SUMPRODUCT((MONTH(C2:C70)=3)*(YEAR(C2:C70)=YEAR(TODAY()))*D2:D70) → =SUMPRODUCT((MONTH(F5:F50)=3)*(YEAR(F5:F50)=YEAR(TODAY()))*G5:G50)
B2 셀의 이메일에서 골뱅이 뒤 도메인만 뽑아내는 방법을 알려줘 → =MID(B2,FIND("@",B2)+1,LEN(B2)) → =MID(K12,FIND("@",K12)+1,LEN(K12))
K2:K33에서 0을 제외한 최솟값을 구하려면 어떤 수식을 써야 하나요 → =MINIFS(K2:K33,K2:K33,">0") → =MINIFS(D4:D28,D4:D28,">0")
입사일이 M2일 때 오늘까지의 근속 개월 수를 구하는 수식 → =DATEDIF(M2,TODAY(),"M") → =DATEDIF(A15,TODAY(),"M")
N2:N44에서 뒤에서 두 번째로 입력된 값을 가져와줘 → =INDEX(N2:N44,COUNTA(N2:N44)-1) → =INDEX(B3:B29,COUNTA(B3:B29)-1)
A열 품목 중 B열 재고가 안전재고 C열보다 적은 품목 수를 구해줘 (2~95행) → =SUMPRODUCT(--(B2:B95<C2:C95)) → =SUMPRODUCT(--(H3:H60<I3:I60))
P2 금액을 한글 금액으로 바꿔서 표시하는 수식을 만들어 주세요 → =NUMBERSTRING(P2,1)&"원" → =NUMBERSTRING(C9,1)&"원"
Q2:Q88 매출의 3개월 이동평균을 R4부터 구하고 싶습니다 → =AVERAGE(Q2:Q4) → =AVERAGE(D7:D9)
S2 텍스트에서 괄호 안의 글자만 추출해줘 → =MID(S2,FIND("(",S2)+1,FIND(")",S2)-FIND("(",S2)-1) → =MID(E8,FIND("(",E8)+1,FIND(")",E8)-FIND("(",E8)-1)
T2:T60을 총합으로 나눈 비중을 백분율로 구하는 방법 → =T2/SUM($T$2:$T$60) → =C5/SUM($C$5:$C$41)
전월 U2와 당월 V2의 증감률을 계산하고 0으로 나누는 오류는 빈칸으로 → =IFERROR((V2-U2)/U2,"") → =IFERROR((D9-C9)/C9,"")
W2:W77에서 주말을 뺀 근무일수만 세는 수식을 알려주실 수 있나요 → =SUMPRODUCT(--(WEEKDAY(W2:W77,2)<6)) → =SUMPRODUCT(--(WEEKDAY(B6:B51,2)<6))
부서별 평균 급여를 구하는데 부서가 영업이고 직급이 과장인 사람만, X열 부서 Y열 직급 Z열 급여 2~66행 → =AVERAGEIFS(Z2:Z66,X2:X66,"영업",Y2:Y66,"과장") → =AVERAGEIFS(C3:C40,A3:A40,"영업",B3:B40,"과장")
AA2 코드의 왼쪽 두 글자가 KR이면 국내, 아니면 해외로 구분해줘 → =IF(LEFT(AA2,2)="KR","국내","해외") → =IF(LEFT(F4,2)="KR","국내","해외")
AB2:AB50에서 가장 많이 팔린 제품 이름을 찾아줘, 제품명은 AC2:AC50 → =INDEX(AC2:AC50,MATCH(MAX(AB2:AB50),AB2:AB50,0)) → =INDEX(F6:F33,MATCH(MAX(E6:E33),E6:E33,0))
점수 AD2에 따라 90 이상 A, 80 이상 B, 70 이상 C, 나머지는 F로 등급을 매겨줘 → =IF(AD2>=90,"A",IF(AD2>=80,"B",IF(AD2>=70,"C","F"))) → =IF(K3>=90,"A",IF(K3>=80,"B",IF(K3>=70,"C","F")))
AE2:AE40의 텍스트 날짜 20260131을 진짜 날짜로 바꾸는 수식이 필요해요 → =DATE(LEFT(AE2,4),MID(AE2,5,2),RIGHT(AE2,2)) → =DATE(LEFT(B5,4),MID(B5,5,2),RIGHT(B5,2))
"""

SHARED = r"""
위 수식을 결과가 나올 셀에 입력한 뒤 Enter를 누르세요. 아래 행에도 쓰려면 채우기 핸들을 끌어 내리면 됩니다.
범위를 고정하려면 F4를 눌러 절대 참조로 바꾸세요. 빈 셀은 계산에서 제외됩니다.
표로 만들어 두면 범위가 자동으로 늘어나서 수식을 고칠 필요가 없습니다.
"""
"""What answers have in common whatever is asked."""

_UNLIKE = r"""
피벗 테이블 새로 고침 단축키가 뭔가요? → 피벗 테이블 안을 선택하고 Alt+F5를 누르세요.
A2:A90에서 부산인 행의 C2:C90 매출 합계를 구하는 수식을 알려줘 → =SUMIF(A2:A90,"부산",C2:C90)
D2:D61 점수에서 하위 10% 기준값을 구해줘 → =PERCENTILE(D2:D61,0.1)
지점이 강남이고 상태가 취소인 주문의 건수를 구하고 싶어요. 지점은 B열, 상태는 D열 (2~140행) → =COUNTIFS(B2:B140,"강남",D2:D140,"취소")
G2 값이 목표 H2 미만이면 미달, 아니면 달성으로 표시해줘 → =IF(G2<H2,"미달","달성")
F2:F55의 금액을 만 원 단위로 반올림해서 합계를 내줘 → =SUMPRODUCT(ROUND(F2:F55,-4))
입사일이 M2일 때 오늘까지의 근속 연수를 구하는 수식 → =DATEDIF(M2,TODAY(),"Y")
N2:N44에서 마지막으로 입력된 값을 가져와줘 → =LOOKUP(2,1/(N2:N44<>""),N2:N44)
사번 L2를 직원표 A2:E200에서 찾아 세 번째 열의 직급을 가져오는 함수식 → =VLOOKUP(L2,A2:E200,3,FALSE)
T2:T60의 누적 합계를 구하는 방법 → =SUM($T$2:T2)
S2 텍스트에서 괄호를 없애줘 → =SUBSTITUTE(SUBSTITUTE(S2,"(",""),")","")
AB2:AB50에서 가장 적게 팔린 제품 이름을 찾아줘, 제품명은 AC2:AC50 → =INDEX(AC2:AC50,MATCH(MIN(AB2:AB50),AB2:AB50,0))
매출 표를 지역별로 정리해줘 → [데이터] > [정렬]에서 지역을 기준으로 고르세요.
월별 매출을 꺾은선 차트로 만들어줘 → [삽입] > [차트]에서 꺾은선형을 고르세요.
조건부 서식으로 상위 10개를 강조하려면? → [홈] > [조건부 서식] > [상위/하위 규칙]을 쓰세요.
행과 열을 바꾸고 싶어요 → 복사한 뒤 [선택하여 붙여넣기]에서 행/열 바꿈을 고르세요.
B2 셀의 이메일에서 골뱅이 앞 아이디만 뽑아내는 방법을 알려줘 → =LEFT(B2,FIND("@",B2)-1)
전월 U2와 당월 V2의 차이를 계산해줘 → =V2-U2
"""


@dataclass(frozen=True)
class Asked:
    """A question, its formula, and the same formula over other cells."""

    question: str
    formula: str
    elsewhere: str


ASKED = tuple(Asked(*line.split(" → ")) for line in _ASKED.strip().splitlines())
UNLIKE = tuple(tuple(line.split(" → ")) for line in _UNLIKE.strip().splitlines())
"""Questions that share words, references or a function with those above, and ask for something else."""
