"""Evaluation, deployment and rollback where one model is merged and the other a plain LoRA: real servers, real MLflow.

The adapters have random weights; how they come out of a trainer is in `tests/tasks/train/test_new_tokens.py`, and whole
nights are in `test_merged_nights.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from prefect.testing.utilities import prefect_test_harness

from bench.workplace import free_port, write_profile
from configs.load import load_profile, store_root, workspace
from configs.schema import Profile
from flows.deploy_adapter import deploy_adapter, rollback_adapter
from flows.evaluate_adapter import evaluate_adapter
from flows.generate import ask
from flows.status import read_status
from tasks.artifacts import Adapter, Dataset, EvalReport
from tasks.base_model import fingerprint, locate
from tasks.deploy.canary import DeployError
from tasks.serving import servers, stop_servers
from tasks.storage import Store
from tasks.train.merge import servable
from tests.tasks.adapters import publish_adapter
from tests.tasks.judge.examples import examples, publish

pytestmark = [pytest.mark.long, pytest.mark.serve, pytest.mark.train, pytest.mark.timeout(900)]

QUESTION = "B2:B25의 합계를 구하는 수식을 알려줘"
PASSES = {
    "min_gain": -1.0,
    "min_cases": 10,
    "max_perplexity_ratio": 1e9,
    "task_type_may_lose": 1.0,
    "recent_may_lose": 1.0,
    "new_leaks_allowed": 1_000,
    "new_unsafe_formulas_allowed": 1_000,
}
"""Random weights are no gain; what is shown here is how they are served."""


@dataclass
class Place:
    """A profile with a store, and a dataset in it."""

    path: Path
    profile: Profile
    store: Store
    dataset: Dataset

    def adapter(self, seed: int, **settings: object) -> Adapter:
        """A published adapter, merged where it must be."""
        base = locate(self.profile.base_model)
        plain = publish_adapter(self.store, base, fingerprint(base), seed, **settings)
        return servable(plain, self.profile, self.store, workspace(self.profile))

    def evaluate(self, adapter: Adapter) -> EvalReport:
        return evaluate_adapter(self.dataset, adapter, str(self.path))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    evaluate = {"max_cases": 40, "max_recent_cases": 0, "general_set": "", "max_tokens": 16, "workbooks": 2}
    path = write_profile(tmp_path, free_port(), gate=PASSES, evaluate=evaluate)
    profile = load_profile(str(path))
    store = Store(store_root(profile))
    with prefect_test_harness(server_startup_timeout=120):
        yield Place(path, profile, store, publish(store, examples(60)))
    stop_servers(workspace(profile))
    assert servers(workspace(profile)) == frozenset()


def test_a_merged_model_and_plain_adapters_serve_in_turn(place: Place) -> None:
    profile, folder = place.profile, workspace(place.profile)
    merged, plain = place.adapter(1, use_dora=True), place.adapter(2)
    assert merged.model is not None
    assert plain.model is None

    # The first: the base model's server answers until the merged model serves, beside it, and then ends.
    report = place.evaluate(merged)
    assert report.decision.promote
    assert report.models == {"base": "base", "challenger": merged.name}
    assert len(servers(folder)) == 2
    first = deploy_adapter(merged, report, str(place.path))
    assert (first.name, first.previous) == (merged.name, None)
    status = read_status(profile)
    assert (status.champion, status.loaded, status.server) == (merged.name, (merged.name,), first.url)
    assert len(servers(folder)) == 1
    answer = ask(profile, QUESTION, max_tokens=16)
    assert answer.model == merged.name

    # A deployment that goes wrong leaves what serves: here the answers are those of another adapter's evaluation.
    report = place.evaluate(plain)
    assert report.models == {"base": "base", "champion": merged.name, "challenger": plain.name}
    other = place.adapter(3)
    wrong = report.model_copy(update={"models": report.models | {"challenger": other.name}})
    with pytest.raises(
        DeployError, match=rf"does not answer as it was evaluated.*{merged.name} \(version 1\) still serves"
    ):
        deploy_adapter(other, wrong, str(place.path))
    assert ask(profile, QUESTION, max_tokens=16) == answer
    assert len(servers(folder)) == 1

    # A plain one: the base model's server comes back beside the champion's, which ends when the alias has moved.
    second = deploy_adapter(plain, report, str(place.path))
    assert (second.name, second.previous) == (plain.name, merged.name)
    status = read_status(profile)
    assert status.champion == plain.name
    assert {"base", plain.name} <= set(status.loaded)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{first.url}/health")

    # And back.
    assert rollback_adapter(str(place.path), reason="a drill").name == merged.name
    assert read_status(profile).loaded == (merged.name,)
    assert ask(profile, QUESTION, max_tokens=16) == answer
    assert len(servers(folder)) == 1
