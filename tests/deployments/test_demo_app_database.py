"""The demo's database: the same on every machine, messy in all ways that a night meets, right in its formulas."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import ironcalc
import pytest

from deployments.demo.app_database import COLUMNS, DayOfTraffic, add_day, create, rows
from deployments.demo.formulas import FAMILIES, FUNCTIONS
from deployments.demo.questions import ask_formula, break_formula
from deployments.demo.sheets import GROUPS, dice
from tasks.records import INTERACTION_SCHEMA, Interaction

DEMO = Path(__file__).parents[2] / "deployments" / "demo"


@pytest.fixture(scope="module")
def first_rows() -> list[Interaction]:
    return list(rows())


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "app.sqlite"
    create(path)
    return path


@pytest.fixture
def database(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(pristine, tmp_path))


def read(path: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        found = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM interactions ORDER BY id").fetchall()  # noqa: S608
    connection.close()
    return found


def is_good(row: Interaction) -> bool:
    judged_well = (row.rating or 0) >= 4 and (row.quality_score or 0) >= 0.7
    return judged_well and row.training_consent and row.language == "ko" and row.deleted_at is None


def answer(row: Interaction) -> str:
    return row.output if row.edited_output is None else row.edited_output


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "one.sqlite", tmp_path / "two.sqlite"
    for path in (one, two):
        assert create(path) == 6_400
        add_day(path)
    assert one.read_bytes() == two.read_bytes()


def test_another_seed_gives_other_rows(first_rows: list[Interaction]) -> None:
    assert next(rows(seed=7)).instruction != first_rows[0].instruction


def test_create_does_not_overwrite(database: Path) -> None:
    before = database.read_bytes()
    with pytest.raises(FileExistsError, match="delete it to start the demo over"):
        create(database)
    assert database.read_bytes() == before


def test_add_day_wants_a_database(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="create it first"):
        add_day(tmp_path / "none.sqlite")
    assert not (tmp_path / "none.sqlite").exists()


def test_both_schemas_have_the_columns_of_the_record() -> None:
    for dialect in ("sqlite", "postgresql"):
        table = (
            (DEMO / f"schema.{dialect}.sql")
            .read_text(encoding="utf-8")
            .partition("CREATE TABLE")[2]
            .partition("\n);")[0]
        )
        assert re.findall(r"^    (\w+)", table, re.MULTILINE) == INTERACTION_SCHEMA.names


def test_sqlite_holds_the_same_rows_as_the_records(database: Path, first_rows: list[Interaction]) -> None:
    stored = read(database)
    row, expected = stored[123], first_rows[123]
    assert len(stored) == len(first_rows)
    assert row[COLUMNS.index("instruction")] == expected.instruction
    assert row[COLUMNS.index("training_consent")] == int(expected.training_consent)
    assert row[COLUMNS.index("updated_at")] == expected.updated_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_times_are_in_order_and_within_the_sixty_days(first_rows: list[Interaction]) -> None:
    start, end = datetime(2026, 9, 2, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
    for row in first_rows:
        assert start <= row.created_at <= row.updated_at < end
        assert row.deleted_at is None or row.deleted_at == row.updated_at
    assert [row.created_at for row in first_rows] == sorted(row.created_at for row in first_rows)


def test_enough_good_rows_most_of_them_formulas(first_rows: list[Interaction]) -> None:
    good = {(row.instruction, row.input): row for row in first_rows if is_good(row)}
    formulas = [row for row in good.values() if answer(row).startswith("=")]
    assert len(good) >= 2_500
    assert len(formulas) >= 0.7 * len(good)
    assert {row.task_type for row in good.values()} == {"FORMULA", "CREATE", "CORRECT", "ANALYZE", "EXPLAIN"}


@pytest.mark.parametrize(
    ("mess", "at_least"),
    [
        ("edited", 300),
        ("follow-up turns", 1_000),
        ("not rated", 300),
        ("not scored", 50),
        ("rated low", 300),
        ("no consent", 300),
        ("deleted", 50),
        ("English", 100),
        ("empty answer", 10),
        ("refused", 10),
        ("junk", 50),
        ("resident number", 15),
        ("phone number", 15),
        ("mail address", 15),
        ("card number", 15),
        ("table in the input", 300),
    ],
)
def test_the_mess_is_there(first_rows: list[Interaction], mess: str, at_least: int) -> None:
    seen = {
        "edited": lambda row: row.edited_output is not None,
        "follow-up turns": lambda row: row.turn > 1,
        "not rated": lambda row: row.rating is None,
        "not scored": lambda row: row.quality_score is None,
        "rated low": lambda row: row.rating is not None and row.rating <= 2,
        "no consent": lambda row: not row.training_consent,
        "deleted": lambda row: row.deleted_at is not None,
        "English": lambda row: row.language == "en",
        "empty answer": lambda row: row.output == "",
        "refused": lambda row: row.output.startswith("죄송합니다"),
        "junk": lambda row: row.instruction in {"테스트", "ㅋㅋㅋ", "ㅁㄴㅇㄹ"},
        "resident number": lambda row: re.search(r"\d{6}-\d{7}", row.input),
        "phone number": lambda row: re.search(r"010-\d{4}-\d{4}", row.input),
        "mail address": lambda row: "@example.com" in row.input,
        "card number": lambda row: re.search(r"(\d{4}-){3}\d{4}", row.input),
        "table in the input": lambda row: "\t" in row.input or "열 " in row.input,
    }[mess]
    assert sum(bool(seen(row)) for row in first_rows) >= at_least


def test_the_same_question_comes_from_many_users(first_rows: list[Interaction]) -> None:
    askers: dict[str, set[str]] = {}
    for row in first_rows:
        askers.setdefault(row.instruction + row.input, set()).add(row.user_id)
    assert sum(len(users) > 1 for users in askers.values()) >= 50


def test_near_duplicates_differ_in_blanks_only(first_rows: list[Interaction]) -> None:
    spellings: dict[str, set[str]] = {}
    for row in first_rows:
        spellings.setdefault("".join((row.instruction + row.input).split()), set()).add(row.instruction + row.input)
    assert sum(len(forms) > 1 for forms in spellings.values()) >= 30


def test_turns_of_a_session_are_one_users_and_count_from_one(first_rows: list[Interaction]) -> None:
    sessions: dict[str, list[Interaction]] = {}
    for row in first_rows:
        sessions.setdefault(row.session_id, []).append(row)
    for turns in sessions.values():
        assert [row.turn for row in turns] == list(range(1, len(turns) + 1))
        assert len({row.user_id for row in turns}) == 1


def test_a_day_adds_rows_and_changes_old_ones(database: Path) -> None:
    before = {row[0]: row for row in read(database)}
    day = add_day(database)
    after = {row[0]: row for row in read(database)}

    changed = [after[key] for key in before if after[key] != before[key]]
    assert day.added == len(after) - len(before) == 400
    assert day.changed + day.withdrawn + day.deleted == len(changed)
    assert min(day.changed, day.withdrawn, day.deleted) > 0


def test_everything_a_day_touches_is_newer_than_all_before(database: Path) -> None:
    updated = COLUMNS.index("updated_at")
    before = {row[0]: row for row in read(database)}
    watermark = max(str(row[updated]) for row in before.values())
    add_day(database)
    touched = [row for row in read(database) if before.get(row[0]) != row]
    assert all(watermark < str(row[updated]) < "2026-11-02" for row in touched)


def test_withdrawn_consent_covers_all_rows_of_a_user_and_lasts(database: Path) -> None:
    user, consent = COLUMNS.index("user_id"), COLUMNS.index("training_consent")
    before = {row[0]: row for row in read(database)}
    add_day(database)
    after = read(database)
    left = {row[user] for row in after if row[0] in before and before[row[0]][consent] and not row[consent]}
    deleted = COLUMNS.index("deleted_at")
    assert len(left) == 2
    assert not any(row[consent] for row in after if row[user] in left and row[deleted] is None)


@pytest.mark.slow
def test_days_follow_each_other(database: Path) -> None:
    days: list[DayOfTraffic] = [add_day(database) for _ in range(3)]
    assert [day.day.isoformat() for day in days] == ["2026-11-01", "2026-11-02", "2026-11-03"]
    assert len(read(database)) == 6_400 + 3 * 400


def test_a_late_edit_repairs_the_answer(database: Path) -> None:
    edited, output = COLUMNS.index("edited_output"), COLUMNS.index("output")
    before = {row[0]: row for row in read(database)}
    add_day(database)
    edits = [row for row in read(database) if row[0] in before and row[edited] != before[row[0]][edited]]
    assert edits
    for row in edits:
        repaired = str(row[edited])
        assert repaired.startswith("=")
        assert repaired.count("(") == repaired.count(")")
        assert repaired != row[output]


def sheet_for_formulas() -> ironcalc.Model:
    """Text from GROUPS in columns A-F and numbers in G-L, so that every family finds something to work on."""
    model = ironcalc.create("sheet", "en", "UTC", "en")
    values = [value for group in GROUPS.values() for value in group]
    for row in range(1, 160):
        for column in range(1, 21):
            model.set_user_input(
                0,
                row,
                column,
                str((row * 37 + column * 11) % 997 + 1) if (row + column) % 3 else values[row % len(values)],
            )
    return model


@pytest.mark.parametrize("family", list(FAMILIES))
def test_every_family_is_evaluated_by_a_real_engine(family: str) -> None:
    """No formula is malformed or unknown; an error may come from the data alone (no match, text divided)."""
    model, rng = sheet_for_formulas(), dice("engine", family)
    formulas = [ask_formula(rng, (family,)).formula for _ in range(12)]
    for row, formula in enumerate(formulas, start=200):
        model.set_user_input(0, row, 30, formula)
    model.evaluate()
    shown = [model.get_formatted_cell_value(0, row, 30) for row in range(200, 200 + len(formulas))]
    unfit = {"#ERROR!", "#NAME?", "#REF!", "#N/IMPL!", "#CIRC!", ""} - ({""} if family == "IFERROR" else set())
    assert not unfit & set(shown), list(zip(formulas, shown, strict=True))
    assert any(not value.startswith("#") for value in shown), list(zip(formulas, shown, strict=True))


def test_a_formula_question_names_every_reference_of_its_answer() -> None:
    rng = dice("references")
    for _ in range(2_000):
        asked = ask_formula(rng)
        said = asked.instruction + asked.input
        for column, row in re.findall(r"\b([A-Z])(\d+)", asked.formula):
            assert column in said, asked
            assert row in re.findall(r"\d+", said), asked


def test_a_broken_formula_is_not_another_right_one() -> None:
    rng = dice("slips")
    for _ in range(2_000):
        formula = ask_formula(rng).formula
        broken = break_formula(rng, formula)
        name = broken.removeprefix("=").partition("(")[0]
        still_right = broken.startswith("=") and name in FUNCTIONS and broken.count("(") == broken.count(")")
        assert broken != formula
        assert not still_right or re.search(r"\d[-;]", broken), (formula, broken)


def test_all_families_appear_in_the_good_rows(first_rows: list[Interaction]) -> None:
    heads = Counter(answer(row).partition("(")[0] for row in first_rows if is_good(row))
    for function in FUNCTIONS - {"MATCH"}:
        assert heads[f"={function}"] >= 20, function


def test_personal_data_is_nobodys(first_rows: list[Interaction]) -> None:
    """Resident numbers carry a region code that was never given out, and the right checksum that a filter expects."""
    numbers = [found for row in first_rows for found in re.findall(r"(\d{6})-(\d{7})", row.input)]
    for born, rest in numbers:
        digits = [int(digit) for digit in born + rest]
        total = sum(digit * weight for digit, weight in zip(digits, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), strict=False))
        assert int(rest[1:3]) >= 96
        assert (11 - total % 11) % 10 == digits[12]
    for row in first_rows:
        for card in re.findall(r"(?:\d{4}-){3}\d{4}", row.input):
            luhn = [int(digit) * (2 - index % 2) for index, digit in enumerate(card.replace("-", ""))]
            assert sum(value - 9 if value > 9 else value for value in luhn) % 10 == 0
