"""Words that say what is asked: one more of them, or another one, makes another question.

Nearly the same spelling is no evidence where both spellings are words (수입 and 수익, 점수 and 접수, 청주 and 충주), and a
word more is none where it narrows the question (누적 합계, 평균 급여). So the words of spreadsheets and of offices stand
here, with those real words that a slip of one letter turns them into. A word that is missing here costs little: a
misspelling of it is taken for another word.
"""

from __future__ import annotations

WORDS = """
    합산 소계 총계 누계 누적 평균 중앙 중간 최대 최소 최고 최저 최초 최종 최빈 개수 건수 인원 횟수 빈도 비율 비중 점유 증가 감소
    증감 상승 하락 차이 차액 차감 오차 편차 표준 분산 순위 등수 석차 순번 번호 상위 하위 백분율 분위 사분 지수 제곱 루트 나머지 나누기
    곱하기 더하기 빼기 반올림 올림 내림 절사 절삭 버림 소수 정수 자연수 음수 양수 홀수 짝수 배수 약수 난수 무작위 랜덤 몫 곱 합 차
    이상 이하 초과 미만 이내 이전 이후 이외 사이 포함 제외 시작 끝나 일치 불일치 동일 다르 같은 다른 공통 중복 고유 유일 처음 마지막
    첫째 둘째 다음 이번 지난 올해 작년 내년 금년 전년 전월 당월 익월 전일 당일 익일 전주 금주 차주 동기 대비 오늘 어제 내일 현재 이달
    상반 하반 분기 반기 연도 년도 월별 일별 주별 연별 년별 요일 평일 주말 휴일 공휴 영업 근무 근속 연차 휴가 출근 퇴근 지각 결근 야근
    시간 시각 날짜 기간 기한 기일 만기 마감 납기 시점 종료 완료 대기 진행 취소 보류 승인 반려 접수 발송 배송 출고 입고 재고 반품 교환
    환불 주문 발주 수주 구매 구입 판매 매출 매입 원가 단가 정가 시가 가격 금액 총액 잔액 전액 세액 가액 공급 부가 세금 세전 세후 과세
    면세 할인 할증 적립 마진 이익 손익 손실 수익 수입 지출 비용 경비 예산 결산 정산 집행 실적 목표 달성 계획 급여 임금 월급 연봉 시급
    수당 상여 성과 퇴직 공제 보험 국민 연금 건강 고용 입금 출금 송금 이체 계좌 은행 예금 적금 대출 이자 원금 상환 미수 미지급 외상
    거래 업체 고객 회원 사원 직원 담당 부서 직급 직책 직위 사번 이름 성명 성별 나이 연령 생년 생일 주소 전화 연락 메일 지역 지점 본사
    지사 매장 창고 위치 도시 국가 제품 상품 품목 품명 품번 모델 부품 자재 수량 단위 규격 무게 길이 높이 너비 넓이 면적 크기 두께 등급
    점수 성적 학생 학년 과목 국어 영어 수학 과학 사회 합격 불합격 통과 우수 보통 미흡 정상 불량 양호 확인 점검 검사 검토 평가 설문 응답
    찬성 반대 참석 불참 출석 결석 신규 기존 변경 추가 삭제 제거 수정 고치 바꾸 변환 복사 붙여 이동 옮기 숨기 숨김 취소 해제 설정 고정
    병합 분할 나누 합치 분리 결합 연결 묶 정렬 오름 내림차 거꾸 필터 검색 찾기 조회 비교 대조 검증 계산 강조 서식 조건 규칙 색상
    배경 글꼴 글자 굵게 기울 밑줄 취소선 별표 테두리 가운데 왼쪽 오른쪽 위쪽 아래 맞춤 여백 인쇄 출력 미리 보기 페이지 머리글 바닥글 제목
    범례 레이블 눈금 격자 가로 세로 막대 원형 꺾은선 선형 영역 분산형 도넛 방사형 혼합 차트 그래프 피벗 테이블 슬라이서 시트 통합 문서
    파일 폴더 저장 열기 닫기 보호 암호 잠금 잠그 공유 링크 하이퍼 메모 주석 이름표 범위 정의 배열 참조 절대 상대 혼합 순환 수식 함수
    매크로 단추 버튼 도형 그림 사진 드롭 목록 유효 오류 경고 빈셀 공백 문자 숫자 텍스트 대문자 소문자 한글 영문 특수 기호 쉼표 콤마 마침표
    하이픈 괄호 따옴표 앞쪽 뒤쪽 천단위 백만 통화 원화 달러 환율 퍼센트 지수 회계 일반 사용자 지정 설명 오류 해석 의미 원인 이유 요약 예시
    세어 채우 지우 가리 없애 비우 비어 높은 낮은 높으 낮으 큰 작은 많은 적은 많이 적게 빠른 느린 오래 최근 신입 경력 정규 계약 임시 남자
    여자 남성 여성 미혼 기혼 국내 국외 해외 수출 내수 온라인 오프라인 도매 소매 현금 카드 전표 영수 세금계산 견적 계약서 청구 납부 미납
    연체 체납 선급 선수 가지급 충당 감가 상각 자산 부채 자본 유동 고정 당좌 순이익 영업이익 매출원가 판관 법인 개인 사업 소득 부가세
    서울 부산 대구 인천 광주 대전 울산 세종 수원 성남 용인 고양 부천 안산 안양 남양 화성 평택 의정부 시흥 파주 김포 광명 군포 이천 양주
    오산 구리 안성 포천 의왕 하남 여주 동두천 과천 춘천 원주 강릉 동해 태백 속초 삼척 청주 충주 제천 천안 공주 보령 아산 서산 논산 계룡
    당진 전주 군산 익산 정읍 남원 김제 목포 여수 순천 나주 광양 포항 경주 김천 안동 구미 영주 영천 상주 문경 경산 창원 진주 통영 사천
    김해 밀양 거제 양산 제주 서귀포 강남 강북 강동 강서 서초 송파 마포 용산 성동 성북 중구 동구 서구 남구 북구 종로 영등포 관악 동작
    경기 강원 충북 충남 전북 전남 경북 경남 수도권 본점 영업부 인사부 개발부 총무부 기획 재무 회계 마케팅 홍보 생산 품질 연구 물류 구매부
    수업 수령 수단 예상 결제 결재 경제 강사 감사 지원 시장 참고 정비 장비 거리 원료 관료 충고 입구 방송 과정 부정 요금 대금 사업 부사
    기사 의사 용어 등록 단품 작품 상표 공지 강제 공장 공정 참가 동시 원인 원장 전체 할증 보험료 야간 주간 단기 장기 부족 초과수 구분
    킬로미터 센티미터 밀리미터 킬로그램 밀리그램 밀리리터 킬로와트 메가바이트 기가바이트 테라바이트 일수
    사장 이사 부장 차장 과장 대리 주임 사원 인턴 팀장 노트북 모니터 키보드 마우스 프린터 책상 의자 태블릿 스피커 웹캠 허브 케이블 복합기
"""

ENGLISH_WORDS = """
    header headers column columns formula formulas function functions calculate calculated convert average averages percentage percent number numbers
    filter filtered format formatting conditional highlight highlighted duplicate duplicates remove delete insert sheet sheets worksheet workbook table
    tables chart charts range value values blank between extract domain domains address addresses email month months monthly weekly yearly quarter
    quarterly invoice invoices customer customers employee employees product products revenue expense expenses budget amount amounts price prices
    quantity discount supplier suppliers order orders salary payroll department region regions store stores inventory student students score scores
    ranking sorting ascending descending largest smallest maximum minimum count unique combine merge separate replace search lookup pivot macro button
    dropdown validation protect password freeze margin border color background center hidden unhide group ungroup outline transpose reference absolute
    relative array dynamic error errors circular warning suitable generate sentence phrase turning rhymes rhyme instructor instructors report summary
    weighted median schedule calendar weekend weekday holiday project deadline hours minutes seconds duration attendance overtime transaction
    transactions account accounts balance statement reviews review temperature temperatures calculation delivery shipping category categories
    description following document documents question questions different difference example examples
"""
"""Words of spreadsheets and offices that are no other word with letters exchanged (sales and seals, split and spilt)."""
