"""The application: two calls under one path, their description, and errors in one shape.

POST /api/admin/fine-tuning/export     a training file
GET  /api/admin/fine-tuning/export     figures about what that file would hold
GET  /openapi.json, /docs              the description, for programs and for people
"""

from __future__ import annotations

import asyncio
import logging
from copy import deepcopy
from functools import cache
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from configs.schema import Profile
from deployments.export_api.answers import ErrorBody, Refusal
from deployments.export_api.audit import Audit
from deployments.export_api.call import STATS, Call, Service
from deployments.export_api.engine import Engine
from deployments.export_api.formats import FILES
from deployments.export_api.guard import Guard
from deployments.export_api.limits import Slots
from deployments.export_api.pages import POLICY, page
from deployments.export_api.request import ExportRequest, WrongInputError, from_body, from_query
from deployments.export_api.stats import Stats

PATH = "/api/admin/fine-tuning/export"
MOST_BODY_BYTES = 64 << 10
BODY_TIMEOUT_S = 20.0

GUIDE_EXAMPLE = {
    "format": "llama2",
    "minQualityScore": 0.8,
    "minRating": 4,
    "taskTypes": ["FORMULA", "CREATE"],
    "limit": 10000,
    "includeEdited": True,
}

_ERRORS = {
    400: "The body is no JSON, or the query is not percent-encoded.",
    401: "The token is missing or wrong.",
    403: "Callers from elsewhere, and browsers' calls from other pages, are refused.",
    408: "The body did not come in time.",
    409: "Every field is right, but no interaction passes the filter that they make; `funnel` says where they went.",
    413: "The body is over 64 KiB.",
    415: "The body is not application/json.",
    422: "A field is unknown, or its value is not allowed; `fields` names each.",
    429: "Too many calls, or another export of yours is being made; `Retry-After` says when to come again.",
    500: "A fault of the server; its log says more.",
    503: "The database cannot be read now, or as many exports are being made as are allowed.",
}
_OF_BODIES = {408, 413, 415}
_RETRY = {"Retry-After": {"description": "Seconds.", "schema": {"type": "string", "pattern": "^[0-9]+$"}}}


class StatsBody(BaseModel):
    """The answer to a GET."""

    model_config = ConfigDict(extra="forbid")

    stats: Stats


