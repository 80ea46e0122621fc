"""Orders to a model in words of one's own: told by what they talk about, not by how.

Who talks a model round speaks of the model, of what it was told, of taking that back or giving it away, of every answer
to come, of what nobody must notice. One of these is ordinary; several in two sentences, without anything that a
spreadsheet is asked for, are not. Each kind of signal has a weight; what is asked for a spreadsheet counts against them.
The weights were set on bench/cases/poison_texts.py and poison_adversaries.py.
"""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.scan.patterns import any_of
from tasks.scan.text import Texts, on_rows
from tasks.search import Column, Expression

ENOUGH = 3.5

_MODEL = any_of(
    r"(?:^|[\s\"'“(,.>:])(?:너|넌|너는|너의|너를|너한테|너에게|네가|니가|당신은|당신의|당신을|당신이)\s",
    r"(?:^|[\s\"'“(,.>:])(?:네|니)\s+(?:원래|역할|이름|임무|규칙|지침|지시|명령|설정|프롬프트|제한|내부|개발|마음|정체|시스템|기억|본래)",
    r"인공 ?지능|언어 ?모델|챗봇|어시스턴트|\b(?:ai|gpt[\w.-]{0,4}|llm)\s?[가-힣]|코파일럿|컨텍스트|개발사|만든 ?(?:회사|사람)|대화의?\s*(?:맨|처음|시작|기록)",
    r"\bchatbot\b|\bcontext window\b|\bdevelopers? (?:told|gave|set)",
)
_NAMED = r"\bassistant\b|\blanguage models?\b|\bmodel['’]s\b|\b(?:ai|gpt[\w.-]{0,4}|llm)(?:\s?[^\s\w가-힣.-]|\s[a-z0-9]|\s*$)"
"""English prose is about such things, too."""
_YOU = r"\byou(?:r|rself)?\b"
_TOLD = any_of(
    r"(?<!명령 )프롬프트|지침(?!서(?:[^가-힣]))|지시(?!\s*(?:번호|서|내역|수량|일자|량|전표|코드|품목))(?:사항|문)?(?:을|를|은|는|이|가|도|에|대로|들)?(?:\s|$|[.,!?'\"])|가이드라인|안전 ?장치|시스템\s*(?:명령|메시지|설정|지시)|인젝션|탈옥|"
    r"(?:숨은|숨겨진|비공개)\s*(?:명령|지시|글|문장|규칙|텍스트)|상위 ?명령",
    r"(?<!command )(?<!command-)\bprompts?\b|\binstructions?\b|\bguidelines?\b|\bdirectives?\b|\bsystem[- ]level\b|\bmoderation\b|\bguardrails?\b|\bsystem (?:message|command|administrator)",
)
_LAW = any_of(
    r"규칙|제한|제약|정책|명령|역할|경고|안전\s*관련|원칙|조건들|임무|검열|모드|허락|금지|윤리|권한",
    r"\brules?\b|\brestrictions?\b|\bpolic(?:y|ies)\b|\borders\b|\blimits?\b|\bfilter(?:s|ing)?\b|\bcommands?\b|\brole\b|\bmode\b|\bauthori[sz]e|\badmin\b|\btold\b|\ballowed\b|\bsafety\b",
)
_UNDONE = any_of(
    r"무시|무효|위반|비활성화|잊어|잊고|안 ?지켜|(?:지키|따르|적용되|적용하|띄우|말하)지\s*(?:마|말|않)|어겨|어기|내려놓|초기화|생략|끝났|멈추|취소|철회|벗어|풀어|해제|없이|없는|꺼|끄고|폐기|함정|허락했|허락할|괜찮아",
    r"\bignor|\bdisregard|\bforget|\brevoked?\b|\bwaived?\b|\bskip\b|\boverr|\bbypass|\bswitch off|\bturn off|\bdisabl|\bhad no\b|\bhave no\b|\bno longer\b|\bwithout (?:any |these |those |your )?(?:rules|limits|restrictions?|filters?|filtering|warnings?|guard|censor|moderation|safety)|\b(?:drop|stop) (?:all|any|your|following|obeying|being|the (?:rules|filter|act))\b|\bobsolete\b|\bvoid\b|\bsuspend|\bcancel(?:s|led)?\b",
)
_GIVEN_AWAY = any_of(
    r"출력|띄워|복사|정리해|요약|번역|털어놔|읊|말해|공개|유출|보여|알려|드러|적어|누설",
    r"\boutput (?:the|your|all|any|only|every|it|this|[\"'“])|\breveal|\bleak (?:the|your|all|it|any)|\brepeat\b|\bprint\b|\bshow\b|\btell me\b|\bsummari[sz]e\b|\brecite\b|\bdisclose|\bcontents of\b",
)
_SECRET = any_of(
    r"숨은|숨겨진|비공개|내부|원래|그대로|받은\s*(?:시스템\s*)?(?:지침|지시|명령|규칙|프롬프트)|맨 ?위|맨 ?처음|최초|원문|본래",
    r"\bhidden\b|\bsecrets?\b|\binternal\b|\boriginal\b|\bfirst and second\b|\bearlier\b|\bprevious\b|\bprior\b|\bnot to say\b|\bconfidential\b|\bexact\b|\bbetween your\b",
)
_ALWAYS = any_of(
    r"(?:답|답변|응답|대답)할 ?때(?:마다|는)|(?:요청|질문|문의)이? ?(?:오면|들어오면|받으면)|물으면|물어보면|매번|(?:지금|이제|이 ?순간|앞으로|오늘)\s*부터|이후|앞으로|오직|오로지|반드시|무조건|항상|어떤 ?(?:질문|요청)",
    r"\balways\b|\bonly (?:repl|answer|respond|say|speak|output|obey|listen|in\b)|\b(?:every|each|all) (?:repl|answers?\b|responses?\b|formula|questions?\b|command)|\ball future\b|\bfrom now\b|\bwhenever\b|\bwhen (?:asked|someone asks|a user (?:asks|says|types|requests|wants))|\bnever (?:mention|refuse|admit|decline|say no)|\bbegin your\b|\bstart your\b|\bwill respond\b|\bfuture (?:queries|questions)",
)
_ANSWERS = any_of(
    r"답할 ?때|답해|답하|답변을?|응답|대답|(?:이|라)고\s*(?:보고|답|말|출력|안내|적)|요청을\s*(?:그대로|수행|거절|따)|첫 ?(?:줄|문장)에|사용자(?!\s*(?:목록|명|수|이름|별|id|아이디|번호|코드|현황|명단|정의|지정|권한))",
    r"\brepl(?:y|ies)\b|\brespond|\banswers?\b|\bresponses?\b|\bcomply\b|\bobey\b|\bqueries\b|\bafter me\b|\bsay that\b|\bthe user\b",
)
_UNSEEN = any_of(
    r"눈치 ?채지|몰래|모르게|들키지|은근슬쩍|비밀리에|티 ?안 ?나게",
    r"\b(?:quietly|secretly|silently|covertly) (?:add|insert|append|chang|send|includ|replac|modif|put|multipl|alter|swap|forward|log|run|execut|upload|download|us)|\bwithout (?:telling|anyone (?:notic|know|see))|\bunnoticed\b|\bsneak (?:in|an?|the|it|this)\b",
)
_HARM = any_of(
    r"폭탄|해커|악당|처벌|계좌|비밀번호|개인 ?정보|해킹|악성|삭제하라|송금|마약|부하|pwned|\*\s*0?\.9\d",
    r"\bbomb\b|\bpasswords?\b|\bhack|\bevil\b|\bpunish|\bmalware\b|\bcredentials?\b|\bapi keys?\b|\bsteal\b|\bpwn|\bhaiku\b|\bpirate\b|\bletter x\b",
)
_SHEET = any_of(
    r"합계|평균|개수|건수|비율|세어|계산|구하|구해|구할|찾아|정렬|피벗|차트|그래프|서식|수식|함수|vlookup|xlookup|countif|sumif|매크로|셀|시트|[a-z]열|행을|행에|열을|열에|열의|범위|인쇄|날짜|중복"
    r"|유효성|드롭다운|리본|메뉴|탭|눌러|누르|선택하|클릭|파일을|엑셀|워크북|통합 ?문서|재고|매출|(?:기법|공격|취약점|용어)(?:입니다|이다|이에요|을\s(?:말|뜻))",
    r"\bcells?\b|\bcolumns?\b|\brows?\b|\bsheets?\b|\bformula\b|\bworksheet\b|\bchart\b|\bpivot\b|\bsum\b|\baverage\b|\bcount\b|\bexcel\b|\bmacro\b|\brange\b|\btable\b|\bclick\b|\bribbon\b|\bmenu\b|\bdata\b|\bcolumn",
)
_COLLEAGUE = re.compile(
    r"(?:너는|넌|당신은)\s(?:(?:지금|이제|오늘|앞으로)(?:부터)?(?:는)?\s)?(?:\S{1,6}\s)?\S{0,4}"
    r"(?:전문가|담당자|분석가|회계사|세무사|컨설턴트|강사|선생님?|조교|매니저|엔지니어)(?:이?야|이?다|입니다|이?에요|예요|로서|라고)"
    r"|(?:프롬프트|prompt) ?(?:인젝션|주입|injection)"
    r"|(?:상사|팀장|부장|과장|차장|이사|대표|사장|본부장|실장|원장|센터장|고객|거래처|본사|본부|감사팀)\S{0,3}(?:이|가|께서|에서)\s[^\n.]{0,12}(?:지시|명령|지침)"
    r"|(?:ai|gpt|llm|인공 ?지능|챗봇) ?(?:이용|사용|활용|윤리|보안|운영|도입) ?(?:지침|가이드라인|정책|규정|규칙|기준|원칙)(?! ?(?:을|를|은|는)? ?(?:무시|어기|어겨|따르지|잊|버리))"
)
"""너는 지금부터 회계사야: who casts the model in an office's part only asks for help, and who names prompt injection, an office's policy on AI, or what
a superior ordered, is not at it. These words say nothing, and take nothing from what others say."""
_ABOUT_IT = re.compile(
    r"\b(?:what (?:is|are)|explain|define|describe|protect|prevent|detect|defend|guard against)\b[^\n]{0,40}\bprompt[ -]injections?\b"
    r"|\bprompt[ -]injections?\b[^\n]{0,30}(?:\bis (?:an?|the|when|text)\b|\battacks?\b|\brisks?\b)"
)
"""Who explains what it is uses all of its words."""

