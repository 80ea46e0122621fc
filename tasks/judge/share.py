"""One core's share of the cases: IronCalc's process over all of them, then LibreOffice's, then the verdicts.

Either process may be ended by a formula: by the time limit, by its memory limit, by a crash. The case that it was on is
then what that engine could not run, and another process goes on after it.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from configs.load import PROJECT
from tasks.jobs import Job, JobError, NoJobError, StalledJobError, run
from tasks.judge.compare import Finding, compare
from tasks.judge.engine import IronCalc
from tasks.judge.judge import Case, Verdict, conclude, expected_grid, paired
from tasks.judge.office import NAME as OFFICE
from tasks.judge.office import Office, grids

START_LIMIT_S = 60.0
"""Seconds for LibreOffice to start at the second attempt; it takes under one on an idle machine."""


@dataclass(slots=True)
class _Seen:
    """What is known of one case so far."""

    verdict: Verdict | None = None
    findings: tuple[Finding, ...] = ()
    task: dict[str, Any] | None = None
    settled: Verdict | None = None


class LastWords:
    """The line that says best why a process ended: one about memory, else the last."""

    def __init__(self) -> None:
        self._line = ""

    def hear(self, line: str) -> None:
        if "memory" not in self._line:
            self._line = line.strip()

    def __str__(self) -> str:
        what = "needs more memory than it may have" if "memory" in self._line or not self._line else "crashed"
        return f"ended the judge's process: it {what}" + (f" ({self._line})" if self._line else "")


class Share:
    """The cases of one core, through both engines."""

    def __init__(
        self,
        cases: Sequence[Case],
        workbooks: int,
        *,
        limit_s: float,
        stop: threading.Event,
        on_progress: Callable[[int], None],
        office: Office | None,
    ) -> None:
        self._cases, self._workbooks, self._limit_s = cases, workbooks, limit_s
        self._stop, self._on_progress, self._office = stop, on_progress, office
        self._seen: list[_Seen] = []
        self._asked: list[_Seen] = []
        self._reference_ran = False
        self._last_words = LastWords()

    def verdicts(self) -> list[Verdict]:
        """Judge all; as many verdicts as cases."""
        with tempfile.TemporaryDirectory(prefix="judge-") as name:
            folder = Path(name)
            while len(self._seen) < len(self._cases) and not self._stop.is_set():
                why = self._run_ironcalc(folder)
                if len(self._seen) < len(self._cases):
                    at_fault = "answer" if self._reference_ran else "reference"
                    self._add(_Seen(findings=(Finding(IronCalc.name, "unable", why, at_fault=at_fault),)))  # type: ignore[arg-type]
            if self._office is not None:
                self._ask_office(folder, self._office)
        self._on_progress(sum(seen.task is not None for seen in self._seen))
        return [seen.verdict or conclude(seen.findings, seen.settled) for seen in self._seen]

    def _run_ironcalc(self, folder: Path) -> str:
        """One process over the cases that nothing is known of yet; why it ended."""
        left = self._cases[len(self._seen) :]
        file = folder / "cases.jsonl"
        file.write_text("".join(json.dumps(asdict(case), ensure_ascii=False) + "\n" for case in left), encoding="utf-8")
        self._reference_ran = False
        argv = [sys.executable, "-m", "tasks.judge.worker", str(file), str(self._workbooks)]
        if self._office is not None:
            argv.append(str(folder / "tasks.jsonl"))
        return self._supervise(Job("formula judge", tuple(argv), cwd=PROJECT, log=folder / "judge.log"), self._take)

    def _take(self, line: str) -> None:
        if not line.startswith("{"):
            self._last_words.hear(line)
            return
        answer = json.loads(line)
        if "verdict" in answer:
            self._add(_Seen(verdict=Verdict(**answer["verdict"])))
        elif "finding" in answer:
            finding = answer["finding"]
            found = Finding(**finding | {"shows": tuple(finding["shows"])})
            settled = Verdict(**answer["settled"]) if answer["settled"] is not None else None
            self._add(_Seen(findings=(found,), task=answer["task"], settled=settled))
        else:
            self._reference_ran = True

    def _add(self, seen: _Seen) -> None:
        self._seen.append(seen)
        self._reference_ran = False
        if seen.task is None:
            self._on_progress(1)

    def _ask_office(self, folder: Path, office: Office) -> None:
        waiting = [(seen, case) for seen, case in zip(self._seen, self._cases, strict=False) if seen.task is not None]
        if not waiting:
            return
        with (folder / "tasks.jsonl").open(encoding="utf-8") as lines:
            tasks = list(lines)
        answers: list[str] = []
        is_ready = False

        def take(line: str) -> None:
            nonlocal is_ready
            is_ready = is_ready or line.startswith('{"ready"')
            if line.startswith(('{"grids"', '{"unable"')):
                answers.append(line)
            else:
                self._last_words.hear(line)

        while len(answers) < len(waiting) and not self._stop.is_set():
            file = folder / "office.jsonl"
            file.write_text("".join(tasks[len(answers) :]), encoding="utf-8")
            is_ready = False
            why = self._supervise(office.job(file, folder), take)
            if not is_ready:  # a busy machine, or a broken installation: no case is to blame
                why = self._supervise(office.job(file, folder), take, max(self._limit_s, START_LIMIT_S))
            if not is_ready:
                unable = json.dumps({"unable": f"it does not start: {why}", "formula": None}, ensure_ascii=False)
                answers += [unable] * (len(waiting) - len(answers))
            if len(answers) < len(waiting):
                answers.append(json.dumps({"unable": why, "formula": None}))
        for (seen, case), answer in zip(waiting, answers, strict=False):
            seen.findings = (*seen.findings, _finding(case, seen.task or {}, json.loads(answer)))

    def _supervise(self, job: Job, take: Callable[[str], None], limit_s: float | None = None) -> str:
        """Run an engine's process to its end; why it ended, where it was not at its own end."""
        self._last_words = LastWords()
        ended = run_engine(job, take, limit_s or self._limit_s, self._check)
        return ended or str(self._last_words)

    def _check(self) -> None:
        if self._stop.is_set():
            raise JobError("the judge was interrupted")


def run_engine(
    job: Job, take: Callable[[str], None], limit_s: float, check: Callable[[], None] = lambda: None
) -> str | None:
    """Run an engine's process; what to say if a formula took too long, None where it ended by itself or was ended.

    Raises NoJobError where there is no process at all, which is no formula's fault.
    """
    try:
        run(job, take, stall_timeout_s=limit_s, check=check)
    except StalledJobError:
        return f"takes too much time: over {limit_s:g} s"
    except NoJobError:
        raise
    except JobError:
        pass  # it ended badly: the caller has its last words
    return None


def _finding(case: Case, task: dict[str, Any], answer: dict[str, Any]) -> Finding:
    """What LibreOffice's answer says about a case."""
    if "unable" in answer:
        at = answer.get("formula")
        at_fault = None if at is None else "reference" if at == 0 and case.reference is not None else "answer"
        return Finding(OFFICE, "unable", f"cannot be run: {answer['unable']}", at_fault=at_fault)  # type: ignore[arg-type]
    expected = expected_grid(case.expected) if case.reference is None else None
    pairs = paired(grids(answer), expected)
    row, column = task["at"]
    found = compare(OFFICE, pairs, (row, column), task["numbers"])
    # It gives truth values as 1 and 0, so it cannot see that difference.
    return replace(found, relation="equal") if found.only_kind else found
