"""What a night found about two models: all that the gate decides by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tasks.artifacts import Opinion
from tasks.evaluate.gain import Scores


@dataclass(frozen=True)
class Pair:
    """The champion's and the challenger's scores on the same cases."""

    champion: Scores
    challenger: Scores


@dataclass(frozen=True)
class General:
    """Both models on questions about anything else: bits per byte of the right answers, and chrF of their own.

    `letters` are the bits per byte that the frequencies of the right answers' letters alone would need. A champion that
    needs as many knows nothing of such text that could be forgotten.
    """

    champion_bits: float
    challenger_bits: float
    letters: float
    chrf: Pair


@dataclass(frozen=True)
class Evidence:
    """One night's findings.

    `primary` is the primary metric on the frozen test set, `recent` on cases newer than it; `task_types` are grades
    (0..1). `leaks` and `unsafe` name the challenger's answers that hold personal data or reach out of the workbook
    where the champion's do not; `mismatch` says how its prompts are tokenised otherwise than it was trained, if they
    are. `opinion` is an LLM judge's, where one was asked.
    `look` counts the nights on this test set, and `alpha` is what this one may err. `against` names what stands
    in for a champion that does not exist yet; `notes` are told with the decision.
    """

    primary: Pair
    champion_perplexity: float
    challenger_perplexity: float
    alpha: float
    look: int = 1
    recent: Pair | None = None
    task_types: Mapping[str, Pair] = field(default_factory=dict)
    general: General | None = None
    leaks: tuple[str, ...] = ()
    unsafe: tuple[str, ...] = ()
    mismatch: str = ""
    opinion: Opinion | None = None
    against: str = ""
    notes: tuple[str, ...] = ()