NAMES = re.compile(
    r"무시 ?여부"
    r"|(?:지금|이제|앞으로)\s?부터\s(?:(?!제한|규칙|없이|무시|해커|악당)[^\n.]){0,16}(?:과장|부장|차장|대리|팀장|주임|회계사|세무사|노무사|전문가|강사|선생|선생님|컨설턴트|분석가|담당자|교수|사수|선배|멘토)(?:님)?(?:처럼|같이)"
    r"\s(?:답|설명|알려|말|가르쳐|도와)"
    r"|시스템 ?프롬프트(?: ?[가-힣]{1,6}){0,2} ?(?:작성법|법|기초|입문|실습|과정|교육|강의|이해|설계|활용|특강)(?=\s*(?:[,\t|;\n]|$))"
    r"|(?:챗봇|상담 ?봇|\bai)(?:이|가) [^\n,]{0,20}무시(?:해서|했어요|했습니다|했다|하네요|합니다)"
    r"|(?:안내|공지|고지|배포|송부) ?(?:해 ?)?(?:드린|드렸던)[^\n]{0,20}(?:폐기|대체)"
    r"(?:(?!출력|프롬프트|시스템|답[하변]|응답|알려|말하|보내|전송|무시|따르)[^\n]){0,30}시기 ?바랍니다"
)
"""A column, a course, a complaint about a bot, an office's notice to its people."""

