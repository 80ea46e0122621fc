"""Planted cases made by dice: every spelling of every kind of value, in every context that names it or does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from random import Random
from typing import TypeVar

from bench.cases.privacy import contexts, spellings
from bench.cases.privacy.judge import Case
from bench.cases.privacy.values import NUMBERS, Values

SEED = 20261101
ROUNDS = 3
"""Times that each spelling is put into a context, drawn anew."""
_OPEN, _CLOSE = "⟦", "⟧"
_TEXTS = ("instruction", "input", "output", "edited")

Spell = TypeVar("Spell")


def cases() -> Iterator[Case]:
    values = Values(Random(SEED))
    yield from _numbers(values)
    yield from _mails(values)
    yield from _addresses(values)
    yield from _passports(values)
    yield from _licences_by_region(values)
    yield from _passwords(values)
    yield from _keys(values)
    yield from _private_keys(values)
    yield from _customs_codes(values)


def _numbers(values: Values) -> Iterator[Case]:
    for kind in NUMBERS:
        for name, spell in spellings.OF_KIND[kind].items():
            named = [context for context in contexts.NAMED if context in contexts.PROSE or name not in spellings.BROKEN]
            values.rng.shuffle(named)
            for context in named[: 3 * ROUNDS]:
                yield _case(values, kind, context, name, _spelt(values, kind, spell))
            if name in spellings.ALONE.get(kind, ()):
                alone = [
                    context for context in contexts.ALONE if context in contexts.PROSE or name not in spellings.BROKEN
                ]
                values.rng.shuffle(alone)
                for context in alone[:ROUNDS]:
                    written = _spelt(values, kind, spell, mobile=name in spellings.PLAIN)
                    yield _case(values, kind, context, name, written)


def _spelt(values: Values, kind: str, spell: spellings.Spelling, *, mobile: bool = False) -> list[str]:
    """Two values. Without a name and without a sign, of phones only mobile ones show what they are."""
    return [spell(values.mobile() if mobile and kind == "phone" else values.groups(kind)) for _ in range(2)]


def _case(values: Values, kind: str, context: str, spelling: str, written: list[str]) -> Case:
    name = values.choice(contexts.NAMES[kind])
    if kind == "account" and values.rng.random() < 0.5:
        name = f"{name} {values.bank()}" if values.rng.random() < 0.5 else f"{values.bank()} {name}"
    first, second = (f"{_OPEN}{kind}:{value}{_CLOSE}" for value in written)
    template = contexts.EVERYWHERE[context]
    texts = {text: template[text].format(n=name, v=first, w=second) for text in _TEXTS if text in template}
    return Case(**texts, what=f"{kind}, {spelling}, {context}")


def _mails(values: Values) -> Iterator[Case]:
    return _in_any(values, "email", spellings.MAILS, contexts.EVERYWHERE, lambda spell: spell(*values.email()))


def _addresses(values: Values) -> Iterator[Case]:
    return _in_any(values, "ip_address", spellings.ADDRESSES, contexts.NAMED, lambda spell: spell(values.ip_address()))


def _passports(values: Values) -> Iterator[Case]:
    return _in_any(values, "passport", spellings.PASSPORTS, contexts.NAMED, lambda spell: spell(values.passport()))


def _customs_codes(values: Values) -> Iterator[Case]:
    spells = spellings.CUSTOMS_CODES
    return _in_any(values, "customs_code", spells, contexts.NAMED, lambda spell: spell(values.customs_code()))


def _in_any(
    values: Values, kind: str, spells: Mapping[str, Spell], into: Iterable[str], write: Callable[[Spell], str]
) -> Iterator[Case]:
    """Every spelling in some contexts, drawn for each."""
    for name, spell in spells.items():
        picked = list(into)
        values.rng.shuffle(picked)
        for context in picked[: 3 * ROUNDS]:
            yield _case(values, kind, context, name, [write(spell) for _ in range(2)])


def _licences_by_region(values: Values) -> Iterator[Case]:
    for context in contexts.NAMED:
        written = [f"{values.licence_region()}{sign}{'-'.join(values.groups('driver_licence')[1:])}" for sign in "- "]
        yield _case(values, "driver_licence", context, "region by name", written)


def _passwords(values: Values) -> Iterator[Case]:
    for template in contexts.PASSWORDS:
        for _ in range(2 * ROUNDS):
            text = template.format(v=_secret(values.password()), w=_secret(values.password()))
            yield _wrapped(values, text, f"password, {template}")
    for template in contexts.PASSWORD_TABLES:
        for _ in range(ROUNDS):
            text = template.format(v=_secret(values.password()), w=_secret(values.password()))
            yield Case(values.choice(contexts.QUESTIONS), input=text, what=f"password, {template}")


def _secret(value: str) -> str:
    return f"{_OPEN}password:{value}{_CLOSE}"


def _wrapped(values: Values, text: str, what: str) -> Case:
    question = values.choice(contexts.QUESTIONS)
    place = values.rng.randrange(1 if "\n" in text else 0, 4)  # A sentence behind a table's last cell is in it.
    if place == 0:
        return Case(f"{text}, {question}", what=what)
    if place == 1:
        return Case(f"{question}\n{text}", what=what)
    if place == 2:
        return Case(question, input=text, what=what)
    return Case(question, output=f'{text}\n위 값을 B2에 넣고 =IF(A2=B2,"일치","불일치") 를 쓰세요.', what=what)


def _keys(values: Values) -> Iterator[Case]:
    def key(value: str) -> str:
        return f"{_OPEN}api_key:{value}{_CLOSE}"

    for template in contexts.KEYS_NAMED:
        for _ in range(2 * ROUNDS):
            made = [values.bare_key() if values.rng.random() < 0.7 else values.api_key("google") for _ in range(2)]
            yield _wrapped(values, template.format(v=key(made[0]), w=key(made[1])), f"api_key, {template}")
    for vendor in values.vendors:
        for template in contexts.KEYS_ALONE:
            made = [values.api_key(vendor), values.api_key()]
            yield _wrapped(values, template.format(v=key(made[0]), w=key(made[1])), f"api_key of {vendor}, {template}")


def _private_keys(values: Values) -> Iterator[Case]:
    for kind in ("RSA ", "", "EC ", "OPENSSH ", "ENCRYPTED ", "DSA "):
        for context in (
            "{v}",
            "서버 키입니다\n{v}\n이걸 셀에 넣으면 줄이 깨져요",
            '{{"key": "{v}"}}',
            "이름\t키\n서버\t{v}",
        ):
            marked = values.private_key(kind, mark=(f"{_OPEN}private_key:", _CLOSE))
            if context.startswith("{{"):
                marked = marked.replace("\n", "\\n")
            if "\t" in context:
                marked = marked.replace("\n", " ")
            yield Case(values.choice(contexts.QUESTIONS), input=context.format(v=marked), what=f"private_key, {kind}")
