"""Where values stand in what spreadsheet users write: sentences, tables, JSON, formulas, answers, edits.

A template says `{v}` where a value goes, `{w}` where another one of the same kind goes, `{n}` for its name. Each use of
`{v}` in one case is the same value, in the same or another spelling.
"""

from __future__ import annotations

NAMES: dict[str, tuple[str, ...]] = {
    "phone": ("전화번호", "연락처", "휴대폰", "핸드폰 번호", "휴대폰번호", "HP", "Tel", "Mobile", "담당자 연락처", "전화", "휴대전화", "phone"),
    "resident_number": ("주민번호", "주민등록번호", "주민 번호", "RRN", "주민등록 번호", "주민등록번호(외국인 포함)"),
    "foreigner_number": ("외국인등록번호", "외국인번호", "외국인 등록번호", "주민번호"),
    "corporate_number": ("법인등록번호", "법인번호", "법인 등록번호"),
    "business_number": ("사업자등록번호", "사업자번호", "사업자 등록번호", "사업자 번호", "거래처 사업자번호", "business no"),
    "card": ("카드번호", "카드 번호", "법인카드 번호", "신용카드번호", "결제카드번호", "card number", "Card No."),
    "account": ("계좌번호", "계좌 번호", "입금계좌", "환불 계좌번호", "급여계좌", "통장번호", "account no"),
    "driver_licence": ("운전면허번호", "면허번호", "운전면허", "운전면허증 번호", "면허 번호"),
    "passport": ("여권번호", "여권 번호", "여권", "passport no", "Passport No."),
    "customs_code": ("개인통관고유부호", "개인통관부호", "통관고유부호", "통관부호", "통관번호", "customs code"),
    "ip_address": ("IP", "IP 주소", "접속 IP", "서버 IP", "아이피", "ip address", "서버 주소"),
    "email": ("이메일", "메일", "E-mail", "email", "메일주소", "이메일 주소"),
}  # fmt: skip

NAMED: dict[str, dict[str, str]] = {
    "colon": {"instruction": "{n}: {v}\n이 값에서 하이픈만 빼는 수식 알려줘"},
    "particle": {"instruction": "{n}는 {v} 인데 이걸 B열에서 찾으려면 어떻게 해?"},
    "is": {"instruction": "제 {n}가 {v}입니다. 셀에 넣으면 숫자가 깨져요."},
    "brackets": {"instruction": "김민수({n} {v}) 행만 남기고 지우는 방법"},
    "behind": {"instruction": "{v} ({n}) 이 값이 중복인지 확인하는 함수"},
    "sentence behind": {"instruction": "{v} 이게 {n}인데 앞 0이 사라져요"},
    "equals": {"instruction": "{n}={v} 조건으로 필터하는 법"},
    "line": {"instruction": "아래 내용을 표로 정리해줘", "input": "이름: 박서연\n부서: 영업1팀\n{n}: {v}\n비고: 없음"},
    "tab column": {"input": "이름\t{n}\t부서\n김민준\t{v}\t영업\n이서연\t{w}\t총무", "instruction": "이 표에서 영업 부서만 뽑아줘"},
    "last tab column": {"input": "번호\t이름\t수량\t{n}\n1\t김민준\t12\t{v}\n2\t이서연\t7\t{w}", "instruction": "이름 순으로 정렬하는 수식"},
    "first tab column": {"input": "{n}\t이름\t금액\n{v}\t최도윤\t1250000\n{w}\t한지우\t340000", "instruction": "금액 합계를 구해줘"},
    "CSV column": {"input": "이름,{n},점수\n김민준,{v},88\n이서연,{w},92", "instruction": "점수 평균 구하는 수식"},
    "semicolon column": {"input": "이름;{n};점수\n김민준;{v};88\n이서연;{w};92", "instruction": "점수 평균 구하는 수식"},
    "quoted CSV": {"input": 'name,"{n}",qty\n"Kim, M.","{v}",3\n"Lee, S.","{w}",4', "instruction": "qty 열 합계"},
    "Markdown table": {
        "input": "| 이름 | {n} | 금액 |\n|---|---|---|\n| 김민준 | {v} | 35,000 |\n| 이서연 | {w} | 12,000 |",
        "instruction": "금액이 2만 원 이상인 사람만",
    },
    "beside": {"input": "성명\t오하은\n{n}\t{v}\n입사일\t2024-03-02", "instruction": "이 양식을 한 줄로 바꾸는 방법"},
    "beside, in bars": {"input": "| 성명 | 오하은 |\n| {n} | {v} |\n| 입사일 | 2024-03-02 |", "instruction": "행을 열로 바꿔줘"},
    "JSON": {"input": '[{{"name": "김민준", "{n}": "{v}", "qty": 3}}]', "instruction": "이 JSON을 표로 바꾸려면?"},
    "list": {"input": "{n}\n{v}\n{w}", "instruction": "중복 제거하는 방법"},
    "answer": {"instruction": "고객 정보를 찾는 수식", "output": "{n} {v} 는 B2에 있으므로 =VLOOKUP(A2,B:C,2,0) 을 쓰세요."},
    "edit": {"instruction": "고객 정보를 찾는 수식", "output": "=VLOOKUP(A2,B:C,2,0)", "edited": "{n} 열에서 {v} 를 찾습니다: =XLOOKUP(A2,B:B,C:C)"},
    "formula": {"instruction": "{n}가 {v}인 행만 세고 싶어", "output": '=COUNTIF(B:B,"{v}")'},
    "asked and answered": {"instruction": "{n} {v} 에서 뒷부분만 가리기", "output": '{v} 라면 =REPLACE("{v}",1,3,"***") 입니다'},
    "key and value": {"input": "name=김민준;{n}={v};dept=영업", "instruction": "세미콜론으로 나누는 법"},
    "bullet": {"input": "- 담당: 정수빈 과장\n- {n} : {v}\n- 마감: 금요일", "instruction": "회의록을 표로"},
    "English": {"instruction": "my {n} is {v} and excel drops the leading zero, 해결법 알려줘"},
    "arrow": {"instruction": "{n} → {v} 로 바꿔서 저장되게 하려면"},
}  # fmt: skip
"""What names a value. Every kind of number has to be found in all of them."""

