"""The file of what formulas came to: shared, never half read, of no use to another engine or other code."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from tasks.judge import cache
from tasks.judge.cache import FormulaCache, FormulaCacheError


def test_another_process_reads_what_one_wrote(tmp_path: Path) -> None:
    one, other = FormulaCache(tmp_path / "deep" / "formulas.json"), FormulaCache(tmp_path / "deep" / "formulas.json")
    assert dict(other.load()) == {}
    one.add({"=A2": "", "=B2": "unknown: x"})
    assert dict(other.load()) == {"=A2": "", "=B2": "unknown: x"}
    other.add({"=C2": "refused: 한글"})
    assert dict(one.load()) == {"=A2": "", "=B2": "unknown: x", "=C2": "refused: 한글"}


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b"\xff\xfe", b'{"of": 1}', b'{"of": "x", "formulas": {"=A2": ""}}']
)
def test_a_damaged_or_foreign_file_counts_as_empty_and_is_rebuilt(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "formulas.json"
    path.write_bytes(damage)
    known = FormulaCache(path)
    assert dict(known.load()) == {}
    known.add({"=A2": ""})
    assert dict(FormulaCache(path).load()) == {"=A2": ""}


def test_wrong_values_count_as_damage(tmp_path: Path) -> None:
    path = tmp_path / "formulas.json"
    FormulaCache(path).add({"=A2": ""})
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(content | {"formulas": {"=A2": None}}), encoding="utf-8")
    assert dict(FormulaCache(path).load()) == {}


def test_other_code_starts_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "formulas.json"
    FormulaCache(path).add({"=A2": ""})
    monkeypatch.setattr(cache, "_made_by", lambda: "ironcalc 99")
    assert dict(FormulaCache(path).load()) == {}


def test_a_full_file_starts_anew_with_the_latest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST", 3)
    known = FormulaCache(tmp_path / "formulas.json")
    known.add({"=A2": "", "=B2": "", "=C2": ""})
    known.add({"=D2": ""})
    assert dict(FormulaCache(tmp_path / "formulas.json").load()) == {"=D2": ""}


@pytest.mark.slow
def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "formulas.json"
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        list(pool.map(_write, [path] * 4, range(4)))
    assert len(FormulaCache(path).load()) == 4 * 10


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FormulaCacheError, match=r"cannot write the formula cache .*formulas\.json: "):
        FormulaCache(tmp_path / "file" / "formulas.json").add({"=A2": ""})


def _write(path: Path, worker: int) -> None:
    for number in range(10):
        FormulaCache(path).add({f"=A{worker}+{number}": ""})
