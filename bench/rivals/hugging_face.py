"""Hugging Face `datasets`: `filter` and `map`, batched, in two processes; duplicates by pandas and by rensa.

As its documentation advises: Parquet is loaded in parallel with only the columns that are needed; what Arrow can
decide (the plain columns) is decided in the `arrow` format, which copies nothing ("Use with PyArrow"); one batched
`map` does all that Python must do with the texts and returns fewer rows than it was given ("Batch mapping"), so that
there is one pass and one cache file; `select` by an array of indices; `to_parquet`, and `to_json` in two processes.

Near-duplicates as rensa's README shows for batches: shingles hashed by `hash_token_sets`, one digest matrix, LSH over
it, and exact Jaccard over the candidates of the rows that share a band.
"""

from __future__ import annotations

import os
from hashlib import blake2b
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset
from rensa import RMinHash, RMinHashLSH

from bench.rivals import rules
from bench.rivals.program import Stages, run_as_program
from bench.rivals.writing import PROCESSES, write

PERMUTATIONS, BANDS = 128, 16
"""16 bands of 8 find a pair of similarity 0.85 with probability 0.99."""

PLAIN = ["deleted_at", "training_consent", "language", "output", "edited_output", "quality_score", "rating"]


def well_judged(rows: pa.Table) -> pa.Table:
    """`rules.well_judged`, in Arrow."""
    edited = pc.and_(
        pc.is_valid(rows["edited_output"]), pc.fill_null(pc.not_equal(rows["edited_output"], rows["output"]), True)
    )
    score, rating = rows["quality_score"], rows["rating"]
    good = pc.and_(
        pc.and_(pc.greater_equal(score, rules.MIN_SCORE), pc.less_equal(score, 1.0)),
        pc.and_(pc.greater_equal(rating, rules.MIN_RATING), pc.less_equal(rating, 5)),
    )
    korean = pc.equal(pc.replace_substring_regex(pc.utf8_lower(rows["language"]), "[-_].*$", ""), rules.LANGUAGE)
    allowed = pc.and_(pc.is_null(rows["deleted_at"]), rows["training_consent"])
    keep = pc.and_(pc.and_(allowed, korean), pc.or_kleene(edited, good))
    return pa.table({"keep": pc.fill_null(keep, False)})


def examples(batch: dict[str, list[Any]], near: bool) -> pa.Table:
    """The well-written rows of a batch: scrubbed, keyed, rendered in every format.

    As an Arrow table, which `map` takes as it is: guessing types from Python values would cost more.
    """
    rows: list[tuple[Any, ...]] = []
    for id_, user, task, language, instruction, context, output, edit, score, rating in zip(
        *(batch[name] for name in _TAKEN), strict=True
    ):
        pasted = context or ""
        answer, edited = rules.answer_of(output, edit)
        if not rules.well_written(instruction, pasted, answer):
            continue
        asked, pasted, said = map(rules.scrubbed, (instruction, pasted, answer))
        prompt = rules.prompt_text(asked, pasted)
        key = rules.prompt_key(asked, pasted)
        row = (id_, user, task, language, asked, pasted, said, edited, score, rating)
        rendered = (rules.llama2(prompt, said), rules.sharegpt(prompt, said), rules.openai(prompt, said))
        rows.append((*row, key, rules.split_of(user), *rendered))
    columns: dict[str, Any] = {name: list(values) for name, values in zip(_MADE, zip(*rows, strict=True), strict=False)}
    keys = columns.pop("key", [])
    columns["hash"] = [blake2b(key.encode(), digest_size=16).digest() for key in keys]
    if near:
        columns["shingles"] = RMinHash.hash_token_sets([rules.shingles(key) for key in keys])
    schema = features(near).arrow_schema
    return pa.table({name: pa.array(columns.get(name, []), schema.field(name).type) for name in schema.names})


_TAKEN = (
    "id", "user_id", "task_type", "language", "instruction", "input", "output", "edited_output",
    "quality_score", "rating",
)  # fmt: skip
_MADE = (*rules.KEPT, "key", "split", "text", "conversations", "messages")


