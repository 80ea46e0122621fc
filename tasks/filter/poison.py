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
from tasks.filter.decoding import HINT, revealed
from tasks.filter.injection import orders_the_model
from tasks.scan import links, text
from tasks.scan.spans import joined

INJECTION, REACHES_OUT, STRANGE_LINK = "orders to the model", "formula that reaches out", "link to an unknown host"
HIDDEN = "hidden characters"
ENCODED = "{}, encoded"

_HIDDEN = (
    r"[\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{180e}\x{feff}]{6}|[\x{e0020}-\x{e007f}]{7}|[\x{fe00}-\x{fe0f}]{3}"
    r"|[\x{e0100}-\x{e01ef}]{2}|[\x{202d}\x{202e}]"
)
"""Runs of characters without a picture, which spell something to a program; tags (flags have six) and variation
selectors in runs; overrides that turn the order of letters."""
_ZERO_WIDTH = r"[\x{200b}\x{200c}\x{2060}-\x{2064}\x{180e}\x{feff}]"
MOST_ZERO_WIDTH = 16
"""So many between visible characters spell something too."""


def suspicions(batch: pa.RecordBatch, config: PoisonConfig) -> pa.Array:
    """Why a row is suspicious; null where it is not. Reads `instruction`, `input` and `answer`."""
    whole = joined(*(batch.column(name) for name in text.COLUMNS))
    plain = text.plain_rows(batch)
    hidden = text.on_rows(whole, text.rows_with(batch, text.ODD), _hides)
    reasons = pc.if_else(hidden, pa.scalar(HIDDEN), pa.scalar(None, pa.string()))
    reasons = pc.if_else(_brings_addresses(batch, plain, config.allowed_hosts), pa.scalar(STRANGE_LINK), reasons)
    encoded = _decoded(whole)
    for texts, wording in ((encoded, ENCODED), (plain, "{}")):
        for reason, test in _tests(config.allowed_hosts):
            found = test(texts) if texts is plain else text.on_rows(texts, pc.not_equal(texts, ""), test)
            reasons = pc.if_else(pc.fill_null(found, False), pa.scalar(wording.format(reason)), reasons)
    return reasons


def _tests(allowed: Sequence[str]) -> tuple[tuple[str, text.Test], ...]:
    """What plain texts are looked at for; the last that finds something gives the reason."""
    allowed = tuple(host.lower() for host in allowed)
    return (
        (STRANGE_LINK, partial(_one_by_one, hint=links.LINK_HINT, test=lambda one: links.links(one, allowed))),
        (REACHES_OUT, partial(_one_by_one, hint=links.LINK_HINT, test=lambda one: links.requests(one, allowed))),
        (REACHES_OUT, links.REACHES_OUT.match),
        (INJECTION, orders_the_model),
    )


def _one_by_one(texts: text.Texts, hint: str, test: Callable[[str], bool]) -> pa.Array:
    def each(some: text.Texts) -> pa.Array:
        return pa.array([test(one) for one in some.to_pylist()], pa.bool_())

    return text.on_rows(texts, pc.match_substring_regex(texts, hint), each)


def _brings_addresses(batch: pa.RecordBatch, plain: text.Texts, allowed: Sequence[str]) -> pa.Array:
    """Answers with the address of a host that is neither allowed nor in the question."""
    allowed = tuple(host.lower() for host in allowed)
    some = pc.match_substring_regex(plain, rf":\s*(?:/|\\){{2}}|www\.|{links.BARE}")
    at = pc.indices_nonzero(some)
    rows = batch.take(at)
    odd = pa.repeat(pa.scalar(True), rows.num_rows)
    answers = text.plain(rows.column("answer"), odd).to_pylist()
    questions = text.plain(joined(rows.column("instruction"), rows.column("input")), odd).to_pylist()
    found = [links.addresses(answer, asked, allowed) for answer, asked in zip(answers, questions, strict=True)]
    return pc.replace_with_mask(some, some, pa.array(found, pa.bool_()))


def _decoded(texts: text.Texts) -> text.Texts:
    """What texts decode to, as rules match it; empty where there is nothing."""
    some = pc.match_substring_regex(texts, HINT)
    found = pa.array([revealed(one) for one in texts.filter(some).to_pylist()], texts.type)
    odd = pa.repeat(pa.scalar(True), len(found))
    return pc.replace_with_mask(pa.repeat(pa.scalar("", texts.type), len(texts)), some, text.plain(found, odd))


def _hides(texts: text.Texts) -> pa.Array:
    many = pc.greater_equal(pc.count_substring_regex(texts, _ZERO_WIDTH), MOST_ZERO_WIDTH)
    return pc.or_(pc.match_substring_regex(texts, _HIDDEN), many)
