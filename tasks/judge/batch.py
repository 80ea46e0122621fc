"""Judge many cases in processes of their own, with limits: no formula can hang a night, crash it or eat its memory.

    verdicts = judge([Case("1", "=SUM(A2:A9)", "=SUM(A2:A8)"), …], workbooks=10)

    execute(["=SUM(A2:A9)", …])         # "" for each that the engine takes, else what it said

A process that exceeds a limit is ended together with the case that it was on, and another goes on after that case.
IronCalc runs first (worker.py); then, where LibreOffice is installed, it is asked about every case that IronCalc
could not settle by reading (office_program.py). Each share of the cases goes through both on a core of its own.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal as OneOf

from configs.load import PROJECT
from tasks.jobs import Job
from tasks.judge.judge import Case, Verdict
from tasks.judge.office import Office, find
from tasks.judge.share import LastWords, Share, run_engine

CASE_LIMIT_S = 10.0
"""Seconds for one case on all its workbooks; an ordinary one takes about 10 ms."""

PROCESSES = 2


def judge(
    cases: Sequence[Case],
    workbooks: int,
    limit_s: float = CASE_LIMIT_S,
    on_progress: Callable[[int], None] = lambda _: None,
    *,
    second: Office | OneOf["where installed"] | None = "where installed",
) -> list[Verdict]:
    """A verdict for each case, in their order; equal cases are judged once.

    `on_progress` is called with the number of new verdicts, from other threads. `second` is the second engine.
    """
    office = find() if second == "where installed" else second
    unique = {_key(case): case for case in cases}
    groups = {group: index for index, group in enumerate(dict.fromkeys(key[:2] for key in sorted(unique)))}
    # All cases of a reference on a workbook go to one process, which runs the reference once.
    shares: list[list[Case]] = [[] for _ in range(PROCESSES)]
    for key, case in sorted(unique.items()):
        shares[groups[key[:2]] % PROCESSES].append(case)
    stop = threading.Event()
    with ThreadPoolExecutor(PROCESSES) as pool:
        futures = [
            pool.submit(
                Share(share, workbooks, limit_s=limit_s, stop=stop, on_progress=on_progress, office=office).verdicts
            )
            for share in shares
        ]
        try:
            found = [verdict for future in futures for verdict in future.result()]
        finally:
            stop.set()
    judged = [case for share in shares for case in share]
    verdicts = {_key(case): verdict for case, verdict in zip(judged, found, strict=True)}
    return [verdicts[_key(case)] for case in cases]


def _key(case: Case) -> tuple[str, str, str, str]:
    """What a verdict depends on: first the workbook and the reference, which cases share."""
    return (
        json.dumps(case.workbook, ensure_ascii=False, sort_keys=True, default=str),
        case.reference or "",
        json.dumps(case.candidate, ensure_ascii=False),
        json.dumps(case.expected, ensure_ascii=False, default=str),
    )


def execute(formulas: Sequence[str], limit_s: float = CASE_LIMIT_S) -> list[str]:
    """What becomes of each formula on a workbook made for it: "" where the engine gives any value, else why not.

    "refused: …" is the engine's word on the formula; "unknown: …" says that the engine could not tell, which includes a
    formula that hangs it, crashes it or eats its memory. The formulas must be well formed and safe.
    """
    ran: list[str] = []
    with tempfile.TemporaryDirectory(prefix="judge-") as folder:
        while len(ran) < len(formulas):
            why = _execute(formulas[len(ran) :], Path(folder), limit_s, ran)
            if len(ran) < len(formulas):
                ran.append(f"unknown: it {why}")
    return ran


def _execute(formulas: Sequence[str], folder: Path, limit_s: float, ran: list[str]) -> str:
    """One process over these formulas, adding to `ran` what each came to; why the process ended."""
    last_words = LastWords()

    def take(line: str) -> None:
        if line.startswith('{"ran"'):
            ran.append(json.loads(line)["ran"])
        else:
            last_words.hear(line)

    file = folder / "formulas.jsonl"
    file.write_text("".join(json.dumps(formula, ensure_ascii=False) + "\n" for formula in formulas), encoding="utf-8")
    argv = (sys.executable, "-m", "tasks.judge.worker", str(file), "run")
    job = Job("formula judge", argv, cwd=PROJECT, log=folder / "judge.log")
    ended = run_engine(job, take, limit_s)
    return ended or str(last_words)
