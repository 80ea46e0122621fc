"""Night after night, what is taken over from the night before is what a rebuild from nothing makes: byte for byte."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from configs.schema import ConvertConfig, FilterConfig, NearDuplicateConfig, PoisonConfig
from tasks import digests, remembered
from tasks.artifacts import Dataset
from tasks.convert import convert as conversion
from tasks.convert import earlier, plan
from tasks.convert.convert import convert
from tasks.extract.extract import extract
from tasks.filter import near_known
from tasks.filter.filter import filter_extract
from tasks.records import SPLITS
from tasks.storage import StorageError, Store
from tests.tasks.builders import add, change, database, execute, interaction, minutes, source

FILTER = FilterConfig(poison=PoisonConfig(max_per_user=6))
SHARES = ConvertConfig(validation_share=0.2, test_share=0.3, common_question_users=3)
LONG = "지난달 지점별 매출 표에서 {} 지점의 목표 달성률을 소수점 한 자리까지 구하는 방법"
PLACES = ["서울", "부산", "대구", "인천", "광주", "대전", "울산", "세종", "수원", "청주"]
NIGHTS = 3


Made = tuple[Dataset, list[str]]


def prepare(path: Path, store: Store, config: ConvertConfig = SHARES, filters: FilterConfig = FILTER) -> Made:
    """A night's dataset, and the digests of what the filter counted and set aside."""
    filtered = filter_extract(extract(source(path), store), filters, store)
    files = store.manifest(filtered.uri)["files"]
    told = [files[name]["sha256"] for name in ("funnel.json", "quarantine.parquet")]
    return convert(filtered, config, 1, store), told


@pytest.fixture
def rebuilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Made]:
    """The same from nothing, by the way that big datasets are written."""
    count = iter(range(1_000))

    def rebuild(path: Path, **settings: Any) -> Made:
        with monkeypatch.context() as patch:
            patch.setattr(conversion, "FRESH_ROWS", -1)
            return prepare(path, Store(str(tmp_path / f"rebuilt-{next(count)}")), **settings)

    return rebuild


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that weeks are cut, and cut otherwise as they grow."""
    monkeypatch.setattr(plan, "SHARD_ROWS", 8)


class Traffic:
    """An application whose users ask the same, nearly the same and each other's questions, rate late and change their
    minds."""

    def __init__(self, path: Path, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - which rows change is no secret
        self.count = 0
        self.path = database(path, [])
        self.grow(150)

    def grow(self, rows: int) -> None:
        add(self.path, [self._row() for _ in range(rows)])

    def night(self) -> None:
        """New rows, and changes in old ones."""
        self.grow(self.dice.randrange(1, 30))
        for _ in range(self.dice.randrange(6)):
            self._change(self.dice.randrange(1, self.count + 1))

    def _change(self, number: int) -> None:
        what = self.dice.randrange(7)
        if what == 0:
            change(self.path, number, rating=self.dice.choice([1, 4, 5]))
        elif what == 1:
            change(self.path, number, edited_output=f"=SUM(B{number}:B{number + 5})")
        elif what == 2:
            change(self.path, number, instruction=self._question(number))
        elif what == 3:
            change(self.path, number, deleted_at=minutes(90_000 + number))
        elif what == 4:
            execute(self.path, f"DELETE FROM interactions WHERE id = 'i{number:05d}'")  # noqa: S608
        else:
            self._consent(number, given=what == 5)

    def _consent(self, number: int, *, given: bool) -> None:
        user = f"u{number % 40:03d}"
        execute(
            self.path,
            f"UPDATE interactions SET training_consent = {int(given)},"  # noqa: S608
            f" updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '+1 second') WHERE user_id = '{user}'",
        )

    def _row(self) -> Any:
        self.count += 1
        number = self.count
        return interaction(
            number,
            user_id=f"u{self.dice.choice([number % 40, 7]):03d}",
            instruction=self._question(number),
            rating=self.dice.choice([None, 4, 5, 5]),
            created_at=minutes(number * 200),
            updated_at=minutes(number * 200),
        )

    def _question(self, number: int) -> str:
        place = self.dice.choice(PLACES)
        return self.dice.choice(
            [
                f"A{number}부터 A{number + 9}까지의 합계를 구하는 수식 알려줘",
                f"{place} 매출 합계를 구하는 수식 알려줘",
                f"{place} 매출의 합계 구하는 수식을 알려 주세요",
                LONG.format(place),
                f"{number}번 표입니다. {LONG.format(place)} 알려 주세요. 급합니다.",
            ]
        )


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "turns"), [(1, "single"), (2, "single"), (3, "multi")])
def test_every_night_is_what_a_rebuild_makes(
    seed: int, turns: Any, tmp_path: Path, rebuilt: Callable[..., Made]
) -> None:
    traffic, store = Traffic(tmp_path / "app.db", seed), Store(str(tmp_path / "store"))
    config = SHARES.model_copy(update={"turns": turns})
    for night in range(NIGHTS):
        dataset, filtered = prepare(traffic.path, store, config)
        anew, filtered_anew = rebuilt(traffic.path, config=config)
        assert (night, filtered) == (night, filtered_anew)
        assert (night, dataset.sha256) == (night, anew.sha256)
        traffic.night()


def damage_remembered(store: Store) -> None:
    """Flip the last byte of every remembered table."""
    for uri in store.all(remembered.KIND):
        for name in store.manifest(uri)["files"]:
            _flip(Path(uri) / name)


def remove_remembered(store: Store) -> None:
    for uri in store.all(remembered.KIND):
        store.remove(uri)


def forge_remembered(store: Store) -> None:
    """Tables that say something else, of settings that are not tonight's."""
    table = near_known.SCHEMA.empty_table()
    for kind in ("filtered", "datasets"):
        remembered.remember(store, kind, "another version", {"near": table, "rows": table})


