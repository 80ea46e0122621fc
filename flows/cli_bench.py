"""`exhell bench endpoint`: what a user of an endpoint meets, and two endpoints side by side."""

# As in cli.py, each command imports what it needs when it runs.
# ruff: noqa: PLC0415

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from flows.command import JsonOption, ProfileOption, SetOption, begin, overrides
from flows.console import console

bench = typer.Typer(no_args_is_help=True, help="Measure what serves.")

EXAMPLE = '{"max_completion_tokens": 64, "max_tokens": null}'

BodyOption = Annotated[str, typer.Option(help="JSON put over each request's body; null takes a field out.")]
KeyOption = Annotated[str | None, typer.Option(help="Environment variable that holds the endpoint's API key.")]


@bench.callback()
def _group() -> None:
    """Measure what serves."""


@bench.command()
def endpoint(
    *,
    url: Annotated[str, typer.Option(help="The endpoint's address, as in http://127.0.0.1:8000/v1.")],
    model: Annotated[str, typer.Option(help="The model to ask for.")],
    prompts: Annotated[Path, typer.Option(help="A line a prompt: plain text, or JSON with prompt and reference.")],
    key_env: KeyOption = None,
    against_url: Annotated[str | None, typer.Option(help="A second endpoint, as in https://api.openai.com/v1.")] = None,
    against_model: Annotated[str | None, typer.Option(help="Its model, as in gpt-4.")] = None,
    against_key_env: KeyOption = None,
    rate: Annotated[float, typer.Option(help="Requests a second.")] = 1.0,
    requests: Annotated[int, typer.Option(min=1, help="How many, to each endpoint.")] = 100,
    arrivals: Annotated[Literal["poisson", "constant"], typer.Option(help="When they are due.")] = "poisson",
    seed: Annotated[int, typer.Option(help="Of arrivals and the order of prompts.")] = 0,
    max_tokens: Annotated[int, typer.Option(min=1, help="Longest answer, where the prompt does not say.")] = 128,
    timeout: Annotated[float, typer.Option(help="Seconds until a request counts as failed.")] = 60.0,
    limit_latency: Annotated[float | None, typer.Option(help="Seconds of a good whole answer.")] = None,
    limit_ttft: Annotated[float | None, typer.Option(help="Seconds to a good answer's first token.")] = None,
    limit_tpot: Annotated[float | None, typer.Option(help="Seconds a token after it.")] = None,
    body: BodyOption = "{}",
    against_body: BodyOption = "{}",
    profile: ProfileOption = "demo",
    settings: SetOption = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write the result to this file, as JSON.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure an endpoint under open-loop load; with --against-url, two on quality, latency and cost.

    Exit status 1 where an endpoint answered nothing; the report is written all the same.
    """
    if (against_url is None) != (against_model is None):
        raise typer.BadParameter("--against-url and --against-model belong together")
    config = begin(profile, overrides(settings))
    from flows.bench_endpoint import api_key, measure, require_answers
    from flows.show_endpoint import print_endpoints
    from tasks.endpoint.ask import Endpoint
    from tasks.endpoint.load import Plan
    from tasks.endpoint.summary import Limits

    ours = Endpoint(url, model, api_key(key_env), _body(body))
    other = None
    if against_url is not None and against_model is not None:
        other = Endpoint(against_url, against_model, api_key(against_key_env), _body(against_body))
    plan = Plan(rate, requests, arrivals=arrivals, seed=seed, max_tokens=max_tokens, timeout_s=timeout)
    limits = Limits(limit_latency, limit_ttft, limit_tpot)
    with console.status("measuring") as status:
        result = measure(
            ours,
            other,
            prompts_file=prompts,
            plan=plan,
            limits=limits,
            profile=config,
            on_progress=lambda at, done: status.update(f"{at}: {done} of {requests}"),
        )
    if out is not None:
        out.write_text(result.model_dump_json(indent=1), encoding="utf-8")
    print_endpoints(result, as_json)
    require_answers(result)


def _body(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text} is not valid JSON: {error}; write it like {EXAMPLE}") from error
    if not isinstance(found, dict):
        raise typer.BadParameter(
            '--body must be a JSON object, as in \'{"max_completion_tokens": 64, "max_tokens": null}\''
        )
    return found