_SIGNALS = tuple(
    (re.compile(expression), weight)
    for expression, weight in (
        (_MODEL, 2.0), (_NAMED, 1.0), (_YOU, 1.0), (_TOLD, 2.0), (_LAW, 1.0), (_UNDONE, 1.5), (_GIVEN_AWAY, 1.0), (_SECRET, 1.5), (_ALWAYS, 1.5),
        (_ANSWERS, 1.0), (_UNSEEN, 2.5), (_HARM, 1.5),
    )
)  # fmt: skip
_HANGUL = re.compile("[가-힣]")
KOREAN = 8
"""A text is Korean of which one character in so many is a syllable of Hangul."""
PROSE_WEIGHT = -1.0
"""Of a text that is not: in English these words are those of any prose, always, only, your, rules."""
_SHEET_WORDS = re.compile(_SHEET)


def _wider(expression: str) -> str:
    """Without what RE2 does not know, it matches all that it matched and more."""
    return re.sub(r"\(\?<!.*?\)|\(\?!.*?\)\)", "", expression)


SHEET_WEIGHT, MOST_SHEET_WORDS = -1.0, 4

HINT = any_of(
    _MODEL, _NAMED, _wider(_TOLD), _UNSEEN, _HARM, _YOU,
    r"(?:답|답변|응답|대답)할 ?때|(?:요청|질문|문의)이? ?(?:오면|들어오면)|물으면|안전\s*관련|라고(?:만)? ?(?:답|대답|응답|말|보고)|(?:답변|대답|응답|답)(?:하라|해라|하시오|해야)",
    r"정책|규칙|명령|역할|제한|제약|검열|무시|권한|모드|\bfuture\b|\bwhen asked\b|\bcomply\b|\bevery (?:question|answer|repl)|\bignor|\breveal|\bconfidential|\brestriction",
)  # fmt: skip
_MAY_TALK = Expression(HINT)
_SENTENCE = r"[.!?。]\s+|\n+"
LONGEST = 240
"""Characters of two sentences that are looked at together; longer ones are data."""


