"""The data engine on big traffic: seconds and memory, against what a user would pick instead, and against the
machine.

    python -m bench.data --rows 1_000_000 [--json] [--save]      everything below
    python -m bench.data --rows 1_000_000 --only ours            without the rivals
    python -m bench.data --rows 1_000_000 --night                ours, and a second night with 1% new rows
    python -m bench.data --rows 10_000_000 --command             `exhell prepare` alone

A PostgreSQL server of its own is started, filled (`bench/traffic_database.py`) and deleted afterwards.

**command** is `exhell prepare` with every rule on and all formats, Prefect and MLflow included: the product's figure.
**ours** is the same without these two, with the seconds of each stage.

**night** is the same on the day after: 1% new rows, and of their number 2% ratings and 0.4% edits in rows of the last
two weeks, 0.2% deletions anywhere, and one user who withdraws consent. `night_share` are its seconds over those of the
full one, `night_share_cpu` the processor seconds, which others on the machine disturb less. Starting Python and loading
libraries count, on both sides.

**same_rules** and the ratios. The rivals (`bench/rivals/`) get the rows as Parquet; the seconds of the plainest fast
export (ADBC, one statement, no order, no check: `export_s`) are added to theirs, since ours begins at the database.
What they have no counterpart for is off in ours: executing formulas, the poisoning scan and its caps, the count of
the base model's tokens, decontamination. All else is on: checking what is read, one
snapshot, sorting, immutable publishing, lineage. Every side uses both cores and pays for its own start and imports; a
rival has one run.

`ratios` are the rivals' seconds over ours, `ratios_without_dedup` the same with near-duplicates off on all sides;
exact duplicates go in both. Ours runs before and after each rival, and their mean counts: a machine that others share
may be a fifth slower a quarter of an hour later.

**ceilings** are what the machine does at best: PostgreSQL copies the table to /dev/null, ADBC streams it to nobody,
pyarrow writes the rows to Parquet, orjson writes all formats of the rows that were kept. `reached` is their share of
our seconds.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from statistics import fmean
from typing import Any

import adbc_driver_postgresql.dbapi
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from bench import measure, report, traffic_database
from bench.measure import Cost
from bench.postgres import FOLDER, postgresql
from bench.rivals import environments, rules
from bench.workplace import write_profile
from configs.load import PROJECT
from tasks.jobs import Job

RESULTS = report.RESULTS / "data.json"
SIDES = ("ours", *environments.MODULES)
GOALS = {"seconds_per_million": 120.0, "peak_mib": 2048, "ratio": 4.0, "ratio_without_dedup": 10.0, "night_share": 0.05}
EXPORT_FILES = 8
KEPT_SPREAD = 0.05
"""How far the rows that two sides keep may differ before the comparison says so: MinHash finds what it finds."""
CEILING_ROWS = 100_000
"""Rows that the orjson ceiling is measured on, and scaled up from: the documents are held in memory."""

PRODUCTION: dict[str, Any] = {"train": {"sequence_length": 2_048}, "base_model": {"max_length": 4_096}}
"""The demo's profile counts on 512 tokens, which half of these rows exceed."""

SAME_RULES: dict[str, Any] = {
    "filter": {"execute_formulas": False, "poison": {"max_per_user": None, "quarantine": False}},
    "convert": {"decontaminate": []},
}


def main() -> None:
    parser = report.options(__doc__, RESULTS)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only", choices=SIDES, action="append", help="this side alone; may be given more than once")
    alone = parser.add_mutually_exclusive_group()
    for what, shown in (
        ("night", "ours alone, and a second night with 1%% new rows"),
        ("command", "`exhell prepare` alone: seconds and memory"),
    ):
        alone.add_argument(f"--{what}", action="store_const", const=what, default="", dest="what", help=shown)
    parser.add_argument("--keep", action="store_true", help="keep the outputs")
    arguments = parser.parse_args()
    sides = tuple(arguments.only or SIDES)
    result = run(arguments.rows, sides, arguments.what, keep=arguments.keep)
    path = RESULTS.with_name(f"data_{arguments.what}.json") if arguments.what else RESULTS
    report.tell(result, summary(result), path, arguments)


