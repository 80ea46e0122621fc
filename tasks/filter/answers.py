"""Answers that answer nothing, or stop before their end. Only what is certain counts: a doubtful answer passes."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from tasks.scan.text import Texts, on_rows

_GAP = r"[\s\pP\pS]*"
"""White space and punctuation. Not RE2's \\W: to it, a Hangul syllable is no word character."""

REFUSAL_CHARS = 200
"""A longer apology usually goes on to answer."""

_HOLDS_AN_ANSWER = r"[=`|\d>→\[]|클릭|누르|선택"
"""A formula, code, a table, a number, or the way through a menu."""


def _any(*alternatives: str) -> str:
    return f"(?:{'|'.join(alternatives)})"


_NOT = r"수 ?[가는은]? ?없"
"""The end of "… 수 없습니다"."""
_AI = r"(?:ai|인공 ?지능|(?:대형 )?언어 ?모델|챗봇|어시스턴트)"

_APOLOGY = rf"^{_GAP}" + _any(
    *("죄송", "미안", "유감", "안타깝", "아쉽", "sorry", "unfortunately", "regrettably", "(?:my )?apologies"),
    r"i(?:['’]| a)m (?:very |so |really )?(?:sorry|afraid)",
    "i apologi[sz]e",
    "as an ai",
)
_UNABLE = _any(
    *("없습니다", "없어요", "없네요", "없음", "없는", "못했습니다", "못했어요", "못합니다", "못하"),
    *("불가능", "불가합", "어렵습니다", "어려워요", "어려운", "다시 (?:말씀|질문|입력|시도)"),
    *("can(?:['’]|no| no)t", "cannot", "unable", "not able", "won['’]t", "don['’]t", "do not", "could(?:n['’]t| not)"),
)
_REFUSAL = _any(
    # What an assistant says of itself needs no apology.
    r"(?:도와|도움을?|(?:답변|대답|응답|답|안내|제공|지원|처리|설명)(?:해|을)?|알려|말씀) ?드릴 " + _NOT,
    rf"(?:답변|대답|응답|답)할 {_NOT}",
    r"(?:도와|답변해|알려) ?(?:드리기|주기)[는가]? ?(?:어렵|곤란|힘들)",
    rf"요청[을은에]?는? ?\S{{0,8}} ?(?:처리|수행|이행|응|따를|들어드릴)\S{{0,3}} {_NOT}",
    r"지원[하되]지 않는 (?:요청|질문|형식|작업)(?:입니다|이에요|이라)",
    rf"^{_GAP}(?:저는|전|저희는|본)? ?{_AI}(?:이기|이므로|이라|으?로서|입니다|인)[^\n]*(?:{_NOT}|못합|못해|않습니다)",
    # What nobody knows.
    rf"^{_GAP}(?:잘|정확히|저도|그건|그것은)? ?"
    + _any("모르겠", "모릅니다", "몰라요", f"알 {_NOT}", f"이해할 {_NOT}", "(?:알지|이해하지|이해를) 못", "이해가 안")
    + rf"[가-힣 ]{{0,10}}{_GAP}(?:(?:다시|조금 더|좀 더|더) [가-힣 ]{{0,20}}{_GAP})?$",
    # What went wrong on the way.
    rf"^{_GAP}(?:일시적|서버|시스템|네트워크|내부|알 수 없는|예기치 (?:않은|못한))\S{{0,3}} ?\S{{0,3}} ?"
    r"(?:오류|에러|문제|장애)[가이로]? ?(?:인해 )?(?:발생|생겼|났|있)",
    rf"^{_GAP}(?:internal server error|rate limit exceeded|service unavailable|request timed out)",
    rf"^{_GAP}(?:an )?(?:unexpected )?error occurred",
    rf"^{_GAP}(?:i|we) ?(?:['’]m|am|are|['’]re)? ?"
    + _any("unable", "not able", "can ?not", "can['’]t", "could ?not", "couldn['’]t", "won['’]t")
    + r"\b",
    rf"^{_GAP}(?:i|we) (?:don['’]t|do not) (?:know|understand)",
    r"\bas an? (?:ai|artificial intelligence|(?:large )?language)\b",
)
_PLACEHOLDER = (
    rf"(?i)^{_GAP}"
    + _any(
        *("null", "undefined", "nan", "object object", "todo", "tbd", r"lorem ipsum[^\n]*", "loading"),
        r"(?:답변|내용|응답|결과) ?없음",
        r"(?:답변|응답)? ?(?:생성|로딩|작성|처리) ?중(?:입니다)?",
        r"답변을 (?:생성|작성)하고 있습니다",
        r"여기에 (?:답변|내용)을? ?입력[가-힣 ]*",
    )
    + f"{_GAP}$"
)
_GREETING = _any(
    *("안녕하세요", "안녕", "반갑습니다", "감사합니다", "고맙습니다", "천만에요", "네", "예", "넵", "알겠습니다"),
    *("물론입니다", "물론이죠", "hello", "hi", "sure", "ok(?:ay)?", "of course", "thanks", "thank you"),
    "you['’]re welcome",
)
_WHATEVER = _any(
    *("무엇을", "무엇이든", "어떻게", "뭘", "언제든지"),
    r"궁금한 [점것]이 있으(?:시)?면",
    r"더 (?:필요|궁금)하신 [점것]이 있으(?:시)?면",
)
_OFFER = _any(
    *(r"도와\s?드릴까요", r"도와\s?드리겠습니다", "도움이 필요하신가요"),
    *(r"말씀해\s?주세요", "말씀하세요", r"질문해\s?주세요", "물어보세요", r"물어봐\s?주세요"),
    r"(?:how )?(?:can|may) i (?:help|assist)(?: you)?(?: today)?",
)
_SMALL_TALK = (
    rf"(?i)^{_GAP}{_GREETING}?{_GAP}(?:저는 [가-힣 a-z]{{0,20}}(?:입니다|이에요|예요))?{_GAP}"
    rf"{_WHATEVER}?{_GAP}(?:언제든지? )?{_OFFER}?{_GAP}$"
)

