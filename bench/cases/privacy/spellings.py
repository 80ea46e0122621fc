"""The ways in which people write one and the same number or address.

A number comes as groups of digits and leaves as text. `SHAPED` spellings show by their signs that digits belong
together; what is `PLAIN` shows nothing, so only a name or a check digit can tell what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Groups = Sequence[str]
Spelling = Callable[[Groups], str]

_FULL = str.maketrans("0123456789", "０１２３４５６７８９")
_FULL_WIDTH = 0xFEE0
_BOLD = str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")
_ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_HANGUL = str.maketrans("0123456789", "공일이삼사오육칠팔구")


def _by(sign: str) -> Spelling:
    return sign.join


def _within(sign: str) -> Spelling:
    """A sign between all digits."""
    return lambda groups: sign.join("".join(groups))


def _full_width(text: str) -> str:
    """All of an ASCII text in full-width characters."""
    return "".join(chr(ord(letter) + _FULL_WIDTH) for letter in text)


def _full_digits(text: str) -> str:
    return text.translate(_FULL)


def _each(sign: str) -> Spelling:
    return lambda groups: " - ".join(sign.join(group) for group in groups)


SHAPED: dict[str, Spelling] = {
    "hyphens": _by("-"),
    "spaced hyphens": _by(" - "),
    "a blank after the hyphen": _by("- "),
    "dots": _by("."),
    "underscores": _by("_"),
    "tildes": _by("~"),
    "double hyphens": _by("--"),
    "en dashes": _by("–"),
    "em dashes": _by("—"),
    "non-breaking hyphens": _by("‑"),
    "figure dashes": _by("‒"),
    "minus signs": _by("−"),
    "full-width hyphens": _by("－"),
    "the vowel ㅡ": _by("ㅡ"),
    "middle dots": _by("·"),
    "small hyphens": _by("﹣"),
    "a box-drawing line": _by("─"),
    "the long vowel mark": _by("ー"),
    "full-width digits and hyphens": lambda groups: "－".join(groups).translate(_FULL),
    "full-width digits, plain hyphens": lambda groups: "-".join(groups).translate(_FULL),
    "bold digits": lambda groups: "-".join(groups).translate(_BOLD),
    "zero-width spaces around hyphens": _by("\u200b-\u200b"),
    "zero-width joiners inside": lambda groups: "-".join("\u200d".join(group) for group in groups),
    "soft hyphens inside": lambda groups: "-".join("\u00ad".join(group) for group in groups),
    "a mark of direction in front": lambda groups: "\u200e" + "-".join(groups),
    "non-breaking blanks around hyphens": _by("\u00a0-\u00a0"),
    "a line break after the hyphen": lambda groups: "-\n".join((groups[0], "-".join(groups[1:]))),
    "a mixture of signs": lambda groups: "".join(
        group + sign for group, sign in zip(groups, ("-", ".", "-", ".", ""), strict=False)
    ).rstrip("-."),
    "one group full-width": lambda groups: "-".join((*groups[:-1], groups[-1].translate(_FULL))),
    "Arabic-Indic digits": lambda groups: "-".join(groups).translate(_ARABIC),
}
"""Signs that part the groups."""

BLANK: dict[str, Spelling] = {
    "blanks": _by(" "),
    "two blanks": _by("  "),
    "non-breaking blanks": _by("\u00a0"),
    "thin blanks": _by("\u2009"),
    "ideographic blanks": _by("\u3000"),
    "full-width digits and blanks": lambda groups: " ".join(groups).translate(_FULL),
    "every digit by itself": _each(" "),
}

PLAIN: dict[str, Spelling] = {
    "bare": _by(""),
    "bare, full-width": lambda groups: "".join(groups).translate(_FULL),
    "bare, zero-width characters inside": _by("\u200b"),
    "bare, word joiners inside": _by("\u2060"),
    "blanks between all digits": _within(" "),
}

SPOKEN: dict[str, Spelling] = {
    "Hangul digits": lambda groups: "".join(groups).translate(_HANGUL),
    "Hangul digits and hyphens": lambda groups: "-".join(groups).translate(_HANGUL),
    "Hangul digits and blanks": lambda groups: " ".join(groups).translate(_HANGUL),
    "Hangul digits with 다시": lambda groups: " 다시 ".join(groups).translate(_HANGUL),
    "Hangul digits with 에": lambda groups: "에 ".join(groups).translate(_HANGUL),
    "Hangul in one group": lambda groups: "-".join((groups[0], groups[1].translate(_HANGUL), *groups[2:])),
}
"""Read out. Only what is written so by people: phones, residents' numbers, accounts."""

