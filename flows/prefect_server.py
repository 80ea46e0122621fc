"""The Prefect server that a command's runs are recorded on.

It is the user's own (`PREFECT_API_URL`), the one that `exhell ui` serves, or one for as long as the command runs.
Prefect can start a temporary server by itself, but in the command's process group, where Ctrl-C ends it before the runs
can record their end, and on a random port among those of model servers.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from pathlib import Path

import httpx

from configs.load import expand
from configs.schema import PagesConfig
from deployments.services import is_local
from flows.runtime import NightError, service_record
from tasks import jobs
from tasks.jobs import Job

HOST = "127.0.0.1"
READY_TIMEOUT_S = 180.0
"""A first start makes the database, which takes half a minute on a small, busy machine."""

POLL_S = 0.1
BARE = ("--no-ui", "--no-scheduler", "--no-late-runs")
"""What a server that lasts as long as a command does without."""

HEARTBEAT_S = "30"
"""Seconds between a run's signs of life: by their absence the server knows that its process is gone."""

LATE_AFTER_S = 300
"""Seconds after which a scheduled run that no worker took is late, and told of."""

VACUUM = "events,flow_runs"
"""What the server deletes by itself: events after 7 days, runs with their logs after 90 (Prefect's defaults)."""

MIN_PASSWORD_CHARS = 12
EMPTY_DATABASE = Path(sys.prefix) / "prefect-empty.db"
"""Made by the set-up, with this environment's Prefect: its migrations take five seconds a new database."""

SCHEMA = "prefect"
OWN = "prefect-of-"
"""Name of the record of a command's own server; the command's process id follows."""


def server_job(
    name: str, home: Path, port: int, log: Path, *options: str, host: str = HOST, page: str = "", database: str = ""
) -> Job:
    """Prefect's server, on loopback if nothing else is said, with an SQLite file in `home`, or a PostgreSQL database.

    Either is made ready where it is not. `page` is the server's address as browsers know it. Raises NightError for a
    database that cannot be reached.
    """
    home.mkdir(parents=True, exist_ok=True)
    stored = _ensure_schema(database) if database else _ensure_file(home)
    prefect = str(Path(sys.executable).with_name("prefect"))
    page = page or f"http://{host}:{port}"
    return Job(
        name=name,
        argv=(prefect, "server", "start", "--host", host, "--port", str(port), *options),
        cwd=home,
        log=log,
        env={
            "PREFECT_HOME": str(home),
            "PREFECT_SERVER_UI_API_URL": f"{page}/api",  # its pages would ask port 4200
            "PREFECT_UI_URL": page,  # for links in what automations send
            "PREFECT_API_SERVICES_LATE_RUNS_AFTER_SECONDS": str(LATE_AFTER_S),
            "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": VACUUM,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
        }
        | stored,
    )


def login(pages: PagesConfig) -> str:
    """`user:password` that the pages and their APIs ask for; empty where whoever is on this machine may use them.

    Raises NightError where the pages would be open to other machines, or the password can be guessed; ConfigError for
    an unset variable.
    """
    password = expand(pages.password)
    if not password:
        if is_local(pages.host):
            return ""
        raise NightError(
            f"pages.host {pages.host} can be reached from other machines, and no password is set; set pages.password "
            "to ${EXHELL_PAGES_PASSWORD} and that variable to a long random text, or leave pages.host at 127.0.0.1"
        )
    if len(password) < MIN_PASSWORD_CHARS or not password.isascii() or not password.isprintable() or ":" in password:
        raise NightError(
            f"the pages' password ({pages.password}) must be {MIN_PASSWORD_CHARS} printable ASCII characters at least, "
            "without a colon: openssl rand -hex 16"
        )
    return f"{pages.user}:{password}"


def configure(workspace: Path, pages: PagesConfig) -> None:
    """Set what Prefect reads when it is imported; must run before that. What the environment sets wins.

    Raises NightError and ConfigError as `login` does, where a server of the workspace runs.
    """
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", HEARTBEAT_S)
    os.environ.setdefault("PREFECT_LOGGING_SETTINGS_PATH", str(Path(__file__).with_name("logging.yml")))
    if "PREFECT_API_URL" in os.environ:
        return
    os.environ.setdefault("PREFECT_HOME", str(workspace / "prefect"))
    if jobs.running(service_record(workspace, "prefect")) is not None:
        use(pages)


