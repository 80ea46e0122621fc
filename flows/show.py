"""Results for people: one rendering a type, and JSON where a script asked for it."""

from __future__ import annotations

import sys
from functools import singledispatch

from pydantic import BaseModel
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table

from flows.results import Answer, DemoNight, Diagnosis, GatewayStatus, Pulled, Retention, Status
from tasks.artifacts import Adapter, Dataset, Deployment, EvalReport, Model, Night
from tasks.lineage import Lineage

output = Console(highlight=False, emoji=False)
"""Standard output: results alone."""

ROLES = ("base", "champion", "challenger")
COLUMNS = {
    "formula_accuracy": ("Formula accuracy", "{:.1%}"),
    "bleu": ("BLEU", "{:.1f}"),
    "chrf": ("chrF", "{:.1f}"),
    "perplexity": ("Perplexity", "{:.2f}"),
}
MARKS = {"ok": "[green]ok[/]", "warning": "[yellow]warning[/]", "problem": "[red]problem[/]"}


def print_result(result: BaseModel, as_json: bool) -> None:
    """Print a result to standard output."""
    if as_json:
        sys.stdout.write(result.model_dump_json(indent=1) + "\n")
    else:
        output.print(render(result), soft_wrap=True)


@singledispatch
def render(result: BaseModel) -> RenderableType:
    """A result as rich shows it; types without a rendering of their own are shown as JSON."""
    return escape(result.model_dump_json(indent=1))


@render.register
def _(dataset: Dataset) -> RenderableType:
    table = Table(title=f"dataset {dataset.short}: {dataset.rows:,} examples", title_justify="left")
    for heading in ("Rule", "Reached", "Dropped"):
        table.add_column(heading, justify="left" if heading == "Rule" else "right")
    for step in dataset.funnel:
        table.add_row(step.rule, f"{step.reached:,}", f"{step.dropped:,}")
    splits = f"train {dataset.train_rows:,}, validation {dataset.validation_rows:,}, test {dataset.test_rows:,}"
    if dataset.korean_share is not None:
        splits += f"; Korean: {dataset.korean_share:.0%} of the letters of an answer, formulas not counted"
    return Group(table, splits, escape(dataset.uri))


@render.register
def _(adapter: Adapter) -> RenderableType:
    losses = f"training loss {adapter.train_loss:.3f}"
    if adapter.validation_loss is not None:
        losses += f", validation loss {adapter.validation_loss:.3f}"
    return f"{adapter.name}: {adapter.steps} steps, {losses}\n{escape(adapter.uri)}"


@render.register
def _(model: Model) -> RenderableType:
    made_of = f"adapter-{model.adapter_sha256[:12]} merged into base {model.base_sha256[:12]}"
    return f"{model.name}: {made_of}\n{escape(model.uri)}"


@render.register
def _(report: EvalReport) -> RenderableType:
    table = Table(title=f"{report.cases} held-out interactions", title_justify="left")
    table.add_column("")
    for heading, _ in COLUMNS.values():
        table.add_column(heading, justify="right")
    for role in ROLES:
        metrics = report.metrics.get(role)
        if metrics is not None:
            cells = [form.format(metrics[name]) if name in metrics else "-" for name, (_, form) in COLUMNS.items()]
            table.add_row(role, *cells)
    return Group(table, f"[bold]decision[/]  {escape(report.decision.reason)} (rule: {report.decision.rule})")


@render.register
def _(deployment: Deployment) -> RenderableType:
    before = f"; before it: {deployment.previous}" if deployment.previous else ""
    return f"[bold]serves[/]    {deployment.name} at {deployment.url} as version {deployment.version}{before}"


@render.register
def _(night: Night) -> RenderableType:
    if night.report is None:
        return f"[bold]{night.outcome}[/]   {escape(night.reason)}"
    served = [] if night.deployment is None else [render(night.deployment)]
    return Group(render(night.report), *served)


@render.register
def _(demo: DemoNight) -> RenderableType:
    lines = f"""\
[bold]asked[/]     {escape(demo.answer.prompt)}
[bold]answered[/]  {escape(demo.answer.text)} ({demo.answer.model} at {demo.served_at})
[bold]pages[/]     `make ui` opens Prefect (every stage's run) and MLflow (nights side by side)
[bold]next[/]      `make demo` is the next night, `.venv/bin/exhell generate "…"` asks, `make down` ends the server"""
    return Group(render(demo.night), lines)


@render.register
def _(answer: Answer) -> RenderableType:
    return escape(answer.text)


@render.register
def _(status: Status) -> RenderableType:
    lines = [
        f"server:      {status.server or 'not running (exhell serve starts it)'}",
        f"champion:    {status.champion or 'none yet'}"
        + (f" (version {status.champion_version})" if status.champion_version else ""),
        f"before it:   {status.previous or 'none'}",
        f"loaded:      {', '.join(status.loaded) or '-'}",
        f"last night:  {status.last_night or 'none yet'}",
        *(f"{name + ':':12} {where}" for name, where in status.stack.items()),
        *(_gateway(status.gateway) if status.gateway is not None else ()),
    ]
    return escape("\n".join(lines))


def _gateway(found: GatewayStatus) -> list[str]:
    version = f" (version {found.version})" if found.version is not None else ""
    lines = [
        f"gateway:     {found.url}, {'ready' if found.ready == 'yes' else f'not ready: {found.ready}'}",
        f"  {found.model} is {found.serves}{version}{', being watched' if found.watched else ''}",
    ]
    for server in found.servers:
        offers = ", ".join(server.offers) if server.healthy else "away"
        lines.append(f"  {server.url}: {offers}; {server.in_flight} requests now")
    lines += [f"  taken back: {name}: {why}" for name, why in found.refused.items()]
    lines += [f"  cannot be loaded: {name}: {why}" for name, why in found.problems.items()]
    return lines if found.registry == "read" else [*lines, f"  the registry: {found.registry}"]


@render.register
def _(lineage: Lineage) -> RenderableType:
    if not lineage.datasets:
        return f"no dataset holds rows of user {escape(lineage.user_id)}"
    table = Table(title=f"rows of user {escape(lineage.user_id)}", title_justify="left")
    for heading in ("Dataset", "Rows", "Adapters"):
        table.add_column(heading, justify="right" if heading == "Rows" else "left")
    for one in lineage.datasets:
        table.add_row(escape(one.dataset), f"{one.rows:,}", "\n".join(one.adapters) or "none")
    return table


@render.register
def _(retention: Retention) -> RenderableType:
    would = "would go" if retention.dry_run else "went"
    table = Table(title=f"what {would}", title_justify="left")
    for heading in ("Kind", "Stay", "Go", "MiB"):
        table.add_column(heading, justify="left" if heading == "Kind" else "right")
    for one in retention.artifacts:
        table.add_row(one.kind, f"{one.kept:,}", f"{one.removed:,}", f"{one.bytes / 2**20:,.1f}")
    return Group(
        table,
        f"files of {retention.runs} MLflow runs {would}; their parameters and metrics stay",
        f"{retention.forgotten} older MLflow runs {would} as a whole",
    )


@render.register
def _(pulled: Pulled) -> RenderableType:
    lines = [f"{pulled.model} at {pulled.revision}, licence {pulled.license}", pulled.path]
    return escape("\n".join([*lines, *(f"{sha256[:12]}  {name}" for name, sha256 in pulled.files.items())]))


@render.register
def _(diagnosis: Diagnosis) -> RenderableType:
    table = Table(show_header=False, box=None)
    for check in diagnosis.checks:
        table.add_row(MARKS[check.state], check.name, escape(check.detail))
    return table