def run(rows: int, sides: tuple[str, ...], what: str = "", *, keep: bool = False) -> dict[str, Any]:
    """Measure; the result is what `--json` prints. `what` may be `night` or `command`, for these alone."""
    for side in sides if not what else ():
        if side in environments.MODULES:
            environments.make(side)
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="data-", dir=FOLDER))
    result: dict[str, Any] = {"rows": rows, "goals": GOALS, "machine": report.machine(), "date": report.today()}
    try:
        with postgresql() as url:
            started = time.perf_counter()
            traffic_database.fill(url, rows)
            result["fill_s"] = round(time.perf_counter() - started, 1)
            bench = Bench(url, rows, folder)
            if what == "night":
                result |= bench.nights()
            elif what == "command":
                result["command"] = bench.command()
            else:
                result |= bench.compare(sides)
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    result["versions"] = report.versions("pyarrow", "adbc-driver-postgresql", "rensa", "orjson")
    return result


class Bench:
    """One filled database, one folder for everything that is made of it."""

    def __init__(self, url: str, rows: int, folder: Path) -> None:
        self.url, self.rows, self.folder = url, rows, folder

    def compare(self, sides: tuple[str, ...]) -> dict[str, Any]:
        """Every side with and without near-duplicates, and the machine's ceilings."""
        result: dict[str, Any] = {"same_rules": {}, "without_dedup": {}}
        if "ours" in sides:
            result["command"] = self.command()
            whole = self.ours("ours")
            result["ours"] = _shown(whole)
            result["ceilings"] = self.ceilings(int(whole.result["kept"]))
            result["reached"] = reached(result)
        rivals = [side for side in sides if side != "ours"]
        source = self.folder / "export"
        if rivals:
            result["export_s"] = round(export(self.url, source), 2)
        for name, near in (("same_rules", True), ("without_dedup", False)):
            if "ours" in sides:
                result[name]["ours"] = _shown(self.same_rules(name, near))
            before = result[name].get("ours", {}).get("seconds")
            for rival in rivals:
                result[name][rival] = _shown(self.rival(rival, source, near))
                if before is not None:
                    after = round(self.same_rules(name, near).seconds, 2)
                    result[name][rival]["ours_s"] = [before, after]
                    before = after
        result["ratios"] = ratios(result, "same_rules")
        result["ratios_without_dedup"] = ratios(result, "without_dedup")
        result["kept"] = kept(result)
        return result

    def nights(self) -> dict[str, Any]:
        """A full night, and another one after 1% new rows and a few late changes, as a share of the first."""
        first = self.ours("nights")
        change = traffic_database.add_night(self.url)
        traffic_database.vacuum(self.url)
        second = self.ours("nights")
        return {
            "ours": _shown(first),
            "night": _shown(second) | {"change": asdict(change)},
            "night_share": round(second.seconds / first.seconds, 4),
            "night_share_cpu": round(second.cpu_s / first.cpu_s, 4),
        }

    def command(self) -> dict[str, Any]:
        """`exhell prepare` as a user calls it, with Prefect and MLflow: every rule on, all formats."""
        folder, out = self.folder / "command", self.folder / "dataset"
        profile = str(self._profile(folder))
        exhell = str(Path(sys.executable).with_name("exhell"))
        argv = (exhell, "prepare", "--source", self.url, "--profile", profile, "--out", str(out), "--json")
        cost = measure.run(Job("exhell prepare", argv, PROJECT, folder / "command.log"))
        self._put_aside(out.name)
        return cost.plain()

    def ours(self, name: str, *arguments: str, **settings: Any) -> Cost:
        """Our stages in a process of their own, in the workspace of that name."""
        folder = self.folder / name
        argv = (sys.executable, "-m", "bench.ours", str(self._profile(folder, **settings)), *arguments)
        return measure.run(Job(name, argv, PROJECT, folder / "ours.log"))

    def same_rules(self, name: str, near: bool) -> Cost:
        """Our stages from nothing, with what the rivals have too."""
        self._put_aside(name)
        filters = SAME_RULES["filter"] | {"near_duplicates": {"enabled": near}}
        return self.ours(name, "--no-tokens", **(SAME_RULES | {"filter": filters}))

    def _profile(self, folder: Path, **settings: Any) -> Path:
        folder.mkdir(exist_ok=True)
        return write_profile(folder, 8000, source={"url": self.url}, **(PRODUCTION | settings))

    def rival(self, rival: str, source: Path, near: bool) -> Cost:
        """A rival in its environment. Of its output nothing is left once it is counted."""
        folder = self.folder / rival
        program = f"bench.rivals.{environments.MODULES[rival]}"
        argv = [str(environments.python(rival)), "-m", program, str(source), str(folder)]
        argv += [] if near else ["--no-near"]
        cost = measure.run(Job(rival, tuple(argv), PROJECT, self.folder / f"{rival}.log", quiet()))
        self._put_aside(rival)
        return cost

    def _put_aside(self, name: str) -> None:
        """Leave nothing in the way of another run of that name: its files are emptied, and deleted at the end.

        Without a journal, ext4 passes over inodes that were deleted in the last minutes: after 6,000 files were, each
        new one took 0.5 ms of a core here, and 0.02 ms else. Nobody deletes a workspace right before a night.
        """
        folder = self.folder / name
        if not folder.exists():
            return
        for file in folder.rglob("*"):
            if file.is_file() and not file.is_symlink():
                os.truncate(file, 0)
        folder.rename(Path(tempfile.mkdtemp(prefix="aside-", dir=self.folder)) / name)

    def ceilings(self, kept: int) -> dict[str, float]:
        """Seconds that the machine needs for the bare work, one core at a time save PostgreSQL's beside ours."""
        sample = first_rows(self.url, min(self.rows, CEILING_ROWS))
        return {
            "copy_to_null_s": round(copy_to_null(self.url), 2),
            "stream_to_null_s": round(stream_to_null(self.url), 2),
            "parquet_s": round(parquet(sample, self.folder) * self.rows / sample.num_rows, 2),
            "orjson_s": round(documents(sample, self.folder) * kept / sample.num_rows, 2),
        }


