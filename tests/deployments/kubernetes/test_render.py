"""A profile as manifests: Kubernetes' own schemas take them, and what they say of each other fits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from configs.load import PROFILES, load_profile, named_in
from configs.schema import Profile
from deployments.kubernetes.render import BASE, RenderError, render
from tasks.serving import Weights
from tasks.serving.process import process_job
from tasks.serving.vllm import vllm_command

WEIGHTS = Weights(Path("/home/someone/base"), "a" * 64)
NAMES = sorted(path.stem for path in PROFILES.glob("*.yaml"))
SERVERS, GATEWAY = "exhell-server", "exhell-gateway"

Document = dict[str, Any]


def profile_of(name: str = "exhell", **changes: Any) -> Profile:
    return load_profile(name, {"tracking.uri": "${MLFLOW_TRACKING_URI}", "store": "/mnt/store"} | changes)


def documents(profile: Profile) -> list[Document]:
    return [one for text in render(profile, WEIGHTS).values() for one in yaml.safe_load_all(text)]


def found(profile: Profile, kind: str, name: str) -> Document:
    (one,) = (each for each in documents(profile) if (each["kind"], each["metadata"]["name"]) == (kind, name))
    return one


def pods(profile: Profile) -> Iterator[Document]:
    for one in documents(profile):
        if one["kind"] in {"Deployment", "StatefulSet"}:
            yield one["spec"]["template"]


def faults(manifests: Iterable[Document]) -> list[str]:
    """What Kubernetes' schemas say against them."""
    found = []
    for document in manifests:
        try:
            kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
        except kubernetes_validate.ValidationError as error:
            found.append(f"{document['kind']}: {error.message}")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_schemas_of_kubernetes_take_every_shipped_profile(name: str) -> None:
    assert faults(documents(profile_of(name))) == []


@pytest.mark.parametrize("path", sorted(BASE.glob("*.yaml")), ids=lambda path: path.name)
def test_the_base_files_are_manifests_themselves(path: Path) -> None:
    assert faults(yaml.safe_load_all(path.read_text(encoding="utf-8"))) == []


def test_a_misspelt_field_would_be_found() -> None:
    wrong = found(profile_of(), "Deployment", GATEWAY)
    wrong["spec"]["template"]["spec"]["containers"][0]["securityContext"]["readOnlyRootFileSystem"] = True
    assert "readOnlyRootFileSystem" in faults([wrong])[0]


def test_selectors_scalers_and_claims_name_what_is_there() -> None:
    every = documents(profile_of())
    labels = [one["metadata"]["labels"] for one in pods(profile_of())]
    chosen = [
        selector
        for one in every
        if (selector := one.get("spec", {}).get("selector") or one.get("spec", {}).get("podSelector"))
    ]
    assert len(chosen) == 7
    for selector in chosen:
        assert selector.get("matchLabels", selector) in labels
    scaled = found(profile_of(), "HorizontalPodAutoscaler", SERVERS)["spec"]["scaleTargetRef"]
    assert (scaled["kind"], scaled["name"]) == ("StatefulSet", SERVERS)
    for pod in pods(profile_of()):
        volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
        assert {each["name"] for one in pod["spec"]["containers"] for each in one.get("volumeMounts", ())} == volumes


def test_no_container_may_more_than_it_must_and_none_is_latest() -> None:
    for pod in pods(profile_of()):
        context = pod["spec"]["securityContext"]
        assert context["runAsNonRoot"]
        assert context["runAsUser"] > 0
        assert pod["spec"]["automountServiceAccountToken"] is False
        for container in pod["spec"]["containers"]:
            allowed = container["securityContext"]
            assert allowed["readOnlyRootFilesystem"]
            assert not allowed["allowPrivilegeEscalation"]
            assert allowed["capabilities"] == {"drop": ["ALL"]}
            assert ":" in container["image"]
            assert not container["image"].endswith(":latest")
            assert container["resources"]["limits"]["memory"]


def test_only_the_gateway_reaches_the_port_that_loads_adapters() -> None:
    server = found(profile_of(), "StatefulSet", SERVERS)["spec"]["template"]["spec"]["containers"][0]
    (port,) = server["ports"]
    assert str(port["containerPort"]) == server["args"][server["args"].index("--port") + 1]
    policy = found(profile_of(), "NetworkPolicy", SERVERS)["spec"]
    reach = [rule["from"] for rule in policy["ingress"] if port["name"] in {one["port"] for one in rule["ports"]}]
    assert reach == [[{"podSelector": {"matchLabels": {"app.kubernetes.io/name": GATEWAY}}}]]
    assert all(rule.get("from") and rule.get("ports") for rule in policy["ingress"])  # none is open to all
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert policy["egress"] == []


