"""The work of a night, each kind in its package: plain functions on files, and their Prefect tasks (`task.py`)."""

import os

# Arrow reads it when it is first imported. Its default, mimalloc, keeps what threads that ended had in use: screening
# 3,000,000 rows of bench.traffic left 140 MB of it in the process that goes on to write the dataset.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")
