"""What a text says to whoever decodes it: Base64, hexadecimal, percent signs, entities, numbers of characters, and more.

A model that reads "SWdub3Jl…" reads "Ignore…". So what decodes to something readable is looked at like the text itself.
`HINT` finds the few texts in which there may be something to decode; `revealed` decodes them one by one, also what was
encoded twice.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Callable, Iterator
from html import unescape
from urllib.parse import unquote

from tasks.search import Expression

DEPTH = 3
"""Layers of encoding that are taken off."""
LEAST = 6
"""Characters of something that is worth reading."""
READABLE = 0.9
MOST = 20_000
"""Characters of what is revealed of one text."""

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{16,}={0,2}")
_BASE64_PIECES = re.compile(r"(?<![A-Za-z0-9+/=])(?:[A-Za-z0-9+/]{4,}\s+){2,}[A-Za-z0-9+/]{2,}={0,2}")
_BASE32 = re.compile(r"(?<![A-Z2-7=])[A-Z2-7]{24,}={0,6}")
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{16,}|(?:[0-9A-Fa-f]{2}[ :]){7,}[0-9A-Fa-f]{2})(?![0-9A-Za-z])")
_HEX_BYTES = re.compile(r"(?:(?:\\+x|0x)[0-9A-Fa-f]{2}[\s,;]*){4,}")
_ESCAPES = re.compile(r"\\+u\{?([0-9A-Fa-f]{4,6})\}?|U\+([0-9A-Fa-f]{4,6})\s?")
_NUMBERS = re.compile(r"(?<![\d.])(?:\d{2,6}[ ,]{1,2}){6,}\d{2,6}(?![\d.])")
_BITS = re.compile(r"(?<![01])(?:[01]{8}[\s,]*){5,}(?![01])")
_CHARS = re.compile(r"(?i)(?:(?:uni)?chr?(?:ar)?w?\$?\s*\(\s*(\d{2,6})\s*\)\s*[&+,]?\s*){4,}")
_TURNED = re.compile(r"(?i)snoitcurtsni|tpmorp|erongi|metsys|시지|시무|해시무|트프롬프|령명")
_ROT13 = re.compile(r"(?i)vtaber|cerivbhf|vafgehpgvba|flfgrz|cebzcg|qvfertneq|sbetrg|erirny|wnvyoernx")
_LEET = re.compile(
    r"(?i)[1!|]gn[0o]r|pr[3e]v[1!i][0o]u[5s$]|[1!i]n[5s$]truct[1!i][0o]n|pr[0o]mpt|[5s$]y[5s$]t[3e]m|rul[3e][5s$]|f[0o]rg[3e]t|d[1!i][5s$]r[3e]g[4a]rd"
)
_LEET_LETTERS = str.maketrans("013457$@!|", "oieastsail")
_TYPED = re.compile(r"antl|wltl|audfud|vmfhavmxm|rbclr|dlwjs|cnfur|wlcla")
_JAMO = re.compile(r"[ㄱ-ㅎㅏ-ㅣ](?:[\s._]?[ㄱ-ㅎㅏ-ㅣ]){5,}")

HINT = Expression(
    r"[A-Za-z0-9+/]{16}|[A-Za-z0-9_-]{28}|(?:[A-Za-z0-9+/]{4,}\s+){2}[A-Za-z0-9+/]{2,}="
    r"|(?:[0-9A-Fa-f]{2}[ :]){7}|(?:\\x|0x)[0-9A-Fa-f]{2}|%[0-9A-Fa-f]{2}|&#|&[a-z]{2,8};|\\u\{?[0-9A-Fa-f]{4}|U\+[0-9A-Fa-f]{4}"
    r"|(?:\d{2,6}[ ,]{1,2}){6}|(?:[01]{8}[\s,]*){5}|(?i:chr?w?\$?\s*\(\s*\d|char\s*\(\s*\d)"
    rf"|{_TURNED.pattern}|{_ROT13.pattern}|{_LEET.pattern}|{_TYPED.pattern}"
    r"|[ㄱ-ㅎㅏ-ㅣ][\s._]?[ㄱ-ㅎㅏ-ㅣ][\s._]?[ㄱ-ㅎㅏ-ㅣ][\s._]?[ㄱ-ㅎㅏ-ㅣ][\s._]?[ㄱ-ㅎㅏ-ㅣ]"
)
"""Wider than what `revealed` decodes."""


def revealed(text: str) -> str:
    """Everything that the text decodes to, line by line; empty where that is nothing."""
    found: list[str] = []
    layer, seen = [text], {text}
    for _ in range(DEPTH):
        layer = [one for known in layer for one in _decoded(known) if one not in seen and not seen.add(one)]  # type: ignore[func-returns-value]
        found += layer
        if not layer or sum(map(len, found)) > MOST:
            break
    return "\n".join(found)[:MOST]


def _decoded(text: str) -> Iterator[str]:
    for decode in _DECODERS:
        for one in decode(text):
            if one != text and _is_readable(one):
                yield one


def _is_readable(text: str) -> bool:
    text = text.strip()
    good = sum(sign.isprintable() or sign in "\n\t\r" for sign in text)
    return len(text) >= LEAST and good >= READABLE * len(text) and any(map(str.isalpha, text))


def _as_text(data: bytes) -> Iterator[str]:
    encodings = ("utf-16-le", "utf-8") if b"\0" in data else ("utf-8", "cp949")
    for encoding in encodings:
        try:
            yield data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return


def _base64(text: str) -> Iterator[str]:
    pieces = [re.sub(r"\s+", "", found[0]) for found in _BASE64_PIECES.finditer(text)]
    for run in [found[0] for found in _BASE64.finditer(text)] + pieces:
        bare = run.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            yield from _as_text(base64.b64decode(bare[: len(bare) - (len(bare) % 4 == 1)] + "==="))
        except (binascii.Error, ValueError):
            continue
    for found in _BASE32.finditer(text):
        bare = found[0].rstrip("=")
        try:
            yield from _as_text(base64.b32decode(bare + "=" * (-len(bare) % 8)))
        except (binascii.Error, ValueError):
            continue


def _hexadecimal(text: str) -> Iterator[str]:
    for pattern in (_HEX, _HEX_BYTES):
        for found in pattern.finditer(text):
            digits = re.sub(r"\\+x|0x|[^0-9A-Fa-f]", "", found[0])
            yield from _as_text(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def _in_place(text: str) -> Iterator[str]:
    """Percent signs, entities and escapes, decoded where they stand."""
    yield unquote(text)
    yield unquote(text.replace("+", " ")) if "%" in text else text
    yield unescape(text)
    yield _ESCAPES.sub(lambda found: _sign(int(found[1] or found[2], 16)), text)
    yield re.sub(r"\\+x([0-9A-Fa-f]{2})", lambda found: _sign(int(found[1], 16)), text)
    yield re.sub(r"\\([0-3][0-7]{2})", lambda found: _sign(int(found[1], 8)), text)


def _numbers(text: str) -> Iterator[str]:
    for found in _NUMBERS.finditer(text):
        yield "".join(_sign(int(number)) for number in re.findall(r"\d+", found[0]))
    for found in _BITS.finditer(text):
        bits = re.sub(r"[^01]", "", found[0])
        yield from _as_text(bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) // 8 * 8, 8)))
    for found in _CHARS.finditer(text):
        yield "".join(_sign(int(number)) for number in re.findall(r"\(\s*(\d+)", found[0]))


def _sign(code: int) -> str:
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def _in_disguise(text: str) -> Iterator[str]:
    if _TURNED.search(text):
        yield text[::-1]
        yield " ".join(word[::-1] for word in text.split())
    if _ROT13.search(text):
        yield codecs.encode(text, "rot13")
    if _LEET.search(text):
        yield text.translate(_LEET_LETTERS)
    if _TYPED.search(text):
        yield re.sub(r"[A-Za-z]+", lambda found: _composed(found[0].translate(_KEYS)), text)
    if _JAMO.search(text):
        yield _JAMO.sub(lambda found: _composed(re.sub(r"[._]|(?<=\S)\s(?=\S)", "", found[0])), text)


_LEAD, _VOWEL = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ", "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_TAIL = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_JOINED = {
    "ㅗㅏ": "ㅘ", "ㅗㅐ": "ㅙ", "ㅗㅣ": "ㅚ", "ㅜㅓ": "ㅝ", "ㅜㅔ": "ㅞ", "ㅜㅣ": "ㅟ", "ㅡㅣ": "ㅢ",
    "ㄱㅅ": "ㄳ", "ㄴㅈ": "ㄵ", "ㄴㅎ": "ㄶ", "ㄹㄱ": "ㄺ", "ㄹㅁ": "ㄻ", "ㄹㅂ": "ㄼ", "ㅂㅅ": "ㅄ",
}  # fmt: skip
_KEYS = str.maketrans(
    "rRseEfaqQtTdwWczxvgkoiOjpuPhynbmlSDFAZXCVBNMKLUIYHJG",
    "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎㅏㅐㅑㅒㅓㅔㅕㅖㅗㅛㅜㅠㅡㅣㄴㅇㄹㅁㅋㅌㅊㅍㅠㅜㅡㅏㅣㅕㅑㅛㅗㅓㅎ",
)
"""The letters that an English keyboard gives for Korean ones (두벌식)."""


def _composed(letters: str) -> str:
    """Loose letters of Hangul as syllables."""
    out: list[str] = []
    at = 0
    while at < len(letters):
        lead = letters[at]
        vowel, used = _vowel(letters, at + 1)
        if lead not in _LEAD or not vowel:
            out.append(lead)
            at += 1
            continue
        at += 1 + used
        tail, used = _tail(letters, at)
        at += used
        out.append(chr(0xAC00 + (_LEAD.index(lead) * 21 + _VOWEL.index(vowel)) * 28 + _TAIL.index(tail)))
    return "".join(out)


def _vowel(letters: str, at: int) -> tuple[str, int]:
    if at >= len(letters) or letters[at] not in _VOWEL:
        return "", 0
    both = _JOINED.get(letters[at : at + 2], "")
    return (both, 2) if both in _VOWEL and both else (letters[at], 1)


def _tail(letters: str, at: int) -> tuple[str, int]:
    """The consonants that end a syllable: not the last one before a vowel, which begins the next."""

    def ends(after: int) -> bool:
        return after >= len(letters) or letters[after] not in _VOWEL

    both = _JOINED.get(letters[at : at + 2], "")
    if both and both in _TAIL and ends(at + 2):
        return both, 2
    if at < len(letters) and letters[at] in _TAIL.strip() and ends(at + 1):
        return letters[at], 1
    return " ", 0


_DECODERS: tuple[Callable[[str], Iterator[str]], ...] = (_base64, _hexadecimal, _in_place, _numbers, _in_disguise)
