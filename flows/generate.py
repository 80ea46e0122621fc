"""Ask a question: of the champion that serves, or of an adapter folder without any server."""

from __future__ import annotations

from pathlib import Path

from configs.load import workspace
from configs.schema import Profile
from flows.context import Context
from flows.results import Answer
from flows.runtime import NightError
from tasks.records import Message, conversation
from tasks.serving import ModelServer, where
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
    return _ask_server(profile, prompt, messages, max_tokens)


def _ask_server(profile: Profile, prompt: str, messages: tuple[Message, ...], max_tokens: int) -> Answer:
    champion = Context(profile).tracker.champion()
    model = champion.name if champion is not None else profile.serve.base_name
    url = where(profile, model)
    if url is None:
        raise NightError(
            f"no model server answers at {profile.serve.url} that offers {model}; "
            f"`exhell serve --profile {profile.name}` starts it, `--adapter FOLDER` asks an adapter without one"
        )
    with ModelServer(url) as server:
        return Answer(model=model, prompt=prompt, text=server.complete(model, messages, max_tokens=max_tokens).text)
