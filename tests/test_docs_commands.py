"""Every command that the documentation shows in a block of shell: those that can run here do, in a copy of the project.

What cannot is listed with its reason; its words are still put to the command by `test_docs.py`. A command that stands
in neither list fails a test, so that no page can show one that nobody tried.

The copy has the application, the query and the profile of docs/own-database.md, taken from the page. `myapp` is the
same application under another name, and so is `demo`: one night serves for all pages.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bench.workplace import free_port
from configs.load import PROJECT
from tests.shown import PAGES, commands

SHOWN = {command: page for page in PAGES for command in commands(page)}
OWN = PROJECT / "docs" / "own-database.md"

GPU, NETWORK, WEIGHTS = "a GPU", "the internet", "Llama 2's weights: 13 GB, and Meta's licence"
STACK = "the whole stack on its usual ports; tests/flows/test_stack.py starts it"

ELSEWHERE = {
    "make demo": "installs the project first; tests/flows/test_night.py runs the demo's nights",
    "make audit": NETWORK,
    'make audit AUDIT="-s osv"': NETWORK,
    ".venv/bin/exhell models pull --profile exhell": NETWORK,
    ".venv/bin/exhell models pull --profile myapp": NETWORK,
    "apt-get install libreoffice-calc-nogui python3-uno": "root; .ci/run installs it",
    ".venv/bin/exhell doctor --profile exhell-gpus": GPU,
    ".venv/bin/exhell train --profile exhell-gpus --set train.launch.gpus=4": GPU,
    "vllm serve FOLDER": "vLLM's CUDA build; tests/tasks/train/test_new_tokens.py serves so by the CPU one",
    ".venv/bin/exhell merge --profile exhell --out FOLDER": WEIGHTS,
    ".venv/bin/exhell render docker --profile exhell": WEIGHTS,
    ".venv/bin/exhell render kubernetes --profile exhell --out manifests": WEIGHTS,
    ".venv/bin/exhell up --profile myapp": STACK,
    ".venv/bin/exhell up --no-gpu --profile myapp": STACK,
    "PREFECT_API_URL=http://control:4200/api .venv/bin/exhell worker gpu --profile myapp": (
        "a second machine; tests/flows/test_two_hosts.py has one"
    ),
    '.venv/bin/exhell rollback --profile myapp --reason "answers in English"': (
        "two champions; tests/flows/test_night.py has them"
    ),
    ".venv/bin/exhell api --profile myapp --port 3100": "the same as on the profile's port, which runs",
    ".venv/bin/python -m bench.scale --times 1 3 10 30 100 --save": "many minutes, and writes over the results",
    ".venv/bin/python -m pytest tests/tasks/train/test_parity.py": "a test, which runs as one",
    ".venv/bin/python -m pytest tests/tasks/train/test_preflight.py -k table": "a test, which runs as one",
}
ELSEWHERE_BEGINS = {
    "kubectl ": "a Kubernetes cluster",
    "curl localhost:8000/generate ": "a TGI server",
    "curl http://localhost:8080/v1/feedback ": "a captured answer; tests/deployments/gateway/test_capture.py has one",
    ".venv/bin/exhell bench endpoint -p exhell ": "an account with OpenAI",
}

RUNS = (
    "<the application of own-database.md>",  # a program of many lines
    ".venv/bin/exhell doctor --profile helpdesk",
    ".venv/bin/exhell prepare --profile helpdesk",
    ".venv/bin/python -c ",
    ".venv/bin/exhell doctor --profile myapp",
    ".venv/bin/exhell prepare --profile myapp",
    ".venv/bin/exhell prepare --profile myapp --set filter.min_rating=3 --set filter.min_quality_score=0.6",
    ".venv/bin/exhell night --profile myapp --dry-run",
    ".venv/bin/exhell prepare",
    ".venv/bin/python -m bench.new_tokens --base FOLDER [--mine 100]",
    ".venv/bin/exhell night --profile helpdesk",
    '.venv/bin/exhell generate --profile helpdesk "C2:C40의 합계를 구하는 수식 알려줘"',
    ".venv/bin/exhell status --profile helpdesk",
    ".venv/bin/exhell status --profile myapp",
    ".venv/bin/exhell night --profile myapp",
    ".venv/bin/exhell night --profile myapp --rebuild",
    '.venv/bin/exhell night --profile myapp --rebuild --force --reason "person-7 asked for deletion"',
    ".venv/bin/exhell report",
    '.venv/bin/exhell report "night 2026-11-26 02:00:00" --open',
    ".venv/bin/exhell report latest --language ko --out tonight.html",
    ".venv/bin/exhell report --profile myapp --open",
    '.venv/bin/exhell compare "night 2026-11-25 02:00:00" latest',
    '.venv/bin/exhell compare "night 2026-11-25 02:00:00" latest --profile myapp',
    ".venv/bin/exhell cost --gpu-month 500 --api-per-1k 0.03",
    ".venv/bin/exhell cost -p exhell --tokens-month 30e6 ",
    ".venv/bin/exhell bench endpoint --url http://127.0.0.1:8000 ",
    ".venv/bin/exhell judge cases.jsonl -o verdicts.jsonl",
    ".venv/bin/exhell api --profile myapp",
    "curl -X POST http://localhost:3000/api/admin/fine-tuning/export ",
    'curl "http://localhost:3000/api/admin/fine-tuning/export?minQualityScore=0.7&minRating=4"',
    "curl -H ",
    ".venv/bin/exhell gateway --profile myapp",
    "curl http://localhost:8080/v1/chat/completions ",
    ".venv/bin/exhell ui --profile myapp",
    ".venv/bin/exhell lineage person-7 --profile myapp",
    ".venv/bin/exhell retention --profile myapp --dry-run",
    ".venv/bin/exhell retention --profile myapp",
    ".venv/bin/exhell render docker --profile exhell --model FOLDER",
    ".venv/bin/prefect work-pool create gpu --type kubernetes ",
    ".venv/bin/prefect work-pool create gpu --type docker ",
    ".venv/bin/exhell down --profile helpdesk",
    ".venv/bin/exhell down --profile myapp",
)
"""In an order in which they can run. What ends in a space is the beginning of a longer one."""

STAYS = {
    ".venv/bin/exhell api --profile myapp": "api",
    ".venv/bin/exhell gateway --profile myapp": "gateway",
    ".venv/bin/exhell ui --profile myapp": "mlflow",
}
"""Runs until it is interrupted: what listens at which of the copy's ports."""