def test_secrets_are_named_and_never_written(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("EXHELL_GATEWAY_KEYS", "MLFLOW_TRACKING_URI", "EXHELL_DATABASE_URL"):
        monkeypatch.setenv(name, f"http://user:hunter2-{name}@host")
    profile = profile_of(**{"serve.kubernetes.secret": "vault"})
    assert "hunter2" not in "".join(render(profile, WEIGHTS).values())
    (container,) = found(profile, "Deployment", GATEWAY)["spec"]["template"]["spec"]["containers"]
    named = {one["name"]: one["valueFrom"]["secretKeyRef"] for one in container["env"] if "valueFrom" in one}
    # The application's database is none of the gateway's business.
    assert named.keys() == {"EXHELL_GATEWAY_KEYS", "MLFLOW_TRACKING_URI"}
    assert all(reference == {"name": "vault", "key": name} for name, reference in named.items())


def test_the_gateway_reads_a_whole_profile_that_names_every_server_there_may_be(tmp_path: Path) -> None:
    profile = profile_of(**{"serve.kubernetes.min_servers": 2, "serve.kubernetes.max_servers": 3})
    data = found(profile, "ConfigMap", "exhell-files")["data"]
    path = tmp_path / "profile.yaml"
    path.write_text(data["profile.yaml"], encoding="utf-8")
    read = load_profile(str(path))
    workload, service = found(profile, "StatefulSet", SERVERS), found(profile, "Service", SERVERS)
    assert workload["spec"]["serviceName"] == service["metadata"]["name"]
    port = next(one["port"] for one in service["spec"]["ports"] if one["name"] == "http")
    assert list(read.gateway.servers) == [
        f"http://{workload['metadata']['name']}-{number}.{service['metadata']['name']}:{port}" for number in range(3)
    ]
    assert read.gateway.model_dump() == profile.gateway.model_dump() | {
        "host": "0.0.0.0",  # noqa: S104 - in a pod, with keys
        "port": 8080,
        "api_keys": "${EXHELL_GATEWAY_KEYS}",
        "servers": read.gateway.servers,
    }
    assert named_in(read.source.url) == named_in(profile.source.url)


def test_the_server_is_told_what_it_is_told_on_one_machine() -> None:
    """But for where things lie: so what real servers are tested with here is what runs there."""
    profile = profile_of(**{"serve.host": "0.0.0.0"})  # noqa: S104 - only rendered
    server = found(profile, "StatefulSet", SERVERS)["spec"]["template"]["spec"]["containers"][0]
    here = process_job(profile, vllm_command, WEIGHTS, Path("log")).argv
    moved = {"--model": "/models/base", "--chat-template": "/etc/exhell/chat-template.jinja"}
    expected = [moved.get(before, word) for before, word in pairwise(here[2:])]
    assert [here[1], here[2], *expected] == [*server["command"][1:], *server["args"]]


@pytest.mark.parametrize(
    ("store", "place", "reads_only"),
    [("/mnt/store", "/mnt/store", True), ("s3://bucket/store", "/tmp/exhell-artifacts", False)],  # noqa: S108
)
def test_adapters_lie_where_the_gateway_says(store: str, place: str, reads_only: bool) -> None:
    profile = profile_of(store=store)
    mounts = [
        mount
        for pod in pods(profile)
        for container in pod["spec"]["containers"]
        for mount in container.get("volumeMounts", ())
        if mount["name"] == "store"
    ]
    assert {mount["mountPath"] for mount in mounts} == {place}
    assert [mount["readOnly"] for mount in mounts] == [True, reads_only]  # the servers, then the gateway


@pytest.mark.parametrize("uri", ["", "sqlite:///mlflow.db", "file:///runs"])
def test_a_registry_that_no_pod_can_read_is_refused(uri: str) -> None:
    with pytest.raises(RenderError, match=r"is no address that a cluster can reach; set it to MLflow's server"):
        render(load_profile("demo", {"tracking.uri": uri}), WEIGHTS)