_OPEN_END = r"[(\[{,=&]$|[가-힣][:：]$|\n\s*(\d{1,3}[.)]|[-*+•])$"
"""A bracket, comma or operator that waits for more, an announcement of nothing, an empty last item of a list."""

_TAIL_CHARS = 24
_FORMULA_AT_END = r"=[^\n]*[(\"][^\n]*$"


def is_refusal(answers: Texts) -> pa.Array:
    """Short texts that say what cannot be done, or that nothing is known, and hold nothing that could be an answer."""
    short = pc.less_equal(pc.utf8_length(pc.utf8_trim_whitespace(answers)), REFUSAL_CHARS)
    empty_handed = on_rows(answers, short, lambda some: pc.invert(_matches(some, _HOLDS_AN_ANSWER)))
    return on_rows(answers, empty_handed, _refuses)


def is_placeholder(answers: Texts) -> pa.Array:
    """What a program writes where an answer should be: null, undefined, 답변 생성 중."""
    return _matches(answers, _PLACEHOLDER)


def is_small_talk(answers: Texts) -> pa.Array:
    """Greetings and offers of help, which answer no question."""
    return _matches(answers, _SMALL_TALK)


def has_open_fence(answers: Texts, fenced: pa.Array) -> pa.Array:
    """An odd number of code fences: the last one was never closed. `fenced` masks the texts that may hold one."""
    return pc.or_(on_rows(answers, fenced, _odd_backticks), on_rows(answers, fenced, _odd_tildes))


def is_cut_off(answers: Texts) -> pa.Array:
    """Texts that end on what cannot be an end, or inside a bracket or a string of a formula."""
    trimmed = pc.utf8_trim_whitespace(answers)
    waits = _matches(pc.utf8_slice_codeunits(trimmed, -_TAIL_CHARS), _OPEN_END)
    return pc.or_(pc.fill_null(waits, False), on_rows(trimmed, _matches(trimmed, _FORMULA_AT_END), _formula_is_open))


def _refuses(texts: Texts) -> pa.Array:
    texts = pc.utf8_lower(texts)
    apology = pc.and_(_matches(texts, _APOLOGY), _matches(texts, _UNABLE))
    return pc.or_(apology, _matches(texts, _REFUSAL))


def _odd_backticks(texts: Texts) -> pa.Array:
    return on_rows(texts, _matches(texts, "```"), lambda some: _is_odd(pc.count_substring_regex(some, "`{3,}")))


def _odd_tildes(texts: Texts) -> pa.Array:
    fences = r"(?m)^ {0,3}~{3,}"
    return on_rows(texts, _matches(texts, "~~~"), lambda some: _is_odd(pc.count_substring_regex(some, fences)))


def _formula_is_open(texts: Texts) -> pa.Array:
    line = pc.replace_substring_regex(texts, r"(?s)^.*\n", "")
    in_string = pc.and_(_matches(line, r"^[ >*`-]*="), _is_odd(pc.count_substring(line, '"')))
    # Prose that follows a formula ends it; what is left begins behind the last Hangul outside of a string.
    code = pc.replace_substring_regex(pc.replace_substring_regex(line, r'"[^"]*"', ""), "^.*[가-힣]", "")
    unclosed = pc.greater(pc.count_substring(code, "("), pc.count_substring(code, ")"))
    return pc.or_(in_string, pc.and_(_matches(code, r"=\s*[A-Za-z(+-]"), unclosed))


def _is_odd(counts: pa.Array) -> pa.Array:
    return pc.equal(pc.bit_wise_and(counts, 1), 1)


def _matches(texts: Texts, pattern: str) -> pa.Array:
    return pc.match_substring_regex(texts, pattern)