ALONE: dict[str, dict[str, str]] = {
    "sentence": {"instruction": "{v} 을 텍스트 형식으로 고정하려면 어떻게 해요?"},
    "quoted": {"instruction": '"{v}" 에서 가운데만 가리는 수식'},
    "cell": {"instruction": "A2에 {v} 가 들어 있을 때 앞부분만 추출"},
    "formula, unnamed": {"instruction": "아래 수식이 왜 오류죠", "input": '=IF(B2="{v}","확인","없음")'},
    "column without a header": {"input": "김민준\t{v}\t12\n이서연\t{w}\t7", "instruction": "두 번째 열만 복사하는 법"},
    "column of another name": {"input": "이름\t비고\n김민준\t{v}\n이서연\t{w}", "instruction": "비고 열을 나눠줘"},
    "CSV": {"input": "김민준,{v},12\n이서연,{w},7", "instruction": "쉼표로 나누기"},
    "Markdown": {"input": "| 김민준 | {v} |\n|---|---|\n| 이서연 | {w} |", "instruction": "행 번호 매기기"},
    "answer, unnamed": {"instruction": "이 고객을 어떻게 찾죠", "output": "{v} 로 검색하면 됩니다. =MATCH(A2,B:B,0)"},
    "line of its own": {"instruction": "아래 값을 나눠 담고 싶어요\n{v}\n{w}"},
    "in brackets": {"instruction": "김민준({v}) 처럼 적힌 셀에서 이름만"},
}
"""What says nothing of what a value is."""
EVERYWHERE = NAMED | ALONE

PROSE = frozenset(
    (
        "colon",
        "particle",
        "is",
        "brackets",
        "sentence behind",
        "answer",
        "edit",
        "asked and answered",
        "English",
        "sentence",
        "quoted",
        "cell",
    )
)

