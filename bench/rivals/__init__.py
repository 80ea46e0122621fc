"""What a user would pick instead, on the same rows with the same rules: one module and one environment a rival.

Each module is a program of its environment: `python -m bench.rivals.NAME INPUT OUTPUT [--no-near]` reads the Parquet
files of a folder, applies the rules of `rules.py`, and writes three splits as Parquet and in four JSONL formats. It
prints what it did as JSON. The modules import nothing of this project but `rules.py`, which needs the standard
library alone.
"""
