"""What a question says once courtesy is taken from it: greetings, endings, "구하는 수식 알려줘", particles, blanks.

"A2:A10의 합계를 구해줘" and "안녕하세요! A2:A10 의 합계를 구해 주시겠어요?" ask the same: what differs is how one asks.
Korean is agglutinative and loosely spaced, so words are nothing to compare: blanks go first, then the phrases below,
then particles by the syllable (tasks/filter/units.py). All is taken from every question alike, so a cut too many costs
some distinction between questions and never makes equal ones differ.

References, numbers, names, conditions and functions are never touched here.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from tasks.filter.numerals import in_figures
from tasks.filter.synonyms import sounding, unify

_GREETINGS = """
    안녕하세요 안녕하세여 안녕하십니까 안녕 반갑습니다 반가워요 수고하세요 수고하십니다 수고많으십니다 수고가많으십니다
    수고많으세요 고생많으십니다 고생많으세요 실례합니다 실례지만 실례하지만 죄송합니다만 죄송하지만 죄송한데요 죄송한데
    죄송합니다 미안한데요 미안한데 미안하지만 저기요 저기 혹시나 혹시 제발 부디 그냥 일단 지금 빨리 빠르게 급하게
    제가 저는 저희가 저희 저한테 나한테 급해요 급합니다 급한데요 급한데 얼른 가능하시면 가능하면 가능하다면 가능할까요 가능한가요 가능해요 되도록 그럼
    그러면 이번에는 이번엔 추가로 그리고 그런데 근데 한번 한번만 쉽게 간단하게 간단히 자세히 자세하게 정확하게 정확히 깔끔하게 깔끔히 예쁘게 보기좋게
    한눈에 한꺼번에 한번에 자동으로 자동 전부 모조리 싹다 꼭 반드시 방금 아무튼 어쨌든 초보라 plz pls please thx 그러니까 정말 진짜
    감사합니다 감사해요 감사드려요 감사드립니다 감사드리겠습니다 감사하겠습니다 고맙습니다 고맙겠습니다 고마워요
    고마워 땡큐 꾸벅 수고요 좋은하루되세요 좋은하루보내세요 질문이있습니다 질문이있어요 질문있습니다 질문있어요
    질문드립니다 질문드려요 질문드릴게요 질문입니다 질문이요 질문이에요 질문하나요 질문할게요 질문이있는데요 질문있는데요
    질문 문의드립니다 문의드려요 문의합니다 궁금한게있어요 궁금한게있는데요 궁금한게있습니다 궁금한점이있습니다
    궁금한점이있어요 궁금합니다 궁금해요 궁금한데요 궁금해서요 여쭤볼게있어요 여쭤볼게있는데요 여쭤봅니다 여쭙니다
    여쭤볼게요 물어볼게있어요 물어볼게요 도와주세요 도와줘요 도와줘 도와주실수있나요 도와주시겠어요 도움부탁드립니다
    도움부탁드려요 도움이필요해요 도움이필요합니다 도움요청합니다 엑셀초보입니다 엑셀초보인데요 엑셀초보예요 엑셀초보라서요
    엑셀초보라 엑셀초보인데 초보입니다 초보인데요 초보예요 초보라서요 초보라 엑셀을잘모르는데요 엑셀잘모르는데요
    엑셀을잘몰라서요 엑셀을잘몰라요 엑셀잘몰라서요 엑셀잘몰라요 엑셀을처음쓰는데요 엑셀처음인데요 잘모르겠어요
    잘모르겠습니다 잘모르겠는데요 모르겠어요 모르겠습니다 모르겠는데 잘몰라서요 몰라서요 엑셀에서 엑셀로 엑셀의 엑셀파일에서
    엑셀시트에서 엑셀을 엑셀 excel에서 excel 스프레드시트에서 스프레드시트
    알고싶습니다 알고싶어요 알고싶은데요 알고싶네요 알고싶어 알고싶다 알아야해요 알아야합니다
    부탁드립니다 부탁드려요 부탁드릴게요 부탁드릴께요 부탁드리겠습니다 부탁드려도될까요 부탁합니다 부탁해요 부탁할게요
    부탁이요 부탁해 부탁 좋은아침입니다 좋은아침이에요 좋은아침이요 좋은아침 좋은오후입니다 좋은오후예요 좋은저녁입니다 좋은저녁이에요 좋은밤입니다
    번거로우시겠지만 번거로우시더라도 번거롭겠지만 번거롭지만 바쁘시겠지만 바쁘실텐데 바쁘신데 바쁘신와중에 괜찮으시다면 괜찮으시면 시간되시면
    실례가안된다면 미리감사드립니다 미리감사드려요 미리감사합니다 미리감사해요 미리감사 고수님들 고수님 고수분들 전문가님들 전문가님 여러분 형님들
    가능할까 가능한지요 가능한지 가능한가 가능하죠 가능하나요 가능합니까 가능할지 도움좀 답변부탁드립니다 답변부탁드려요
    바랍니다 바래요 바랄게요 바라겠습니다 요망합니다 요청드립니다 요청드려요 요청드릴게요 요청합니다
    빠른답변 빠른회신 신속한답변 항상감사합니다 항상감사드립니다 항상감사드려요 항상고맙습니다 늘감사합니다 늘감사드립니다 매번감사합니다 매번감사드립니다
