"""The report that people read, in Markdown: decision first, figures, what became of the cases, changed answers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tasks.artifacts import Check, Dataset, Decision, Opinion
from tasks.evaluate.gain import Gain
from tasks.evaluate.metrics import Judged
from tasks.evaluate.opinion import Heard
from tasks.evaluate.wording import agreement, percent, preferred
from tasks.judge.judge import OUTCOMES
from tasks.records import Message

CHANGED = 10
"""Changed answers shown: mended ones and regressions, half each as far as there are."""

SHOWN = 160
"""Characters of a question or an answer that are shown."""

CANARIES = 8
"""Questions kept with their answers, to see later that the right adapter answers."""

HEADLINES = {
    "formula_accuracy": ("formula accuracy", "{:.1%}"),
    "bleu": ("BLEU", "{:.1f}"),
    "chrf": ("chrF", "{:.1f}"),
    "perplexity": ("perplexity", "{:.3f}"),
    "bits_per_byte": ("bits per byte", "{:.3f}"),
    "recent.formula_accuracy": ("formula accuracy, recent", "{:.1%}"),
    "general.chrf": ("chrF, general", "{:.1f}"),
    "general.bits_per_byte": ("bits per byte, general", "{:.3f}"),
    "leaked": ("with personal data", "{:.0f}"),
    "unsafe_formulas": ("reach out of the workbook", "{:.0f}"),
    "refusals": ("refusals", "{:.1%}"),
    "truncated": ("cut off", "{:.1%}"),
    "unanswered": ("not answered", "{:.0f}"),
    "no_reference": ("without a right answer", "{:.0f}"),
    "korean_share": ("Korean", "{:.1%}"),
    "length_ratio": ("length over the right answers'", "{:.2f}"),
    "latency_p50_s": ("latency p50", "{:.2f} s"),
    "latency_p95_s": ("latency p95", "{:.2f} s"),
}


@dataclass(frozen=True)
class Evaluation:
    """All that an evaluation found. `before` is the role that the challenger was compared with.

    `judged` are the answers to the frozen test set, `recent` and `general` those to newer cases and to general
    questions. `test_set` says what the frozen set is, `heard` what an LLM judge said, where one was asked.
    """

    dataset: Dataset
    models: Mapping[str, str]
    judged: Mapping[str, Sequence[Judged]]
    metrics: dict[str, dict[str, float]]
    before: str
    decision: Decision
    gain: Gain
    signatures: Mapping[str, str]
    recent: Mapping[str, Sequence[Judged]] = field(default_factory=dict)
    general: Mapping[str, Sequence[Judged]] = field(default_factory=dict)
    test_set: str = ""
    heard: Heard | None = None

    def figures(self) -> dict[str, float | None]:
        """The gain as JSON takes it."""
        return {name: None if math.isnan(value) else value for name, value in asdict(self.gain).items()}


def markdown(evaluation: Evaluation) -> str:
    """The whole report."""
    return (
        "\n\n".join(
            (
                f"# {'Promoted' if evaluation.decision.promote else 'Not promoted'}",
                f"{evaluation.decision.reason}. Rule: `{evaluation.decision.rule}`.",
                f"## Rules\n\n{_rules(evaluation)}",
                f"## Models\n\n{metrics_table(evaluation)}",
                f"## By task type\n\n{_by_task_type(evaluation)}",
                f"## By function\n\n{_by_function(evaluation)}",
                f"## What became of the cases\n\n{_funnel(evaluation)}",
                f"## Changed answers\n\n{_changes(evaluation)}",
                *([f"## LLM judge\n\n{_opinion(evaluation.heard.opinion)}"] if evaluation.heard is not None else []),
                f"Dataset {evaluation.dataset.short} ({evaluation.dataset.uri}). "
                + " ".join(f"{name}: `{signature}`." for name, signature in evaluation.signatures.items()),
            )
        )
        + "\n"
    )


def metrics_table(evaluation: Evaluation) -> str:
    """Headline metrics, one column a model."""
    roles = list(evaluation.metrics)
    rows = [["name", *(_code(evaluation.models[role]) for role in roles)]]
    rows += [
        [label, *(_figure(evaluation.metrics[role], name, form) for role in roles)]
        for name, (label, form) in HEADLINES.items()
    ]
    return _table(["", *roles], rows)


def canaries(evaluation: Evaluation, messages: Mapping[str, Sequence[Message]]) -> list[dict[str, Any]]:
    """Questions with what base and challenger answered, those first that tell the two apart."""
    pairs = list(zip(evaluation.judged["base"], evaluation.judged["challenger"], strict=True))
    whole = [(base, ours) for base, ours in pairs if base.finish_reason == ours.finish_reason == "stop"]
    there = [(base, ours) for base, ours in pairs if not (base.is_unanswered or ours.is_unanswered)]
    telling = sorted(whole or there, key=lambda pair: pair[0].answer == pair[1].answer)
    return [
        {"messages": [asdict(one) for one in messages[base.id]], "base": base.answer, "challenger": ours.answer}
        for base, ours in telling[:CANARIES]
    ]


def changed(evaluation: Evaluation) -> tuple[list[tuple[Judged, Judged]], list[tuple[Judged, Judged]]]:
    """(before, challenger) of the formula cases that the challenger mended, and of those that it broke."""
    pairs = [
        (old, new)
        for old, new in zip(evaluation.judged[evaluation.before], evaluation.judged["challenger"], strict=True)
        if old.verdict and new.verdict and new.verdict.judgeable
    ]
    mended = [(old, new) for old, new in pairs if not _is_right(old) and _is_right(new)]
    broken = [(old, new) for old, new in pairs if _is_right(old) and not _is_right(new)]
    return mended, broken


def _rules(evaluation: Evaluation) -> str:
    """Every rule as a sentence, and what it found."""
    decision = evaluation.decision
    rows = [[f"`{one.rule}`", one.requires, _plain(one.found), _holds(one)] for one in decision.checks]
    said = f"{evaluation.test_set[:1].upper()}{evaluation.test_set[1:]}."
    if decision.look is not None and decision.alpha is not None:
        said += f" This is look {decision.look} at it, and may err with a probability of {percent(decision.alpha)}."
    return f"{said}\n\n{_table(['rule', 'requires', 'found', 'holds'], rows)}"


def _holds(check: Check) -> str:
    if not check.told:
        return "says nothing"
    return "yes" if check.passed else "**no**"


def _by_function(evaluation: Evaluation) -> str:
    """Accuracy by function of the right formula, the most frequent first."""
    start, roles = "formula_cases.function.", list(evaluation.metrics)
    counts = {
        name.removeprefix(start): count
        for name, count in evaluation.metrics["challenger"].items()
        if name.startswith(start)
    }
    if not counts:
        return "No formula was judged."
    form = HEADLINES["formula_accuracy"][1]
    rows = [
        [f"`{name}`", f"{count:.0f}"]
        + [_figure(evaluation.metrics[role], f"formula_accuracy.function.{name}", form) for role in roles]
        for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    ]
    return _table(["function", "cases", *(f"formula accuracy, {role}" for role in roles)], rows)


def _by_task_type(evaluation: Evaluation) -> str:
    types = sorted({one.task_type for one in evaluation.judged["challenger"]})
    roles = list(evaluation.metrics)
    rows = []
    for task_type in types:
        metrics = evaluation.metrics["challenger"]
        rows.append([task_type, f"{metrics[f'cases.{task_type}']:.0f}"])
        for name in ("formula_accuracy", "chrf"):
            form = HEADLINES[name][1]
            rows[-1] += [_figure(evaluation.metrics[role], f"{name}.{task_type}", form) for role in roles]
    heads = [f"{HEADLINES[name][0]}, {role}" for name in ("formula_accuracy", "chrf") for role in roles]
    return _table(["task type", "cases", *heads], rows)


def _funnel(evaluation: Evaluation) -> str:
    metrics = evaluation.metrics["challenger"]
    asked, judgeable = int(metrics["cases"]), int(metrics["formula_cases"])
    excluded = int(metrics["formula_excluded"])
    lines = (
        f"{evaluation.dataset.test_rows:,} in the test split, {asked:,} of the test set put to each model, "
        f"{judgeable + excluded:,} ask for a formula, {excluded:,} of these are left out because their reference "
        f"cannot be judged against, {judgeable:,} judged."
    )
    roles = list(evaluation.metrics)
    rows = []
    for outcome in OUTCOMES:
        counts = [
            sum(bool(one.verdict and one.verdict.judgeable and one.verdict.outcome == outcome) for one in judged)
            for judged in evaluation.judged.values()
        ]
        rows.append([outcome, *map(str, counts)])
    return f"{lines}\n\n{_table(['verdict', *roles], rows)}"


def _changes(evaluation: Evaluation) -> str:
    mended, broken = changed(evaluation)
    text = f"{len(mended)} formulas became right, {len(broken)} became wrong."
    of_broken = min(len(broken), max(CHANGED // 2, CHANGED - len(mended)))
    parts = (("Mended", mended[: CHANGED - of_broken]), ("Regressions", broken[:of_broken]))
    for title, pairs in parts:
        if pairs:
            rows = [
                [_code(f"{old.instruction} {old.input}"), _code(old.reference), _answer(old), _answer(new)]
                for old, new in pairs
            ]
            text += f"\n\n### {title}\n\n"
            text += _table(["question", "reference", evaluation.before, "challenger"], rows)
    return text


def _opinion(opinion: Opinion) -> str:
    """What it preferred, and how far that can be trusted."""
    lines = [
        f"{_code(opinion.model)} prefers the challenger's free text over the {opinion.before}'s in "
        f"{preferred(opinion.answers)}.",
        agreement(opinion),
    ]
    for found in (opinion.answers, opinion.rated):
        lines += [f"The first {kind}: {_plain(reason)}." for kind, reason in found.reasons.items()]
    return "\n\n".join(lines)


def _is_right(one: Judged) -> bool:
    return one.verdict is not None and one.verdict.is_equal


def _answer(one: Judged) -> str:
    if _is_right(one) or one.verdict is None:
        return _code(one.answer)
    return f"{_code(one.answer)} {one.verdict.outcome}: {_plain(one.verdict.reason)}"


def _figure(metrics: Mapping[str, float], name: str, form: str) -> str:
    return form.format(metrics[name]) if name in metrics else "-"


def _code(text: str) -> str:
    """Text as code, in one line: formulas are full of signs that Markdown would take for its own."""
    shown = " ".join(text.split()).replace("`", "'").replace("|", "\\|")
    return f"`{shown[:SHOWN]}{'…' if len(shown) > SHOWN else ''}`" if shown else "(nothing)"


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1) if rows and len(head) > 4 else ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