def damage_rows(store: Store) -> None:
    newest = store.pointer(earlier.NEWEST)
    assert newest is not None
    _flip(Path(newest["uri"]) / "rows.parquet")


@pytest.mark.slow
@pytest.mark.parametrize("harm", [damage_remembered, remove_remembered, forge_remembered, damage_rows])
def test_what_is_damaged_missing_or_of_another_version_is_worked_out_anew(
    harm: Callable[[Store], None], tmp_path: Path, rebuilt: Callable[..., Made]
) -> None:
    traffic, store = Traffic(tmp_path / "app.db", 4), Store(str(tmp_path / "store"))
    prepare(traffic.path, store)
    traffic.night()
    harm(store)
    dataset, filtered = prepare(traffic.path, store)
    anew, filtered_anew = rebuilt(traffic.path)
    assert (filtered, dataset.sha256) == (filtered_anew, anew.sha256)


OTHER_SETTINGS: list[dict[str, Any]] = [
    {"filters": FilterConfig(near_duplicates=NearDuplicateConfig(threshold=0.95))},
    {"filters": FilterConfig(near_duplicates=NearDuplicateConfig(enabled=False))},
    {"filters": FilterConfig(poison=PoisonConfig(max_per_user=3, max_per_cluster=2))},
    {"config": SHARES.model_copy(update={"common_question_users": None})},
    {"config": SHARES.model_copy(update={"decontaminate": ("contained",)})},
    {"config": SHARES.model_copy(update={"test_share": 0.5})},
    {"config": SHARES.model_copy(update={"system_prompt": "엑셀 도우미입니다."})},
]


@pytest.mark.slow
@pytest.mark.parametrize("settings", OTHER_SETTINGS, ids=[str(number) for number in range(len(OTHER_SETTINGS))])
def test_a_night_with_other_settings_takes_nothing_over_that_is_wrong(
    settings: dict[str, Any], tmp_path: Path, rebuilt: Callable[..., Made]
) -> None:
    traffic, store = Traffic(tmp_path / "app.db", 5), Store(str(tmp_path / "store"))
    prepare(traffic.path, store)
    traffic.night()
    dataset, filtered = prepare(traffic.path, store, **settings)
    anew, filtered_anew = rebuilt(traffic.path, **settings)
    assert (filtered, dataset.sha256) == (filtered_anew, anew.sha256)


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["alpaca/train/", "train/"])
def test_an_altered_file_is_neither_linked_nor_copied_from(
    folder: str, tmp_path: Path, rebuilt: Callable[..., Made]
) -> None:
    traffic, store = Traffic(tmp_path / "app.db", 6), Store(str(tmp_path / "store"))
    first, _ = prepare(traffic.path, store)
    for name in store.manifest(first.uri)["files"]:
        if name.startswith(folder):
            _flip(Path(first.uri) / name)
    traffic.night()
    dataset, _ = prepare(traffic.path, store)
    Store(store.root).open(dataset.uri)
    assert dataset.sha256 == rebuilt(traffic.path)[0].sha256


@pytest.mark.slow
def test_rot_without_a_trace_is_mended_once_a_reader_has_met_it(
    tmp_path: Path, rebuilt: Callable[..., Made], monkeypatch: pytest.MonkeyPatch
) -> None:
    traffic, store = Traffic(tmp_path / "app.db", 6), Store(str(tmp_path / "store"))
    first, _ = prepare(traffic.path, store)
    for path in (path for split in SPLITS for path in Path(first.uri, split).iterdir()):
        before = path.stat()
        _flip(path)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    monkeypatch.setattr(digests, "_read", {})  # as of another process
    traffic.grow(1)
    second, _ = prepare(traffic.path, store)
    with pytest.raises(StorageError, match="does not match its manifest"):
        store.open(second.uri)
    traffic.night()
    third, _ = prepare(traffic.path, store)
    monkeypatch.setattr(digests, "_read", {})
    store.open(third.uri)
    assert third.sha256 == rebuilt(traffic.path)[0].sha256


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