BRACKETED: dict[str, Spelling] = {
    "brackets": lambda groups: f"({groups[0]}) {'-'.join(groups[1:])}",
    "brackets, no blank": lambda groups: f"({groups[0]}){'-'.join(groups[1:])}",
    "closing bracket": lambda groups: f"{groups[0]}){'-'.join(groups[1:])}",
}
DIALLED: dict[str, Spelling] = BRACKETED | {
    "+82": lambda groups: f"+82-{'-'.join((groups[0].removeprefix('0'), *groups[1:]))}",
    "+82 and blanks": lambda groups: f"+82 {' '.join((groups[0].removeprefix('0'), *groups[1:]))}",
    "+82, bare": lambda groups: f"+82{''.join(groups).removeprefix('0')}",
    "(+82)": lambda groups: f"(+82) {'-'.join((groups[0].removeprefix('0'), *groups[1:]))}",
    "+82 (0)": lambda groups: f"+82 (0){'-'.join((groups[0].removeprefix('0'), *groups[1:]))}",
    "0082": lambda groups: f"0082-{'-'.join((groups[0].removeprefix('0'), *groups[1:]))}",
    "82-": lambda groups: f"82-{'-'.join((groups[0].removeprefix('0'), *groups[1:]))}",
    "full-width +82": lambda groups: (
        f"＋８２－{'－'.join((groups[0].removeprefix('0'), *groups[1:])).translate(_FULL)}"
    ),
    "slashes": _by("/"),
    "letters like digits": lambda groups: "-".join((groups[0].replace("0", "O").replace("1", "l"), *groups[1:])),
}

BROKEN = frozenset({"a line break after the hyphen"})
"""Not in tables, whose rows are lines."""

OF_KIND: dict[str, dict[str, Spelling]] = {
    "phone": SHAPED | BLANK | PLAIN | SPOKEN | DIALLED,
    "resident_number": SHAPED | BLANK | PLAIN | SPOKEN,
    "foreigner_number": SHAPED | BLANK | PLAIN,
    "card": SHAPED | BLANK | PLAIN,
    "business_number": SHAPED | BLANK | PLAIN,
    "corporate_number": SHAPED | BLANK | PLAIN,
    "account": SHAPED
    | BLANK
    | PLAIN
    | {name: spell for name, spell in SPOKEN.items() if name != "Hangul in one group"},
    "driver_licence": SHAPED | BLANK | PLAIN,
}
ALONE: dict[str, frozenset[str]] = {
    "phone": frozenset(SHAPED | BLANK | PLAIN | SPOKEN | DIALLED),
    "resident_number": frozenset(SHAPED | BLANK | PLAIN | SPOKEN),
    "foreigner_number": frozenset(SHAPED | BLANK | PLAIN),
    "card": frozenset(SHAPED | BLANK | PLAIN),
    "business_number": frozenset(SHAPED) - {"a mixture of signs"},
    "driver_licence": frozenset({"hyphens", "spaced hyphens", "dots", "en dashes", "full-width digits and hyphens"}),
}
"""The spellings in which a number of the kind must be found though nothing names it."""