"""

_ASKED = """
    주세요 주세용 주세여 주셔요 주십시오 주십시요 주시겠어요 주시겠습니까 주시겠나요 주실수있나요 주실수있을까요 주실수있어요
    주실수있습니까 주실수있는지요 주실래요 주실까요 주시면감사하겠습니다 주시면감사해요 주시면고맙겠습니다 주시면좋겠습니다
    주시면좋겠어요 주시면됩니다 주시면돼요 주시면 주시길바랍니다 주시기바랍니다 주시길부탁드립니다 주시길 주시고
    주셨으면좋겠어요 주셨으면합니다 주셨으면해요 주셨으면좋겠습니다 주셨으면 줬으면좋겠어요 줬으면좋겠어 줬으면해요
    줬으면합니다 줬으면해 줬으면 줄수있나요 줄수있어요 줄수있어 줄수있니 줄수있을까요 줄수있을까 줄래요 줄래 줘요 줘봐 줘라
    줘 죠 쥬 줭 주라 주면좋겠어요 주면좋겠습니다 주면좋겠어 주면고맙겠습니다 주면고맙겠어 주면돼요 주면돼 주면됩니다 주면 줍니다
    주셈 주삼 주십쇼 주세욤 주세염 주세욥 주세연 주시죠 주시지요 주실수있으신가요 주실수있으실까요 주실수있으세요 주실수있나 주실수있으신지요
    주실수있는지 주실분 주겠니 주겠어요 주겠어 줄수있는지 줄수있나 줄수있는지요 줄수있습니까 줄수있으신가요 줘용 줘여 줄래여 주시와요
    달라고 달라 다오 봐주세요 봐줘요 봐줘 봐주실래요 보세요 보고싶어요 보고싶습니다 주길바랍니다 주길바라요 주길
    줬음좋겠어요 줬음좋겠다 줬음해요 줬음 주심감사하겠습니다 주심감사해요 주심됩니다 줌좋겠어요
    주기바랍니다 주기바람 주실지요 주실지 주시려나요 주실수있겠어요 주실수있겠습니까 줄수있겠어요 줄수있으려나
"""
"""What follows the verb of a request: (해) 주세요, 주시겠어요, 주시면 감사하겠습니다."""

_WANTED = """
    고싶습니다만 고싶습니다 고싶어요 고싶은데요 고싶은데 고싶네요 고싶어 고싶다 고싶음 고자합니다 고자하는데요 고자해요 길원합니다 길원해요
    길바랍니다 길바라요 기를원합니다 기를바랍니다 기원합니다 고파요 고파 고픈데요 고픈데 고싶거든요 고싶구요 고싶고 고싶은데용 고싶어용
    려고해 려고한다 려고함 려고하거든요 려고하니 려고하는중입니다 려면 려고합니다 려고해요 려고하는데요 려고하는데 려고하면 려고요
    려고 려는데요 려는데 야합니다 야해요 야하는데요 야하는데 야하나요 야돼요 야되나요 야되는데요 야할까요 야될까요 야하죠
    야할지 야하는지 면되나요 면될까요 면돼요 면되죠 면됩니까 면되지 면되는지 면좋을까요 면됩니다
    려고합니다만 야합니다만 야하는데용 야되는데 야됩니다 야됩니다만 야겠어요 야겠습니다 야겠는데요 야겠는데 야함 야됨 ㄹ수있나요
