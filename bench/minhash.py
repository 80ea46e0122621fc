"""Signatures of many small sets: ours in numpy beside rensa's in Rust, in seconds of one core.

    python -m bench.minhash [--sets 100_000]

rensa signs faster, and hands its signatures over as Python lists; what a signature costs is both together.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from rensa import RMinHash

from tasks.filter.minhash import signatures

SLOTS = 64
SMALLEST, LARGEST = 10, 40
"""Shingles of a question."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", type=int, default=100_000)
    for name, seconds in run(parser.parse_args().sets).items():
        print(f"{name:16} {seconds:.2f} s")


def run(sets: int) -> dict[str, float]:
    """Seconds of processor time."""
    rng = np.random.default_rng(1)
    starts = np.concatenate([[0], np.cumsum(rng.integers(SMALLEST, LARGEST, sets))])
    tokens = rng.integers(0, 2**64, int(starts[-1]), dtype=np.uint64)
    begun = time.process_time()
    signatures(tokens, starts, SLOTS)
    ours = time.process_time()
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(tokens, starts.astype(np.uint64), num_perm=SLOTS, seed=1)
    signed = time.process_time()
    np.array(matrix.to_rows(), dtype=np.uint32).astype(np.uint8)
    handed = time.process_time()
    return {"ours": ours - begun, "rensa signs": signed - ours, "rensa hands over": handed - signed}


if __name__ == "__main__":
    main()
