"""datatrove: local executors with two workers, MinHash deduplication in its stages.

As its documentation and examples advise: the first pipeline reads, filters, scrubs, writes an intermediate copy and,
on the way, the MinHash signatures; buckets and clusters follow; the last pipeline reads the copy, drops what is to go
and writes every format. MinHash finds exact duplicates too, so the exact stages run only where near-duplicates may
stay. The intermediate copy is Parquet with snappy, the fastest of what its writers offer.

Its text normalisation replaces all numbers by 0 and takes Hangul apart: both are off, since "A12" and "A13" are
different tasks here. Its Korean tokenizer is a morphological analyser; a regular expression in its place is faster by
far and keeps cell references whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.base import PipelineStep
from datatrove.pipeline.dedup.exact_dedup import (
    ExactDedupConfig,
    ExactDedupFilter,
    ExactDedupSignature,
    ExactFindDedups,
)
from datatrove.pipeline.dedup.minhash import (
    MinhashConfig,
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)
from datatrove.pipeline.readers import ParquetReader
from datatrove.pipeline.writers import JsonlWriter, ParquetWriter
from datatrove.utils.text import TextNormConfig
from datatrove.utils.word_tokenizers import WordTokenizer

from bench.rivals import rules
from bench.rivals.program import Stages, run_as_program

WORKERS = 2
READ_ROWS = 10_000
BUCKETS = MinhashConfig().num_buckets


class Words(WordTokenizer):  # type: ignore[misc]
    """Words, numbers and cell references, each whole; sentences are never asked for."""

    def word_tokenize(self, text: str) -> list[str]:
        return rules.words(text)

    def sent_tokenize(self, text: str) -> list[str]:
        return [text]

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        return [(0, len(text))]


def minhash() -> MinhashConfig:
    """Its default of 14 buckets by 8 hashes finds a pair of similarity 0.85 with probability 0.99."""
    plain = TextNormConfig(
        lowercase=True,
        norm_whitespace=True,
        remove_punctuation=False,
        norm_unicode_diacritics=False,
        norm_numbers=False,
    )
    return MinhashConfig(n_grams=rules.SHINGLE_WORDS, norm_config=plain)


def document_of(_: Any, data: dict[str, Any], *_place: Any) -> dict[str, Any]:
    """A row as a Document: its instruction is the text until it is scrubbed."""
    return {"text": data["instruction"], "id": data["id"], "metadata": data}


class Interactions(PipelineStep):  # type: ignore[misc]
    """All row rules in one step, which hands on what passes with its prompt's key as the text."""

    type = "🔻 - FILTER"
    name = "interactions"

    def run(self, data: Any, *_task: Any, **__task: Any) -> Iterator[Document]:
        for document in data:
            row = document.metadata
            answer, edited = rules.answer_of(row["output"], row["edited_output"])
            if not rules.well_judged(row, edited):
                continue
            pasted = row["input"] or ""
            if not rules.well_written(row["instruction"], pasted, answer):
                continue
            asked, pasted, said = map(rules.scrubbed, (row["instruction"], pasted, answer))
            document.text = rules.prompt_key(asked, pasted)
            document.metadata = {name: row[name] for name in rules.KEPT if name in row}
            document.metadata |= {"instruction": asked, "input": pasted, "output": said, "edited": edited}
            document.metadata["split"] = rules.split_of(row["user_id"])
            yield document


def schema(*more: str) -> pa.Schema:
    """The columns of an example, and texts beside them: a first row without a rating would be guessed wrong."""
    kinds = {"edited": pa.bool_(), "quality_score": pa.float64(), "rating": pa.int8()}
    return pa.schema([(name, kinds.get(name, pa.string())) for name in (*rules.KEPT, *more)])


def parquet(folder: Path, name: str | None, adapter: Any, *more: str) -> ParquetWriter:
    return ParquetWriter(
        str(folder), name, compression="snappy", adapter=adapter, batch_size=READ_ROWS, schema=schema(*more)
    )


def kept_of(_: Any, document: Document) -> dict[str, Any]:
    row = document.metadata
    return {name: document.id if name == "id" else row[name] for name in rules.KEPT}


def copied(_: Any, document: Document) -> dict[str, Any]:
    return kept_of(None, document) | {"text": document.text, "split": document.metadata["split"]}


def alpaca(_: Any, document: Document) -> dict[str, Any]:
    return {name: document.metadata[name] for name in ("instruction", "input", "output")}


def llama2(_: Any, document: Document) -> dict[str, Any]:
    return {"text": rules.llama2(*_turns(document))}


def sharegpt(_: Any, document: Document) -> dict[str, Any]:
    return {"id": document.id, "conversations": rules.sharegpt(*_turns(document))}


def openai(_: Any, document: Document) -> dict[str, Any]:
    return {"messages": rules.openai(*_turns(document))}


def _turns(document: Document) -> tuple[str, str]:
    row = document.metadata
    return rules.prompt_text(row["instruction"], row["input"]), row["output"]


def content_of(document: Document) -> str:
    text: str = document.text
    return text


def best_of(document: Document) -> int:
    """Priority among equal prompts: the better rating, then the better score."""
    row = document.metadata
    return 1 + 10_000 * int(row["rating"] or 0) + int(5_000 * (row["quality_score"] or 0.0))


def run(source: Path, folder: Path, near: bool, stages: Stages) -> dict[str, int]:
    work = folder / "work"
    exact = ExactDedupConfig(content_getter=content_of, document_priority=best_of)

    def execute(name: str, steps: list[Any], tasks: int = WORKERS) -> None:
        logs = str(work / "logs" / name)
        executor = LocalPipelineExecutor(steps, tasks=tasks, workers=min(tasks, WORKERS), logging_dir=logs)
        stages(name, executor.run)

    signatures: PipelineStep
    if near:
        signatures = MinhashDedupSignature(str(work / "signatures"), config=minhash(), language=Words())
    else:
        signatures = ExactDedupSignature(str(work / "signatures"), config=exact)
    execute(
        "row_rules",
        [
            ParquetReader(str(source), batch_size=READ_ROWS, adapter=document_of, glob_pattern="*.parquet"),
            Interactions(),
            parquet(work / "copy", None, copied, "text", "split"),
            signatures,
        ],
    )
    if near:
        buckets, removed = str(work / "buckets"), str(work / "removed")
        execute("buckets", [MinhashDedupBuckets(str(work / "signatures"), buckets, config=minhash())], BUCKETS)
        execute("clusters", [MinhashDedupCluster(buckets, removed, config=minhash())], 1)
        drop = MinhashDedupFilter(removed)
    else:
        execute("exact", [ExactFindDedups(str(work / "signatures"), str(work / "removed"), config=exact)], 1)
        drop = ExactDedupFilter(str(work / "removed"), config=exact)
    steps: list[Any] = [ParquetReader(str(work / "copy"), batch_size=READ_ROWS), drop]
    for render in (alpaca, llama2, sharegpt, openai):
        name = f"{render.__name__}/${{split}}-${{rank}}.jsonl"
        steps.append(JsonlWriter(str(folder), name, compression=None, adapter=render))
    steps.append(parquet(folder, "${split}-${rank}.parquet", kept_of))
    execute("write", steps)
    return {
        split: sum(pq.read_metadata(path).num_rows for path in folder.glob(f"*{split}-*.parquet"))
        for split in rules.SPLITS
    }


if __name__ == "__main__":
    run_as_program(run, ("datatrove", "pyarrow"))
