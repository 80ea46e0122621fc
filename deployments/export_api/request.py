"""What a caller may ask for: the same names in the body of a POST and in the query of a GET, checked alike.

All that is wrong is told at once, each with the name of its field. What is left out, or null, is the profile's.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple
from urllib.parse import parse_qsl

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic.alias_generators import to_camel

from configs.schema import FilterConfig
from deployments.export_api import formats

MOST_ROWS = 1_000_000_000
MOST_NAMES = 100
_SHOWN_CHARS = 80

_NAME = r"^[^\x00-\x1f\x7f]{1,1000}$"
_LANGUAGE = r"^(\*|[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,3})$"
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,30})(\.\d{1,30})?([eE][+-]?\d{1,3})?")
_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[Tt](?P<minute>\d\d:\d\d):(?P<second>\d\d(\.\d{1,6})?)\d*(?P<offset>[Zz]|[+-]\d\d:\d\d)"
)
_WORDS = {
    "taskTypes": "must have 1 to 1,000 characters and no control character",
    "language": "must be a language tag like ko or en-US, or * for any",
}
"""What a pattern means, for those who do not read patterns."""


class FieldProblem(NamedTuple):
    """What is wrong with one field; `field` is empty for the request as a whole."""

    field: str
    message: str


class WrongInputError(Exception):
    """A request that cannot be understood (400) or asks for what cannot be (422)."""

    def __init__(self, status: int, problems: list[FieldProblem]) -> None:
        super().__init__("; ".join(f"{name}: {text}" if name else text for name, text in problems))
        self.status, self.problems = status, problems


def _whole(value: object) -> object:
    """JSON knows no whole numbers of its own: 4.0 is one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _format(value: object) -> object:
    return formats.named(value) if isinstance(value, str) else value


def _moment(value: object) -> object:
    """A date, or a time with its offset, as UTC. A date alone is its midnight in UTC."""
    if isinstance(value, str):
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            value += "T00:00:00Z"
        if match := _TIME.fullmatch(value.replace(" ", "+")):  # in a query, + means a blank
            with suppress(ValueError):
                return _utc(f"{match['day']}T{match['minute']}:{match['second']}{match['offset']}".upper())
    raise ValueError("must be a date (2026-11-01) or a time with its offset (2026-11-01T09:00:00+09:00)")


def _utc(text: str) -> datetime:
    """Raises ValueError. Leap seconds and the years beyond datetime's become the nearest time that it knows."""
    moment = datetime.fromisoformat(text.replace(":60", ":59", 1) if text[17:19] == "60" else text)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return (datetime.min if moment.year == 1 else datetime.max).replace(tzinfo=UTC)


def _moment_or_none(value: object) -> object:
    return None if value is None else _moment(value)


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


_NULL = {"type": "null"}
_FORMAT_SCHEMA = {"type": "string", "enum": list(formats.KNOWN)}
_MOMENT_SCHEMA = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}, _NULL]}
_TAG_SCHEMA = {"type": "string", "pattern": _LANGUAGE}
_LANGUAGE_SCHEMA = {"anyOf": [_TAG_SCHEMA, {"type": "array", "items": _TAG_SCHEMA, "maxItems": MOST_NAMES}, _NULL]}

Names = Annotated[list[Annotated[str, Field(pattern=_NAME)]], Field(max_length=MOST_NAMES)]
Languages = Annotated[list[Annotated[str, Field(pattern=_LANGUAGE)]], Field(max_length=MOST_NAMES)]
Whole = BeforeValidator(_whole)
Moment = Annotated[datetime | None, BeforeValidator(_moment_or_none), WithJsonSchema(_MOMENT_SCHEMA)]


