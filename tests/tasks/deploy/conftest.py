"""A site with a real server, a real registry and a real store; the registered model is each test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from configs.load import template_path
from configs.schema import Profile
from tasks.artifacts import Adapter
from tasks.base_model import fingerprint, locate
from tasks.deploy.canary import Canary
from tasks.deploy.site import Site
from tasks.records import conversation
from tasks.serving import ModelServer, served_modules
from tasks.storage import Store
from tasks.tracking import Tracker
from tests.tasks.adapters import publish_adapter

MAX_TOKENS = 16
QUESTIONS = tuple(conversation(f"{column}열의 합계를 구하는 수식을 알려줘", "") for column in "ABCDE")


@pytest.fixture(scope="package")
def night_tracker(tmp_path_factory: pytest.TempPathFactory) -> Tracker:
    """MLflow on SQLite; making its tables takes five seconds, so the tests share it."""
    folder = tmp_path_factory.mktemp("tracking")
    return Tracker(f"sqlite:///{folder}/mlflow.db", "tests", "unused", (folder / "artifacts").as_uri())


@pytest.fixture(scope="package")
def run_id(night_tracker: Tracker) -> str:
    return night_tracker.start("deploy").id


@pytest.fixture
def site(
    model_server: ModelServer,
    serving_profile: Profile,
    night_tracker: Tracker,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> Iterator[Site]:
    yield Site(
        server=model_server,
        registry=Tracker(night_tracker.uri, night_tracker.experiment, request.node.name).registry,
        store=Store(str(tmp_path / "artifacts")),
        serve=serving_profile.serve,
        modules=served_modules(serving_profile),
        base_path=locate(serving_profile.base_model),
        template=template_path(serving_profile.base_model.chat_template),
        max_tokens=MAX_TOKENS,
    )
    for name in model_server.models():
        if name.startswith("adapter-"):
            model_server.unload_adapter(name)


@pytest.fixture
def adapter_of(site: Site) -> Callable[..., Adapter]:
    """Publish an adapter with random weights of a seed; keywords change its rank or settings."""
    base_sha256 = fingerprint(site.base_path)
    return lambda seed, **settings: publish_adapter(site.store, site.base_path, base_sha256, seed, **settings)


@pytest.fixture
def evaluated(site: Site) -> Callable[[Adapter], tuple[Canary, ...]]:
    """Question an adapter as the evaluation does, and take it away again."""

    def ask(adapter: Adapter) -> tuple[Canary, ...]:
        site.server.load_adapter(adapter.name, site.store.open(adapter.uri))
        canaries = tuple(
            Canary(
                question,
                site.server.complete(site.serve.base_name, question, max_tokens=MAX_TOKENS).text,
                site.server.complete(adapter.name, question, max_tokens=MAX_TOKENS).text,
            )
            for question in QUESTIONS
        )
        site.server.unload_adapter(adapter.name)
        return canaries

    return ask
