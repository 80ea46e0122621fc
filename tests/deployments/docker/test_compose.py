"""The compose file is what Compose takes, and opens nothing to other machines. Nothing is run: there is no daemon."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from configs.load import PROJECT, load_profile

FOLDER = PROJECT / "deployments" / "docker"
TEXT = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
CONTENT: dict[str, Any] = yaml.safe_load(TEXT)
VARIABLE = re.compile(r"\$\{(\w+)")


def test_compose_takes_it() -> None:
    assert PyCompose.from_yaml(TEXT).service_names() == ["exhell", "database"]

    with pytest.raises(ValueError, match="stop_grace_periot"):
        PyCompose.from_yaml(TEXT.replace("stop_grace_period", "stop_grace_periot"))


def test_its_variables_are_in_the_example() -> None:
    example = dict(
        line.split("=", 1) for line in (FOLDER / "example.env").read_text("utf-8").splitlines() if "=" in line[:60]
    )

    used = set(VARIABLE.findall(re.sub(r"(?m)^#.*", "", TEXT)))
    assert used - set(example) == set()
    assert load_profile(example["EXHELL_PROFILE"]).source.url == "${EXHELL_DATABASE_URL}"
    assert [name for name, value in example.items() if name.endswith(("PASSWORD", "KEYS")) and value] == []


def test_nothing_is_open_to_other_machines() -> None:
    for name, service in CONTENT["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
        assert "privileged" not in service


def test_the_stack_is_asked_where_its_gateway_listens() -> None:
    asked = " ".join(CONTENT["services"]["exhell"]["healthcheck"]["test"])

    gateway = load_profile("exhell").gateway
    assert f"http://{gateway.host}:{gateway.port}/ready" in asked


def test_images_have_one_name_everywhere() -> None:
    built = (FOLDER / "gpu.Dockerfile").read_text("utf-8").partition("-t ")[2].split()[0]

    assert CONTENT["services"]["exhell"]["image"] == built
    for pool in ("docker", "kubernetes"):
        template = (PROJECT / "deployments" / "work_pools" / f"{pool}.json").read_text("utf-8")
        assert f'"default": "{built}"' in template
