"""Ask a question: of the champion that serves, or of an adapter folder without any server."""

from __future__ import annotations

from pathlib import Path

from configs.load import workspace
from configs.schema import Profile
from flows.context import Context
from flows.results import Answer
from flows.runtime import NightError
from tasks.records import Message, conversation
from tasks.serving import ModelServer
from tasks.train.generate import generate_locally


def ask(profile: Profile, prompt: str, adapter: Path | None = None, max_tokens: int = 256) -> Answer:
    """One greedy answer.

    Raises NightError where no server runs, ServingError where it does not answer, JobError or TrainError for a folder
    that cannot be used.
    """
    messages = conversation(prompt, "", profile.convert.system_prompt)
    if adapter is not None:
        text = generate_locally(profile, adapter, messages, max_tokens, workspace(profile))
        return Answer(model=str(adapter), prompt=prompt, text=text)
    with ModelServer(profile.serve.url) as server:
        return _ask_server(profile, server, prompt, messages, max_tokens)


def _ask_server(
    profile: Profile, server: ModelServer, prompt: str, messages: tuple[Message, ...], max_tokens: int
) -> Answer:
    if not server.healthy():
        raise NightError(
            f"no model server answers at {profile.serve.url}; `exhell up --profile {profile.name}` starts it, "
            "`--adapter FOLDER` asks an adapter without one"
        )
    champion = Context(profile).tracker.champion()
    model = champion.name if champion is not None else profile.serve.base_name
    return Answer(model=model, prompt=prompt, text=server.complete(model, messages, max_tokens=max_tokens).text)
