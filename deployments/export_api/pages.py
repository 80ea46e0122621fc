"""The OpenAPI description as a page for people: plain HTML without a script, so that nothing is fetched from anywhere.

FastAPI's own pages load their scripts from a content delivery network, which a machine behind a firewall cannot reach,
and which would run as this server's own.
"""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

_FOLDER = Path(__file__).parent
STYLE = (_FOLDER / "page.css").read_text(encoding="utf-8")
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page's own style and nothing else: no script, no picture, no address."""


def page(document: dict[str, Any], server: str, path: str, example: dict[str, Any]) -> str:
    """The page of an OpenAPI document. `server` is the address that its reader called, `example` a body to show."""
    environment = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)
    environment.filters["code"] = code
    template = environment.get_template("page.html.jinja")
    return template.render(
        info=document["info"],
        style=STYLE,
        server=server,
        path=path,
        example=json.dumps(example),
        guarded="security" in document,
        operations=[_operation(method, told) for method, told in document["paths"][path].items()],
        shapes=[
            {"name": name, "text": schema.get("description", ""), "fields": _fields(schema)}
            for name, schema in document["components"]["schemas"].items()
        ],
    )


def _operation(method: str, told: dict[str, Any]) -> dict[str, Any]:
    if "requestBody" in told:
        fields = _fields(told["requestBody"]["content"]["application/json"]["schema"])
    else:
        fields = [
            {"name": each["name"], "kind": kind(each["schema"]), "text": each.get("description", "")}
            for each in told["parameters"]
        ]
    answers = [
        {"status": status, "text": answer["description"], "types": ", ".join(answer.get("content", {}))}
        for status, answer in sorted(told["responses"].items())
    ]
    return {"method": method.upper(), "summary": told["summary"], "fields": fields, "answers": answers}


def _fields(schema: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"name": name, "kind": kind(field), "text": field.get("description", "")}
        for name, field in schema.get("properties", {}).items()
    ]


def code(text: str) -> Markup:
    """A text as HTML, with what stands between backticks as code."""
    pieces = [
        Markup("<code>{}</code>").format(piece) if odd % 2 else escape(piece)
        for odd, piece in enumerate(text.split("`"))
    ]
    return Markup("").join(pieces)


def kind(schema: dict[str, Any]) -> str:
    """A JSON schema in a few words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(kind(each) for each in schema["anyOf"] if each.get("type") != "null")
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', {}))}"
    if "additionalProperties" in schema and isinstance(schema["additionalProperties"], dict):
        return f"name to {kind(schema['additionalProperties'])}"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    word = words.get(schema.get("type", ""), str(schema.get("type", "anything")))
    word = {"date-time": "time with offset", "date": "date"}.get(schema.get("format", ""), word)
    bounds = [f"{schema[key]:,}" for key in ("minimum", "maximum") if key in schema]
    return f"{word}, {' to '.join(bounds)}" if len(bounds) == 2 else word