def export(url: str, folder: Path) -> float:
    """Seconds of copying the table into Parquet files of equal size, as plainly as can be."""
    folder.mkdir()
    started = time.perf_counter()
    with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM interactions")
        rows = int(cursor.fetchone()[0])
        cursor.execute("SELECT * FROM interactions")
        reader = cursor.fetch_record_batch()
        writer, written, number = None, 0, 0
        for batch in reader:
            if writer is None:
                writer = pq.ParquetWriter(folder / f"part-{number:03d}.parquet", reader.schema, compression="snappy")
            writer.write_batch(batch)
            written += batch.num_rows
            if written >= rows * (number + 1) / EXPORT_FILES:
                writer.close()
                writer, number = None, number + 1
    return time.perf_counter() - started


def copy_to_null(url: str) -> float:
    started = time.perf_counter()
    with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("COPY interactions TO '/dev/null' (FORMAT binary)")
    return time.perf_counter() - started


def stream_to_null(url: str) -> float:
    started = time.perf_counter()
    with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM interactions")
        for _ in cursor.fetch_record_batch():
            pass
    return time.perf_counter() - started


def first_rows(url: str, count: int) -> pa.Table:
    with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM interactions LIMIT {count}")  # noqa: S608 - a number of ours
        return cursor.fetch_arrow_table()


def parquet(rows: pa.Table, folder: Path) -> float:
    started = time.perf_counter()
    pq.write_table(rows, folder / "ceiling.parquet", compression="zstd")
    return time.perf_counter() - started


