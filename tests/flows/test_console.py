"""What a run prints, where nobody reads it any more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SPEAKS = """
import logging, sys
from pathlib import Path
from flows.console import ConsoleHandler
log = logging.getLogger("exhell")
log.addHandler(ConsoleHandler())
for number in range(3):
    log.warning("line %d", number)
print("on standard error", file=sys.stderr)
Path(sys.argv[1]).write_text("went on")
"""


def test_a_run_goes_on_when_the_worker_that_read_its_output_is_gone(tmp_path: Path) -> None:
    reads, writes = os.pipe()
    os.close(reads)

    done = subprocess.run([sys.executable, "-c", SPEAKS, str(tmp_path / "sign")], stderr=writes, check=False)

    os.close(writes)
    assert (tmp_path / "sign").read_text() == "went on"
    assert done.returncode == 0
