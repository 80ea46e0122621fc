"""Token ids as Hugging Face's transformers makes them; for the environment that trains.

    chat_template_ids.py BASE|llama < {"templates": […], "conversations": […], "texts": […]}

writes {"conversations": [ids of each, by template], "texts": [ids of each]}. BASE is a folder with a tokenizer; `llama`
is one of Llama-2's kind (SentencePiece, BPE with byte fallback, a space before each stretch of text), made of the
Mistral 7B vocabulary that the package mistral_common brings along.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer, LlamaTokenizer


def llama() -> Any:
    import mistral_common
    from sentencepiece import SentencePieceProcessor
    from transformers.convert_slow_tokenizer import generate_merges

    file = Path(mistral_common.__file__).parent / "data" / "tokenizer.model.v1"
    model = SentencePieceProcessor(model_file=str(file))
    pieces = [model.id_to_piece(number) for number in range(len(model))]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    scores = {piece: model.get_score(number) for number, piece in enumerate(pieces)}
    return LlamaTokenizer(vocab=vocabulary, merges=generate_merges(vocabulary, scores), legacy=True)


def main() -> None:
    asked = json.load(sys.stdin)
    tokenizer = llama() if sys.argv[1] == "llama" else AutoTokenizer.from_pretrained(sys.argv[1])
    conversations = [
        [
            tokenizer.apply_chat_template(turns, chat_template=template, tokenize=True, return_dict=False)
            for turns in asked["conversations"]
        ]
        for template in asked["templates"]
    ]
    texts = [tokenizer.encode(text, add_special_tokens=False) for text in asked["texts"]]
    print(json.dumps({"conversations": conversations, "texts": texts}))


if __name__ == "__main__":
    main()
