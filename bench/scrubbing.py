"""What it costs to look for personal data in big traffic (`bench/traffic.py`), of which 3% of the rows hold some.

    python -m bench.scrubbing [--rows 131072]

Prints processor seconds a million rows, on one core: of the whole, and of the pre-test alone. The best of three runs.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import pyarrow as pa

from bench import traffic
from configs.schema import PrivacyConfig
from tasks.filter.engine import TEXTS
from tasks.filter.rules import candidates
from tasks.privacy import hints, scrub

RUNS = 3
MILLION = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=131_072)
    rows = parser.parse_args().rows
    pa.set_cpu_count(1)
    batches = [candidates(batch) for batch in traffic.batches(rows)]
    texts = [[batch.column(name) for name in TEXTS] for batch in batches]
    whole = _seconds(lambda: [scrub(batch, TEXTS, PrivacyConfig()) for batch in batches])
    pretest = _seconds(lambda: [hints.suspects(columns) for columns in texts])
    found = sum(batch.num_rows - scrub(batch, TEXTS, PrivacyConfig()).found.null_count for batch in batches)
    print(f"{rows:,} rows, personal data in {found:,}")
    print(f"{whole * MILLION / rows:.1f} s a million rows, the pre-test {pretest * MILLION / rows:.1f} s of it")


def _seconds(work: Callable[[], object]) -> float:
    """Processor seconds of the best run."""
    best = float("inf")
    for _ in range(RUNS):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


if __name__ == "__main__":
    main()
