"""Words that are another spelling or another word for the same, in questions without blanks: one of each is taken.

Only words of the craft and of grammar are here: how a question is put together, not what it is about. Each line is an
expression, an arrow and what stands for it. Lines are applied in their order.
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

_LINES = r"""
    (?:비밀번호|패스워드) → 암호
    카운트하는 → 세는
    카운트해 → 세어
    \b(sort|order|arrange|정렬)(.*)\ba ?(?:to|through|thru|-) ?z\b → \1\2 ascending
    \b(sort|order|arrange|정렬)(.*)\bz ?(?:to|through|thru|-) ?a\b → \1\2 descending
    \bcreate (a|an|the|new)\b → make \1
    \bdisplay the\b → show the
    따로 → 분리
    \b(?:biggest|largest|greatest|highest|maximum)\b → max
    \b(?:smallest|lowest|minimum)\b → min
    \b(?:remove|erase)\b → delete
    \bempty\b → blank
    \btotal (the|up)\b → sum \1
    \b(bar|line|pie) graphs?\b → \1 chart
    \bcolours?\b → color
    \bcolors\b → color
    포뮬러 → 수식
    \bpivot ?tables?([가-힣]|$) → 피벗\1
    \bmacros?([가-힣 ]) → 매크로\1
    \bfilter(걸|적용|해제|된|를걸|가걸) → 필터\1
    (?:으?로)(된|되어있는|되어있던|나열된|작성된|적힌|정리된|입력된|저장된) → \1
    값으로(바꾸|바꿔|변환|붙여|복사|고정|만들|전환|변경) → 수치로\1
    값을(수식|함수|텍스트|숫자|문자|날짜)(으?로) → 수치를\1\2
    \bcopy(하|해) → 복사\1
    \bvat([의를을가는은와 ]|합계|금액) → 부가세\1
    콘카티네이트 → concatenate
    해마다 → 연도별
    연도마다 → 연도별
    ː → ~
    데이타 → 데이터
    (?:화일) → 파일
    (?:쉬트|씨트|워크시트|워크쉬트) → 시트
    고자(?:합니다만|합니다|하는데요?|해요|하오니|하니|하는바|하며|함) → 고싶다
    고싶(?:은데요?|었는데요?|거든요|지만)(?:잘|자꾸|계속|도저히)?(?:[안않][되돼된됩]|못하겠?)(?:네요?|요|니다|는데요?|은데요?|데요) → 고싶다
    쎌 → 셀
    (어|세|해|나|까|네)용([^가-힣]|$) → \1요\2
    라벨 → 레이블
    몇일 → 며칠
    앗(던|다|어요|습|는데|네요|고|지만|으면) → 았\1
    엇(던|다|어요|습|는데|네요|고|지만|으면) → 었\1
    햇(던|다|어요|습|는데|네요|고|지만|으면) → 했\1
    이미지([을를가는의로와만]|파일|삽입|넣|크기|$) → 그림\1
    (?:확인란|체크란|체크상자) → 체크박스
    석차|([^0-9균])등수 → \1순위
    자료([^실형]|$) → 데이터\1
    (화면|창)[을를]?(?:나누기|나누는|나눠서?|나누) → \1분할
    빈줄 → 빈행
    (^|[^밑소점실])줄([을를]?(?:하나|한개|[0-9]개)?더?(?:추가|삽입)) → \1행\2
    ([^0-9빈한몇열두세네섯덟홉곱])칸(에|을|의|은|이|만|으로) → \1셀\2
    메세지 → 메시지
    콤마 → 쉼표
    영어 → 영문
    어(?:떻해|떠케|떻케|떡게|떡케|뜨케|뜻게) → 어떻게
    ([가-힣])고십(어|은|습|다|네|음) → \1고싶\2
    않(되|돼|됩|나|보) → 안\1
    (안|못)(열|눌|풀|걸|올|밀|잘|골|불)림 → \1\2리
    (안|못)(먹|찍|잡|막|닫|눌|뽑)힘 → \1\2히
    (깨|사라|없어|느려|달라|이상해|틀려|꺼|끊어|늘어|지워|흐려|겹쳐)짐 → \1지
    (잘|밀)림 → \1리
    안됨 → 안돼
    가르[쳐켜] → 알려
    (이|그|저)걸([^린려어었릴]|$) → \1것을\2
    아주(큰|크|작|많|높|낮|긴|짧|오래|느|빠|쉽|쉬|간단|조금|복잡|자주|연한|진한|굵|가는) → \1
    (결|문|숙|경|공|삭|통|규)제가 → \1제이
    ([해어아여겨려꿔워쳐내와켜])주는(함수|수식|공식|식|방?법) → \1하는\2
    [을를]?기준으로 → 으로
    매([월일주년달])마다 → 매\1
    마다 → 별
    (^|[^샴린])푸(는|나요|네요|세요) → \1풀\2
    (비밀번호|암호|필터|링크|잠금|보호|서식)([를을]?)거(는|나요) → \1\2걸\3
    (파일|시트|문서|창)([을를]?)여(는|나요) → \1\2열\3
    (파일|시트|이름|날짜|금액|수량|단가|원가|정가|매출|비용|점수|부서|직급|코드|사번|나이|상품|품목|지점|지역|거래처)하고 → \1과
    함니(다|까) → 합니\1
    슴니(다|까) → 습니\1
    됨니(다|까) → 됩니\1
    (가장|제일|너무)마니 → \1많이
    총계([^정]|$) → 합계\1
    합게 → 합계
    (^|[^포])함계([^산약획속정좌]|$) → \1합계\2
    (?:방범|방뻡|방볍|벙법|방밥)([을은이]?(?:좀|알려|가르|있|없|뭐|뭔|궁금|부탁)|$) → 방법\1
    골라 → 고르
    잘라 → 자르
    걸러 → 거르
    눌러 → 누르
    (줄|붙)이(는|고싶|려) → \1여\2
    높이(고싶|려) → 높여\1
    그리고싶 → 그려하고싶
    헀 → 했
    (바꾸|지우|더하|곱하|수[를을]?세)려([면고는]) → \1고하려\2
    하나(만들(?:어주|어줘|고싶|려[고면])|작성[하해]|그려) → \1
    ([를을은는값])(?:수식으로|함수로)(세|찾|구하|구해|더하|더해) → \1\2
    ^(?:수식으로|함수로|수식을?써서|함수를?써서)([a-z0-9]) → \1
    피디에프 → pdf
    씨에스브이 → csv
    (?:브이비에이|비주얼베이직) → vba
    (csv|pdf|json|txt|xml|html|워드|파워포인트|피피티|ppt|한글파일|구글시트|스프레드시트)(.*)엑셀 → \1\2통합문서
    엑셀(.*)(csv|pdf|json|txt|xml|html|워드|파워포인트|피피티|ppt|한글파일|구글시트|스프레드시트) → 통합문서\1\2
    (서식|수식|메모|주석|색|링크)(없이|말고|[은는을를]?남기고|[을를은는]?빼고|[을를은는]?제외하고|대신)값 → \1\2수치
    값(없이|말고|[은을]?남기고|[은을]?빼고|[은을]?제외하고|대신)(서식|수식|메모|주석|색|링크) → 수치\1\2
    (?:power query|파워(?:쿼리|퀘리)) → powerquery
    엑스룩업 → xlookup
    에이치룩업 → hlookup
    (?:썸|섬)프로덕트 → sumproduct
    (?:썸|섬|서엄)이프 → sumif
    카운트이프 → countif
    (sum|count)if[스즈](함수|로|[을를은는와의]|[^가-힣]|$) → \1ifs\2
    이프에러 → iferror
    인덱스(?:앤|[와&+,/])?매치 → index match
    인덱스함수 → index함수
    매치함수 → match함수
    이프함수 → if함수
    썸함수 → sum함수
    카운트함수 → count함수
    맥스함수 → max함수
    미드함수 → mid함수
    레프트함수 → left함수
    라이트함수 → right함수
    라운드함수 → round함수
    라운드업(함수|으로) → roundup\1
    라운드다운(함수|으로) → rounddown\1
    (?:서브|섭)토탈 → subtotal
    텍스트조인 → textjoin
    [에애]버리지 → average
    (?:컨|콘)(?:캣|캐트) → concat
    오프셋 → offset
    인다이렉트|인디렉트 → indirect
    유니크(함수|로) → unique\1
    (?:서브|섭)스티튜트 → substitute
    데이[트티](?:드)?(?:디프|이프) → datedif
    네트워크데이[즈스] → networkdays
    워크데이 → workday
    (맥스|민)이프[스즈] → \1ifs
    맥스ifs → maxifs
    민ifs → minifs
    카운트에이 → counta
    카운트블랭크 → countblank
    트랜스포[즈스] → transpose
    투데이 → today
    이오먼[스쓰] → eomonth
    시퀀스 → sequence
    피[벗봇벳](?:테이블|표)? → 피벗
    ([a-z0-9])(열|행|셀)?(?:하고|이랑|랑)([a-z0-9]) → \1\2과\3
    (단|원|정|평|추|시|물|공|국|휴)가로 → \1가으로
    (과|면|관|국|방|가|득|취)세로 → \1세으로
    가로 → 횡렬
    세로 → 종렬
    첫(번째|째) → 1번째
    둘째 → 2번째
    셋째 → 3번째
    넷째 → 4번째
    두(번|개|자리|글자|명|건|달|칸|줄|가지|행|열) → 2\1
    세(번|개|자리|글자|명|건|달|칸|줄|가지|행|열)([^가-힣]|로|만|를|의|째|까|씩|인|이|$) → 3\1\2
    네(번|개|자리|글자|명|건|달|칸|줄|가지)([^가-힣]|로|만|를|의|째|까|씩|인|이|$) → 4\1\2
    다섯(번|개|자리|글자|명|건|달) → 5\1
    (\d)번째자리 → \1자리
    소수점 → 소수
    (\d)(?:퍼센트|프로) → \1%
    (\d)(?:글자|문자) → \1자
    (\d)보다크거나같은 → \1이상인
    (\d)보다작거나같은 → \1이하인
    (\d)보다크거나같으면 → \1이상이면
    (\d)보다작거나같으면 → \1이하이면
    (\d)(?:보다큰|[을를]?(?:초과하는|초과된|넘는|넘어가는)) → \1초과인
    (\d)(?:보다작은) → \1미만인
    (\d)(?:보다크면|[을를]?(?:초과하면|넘으면|넘어가면)) → \1초과이면
    (\d)(?:보다작으면) → \1미만이면
    (?:가장|제일)큰(?:값|숫자|수) → 최대
    (?:가장|제일)작은(?:값|숫자|수) → 최소
    최[대댓](?:값|치) → 최대
    최[소솟](?:값|치) → 최소
    중간값 → 중앙값
    평균치 → 평균
    (?:값이|것이)?몇(?:개|건)(?:인지|인가요|인가|이나|입니까|있는지|있나요|야|죠|예요|에요)? → 개수
    (?:건수|갯수) → 개수
    (개수|수)[를을]?(?:세는|세어|세고|세려|세기|세|셀|카운트하는|카운트) → \1
    (?:합산하는|합산하고|합산해서|합산해|합산|더한값|더하는|더하고|더하기|더하면|더하려|더해서|더해) → 합
    (?:그렇지않으면|그게아니면|그외에는|그외엔|그외는|그외|그밖에는|그밖에|이외에는|나머지는|나머진) → 아니면
    있((?:는데|으나|[^없있어습음네으는을던다])[^없있]*)없(는|으면) → 있아니면\1없\2
    없((?:는데|으나|[^없있어습음네으는을던다애앨])[^없있]*)있(는|으면) → 없아니면\1있\2
    혹은 → 또는
    거나 → 또는
    하여(주[시십신실셨심]) → 해\1
    하여서? → 해서
    지(?:말아줘|말아주세요|말아요|마세요|마라|마) → 지말
    왜(?:그럴까요|그럴까|그렇죠|그러죠|그런걸까요|이럴까요|그런가요|그런건가요|그러나요|그러는건가요|그런지|이런가요|이러나요|그래요|그래) → 왜
    (합계|평균|총합|합|통계)[를을]?(?:내는|내고|내서|내려면|내려고|내기|내) → \1
    (?:인경우에는|인경우엔|인경우|일경우에는|일경우엔|일경우|일때에는|일때는|일땐|일때|이라면) → 이면
    (나|하|되|있|없|같|크|작|높|낮|들어가|비어있|비)(?:면) → \1면
    날(?:경우에는|경우엔|경우|때에는|때는|땐|때) → 나면
    할(?:경우에는|경우엔|경우|때에는|때는|땐|때) → 하면
    (있|없|같|작|높|낮|넘)(?:을경우에는|을경우엔|을경우|을때에는|을때는|을땐|을때) → \1으면
    클(?:경우에는|경우엔|경우|때에는|때는|땐|때) → 크면
    (?:에러|error) → 오류
    오류[가이를]?(?:나면|뜨면|발생하면|생기면|날때|일때) → 오류이면
    오류[가이]?(?:나요|납니다|나네요|나는데요|나는데|났어요|났습니다|났는데|나는|나고|나서|발생합니다|발생해요|발생했어요|발생하는데요|발생하는|떠요|뜹니다|뜨는데요|뜨네요|뜨는|생겨요|생깁니다|생기는|있어요|있습니다|있는데요|있는) → 오류
    (?:컬럼|칼럼)(?:의|을|를|에)? → 열
    (?:그래프|챠트) → 차트
    (?:빈칸|공란|빈셀|비어있는셀|비어있는칸|비어있는값|비어있는) → 빈셀
    (?:제거하는|제거하고|제거해서|제거해|제거하|제거|지우는|지우고|지워서|지워|지울|없애는|없애고|없애|삭제하는|삭제하고|삭제해서|삭제해|삭제하) → 삭제
    (?:변경하는|변경하고|변경해서|변경해|변경하|변경|변환하는|변환하고|변환해서|변환해|변환하|변환|전환해|전환하|바꾸는|바꾸고|바꾸려|바꿔서|바꿔|바꾸|바꿀) → 바꾸
    (?:큰순서대로|큰순서|큰순으로|큰순|높은순서대로|높은순서|높은순으로|높은순|내림차순으로) → 내림차순
    (?:작은순서대로|작은순서|작은순으로|작은순|낮은순서대로|낮은순서|낮은순으로|낮은순|오름차순으로) → 오름차순
    (?:필터링|휠터) → 필터
    (?:소팅|소트) → 정렬
    브이룩업 → vlookup
    (?:드랍다운|드롭박스) → 드롭다운
    하이라이트 → 강조
    빨강색?(?:으로|을)? → 빨간색
    파랑색?(?:으로|을)? → 파란색
    노랑색?(?:으로|을)? → 노란색
    초록색?(?:으로|을)? → 녹색
    (?:곱해서|곱하는|곱하고|곱하기|곱하면|곱해|곱한) → 곱
    (?:몇월인지|몇월) → 월
    (?:무슨요일인지|무슨요일) → 요일
    ([a-z])함수([^식명]|$) → \1\2
    xlookup ?xlookup → xlookup
    vlookup ?vlookup → vlookup