def found(entry: str) -> list[str]:
    """The commands of the pages that an entry stands for."""
    if entry == RUNS[0]:
        return [command for command in SHOWN if "\n" in command]
    if entry.endswith(" "):
        return [command for command in SHOWN if command.startswith(entry) and "\n" not in command]
    return [entry] if entry in SHOWN else []


def test_every_command_that_a_page_shows_runs_here_or_is_listed_with_its_reason() -> None:
    known = {command for entry in (*RUNS, *ELSEWHERE, *ELSEWHERE_BEGINS) for command in found(entry)}
    exports = {command for command in SHOWN if command.startswith("export ")}
    unlisted = {command: page for command, page in SHOWN.items() if command not in known | exports}
    assert unlisted == {}, "run it in RUNS, or say in ELSEWHERE what it needs"
    gone = [entry for entry in (*RUNS, *ELSEWHERE, *ELSEWHERE_BEGINS) if not found(entry)]
    assert gone == [], "no page shows these any more"


def test_a_command_is_whole_and_without_its_comment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "Text\n\n    make demo   # a comment\n    x = 1\n\n"
        "```sh\nexhell one \\\n  --two\ncat <<'END'\na # b\nEND\n```\n\n"
        "```\n$ .venv/bin/exhell status\noutput\n```\n"
    )
    monkeypatch.setattr("tests.shown.PROJECT", tmp_path)
    assert commands("page.md") == [
        "make demo",
        "exhell one --two",
        "cat <<'END'\na # b\nEND",
        ".venv/bin/exhell status",
    ]


