"""The demo: a generated app database gains a day of traffic, and a night follows."""

from __future__ import annotations

import sys

from rich.markup import escape

from configs.load import PROJECT, project_path, workspace
from configs.schema import Profile
from flows.console import console
from flows.context import Context
from flows.generate import ask
from flows.nightly_retrain import nightly_retrain
from flows.results import DemoNight
from flows.runtime import NightError
from flows.status import address, bring_up
from flows.worth import DECIDED
from tasks import jobs
from tasks.jobs import Job

QUESTION = "B2:B25의 합계를 구하는 수식을 알려줘"


def run_demo(name: str, profile: Profile, new_traffic: bool) -> DemoNight:
    """Run the first night, or the next one. A night that was interrupted is taken up again without a new day.

    `name` is what `profile` was loaded by. Raises NightError for a profile whose app is not the demo's.
    """
    _traffic(profile, new_traffic)
    night = nightly_retrain(name)
    bring_up(profile)
    served_at = address(profile) or profile.serve.url
    return DemoNight(night=night, served_at=served_at, answer=ask(profile, QUESTION))


def _traffic(profile: Profile, new_traffic: bool) -> None:
    """Fill the app's database, or let it gain a day once a night has decided on what is there."""
    database = workspace(profile) / "app.db"
    if project_path(profile.source.url.removeprefix("sqlite:///")) != database:
        raise NightError(
            f"the demo fills {database}, but this profile reads another database; run a night on that one with "
            f"`exhell night --profile {profile.name}`"
        )
    if not database.exists():
        _generate(profile, "create", str(database))
    elif new_traffic and Context(profile).store.pointer(DECIDED) is not None:
        _generate(profile, "add-day", str(database))


def _generate(profile: Profile, *arguments: str) -> None:
    """The demo's app is another program, as a real one would be: it is run, not imported."""
    folder = workspace(profile)
    job = Job(
        name="demo app",
        argv=(sys.executable, "-m", "deployments.demo.app_database", *arguments),
        cwd=PROJECT,
        log=folder / "logs" / "app.log",
    )
    jobs.run(job, on_line=lambda line: console.print(escape(line)))
