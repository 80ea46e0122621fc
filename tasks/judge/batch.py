"""Judge many cases in processes of their own, with limits: no formula can hang a night, crash it or eat its memory.

    verdicts = judge([Case("1", "=SUM(A2:A9)", "=SUM(A2:A8)"), …], workbooks=10)

    execute(["=SUM(A2:A9)", …])         # "" for each that the engine takes, else what it said

A process that exceeds a limit is ended together with the case that it was on, and another goes on after that case.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from configs.load import PROJECT
from tasks.jobs import Job, JobError, run
from tasks.judge.judge import Case, Verdict

CASE_LIMIT_S = 10.0
"""Seconds for one case on all its workbooks; an ordinary one takes about 10 ms."""

PROCESSES = 2


def judge(
    cases: Sequence[Case],
    workbooks: int,
    limit_s: float = CASE_LIMIT_S,
    on_progress: Callable[[int], None] = lambda _: None,
) -> list[Verdict]:
    """A verdict for each case, in their order; equal pairs of formulas are judged once.

    `on_progress` is called with the number of new verdicts, from other threads.
    """
    unique = sorted({(case.reference, case.candidate or ""): case for case in cases}.items())
    references = {reference: index for index, reference in enumerate(dict.fromkeys(key[0] for key, _ in unique))}
    # All cases of a reference go to one process, which runs the reference once.
    shares: list[list[Case]] = [[] for _ in range(PROCESSES)]
    for (reference, _), case in unique:
        shares[references[reference] % PROCESSES].append(case)
    stop = threading.Event()
    with ThreadPoolExecutor(PROCESSES) as pool:
        futures = [pool.submit(_Share(share, workbooks, limit_s, stop, on_progress).verdicts) for share in shares]
        try:
            found = [verdict for future in futures for verdict in future.result()]
        finally:
            stop.set()
    judged = [case for share in shares for case in share]
    verdicts = {(case.reference, case.candidate): verdict for case, verdict in zip(judged, found, strict=True)}
    return [verdicts[case.reference, case.candidate] for case in cases]


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
    last_words = ""

    def take(line: str) -> None:
        nonlocal last_words
        if line.startswith('{"ran"'):
            ran.append(json.loads(line)["ran"])
        else:
            last_words = line.strip()

    file = folder / "formulas.jsonl"
    file.write_text("".join(json.dumps(formula, ensure_ascii=False) + "\n" for formula in formulas), encoding="utf-8")
    argv = (sys.executable, "-m", "tasks.judge.worker", str(file), "run")
    job = Job("formula judge", argv, cwd=PROJECT, log=folder / "judge.log")
    try:
        run(job, take, stall_timeout_s=limit_s)
    except JobError as error:
        if "printed nothing" in str(error):
            return f"takes too much time: over {limit_s:g} s"
        if "cannot start" in str(error) or "is ending" in str(error):
            raise
    return f"ended the judge's process: {last_words or 'out of memory'}"


class _Share:
    """The cases of one process, and of those that follow it where a case ends one."""

    def __init__(
        self,
        cases: Sequence[Case],
        workbooks: int,
        limit_s: float,
        stop: threading.Event,
        on_progress: Callable[[int], None],
    ) -> None:
        self._cases, self._workbooks, self._limit_s = cases, workbooks, limit_s
        self._stop, self._on_progress = stop, on_progress
        self._verdicts: list[Verdict] = []
        self._reference_ran = False
        self._last_words = ""

    def verdicts(self) -> list[Verdict]:
        """Judge all; as many verdicts as cases."""
        with tempfile.TemporaryDirectory(prefix="judge-") as folder:
            while len(self._verdicts) < len(self._cases) and not self._stop.is_set():
                why = self._run(Path(folder))
                if len(self._verdicts) < len(self._cases):
                    side = "the answer" if self._reference_ran else "the reference"
                    self._add(Verdict("unsupported", f"{side} {why}", judgeable=self._reference_ran))
        return self._verdicts

    def _run(self, folder: Path) -> str:
        """One process over the cases that have no verdict yet; why it ended."""
        left = self._cases[len(self._verdicts) :]
        file = folder / "cases.jsonl"
        file.write_text("".join(json.dumps(asdict(case), ensure_ascii=False) + "\n" for case in left), encoding="utf-8")
        self._reference_ran = False
        argv = (sys.executable, "-m", "tasks.judge.worker", str(file), str(self._workbooks))
        try:
            run(
                Job("formula judge", argv, cwd=PROJECT, log=folder / "judge.log"),
                self._take,
                stall_timeout_s=self._limit_s,
                check=self._check,
            )
        except JobError as error:
            if "printed nothing" in str(error):
                return f"takes too much time: over {self._limit_s:g} s"
        return f"ended the judge's process: {self._last_words or 'out of memory'}"

    def _take(self, line: str) -> None:
        if not line.startswith("{"):
            self._last_words = line.strip()
        elif "outcome" in (answer := json.loads(line)):
            self._add(Verdict(**answer))
            self._reference_ran = False
        else:
            self._reference_ran = True

    def _add(self, verdict: Verdict) -> None:
        self._verdicts.append(verdict)
        self._on_progress(1)

    def _check(self) -> None:
        if self._stop.is_set():
            raise JobError("the judge was interrupted")
