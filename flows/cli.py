"""The `exhell` command: a night, its stages one by one, and what serves.

Results go to standard output (`--json` for scripts), progress and errors to standard error. Exit status: 0 done or
nothing to do, 1 an error that the message explains, 2 wrong usage, 130 interrupted.
"""

# Prefect reads its settings when it is first imported, so every command sets them first (`_begin`) and imports flows
# after that; it also keeps `exhell --help` quick.
# ruff: noqa: PLC0415

from __future__ import annotations

import importlib
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import typer
from rich.markup import escape

from configs.errors import ExhellError
from configs.load import expand, store_root, workspace
from configs.schema import Profile
from flows import cli_bench, cli_render, cli_reports
from flows.advice import message_of
from flows.command import JsonOption, ProfileOption, SetOption, print_result
from flows.command import begin as _begin
from flows.command import overrides as _overrides
from flows.console import console
from flows.prefect_server import CommandServer
from flows.runtime import NightError, make_empty, require_space, terminate_like_interrupt
from tasks.jobs import JobError
from tasks.processes import undisturbed

if TYPE_CHECKING:
    from tasks.artifacts import Deployment

INTERRUPTED = 130
"""Exit status of a command that Ctrl-C ended: 128 and the signal's number, as shells count."""

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

models = typer.Typer(no_args_is_help=True, help="Base models on this machine.")
app.add_typer(models, name="models")
app.add_typer(cli_bench.bench, name="bench")
app.add_typer(cli_render.render, name="render")
for command in (cli_reports.report, cli_reports.compare, cli_reports.cost):
    app.command()(command)

RebuildOption = Annotated[
    bool, typer.Option("--rebuild", help="Read the app's whole table again, not only what changed.")
]
UriOption = Annotated[str | None, typer.Option(help="URI of what an earlier stage published; default: the latest.")]