def create(profile: Profile, engine: Engine, audit: Audit, token: str = "") -> ASGIApp:
    """The API of a profile, behind its guard. `token` is the one that calls must bear; empty: local callers only."""
    service = Service(engine, Slots(profile.api.max_exports), audit, profile.api.stall_timeout_s)
    app = FastAPI(
        title="Exhell export API",
        summary="The interactions that a model may learn from, as a training file.",
        description="The same extraction, filter and scrubbing as the night's. "
        "What a call leaves out, or gives as null, is as the server's profile has it.",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    _add_calls(app, profile, service)
    _add_description(app, guarded=bool(token))
    _add_errors(app)
    return Guard(app, token, profile.api.requests_per_minute, audit)


def _add_calls(app: FastAPI, profile: Profile, service: Service) -> None:
    @app.post(
        PATH,
        operation_id="export",
        summary="A training file",
        response_class=Response,
        responses=_responses(_ERRORS) | {200: _files()},
        openapi_extra={"requestBody": _request_body()},
    )
    async def export(request: Request) -> Response:
        asked = from_body(await _body(request))
        return Call(service, request.state.caller, asked.over(profile.filter), asked.format)

    @app.get(
        PATH,
        operation_id="stats",
        summary="Figures about what the file would hold",
        response_class=Response,
        responses=_responses({status: text for status, text in _ERRORS.items() if status not in _OF_BODIES})
        | {200: {"description": "The figures.", "model": StatsBody}},
        openapi_extra={"parameters": _parameters()},
    )
    async def stats(request: Request) -> Response:
        asked = from_query(request.scope["query_string"])
        return Call(service, request.state.caller, asked.over(profile.filter), STATS)


async def _body(request: Request) -> bytes:
    """The body, up to the limit. Raises a Refusal."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415, "send the fields as JSON: -H 'Content-Type: application/json' -d '{\"minRating\": 4}'")
    too_large = Refusal(413, f"the body is over {MOST_BODY_BYTES >> 10} KiB", headers={"Connection": "close"})
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for piece in request.stream():
                body += piece
                if len(body) > MOST_BODY_BYTES:
                    raise too_large
    except TimeoutError:
        raise Refusal(408, "the body did not come", headers={"Connection": "close"}) from None
    return bytes(body)


def _add_description(app: FastAPI, *, guarded: bool) -> None:
    generate = app.openapi

    @cache
    def described() -> dict[str, Any]:
        document = generate()
        if guarded:
            document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
            document["security"] = [{"token": []}]
        return document

    app.openapi = described  # type: ignore[method-assign]

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> JSONResponse:
        return JSONResponse(described())

    @app.get("/docs", include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        server = str(request.base_url).rstrip("/")
        return HTMLResponse(page(described(), server, PATH, GUIDE_EXAMPLE), headers={"Content-Security-Policy": POLICY})


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(Refusal)
    async def refused(_request: Request, refusal: Refusal) -> Response:
        return refusal.response()

    @app.exception_handler(WrongInputError)
    async def wrong(_request: Request, error: WrongInputError) -> Response:
        return Refusal.of(error).response()

    @app.exception_handler(HTTPException)
    async def routing(request: Request, error: HTTPException) -> Response:
        if error.status_code == 405:
            allowed = "GET, POST" if request.url.path == PATH else "GET"
            return Refusal(405, f"{request.method} is not known here", headers={"Allow": allowed}).response()
        return Refusal(
            error.status_code, f"there is nothing here; the API is at {PATH}, and /docs explains it"
        ).response()

    @app.exception_handler(Exception)
    async def defect(_request: Request, error: Exception) -> Response:
        logging.getLogger(__name__).error("a call failed: %s", type(error).__name__)
        return Refusal(500, "the call failed by a fault of the server; its log says more").response()


def _responses(errors: dict[int, str]) -> dict[int | str, dict[str, Any]]:
    return {
        status: {"description": text, "model": ErrorBody} | ({"headers": _RETRY} if status in {429} else {})
        for status, text in errors.items()
    }


def _files() -> dict[str, Any]:
    types = dict.fromkeys(kind.media_type.partition(";")[0] for kind in FILES.values())
    return {
        "description": "The file, in chunks: one that ends without the last is not whole, and `curl` says so.",
        "content": {name: {"schema": {"type": "string"}} for name in types},
        "headers": {
            "X-Total-Records": {"description": "Records in the file.", "schema": {"type": "integer", "minimum": 1}},
            "Content-Disposition": {"description": "The file's name.", "schema": {"type": "string"}},
        },
    }


def _schema() -> dict[str, Any]:
    return deepcopy(ExportRequest.model_json_schema(by_alias=True))


def _request_body() -> dict[str, Any]:
    schema = _schema()
    for described in schema["properties"].values():
        described.pop("title")
    return {"required": True, "content": {"application/json": {"schema": schema, "example": GUIDE_EXAMPLE}}}


def _parameters() -> list[dict[str, Any]]:
    """The same fields in a query, which knows no null, and where a list is one text or several."""
    found = []
    for name, described in _schema()["properties"].items():
        kinds = [kind for kind in described.get("anyOf", [described]) if kind.get("type") != "null"]
        if kinds[0].get("type") == "array":
            kinds.insert(0, kinds[0]["items"])
        schema = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
        plain = {key: value for key, value in schema.items() if key not in {"title", "description", "default"}}
        found.append({"name": name, "in": "query", "description": described["description"], "schema": plain})
    return found
