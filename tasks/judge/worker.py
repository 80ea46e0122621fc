"""Judge cases with IronCalc, or just run formulas, in a process of its own, which a formula may hang or crash.

    python -m tasks.judge.worker CASES COUNT [TASKS]
    python -m tasks.judge.worker FORMULAS run

CASES is a JSON Lines file of judge.Case, COUNT the number of test workbooks. For each case, in order, two lines of JSON
come on standard output as soon as they are known: that the case was read and its reference run, and the verdict or what
IronCalc found. So whoever ends this process knows which of the two formulas it was on. What LibreOffice is to be asked
goes to the file TASKS, a line each, before the case's last line. batch.py sets the limits.

FORMULAS is a JSON Lines file of formulas. For each, a line `{"ran": …}` comes: "" where the engine gave any value, else
"refused: …" or "unknown: …", the latter where the engine says nothing about the formula but much about itself.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from dataclasses import asdict
from pathlib import Path

from tasks.judge.engine import Engine, IronCalc, UnableError
from tasks.judge.functions import ARITY
from tasks.judge.judge import Case, Judge, Question, Verdict, case_at_fault
from tasks.judge.layout import LayoutError
from tasks.judge.parser import parse
from tasks.judge.tree import Call, walk
from tasks.judge.workbooks import workbooks

MEMORY_BYTES = 2 << 30
"""Address space of the process: whole-column arrays take hundreds of MB, and a formula that wants more is ended."""


MISREAD = frozenset(
    {"ACCRINTM", "IMPRODUCT", "IMSUM", "RATE", "REGEXEXTRACT", "REGEXREPLACE", "REGEXTEST", "SORTBY", "VALUETOTEXT"}
)
"""Functions of which IronCalc 0.9.1 refuses arguments that Excel documents."""

SILENT = ("#N/IMPL!", "#CIRC!", "outside valid range")
"""What IronCalc says of what it has not learnt yet, and where the formula's own place is at fault."""


def main(cases: Path, count: int, tasks: Path | None) -> None:
    """Print a verdict, or what IronCalc found, for every case of the file."""
    judge = Judge(count)
    with cases.open(encoding="utf-8") as lines, (tasks or Path(os.devnull)).open("a", encoding="utf-8") as out:
        for line in lines:
            case = Case(**json.loads(line))
            question = ask(judge, case)
            if isinstance(question, Verdict):
                _say({"reference": case.id})
                _say({"verdict": asdict(question)})
                continue
            judge.try_reference(question)
            _say({"reference": case.id})
            finding = judge.find(question)
            if tasks is not None and (task := judge.task(question, finding)) is not None:
                json.dump(task, out, ensure_ascii=False)
                out.write("\n")
                out.flush()
                said = {"at": task["at"], "numbers": task["numbers"]}
            else:
                said = None
            settled = asdict(question.settled) if question.settled is not None else None
            _say({"finding": asdict(finding), "task": said, "settled": settled})


def ask(judge: Judge, case: Case) -> Question | Verdict:
    """What the engines are to be asked about a case, or the verdict; a case that is at fault itself gets one too."""
    try:
        return judge.question(case)
    except (LayoutError, ValueError) as error:
        return case_at_fault(str(error))


def run(formulas: Path) -> None:
    """Print what becomes of every formula of the file."""
    engine = IronCalc()
    with formulas.open(encoding="utf-8") as lines:
        for line in lines:
            _say({"ran": ran(engine, json.loads(line))})


def ran(engine: Engine, formula: str) -> str:
    """What becomes of one formula, well formed and safe, on a workbook made for it: see the module's description."""
    tree = parse(formula)
    try:
        engine.run(next(workbooks(tree, None, 1)), [formula])
    except UnableError as error:
        if any(sign in str(error) for sign in SILENT):
            return f"unknown: {error}"
        for name in sorted({node.name for node in walk(tree) if isinstance(node, Call) and node.name in ARITY}):
            if name in MISREAD or not _knows(engine, name):
                return f"unknown: the engine does not know {name} well enough"
        return f"refused: {error}"
    except BaseException as error:  # a panic of the engine is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        return f"unknown: the engine broke down: {error}"
    return ""


def _knows(engine: Engine, name: str) -> bool:
    """Whether the engine gives anything but #NAME? for a function with the fewest arguments that it may have."""
    formula = f"={name}({','.join(['A2'] * ARITY[name][0])})"
    try:
        engine.run(next(workbooks(parse(formula), None, 1)), [formula])
    except UnableError:
        return False
    return True


def _say(answer: dict[str, object]) -> None:
    print(json.dumps(answer, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    if sys.argv[2] == "run":
        run(Path(sys.argv[1]))
    else:
        main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]) if len(sys.argv) > 3 else None)