@dataclass
class Copy:
    """The project, copied, with the application and the profiles that the pages speak of."""

    folder: Path
    ports: dict[str, int]
    background: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "EXHELL"))}
        ours = {
            "PYTHONPATH": str(self.folder),
            "EXHELL_DATABASE_URL": "sqlite:///helpdesk.db",
            "EXHELL_API_TOKEN": "a-token",  # which the page makes; this API asks for none
            "BROWSER": "true",
            "COLUMNS": "200",
            "NO_PROXY": "*",
        }
        return kept | ours

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        environment = self.environment()
        if "/prefect " in command:
            environment["PREFECT_HOME"] = str(self.folder / "prefect")
            environment["PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS"] = "120"
        return subprocess.run(
            ["bash", "-euc", command], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )

    def stay(self, command: str, port: int) -> None:
        with (self.folder / "background.log").open("ab") as log:
            started = subprocess.Popen(
                ["bash", "-euc", f"exec {command}"],
                cwd=self.folder,
                env=self.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.background.append(started)
        for _ in range(900):
            assert started.poll() is None, (self.folder / "background.log").read_text("utf-8")
            try:
                httpx.get(f"http://127.0.0.1:{port}/", trust_env=False, timeout=5)
            except httpx.HTTPError:
                time.sleep(0.1)
            else:
                return
        pytest.fail(f"{command} does not listen at {port}")

    def here(self, command: str) -> str:
        """The command with what a page cannot know put in: ports, folders, names of nights and adapters."""
        for shown, ours in (
            ("127.0.0.1:8000", f"127.0.0.1:{self.ports['serve']}"),
            ("localhost:3000", f"127.0.0.1:{self.ports['api']}"),
            ("localhost:8080", f"127.0.0.1:{self.ports['gateway']}"),
            ("FOLDER [--mine 100]", "deployments/demo/base_model --mine 10"),
            ("FOLDER", "deployments/demo/base_model"),
            ("--rate 2 --requests 200", "--rate 20 --requests 20"),
            ("curl ", "curl -sSf "),
        ):
            command = command.replace(shown, ours)
        if "night 2026" in command:
            command = re.sub(r'"night 2026[^"]*"', f'"{self.night()}"', command)
        if "adapter-" in command:
            command = re.sub(r"adapter-[0-9a-f]{12}", self.adapter(), command)
        return command

    def night(self) -> str:
        """The name of the newest night that has a page."""
        return str(json.loads(self.run(".venv/bin/exhell report --profile helpdesk --json").stdout)["name"])

    def adapter(self) -> str:
        done = self.run(".venv/bin/exhell status --profile helpdesk --json")
        return re.search(r"adapter-[0-9a-f]{12}", done.stdout)[0]  # type: ignore[index]


def block(language: str, begins: str) -> str:
    """A block of own-database.md."""
    blocks = re.findall(rf"```{language}\n(.*?)```", OWN.read_text("utf-8"), flags=re.DOTALL)
    (one,) = (each for each in blocks if each.startswith(begins))
    return str(one)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    folder = tmp_path_factory.mktemp("docs") / "project"
    ignored = shutil.ignore_patterns(".git", ".venv*", ".exhell", "__pycache__", ".*_cache", ".hypothesis")
    shutil.copytree(PROJECT, folder, ignore=ignored)
    for environment in PROJECT.glob(".venv*"):
        (folder / environment.name).symlink_to(environment.resolve())
    place = Copy(folder, {name: free_port() for name in ("serve", "api", "gateway", "prefect", "mlflow")})
    (folder / "configs/queries/helpdesk.sql").write_text(block("sql", "SELECT\n    'ticket-'"), "utf-8")
    settings: dict[str, Any] = yaml.safe_load(block("yaml", "name: helpdesk"))
    settings["serve"] |= {"port": place.ports["serve"], "second_port": free_port()}
    settings |= {"api": {"port": place.ports["api"]}, "gateway": {"port": place.ports["gateway"]}}
    settings["pages"] = {"prefect_port": place.ports["prefect"], "mlflow_port": place.ports["mlflow"]}
    for name, url in (("helpdesk", settings["source"]["url"]), ("demo", settings["source"]["url"]), ("myapp", "")):
        source = settings["source"] | {"url": url or "${EXHELL_DATABASE_URL}"}
        text = yaml.safe_dump(settings | {"name": name, "source": source}, allow_unicode=True)
        (folder / f"configs/profiles/{name}.yaml").write_text(text, "utf-8")
    cases = re.search(r"```json\n(.*?)```", (PROJECT / "docs/how-to.md").read_text("utf-8"), flags=re.DOTALL)
    assert cases is not None
    (folder / "cases.jsonl").write_text(cases[1], "utf-8")
    prompt = '{"prompt": "C2:C40의 합계를 구하는 수식 알려줘", "reference": "=SUM(C2:C40)", "task_type": "FORMULA"}\n'
    (folder / "prompts.jsonl").write_text(prompt, "utf-8")
    yield place
    for process in place.background:
        process.terminate()
        process.wait(60)
    place.run(".venv/bin/exhell down --profile helpdesk")


@pytest.mark.train
@pytest.mark.serve
@pytest.mark.parametrize("entry", RUNS)
def test_a_command_of_a_page_runs(entry: str, copy: Copy) -> None:
    for command in found(entry):
        ours = copy.here(command)
        if command in STAYS:
            copy.stay(ours, copy.ports[STAYS[command]])
            continue
        done = copy.run(ours)
        assert done.returncode == 0, f"{ours}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"


@pytest.mark.parametrize("command", sorted(command for command in SHOWN if command.startswith("export ")))
def test_a_shell_takes_what_a_page_exports(command: str) -> None:
    done = subprocess.run(["bash", "-euc", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
