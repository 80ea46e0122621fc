"""The trainers that a profile can choose (`train.backend`): a new one is a module with a `render`, and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from tasks.train import axolotl, llamafactory
from tasks.train.plan import Backend

BACKENDS: Mapping[str, Backend] = {"axolotl": axolotl.render, "llamafactory": llamafactory.render}
