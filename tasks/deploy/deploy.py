"""Register an adapter, load it into the running server, ask it, and only then make it the champion.

The alias in the registry moves last: until then, whatever fails leaves what served before in place. An adapter that is
replaced by one beside it stays loaded, so that `rollback` needs no disk and no wait.

A merged model has a server of its own, which was started at the other address: there is nothing to load, and all else
is the same. The caller ends the server that is no longer needed (`tasks.serving.retire`), after the alias moved.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from configs.errors import ExhellError
from tasks.artifacts import Adapter, Deployment
from tasks.deploy.canary import Canary, DeployError, check_canaries, questions
from tasks.deploy.fit import check_fit
from tasks.deploy.site import Site
from tasks.records import Message
from tasks.serving import TemplateMismatchError, check_record, check_template
from tasks.tracking import QUESTIONS, ModelVersion, Registry

HELLO = (Message("user", "A1부터 A10까지 더하는 수식을 알려줘"),)
"""The question for an adapter whose right answer is not known here: it must be answered, and tokenised as trained."""

OUTCOME = "deployment"
"""Tag of a version that says how its deployment went."""

MAX_TAG = 1_000
"""Characters of an error that the tag keeps."""

ALIAS_S = 60.0
"""Seconds for the alias to follow a gateway: it looks at the registry at every `gateway.registry_poll_s`, and its first
look waits for MLflow's import."""

POLL_S = 0.2


def deploy(site: Site, adapter: Adapter, canaries: Sequence[Canary], run_id: str) -> Deployment:
    """Make an adapter the champion.

    Raises DeployError, with what still serves, for an adapter that does not fit the server, is damaged, or does not
    answer as it was evaluated. Raises TrackingError where MLflow is out of reach.
    """
    before = site.registry.champion()
    with _what_serves_stays(site, adapter, before):
        folder = site.store.open(adapter.uri)
        check_fit(site, adapter, folder)
        version = site.registry.register(adapter, run_id)
        _keep_warm(site, adapter, before)  # a server that was restarted since does not hold it
        with _refusal_tagged(site, version):
            _load_and_check(site, adapter, folder, canaries)
            site.registry.tag(version.version, {OUTCOME: "promoted", QUESTIONS: questions(canaries, site.max_tokens)})
            # Nothing that can fail may follow: from here on the new one is what serves.
            previous = site.registry.promote(version.version)
    return _deployment(site, version, previous)


def load(site: Site, adapter: Adapter) -> str:
    """Load an adapter beside what serves, to be questioned. Raises DeployError for one that does not fit.

    Returns how the server tokenises otherwise than the adapter was trained, for the gate to refuse it; empty where it
    does not.
    """
    folder = site.store.open(adapter.uri)
    check_fit(site, adapter, folder)
    _offer(site, adapter, folder)
    try:
        check_template(site.server, adapter.name, site.base_path, site.template, HELLO)
        check_record(site.server, adapter.name, folder)
    except TemplateMismatchError as error:
        return str(error)
    return ""


def unload(site: Site, adapter: Adapter) -> None:
    """Take an adapter away that was only loaded to be questioned; what serves, and what served before, stays."""
    kept = {version.name for version in (site.registry.champion(), site.registry.previous()) if version is not None}
    if adapter.name not in kept:
        _withdraw(site, adapter)


def rollback(site: Site) -> Deployment:
    """Make what served before the champion serve again; the two swap places.

    Raises DeployError where there is nothing before it, or where that one cannot be loaded or does not answer.
    """
    champion, target = site.registry.champion(), site.registry.previous()
    if champion is None or target is None or target.version == champion.version:
        raise DeployError(
            f"{site.registry.model} has no previous version to go back to; "
            + (f"{champion.name} (version {champion.version}) still serves" if champion else "no adapter serves yet")
        )
    with _what_serves_stays(site, target.adapter, champion):
        _load_registered(site, target)
        site.registry.rollback()
    site.registry.tag(champion.version, {OUTCOME: "rolled back"})
    site.registry.tag(target.version, {OUTCOME: "serves again"})
    return _deployment(site, target, champion)


def await_alias(registry: Registry, done: Deployment, limit_s: float = ALIAS_S) -> None:
    """Return when the alias names what a gateway went back to, which serves already.

    Raises DeployError where someone moved it elsewhere meanwhile, or it does not move in time; TrackingError where
    MLflow is out of reach.
    """
    deadline = time.monotonic() + limit_s
    while (champion := registry.champion()) is None or champion.name != done.name:
        if champion is not None and champion.name != done.previous:
            raise DeployError(
                f"{done.name} serves again at {done.url}, but meanwhile {champion.name} (version {champion.version}) "
                "was made the champion, which serves next; `exhell status` tells"
            )
        if time.monotonic() > deadline:
            raise DeployError(
                f"{done.name} serves again at {done.url}, but after {limit_s:.0f} s the registry's alias has not "
                "followed; the gateway tries on: `exhell status` says how it reaches MLflow"
            )
        time.sleep(POLL_S)