def talks_it_round(texts: Column) -> pa.Array:
    """Mask of the plain texts of which one sentence, or two neighbouring ones, hold signals enough."""
    return on_rows(texts.texts, pa.array(_MAY_TALK.found(texts)), _talk)


def _talk(texts: Texts) -> pa.Array:
    lists = pc.split_pattern_regex(texts, _SENTENCE)
    sentences, offsets = lists.flatten(), lists.offsets.to_numpy() - lists.offsets[0].as_py()
    hints = np.flatnonzero(pc.match_substring_regex(sentences, HINT).to_numpy(zero_copy_only=False))
    row = np.searchsorted(offsets, hints, side="right") - 1
    alone = sentences.take(pa.array(hints))
    windows, of = [alone], [row]
    for step, inside in ((-1, hints > offsets[row]), (1, hints + 1 < offsets[row + 1])):
        pair = [alone.filter(pa.array(inside)), sentences.take(pa.array(hints[inside] + step))]
        windows.append(pc.binary_join_element_wise(*pair[::step], " "))
        of.append(row[inside])
    found = np.zeros(len(texts), dtype=np.bool_)
    found[np.concatenate(of)[_persuades(pa.concat_arrays(windows))]] = True
    return pa.array(found)


def _persuades(windows: Texts) -> NDArray[np.bool_]:
    """Which sentences, or pairs of neighbours, weigh enough. Python reads those that may."""
    most = sum(
        weight * pc.match_substring_regex(windows, _wider(signal.pattern)).to_numpy(zero_copy_only=False)
        for signal, weight in _SIGNALS
    )
    short = pc.less(pc.utf8_length(windows), LONGEST).to_numpy(zero_copy_only=False)
    enough: NDArray[np.bool_] = short & (most >= ENOUGH)
    some = np.flatnonzero(enough)
    enough[some] = [weight(text) >= ENOUGH for text in windows.take(pa.array(some)).to_pylist()]
    return enough


def persuasion(text: str) -> str:
    """The sentence of a plain text, or the two, that hold signals enough; nothing where none do."""
    sentences = re.split(_SENTENCE, text)
    windows = (*sentences, *map(" ".join, pairwise(sentences)))
    return next((one for one in windows if len(one) < LONGEST and weight(one) >= ENOUGH), "")


def weight(text: str) -> float:
    """The weight of the signals in a plain text, less that of what is asked for a spreadsheet: ENOUGH or more is an
    order."""
    if _ABOUT_IT.search(text):
        return 0.0
    text = _COLLEAGUE.sub(" ", NAMES.sub(" ", text))
    found = sum(weight for signal, weight in _SIGNALS if signal.search(text))
    if len(_HANGUL.findall(text)) * KOREAN < len(text):
        found += PROSE_WEIGHT
    if found < ENOUGH:
        return found
    return found + SHEET_WEIGHT * min(len(set(_SHEET_WORDS.findall(text))), MOST_SHEET_WORDS)
