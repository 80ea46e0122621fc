"""Judge cases in a process of its own, which a formula may hang or crash.

    python -m tasks.judge.worker CASES COUNT

CASES is a JSON Lines file of `{"id", "reference", "candidate"}`, COUNT the number of test workbooks. For each case, in
order, two lines of JSON come on standard output as soon as they are known: that the reference was run, and the
verdict. So whoever ends this process knows which of the two formulas it was on. batch.py sets the limits.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from tasks.judge.engine import IronCalc
from tasks.judge.judge import Case, Judge

MEMORY_BYTES = 2 << 30
"""Address space of the process: whole-column arrays take hundreds of MB, and a formula that wants more is ended."""


def main(cases: Path, count: int) -> None:
    """Print a verdict for every case of the file."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    judge = Judge(IronCalc(), count)
    with cases.open(encoding="utf-8") as lines:
        for line in lines:
            case = Case(**json.loads(line))
            judge.fault(case.reference)
            _say({"reference": case.id})
            verdict = judge.examine(case)
            _say({"outcome": verdict.outcome, "reason": verdict.reason, "judgeable": verdict.judgeable})


def _say(answer: dict[str, object]) -> None:
    print(json.dumps(answer, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