"""

_VOWELS, _TAILS = 21, 28
_SOUND_ALIKE = ((1, 5), (10, 11, 15))
"""ㅐ and ㅔ; ㅙ, ㅚ and ㅞ: what is misspelt most."""


def _syllables(lead: int, vowels: tuple[int, ...], tail: int) -> str:
    return "".join(chr(0xAC00 + (lead * _VOWELS + vowel) * _TAILS + tail) for vowel in vowels)


_ALIKE = {
    one: alike
    for vowels in _SOUND_ALIKE
    for lead in range(19)
    for tail in range(_TAILS)
    for alike in (_syllables(lead, vowels, tail),)
    for one in alike
}


def sounding(pattern: str) -> str:
    """The expression, which takes vowels that sound alike for one another: 재거 is 제거, 액셀 is 엑셀, 외 그래 is 왜 그래."""
    out: list[str] = []
    inside = False
    for sign in pattern:
        inside = sign == "[" or (inside and sign != "]")
        alike = _ALIKE.get(sign)
        out.append(sign if alike is None else alike if inside else f"[{alike}]")
    return "".join(out)


SYNONYMS = tuple(
    (sounding(pattern), replacement)
    for pattern, replacement in (line.strip().split(" → ") for line in _LINES.strip().splitlines())
)
TOGETHER = 20
"""Lines for which rows are looked for together: most rows hold none of the words of some lines."""


def _any(lines: tuple[tuple[str, str], ...]) -> str:
    return "|".join(re.sub(r"\((?!\?)", "(?:", pattern) for pattern, _ in lines)


_GROUPS = tuple(
    (_any(group), group) for group in (SYNONYMS[at : at + TOGETHER] for at in range(0, len(SYNONYMS), TOGETHER))
)


def unify(questions: pa.StringArray) -> pa.StringArray:
    """Questions without blanks, in the words that stand for their synonyms."""
    for any_of, lines in _GROUPS:
        some = pc.match_substring_regex(questions, any_of)
        few = questions.filter(some)
        if len(few):
            for pattern, replacement in lines:
                few = pc.replace_substring_regex(few, pattern, replacement)
            questions = pc.replace_with_mask(questions, some, few)
    return questions
