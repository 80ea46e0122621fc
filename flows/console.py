"""What a night looks like in a terminal: a line when something happened, a bar while something goes on.

Flows and tasks log as Prefect wants it; `flows/logging.yml` hands their records to `ConsoleHandler` in place of
Prefect's own. A record that carries `extra={"progress": (done, total)}` moves a bar and prints nothing.
"""

from __future__ import annotations

import logging
import os
import sys
import time

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


class _Console(Console):
    """One that whoever listens may leave: a run goes on where the worker that read its output was killed."""

    def on_broken_pipe(self) -> None:
        self.quiet = True  # rich would end the process
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stderr.fileno())
        os.close(nowhere)


console = _Console(stderr=True, highlight=False, emoji=False)
"""Progress and messages; standard output is for results, so that `--json` can be piped."""

PLAIN_INTERVAL_S = 10.0
"""Where the output is no terminal, a bar is a line at most this often."""

RUN_WIDTH = 24
"""Columns for the name of the flow or task that speaks."""

PREFECT = f"{os.sep}prefect{os.sep}"
"""Where Prefect's own code lies, below whichever site-packages."""

STYLES = {logging.WARNING: "yellow", logging.ERROR: "red", logging.CRITICAL: "bold red"}


class ConsoleHandler(logging.Handler):
    """Print the records of flow and task runs; draw their progress."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: dict[str, tuple[Progress, int]] = {}
        self._last_line = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        try:
            run = getattr(record, "task_run_name", None) or getattr(record, "flow_run_name", None) or record.name
            progress = getattr(record, "progress", None)
            if progress is not None:
                self._draw(run, progress, record.getMessage())
                return
            self._end_bars()
            if _worth_a_line(record):
                style = STYLES.get(record.levelno, "default")
                head = f"[dim]{time.strftime('%H:%M:%S')}[/]  [cyan]{escape(run):{RUN_WIDTH}}[/]  "
                console.print(head + f"[{style}]{escape(record.getMessage())}[/]", soft_wrap=True)
        except Exception:  # noqa: BLE001 - logging must never end a night; logging reports it its own way
            self.handleError(record)

    def close(self) -> None:
        self._end_bars()
        super().close()

    def _draw(self, run: str, progress: tuple[int, int], message: str) -> None:
        done, total = progress
        if not console.is_terminal:
            if time.monotonic() - self._last_line > PLAIN_INTERVAL_S:
                self._last_line = time.monotonic()
                console.print(f"          {done}/{total}  {escape(message)}", soft_wrap=True)
            return
        if run not in self._bars:
            self._end_bars()
            bar = Progress(
                TextColumn("         "), BarColumn(24), MofNCompleteColumn(), TimeElapsedColumn(),
                TextColumn("{task.description}"), console=console, transient=True,
            )  # fmt: skip
            bar.start()
            self._bars[run] = (bar, int(bar.add_task("", total=total)))
        bar, task = self._bars[run]
        bar.update(task, completed=done, total=total, description=escape(message))  # type: ignore[arg-type]

    def _end_bars(self) -> None:
        for bar, _ in self._bars.values():
            bar.stop()
        self._bars.clear()


def _worth_a_line(record: logging.LogRecord) -> bool:
    """Our own lines, and warnings. Prefect's notes on runs stay on its pages: the command tells how a run ended."""
    if record.name in {"prefect.flow_runs", "prefect.task_runs"}:
        return PREFECT not in record.pathname
    return record.levelno >= logging.WARNING
