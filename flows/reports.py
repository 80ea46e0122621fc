"""Find the page of a night again, by its MLflow run. Needs no Prefect."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from configs.errors import ExhellError
from configs.load import workspace
from configs.schema import Profile
from tasks.report.facts import Facts
from tasks.report.page import Language, page
from tasks.tracking import tracker

PAGE, FACTS = "report.html", "report.json"
TAG = "page"
"""Tag of the runs that hold a page; its value is the page's name among the run's artifacts."""


def find_facts(profile: Profile, which: str) -> Facts:
    """The facts of a run by its id or name, or of the `latest` one. Raises ExhellError where it has none."""
    run = tracker(profile).find(which, TAG)
    text = run.read_text(FACTS)
    if text is None:
        raise ExhellError(f"the run {run.name} ({run.id}) has lost its {FACTS}; evaluate again to make a new one")
    try:
        return Facts.model_validate_json(text)
    except ValidationError as error:
        raise ExhellError(
            f"{FACTS} of the run {run.name} ({run.id}) was written by another version: {error.errors()[0]['msg']}; its "
            f"{PAGE} in MLflow can still be read"
        ) from error


def write_report(profile: Profile, which: str, out: Path | None, language: Language | None) -> Path:
    """Draw a run's page into a file, and return its path. Raises ExhellError."""
    facts = find_facts(profile, which)
    path = out or workspace(profile) / "reports" / f"{facts.run_id}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(facts, language or profile.pages.language), encoding="utf-8")
    return path.absolute()
