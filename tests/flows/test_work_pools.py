"""The committed templates of work pools in containers and a cluster become pools, and their jobs say what they do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.workers.base import BaseJobConfiguration
from prefect_docker.worker import DockerWorkerJobConfiguration
from prefect_kubernetes.worker import KubernetesWorkerJobConfiguration

from configs.load import PROJECT
from tests.flows.prefect_api import prefect_api

pytestmark = pytest.mark.slow
KINDS: dict[str, type[BaseJobConfiguration]] = {
    "docker": DockerWorkerJobConfiguration,
    "kubernetes": KubernetesWorkerJobConfiguration,
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SyncPrefectClient]:
    with prefect_api(tmp_path_factory.mktemp("prefect")) as found:
        yield found


def template(kind: str) -> dict[str, Any]:
    return dict(json.loads((PROJECT / "deployments" / "work_pools" / f"{kind}.json").read_text(encoding="utf-8")))


def rendered(kind: str, **values: Any) -> Any:
    """The job of a run whose deployment sets these variables, as Prefect's own worker makes it of the template."""
    return asyncio.run(KINDS[kind].from_template_and_values(template(kind), values))


@pytest.mark.parametrize("kind", KINDS)
def test_it_becomes_a_pool_that_takes_one_run_a_gpu(client: SyncPrefectClient, kind: str) -> None:
    pool = WorkPoolCreate(name=f"gpu-{kind}", type=kind, base_job_template=template(kind), concurrency_limit=1)

    client.create_work_pool(pool)

    found = client.read_work_pool(pool.name)
    assert (found.type, found.concurrency_limit, found.base_job_template) == (kind, 1, template(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_every_variable_is_used_and_every_placeholder_is_a_variable(kind: str) -> None:
    content = template(kind)
    text = json.dumps(content["job_configuration"])
    variables = content["variables"]["properties"]

    used = {part.partition("}}")[0].strip() for part in text.split("{{")[1:]}

    assert used == set(variables)
    assert [name for name, one in variables.items() if not one["title"]] == []


def test_docker_gives_the_gpus_and_no_rights(client: SyncPrefectClient) -> None:
    found = rendered("docker", gpus=2, image="registry.example/exhell:1")

    options = found.container_create_kwargs
    assert options["device_requests"] == [{"Driver": "nvidia", "Count": 2, "Capabilities": [["gpu"]]}]
    assert (options["user"], options["cap_drop"], found.privileged) == ("10001:10001", ["ALL"], False)
    assert found.image == "registry.example/exhell:1"


def test_kubernetes_gives_the_gpus_the_secret_by_name_and_no_rights(client: SyncPrefectClient) -> None:
    found = rendered("kubernetes", gpus=4, secret="other", memory="100Gi").job_manifest

    pod = found["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert container["resources"]["limits"] == {"nvidia.com/gpu": 4, "memory": "100Gi"}
    assert container["envFrom"] == [{"secretRef": {"name": "other"}}]
    assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    assert (pod["securityContext"]["runAsNonRoot"], pod["automountServiceAccountToken"]) == (True, False)
    assert pod["restartPolicy"] == "Never"
    # Prefect's own check wants two fields of a job in the pod too, where Kubernetes drops them.
    del pod["completions"], pod["parallelism"]
    found["metadata"].pop("namespace")
    kubernetes_validate.validate(found, kubernetes_validate.latest_version(), strict=True)
