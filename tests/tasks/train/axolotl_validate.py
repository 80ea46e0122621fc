"""Axolotl's own check of configurations, as on an H100. Run in the training environment.

Reads a JSON list of settings from standard input; writes a JSON list with what is wrong with each, empty for nothing.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from axolotl.utils.config import prepare_plugins, validate_config
from axolotl.utils.dict import DictDefault

CAPABILITIES = {"bf16": True, "fp8": True, "tf32": True, "n_gpu": 2, "compute_capability": "sm_90"}


def fault(settings: dict[str, Any]) -> str:
    config = DictDefault(settings)
    try:
        prepare_plugins(config)
        kept = validate_config(config, CAPABILITIES, {"torch_version": "2.13.0"})
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        return str(error)
    # An option that Axolotl does not know is dropped without a word.
    unknown = sorted(name for name in settings if settings[name] is not None and name not in kept)
    return f"unknown to Axolotl: {unknown}" if unknown else ""


if __name__ == "__main__":
    faults = [fault(settings) for settings in json.load(sys.stdin)]
    print(json.dumps(faults))
