"""From judged answers to what the gate decides by: the same cases of champion and challenger, by set and task type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tasks.artifacts import Opinion
from tasks.evaluate import metrics
from tasks.evaluate.evidence import Evidence, General, Pair
from tasks.evaluate.gain import Scores
from tasks.evaluate.general import letter_bits
from tasks.evaluate.metrics import Judged

Both = tuple[Sequence[Judged], Sequence[Judged]]
"""The champion's answers and the challenger's, to the same cases in the same order."""


@dataclass(frozen=True)
class BySet:
    """Both models' judged answers to the frozen set, to newer cases and to general questions."""

    frozen: Both
    recent: Both
    general: Both


def weigh(
    answered: BySet,
    metric: str,
    *,
    alpha: float,
    look: int,
    mismatch: str = "",
    against: str = "",
    empty: str = "",
    opinion: Opinion | None = None,
) -> Evidence:
    """What the night found; `metric` is the primary one, `empty` says why there is no case at all, if so."""
    champion, challenger = _perplexities(answered.frozen)
    everything = [*zip(*answered.frozen, strict=True), *zip(*answered.recent, strict=True)]
    everything += zip(*answered.general, strict=True)
    without = sum(old.is_unanswered or new.is_unanswered for old, new in zip(*answered.frozen, strict=True))
    return Evidence(
        primary=_pair(answered.frozen, metric),
        champion_perplexity=champion,
        challenger_perplexity=challenger,
        alpha=alpha,
        look=look,
        recent=_pair(answered.recent, metric) if answered.recent[0] else None,
        task_types=_by_task_type(answered.frozen),
        general=_general(answered.general),
        leaks=_incidents(everything, lambda one: ", ".join(one.incident.leaked)),
        unsafe=_incidents(everything, lambda one: one.incident.unsafe),
        mismatch=mismatch,
        opinion=opinion,
        against=against,
        notes=tuple(filter(None, (empty, _left_out(without)))),
    )


def _left_out(cases: int) -> str:
    if not cases:
        return ""
    which = "1 case is" if cases == 1 else f"{cases} cases are"
    return f"{which} left out, which the server refused or did not answer in time"


def _pair(both: Both, metric: str) -> Pair:
    champion, challenger = (_scores(judged, metric) for judged in both)
    return Pair(champion, challenger)


def _scores(judged: Sequence[Judged], metric: str) -> Scores:
    return Scores(metrics.case_values(judged, metric), {one.id: one.user_id for one in judged})


def _perplexities(both: Both) -> tuple[float, float]:
    """Of right answers that both were scored on, by the champion's tokens: with new tokens in its vocabulary a model
    writes the same answer in fewer, and its own perplexity a token would be another unit."""
    scored = [(old, new) for old, new in zip(*both, strict=True) if old.nll is not None and new.nll is not None]
    champion = metrics.perplexity((old.nll or 0.0, old.tokens) for old, _ in scored)
    return champion, metrics.perplexity((new.nll or 0.0, old.tokens) for old, new in scored)


def _by_task_type(both: Both) -> dict[str, Pair]:
    return {
        name: _pair(
            ([one for one in both[0] if one.task_type == name], [one for one in both[1] if one.task_type == name]),
            "grade",
        )
        for name in sorted({one.task_type for one in both[0]})
    }


def _general(both: Both) -> General | None:
    scored = [(old, new) for old, new in zip(*both, strict=True) if old.nll is not None and new.nll is not None]
    if not scored:
        return None
    champion = metrics.bits_per_byte((old.nll or 0.0, old.reference) for old, _ in scored)
    challenger = metrics.bits_per_byte((new.nll or 0.0, new.reference) for _, new in scored)
    return General(champion, challenger, letter_bits(old.reference for old, _ in scored), _pair(both, "chrf"))


def _incidents(pairs: Sequence[tuple[Judged, Judged]], of: Callable[[Judged], str]) -> tuple[str, ...]:
    """The challenger's answers with an incident of a kind, where the champion's have none."""
    return tuple(f"{new.id}: {of(new)}" for old, new in pairs if of(new) and not of(old))