def restore_champion(site: Site) -> ModelVersion | None:
    """Make a freshly started server serve what the registry says; return the champion, None before the first one.

    A champion of another base model than the server's counts as none: after a change of the base, the next adapter
    takes its place. The previous adapter is loaded too, where its files are still good: a broken one only matters to a
    rollback, which says so. Raises DeployError where the champion cannot be served.
    """
    champion, previous = site.registry.champion(), site.registry.previous()
    if champion is None:
        return None
    base = site.server.base_digest()  # none of a merged model's server
    if base is not None and not champion.adapter.base_sha256.startswith(base):
        site.registry.tag(champion.version, {OUTCOME: f"not loadable: the server runs base {base}"})
        return None
    try:
        _load_registered(site, champion)
    except ExhellError as error:
        raise DeployError(
            f"the champion {champion.name} (version {champion.version}) cannot be served: {error}"
        ) from error
    _keep_warm(site, champion.adapter, previous)
    return champion


def _offer(site: Site, adapter: Adapter, folder: Path) -> None:
    """Make the server offer an adapter. A merged model is what its server was started with."""
    if adapter.model is None:
        site.server.load_adapter(adapter.name, folder)
    else:
        site.server.require(adapter.name)


def _withdraw(site: Site, adapter: Adapter) -> None:
    if adapter.model is None:
        site.server.unload_adapter(adapter.name)


def _load_and_check(site: Site, adapter: Adapter, folder: Path, canaries: Sequence[Canary]) -> None:
    _offer(site, adapter, folder)
    question = canaries[0].messages if canaries else HELLO
    check_template(site.server, adapter.name, site.base_path, site.template, question)
    check_record(site.server, adapter.name, folder)
    check_canaries(site.server, adapter.name, canaries, site.max_tokens)


def _keep_warm(site: Site, beside: Adapter, version: ModelVersion | None) -> None:
    """Load a version that nobody asks now, where one server holds both. That it cannot be loaded must stop nothing: it
    is noted at the version."""
    if version is None or beside.model is not None or version.adapter.model is not None:
        return
    try:
        folder = site.store.open(version.adapter.uri)
        check_fit(site, version.adapter, folder)
        site.server.load_adapter(version.name, folder)
    except ExhellError as error:
        site.registry.tag(version.version, {OUTCOME: f"not loadable: {error}"[:MAX_TAG]})


def _load_registered(site: Site, version: ModelVersion) -> None:
    folder = site.store.open(version.adapter.uri)
    check_fit(site, version.adapter, folder)
    _offer(site, version.adapter, folder)
    check_template(site.server, version.name, site.base_path, site.template, HELLO)
    check_record(site.server, version.name, folder)
    site.server.complete(version.name, HELLO, max_tokens=1)


@contextmanager
def _what_serves_stays(site: Site, adapter: Adapter, champion: ModelVersion | None) -> Iterator[None]:
    """Whatever goes wrong: take the new adapter away again, and say what still serves."""
    previous = site.registry.previous()
    kept = {version.name for version in (champion, previous) if version is not None}
    try:
        yield
    except BaseException as error:
        if adapter.name not in kept:
            _unload_unless_champion(site, adapter, error)
        if not isinstance(error, ExhellError):
            raise
        serves = f"{champion.name} (version {champion.version}) still serves" if champion else "the base model serves"
        raise DeployError(f"{adapter.name} was not deployed: {error}; {serves}") from error


def _unload_unless_champion(site: Site, adapter: Adapter, error: BaseException) -> None:
    """The failure may have come after the alias moved: then the adapter is what should serve, and stays."""
    try:
        now = site.registry.champion()
        if now is None or now.name != adapter.name:
            _withdraw(site, adapter)
    except ExhellError as second:  # server or registry are away; the first error tells the story
        error.add_note(f"and {adapter.name} could not be unloaded: {second}")


@contextmanager
def _refusal_tagged(site: Site, version: ModelVersion) -> Iterator[None]:
    try:
        yield
    except ExhellError as error:
        site.registry.tag(version.version, {OUTCOME: f"refused: {error}"[:MAX_TAG]})
        raise


def _deployment(site: Site, version: ModelVersion, previous: ModelVersion | None) -> Deployment:
    return Deployment(
        name=version.name,
        version=version.version,
        url=site.server.url,
        previous=previous.name if previous is not None else None,
    )
