"""`exhell report`, `compare` and `cost`: what a night came to, two nights side by side, and what serving costs."""

# As in cli.py, each command imports what it needs when it runs.
# ruff: noqa: PLC0415

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated, Literal

import typer

from flows.command import JsonOption, ProfileOption, SetOption, begin, overrides, print_result

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="An MLflow run's id or name, or `latest`.")]


def report(
    run: RunArgument = "latest",
    *,
    profile: ProfileOption = "demo",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Where the page goes; default: in the workspace.")
    ] = None,
    language: Annotated[Literal["en", "ko"] | None, typer.Option(help="What the page opens in; it holds both.")] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the page's facts as JSON.")] = False,
) -> None:
    """Write the page of a night: one HTML file that needs no network."""
    settings = begin(profile)
    from flows.reports import find_facts, write_report

    if as_json:
        print_result(find_facts(settings, run), as_json=True)
        return
    from flows.show import output

    path = write_report(settings, run, out, language)
    output.print(str(path), soft_wrap=True, markup=False)
    if open_it:
        webbrowser.open(path.as_uri())


def compare(one: RunArgument, other: RunArgument, profile: ProfileOption = "demo", as_json: JsonOption = False) -> None:
    """Two nights side by side, and which challenger is better on the cases that both answered."""
    settings = begin(profile)
    from flows.reports import find_facts
    from flows.show_reports import print_comparison
    from tasks.report.compare import compare as compared

    print_comparison(compared(find_facts(settings, one), find_facts(settings, other)), as_json)


def cost(
    *,
    profile: ProfileOption = "demo",
    settings: SetOption = None,
    gpu_month: Annotated[float | None, typer.Option(help="What one GPU costs a month.")] = None,
    api_per_1k: Annotated[
        float | None, typer.Option("--api-per-1k", help="The API's price of 1,000 prompt tokens.")
    ] = None,
    api_answer_per_1k: Annotated[
        float | None, typer.Option("--api-answer-per-1k", help="Of 1,000 answer tokens; default: the same.")
    ] = None,
    tokens_month: Annotated[float | None, typer.Option(help="Tokens that your users need a month.")] = None,
    tokens_per_s: Annotated[float | None, typer.Option(help="What one GPU serves within your latency limit.")] = None,
    correct: Annotated[float | None, typer.Option(min=0, max=1, help="Share of our answers that are right.")] = None,
    api_correct: Annotated[float | None, typer.Option(min=0, max=1, help="Share of the API's.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Write the sensitivity plot to this SVG file.")] = None,
    as_json: JsonOption = False,
) -> None:
    """What a GPU by the month costs against an API by the token, and where they break even."""
    given = {
        "gpu_month": gpu_month,
        "api_prompt_per_1k": api_per_1k,
        "api_answer_per_1k": api_answer_per_1k,
        "tokens_month": tokens_month,
        "tokens_per_s": tokens_per_s,
        "api_correct": api_correct,
    }
    changes = overrides(settings) | {f"cost.{name}": value for name, value in given.items() if value is not None}
    config = begin(profile, changes)
    from configs.errors import ExhellError
    from flows.show_reports import print_bill
    from tasks.cost.model import reckon

    bill = reckon(config.cost, correct)
    if bill is None:
        raise ExhellError(
            f"no prices set in the profile {config.name}: give --gpu-month and --api-per-1k, or set cost.gpu_month and "
            "cost.api_prompt_per_1k (docs/cost.md)"
        )
    if plot is not None:
        from tasks.charts import alone
        from tasks.cost.plots import sensitivity

        plot.write_text(alone(sensitivity(bill), config.pages.language), encoding="utf-8")
    print_bill(bill, as_json)
