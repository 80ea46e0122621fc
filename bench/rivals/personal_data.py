"""What presidio's and detect-secrets' own recognizers make of the cases that `python -m bench.data_quality` measures.

    uv run --no-project --with presidio-analyzer==2.2.366 python -m bench.rivals.personal_data presidio
    .venv/bin/python -m bench.rivals.personal_data detect-secrets

presidio: all its recognizers for Korea, and those for cards, phones (region KR), mails and addresses; every result that
its validators let pass counts, as under its default threshold of 0. detect-secrets: all its plugins, line by line.
Recall is the share of planted values that a result covers, `numeric_tables` counts the cells that one touches, `random`
is the share of uniform numbers of so many digits that are taken for something.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from random import Random

from bench.cases.privacy import made, tables
from bench.cases.privacy.fill import written
from bench.cases.privacy.judge import MARK, unmarked
from bench.score import Score

Span = tuple[int, int]
Find = Callable[[str], list[Span]]
LENGTHS = (9, 10, 11, 12, 13, 16)
RANDOM = 5_000
COVERED = 0.8
"""Of a value, at least: brackets around it need not be in the result."""


def main() -> None:
    rival = sys.argv[1]
    find = _presidio() if rival == "presidio" else _detect_secrets()
    kinds: dict[str, Score] = {}
    for text in _texts():
        spans = find(unmarked(text))
        for kind, start, end in _marks(text):
            shares = (min(end, stop) - max(start, begin) for begin, stop in spans)
            found = any(share >= COVERED * (end - start) for share in shares)
            kinds.setdefault(kind, Score()).expect(found, "")
    cells = touched = 0
    for table in tables.tables():
        cells += table.cells
        touched += _touched(table, find(table.text))
    print(json.dumps({
        "recall": {kind: score.recall for kind, score in sorted(kinds.items())},
        "numeric_tables": {"cells": cells, "touched": touched, "share": round(touched / cells, 5)},
        "random": {count: _random(find, count) for count in LENGTHS},
    }, indent=1))  # fmt: skip


def _texts() -> Iterator[str]:
    for case in (*made.cases(), *written("written"), *written("stranger")):
        yield from (text for text in case.learnt if MARK.search(text))


def _marks(text: str) -> Iterator[tuple[str, int, int]]:
    """Kind and place of each mark, in the text without marks."""
    lost = 0
    for mark in MARK.finditer(text):
        start = mark.start() - lost
        lost += len(mark[0]) - len(mark["value"])
        yield mark["kind"], start, start + len(mark["value"])


def _touched(table: tables.Table, spans: list[Span]) -> int:
    """Cells that a result lies in, each once."""
    places = set()
    for start, _ in spans:
        line = table.text.count("\n", 0, start)
        begin = table.text.rfind("\n", 0, start) + 1
        places.add((line, table.text.count(table.mark, begin, start)))
    return len(places)


def _random(find: Find, count: int) -> float:
    rng = Random(count)  # noqa: S311 - test data
    hits = sum(bool(find(f"금액 {rng.randrange(10 ** (count - 1), 10**count)} 합계")) for _ in range(RANDOM))
    return round(hits / RANDOM, 4)


def _presidio() -> Find:
    from presidio_analyzer import predefined_recognizers as all_of  # type: ignore[import-not-found]  # noqa: PLC0415

    names = ("KrRrn", "KrFrn", "KrBrn", "KrDriverLicense", "KrPassport", "CreditCard", "Email", "Ip")
    recognizers = [getattr(all_of, f"{name}Recognizer")(supported_language="ko") for name in names]
    recognizers.append(all_of.PhoneRecognizer(supported_language="ko", supported_regions=("KR",)))

    def find(text: str) -> list[Span]:
        results = (recognizer.analyze(text, recognizer.supported_entities, None) for recognizer in recognizers)
        return [(result.start, result.end) for found in results for result in found]

    return find


def _detect_secrets() -> Find:
    from detect_secrets.core.scan import scan_line  # noqa: PLC0415
    from detect_secrets.settings import default_settings  # noqa: PLC0415

    def find(text: str) -> list[Span]:
        spans, at = [], 0
        for line in text.split("\n"):
            # It says what, not where: a value counts wherever the line holds it.
            values = {secret.secret_value for secret in scan_line(line) if secret.secret_value}
            places = (found.span() for value in values for found in re.finditer(re.escape(value), line))
            spans += [(at + start, at + end) for start, end in places]
            at += len(line) + 1
        return spans

    def find_all(text: str) -> list[Span]:
        with default_settings():
            return find(text)

    return find_all


if __name__ == "__main__":
    main()
