"""Answer one prompt with the base model and a LoRA adapter, without any server.

    .venv-train/bin/python deployments/generate.py --base FOLDER --template FILE [--adapter FOLDER] < messages.json

Standard input holds the conversation as JSON (`[{"role": "user", "content": "…"}]`). The answer goes to standard output
as one JSON line, `{"text": "…", "tokens": 12}`, the last line printed. Decoding is greedy, so equal input has an equal
answer. It runs in the training environment, which holds torch, transformers and PEFT.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def load(base: Path, adapter: Path | None) -> Any:
    """The model, with its adapter, on the GPU if there is one."""
    on_gpu = torch.cuda.is_available()
    model = AutoModelForCausalLM.from_pretrained(
        base, dtype=torch.bfloat16 if on_gpu else torch.float32, trust_remote_code=False, use_safetensors=True
    )
    if adapter is not None:
        from peft import PeftModel  # noqa: PLC0415 - seconds that the base alone saves

        model = PeftModel.from_pretrained(model, adapter)
    return model.to("cuda" if on_gpu else "cpu").eval()


def answer(
    model: Any, tokenizer: Any, messages: list[dict[str, str]], template: str, max_tokens: int
) -> dict[str, Any]:
    """The model's answer, without the prompt and the EOS."""
    text = tokenizer.apply_chat_template(messages, chat_template=template, tokenize=False, add_generation_prompt=True)
    # The template writes the BOS itself.
    prompt = tokenizer(text, add_special_tokens=False, return_tensors="pt").to(model.device)
    with torch.inference_mode():
        output = model.generate(
            **prompt,
            max_new_tokens=max_tokens,
            do_sample=False,
            temperature=None,
            top_p=None,
            pad_token_id=tokenizer.pad_token_id or tokenizer.eos_token_id,
        )
    new = output[0][prompt["input_ids"].shape[1] :]
    return {"text": tokenizer.decode(new, skip_special_tokens=True).strip(), "tokens": len(new)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True, help="Folder of the base model.")
    parser.add_argument("--template", type=Path, required=True, help="Jinja file of the chat template.")
    parser.add_argument("--adapter", type=Path, help="Folder of a LoRA adapter; without one, the base model answers.")
    parser.add_argument("--messages", type=Path, help="JSON file with the conversation, in place of standard input.")
    parser.add_argument("--max-tokens", type=int, default=256)
    arguments = parser.parse_args()
    raw = arguments.messages.read_text(encoding="utf-8") if arguments.messages else sys.stdin.read()
    tokenizer = AutoTokenizer.from_pretrained(arguments.base, trust_remote_code=False)
    model = load(arguments.base, arguments.adapter)
    template = arguments.template.read_text(encoding="utf-8")
    print(json.dumps(answer(model, tokenizer, json.loads(raw), template, arguments.max_tokens), ensure_ascii=False))


if __name__ == "__main__":
    main()
