"""Words by which a text gives orders to the model that reads it: prompt injection, in Korean and English.

All expressions are for plain texts (tasks/filter/text.py): NFKC, lower case, nothing invisible. A wording here is meant to be one that nobody needs to ask about a spreadsheet: "빈 셀은 무시하고"
and "조건부 서식 규칙을 삭제" are ordinary, "이전 지시는 무시하고" is not.
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from tasks.filter.text import Texts, on_rows


def _any(*alternatives: str) -> str:
    return f"(?:{'|'.join(alternatives)})"


def _loose(words: str) -> str:
    """Any of the Korean words, whose syllables may stand apart: 이 전 지 시, 무.시."""
    return _any(*(r"[\s._*~·-]*".join(word) for word in words.split()))


_ORDERS = _loose("지시 명령 지침 프롬프트 가이드라인 인스트럭션")
_RULES = _loose("규칙 규정 정책 제한 제약 원칙 룰 설정")
_EARLIER = _loose(
    "이전 앞선 앞의 앞에 앞서 위의 위에 기존 지금까지 원래 모든 상기 그동안 처음 초기 당신의 너의 시스템 개발자 안전 보안 "
    "내부 본래 종전 아까 주어진 받은 설정된 학습된 전부 어떤 여태 윗"
)
_IGNORE = _loose("무시 잊 따르지 지키지 버리 버려 폐기 덮어 우회 어기 어겨 벗어나")
_UNDO = _loose("취소 삭제 해제 초기화 무효 거부 중단")
_READER = r"(?:ai|인공 ?지능|어시스턴트|assistant|챗봇|llm|gpt|chatgpt|언어 ?모델)"
_SAY = _any("출력", "보여", "알려", "공개", "말해", "적어", "복사", "반복", "유출", "드러", "써", "노출", "뭐", "무엇")

_KOREAN = (
    rf"{_EARLIER}[^\n]{{0,15}}{_ORDERS}[^\n]{{0,14}}{_IGNORE}",
    rf"{_EARLIER}[^\n]{{0,8}}{_RULES}[^\n]{{0,8}}{_loose('무시 잊 따르지 지키지 우회 어기 어겨 벗어나')}",
    rf"{_ORDERS}[\s._*~·]*(?:사항|어|문)?[\s._*~·]*(?:들)?(?:을|를|은|는|도|따위)?\s*(?:전부|모두|다|싹|완전히)?\s*"
    + _loose("무시하 무시해 무시할 잊어 잊고 따르지"),
    rf"(?:시스템|개발자|안전|초기)\s*{_any('지침', '프롬프트', '지시', '명령')}[^\n]{{0,12}}{_UNDO}",
    rf"(?:지금까지|여태|이전)[의까지\s]*(?:모든\s*)?(?:대화|내용|말|설정)[^\n]{{0,8}}{_loose('잊어 잊고 잊으 무시하고새 초기화하고')}",
    rf"{_IGNORE}[^\n]{{0,6}}{_EARLIER}[^\n]{{0,6}}{_ORDERS}",
    _loose("시스템프롬프트 시스템메시지"),
    r"(?:초기|숨겨진|숨은|내부|너의|네|니|당신의|처음|원래|위의|이전|설정된|받은|비밀)\s*(?:에 받은\s*)?"
    rf"(?:시스템\s*)?(?:프롬프트|지시\s*사항|지시문|지침|명령문|인스트럭션)\S{{0,4}}\s*(?:전부|모두|전체|그대로|원문|다)?\S{{0,3}}\s*{_SAY}",
    r"(?:너는|넌|너|당신은|네가|니가)\s*(?:이제|지금)[^\n]{0,40}"
    + _any(
        "제한",
        "제약",
        "검열",
        "규칙",
        "해커",
        "악성",
        "관리자",
        "개발자 ?모드",
        r"dan\b",
        "루트",
        "root",
        "탈옥",
        "무제한",
    ),
    r"(?:이제|지금|앞으로)\s*(?:부터)?\s*(?:는)?\s*(?:너는|넌|당신은|네가)[^\n]{0,40}"
    + _any(
        "제한",
        "제약",
        "검열",
        "규칙",
        "해커",
        "악성",
        "관리자",
        "개발자 ?모드",
        r"dan\b",
        "루트",
        "root",
        "탈옥",
        "무제한",
    ),
    r"(?:관리자|개발자|디버그|슈퍼유저|루트|탈옥|갓|sudo|admin|root|god|debug|developer|maintenance|무제한|dan)\s*"
    r"(?:모드|mode)\S{0,2}\s*(?:[^\n]{0,6}\s)?(?:전환|진입|활성|들어|답|실행|켜|변경|작동|바꿔|동작|enabled?|activated?|on\b)",
    r"(?:제한|제약|검열)\s*(?:이|을|를)?\s*(?:전혀\s*)?(?:없이|없는|해제)[^\n]{0,12}(?:답변|대답|응답|ai|인공 ?지능|모드|행동|말해)",
    r"(?:안전\s*장치|안전\s*수칙|가드레일|검열|윤리\s*(?:규정|지침|기준))\S{0,2}\s*(?:을|를)?\s*(?:무시|해제|풀|끄고|꺼|우회|벗어)",
    r"사용자[^\n]{0,12}(?:알리지|말하지|밝히지|언급하지|알려 ?주지|보여 ?주지)\s*(?:마|말|않)",
    r"사용자[^\n]{0,8}(?:모르게|몰래)",
    r"(?:모든|항상|무조건|반드시|앞으로|무슨|어떤)[^\n]{0,30}(?:이)?라고(?:만)?\s*(?:답|대답|출력|응답|말|얘기)\s*(?:하|해)",
    r"(?:모든|매번|매|항상|앞으로)\s*(?:의\s*)?(?:답변|응답|대답|답)\S{0,3}\s*(?:의\s*)?(?:끝|마지막|앞|뒤|처음|시작)[^\n]{0,40}"
    r"(?:추가|포함|붙|넣|적|써|출력)",
    rf"{_READER}\s*(?:에게|께|야|님|은|는|이?라면|가|이|모델은|모델에게)\s*[:,]?[^\n]{{0,40}}"
    r"(?:지시|명령|무시|전송|보내|답해야|답하라|답변하라|대답하라|출력하라|실행하라|따르라|따라야|출력해야)",
    r"이\s*(?:문서|셀|글|텍스트|표|시트|메시지|내용|파일|데이터|행|줄|문장)\S{0,2}\s*(?:읽|보|처리|요약|분석|번역)\S{0,6}\s*"
    + _READER,
    r"(?:^|[\n\t|>\]])\s*[\[(<{#*]*\s*(?:시스템|관리자|개발자|운영자|보안팀)\s*(?:메시지|지시|지시 ?사항|명령|오버라이드)\s*[\])>}*]*\s*[:\n]",
    r"새(?:로운)?\s*(?:지시|지시\s*사항|명령|규칙|역할|지침|임무)\S{0,2}\s*:",
    r"(?:대화|비밀번호|개인 ?정보|고객 ?정보|기록|내역)[^\n]{0,30}(?:https?://\S+|다음 (?:주소|링크|서버|url|메일))[^\n]{0,20}"
    r"(?:전송|보내|업로드|첨부|붙여|포함)",
    r"탈옥\s*(?:모드|프롬프트|해|시켜|상태)",
)

_QUALIFIED = (
    r"(?:all|any|every|each|the|your|my|these|those|this|that|of|previous(?:ly)?|prior|above|earlier|preceding|existing|original|"
    r"initial|former|past|system|safety|foregoing|old|given|other|developer|content|security|current|prompt|user|its|"
    r"aforementioned|stated|programmed|built-in|internal|ethical|usual|and|or|,)"
)
_DISOBEY = (
    r"(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overrid(?:e|ing)|bypass(?:ing)?|overrul(?:e|ing)|neglect|dismiss"
    r"|discard|abandon|circumvent|violate|overwrite|pay no attention to|(?:do not|don['’]?t|never|stop|quit|no longer) "
    r"(?:follow|obey|adhere to|comply with|listen to)(?:ing)?|set aside|throw (?:away|out)|erase|cancel|void|skip(?: over)?)"
)
_LAWS = (
    r"(?:instructions?|prompts?|rules|guidelines?|directions|commands?|directives?|constraints?|polic(?:y|ies)|orders"
    r"|programming|training|guardrails?|safeguards?|restrictions)"
)
_SECRET = (
    r"(?:system prompts?|system messages?|system instructions?|developer messages?|hidden (?:prompts?|instructions?|rules)"
    r"|(?:initial|original|secret|internal|first|starting) (?:prompts?|instructions?)"
    r"|your (?:(?:exact|full|own|original|initial|system|complete|entire|hidden|secret|internal|current) )*"
    r"(?:prompts?|instructions?|guidelines|directives|configuration))"
)
_ENGLISH = (
    rf"{_DISOBEY}[\s:]+(?:{_QUALIFIED}\s*)+{_LAWS}",
    rf"{_DISOBEY}\s+(?:all|everything|anything|what(?:ever)?|any|the)\s*(?:that|of the|text)?\s*(?:(?:was|is|were|you|i|has|have|had|been)\s+)*"
    r"(?:above|before|previous|prior|earlier|told|said|learned|instructed|programmed)",
    rf"{_DISOBEY}\s+(?:the\s+)?(?:above|previous|prior|preceding|earlier)\b\s*(?:and|text|content|context|messages?|conversation|input|,|\.|;)",
    rf"{_DISOBEY}\s+(?:your|all|its|the)\s+(?:\w+\s+){{0,2}}(?:instructions?|guidelines|guardrails|programming|directives|safeguards)",
    r"system[\s_-]*prompts?\b",
    rf"(?:reveal|print|show|repeat|output|leak|display|dump|tell|expose|give|disclose|write|recite|return|share|copy|what (?:is|are|was|were))"
    rf"\b[^\n]{{0,40}}{_SECRET}",
    r"(?:reveal|print|repeat|output|leak|dump|recite)\s+(?:\w+\s+){0,3}(?:text|words|prompt|message|instructions|content|everything)\s+above",
    r"you are now (?:an? |the |in |my |called |acting |going to |no longer |free|unrestricted|dan\b|jailbroken|root|admin|operating|under|"
    r"connected|playing|evil|required|roleplay|\w*gpt|uncensored|unfiltered|hack)",
    r"(?:from now on|starting now|henceforth|from this (?:point|moment) (?:on|forward)),?\s+(?:you|always|only|respond|answer|reply|act|ignore"
    r"|pretend|output|every|all your)",
    r"(?:act|behave|respond|answer|pretend|roleplay|simulate|speak)\s+(?:as|like|to be|that you are|you are|you have|as if you(?: were| are| had| have)?)\s+"
    r"(?:an?\s+|the\s+)?(?:dan\b|unrestricted|uncensored|unfiltered|jailbroken|evil|root\b|hacker|developer mode|no (?:restrictions|rules|limits|filters))",
    r"do anything now|\bdan\s*(?:mode|모드)|jail[\s-]*break(?:ed|ing)?\b|developer mode (?:enabled|on|activated)|(?:sudo|god|root|admin|debug|maintenance) mode "
    r"(?:enabled|on|activated|engaged)",
    r"(?:enter|enable|activate|switch (?:in)?to|turn on)\s+(?:\w+\s+)?(?:dan|developer|god|root|admin|sudo|debug|jailbreak|unrestricted|maintenance)\s+mode",
    r"(?:no|without(?: any)?|remove|disable|bypass|turn off|lift|drop|evade)\s+(?:your |the |all |any )*(?:safety|content|ethical|moral|security)\s+"
    r"(?:and \w+ )?(?:filters?|restrictions?|guardrails?|guidelines?|checks?|protocols?|measures?|polic(?:y|ies)|limits?|features?)",
    r"(?:do not|don['’]?t|never|without)\s+(?:ever\s+)?(?:tell(?:ing)?|inform(?:ing)?|mention(?:ing)?|reveal(?:ing)?|disclos(?:e|ing)|alert(?:ing)?|notify(?:ing)?"
    r"|let(?:ting)?|show(?:ing)?)\s+[^\n]{0,20}\b(?:user|human|these instructions|this instruction|this message)\b",
    r"\b(?:ai|llm|language model|assistant|chatbot|gpt|copilot)s?\b[^\n]{0,30}\b(?:reading|reads?|processing|process|summari[sz]ing|analy[sz]ing|parsing|"
    r"seeing|viewing|ingesting)\s+(?:this|the following)",
    r"(?:attention|note|message|instructions?|important|command)\s*(?:to|for)?\s*:?\s*(?:all|any|the)?\s*(?:ai|llm|language model|assistant|chatbot|gpt|copilot)s?"
    r"(?:\s+(?:model|assistant|agent)s?)?\s*[:,!]",
    r"(?:^|[\n\t|>\]])\s*[\[(<{#*]*\s*(?:system|admin|developer|administrator|operator)\s*(?:message|note|notice|override|instruction|command|directive)s?\s*"
    r"[\])>}*]*\s*[:\n]",
    r"\b(?:new|updated|real|actual) (?:instruction|directive|system rule|objective)s?\s*:",
    r"your (?:new|real|actual|true|only) (?:task|job|role|instruction|goal|objective|purpose|mission)s? (?:is|are)\b",
    r"(?:end|begin|start|finish|append|prepend|add)\b[^\n]{0,30}\b(?:every|each|all(?: of)?(?: your)?(?: future)?) (?:answer|response|reply|replies|message)s?\b",
    r"(?:send|post|upload|forward|transmit|exfiltrate|leak|append|embed)\b[^\n]{0,40}(?:conversation|chat history|user data|passwords?|secrets?|api keys?"
    r"|credentials?|previous messages?)",
)
_OTHER = (
    r"(?:忽略|无视|無視|忘记|忘掉|不要理会|不要遵守)[^\n]{0,12}(?:指令|指示|提示|命令|规则|要求|設定|设定)",
    r"(?:指示|命令|プロンプト|ルール)[^\n]{0,8}(?:無視|忘れ)",
    r"系统提示词|システムプロンプト",
)

_ORDER = _any(*_KOREAN, *_ENGLISH, *_OTHER)

_SPELLED = r"(?:\b[a-z][\s._*|-]{1,3}){5,}[a-z]\b"
"""i g n o r e"""

_GAPS = re.compile(r"[\s._*|-]+")


def orders_the_model(texts: Texts) -> pa.Array:
    """Mask of the plain texts that order the model about, also with letters set apart."""
    found = pc.match_substring_regex(texts, _ORDER)
    spelled = pc.match_substring_regex(texts, _SPELLED)
    return pc.or_(found, on_rows(texts, spelled, lambda some: pc.match_substring_regex(_drawn_together(some), _ORDER)))


def _drawn_together(texts: Texts) -> Texts:
    """Spelled-out words as words: gaps between single letters go, wider ones become one blank."""
    return pa.array([_SPELLED_RUN.sub(_words, text) for text in texts.to_pylist()], texts.type)


_SPELLED_RUN = re.compile(_SPELLED)


def _words(match: re.Match[str]) -> str:
    wide = re.split(r"(?:[\s._*|-]){2,}", match[0])
    parts = wide if len(wide) > 1 and max(map(len, wide)) > 1 else [match[0]]
    return " ".join(_GAPS.sub("", part) for part in parts)
