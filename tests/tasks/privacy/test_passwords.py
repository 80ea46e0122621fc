"""A password is what a text gives as one; talk about passwords holds none."""

from __future__ import annotations

import pytest

from tests.tasks.privacy import after


@pytest.mark.parametrize(
    "text",
    [
        "비밀번호는 {} 입니다", "비번은 {}이야", "비번 {} 이거 왜 틀렸다고 나오죠", "암호: {}", "패스워드={}", "pw {}", "PW) {}", "비　밀　번　호 : {}",
        "비밀번호({})가 안 먹어요", '암호는 "{}" 였어요', "파일 암호를 걸었는데 {} 치면 안 열려요", "{}가 제 비밀번호예요", "암호를 {}로 변경",
        "id: hong / pw: {}", "admin/{} 로 로그인", '"password": "{}",', "Uid=sa;Pwd={};", "DB_PASSWORD={}", "비밀번호\n{}\n", "비밀번호:\n{}",
        "net use Z: \\\\nas\\a /user:office {}", "open ftp.a.kr\nuser hong {}\nbye", "sqlcmd -U sa -P {} -Q x", ".pgpass\n10.0.0.5:5432:mart:etl:{}",
        "scott/{}@//10.0.0.7:1521/ORCL", '<add key="DbPassword" value="{}" />', 'strPwd = "{}"', "admin / {} 접속", "로그인은 {} 로 초기화했어요",
        "ID/PW = hong / {}", '"{}"라는 암호로 잠김', 'auth=("hong", "{}")', "postgresql://app:{}@db.example.com/x", "curl -u hong:{} https://example.com", 'ActiveSheet.Unprotect "{}"', "<password>{}</password>",
        'Workbooks.Open f, Password:="{}"', "the password for the sheet is {}", "scott/{}@10.0.0.7:1521/ORCL 은 thin:scott/{}@10.0.0.7",
    ],
)  # fmt: skip
def test_a_password_is_found_where_it_is_given(text: str) -> None:
    assert after(text.format("tiger!0415", "tiger!0415")) == text.format("Password-0001", "Password-0001")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("시트 보호 암호 1234 로 잠갔어요", "시트 보호 암호 Password-0001 로 잠갔어요"),
        ("비밀번호: open!Sesame1", "비밀번호: Password-0001"),
        ("비번: 사과나무123!", "비번: Password-0001"),
        ("비번은 곰돌이푸1234", "비번은 Password-0001"),
        ("비번 네 자리 0731", "비번 네 자리 Password-0001"),
        ("암호는 '열려라참깨'입니다", "암호는 'Password-0001'입니다"),
        ("비밀번호: hello;world 는 끝까지", "비밀번호: Password-0001 는 끝까지"),
        ("pw=abc!1&user=kim", "pw=Password-0001&user=kim"),
        ("비밀번호: abc!1, 아이디: kim", "비밀번호: Password-0001, 아이디: kim"),
        ("비밀번호를 abc!12에서 def!34로 바꿨어요", "비밀번호를 Password-0001에서 Password-0002로 바꿨어요"),
        ("공동현관 1204* 누르세요", "공동현관 Password-0001 누르세요"),
        (
            "define('DB_USER', 'a');\ndefine('DB_PASSWORD', 'abc!12');",
            "define('DB_USER', 'a');\ndefine('DB_PASSWORD', 'Password-0001');",
        ),
        ("비번을 spring#24에서 summer#24(으)로 바꿨는데", "비번을 Password-0001에서 Password-0002(으)로 바꿨는데"),
        ("비번 spring#24 → summer#24 → fall#24", "비번 Password-0001 → Password-0002 → Password-0003"),
        ("password changed from abc!12 to def!34", "password changed from Password-0001 to Password-0002"),
        ("암호 분실해서 Temp-5521로 초기화", "암호 분실해서 Password-0001로 초기화"),
        ("암호는 아래와 같습니다.\n\nTx9!mk20\n\n감사합니다", "암호는 아래와 같습니다.\n\nPassword-0001\n\n감사합니다"),
        ("암호는 다음과 같습니다: 7731", "암호는 다음과 같습니다: Password-0001"),
        ('typewrite("Hr@dmin24")  # 비번 입력', 'typewrite("Password-0001")  # 비번 입력'),
        ("qhdks12 입력하라고 하셨는데 비밀번호가 틀리대요", "Password-0001 입력하라고 하셨는데 비밀번호가 틀리대요"),
        ("비번이 달라요 1월 jan!01a 2월 feb!02b", "비번이 달라요 1월 Password-0001 2월 Password-0002"),
        (
            "비밀번호 2가지 중 하나래요: apple!11 / grape!22",
            "비밀번호 2가지 중 하나래요: Password-0001 / Password-0002",
        ),
        ("비밀번호 후보: ab!c12 , cd!e34", "비밀번호 후보: Password-0001 , Password-0002"),
        ("비밀번호 목록입니다: ab!c12", "비밀번호 목록입니다: Password-0001"),
        ("비밀번호 abc!1234 and 50%off", "비밀번호 Password-0001 and 50%off"),
        ("Kbs9982! 이 암호로 열면 됩니다", "Password-0001 이 암호로 열면 됩니다"),
        ("비밀번호 물어보면 2580 누르면 돼요", "비밀번호 물어보면 Password-0001 누르면 돼요"),
        ("관리자 암호 admin@7070 자산대장에", "관리자 암호 Password-0001 자산대장에"),
        ("set the password to tuna-sandwich9 today", "set the password to Password-0001 today"),
        (
            "the password was A#12bc, the new one is B#34de",
            "the password was Password-0001, the new one is Password-0002",
        ),
        ("Use Otter!2211 as the password", "Use Password-0001 as the password"),
        ('The file opens with "gr33nTea!"', 'The file opens with "Password-0001"'),
        ("wrong password though Maple_tree8 is right", "wrong password though Password-0001 is right"),
        ("pwd for the shared drive changed to Drive#2026", "pwd for the shared drive changed to Password-0001"),
        ('ws.set_password("prot#55")', 'ws.set_password("Password-0001")'),
        ("credentials: admin/Adm1n!pass", "credentials: admin/Password-0001"),
        ("기존 비밀번호 abc!1 새 비밀번호 def!2", "기존 비밀번호 Password-0001 새 비밀번호 Password-0002"),
    ],
)
def test_a_value_ends_where_the_next_field_begins(text: str, expected: str) -> None:
    assert after(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "비밀번호는 8자리 이상이어야 합니다", "비밀번호 열을 숨기는 방법", "암호 설정 방법 알려줘", "비밀번호는 A2에 있고", "pw = Range(\"B1\").Value",
        "Password:=strPwd", "=IF(A2=\"비밀번호\",B2,C2)", "암호화 방식은 AES256", "비밀번호: 없음", "password 라는 시트: Sheets(\"password\").Visible",
        "비밀번호가 걸린 report2023.xlsx 파일", "비밀번호 변경일 2024-01-02", "비밀번호: ********", "pass/fail 판정", "PW-1203 모델 재고",
        'password = os.environ["DB_PASSWORD"]', "sudo -u postgres -p 5432", "현관 규격 1100*2100", "계정과목 82100 으로 통일", "admin / user 권한",
        "비밀번호 없이 Office365로 저장", "비밀번호 확인 함수 LEN(A2)", "비밀번호\t점수\n강함\t90", "암호는 대소문자를 구분하나요?", "비밀번호를 1234 같은 값으로 하지 마세요", "Password=<your-password>",
        "비밀번호는 아래와 같습니다.\n\n- 8자 이상", "비밀번호를 아래 셀에 입력하세요.\nC10", "암호는 아래와 같이 걸어요.\n\nActiveSheet.Protect",
        "비번 → B2, 아이디 → C2", "비밀번호: Member!B2", "암호는 Sheet!$B$2 에", "암호 입력 -> 확인 -> Sheet2", "암호 시트 이름을 Sheet-2로 변경", "비밀번호 5자리 → 8자리로 변경",
        '<input type="password" class="col-md-6">',
        "set the password to at least 8 characters", "use Sheet1 as the password sheet", "the file opens with \"Excel 2016\"", "the old policy asks for 8, the new one 12-character passwords",
        "비밀번호 물어보면 취소 누르면 닫히게", "report_2024 이 암호로 잠겨 있어요", 'keyring.get_password("service1")', "시트마다 비번이 달라요 1월 A1 2월 B2 셀에", "return password == stored",
        "비밀번호 시트 이름: PW_2024!", "비밀번호 조건은: Min8~Max16", "비밀번호 관련 버전: v1.2.3@2024", "비밀번호 담당자 슬랙: @kim01",
        "비밀번호가 달라요: 시트 Sheet1! 과 Sheet2! 에", "비밀번호가 달라요: 시트 Sheet1! 과 @kim01 님", "Use 2-step for the password", "use bcrypt12 for passwords",
        "비밀번호를 묻는 셀에 20240501을 입력하면", "비밀번호 후보: Sheet1! 과 Sheet2!",
    ],
)  # fmt: skip
def test_talk_about_passwords_stays(text: str) -> None:
    assert after(text) == text