"""
"""What follows a stem (하, 으, 해) where somebody says what they want: 하고 싶어요, 하려면, 해야 하나요, 하면 되나요."""

_DO = """
    할수있나요 할수있을까요 할수있어요 할수있습니까 할수있는지요 할수있는지 할수있는 할수있죠 할수가있나요 할수있게
    수있나요 수있을까요 수있을까 수있어요 수있어 수있니 수있나 수있죠 수있지 수있을지 수있습니까 수있는지요 수있는지 수있는가요
    수있는방법 할까요 할게요 할건데요 할건데 할거예요 하나요 하는지요 하는지 하는가요
    합니까 하죠 하지요 하십시오 하시오 하세요 합니다 하기 해요 해봐요 해봐 해야지
"""

_TELL = """
    알려 가르쳐 갈켜 말해 말씀해 적어 작성해 써 보여 추천해 제시해 제공해 답해 답변해 알려드려 안내해
"""

_DO_STEMS = "구 계산 산출 연산 출력 생성 작성 표시 표기 추출 진행 수행"
"""Nouns that 하다 makes a verb of which only says that something is to be found, made or shown."""
_STEMS = """
    만들 만드 알아내 알아보 찾아내 찾아보 찾 뽑아내 뽑 얻어내 얻 가져오 불러오 나타내 나타나 나오 보이 보여주 뜨
"""
_BOUND = """
    려고해 려고한다 려고함 려고하거든요 려고하니 는 고 기 나요 는지 는데요 는데 는가 는가요 려 려면 려면요 려고 려고요 려고해요 려고합니다 려고하는데 려고하는데요 려는데 려는데요
    으려면 으려고 으려고해요 으려는데 으려는데요 으면 면 면되나요 면될까요 면돼요 면되죠 면됩니까 죠 지요 지 시오 십시오 세요 으세요 라
    고싶습니다만 려고합니다만
    고싶습니다 고싶어요 고싶은데요 고싶은데 고싶네요 고싶어 고싶다 고싶어서요 고자합니다 고자하는데요 고자해요 도록 도록해 게 게해 게끔
    자 네요 기원합니다 길원합니다 기를원합니다 기바랍니다 길바랍니다 수있나요 수있을까요 수있어요 수있는 수있게 을수있나요 을수있을까요
    을수있는 을까요 습니까 습니다
"""
"""Endings that follow a verb's stem."""
_DONE = "해 해서 해야 해야하나요 해야해요 해야할까요 해야합니까 해내 해요 해봐 해라 했 할 할수 할수있 할까요 함 한 합니까 합니다"
"""Forms of 하다 that take no ending of the above."""
_JOINED = """
    만들어 만들어서 만든 찾아 찾아서 찾아야 찾은 찾을 뽑아 뽑아서 뽑은 뽑을 얻어 얻은 얻을 가져와 가져와서 가져온 가져올 불러와
    불러와서 불러온 불러올 나타내 나와 나온 나올 보여 보인 보일 떠 뜬
"""
_GET = """
    나옵니다 보입니다 뜹니다 찾습니다 만듭니다 뽑습니다 추출 계산 산출 출력 생성 작성 표시 표기 표시되 표시되게 표시되도록 나오게 나오도록 알아봐 보이게 보이도록
"""

_HOW = """
    어떻게하려나 어떻게하는감 어떻게됨 어떻게되려나 어떻게하지요 어떻게하지 어떻게하냐 어떻게하니 어떻게함 어떻게할까요 어떻게할까 어떻게할지 어떻게하나 어떻게하는거예요 어떻게하는거죠 어떻게하는건가요
    어떻게하는건지 어떻게하는거야 어떻게해야하죠 어떻게해야하지 어떻게해야되지 어떻게해야되나 어떻게해야함 어떻게하는게좋을까요
    어떻게하면 어떻게해야 어떻게해 어떻게하나요 어떻게하는지 어떻게되나요 어떻게되는지 어떻게될까요 어떻게돼요 어떻게되죠
    어떻게 어케 어떡해 어떡하죠 어떤식으로 어떤방법으로 어떤방식으로 어떤수식으로 무슨수식으로 어떤함수로 무슨함수로 어떤수식을
    무슨수식을 어떤함수를 무슨함수를 써야 쓰면 써서 사용해서 사용하면 사용해야 사용해 이용해서 이용해 활용해서 활용해
    무엇인가요 무엇인지 무엇입니까 무엇이죠 무엇일까요 무엇이에요 무엇 뭔가요 뭔지 뭐예요 뭐에요 뭐인가요 뭐죠 뭐지 뭐야 뭔데 뭐임 뭐냐 뭐니 뭘까요 뭘까 뭔가 뭔감 뭐
    어디인가요 어디입니까 어디예요 어디야 어디죠 어디 누구인가요 누구예요 누구입니까 누구야 누구죠 누구 누가
    얼마인가요 얼마예요 얼마입니까 얼마야 얼마죠 얼마나 얼마 어느것 되나요 될까요 됩니까 되죠 되지요 되는지 되는지요
"""

