"""The plots of a night's page. Each takes facts and gives an SVG element, or None where there is nothing to draw."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup
from matplotlib.ticker import MaxNLocator, PercentFormatter

from tasks.charts import INK, Canvas, Words, shortened
from tasks.report.facts import Facts
from tasks.report.gather import PERCENT
from tasks.report.words import FEATURES, ROLES, known

ROW = 30
"""Pixels of a line of a plot with names at its side."""

MOST = 12
"""Names that one plot shows."""

MINOR_SHIFT, MAJOR_SHIFT = 0.1, 0.25
"""Stability indices below the first mean no change, above the second a major one (tasks/convert/drift.py)."""


def groups(facts: Facts, kind: str) -> Markup | None:
    """Mean grades by task type or function: a dot a model, a line from the champion's to the challenger's."""
    shown = [one for one in facts.groups if one.kind == kind][:MOST]
    if not shown:
        return None
    canvas = Canvas(f"groups {kind}", height=70 + ROW * len(shown))
    axes, places = canvas.axes, np.arange(len(shown))[::-1]
    for place, group in zip(places, shown, strict=True):
        was, now = (group.values.get(role) for role in (facts.before, "challenger"))
        if was is not None and now is not None:
            better = INK["good"] if now >= was else INK["bad"]
            axes.plot([was, now], [place, place], color=better, linewidth=5, alpha=0.35, solid_capstyle="round")
    for role in facts.roles:
        points = [(one.values[role], place) for place, one in zip(places, shown, strict=True) if role in one.values]
        axes.plot(*zip(*points, strict=True), "o", color=INK[role], markersize=7, label=canvas.words(ROLES[role]))
    axes.set_yticks(places, [canvas.name(f"{shortened(one.name, 18)} ({one.cases})") for one in shown])
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.6, len(shown) - 0.4)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid(axis="x")
    canvas.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=3, handletextpad=0.1, columnspacing=1)
    return canvas.svg(Words("Mean grade by group and model", "그룹과 모델별 평균 점수"))


def loss(facts: Facts) -> Markup | None:
    """Training and validation loss by step."""
    if not facts.curves:
        return None
    canvas = Canvas("loss")
    looks = {
        "loss": (INK["champion"], Words("training", "학습"), "-"),
        "eval_loss": (INK["challenger"], Words("validation", "검증"), "-o"),
    }
    for curve in facts.curves:
        colour, label, line = looks[curve.name]
        canvas.axes.plot(curve.steps, curve.values, line, color=colour, markersize=4, label=canvas.words(label))
    canvas.axes.set_xlabel(canvas.words(Words("optimizer step", "최적화 스텝")))
    canvas.axes.set_ylabel(canvas.words(Words("loss, nats a token", "손실(토큰당 nat)")))
    canvas.axes.set_ylim(bottom=0)
    canvas.axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    canvas.axes.grid(axis="y")
    canvas.legend()
    return canvas.svg(Words("Loss by optimizer step", "최적화 스텝별 손실"))


def funnel(facts: Facts) -> Markup | None:
    """Rows that are left after each filter rule; rules that dropped nothing are left out."""
    steps = [step for step in facts.funnel if step.dropped]
    if not steps:
        return None
    canvas = Canvas("funnel", height=44 + 24 * len(steps))
    axes, places = canvas.axes, np.arange(len(steps))[::-1]
    left = [step.reached - step.dropped for step in steps]
    axes.barh(places, left, color=INK["champion"], height=0.62)
    axes.barh(places, [step.dropped for step in steps], left=left, color=INK["bad"], alpha=0.55, height=0.62)
    axes.set_yticks(places, [canvas.name(step.rule) for step in steps])
    most = max(step.reached for step in steps)
    for place, step in zip(places, steps, strict=True):
        label = canvas.name(f"-{step.dropped:,}")
        axes.text(step.reached + most * 0.015, place, label, va="center", fontsize=11, color=INK["muted"])
    axes.set_xlim(0, most * 1.16)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    return canvas.svg(Words("Rows kept and dropped by each filter rule", "필터 규칙별로 남은 행과 버린 행"))


def drift(facts: Facts) -> Markup | None:
    """The stability index of each feature, and the limits that it is read by."""
    if not facts.moved:
        return None
    canvas = Canvas("drift", height=56 + 26 * len(facts.moved))
    axes, places = canvas.axes, np.arange(len(facts.moved))[::-1]
    limit = facts.max_shift if facts.max_shift is not None else MAJOR_SHIFT
    colours = [INK["bad" if one.psi > limit else "champion"] for one in facts.moved]
    axes.barh(places, [one.psi for one in facts.moved], color=colours, height=0.6)
    axes.set_yticks(places, [canvas.words(known(FEATURES, one.feature)) for one in facts.moved])
    for at in sorted({MINOR_SHIFT, limit}):
        axes.axvline(at, color=INK["muted"], linewidth=1, linestyle=(0, (4, 3)))
    axes.set_xlim(0, max(limit * 1.2, *(one.psi * 1.1 for one in facts.moved)))
    axes.set_xlabel(canvas.words(Words("population stability index", "모집단 안정성 지수(PSI)")))
    return canvas.svg(Words("How far the traffic moved", "트래픽이 달라진 정도"))


def latency(facts: Facts) -> Markup | None:
    """The share of answers that were there after so many seconds."""
    if not facts.latency:
        return None
    canvas = Canvas("latency")
    for role, found in facts.latency.items():
        canvas.axes.plot(found.quantiles, PERCENT, color=INK[role], label=canvas.words(ROLES[role]))
    canvas.axes.set_xlabel(canvas.words(Words("seconds for the whole answer", "전체 응답 시간(초)")))
    canvas.axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    canvas.axes.set_ylim(0, 1.02)
    canvas.axes.set_xlim(left=0)
    canvas.axes.grid()
    canvas.legend(loc="lower right")
    return canvas.svg(Words("Share of answers by latency", "지연 시간별 응답 비율"))