def documents(rows: pa.Table, folder: Path) -> float:
    """Seconds of dumping the rows in every JSONL format, the documents being there."""
    columns = (rows[name].to_pylist() for name in ("id", "instruction", "input", "output"))
    made: list[list[Any]] = [[], [], [], []]
    for id_, asked, pasted, said in zip(*columns, strict=True):
        prompt = rules.prompt_text(asked, pasted)
        made[0].append({"instruction": asked, "input": pasted, "output": said})
        made[1].append({"text": rules.llama2(prompt, said)})
        made[2].append({"id": id_, "conversations": rules.sharegpt(prompt, said)})
        made[3].append({"messages": rules.openai(prompt, said)})
    started = time.perf_counter()
    for form in made:
        with (folder / "ceiling.jsonl").open("wb") as file:
            for document in form:
                file.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
    return time.perf_counter() - started


def reached(result: dict[str, Any]) -> dict[str, float]:
    """The ceilings' share of our seconds: of the extraction, of the conversion, and of everything."""
    ours, ceilings = result["ours"], result["ceilings"]
    stages = ours["stages"]
    bare = ceilings["stream_to_null_s"] + ceilings["parquet_s"] + ceilings["orjson_s"]
    return {
        "extract": round((ceilings["stream_to_null_s"] + ceilings["parquet_s"]) / stages["extract"], 3),
        "convert": round((ceilings["parquet_s"] + ceilings["orjson_s"]) / stages["convert"], 3),
        "whole": round(bare / ours["seconds"], 3),
    }


def ratios(result: dict[str, Any], variant: str) -> dict[str, float]:
    """Each rival's seconds, the export's among them, over ours: the mean of our runs right before and after it."""
    return {
        rival: round((result["export_s"] + cost["seconds"]) / fmean(cost["ours_s"]), 2)
        for rival, cost in result[variant].items()
        if "ours_s" in cost
    }


def kept(result: dict[str, Any]) -> dict[str, Any]:
    """Whether all sides kept about the same rows, and why they need not be equal."""
    found: dict[str, Any] = {}
    for variant in ("same_rules", "without_dedup"):
        counts = {side: cost["kept"] for side, cost in result[variant].items()}
        if len(counts) > 1:
            spread = max(counts.values()) / min(counts.values()) - 1
            found[variant] = counts | {"spread": round(spread, 4), "agree": spread <= KEPT_SPREAD}
    found["why"] = (
        "rules are written twice, in Arrow and in Python; sides cut shingles differently, and only ours and the "
        "`datasets` side verify a MinHash candidate by its exact Jaccard similarity"
    )
    return found


def summary(result: dict[str, Any]) -> str:
    """The result in a few lines."""
    lines = [f"{result['rows']:,} rows; load before: {result['machine']['load_before']}"]
    if "command" in result:
        lines.append(f"exhell prepare: {result['command']['seconds']} s, {result['command']['peak_mib']} MiB")
    if "ours" in result:
        ours = result["ours"]
        stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in ours["stages"].items())
        lines.append(
            f"ours, every rule on: {ours['seconds']} s ({stages}), {ours['peak_mib']} MiB, {ours['kept']:,} kept"
        )
    if "night" in result:
        lines.append(
            f"a night with 1% new rows: {result['night']['seconds']} s, {result['night_share']:.1%} of a full one; "
            f"{result['night']['cpu_s']} processor seconds, {result['night_share_cpu']:.1%}"
        )
    for variant, name in (("same_rules", "ratios"), ("without_dedup", "ratios_without_dedup")):
        for side, cost in result.get(variant, {}).items():
            ratio = result.get(name, {}).get(side)
            times = f", {ratio} times ours with {result['export_s']} s of export" if ratio else ""
            lines.append(f"{variant}: {side} {cost['seconds']} s, {cost['peak_mib']} MiB, {cost['kept']:,} kept{times}")
    return "\n".join(lines)


def _shown(cost: Cost) -> dict[str, Any]:
    found = cost.result
    shown = cost.plain() | {"kept": found["kept"], "rows": found["rows"], "stages": found["seconds"]}
    return shown | {name: found[name] for name in ("versions",) if name in found}


def quiet() -> dict[str, str]:
    """Variables that keep a rival off the network: nothing is looked up, reported or installed while it is timed."""
    return {
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
        "UV_OFFLINE": "1",
        "PYTHONWARNINGS": "ignore",
    }


if __name__ == "__main__":
    main()