_EVEN = """
    입니다 이에요 이예요 예요 에요 이야 인데요 인데 이고요 인지요 인가요 입니까 일까요 이죠 이지요 이요 거야 거예요 거든요 네요
    돼요 됩니다 되네요 되는데요 되는데 되요 돼 싶습니다 싶어요 싶은데요 싶은데 싶네요 싶어 싶다 싶음 건가요 것인가요 건지 건데요 이라고 라고 이라는 라는
    나요 까요 세요 데요 습니다 까지야 에있습니다 에있어요 에있는 에있음 에있는데요 에있고요 에들어있어요 에들어있는 있어요
    있습니다 있는데요 기준으로 기준 가장 제일 전체 모든 모두 산술 각각 좀 바로 좀요 하는 에게 부터 이랑
    데이터는 데이터가 데이터를 데이터 범위는 범위가 범위
"""

_PASTED = r"(?:이|위|위의|아래|아래의|다음|다음의|해당|주어진|첨부|첨부한|첨부된|붙여넣은)(?:에있는)?(?:표|데이터|자료|수식|내용|목록)"

_BEHIND = "(?:을|를|이|은|는|가|으로|로|좀|도|이라도|라도)*"
_POLITE = (
    "(?:합니다|해요|해서요|해|한데요|할까요|할게요|해도될까요|해도되나요|드려도(?:될까요|되나요|될지요?)"
    "|드려요?|드립니다|드릴[게께]요|드려봅니다|드리겠습니다|이요)"
)
_THERE = "(?:을까요?|나요?|나여|을지|어요?|어여|습니까|니|는지요?|으려나요?|으신가요|으세요|는가요?|음|냐|죠|지요?)"
"""Somebody asks whether there is a way; 방법 없나요 asks for one too."""
_KNOWN = (
    f"(?:아(?:시나요|세요|시는지요?|시는분(?:들?이?(?:있{_THERE}|계(?:신가요|실까요|시나요|세요)))?|나요)"
    f"|알(?:수가?있{_THERE}|려나요?))"
)
"""Somebody asks who knows a way."""
_WANTING = rf"(?:(?:있|없){_THERE}|(?:궁금|필요|부탁)(?:{_POLITE}|$)|{_KNOWN})"
"""What follows the thing asked for: 방법 없나요, 수식이 필요해, 식 부탁드려도 될까요, 법 아시나요."""
_MORE = r"(?:하나|한가지|뭐|이것|이거|또)(?:만|더|좀|도|하나)*(?:여쭤|여쭙|물어)(?:볼[게께]요?|봅니다|니다|봐도(?:될까요|되나요)|보고)"
"""One more question, and may one ask it."""
_NOUN = r"(?:수식|공식|함수식|계산식|함수|방법|식|법)"


