"""Two plots of the bill: costs by volume, and how the break-even moves with the prices."""

from __future__ import annotations

import math

import numpy as np
from markupsafe import Markup

from tasks.charts import INK, Canvas, Words
from tasks.cost.model import Bill, crossings, unit_tokens

POINTS = 400
FACTORS = (0.5, 1.0, 2.0)
"""GPU prices that the sensitivity is drawn for, as multiples of the one that is set."""


def by_volume(bill: Bill) -> Markup:
    """What a month costs by its tokens: the API's line, the GPUs' steps, the break-even, and this month."""
    canvas = Canvas("cost by volume")
    axes = canvas.axes
    unit = unit_tokens(bill.gpu_month, bill.api_per_1k)
    middle = bill.break_even or unit
    most = max(2.2 * middle, 1.25 * (bill.tokens_month or 0))
    tokens = np.linspace(0, most, POINTS)
    axes.plot(
        tokens, bill.api_per_1k * tokens / 1000, color=INK["champion"], label=canvas.words(Words.same(bill.api_name))
    )
    label = canvas.words(Words("own GPUs", "자체 GPU"))
    axes.plot(tokens, _gpus(bill, tokens) * bill.gpu_month, color=INK["challenger"], label=label)
    if bill.break_even is not None:
        axes.axvline(bill.break_even, color=INK["muted"], linewidth=1, linestyle=(0, (4, 3)))
        text = canvas.words(Words(f"break-even {million(bill.break_even)}", f"손익분기 {million(bill.break_even)}"))
        axes.annotate(text, (bill.break_even, 0), (5, 4), textcoords="offset points", fontsize=11, color=INK["muted"])
    if bill.tokens_month is not None and bill.ours_month is not None:
        axes.plot(bill.tokens_month, bill.ours_month, "o", color=INK["challenger"], markersize=8)
    axes.set_xlabel(canvas.words(Words("tokens a month", "월간 토큰 수")))
    axes.set_ylabel(canvas.words(Words(f"{bill.currency} a month", f"월 비용({bill.currency})")))
    axes.xaxis.set_major_formatter(lambda value, _: million(value))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.locator_params(nbins=5)
    axes.set_xlim(0, most)
    axes.set_ylim(bottom=0)
    axes.grid()
    canvas.legend(loc="upper left")
    return canvas.svg(Words("Monthly cost by tokens", "토큰 수별 월 비용"))


def sensitivity(bill: Bill) -> Markup:
    """The break-even by the API's price, for the GPU at half its price, as it is, and at double."""
    canvas = Canvas("cost sensitivity")
    axes = canvas.axes
    prices = np.geomspace(bill.api_per_1k / 10, bill.api_per_1k * 4, POINTS)
    for factor, look in zip(FACTORS, (":", "-", "--"), strict=True):
        gpu = bill.gpu_month * factor
        found = [crossings(unit_tokens(gpu, price), bill.capacity, bill.paid)[0] for price in prices]
        label = canvas.words(Words(f"GPU {gpu:,.0f} a month", f"GPU 월 {gpu:,.0f}"))
        # Where a GPU cannot serve enough tokens to pay for itself the line ends.
        axes.plot(
            prices, [math.nan if one is None else one for one in found], look, color=INK["challenger"], label=label
        )
    if bill.break_even is not None:
        axes.plot(bill.api_per_1k, bill.break_even, "o", color=INK["challenger"], markersize=8)
    if bill.tokens_month is not None:
        axes.axhline(bill.tokens_month, color=INK["muted"], linewidth=1, linestyle=(0, (4, 3)))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel(
        canvas.words(
            Words(f"{bill.api_name}: {bill.currency} per 1K tokens", f"{bill.api_name}: 1천 토큰당 {bill.currency}")
        )
    )
    axes.set_ylabel(canvas.words(Words("break-even, tokens a month", "손익분기(월 토큰 수)")))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.yaxis.set_major_formatter(lambda value, _: million(value))
    axes.minorticks_off()
    axes.grid()
    canvas.legend()
    return canvas.svg(Words("Break-even by prices", "가격별 손익분기"))


def million(tokens: float) -> str:
    """A number of tokens, shortened: 16.7M."""
    for size, sign in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if tokens >= size:
            return f"{tokens / size:.3g}{sign}"
    return f"{tokens:.3g}"


def _gpus(bill: Bill, tokens: np.ndarray) -> np.ndarray:
    """GPUs for each volume; no fewer than the month's own where the capacity of one is not known."""
    if bill.capacity is None:
        return np.full_like(tokens, bill.gpus)
    return np.maximum(bill.paid, np.ceil(tokens / bill.capacity))
