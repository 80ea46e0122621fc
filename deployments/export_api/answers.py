"""What the API says where it does not do what it was asked: one shape of JSON for every error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from deployments.export_api.request import FieldProblem, WrongInputError
from tasks.artifacts import FunnelStep


class WrongField(BaseModel):
    """What is wrong with one field."""

    model_config = ConfigDict(extra="forbid")

    field: str
    message: str


class ErrorBody(BaseModel):
    """Why the API did not do it, and what to do."""

    model_config = ConfigDict(extra="forbid")

    error: str = Field(description="For people.")
    fields: list[WrongField] = Field(default_factory=list, description="The fields that are wrong, by their names.")
    funnel: list[FunnelStep] = Field(
        default_factory=list, description="Where nothing passed the filter: what each rule dropped."
    )


@dataclass(eq=False)
class Refusal(Exception):  # noqa: N818 - most are no errors of ours
    """An answer instead of what was asked for."""

    status: int
    error: str
    fields: tuple[FieldProblem, ...] = ()
    funnel: tuple[FunnelStep, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, wrong: WrongInputError) -> Refusal:
        return cls(wrong.status, str(wrong), tuple(problem for problem in wrong.problems if problem.field))

    def response(self) -> Response:
        body = ErrorBody(
            error=self.error,
            fields=[WrongField(field=name, message=text) for name, text in self.fields],
            funnel=list(self.funnel),
        )
        return Response(orjson.dumps(body.model_dump()), self.status, dict(self.headers), media_type="application/json")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.response()(scope, receive, send)


def too_many(error: str, wait_s: float, status: int = 429) -> Refusal:
    """A refusal that says when to come again, in whole seconds, one at least."""
    return Refusal(status, error, headers={"Retry-After": str(max(1, int(-(-wait_s // 1))))})