_WAITING = (
    r"(?:팀장|부장|과장|차장|사장|대표|실장|본부장|상사|교수|선생|원장|점장|소장|이사)님?(?:이|께서)?(?:기다리(?:세요|십니다|시는데요?|셔서요?|고계(?:세요|십니다))|급하(?:세요|시대요|시다고해서요?)"
    r"|찾으(?:세요|십니다))"
    r"|(?:오늘|내일|모레|이번주|금요일|퇴근전|점심전|회의전)까지(?:내|제출|보고|제출해|보고해|보내|끝내|해|마감해|완성해)(?:야|하야)(?:해요|합니다|돼요|됩니다|하는데요|해서요)"
)
_BEFORE = r"(?:다시|또)(?:질문|문의|여쭤)(?:드려요|드립니다|드릴게요|봅니다|볼게요)|아까(?:도|전에)?(?:물어(?:봤던|본)|질문(?:했던|한)|여쭤(?:봤던|본)|문의(?:했던|한))(?:건데요?|것인데요?|거예요|거)?(?:다시요?)?"
_ASIDE = sounding(
    "|".join(
        (
            _WAITING,
            _BEFORE,
            r"최대한(?:빨리|빠르게)부탁(?:해요|드려요|드립니다|합니다)?|시간이?없(?:어요|는데요?|어서요?)",
        )
    )
)
"""Who waits for the answer, and that one asked before. An expression of its own: with some hundred characters more,
`_FILLER` is more than RE2 keeps states for, and takes 50 times as long."""
_ANNOUNCED = r"(?:질문|문의|궁금한 ?(?:게|것이|점이?)|(?:여쭤|물어)볼 ?(?:게|것이))(?:이|가|도|사항이?)? ?있(?:습니다|어요|네요|는데요)\s*([.!~,])"
"""질문 있습니다!, a sentence of its own."""
_HELLO = (
    r"^\s*(?:(?:good (?:morning|afternoon|evening|day)(?: everyone| all| team)?|hello(?: there| everyone| all| team)?|hi(?: there| everyone| all| team)?|greetings|asap(?: please)?|urgent|quick question|please help(?: me)?(?: quickly)?"
    r"|excel newbie here|i(?:['’]m| am) new to (?:excel|this))(?:\s*[,.!:;~-]+\s*|\s+)"
    r"|(?:(?:could|can|would) (?:someone|anyone|somebody|you) (?:please )?help me(?: to)?|help me(?: to)?|(?:i would|i['’]d) (?:really |greatly |much )?appreciate it if you (?:could|can|would)"
    r"|is it possible to|i(?:['’]m| am) (?:trying|looking) to|what['’]s)\s+)+"
)
_THANKS = (
    r"(?:[\s,.!?:;~-]+(?:(?:many |much )?thanks(?: a lot| so much| very much| again| in advance| a million)*|thank you(?: so much| very much| again| in advance)*|cheers|thx|asap(?: please)?|as soon as possible"
    r"|(?:it['’]?s|this is) (?:very |quite )?urgent|urgently|i need (?:it|this)(?: (?:today|now|urgently|asap|soon|quickly|right away|by tomorrow))+|please help(?: me)?(?: quickly| out)?"
    r"|any help (?:is|would be) (?:appreciated|welcome)))+[\s,.!~)]*$"
)
"""English courtesy, at the beginning and at the end: within a question, its words may be what it is about."""


def _any(words: str) -> str:
    """An expression for any of these words, the longest that fits."""
    return "(?:" + "|".join(sorted(words.split(), key=len, reverse=True)) + ")"


_MADE = rf"(?:{_any(_DO_STEMS)}(?:하{_any(_BOUND)}?|{_any(_DONE)})|{_any(_STEMS)}{_any(_BOUND)}|{_any(_JOINED + _GET)})"
"""A verb that only says that something is to be found, made or shown."""

_FILLER = sounding(
    "|".join(
        (
            # The thing asked for, where it only says that an answer is wanted: "구하는 수식을 알려줘", "수식으로 보여 주세요".
            rf"{_MADE}(?:{_NOUN}{_BEHIND}{_WANTING}?)?",
            rf"(?:하는|하기위한|위한|할수있는|하려는){_NOUN}{_BEHIND}{_WANTING}?",
            rf"(?:{_NOUN}|것|거|걸){_BEHIND}(?:(?:{_any(_TELL)}|{_any(_HOW)}|궁금|필요|부탁){_POLITE}?|{_KNOWN})",
            rf"(?:방법|법){_BEHIND}(?:있|없){_THERE}|(?:함수|수식|공식){_BEHIND}있{_THERE}",
            rf"{_PASTED}(?:에서|에|를|을|은|는|의|로|이|가)?",
            rf"(?:해|하여)?{_any(_ASKED)}|(?:하|으|해)?{_any(_WANTED)}",
            _MORE,
            r"\bi(?: would|['’ ]d)(?: really)? (?:like|love) to\b",
            _any(_GREETINGS + _DO + _TELL + _HOW + _EVEN),
        )
    )
)
"""What only says that, how politely and by whom something is asked. No class of letters is repeated in it ([가-힣]{0,2}):
RE2 then has too many states to keep, and takes ten times as long."""