Address = Callable[[str, str], str]
MAILS: dict[str, Address] = {
    "plain": lambda local, domain: f"{local}@{domain}",
    "capitals": lambda local, domain: f"{local.upper()}@{domain.capitalize()}",
    "full-width": lambda local, domain: f"{local}＠{domain}".translate(_FULL),
    "full-width throughout": lambda local, domain: _full_width(f"{local}@{domain}"),
    "small at sign": lambda local, domain: f"{local}﹫{domain}",
    "blanks around @": lambda local, domain: f"{local} @ {domain}",
    "(at)": lambda local, domain: f"{local}(at){domain}",
    " (at) ": lambda local, domain: f"{local} (at) {domain}",
    "[at]": lambda local, domain: f"{local}[at]{domain}",
    "[at] [dot]": lambda local, domain: f"{local} [at] {domain.replace('.', ' [dot] ')}",
    "(AT)": lambda local, domain: f"{local}(AT){domain}",
    "at dot": lambda local, domain: f"{local} at {domain.replace('.', ' dot ')}",
    "(a)": lambda local, domain: f"{local}(a){domain}",
    "{at}": lambda local, domain: f"{local}{{at}}{domain}",
    "골뱅이": lambda local, domain: f"{local}골뱅이{domain}",
    " 골뱅이 ": lambda local, domain: f"{local} 골뱅이 {domain}",
    "골뱅이 점": lambda local, domain: f"{local} 골뱅이 {domain.replace('.', ' 점 ')}",
    "골뱅이 닷": lambda local, domain: f"{local}골뱅이{domain.replace('.', '닷')}",
    "앳": lambda local, domain: f"{local}앳{domain}",
    "(골뱅이)": lambda local, domain: f"{local}(골뱅이){domain}",
    "mailto": lambda local, domain: f"mailto:{local}@{domain}",
    "angle brackets": lambda local, domain: f"<{local}@{domain}>",
    "percent-encoded": lambda local, domain: f"{local}%40{domain}",
    "HTML entity": lambda local, domain: f"{local}&#64;{domain}",
    "zero-width": lambda local, domain: f"{local}\u200b@\u200b{domain}",
    "full-width dot": lambda local, domain: f"{local}@{domain.replace('.', '．')}",
    "ideographic stop": lambda local, domain: f"{local}@{domain.replace('.', '。')}",
    "tagged": lambda local, domain: f"{local}+excel@{domain}",
}

ADDRESSES: dict[str, Spelling] = {
    "plain": _by("."),
    "full-width": lambda groups: "．".join(groups).translate(_FULL),
    "full-width digits": lambda groups: ".".join(groups).translate(_FULL),
    "zero-width": _by(".\u200b"),
    "bracketed dots": _by("[.]"),
    "bracketed last dot": lambda groups: f"{'.'.join(groups[:3])}[.]{groups[3]}",
    "round brackets": _by("(.)"),
    "blanks": _by(" . "),
    "port": lambda groups: ".".join(groups) + ":8080",
    "URL": lambda groups: f"http://{'.'.join(groups)}/api",
    "prefix length": lambda groups: ".".join(groups) + "/32",
}
CUSTOMS_CODES: dict[str, Callable[[str], str]] = {
    "plain": lambda value: value,
    "small letters": str.lower,
    "full-width": _full_width,
    "a blank after the letter": lambda value: f"{value[0]} {value[1:]}",
    "groups of four": lambda value: f"{value[:5]}-{value[5:9]}-{value[9:]}",
    "zero-width": "\u200b".join,
    "in brackets": lambda value: f"({value})",
}
PASSPORTS: dict[str, Callable[[str], str]] = {
    "plain": lambda value: value,
    "small letters": str.lower,
    "full-width": _full_width,
    "a blank after the letter": lambda value: f"{value[0]} {value[1:]}",
    "a hyphen after the letter": lambda value: f"{value[0]}-{value[1:]}",
    "groups": lambda value: f"{value[:1]} {value[1:5]} {value[5:]}",
    "hyphens": lambda value: f"{value[:1]}-{value[1:5]}-{value[5:]}",
    "zero-width": "\u200b".join,
    "full-width digits": _full_digits,
    "in brackets": lambda value: f"({value})",
    "in quotes": lambda value: f'"{value}"',
}