class ExportRequest(BaseModel):
    """The body of a POST."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, alias_generator=to_camel, allow_inf_nan=False)

    format: Annotated[str, BeforeValidator(_format), WithJsonSchema(_FORMAT_SCHEMA)] = Field(
        formats.DEFAULT, description="The file's format. Capitals, blanks and underscores make no difference."
    )
    min_quality_score: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="Only answers that the application scored at least so high, or that their user edited."
    )
    min_rating: Annotated[int, Field(ge=1, le=5), Whole] | None = Field(
        None, description="Only answers with at least so many stars, or that their user edited."
    )
    task_types: Names | None = Field(
        None, description="Only these task types, written as the application does; an empty list means all."
    )
    limit: Annotated[int, Field(ge=1, le=MOST_ROWS), Whole] | None = Field(
        None, description="At most so many records, the latest first."
    )
    include_edited: bool | None = Field(
        None, description="true: a user's edit counts as the answer; false: edited records are left out."
    )
    since: Moment = Field(
        None, description="Only what was asked at this time or later. A date alone is its midnight in UTC."
    )
    until: Moment = Field(None, description="Only what was asked before this time.")
    language: Annotated[Languages | None, BeforeValidator(_several), WithJsonSchema(_LANGUAGE_SCHEMA)] = Field(
        None, description="Only these languages: `ko` also takes `ko-KR`; `*` takes any."
    )

    def over(self, profile: FilterConfig) -> FilterConfig:
        """The profile's filter with what the caller asks for in its place. Raises WrongInputError."""
        asked = self.model_dump(exclude={"format"}, exclude_none=True)
        if (languages := asked.pop("language", None)) is not None:
            asked["languages"] = [] if "*" in languages else languages
        try:
            settings = FilterConfig.model_validate(profile.model_dump() | asked)
        except ValidationError as error:
            raise WrongInputError(422, [_problem(detail, _ASKED_AS) for detail in error.errors()]) from None
        if settings.since and settings.until and _aware(settings.since) >= _aware(settings.until):
            # Each is right by itself: a conflict, not a wrong value.
            raise WrongInputError(409, [FieldProblem("until", "must be later than since: there is nothing between")])
        return settings


NAMES = tuple(to_camel(name) for name in ExportRequest.model_fields)
_ASKED_AS = {name: to_camel(name) for name in ExportRequest.model_fields} | {"languages": "language"}
"""Setting of the filter to field of a request."""

_LISTS = {"taskTypes", "language"}
_NUMBERS = {"minQualityScore", "minRating", "limit"}
_SWITCHES = {"includeEdited": {"true": True, "false": False}}


def from_body(body: bytes) -> ExportRequest:
    """Check a JSON document. Raises WrongInputError."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise WrongInputError(400, [FieldProblem("", f"the body is not valid JSON: {error}")]) from None
    if not isinstance(document, dict):
        raise WrongInputError(422, [FieldProblem("", 'the body must be a JSON object, like {"minRating": 4}')])
    return _checked(document)


def from_query(query: bytes) -> ExportRequest:
    """Check a query string. A list is one name given several times, or values with commas. Raises WrongInputError."""
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=1_000)
    except ValueError:  # UnicodeDecodeError is one
        raise WrongInputError(400, [FieldProblem("", "the query is not valid UTF-8, percent-encoded")]) from None
    document: dict[str, Any] = {}
    twice = []
    for name, text in pairs:
        if name in _LISTS:
            document.setdefault(name, []).extend(_names(text))
        elif name in document:
            twice.append(FieldProblem(name, "is given more than once"))
        else:
            document[name] = _typed(name, text)
    if twice:
        raise WrongInputError(422, twice)
    return _checked(document)


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name] if text else [text]


def _typed(name: str, text: str) -> Any:
    """The JSON value that a text stands for; the text itself where it stands for none, which the check then refuses."""
    if name in _NUMBERS and _NUMBER.fullmatch(text):
        return orjson.loads(text)
    return _SWITCHES.get(name, {}).get(text, text)


def _checked(document: dict[str, Any]) -> ExportRequest:
    try:
        return ExportRequest.model_validate(document)
    except ValidationError as error:
        raise WrongInputError(422, [_problem(detail) for detail in error.errors()]) from None


def _problem(detail: Any, names: Mapping[str, str] | None = None) -> FieldProblem:
    """One of pydantic's errors in words; `names` maps its names to those that the caller knows."""
    path = [part for part in detail["loc"] if isinstance(part, int) or part not in {"str", "bool", "int", "float"}]
    name = str(path[0]) if path else ""
    name = (names or {}).get(name, name)
    # A name that the caller made up is shown, but not at any length.
    field = _cut(name) + "".join(f"[{part}]" for part in path[1:])
    if detail["type"] == "extra_forbidden":
        return FieldProblem(field, f"unknown field; {_nearest(name)}")
    message = _WORDS[name] if detail["type"] == "string_pattern_mismatch" else str(detail["msg"])
    message = message.removeprefix("Value error, ")
    given = detail["input"]
    shown = f" (given: {_cut(json.dumps(given, ensure_ascii=False))})" if isinstance(given, str | int | float) else ""
    return FieldProblem(field, message[0].lower() + message[1:] + shown)


def _nearest(name: str) -> str:
    plain = {known.lower(): known for known in NAMES}
    near = difflib.get_close_matches(re.sub(r"[\W_]", "", name[:_SHOWN_CHARS]).lower(), plain, n=1)
    return f"did you mean {plain[near[0]]}?" if near else f"the fields are {', '.join(NAMES)}"


def _aware(moment: datetime) -> datetime:
    """A profile's time without an offset is in UTC, as the database's are."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"
