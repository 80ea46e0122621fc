"""The page that explains the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from deployments.export_api.app import PATH
from deployments.export_api.pages import POLICY, kind
from tests.deployments.export_api.conftest import NOWHERE, Running, api_profile, running
from tests.deployments.export_api.engines import FakeEngine


class Parsed(HTMLParser):
    """The tags of a page, and what they name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.named: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.named |= {value or "" for name, value in attrs if name in {"src", "href", "srcset", "action", "data"}}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(api_profile(tmp_path_factory.mktemp("pages"), NOWHERE), FakeEngine()) as served:
        yield served


def test_the_page_loads_nothing_and_runs_nothing(place: Running) -> None:
    answer = place.client.get("/docs")
    parsed = Parsed(answer.text)

    assert not parsed.tags & {"script", "img", "iframe", "object", "embed", "form", "base"}
    assert parsed.named == {"data:,", "/openapi.json"}
    assert "@import" not in answer.text
    assert "url(" not in answer.text
    assert answer.headers["content-security-policy"] == POLICY


def test_the_policy_lets_no_address_in() -> None:
    assert re.search(r"https?:|\*|unsafe|'self'", POLICY) is None


def test_the_page_names_every_field_and_every_status(place: Running) -> None:
    text = place.client.get("/docs").text
    document = place.client.get("/openapi.json").json()
    fields = document["paths"][PATH]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]

    assert [name for name in fields if f"<code>{name}</code>" not in text] == []
    assert [status for status in document["paths"][PATH]["post"]["responses"] if f"<code>{status}<" not in text] == []


def test_the_page_shows_calls_to_the_address_that_it_came_from(place: Running) -> None:
    text = place.client.get("/docs").text

    assert f"curl -X POST {place.url}{PATH} " in text
    assert "`" not in text
    assert "<code>ko-KR</code>" in text


def test_the_same_fields_are_described_for_body_and_query(place: Running) -> None:
    paths = place.client.get("/openapi.json").json()["paths"][PATH]
    fields = paths["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]

    assert [parameter["name"] for parameter in paths["get"]["parameters"]] == list(fields)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 5}, "whole number, 1 to 5"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, "true or false"),
        ({"type": "array", "items": {"type": "string"}}, "list of text"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "name to whole number"),
        ({"$ref": "#/components/schemas/Stats"}, "Stats"),
        ({"type": "string", "format": "date-time"}, "time with offset"),
    ],
)
def test_schemas_read_as_words(schema: dict[str, object], words: str) -> None:
    assert kind(schema) == words