def use(pages: PagesConfig) -> None:
    """Let this process, and those that inherit its environment, use the server of the pages."""
    os.environ["PREFECT_API_URL"] = api_url(pages)
    if asked := login(pages):
        os.environ["PREFECT_API_AUTH_STRING"] = asked


def api_url(pages: PagesConfig) -> str:
    """Where this machine reaches the API of the pages' server."""
    return f"http://{reached(pages.host)}:{pages.prefect_port}/api"


def reached(host: str) -> str:
    """The name by which this machine reaches what listens on `host`."""
    host = HOST if host in {"0.0.0.0", "::"} else host  # noqa: S104 - refused without a password
    return f"[{host}]" if ":" in host else host


class CommandServer:
    """`start` early, for it takes seconds; `ready` before the first run; `stop` however the command ends."""

    def __init__(self, workspace: Path, database: str = "") -> None:
        self._database = database
        self._record = service_record(workspace, f"{OWN}{os.getpid()}")
        self._log = workspace / "logs" / "prefect.log"
        self._owned = "PREFECT_API_URL" not in os.environ

    def start(self) -> None:
        """Start a server of the command's own, unless one is configured. Raises JobError."""
        if not self._owned:
            return
        _end_orphans(self._record.parent)
        port = _free_port()
        home = Path(os.environ["PREFECT_HOME"])
        jobs.start(server_job("prefect", home, port, self._log, *BARE, database=self._database), self._record)
        os.environ["PREFECT_API_URL"] = f"http://{HOST}:{port}/api"

    def ready(self) -> None:
        """Wait until the server answers. Raises NightError if it does not."""
        url = os.environ["PREFECT_API_URL"]
        deadline = time.monotonic() + (READY_TIMEOUT_S if self._owned else 0)
        while True:
            try:
                httpx.get(f"{url}/health", timeout=5, trust_env=not self._owned).raise_for_status()
            except httpx.HTTPError as error:
                if self._owned and jobs.running(self._record) is None:
                    raise NightError(f"Prefect's server ended at its start:\n{jobs.tail_of(self._log)}") from error
                if time.monotonic() > deadline:
                    raise NightError(
                        f"Prefect's server at {url} does not answer ({error}); start it, or unset PREFECT_API_URL for "
                        "one that a command starts itself"
                    ) from error
                time.sleep(POLL_S)
            else:
                return

    def stop(self) -> None:
        """End the server, once what the runs logged has reached it."""
        if self._owned:
            if jobs.running(self._record) is not None:
                _drain()
            jobs.stop(self._record)


def _drain() -> None:
    """Send what Prefect's background threads still hold; without its server they would retry for a minute."""
    if "prefect" not in sys.modules:
        return
    from prefect.events.worker import EventsWorker  # noqa: PLC0415
    from prefect.logging.handlers import APILogWorker  # noqa: PLC0415

    APILogWorker.instance().drain()
    EventsWorker.drain_all()


def _end_orphans(services: Path) -> None:
    """End the servers of commands that were killed before they could."""
    for record in services.glob(f"{OWN}*.json"):
        if not Path(f"/proc/{record.stem.removeprefix(OWN)}").exists():
            jobs.stop(record)


def _ensure_file(home: Path) -> dict[str, str]:
    """Begin a new database as a copy of the empty one; without that, the server makes its own, and slowly."""
    database = home / "prefect.db"
    if not database.exists() and EMPTY_DATABASE.exists():
        copy = home / f"prefect.db.{os.getpid()}"
        shutil.copyfile(EMPTY_DATABASE, copy)
        copy.replace(database)
    return {}


def _ensure_schema(database: str) -> dict[str, str]:
    """Prefect's tables lie in a schema of their own: MLflow's, beside them, have names of the same kind."""
    import psycopg  # noqa: PLC0415 - only where PostgreSQL is used

    try:
        with psycopg.connect(database, connect_timeout=10, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    except psycopg.Error as error:
        raise NightError(
            f"the database of pages.database cannot be used: {str(error).strip().splitlines()[0]}; start it, create "
            "it, or let its user create schemas (GRANT CREATE ON DATABASE)"
        ) from None
    address = database.replace("postgresql://", "postgresql+asyncpg://", 1).replace("sslmode=", "ssl=")
    return {
        "PREFECT_API_DATABASE_CONNECTION_URL": address,
        "PREFECT_SERVER_DATABASE_SQLALCHEMY_CONNECT_ARGS_SEARCH_PATH": f"{SCHEMA}, public",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
