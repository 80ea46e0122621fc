"""What a person must look at before a model learns it: orders to the model, formulas that reach out of the workbook.

Suspicious rows go to quarantine with the reason. They are never dropped in silence, and never kept unseen: who looked
at one lets it through by its id (`filter.poison.released`). What is encoded is decoded first. docs/poisoning.md says
what is found, and what is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from configs.schema import PoisonConfig
from tasks.filter.decoding import HINT as DECODE_HINT
from tasks.filter.decoding import revealed
from tasks.filter.injection import HINT as ORDER_HINT
from tasks.filter.injection import order_in, orders_the_model
from tasks.scan import links, text
from tasks.scan.patterns import any_of
from tasks.scan.spans import joined
from tasks.search import Column, Expression

INJECTION, REACHES_OUT, STRANGE_LINK = "orders to the model", "formula that reaches out", "link to an unknown host"
HIDDEN = "hidden characters"
ENCODED = "{}, encoded"
QUOTED = 80
"""Characters of what is found that a reason quotes."""

_HIDDEN = (
    r"[\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{180e}\x{feff}]{6}|[\x{e0020}-\x{e007f}]{7}|[\x{fe00}-\x{fe0f}]{3}"
    r"|[\x{e0100}-\x{e01ef}]{2}|[\x{202d}\x{202e}]"
)
"""Runs of characters without a picture, which spell something to a program; tags (flags have six) and variation
selectors in runs; overrides that turn the order of letters."""
_ZERO_WIDTH = r"[\x{200b}\x{200c}\x{2060}-\x{2064}\x{180e}\x{feff}]"
MOST_ZERO_WIDTH = 16
"""So many between visible characters spell something too."""


_HOST = Expression(rf":\s*(?:/|\\){{2}}|www\.|{links.BARE}")
_ANYTHING = Expression(any_of(_HOST.pattern, links.LINK_HINT.pattern, links.REACHES_OUT.hint, ORDER_HINT))
"""Finds whatever a test of plain texts may find."""


def suspicions(batch: pa.RecordBatch, config: PoisonConfig) -> pa.Array:
    """Why a row is suspicious; null where it is not. Reads `instruction`, `input` and `answer`."""
    whole = joined(*(batch.column(name) for name in text.COLUMNS))
    hidden = text.on_rows(whole, text.rows_with(batch, text.ODD), _hides)
    may = DECODE_HINT.found(Column(whole)) | _ANYTHING.found(Column(text.plain_rows(batch)))
    reasons = pc.if_else(hidden, pa.scalar(HIDDEN), pa.scalar(None, pa.string()))
    some = pa.array(may)
    return pc.replace_with_mask(reasons, some, _reasons(batch.filter(some), reasons.filter(some), config))


def _reasons(batch: pa.RecordBatch, reasons: pa.Array, config: PoisonConfig) -> pa.Array:
    """The reasons of a few rows, where there are others than those given."""
    plain = Column(text.plain_rows(batch))
    reasons = pc.if_else(_brings_addresses(batch, plain, config.allowed_hosts), pa.scalar(STRANGE_LINK), reasons)
    rows, encoded = _decoded(joined(*(batch.column(name) for name in text.COLUMNS)))
    for reason, test in _tests(config.allowed_hosts):
        found = pc.replace_with_mask(pa.repeat(pa.scalar(False), len(rows)), rows, pc.fill_null(test(encoded), False))
        reasons = pc.if_else(found, pa.scalar(ENCODED.format(reason)), reasons)
    for reason, test in _tests(config.allowed_hosts):
        reasons = pc.if_else(pc.fill_null(test(plain), False), pa.scalar(reason), reasons)
    orders = pc.fill_null(pc.equal(reasons, INJECTION), False)
    return pc.replace_with_mask(reasons, orders, _quoting(plain.texts.filter(orders)))


def _quoting(texts: text.Texts) -> pa.Array:
    """The reason of texts that order the model about, with the words that do."""
    words = (" ".join(order_in(one).split())[:QUOTED] for one in texts.to_pylist())
    return pa.array([f'{INJECTION}: "{some}"' if some else INJECTION for some in words], pa.string())


Test = Callable[[Column], pa.Array]


def _tests(allowed: Sequence[str]) -> tuple[tuple[str, Test], ...]:
    """What plain texts are looked at for; the last that finds something gives the reason."""
    allowed = tuple(host.lower() for host in allowed)
    return (
        (STRANGE_LINK, partial(_one_by_one, test=lambda one: links.links(one, allowed))),
        (REACHES_OUT, partial(_one_by_one, test=lambda one: links.requests(one, allowed))),
        (REACHES_OUT, links.REACHES_OUT.match),
        (INJECTION, orders_the_model),
    )


def _one_by_one(texts: Column, test: Callable[[str], bool]) -> pa.Array:
    def each(some: text.Texts) -> pa.Array:
        return pa.array([test(one) for one in some.to_pylist()], pa.bool_())

    return text.on_rows(texts.texts, pa.array(links.LINK_HINT.found(texts)), each)


def _brings_addresses(batch: pa.RecordBatch, plain: Column, allowed: Sequence[str]) -> pa.Array:
    """Answers with the address of a host that is neither allowed nor in the question."""
    allowed = tuple(host.lower() for host in allowed)
    some = pa.array(_HOST.found(plain))
    rows = batch.filter(some)
    odd = pa.repeat(pa.scalar(True), rows.num_rows)
    answers = text.plain(rows.column("answer"), odd).to_pylist()
    questions = text.plain(joined(rows.column("instruction"), rows.column("input")), odd).to_pylist()
    found = [links.addresses(answer, asked, allowed) for answer, asked in zip(answers, questions, strict=True)]
    return pc.replace_with_mask(some, some, pa.array(found, pa.bool_()))


def _decoded(texts: text.Texts) -> tuple[pa.Array, Column]:
    """Which texts may decode to something, and to what, as rules match it."""
    some = pa.array(DECODE_HINT.found(Column(texts)))
    found = pa.array([revealed(one) for one in texts.filter(some).to_pylist()], texts.type)
    return some, Column(text.plain(found, pa.repeat(pa.scalar(True), len(found))))


def _hides(texts: text.Texts) -> pa.Array:
    many = pc.greater_equal(pc.count_substring_regex(texts, _ZERO_WIDTH), MOST_ZERO_WIDTH)
    return pc.or_(pc.match_substring_regex(texts, _HIDDEN), many)
