"""Files of cases: every line gets a verdict, a bad one says why, and nothing crashes the judge."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tasks.judge.cases import CasesError, judge_file

SALES = {
    "매출": [["지역", "금액", "날짜"], ["서울", 100, "2024-01-31"], ["부산", 200, "2024-02-01"], ["서울", 50, None]]
}


def verdicts(folder: Path, *cases: dict[str, Any] | str) -> list[dict[str, Any]]:
    lines = [case if isinstance(case, str) else json.dumps({"id": str(at)} | case) for at, case in enumerate(cases)]
    (folder / "cases.jsonl").write_text("\n".join(lines), encoding="utf-8")
    judge_file(folder / "cases.jsonl", folder / "verdicts.jsonl")
    return [json.loads(line) for line in (folder / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()]


def test_answers_are_read_as_people_write_them(tmp_path: Path) -> None:
    found = verdicts(
        tmp_path,
        {"reference": "=SUM(B2:B4)", "candidate": "정답은 =B2+B3+B4 입니다.", "workbook": SALES},
        {"reference": "=SUM(B2:B4)", "candidate": "```excel\n=SUM(B2:B3)\n```", "workbook": SALES},
        {"reference": "=SUM(B2:B4)", "candidate": "＝SUM（매출！B2：B4）", "workbook": SALES},
        {"reference": "=SUM(B2:B4)", "candidate": "=SUM(B2:B4", "workbook": SALES},
        {"reference": "=SUM(B2:B4)", "candidate": "모르겠습니다.", "workbook": SALES},
        {"reference": "=SUM(B2:B4)", "candidate": '=WEBSERVICE("http://127.0.0.1/")', "workbook": SALES},
    )
    said = ["equal", "different", "equal", "malformed", "malformed", "malformed"]
    assert [one["verdict"] for one in found] == said
    assert found[1]["workbook"] == 1
    assert found[1]["cell"]
    assert found[5]["reason"].startswith("unsafe: WEBSERVICE")


@pytest.mark.slow
def test_an_expected_value_is_compared_on_the_given_workbook(tmp_path: Path) -> None:
    book = Workbook()
    for row in SALES["매출"]:
        book.active.append(row)
    book.save(tmp_path / "sales.xlsx")
    found = verdicts(
        tmp_path,
        {"expected": 150, "candidate": '=SUMIF(A2:A4,"서울",B2:B4)', "workbook": "sales.xlsx"},
        {"expected": 150.1, "candidate": '=SUMIF(A2:A4,"서울",B2:B4)', "workbook": "sales.xlsx"},
        {"expected": [["서울"], ["부산"]], "candidate": "=UNIQUE(A2:A4)", "workbook": SALES},
        {"expected": "2024-02-29", "candidate": "=EOMONTH(C3,0)", "workbook": SALES},
        {"expected": True, "candidate": '=A2="서울"', "workbook": SALES},
        {"expected": "#N/A", "candidate": "=MATCH(1,A2:A4,0)", "workbook": SALES},
    )
    assert [one["verdict"] for one in found] == ["equal", "different", "equal", "equal", "equal", "equal"]


def test_the_layout_shows_a_formula_that_is_right_by_chance_alone(tmp_path: Path) -> None:
    """Both give 150 on the given workbook: only workbooks made from its layout tell them apart."""
    (found,) = verdicts(
        tmp_path,
        {"reference": '=SUMIF(A2:A4,"서울",B2:B4)', "candidate": '=SUMIF(A2:A4,"<>부산",B2:B4)', "workbook": SALES},
    )
    assert (found["verdict"], found["workbook"] > 1) == ("different", True)


@pytest.mark.slow
def test_bad_lines_and_bad_workbooks_are_named_and_counted(tmp_path: Path) -> None:
    (tmp_path / "text.xlsx").write_text("no workbook")
    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb:
        for part in range(5):
            bomb.writestr(f"xl/{part}.xml", bytes(60 << 20))
    sum_ = {"reference": "=SUM(A1:A3)", "candidate": "=SUM(A1:A3)"}
    found = verdicts(
        tmp_path,
        "not json",
        {"candidate": "=A1"},
        {"reference": "=A1"},
        {"expected": 1, "candidate": "=A1"},
        sum_ | {"workbook": "none.xlsx"},
        sum_ | {"workbook": "text.xlsx"},
        sum_ | {"workbook": "bomb.xlsx"},
        sum_ | {"workbook": {"A": 3}},
        sum_,
    )
    assert [(one["verdict"], one["judgeable"]) for one in found] == [("unsupported", False)] * 8 + [("equal", True)]
    said = ["is no JSON", "neither a reference", "no candidate", "needs a workbook", "cannot be read", "does not open"]
    said += ["unpacks to 314,572,800 bytes", "a sheet is a list of rows"]
    assert all(part in one["reason"] for part, one in zip(said, found, strict=False)), found


def packed(path: Path, sheet: bytes) -> None:
    """A workbook whose one sheet is this XML."""
    from openpyxl import Workbook

    Workbook().save(path)
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, data in (parts | {"xl/worksheets/sheet1.xml": sheet}).items():
            book.writestr(name, data)


@pytest.mark.slow
def test_bombs_that_hide_their_size_do_not_go_off(tmp_path: Path) -> None:
    cell = b'<c r="A1" t="inlineStr"><is><t>%s</t></is></c>'
    head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    tail = b"</row></sheetData></worksheet>"
    # A zip that says its part is of 1,000 bytes.
    big = head + cell % (b"x" * (300 << 20)) + tail
    packed(tmp_path / "liar.xlsx", big)
    raw = (tmp_path / "liar.xlsx").read_bytes()
    assert raw.count(len(big).to_bytes(4, "little")) >= 2
    (tmp_path / "liar.xlsx").write_bytes(raw.replace(len(big).to_bytes(4, "little"), (1_000).to_bytes(4, "little")))
    # An entity of ten of another, eight levels deep: a gigabyte of letters.
    levels = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 9))
    laughs = b'<!DOCTYPE x [<!ENTITY e0 "aaaaaaaaaa">' + levels + b"]>" + head + cell % b"&e8;" + tail
    packed(tmp_path / "laughs.xlsx", laughs)
    sum_ = {"reference": "=SUM(A1:A3)", "candidate": "=SUM(A1:A3)"}
    found = verdicts(tmp_path, *(sum_ | {"workbook": name} for name in ("liar.xlsx", "laughs.xlsx")), sum_)
    assert [(one["verdict"], one["judgeable"]) for one in found] == [("unsupported", False)] * 2 + [("equal", True)]
    assert all("does not open" in one["reason"] for one in found[:2])


@pytest.mark.slow
def test_a_formula_that_hangs_or_eats_memory_costs_its_own_case_only(tmp_path: Path) -> None:
    hungry = '=SUM(LEN(REPT("abcdefghij",A1:A100000+3000)))'
    endless = "=ROWS(A:A)+" + "+".join(['SUMPRODUCT((A:A="x")*(B:B=1)*(C:C=2)*(D:D=3))'] * 60)
    found = verdicts(
        tmp_path,
        {"reference": "=SUM(A1:A3)", "candidate": hungry},
        {"reference": "=SUM(A1:A3)", "candidate": endless},
        {"reference": "=SUM(A1:A3)", "candidate": "=A1+A2+A3"},
    )
    assert [one["verdict"] for one in found] == ["unsupported", "unsupported", "equal"]
    assert "ended the judge's process: it needs more memory than it may have" in found[0]["reason"]
    assert "takes too much time" in found[1]["reason"]


def test_a_file_that_is_not_there_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(CasesError, match=r"cannot read .*none\.jsonl"):
        judge_file(tmp_path / "none.jsonl", tmp_path / "out.jsonl")
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(CasesError, match="holds no case"):
        judge_file(tmp_path / "empty.jsonl", tmp_path / "out.jsonl")
