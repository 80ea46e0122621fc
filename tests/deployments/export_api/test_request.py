"""What a caller may ask for, and how the API says what is wrong with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from configs.schema import FilterConfig
from deployments.export_api.request import ExportRequest, WrongInputError, from_body, from_query

GUIDE = {
    "format": "llama2",
    "minQualityScore": 0.8,
    "minRating": 4,
    "taskTypes": ["FORMULA", "CREATE"],
    "limit": 10000,
    "includeEdited": True,
}


def _asked(**fields: Any) -> ExportRequest:
    return from_body(json.dumps(fields).encode())


def _wrong(document: Any) -> tuple[int, dict[str, str]]:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(WrongInputError) as caught:
        from_body(body).over(FilterConfig())
    return caught.value.status, dict(caught.value.problems)


def test_the_guide_s_fields_become_the_filter_s() -> None:
    settings = _asked(**GUIDE).over(FilterConfig())

    assert (settings.min_quality_score, settings.min_rating, settings.limit) == (0.8, 4, 10_000)
    assert settings.task_types == ("FORMULA", "CREATE")
    assert settings.include_edited is True


@pytest.mark.parametrize("left_out", [{}, dict.fromkeys(GUIDE.keys() - {"format"})], ids=["nothing", "nulls"])
def test_what_is_left_out_or_null_is_the_profile_s(left_out: dict[str, Any]) -> None:
    profile = FilterConfig(min_rating=2, task_types=("CREATE",), limit=5, languages=("en",), min_korean_share=0.5)

    assert _asked(**left_out).over(profile) == profile


def test_a_body_and_a_query_mean_the_same() -> None:
    query = b"format=llama2&minQualityScore=0.8&minRating=4&taskTypes=FORMULA,CREATE&limit=10000&includeEdited=true"

    assert from_query(query) == _asked(**GUIDE)
    assert from_query(b"taskTypes=FORMULA&taskTypes=CREATE").task_types == ["FORMULA", "CREATE"]


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("minRating", 6, "less than or equal to 5"),
        ("minRating", 4.5, "valid integer"),
        ("minRating", "4", "valid integer"),
        ("minRating", True, "valid integer"),
        ("minQualityScore", 1.01, "less than or equal to 1"),
        ("minQualityScore", "NaN", "valid number"),
        ("limit", 0, "greater than or equal to 1"),
        ("limit", 10**20, "less than or equal to 1000000000"),
        ("includeEdited", 1, "valid boolean"),
        ("taskTypes", "FORMULA", "valid list"),
        ("taskTypes", ["A", "B\n"], "no control character"),
        ("language", "k", "language tag"),
        ("since", 1700000000, "must be a date"),
        ("since", "2026-11-01T09:00:00", "with its offset"),
        ("until", "2026-02-30", "must be a date"),
        ("format", "alpacca", "did you mean alpaca?"),
        ("format", "csv", "the formats are"),
        ("format", None, "valid string"),
    ],
)
def test_a_wrong_value_is_told_with_its_field(field: str, value: Any, says: str) -> None:
    status, problems = _wrong({field: value})

    assert status == 422
    assert [name.partition("[")[0] for name in problems] == [field]
    assert says in next(iter(problems.values()))


@pytest.mark.parametrize(
    ("given", "meant"),
    [("minRatng", "minRating"), ("min_quality_score", "minQualityScore"), ("TASKTYPES", "taskTypes")],
)
def test_an_unknown_field_names_the_nearest_known_one(given: str, meant: str) -> None:
    assert _wrong({given: 1}) == (422, {given: f"unknown field; did you mean {meant}?"})


def test_everything_that_is_wrong_is_told_at_once() -> None:
    _, problems = _wrong({"minRating": 9, "limit": 0, "xyz": 1})

    assert list(problems) == ["minRating", "limit", "xyz"]
    assert "the fields are format, minQualityScore" in problems["xyz"]


@pytest.mark.parametrize("body", [b"", b"{", b"{'a': 1}", b'{"limit": NaN}', b"\xff", b"[" * 5_000])
def test_a_body_that_is_no_json_is_a_bad_request(body: bytes) -> None:
    status, problems = _wrong(body)

    assert status == 400
    assert "not valid JSON" in problems[""]


@pytest.mark.parametrize("body", [b"[]", b"null", b"3"])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    assert _wrong(body)[0] == 422


@pytest.mark.parametrize(
    ("query", "field"),
    [
        (b"minRating=4&minRating=5", "minRating"),
        (b"minRating=", "minRating"),
        (b"minQualityScore=nan", "minQualityScore"),
        (b"includeEdited=yes", "includeEdited"),
        (b"taskTypes=", "taskTypes[0]"),
        (b"minratings=3", "minratings"),
    ],
)
def test_a_wrong_query_is_told_with_its_field(query: bytes, field: str) -> None:
    with pytest.raises(WrongInputError) as caught:
        from_query(query)

    assert caught.value.status == 422
    assert [name for name, _ in caught.value.problems] == [field]


def test_a_query_that_is_no_utf_8_is_a_bad_request() -> None:
    with pytest.raises(WrongInputError) as caught:
        from_query(b"taskTypes=%ff")

    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T09:00:00+09:00", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T00:00:00.1234567Z", datetime(2026, 11, 1, 0, 0, 0, 123456, tzinfo=UTC)),
        ("2026-06-30T23:59:60Z", datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00+09:00", datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_times_are_taken_as_rfc_3339_writes_them(text: str, moment: datetime) -> None:
    assert _asked(since=text).since == moment


def test_a_plus_that_a_query_turned_into_a_blank_is_understood() -> None:
    assert from_query(b"since=2026-11-01T09:00:00+09:00").since == datetime(2026, 11, 1, tzinfo=UTC)


def test_an_end_before_the_beginning_is_a_conflict() -> None:
    status, problems = _wrong({"since": "2026-11-02", "until": "2026-11-01"})

    assert status == 409
    assert "later than since" in problems["until"]


@pytest.mark.parametrize(
    ("language", "languages"), [("en", ("en",)), (["ko", "en-US"], ("ko", "en-US")), ("*", ()), ([], ())]
)
def test_languages_are_one_or_several_or_any(language: Any, languages: tuple[str, ...]) -> None:
    assert _asked(language=language).over(FilterConfig()).languages == languages


def test_a_value_of_any_length_is_shown_short() -> None:
    _, problems = _wrong({"format": "x" * 60_000})

    assert len(problems["format"]) < 300
