"""The hand-written cases. Their values may be made by dice, so that no key stands literally in the repository.

⟦card:~####-####-####-####⟧       a fresh card's digits, from the right; a full-width ＃ takes a full-width digit
⟦api_key:~stripe⟧                 a fresh key of a maker
⟦api_key:~hf_********⟧            letters and digits for *, capitals and digits for ^, hexadecimal digits for %, digits for #
⟦phone:~1:010-####-####⟧          the number 1 of this case: the same digits wherever it is asked for
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from string import ascii_letters, ascii_uppercase, digits, hexdigits

from bench.cases.privacy.judge import MARK, Case
from bench.cases.privacy.values import NUMBERS, Values

FOLDER = Path(__file__).parent
PLANTED = ("written", "stranger", "office", "trades", "errands", "clerks", "everyday", "counter", "examiner")
INNOCENT = (
    "innocent",
    "stranger_innocent",
    "office_innocent",
    "trades_innocent",
    "clerks_innocent",
    "everyday_innocent",
    "counter_innocent",
    "examiner_innocent",
)
"""The files of hand-written cases: the first of each by who mends the engine, the others by strangers to it."""
_NAMED = re.compile(r"~(?:(?P<name>\d):)?(?P<form>.*)", re.DOTALL)
_FULL_WIDTH = 0xFEE0
_SIGNS = {"*": ascii_letters + digits, "^": ascii_uppercase + digits, "%": hexdigits[:16], "#": digits}
_WHOLE_PHONE = 9
"""Fewer digits than these begin with the exchange, and no exchange begins with 0 or 1."""


def written(name: str) -> Iterator[Case]:
    """The hand-written cases of a file, the values that dice make in their places."""
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        texts = {text: filled(value, f"{name} {number}") for text, value in json.loads(line).items()}
        yield Case(**texts, what=f"{name}.jsonl:{number}")


def filled(text: str, seed: str) -> str:
    """The text with every `~` value made. Equal seeds make equal values."""

    def fill(mark: re.Match[str]) -> str:
        found = _NAMED.fullmatch(mark["value"])
        if found is None:
            return mark[0]
        kind = mark["kind"]
        name = f"{seed} {kind} {found['name'] or mark.start()}"
        values = Values(Random(name))
        if kind == "private_key":
            return values.private_key(mark=("⟦private_key:", "⟧"))
        return f"⟦{kind}:{_value(values, kind, found['form'])}⟧"

    return MARK.sub(fill, text)


def _value(values: Values, kind: str, form: str) -> str:
    if kind == "api_key" and not _SIGNS.keys().isdisjoint(form):
        return "".join(values.rng.choice(_SIGNS[sign]) if sign in _SIGNS else sign for sign in form)
    if kind == "api_key":
        return values.bare_key() if form == "bare" else values.api_key(form)
    if kind not in NUMBERS:
        raise ValueError(f"no dice for {kind} in a written case: {form}")
    count = sum(form.count(sign) for sign in "#＃")
    while True:
        drawn = "".join(values.groups(kind))
        fits = len(drawn) == count if kind == "card" else len(drawn) >= count
        if fits and not (kind == "phone" and count < _WHOLE_PHONE and drawn[-count] in "01"):
            break
    taken = iter(drawn[-count:])
    return "".join(
        next(taken) if sign == "#" else chr(ord(next(taken)) + _FULL_WIDTH) if sign == "＃" else sign for sign in form
    )