_BETWEEN = "~"
"""Stands between the ends of a range: A2:A10 is not A2 and A10."""
_RANGE = r"(?:부터|에서)([$a-z0-9]{1,16}|(?:[^부까]|부[^터까]){1,12})까지|부터([$a-z]{1,4}[0-9$]{1,8})"
_RANGE_ENDS = rf"{_BETWEEN}\1\2 "
"""A2부터 A10까지 is A2:A10; either particle alone means something else."""
_DASH = r"([0-9](?:[월일년행열번회차급시분원개명점%]|분기|월말))\s?~\s?([0-9a-z])"
"""1월~3월: a sign that also ends many a polite sentence, between two numbers. It becomes a letter, which stays when signs
are dropped, and `_BETWEEN` in synonyms.py."""
_AND = r"(?:([해아어와워려라겨켜쳐줘둬봐내대])서|([있없였았었했헀됐됬겠같되])(?:고|는데))([\s,.])|([있없])(?:어요|습니다)([.!]\s+[^\s])"
"""골라서 and 골라, 있고, 있는데 and 있습니다.: what joins two halves of a question. Of 최고 and 재고 nothing is taken."""
_IN_BRACKETS = r"(하는) ?(?:방법|법|수식|식)( ?[(\[])"
"""합산하는 법 (C2:C9): what is asked for, and in brackets behind it, where."""
_SHORTENED = (
    ("(^|\\s)[게겨](산|획|약서|층|좌)", r"\1계\2"),
    ("([가-힣])엔(\\s)", r"\1에\2"),
    ("([가-힣]에|으로)선(\\s)", r"\1\2"),
)
"""게산 and 겨산 are misspelt 계산, but 하게 산출 is not; 열엔 is 열에는, 열에선 is 열에서는."""
_WHERE = r"^\s*((?:in|for|on|within) [^,.?!\n]{2,40}), ([^\n]+?)([?.!\s]*)$"
"""In column B, count the blanks: where, before what."""
_THING = r"(?:수식|공식|함수식|함수|계산식|방?법)(?:을|를|은|는|이|가|으로|로|좀|만|요|[^가-힣a-z0-9])*$|라\s*$"
"""What is asked for, at the end: 개수를 세는 수식."""
_SIGH = (
    r"^(?:\s*(?:음|어|아|저기요|저기|저|그|네|넵|예|흠|오|앗)[\s,.!~?]+)*"
    r"(?:\s*[^,.\n]{0,16}?(?:모르는데요?|몰라서요?|처음이라서?요?|처음인데요?|초보라서?요?|신입이라서?요?|서툴러서요?)[\s,.!~]+)*"
    r"(?:\s*[(\[<【]?(?:q|질문|문의|문|요청)\s?\d{0,2}(?:[)\]>】:]|\.\s)[\s:.-]*)?"
    r"(?:\s*\(?\d{1,2}(?:\)\s*|\.\s*([^\d\s])))?"
)
"""What somebody says before the question: a sigh, that this is all new to them, or the number of an item (1. and Q:),
but not a date (3. 2.)."""

_BLANK = np.zeros(256, dtype=np.bool_)
_BLANK[[ord(sign) for sign in " \t\n!?.,;:'\"`()[]{}~|_@#\\$"]] = True
_CLOSES = np.zeros(256, dtype=np.bool_)
_CLOSES[[ord(sign) for sign in "!?\"'()[]{}`|"]] = True
"""Signs that a blank may follow, and then are none of a formula: Hello! Sum it."""
_ALNUM = np.array([chr(code).isalnum() and code < 128 for code in range(256)])


def bare_wording(questions: pa.StringArray) -> pa.StringArray:
    """Questions in NFKC and lower case without blanks, punctuation and whatever only says how one asks.

    A blank stays between two ASCII letters or digits, and stands where a phrase was taken out, so that neither
    references nor numbers run together.
    """
    questions = pc.replace_substring_regex(questions, _ANNOUNCED, r"\1")
    questions = pc.replace_substring_regex(pc.replace_substring_regex(questions, _SIGH, r"\1"), _AND, r"\1\2\3\4\5")
    for pattern, rest in ((_IN_BRACKETS, r"\1\2"), (_HELLO, ""), (_THANKS, ""), (_WHERE, r"\2 \1\3")):
        questions = pc.replace_substring_regex(questions, pattern, rest)
    bare = unify(_without_blanks(_labelled(_in_full(in_figures(questions)))))
    bare = _without_asides(pc.replace_substring_regex(bare, _RANGE, _RANGE_ENDS))
    return pc.replace_substring_regex(pc.replace_substring_regex(bare, _FILLER, " "), _THING, "")