@app.command()
def demo(
    profile: ProfileOption = "demo",
    no_new_traffic: Annotated[
        bool, typer.Option("--no-new-traffic", help="The app gains nothing: a night that skips and says why.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """One night on the embedded defaults; called again, the second night."""
    settings = _begin_flows(profile)
    from flows.demo import run_demo

    print_result(run_demo(profile, settings, new_traffic=not no_new_traffic), as_json)


@app.command()
def night(
    profile: ProfileOption = "demo",
    settings: SetOption = None,
    force: Annotated[bool, typer.Option("--force", help="Train although nothing is new.")] = False,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why it is forced; recorded.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Prepare the dataset, say whether a night would train on it, and stop.")
    ] = False,
    rebuild: RebuildOption = False,
    as_json: JsonOption = False,
) -> None:
    """One night of any profile: prepare, train, evaluate, decide, deploy."""
    overrides = _overrides(settings)
    _begin_flows(profile, overrides)
    from flows.nightly_retrain import nightly_retrain

    because = (reason or "no reason given") if force else ""
    done = nightly_retrain(profile, dry_run=dry_run, force=because, rebuild=rebuild, overrides=overrides)
    print_result(done, as_json)


@app.command()
def prepare(
    profile: ProfileOption = "demo",
    settings: SetOption = None,
    source: Annotated[str | None, typer.Option(help="Database URL in place of the profile's.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="An empty folder, or a new one, that the dataset's files are put into.")
    ] = None,
    *,
    rebuild: RebuildOption = False,
    as_json: JsonOption = False,
) -> None:
    """Extract, filter and convert: publish a dataset."""
    overrides = _overrides(settings) | ({} if source is None else {"source.url": source})
    checked = _begin(profile, overrides)
    if out is not None:
        make_empty(out)
    # What is wrong with the arguments is told now, not when everything has started.
    from tasks.extract.readers import look
    from tasks.storage import Store

    store = Store(store_root(checked))
    look(checked.source)
    _start_flows(checked)
    from flows.prepare_dataset import prepare_dataset

    dataset = prepare_dataset(profile, overrides, rebuild=rebuild)
    if out is not None:
        store.copy_out(dataset.uri, out)
    print_result(dataset, as_json)


@app.command()
def train(
    profile: ProfileOption = "demo", settings: SetOption = None, dataset: UriOption = None, as_json: JsonOption = False
) -> None:
    """Train an adapter on a dataset."""
    overrides = _overrides(settings)
    _begin_flows(profile, overrides)
    from flows.published import published
    from flows.train_adapter import train_adapter
    from tasks.artifacts import Dataset

    chosen = published(profile, overrides, Dataset, dataset)
    print_result(train_adapter(chosen, profile, overrides), as_json)


@app.command()
def merge(
    profile: ProfileOption = "demo",
    settings: SetOption = None,
    adapter: UriOption = None,
    out: Annotated[
        Path | None, typer.Option(help="An empty folder, or a new one, that the model's files are put into.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Merge an adapter into its base model, for a server that takes it whole (`vllm serve FOLDER`)."""
    overrides = _overrides(settings)
    checked = _begin(profile, overrides)
    if out is not None:
        make_empty(out)
    from flows.context import Context
    from flows.published import published
    from tasks.artifacts import Adapter
    from tasks.train.merge import merge as merge_adapter

    context = Context(checked)
    chosen = published(profile, overrides, Adapter, adapter)
    model = merge_adapter(chosen, checked, context.store, context.workspace, say=console.print)
    if out is not None:
        context.store.copy_out(model.uri, out)
    print_result(model, as_json)


@app.command()
def evaluate(
    profile: ProfileOption = "demo", settings: SetOption = None, adapter: UriOption = None, as_json: JsonOption = False
) -> None:
    """Question base, champion and adapter on the test split, and let the gate decide."""
    overrides = _overrides(settings)
    _begin_flows(profile, overrides)
    from flows.evaluate_adapter import evaluate_adapter
    from flows.published import published
    from tasks.artifacts import Adapter, Dataset

    challenger = published(profile, overrides, Adapter, adapter)
    dataset = published(profile, overrides, Dataset, None)
    print_result(evaluate_adapter(dataset, challenger, profile, overrides), as_json)


@app.command()
def deploy(
    profile: ProfileOption = "demo",
    settings: SetOption = None,
    force: Annotated[bool, typer.Option("--force", help="Deploy although the gate said no.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why it is forced; recorded.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Make the adapter of the latest report the champion."""
    overrides = _overrides(settings)
    _begin_flows(profile, overrides)
    from flows.deploy_adapter import deploy_adapter
    from flows.published import published
    from tasks.artifacts import Adapter, EvalReport

    report = published(profile, overrides, EvalReport, None)
    adapter = published(profile, overrides, Adapter, report.models["challenger"].removeprefix("adapter-"))
    if not report.decision.promote and not force:
        raise ExhellError(f"the gate said no: {report.decision.reason}. `--force --reason …` deploys it all the same")
    forced = "" if report.decision.promote else reason or "no reason given"
    print_result(deploy_adapter(adapter, report, profile, overrides, reason=forced), as_json)


@app.command()
def rollback(
    profile: ProfileOption = "demo",
    reason: Annotated[str, typer.Option("--reason", help="Why; recorded.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Make what served before the champion serve again."""
    checked = _begin(profile)
    from flows.gateway import roll_back

    done = roll_back(checked, reason)
    try:
        _start_flows(checked)
    except (JobError, NightError) as error:
        if done is None:
            raise
        # Prefect only records what the gateway has done: its absence may hold nothing up.
        console.print(f"the roll-back leaves no run in Prefect: {error}", soft_wrap=True, markup=False)
        _follow(checked, done)
    else:
        from flows.deploy_adapter import rollback_adapter

        done = rollback_adapter(profile, reason=reason, done=done)
    print_result(done, as_json)


@app.command()
def status(profile: ProfileOption = "demo", as_json: JsonOption = False) -> None:
    """What serves, where, and what the last night came to."""
    settings = _begin(profile)
    from flows.status import read_status

    print_result(read_status(settings), as_json)


@app.command()
def generate(
    prompt: Annotated[str, typer.Argument(help="The question, in quotes.")],
    profile: ProfileOption = "demo",
    adapter: Annotated[
        Path | None, typer.Option(help="Ask this adapter folder through the trainer's libraries, without a server.")
    ] = None,
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest answer.")] = 256,
    as_json: JsonOption = False,
) -> None:
    """Ask the champion that serves, or an adapter folder."""
    settings = _begin(profile)
    from flows.generate import ask

    print_result(ask(settings, prompt, adapter, max_tokens), as_json)


@app.command()
def doctor(profile: ProfileOption = "demo", as_json: JsonOption = False) -> None:
    """Check the machine before a night; exit status 1 if something would stop it."""
    settings = _begin(profile)
    from flows.doctor import examine

    diagnosis = examine(settings)
    print_result(diagnosis, as_json)
    raise typer.Exit(0 if diagnosis.healthy else 1)


@app.command()
def judge(
    cases: Annotated[Path, typer.Argument(help="JSON Lines: id, reference or expected, candidate, workbook.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the verdicts go, a line a case.")],
    workbooks: Annotated[int, typer.Option(min=1, max=200, help="Test workbooks a case.")] = 10,
    as_json: JsonOption = False,
) -> None:
    """Judge formulas against references or expected values, by running them."""
    terminate_like_interrupt()
    from flows.results import Judged
    from tasks.judge.cases import judge_file

    print_result(Judged.of(judge_file(cases, out, workbooks), out), as_json)


@models.command()
def pull(profile: ProfileOption = "demo", settings: SetOption = None, as_json: JsonOption = False) -> None:
    """Fetch the profile's base model at its pinned commit; nights find it then and download nothing."""
    checked = _begin(profile, _overrides(settings))
    from flows.models import pull_model

    print_result(pull_model(checked), as_json)


@app.command()
def lineage(
    user_id: Annotated[str, typer.Argument(help="The user's id in the application's database.")],
    profile: ProfileOption = "demo",
    as_json: JsonOption = False,
) -> None:
    """Which datasets and adapters a user's rows reached."""
    settings = _begin(profile)
    from tasks.lineage import trace
    from tasks.storage import Store

    print_result(trace(user_id, Store(store_root(settings))), as_json)


@app.command()
def retention(
    profile: ProfileOption = "demo",
    settings: SetOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go, and remove nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Remove what neither serves, nor begins the next night, nor is among the newest."""
    overrides = _overrides(settings)
    _begin_flows(profile, overrides)
    from flows.retain import retain

    print_result(retain(profile, overrides, dry_run), as_json)


@app.command()
def serve(profile: ProfileOption = "demo", as_json: JsonOption = False) -> None:
    """Start the model server with the champion, and leave it running."""
    settings = _begin(profile)
    from flows.status import bring_up, read_status

    bring_up(settings)
    print_result(read_status(settings), as_json)


@app.command()
def up(
    profile: ProfileOption = "demo",
    *,
    and_stay: Annotated[
        bool, typer.Option("--stay", help="Stay, start again whatever ends, and end it all when interrupted.")
    ] = False,
    gpu: Annotated[
        bool, typer.Option("--gpu/--no-gpu", help="Without: no GPU worker, model server and gateway here.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Start the whole stack and leave it running: Prefect, MLflow, workers, schedules, model server, gateway."""
    settings = _begin(profile)
    require_space(workspace(settings))
    from flows import stack
    from flows.workers import POOLS

    if and_stay:
        _at_end.callback(_take_down, settings)
    pools = [pool for pool in POOLS if gpu or pool != "gpu"]
    pages = stack.bring_up(profile, settings, pools)
    # Only now: it imports Prefect, which would not hear of the server that has just been started.
    from flows.status import bring_up, read_status

    if gpu:
        bring_up(settings)
        stack.open_gateway(profile, settings)
    print_result(read_status(settings), as_json)
    if and_stay:
        sys.stdout.flush()
        stack.stay(profile, settings, pages, pools, (lambda: bring_up(settings)) if gpu else None)


@app.command()
def worker(
    pool: Annotated[str, typer.Argument(help="`gpu` or `cpu`.", metavar="POOL")],
    profile: ProfileOption = "demo",
) -> None:
    """Work for a pool of the server that PREFECT_API_URL names, on another machine than it, until Ctrl-C."""
    settings = _begin(profile)
    from flows import workers

    if pool not in workers.POOLS:
        raise typer.BadParameter(f"{pool}: the pools are {' and '.join(workers.POOLS)}")
    workers.work(pool, profile, settings)


@app.command()
def down(profile: ProfileOption = "demo") -> None:
    """End the stack, and the model servers that a night left running."""
    _take_down(_begin(profile))


def _take_down(settings: Profile) -> None:
    from flows import stack
    from tasks.serving import stop_servers

    ended = stack.take_down(settings)
    if stop_servers(workspace(settings)):
        ended.append("the model server")
    console.print(f"ended: {', '.join(ended)}" if ended else "nothing was running")


@app.command()
def ui(profile: ProfileOption = "demo") -> None:
    """Serve the Prefect and MLflow pages of a profile until Ctrl-C."""
    settings = _begin(profile)
    from flows.ui import serve_pages

    serve_pages(settings)


@app.command()
def api(
    profile: ProfileOption = "demo",
    settings: SetOption = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="In place of the profile's api.port.")] = None,
) -> None:
    """Serve the export API of a profile until Ctrl-C."""
    checked = _begin(profile, _overrides(settings) | ({"api.port": port} if port else {}))
    from deployments.export_api.serve import serve

    serve(checked, say=console.print)


@app.command()
def gateway(
    profile: ProfileOption = "demo",
    settings: SetOption = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="In place of the profile's gateway.port.")] = None,
) -> None:
    """Serve the one address that the app knows, in front of the model servers, until Ctrl-C."""
    checked = _begin(profile, _overrides(settings) | ({"gateway.port": port} if port else {}))
    from deployments.gateway.serve import serve

    serve(checked, say=console.print)


def _begin_flows(profile: str, overrides: dict[str, Any] | None = None) -> Profile:
    """The same for a command that runs flows: with a Prefect server, which starts while they are imported."""
    settings = _begin(profile, overrides)
    _start_flows(settings)
    return settings


def _follow(settings: Profile, done: Deployment) -> None:
    """Wait until the registry's alias names what a gateway went back to."""
    from tasks.deploy.deploy import await_alias
    from tasks.tracking import tracker

    await_alias(tracker(settings).registry, done)


def _start_flows(settings: Profile) -> None:
    require_space(workspace(settings))
    server = CommandServer(workspace(settings), expand(settings.pages.database))
    _at_end.callback(server.stop)
    server.start()
    importlib.import_module("flows.nightly_retrain")
    from tasks.tracking import tracker

    if settings.pages.database:  # two that make their tables in one database meet in its catalogue
        server.ready()
    # MLflow's import and first tables take as long as Prefect's server does to start: else at once, not in turn.
    tracker(settings).champion()
    server.ready()


_at_end = ExitStack()
"""What must be ended with the command, however it ends."""


def main(arguments: list[str] | None = None) -> None:
    """Run a command and end the process with its exit status."""
    try:
        try:
            status = _run(arguments)
        finally:
            with undisturbed():
                _at_end.close()
    except KeyboardInterrupt:  # a second one, while the first was ending things
        status = INTERRUPTED
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # nothing is left to interrupt but Python's own end
    sys.exit(status)


def _run(arguments: list[str] | None) -> int:
    try:
        status = int(app(arguments, standalone_mode=False) or 0)
    except (ExhellError, OSError, httpx.HTTPError) as error:
        return _failed(message_of(error))
    except KeyboardInterrupt:
        status = INTERRUPTED
    except typer.TyperException as error:  # wrong usage
        error.show()  # type: ignore[attr-defined]
        return 2
    if status == INTERRUPTED:
        console.print("interrupted; every process that this run started ends with it")
    return status


def _failed(message: str) -> int:
    console.print(f"[bold red]error:[/] {escape(message)}", soft_wrap=True)
    return 1


if __name__ == "__main__":
    main()