def features(near: bool) -> datasets.Features:
    """The mapped dataset's columns, said once instead of guessed from each process's first batch."""
    text = datasets.Value("string")
    kinds: dict[str, Any] = dict.fromkeys((*rules.KEPT, "split", "text"), text)
    kinds |= {"edited": datasets.Value("bool"), "quality_score": datasets.Value("float64")}
    kinds |= {"rating": datasets.Value("int8"), "hash": datasets.Value("binary")}
    kinds["conversations"] = datasets.List({"from": text, "value": text})
    kinds["messages"] = datasets.List({"role": text, "content": text})
    if near:
        kinds["shingles"] = datasets.List(datasets.Value("uint64"))
    return datasets.Features(kinds)


def without_repeats(rows: Dataset) -> Dataset:
    """The best-rated row of each prompt, in the rows' order."""
    frame = rows.select_columns(["hash", "rating", "quality_score", "id"]).to_pandas()
    ranked = frame.sort_values(
        ["rating", "quality_score", "id"], ascending=[False, False, True], na_position="last", kind="stable"
    )
    return rows.select(np.sort(ranked.drop_duplicates("hash").index.to_numpy()))


def without_near_duplicates(rows: Dataset) -> Dataset:
    """The first row of each cluster, among rows whose shingles' Jaccard is at least the threshold."""
    table = rows.select_columns(["shingles"]).with_format("arrow")[:]
    lists = table["shingles"].combine_chunks()
    flat, offsets = lists.flatten().to_numpy(), lists.offsets.to_numpy() - lists.offsets[0].as_py()
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(flat, offsets, PERMUTATIONS, 42)
    flags = np.array(
        RMinHashLSH(rules.NEAR_THRESHOLD, PERMUTATIONS, BANDS).insert_matrix_and_query_duplicate_flags(matrix)
    )
    suspects = np.flatnonzero(flags)
    sets = [frozenset(flat[offsets[at] : offsets[at + 1]].tolist()) for at in suspects]
    sketches = RMinHash.from_token_sets([[str(token) for token in tokens] for tokens in sets], PERMUTATIONS, 42)
    index = RMinHashLSH(rules.NEAR_THRESHOLD, PERMUTATIONS, BANDS)
    index.insert_many(sketches)
    parents = list(range(len(suspects)))

    def root(at: int) -> int:
        while parents[at] != at:
            parents[at] = parents[parents[at]]
            at = parents[at]
        return at

    for at, candidates in enumerate(index.query_all(sketches)):
        for other in candidates:
            if other < at and root(other) != root(at) and is_near(sets[at], sets[other]):
                parents[max(root(at), root(other))] = min(root(at), root(other))
    keep = np.ones(len(rows), dtype=bool)
    keep[suspects[[at for at in range(len(suspects)) if root(at) != at]]] = False
    return rows.select(np.flatnonzero(keep))


def is_near(one: frozenset[int], two: frozenset[int]) -> bool:
    shared = len(one & two)
    return shared >= rules.NEAR_THRESHOLD * (len(one) + len(two) - shared)


def run(source: Path, folder: Path, near: bool, stages: Stages) -> dict[str, int]:
    cache = folder / "cache"
    os.environ["HF_DATASETS_CACHE"] = datasets.config.HF_DATASETS_CACHE = str(cache)
    datasets.disable_progress_bars()

    def read() -> Dataset:
        files = sorted(map(str, source.glob("*.parquet")))
        columns = [name for name in rules.COLUMNS if name not in {"created_at", "updated_at"}]
        return Dataset.from_parquet(files, columns=columns, cache_dir=str(cache), num_proc=PROCESSES)

    rows = stages("read", read)

    def row_rules() -> Dataset:
        judged = rows.with_format("arrow").filter(_keeps, batched=True, num_proc=PROCESSES)
        return judged.with_format(None).map(
            examples,
            batched=True,
            num_proc=PROCESSES,
            remove_columns=rows.column_names,
            features=features(near),
            fn_kwargs={"near": near},
        )

    made = stages("row_rules", row_rules)
    made = stages("exact", lambda: without_repeats(made))
    if near:
        made = stages("near", lambda: without_near_duplicates(made))
    return stages("write", lambda: write(made, folder))


def _keeps(rows: pa.Table) -> list[bool]:
    keep: list[bool] = well_judged(rows)["keep"].to_pylist()
    return keep


VERSIONS = ("datasets", "pyarrow", "rensa")

if __name__ == "__main__":
    run_as_program(run, VERSIONS)
