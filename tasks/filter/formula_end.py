"""Where a formula ends that someone wrote into a text: behind its last value or bracket, before the prose.

    cut("=SUM(A2:A9)을 쓰세요", alone=False)        # ("=SUM(A2:A9)", 11)
    cut("=SUM(A2:A9)원", alone=True)                # ("=SUM(A2:A9)원", 12): it would be typed with it, and is broken

What is cut off is prose beyond doubt: a sentence after a blank, a particle, a comment, an arrow, a result. Where a
bracket is open, nothing is, save a whole sentence: what follows an open bracket belongs to the formula that lacks the
other.
"""

from __future__ import annotations

import re
import unicodedata

from tasks.judge.functions import ARITY

SENTENCE_CHARS = 500
"""How much of an unclosed formula's end may be the sentence that it stands in."""

_LOOKS_LIKE_ONE = re.compile(
    r"[A-Za-z][\w.]+[ ]?\(|(?<![A-Za-z0-9_.])\$?[A-Za-z]{1,3}\$?[0-9]+(?![A-Za-z0-9_])"
    r"|(?<![A-Za-z])[A-Za-z]{1,2}:\$?[A-Za-z]{1,2}(?![A-Za-z])|![$A-Za-z]|\w\[|\[@|[A-Za-z]\("
)
_PARTICLE = re.compile(
    r"(?:을|를|은|는|이|가|와|과|로|으로|의|에|에서|도|만|까지|처럼|라고|이라고|라는|이라는|란|이란|이나|이며|이고|부터|보다|인데?|같이|같은"
    r"|입니다|이에요|예요|이다|이면|라면|하면|하여|해서|합니다|하세요|됩니다|됨|임|씩)(?=[\s.,!?:;)]|$)"
)
_SENTENCE = re.compile(r"[가-힣]*[ \t]+[가-힣(\[]")
_SENTENCE_LEFT = re.compile(r"\s+[가-힣][^\"()]*(?:다|요|죠|까|오|음|함)[.!?~]*\s*$")
_REFERS = re.compile(r"\$?[A-Za-z]{1,3}\$?[0-9]|[A-Za-z][\w.]*\(")
_WIDTH = {ord(wide): unicodedata.normalize("NFKC", wide) for wide in map(chr, range(0xFF01, 0xFF5F))} | {0x3000: " "}

_PIECE = re.compile(
    r"""(?P<text>"(?:[^"]|"")*")
    |(?P<sheet>'(?:[^'\n]|'')+'!|(?!\d+!)[\w.]+!(?=[$A-Za-z0-9]))
    |(?P<korean>[가-힣ㄱ-ㅎㅏ-ㅣ][\w.]*)
    |(?P<word>[$A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)
    |(?P<table>\[(?:[^\[\]]|\[(?:[^\[\]]|\[[^\[\]]*\])*\])*\])
    |(?P<blank>\s+)
    |(?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
_NO_MORE = re.compile(
    r"""[^\x00-\x7F×÷≥≤≠（），；＋－＊／＜＞％＾＆]|//|/\*|->|=>|<-[ ]|--[ ]|[|`~_\\!?]|\.(?![0-9])
    |[-=/][ ]+[가-힣](?![\w.]*!)|:[ ]*[가-힣](?![\w.]*!)|[/,;|][ ]*[=＝]|:[ ]
    |[,;](?=[ ]|[가-힣]|$)|\*(?=$|[.,:)가-힣])|\*\*(?=[ ]|$|[.,:)가-힣])|</?[A-Za-z]""",
    re.VERBOSE,
)
"""What cannot go on a formula that could end here: comments, arrows, prose, the end of a sentence."""

_NO_MORE_BEHIND_BLANK = re.compile(
    r"[#']|[-=/][가-힣](?![\w.]*!)|<=[ ]*[가-힣]|=[ ]*[₩$]?[0-9][0-9,.]*[ ]*(?:[%가-힣].*|[).].*)?$|[\[{]"
)
"""What besides cannot go on it when a blank stands between: a dash, a result."""


def cut(text: str, *, alone: bool) -> tuple[str | None, int]:
    """The formula that `text` begins with, and where it ends; None for what only looks like one."""
    if text[0] == "＝":
        text = _fold(text)  # an input method in full-width mode: what it wrote is meant as plain signs
    end, stuck = _end(text, alone)
    tail = text[end:]
    if stuck and alone and not _PARTICLE.match(tail) and not _SENTENCE.match(tail):
        end += len(tail.split()[0].rstrip(".,!?"))
    formula = text[:end].rstrip()
    first = max(0, len(formula) - SENTENCE_CHARS)
    if depth(formula) > 0 and (match := _SENTENCE_LEFT.search(formula, first)) is not None:
        formula = formula[: match.start()].rstrip()
        end = len(formula)
    bare = re.sub(r'"[^"]*"', "", formula)
    if len(formula) < 2 or not _LOOKS_LIKE_ONE.search(formula) or "\\" in bare or "\0" in formula:
        return None, end
    return formula, end


def _end(text: str, alone: bool) -> tuple[int, bool]:
    """Where the formula ends that starts at 0, and whether Korean sticks to it."""
    opened, complete, blank = 0, False, False
    last, end, at = 0, 1, 1
    while at < len(text):
        match = _PIECE.match(text, at)
        assert match is not None  # noqa: S101 - its last branch takes anything
        kind, said = match.lastgroup, match[0]
        if kind == "blank":
            blank, at = True, match.end()
            continue
        if opened <= 0 and complete and (kind == "korean" or _ends_before(text, at, blank, text[last:end])):
            return end, kind == "korean" and not blank
        if said in ("`", "\0"):
            return end, False
        if said in "([{" and kind == "sign":
            opened, complete = opened + 1, False
        elif said in ")]}" and kind == "sign":
            if opened <= 0 and not (alone and said == ")"):
                return end, False
            opened, complete = opened - 1, True
        elif kind in ("text", "word", "korean", "table") or said in "%#":
            complete = True
        else:
            complete = False
        last, at, blank = at, match.end(), False
        end = at
    return end, False


def _ends_before(text: str, at: int, blank: bool, last: str) -> bool:
    """Whether a formula that could end before `at` does; `last` is its last piece."""
    if _NO_MORE.match(text, at):
        return True
    if not blank:
        return False
    if text[at] == "(":
        return last.upper() not in ARITY  # Excel takes `SUM (A2:A9)`
    return _NO_MORE_BEHIND_BLANK.match(text, at) is not None or _is_english(text, at)


def _is_english(text: str, at: int) -> bool:
    """Whether an English word stands here, and no piece of a formula."""
    return text[at].isalpha() and text[at].isascii() and _REFERS.match(text, at) is None


def depth(text: str) -> int:
    """Brackets opened and not closed, outside of texts."""
    outside = "".join(text.split('"')[::2])
    return outside.count("(") - outside.count(")")


def _fold(text: str) -> str:
    pieces = text.split('"')
    pieces[::2] = [piece.translate(_WIDTH) for piece in pieces[::2]]
    return '"'.join(pieces)
