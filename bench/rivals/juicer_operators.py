"""The custom operator of the data-juicer recipe: see `bench/rivals/juicer.py`."""

from __future__ import annotations

from typing import Any

from data_juicer.ops.base_op import OPERATORS, Mapper

from bench.rivals import rules


@OPERATORS.register_module("interaction_mapper")
class InteractionMapper(Mapper):  # type: ignore[misc]
    """Drops interactions that fail a row rule, scrubs the others and renders them; a batched operator."""

    _batched_op = True

    def process_batched(self, samples: dict[str, list[Any]], *_: Any, **__: Any) -> dict[str, list[Any]]:
        made: dict[str, list[Any]] = {name: [] for name in (*rules.COLUMNS, *_MADE)}
        for values in zip(*(samples[name] for name in rules.COLUMNS), strict=True):
            row = dict(zip(rules.COLUMNS, values, strict=True))
            answer, edited = rules.answer_of(row["output"], row["edited_output"])
            if not rules.well_judged(row, edited):
                continue
            pasted = row["input"] or ""
            if not rules.well_written(row["instruction"], pasted, answer):
                continue
            asked, pasted, said = map(rules.scrubbed, (row["instruction"], pasted, answer))
            prompt = rules.prompt_text(asked, pasted)
            row |= {"instruction": asked, "input": pasted, "output": said, "edited": edited}
            row |= {"prompt": rules.prompt_key(asked, pasted), "split": rules.split_of(row["user_id"])}
            row |= {"text": rules.llama2(prompt, said), "conversations": rules.sharegpt(prompt, said)}
            row["messages"] = rules.openai(prompt, said)
            for name, value in row.items():
                made[name].append(value)
        return made


_MADE = ("edited", "prompt", "split", "text", "conversations", "messages")