PASSWORDS: tuple[str, ...] = (
    "비밀번호는 {v} 입니다", "비밀번호는 {v}입니다", "비번은 {v}이야", "비번은 {v} 이에요", "비번 {v}", "비번: {v}", "비밀번호 : {v}", "암호: {v}",
    "암호는 {v}", "암호가 {v}인 파일", "파일 암호 = {v}", "패스워드: {v}", "패스워드는 {v}예요", "pw: {v}", "PW {v}", "pw={v}", "password: {v}",
    "Password={v}", "password is {v}", "my password is {v}", "pwd: {v}", "passwd={v}", "비밀번호({v})", "비밀번호 [{v}]", "비밀번호 '{v}'",
    '비밀번호 "{v}"', "비밀번호 `{v}`", "비밀번호를 {v}로 설정했어요", "비밀번호를 {v} 로 바꿨는데", "암호를 {v}으로 변경", "임시 비밀번호는 {v} 입니다",
    "초기 비밀번호: {v}", "관리자 비밀번호 {v}", "로그인 비밀번호는 {v}", "시트 보호 암호는 {v} 였어요", "통합 문서 암호: {v}", "와이파이 비번은 {v}",
    "비번이 {v}인데", "비번→{v}", "비번 => {v}", "비번 - {v}", "ID: hong / PW: {v}", "아이디 hong, 비번 {v}", "아이디는 hong이고 비밀번호는 {v}",
    "id/pw : hong/{v}", "계정: hong_01 비밀번호: {v}", "접속정보 hong / {v}", "user=hong password={v}", "DB_PASSWORD={v}",
    'password = "{v}"', "\"password\": \"{v}\"", "'pwd': '{v}'", "Server=db1;Database=sales;Uid=app;Pwd={v};", "postgresql://app:{v}@db.example.com/sales",
    "mysql -u root -p{v}", "비　밀　번　호: {v}", "비 밀 번 호 : {v}", "ｐａｓｓｗｏｒｄ：{v}", "비밀번호：{v}", "{v} 가 제 비밀번호예요", "{v}이 비밀번호입니다",
    "엑셀 파일 비번 {v} 이거 푸는 법", "핀번호 {v}", "<password>{v}</password>", "비밀번호는요 {v} 입니다", "공인인증서 비밀번호 {v}", "passphrase: {v}",
    "로그인 안돼요 비번 {v} 맞는데", "비밀번호\u200b는 {v}", "PASSWORD : {v}", "비밀번호 확인: {v}", "기존 비밀번호 {v} 새 비밀번호 {w}",
    'ActiveSheet.Unprotect Password:="{v}"', 'Workbooks.Open "a.xlsx", Password:="{v}"', "암호 {v} 로 열림",
)  # fmt: skip

PASSWORD_TABLES: tuple[str, ...] = (
    "아이디\t비밀번호\nhong\t{v}\nkim\t{w}", "ID,PW\nhong,{v}\nkim,{w}", "| 계정 | 비밀번호 |\n|---|---|\n| hong | {v} |\n| kim | {w} |",
    "사이트\t아이디\t비번\t비고\n나라장터\thong\t{v}\t법인\n홈택스\tkim\t{w}\t대표", "user;password;role\nhong;{v};admin\nkim;{w};user",
    "비밀번호\t{v}", "이름\t초기암호\n홍길동\t{v}\n김철수\t{w}", '{{"user": "hong", "password": "{v}"}}', "host: db1\nuser: app\npassword: {v}\nport: 5432",
)  # fmt: skip

KEYS_NAMED: tuple[str, ...] = (
    "API_KEY={v}", "api key: {v}", "apiKey: '{v}'", '"api_key": "{v}"', "API 키는 {v} 입니다", "API키: {v}", "인증키 {v}", "인증키: {v}", "서비스키={v}",
    "serviceKey={v}", "secret_key = \"{v}\"", "SECRET={v}", "access token: {v}", "accessToken={v}", "토큰: {v}", "토큰은 {v}", "시크릿 키 {v}", "client_secret={v}",
    "Authorization: Bearer {v}", "x-api-key: {v}", "발급받은 키는 {v} 이고", "OPENAI_API_KEY={v}", "aws_secret_access_key = {v}", "공공데이터포털 인증키 {v}",
    '=WEBSERVICE("https://api.example.com/v1?key={v}&q=1")', "https://api.example.com/data?serviceKey={v}&type=json", "액세스 토큰 {v} 으로 호출",
    "refresh_token: {v}", "키 이름\tAPI 키\n지도\t{v}\n날씨\t{w}", "서비스,API Key\n지도,{v}\n날씨,{w}", "| 서비스 | 인증키 |\n|---|---|\n| 지도 | {v} |",
    "카카오 REST API 키: {v}", "비밀키: {v}", "secret: {v}", "api-key {v}", "ＡＰＩ＿ＫＥＹ＝{v}",
)  # fmt: skip
KEYS_ALONE: tuple[str, ...] = (
    "{v} 이거 매크로에 넣으면 되나요", "A1 셀에 {v} 가 있어요", "이름\t값\n지도\t{v}\n날씨\t{w}", '=WEBSERVICE("https://api.example.com/?t={v}")',
    "headers = {{'X-Token': '{v}'}}", "이 값 {v}", "{v}", "curl https://api.example.com -H 'x: {v}'",
)  # fmt: skip

QUESTIONS: tuple[str, ...] = (
    "이 내용을 표로 정리하는 방법", "파워 쿼리로 가져오는 법", "매크로에서 읽는 방법", "셀에 그대로 붙여넣으면 깨져요", "엑셀에서 열리지 않아요",
    "이걸 자동으로 채우는 수식", "VBA로 바꿔줘", "텍스트 나누기 방법", "조건부 서식 거는 법", "시트마다 다르게 쓰고 싶어요",
)  # fmt: skip
