"""The registry's aliases, watched by a process of its own: MLflow takes seconds to import, and its calls would hold up
answers that wait for the same interpreter.

Over a pipe it sends what should serve whenever that changed, and that MLflow is away or back. It takes one order:
the roll-back of the aliases, which it repeats until MLflow has heard it. It ends when the gateway does.
"""

from __future__ import annotations

import json
import os
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from configs.errors import ExhellError
from configs.load import store_root
from configs.schema import Profile
from deployments.gateway.desired import Desired, Question, Version
from deployments.gateway.tell import tell_rolled_back
from tasks.serving import read_config, why_merged
from tasks.storage import Store

if TYPE_CHECKING:
    from tasks.tracking import ModelVersion, Registry

PROBLEM_S = 10.0
"""Seconds after which files that were missing are looked for again."""

MAX_TAG = 1_000


def watch(profile_json: str, pipe: Connection) -> None:
    """The process: until the gateway closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the gateway too, which ends this process in order
    from tasks.tracking import tracker  # noqa: PLC0415 - seconds

    profile = Profile.model_validate_json(profile_json)
    watcher = Watcher(profile, tracker(profile).registry)
    try:
        while True:
            for message in watcher.look():
                pipe.send(message)
            if pipe.poll(profile.gateway.registry_poll_s):
                watcher.order(pipe.recv())
    except (EOFError, OSError):  # the gateway has ended
        os._exit(0)


class Watcher:
    """What is known of the registry, and what is still to be told to it."""

    def __init__(self, profile: Profile, registry: Registry) -> None:
        self._profile, self._registry = profile, registry
        self._store = Store(store_root(profile))
        self._versions: dict[tuple[int, str], Version] = {}
        self._problem_since: dict[tuple[int, str], float] = {}
        self._sent: Desired | None = None
        self._away: str | None = None
        self._order: dict[str, Any] | None = None

    def order(self, order: dict[str, Any]) -> None:
        """{"from": version, "to": version, "why": text, "how": "automatic" or "manual"}"""
        self._order = order

    def look(self) -> list[dict[str, Any]]:
        """What the gateway must hear now: nothing, where nothing changed."""
        messages: list[dict[str, Any]] = []
        try:
            if self._order is not None:
                messages.append({"rolled_back": self._roll_back(self._order)})
                self._order = None
            desired = self._desired()
        except ExhellError as error:
            if self._away != str(error):
                self._away = str(error)
                messages.append({"away": self._away})
            return messages
        if self._away is not None or self._sent is None:
            self._away = None
            messages.append({"away": ""})
        if desired != self._sent or self._order is not None or messages:
            self._sent = desired
            messages.append({"desired": desired.model_dump(mode="json")})
        return messages

    def _roll_back(self, order: dict[str, Any]) -> str:
        """Move the aliases back, unless someone moved them since. Raises TrackingError."""
        champion, previous = self._registry.champion(), self._registry.previous()
        if champion is None or champion.version != order["from"]:
            return "the alias had moved already"
        if previous is not None and previous.version == order["to"]:
            self._registry.rollback()
        else:
            self._registry.promote(order["to"])
        self._registry.tag(order["from"], {"deployment": f"rolled back: {order['why']}"[:MAX_TAG]})
        self._registry.tag(order["to"], {"deployment": "serves again"})
        if order["how"] == "automatic":  # a roll-back by hand is a run of its own, which tells
            tell_rolled_back(self._profile.name, f"{champion.name} was taken back: {order['why']}")
        return "the alias has moved"

    def _desired(self) -> Desired:
        champion, previous = self._registry.champion(), self._registry.previous()
        return Desired(
            champion=self._version(champion) if champion is not None else None,
            previous=self._version(previous) if previous is not None else None,
        )

    def _version(self, found: ModelVersion) -> Version:
        """With its files checked: once, and again every few seconds while there is something wrong with them."""
        key = (found.version, found.name)
        known = self._versions.get(key)
        if known is None or (known.problem and time.monotonic() - self._problem_since[key] > PROBLEM_S):
            known = self._examined(found)
            self._versions[key], self._problem_since[key] = known, time.monotonic()
        return known

    def _examined(self, found: ModelVersion) -> Version:
        adapter = found.adapter
        common: dict[str, Any] = {
            "version": found.version,
            "name": found.name,
            "sha256": adapter.sha256,
            "base_sha256": adapter.base_sha256,
        }
        questions = _questions(self._registry.questions(found.version))
        if adapter.model is not None:
            return Version(**common, **questions, merged=True)
        try:
            folder = self._store.open(adapter.uri).resolve()
            rank = _rank(folder, self._profile.serve.max_lora_rank)
        except ExhellError as error:
            return Version(**common, problem=str(error)[:MAX_TAG])
        return Version(**common, **questions, folder=str(folder), rank=rank)


def _rank(folder: Path, most: int) -> int:
    """Raises ExhellError for an adapter that no running server of the profile takes."""
    if kind := why_merged(folder):
        raise ExhellError(f"{folder} is no plain LoRA ({kind}), and was not merged")
    config = read_config(folder)
    try:
        rank = max(int(config["r"]), *(int(one) for one in (config.get("rank_pattern") or {}).values()), 1)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ExhellError(f"{folder} says no rank in its adapter_config.json; publish the adapter again") from None
    if rank > most:
        raise ExhellError(f"{folder} has rank {rank}, the servers take up to {most}; raise serve.max_lora_rank")
    return rank


def _questions(tag: str | None) -> dict[str, Any]:
    """The known questions of a version; none where its tag is missing or damaged."""
    try:
        found = json.loads(tag or "{}")
        return {
            "questions": tuple(Question.model_validate(one) for one in found.get("questions", [])),
            "max_tokens": int(found.get("max_tokens", 256)),
        }
    except (ValueError, AttributeError):
        return {}
