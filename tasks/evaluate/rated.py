"""The app's own answers to one question that users rated differently: what an LLM judge should agree with.

    pairs, free_text = rated_pairs(store, dataset, 50, filters)      # Pair.one is what users rated higher

Read from the extracts that the dataset was made of, for a dataset holds the good answers alone. Only rows whose users
consented count, and personal data is replaced as in the dataset, since all of it is sent to the judge's endpoint.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from configs.schema import FilterConfig
from tasks import snapshot
from tasks.artifacts import Dataset, Reference
from tasks.evaluate.graders import is_free_text
from tasks.evaluate.llm_judge import Pair
from tasks.hashes import hash64
from tasks.judge.formulas import find_formula
from tasks.privacy.scrub import scrub
from tasks.records import prompt_text
from tasks.storage import Store

TEXTS = ("instruction", "input", "output")
COLUMNS = ("id", "user_id", "task_type", *TEXTS, "rating", "training_consent", "deleted_at")
LOWEST, HIGHEST = 1, 5


def rated_pairs(store: Store, dataset: Dataset, most: int, filters: FilterConfig) -> tuple[list[Pair], int]:
    """A pair a question, its best-rated answer first, and how many of them are free text: those come first.

    Empty where the dataset's extracts are gone. Memory: 9 bytes a rated row, and the texts of four times `most`
    questions. Raises StorageError for an extract that is altered.
    """
    known = store.manifest(dataset.uri)["meta"].get("extracts", [])
    there = set(store.all("extracts"))  # retention may have taken them
    if not most or not known or not there.issuperset(known):
        return [], 0
    newest = Reference(uri=known[0], sha256=store.manifest(known[0])["sha256"])
    wanted = _differing(store, newest)[: 4 * most]
    by_question: dict[int, list[dict[str, object]]] = {}
    for batch in _rated(store, newest):
        names = hash64(_questions(batch))
        rows = np.flatnonzero(np.isin(names, wanted))
        if len(rows):
            clean = scrub(batch.take(pa.array(rows)), TEXTS, filters.privacy).batch
            for name, row in zip(names[rows].tolist(), clean.to_pylist(), strict=True):
                by_question.setdefault(name, []).append(row)
    found = [pair for rows in by_question.values() if (pair := _pair(rows)) is not None]
    found.sort(key=lambda one: (not one[1], one[0].id))
    chosen = found[:most]
    return [pair for pair, _ in chosen], sum(free for _, free in chosen)


def _rated(store: Store, newest: Reference) -> Iterator[pa.RecordBatch]:
    """Rows with a rating that their users let be used, as they stand now."""
    for batch in snapshot.batches(store, newest, COLUMNS):
        rating = batch.column("rating")
        good = pc.and_(pc.greater_equal(rating, LOWEST), pc.less_equal(rating, HIGHEST))
        allowed = pc.and_(pc.equal(batch.column("training_consent"), True), pc.is_null(batch.column("deleted_at")))
        whole = pc.and_(pc.is_valid(batch.column("instruction")), pc.is_valid(batch.column("output")))
        kept = batch.filter(pc.fill_null(pc.and_(pc.and_(good, allowed), whole), False))
        if kept.num_rows:
            yield kept


def _questions(batch: pa.RecordBatch) -> pa.Array:
    parts = [pc.fill_null(batch.column(name), "") for name in ("instruction", "input")]
    return pc.binary_join_element_wise(*parts, "\n\n")


def _differing(store: Store, newest: Reference) -> np.ndarray:
    """Names of the questions with answers that were rated differently, in the order of the names: a fixed sample."""
    names, ratings = [np.zeros(0, np.uint64)], [np.zeros(0, np.int8)]
    for batch in _rated(store, newest):
        names.append(hash64(_questions(batch)))
        ratings.append(batch.column("rating").to_numpy().astype(np.int8))
    name, rating = np.concatenate(names), np.concatenate(ratings)
    order = np.lexsort((rating, name))
    name, rating = name[order], rating[order]
    starts = np.flatnonzero(np.concatenate([np.ones(min(1, len(name)), bool), name[1:] != name[:-1]]))
    ends = np.append(starts[1:], len(name)) - 1
    differing: np.ndarray = name[starts[rating[starts] < rating[ends]]] if len(name) else name
    return differing


def _pair(rows: Sequence[dict[str, object]]) -> tuple[Pair, bool] | None:
    """The best- and the worst-rated answer, and whether both are free text; None where they say the same."""
    ordered = sorted(rows, key=lambda row: (-int(str(row["rating"])), str(row["id"])))
    best, worst = ordered[0], ordered[-1]
    one, other = str(best["output"]).strip(), str(worst["output"]).strip()
    if best["rating"] == worst["rating"] or one == other:
        return None
    free = is_free_text(str(best["task_type"])) and find_formula(one) is None and find_formula(other) is None
    question = prompt_text(str(best["instruction"]), str(best["input"] or ""))
    # The worse-rated answer's user disliked it: the pair's vote is that user's.
    return Pair(str(best["id"]), str(worst["user_id"]), question, one, other), free
