"""How questions whose answers are compared are asked: by the model server's clients and by the gateway alike."""

from __future__ import annotations

GREEDY = {"temperature": 0.0, "repetition_penalty": 1.0, "seed": 0}
"""Written out: what a request leaves open, the server takes from the base model's generation_config.json."""
