"""The tables of docs/scale.md, from what `python -m bench.scale --save` measured: `make reference` writes them.

Between two comments of the page stands what is made; the rest is written by hand. A test compares both.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.scale import several_parts
from configs.load import PROJECT, load_profile
from configs.schema import CostConfig, EvaluateConfig, NotifyConfig
from tasks.cost.model import reckon
from tasks.evaluate.general import read_general

PAGE = Path(__file__).with_name("scale.md")
RESULTS = PROJECT / "bench" / "results" / "scale.json"
TIMES = (1, 10, 100, 1_000)
TOKENS_PER_S = 10_000
"""Of one GPU, for the example: not measured here. NVIDIA publishes 12,473 of a LoRA on an 8B model on one H100."""
EPOCHS = 3
NIGHTS_MONTH = 30
MODELS = 3
"""Base, champion and challenger are questioned."""
GPUS_OF_A_HOST = 8


def page() -> str:
    """The page with its tables made anew."""
    result = json.loads(RESULTS.read_text("utf-8"))
    text = PAGE.read_text("utf-8")
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}: made by `make reference` -->", f"<!-- end of {name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"{PAGE} must hold `{begin}` and `{end}` once")
        before, after = text.split(begin)[0], text.split(end)[1]
        text = f"{before}{begin}\n{table(result)}\n{end}{after}"
    return text


def slopes(result: dict[str, Any]) -> str:
    """What was measured: each line, over which sizes, and how far a point lies from it at most."""
    data, train, judged = result["data"], result["train"], result["evaluate"]
    rows, large = (
        f"{runs[0]['rows']:,} to {runs[-1]['rows']:,} rows" for runs in (data["runs"], several_parts(data["runs"]))
    )
    tokens = f"{train['runs'][0]['tokens']:,} to {train['runs'][-1]['tokens']:,} tokens"
    cases = f"{judged['runs'][0]['cases']} to {judged['runs'][-1]['cases']} cases"
    lines = data["lines"]
    told = [
        *(
            (f"{stage}, {words}", lines[f"{night}.{stage}_s"], 1e6, "µs a row", "s", rows)
            for night, words in (("first", "first night"), ("next", "a night later"))
            for stage in ("extract", "filter", "convert")
        ),
        ("memory of the data stage", lines["peak_mib"], 1024, "KiB a row", "MiB", large),
        ("store, first night", lines["store_bytes"], 1, "bytes a row", "bytes", rows),
        ("training of the tiny model", train["line"], 1e6, "µs a token", "s", tokens),
        ("asking one tiny model", judged["lines"]["ask_s"], 1e3, "ms a case", "s", cases),
        ("judging two models' answers", judged["lines"]["judge_s"], 1e3, "ms a case", "s", cases),
    ]
    table = [
        f"| {what} | {_number(line['slope'] * unit)} {words} | {_number(line['fixed'])} {fixed} "
        f"| {line['worst']:.0%} | {over} |"
        for what, line, unit, words, fixed, over in told
    ]
    head = ["| what | slope | and once | farthest point | over |", "| --- | --- | --- | --- | --- |"]
    kept, added = result["records"], [(run["times"], _bytes(_added(run))) for run in data["runs"]]
    more = (
        f"A night of the demo adds {_bytes(kept['prefect']['a_night'])} to Prefect's files and "
        f"{_bytes(kept['mlflow']['a_night'])} to MLflow's, whatever the traffic."
    )
    store = "The next night adds to the store: " + ", ".join(f"{size} at {times}x" for times, size in added) + "."
    when = f"Measured on {result['date']}: {result['machine']['cores']} cores, {result['machine']['memory_gib']} GiB."
    return "\n".join([*head, *table, "", store, f"{more} {when}"])


def nights(result: dict[str, Any]) -> str:
    """A night at 1, 10, 100 and 1,000 times the demo."""
    columns = [Night(result, times) for times in TIMES]
    rows: list[tuple[str, Callable[[Night], str]]] = [
        ("rows in the app's table", lambda night: f"{night.rows:,}{'' if night.is_measured else ' *'}"),
        ("data stage, whole table (first night, Sunday)", lambda night: _time(night.whole_s)),
        ("data stage, a night with 1% new rows", lambda night: _time(night.night_s)),
        ("memory of the data stage", lambda night: _bytes(night.memory)),
        ("store, and each night more", lambda night: f"{_bytes(night.store)}, {_bytes(night.store_night)}"),
        (f"tokens to train, {EPOCHS} epochs", lambda night: _millions(night.tokens)),
        ("training of the tiny model, one core", lambda night: _time(night.tiny_s)),
        (f"training on a GPU of {TOKENS_PER_S:,} tokens/s", lambda night: _time(night.gpu_s)),
        (f"GPUs for a night of {NotifyConfig().window_hours} hours", lambda night: str(night.gpus)),
        ("its price a month, of the GPU's hours", lambda night: night.price),
        ("evaluation with the tiny model", lambda night: _time(night.evaluate_s)),
        ("**what takes longest**", lambda night: f"**{night.bottleneck}**"),
        ("profile that answers it", lambda night: night.profile),
    ]
    head = ["| | " + " | ".join(f"{times:,}x" for times in TIMES) + " |", "| --- |" + " --- |" * len(TIMES)]
    body = [f"| {name} | " + " | ".join(value(night) for night in columns) + " |" for name, value in rows]
    largest = result["data"]["runs"][-1]["times"]
    return "\n".join([*head, *body, "", f"\\* extrapolated: the largest table that was measured is {largest}x."])


class Night:
    """One column: times are seconds of a machine with as many cores as the one that was measured."""

    def __init__(self, result: dict[str, Any], times: int) -> None:
        data, train, judged = result["data"], result["train"], result["evaluate"]
        lines, cores = data["lines"], result["machine"]["cores"]
        self.rows = result["demo_rows"] * times
        self.is_measured = times <= data["runs"][-1]["times"]

        def at(line: dict[str, float], size: float) -> float:
            return max(0.0, line["fixed"] + line["slope"] * size)

        def stage(night: str) -> float:
            # The filter and the conversion keep every core busy, the extraction one.
            spread = sum(at(lines[f"{night}.{part}_s"], self.rows) for part in ("filter", "convert"))
            return at(lines[f"{night}.extract_s"], self.rows) + spread / cores

        self.whole_s, self.night_s = stage("first"), stage("next")
        self.memory = at(lines["peak_mib"], self.rows) * 2**20
        self.store, self.store_night = at(lines["store_bytes"], self.rows), _between(data["runs"], self.rows)
        share = train["rows"] / result["demo_rows"]
        self.tokens = self.rows * share * train["tokens_a_row"] * EPOCHS
        self.tiny_s = at(train["line"], self.tokens)
        self.gpu_s = self.tokens / TOKENS_PER_S
        window = NotifyConfig().window_hours * 3_600
        self.gpus = max(1, math.ceil(self.gpu_s / window))
        asked = EvaluateConfig()
        most = asked.max_cases + asked.max_recent_cases
        cases = min(self.rows * share * 0.1, most) + read_general(asked.general_set).num_rows
        self.evaluate_s = (
            judged["server_start_s"]
            + MODELS * at(judged["lines"]["ask_s"], cases)
            + at(judged["lines"]["judge_s"], cases)
        )
        self.price = _price(self.gpu_s, self.gpus)
        parts = {"data": self.night_s, "training": self.gpu_s, "evaluation": self.evaluate_s}
        self.bottleneck = max(parts, key=lambda name: parts[name])
        one = "`exhell`"
        host = "`exhell-gpus`" if self.gpus <= GPUS_OF_A_HOST else "`exhell-nodes`"
        self.profile = one if self.gpus == 1 else host


def _added(run: dict[str, Any]) -> float:
    """Bytes that the second night added to the store."""
    return float(run["next"]["store_bytes"] - run["first"]["store_bytes"])


def _between(runs: list[dict[str, Any]], rows: float) -> float:
    """The same for other sizes: on the line between two that were measured, beyond the largest in proportion to it."""
    sizes, added = [run["rows"] for run in runs], [_added(run) for run in runs]
    return float(np.interp(rows, sizes, added)) * max(1.0, rows / sizes[-1])


def _price(seconds: float, gpus: int) -> str:
    """What of a month's GPUs the nights' trainings take, by the prices of the profile `exhell`."""
    prices = load_profile("exhell").cost
    config = prices.model_dump() | {"training_hours": NIGHTS_MONTH * seconds / 3_600, "gpus": gpus}
    bill = reckon(CostConfig.model_validate(config))
    if bill is None:
        return "no prices set"
    return f"{bill.training_share * gpus * bill.gpu_month:,.2f} {bill.currency}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2g}"


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:,.1f} h"


def _bytes(count: float) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            return f"{count / size:,.1f} {unit}"
    return f"{count / 1e3:.0f} kB"


def _millions(count: float) -> str:
    return f"{count / 1e6:,.1f} million"


TABLES = {"slopes": slopes, "nights": nights}
