"""LLaMA-Factory with the run's own chat template. Runs in its environment, in a run's work folder.

    python launch.py tokenise llamafactory.yml
    python launch.py train llamafactory.yml

The first makes the token ids alone, which the second then finds: it loads no model and wants no GPU. The second is
`llamafactory-cli`'s. Both come after four changes, the first three because Axolotl or the server do it so:

- Its templates are pieces of Python of its own, which only resemble what a server renders. The Jinja file of the run is
  registered in their place, as `run`: a conversation becomes the token ids that its text has as a whole.
- It cuts examples that are too long, so that an answer without an end is learned. They are dropped.
- It ends each epoch with a step over what is left. Axolotl's count of steps for all epochs together is taken instead.
- It prints the first example, a user's text, into the log, which travels with the adapter. It does not.
"""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path
from typing import Any

TEMPLATE = "chat_template.jinja"
NAME = "run"


def main() -> None:
    # One process: with more than one GPU in sight it would start itself again under torchrun, without these changes.
    os.environ["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
    from llamafactory import cli  # noqa: PLC0415 - it looks at the environment as it is imported

    _register(Path(TEMPLATE).read_text(encoding="utf-8"))
    if sys.argv[1] == "tokenise":
        tokenise(Path(sys.argv[2]))
    else:
        cli.main()
    # Everything is saved; taking the interpreter down in order would only add seconds.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def tokenise(config: Path) -> None:
    """Leave the token ids of a configuration where its training will look for them."""
    import yaml  # noqa: PLC0415
    from llamafactory.data import get_dataset, get_template_and_fix_tokenizer  # noqa: PLC0415
    from llamafactory.hparams import get_train_args  # noqa: PLC0415
    from llamafactory.model import load_tokenizer  # noqa: PLC0415

    settings = yaml.safe_load(config.read_text(encoding="utf-8"))
    # How the model will be computed is no matter here, and would ask for a GPU.
    settings = {name: value for name, value in settings.items() if "quantization" not in name}
    settings |= {"bf16": False, "tf32": False, "use_cpu": True}
    model, data, training, _, _ = get_train_args(settings)
    loaded = load_tokenizer(model)
    template = get_template_and_fix_tokenizer(loaded["tokenizer"], data)
    get_dataset(template, model, data, training, stage="sft", **loaded)


def turns(tokenizer: Any, template: str, messages: list[dict[str, str]], system: str | None) -> list[list[int]]:
    """Token ids message by message; joined, they are those of the whole conversation.

    A question ends where the server asks for an answer. Raises ValueError where that is no place between two tokens.
    """
    told = [{"role": "system", "content": system}] if system else []
    pieces: list[list[int]] = []
    before: list[int] = []
    for message in messages:
        told.append({"role": message["role"], "content": message["content"]})
        text = tokenizer.apply_chat_template(
            told, chat_template=template, tokenize=False, add_generation_prompt=message["role"] == "user"
        )
        ids: list[int] = tokenizer.encode(text, add_special_tokens=False)
        if ids[: len(before)] != before:
            raise ValueError(
                f"the chat template and the tokenizer join the {message['role']}'s text to what stands before it in "
                f"one token, which no server would be asked with: {tokenizer.decode(ids[len(before) - 1 :])[:40]!r}"
            )
        pieces.append(ids[len(before) :])
        before = ids
    return pieces


def _register(jinja: str) -> None:
    from llamafactory.data import loader, template  # noqa: PLC0415
    from llamafactory.data.processor import SupervisedDatasetProcessor  # noqa: PLC0415
    from llamafactory.train.sft import workflow  # noqa: PLC0415

    class JinjaTemplate(template.Template):  # type: ignore[misc]
        def _encode(self, tokenizer: Any, messages: Any, system: str | None, tools: str | None) -> list[list[int]]:  # noqa: ARG002
            return turns(tokenizer, jinja, messages, system)

        def fix_jinja_template(self, tokenizer: Any) -> None:
            tokenizer.chat_template = jinja

    class WholeExamples(SupervisedDatasetProcessor):  # type: ignore[misc]
        def preprocess_dataset(self, examples: dict[str, list[Any]]) -> dict[str, list[Any]]:
            limit = self.data_args.cutoff_len
            self.data_args.cutoff_len = sys.maxsize
            try:
                made = super().preprocess_dataset(examples)
            finally:
                self.data_args.cutoff_len = limit
            kept = [number for number, ids in enumerate(made["input_ids"]) if len(ids) <= limit]
            if dropped := len(made["input_ids"]) - len(kept):
                print(f"dropped {dropped} examples of more than {limit} tokens", flush=True)
            return {name: [column[number] for number in kept] for name, column in made.items()}

        def print_data_example(self, example: dict[str, list[int]]) -> None:
            pass

    def dataset_and_steps(template: Any, model: Any, data: Any, training: Any, **others: Any) -> Any:
        found = get_dataset(template, model, data, training, **others)
        rows = len(found["train_dataset"]) * training.num_train_epochs
        batch = training.per_device_train_batch_size * training.gradient_accumulation_steps
        training.max_steps = math.ceil(rows / batch)
        return found

    get_dataset = workflow.get_dataset
    workflow.get_dataset = dataset_and_steps
    template.register_template(NAME, template_class=JinjaTemplate)
    loader.SupervisedDatasetProcessor = WholeExamples


if __name__ == "__main__":
    main()