def _without_asides(questions: pa.StringArray) -> pa.StringArray:
    some = pc.match_substring_regex(questions, _ASIDE)
    return pc.replace_with_mask(questions, some, pc.replace_substring_regex(questions.filter(some), _ASIDE, " "))


def _in_full(questions: pa.StringArray) -> pa.StringArray:
    """Shortened particles in full, and a dash between two numbers as one between two letters."""
    some = pc.match_substring_regex(questions, r"[엔선]\s|(?:^|\s)[게겨]|[월일년행열번회차급시분원개명점기말%]\s?~")
    few = questions.filter(some)
    if not len(few):
        return questions
    for short, full in (*_SHORTENED, (_DASH, r"\1ː\2")):
        few = pc.replace_substring_regex(few, short, full)
    return pc.replace_with_mask(questions, some, few)


_LABELS = "가나다라마바사아자차카타파하갑을병정"
_LABEL = r"(^|[\s(])({})\s?(번|조|반|팀|안|그룹|구역|지점|지역|항|항목|문항|서식|부서|제품|업체|회사)([\s,.)의은는이가을를에과와]|$)"


_BUILDING = (r"(^|[\s(])([나다라마바])\s?동([\s,.)의은는이가을를에과와]|$)", r"\1 label\2 동 \3")
"""나 동, of buildings; 가동 and 자동 are words."""


def _labelled(questions: pa.StringArray) -> pa.StringArray:
    """가 번, 나 조: what stands for a letter is one, and no particle."""
    some = pc.match_substring_regex(questions, f"{_LABEL.format(f'[{_LABELS}]')}|{_BUILDING[0]}")
    few = questions.filter(some)
    if not len(few):
        return questions
    few = pc.replace_substring_regex(few, *_BUILDING)
    for number, label in enumerate(_LABELS):
        few = pc.replace_substring_regex(few, _LABEL.format(label), rf"\1 label{number} \3\4")
    return pc.replace_with_mask(questions, some, few)


def _without_blanks(texts: pa.StringArray) -> pa.StringArray:
    """Blanks and punctuation dropped, but for one between ASCII letters or digits: `_BETWEEN` if that made a range."""
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    data = texts.buffers()[2]
    signs = np.frombuffer(data, dtype=np.uint8)[: offsets[-1]] if data else np.zeros(0, dtype=np.uint8)
    keep = ~_BLANK[signs]
    keep[: offsets[0]] = False
    kept = np.flatnonzero(keep)
    first = np.zeros(len(kept) + 1, dtype=np.bool_)
    first[np.searchsorted(kept, offsets)] = True  # what ends one text and begins the next is not parted by a blank
    split = np.flatnonzero((np.diff(kept) > 1) & ~first[1:-1])
    split = split[_ALNUM[signs[kept[split]]] & _ALNUM[signs[kept[split + 1]]]]
    gaps = kept[split] + 1
    keep[gaps] = True
    dashes = _ranges(signs, gaps, kept[split + 1])
    ends = gaps[_CLOSES[signs[gaps]] & (kept[split + 1] - gaps > 1)]
    if len(dashes) or len(ends):
        signs = signs.copy()
        signs[ends] = ord(" ")
        signs[dashes] = ord(_BETWEEN)
    lengths = np.concatenate([[0], np.cumsum(keep, dtype=np.int32)])
    return pa.StringArray.from_buffers(
        len(texts), pa.py_buffer(lengths[offsets].astype(np.int32)), pa.py_buffer(signs[keep])
    )


def _ranges(signs: NDArray[np.uint8], gaps: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """The gaps that hold a tilde, or a colon before a letter: A2:A10, but not 09:30."""
    first = signs[gaps]
    # Before a blank there may be one more: "A2 ~ A10".
    second = signs[np.minimum(gaps + 1, ends - 1)]
    tilde = (first == ord("~")) | (second == ord("~"))
    colon = (first == ord(":")) | (second == ord(":"))
    found: NDArray[np.int64] = gaps[tilde | (colon & (signs[ends] > ord("9")))]
    return found
