"""How LLaMA-Factory is told to read the formats of a dataset: entries of its `dataset_info.json`, without the files.

They are documented in https://github.com/hiyouga/LLaMA-Factory/blob/main/data/README.md. The conversion writes them
beside what it publishes, training into its work folder.
"""

from __future__ import annotations

from typing import Any

LLAMA_FACTORY: dict[str, dict[str, Any]] = {
    "sharegpt": {
        "formatting": "sharegpt",
        "columns": {"messages": "conversations"},
        "tags": {
            "role_tag": "from",
            "content_tag": "value",
            "user_tag": "human",
            "assistant_tag": "gpt",
            "system_tag": "system",
        },
    },
    # Not LLaMA-Factory's own "openai": that puts "detailed thinking off" into every system prompt.
    "openai": {
        "formatting": "sharegpt",
        "columns": {"messages": "messages"},
        "tags": {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": "user",
            "assistant_tag": "assistant",
            "system_tag": "system",
        },
    },
    "alpaca": {
        "formatting": "alpaca",
        "columns": {
            "prompt": "instruction",
            "query": "input",
            "response": "output",
            "system": "system",
            "history": "history",
        },
    },
}
"""How LLaMA-Factory reads a format. It takes text only for pretraining, and adds an EOS of its own: no `llama2`."""
