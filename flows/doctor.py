"""Look at the machine before a night: everything that would stop it hours later, told now."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from tempfile import TemporaryDirectory

import httpx
import psutil

from configs.errors import ExhellError
from configs.load import PROJECT, project_path, workspace
from configs.schema import Profile
from flows.context import Context
from flows.results import Check, Diagnosis
from tasks import base_model, jobs
from tasks.extract.extract import extract
from tasks.filter.checks import checking
from tasks.filter.filter import filter_extract
from tasks.jobs import Job, JobError
from tasks.judge.office import INSTALL_HINT, find
from tasks.serving import ModelServer, places
from tasks.storage import Store
from tasks.train.memory import gpu_memory, read_shape
from tasks.train.plan import MAKE
from tasks.train.preflight import gpus_gib

GIB = 1 << 30
MIN_FREE_GIB = 2.0
"""Disk for a night's extracts, dataset, checkpoints and logs besides the model's own size."""


def examine(profile: Profile) -> Diagnosis:
    """Run every check; a check that raises an ExhellError is a problem with that text."""
    checks: dict[str, Callable[[Profile], tuple[str, str]]] = {
        "training environment": _training_environment,
        "serving environment": _serving_environment,
        "base model": _base_model,
        "licence": lambda p: ("ok", "; ".join((p.base_model.license, *base_model.licence_terms(p.base_model.license)))),
        "GPU": _gpu,
        "memory": _memory,
        "disk": _disk,
        "database": _database,
        "MLflow": _mlflow,
        "Prefect": _prefect,
        "vLLM": _server,
        "LibreOffice": _office,
    }
    return Diagnosis(checks=tuple(_run(name, check, profile) for name, check in checks.items()))


def _run(name: str, check: Callable[[Profile], tuple[str, str]], profile: Profile) -> Check:
    try:
        state, detail = check(profile)
    except ExhellError as error:
        state, detail = "problem", str(error)
    return Check.model_validate({"name": name, "state": state, "detail": detail})


def _training_environment(profile: Profile) -> tuple[str, str]:
    lock = "train" if profile.train.backend == "axolotl" else profile.train.backend
    return _environment(profile.train.environment_folder, lock, MAKE[profile.train.backend])


def _serving_environment(profile: Profile) -> tuple[str, str]:
    if profile.serve.launcher == "process":
        return _environment(profile.serve.environment, "serve", "make setup")
    said: list[str] = []
    log = workspace(profile) / "logs" / "docker.log"
    try:
        jobs.run(Job("docker", ("docker", "version", "--format", "{{.Server.Version}}"), PROJECT, log), said.append)
    except JobError as error:
        return (
            "problem",
            f"Docker does not answer; start its daemon, and let this user use it: {str(error).splitlines()[-1]}",
        )
    return "ok", f"Docker {said[-1]}, {profile.serve.docker.image}"


def _environment(folder: str, lock: str, make: str) -> tuple[str, str]:
    installed = project_path(folder) / "installed.lock"
    if not installed.is_file():
        return "problem", f"{folder} is not there or not whole; run `{make}`"
    locks = (PROJECT / "deployments" / "environments").glob(f"{lock}*.txt")
    content = installed.read_bytes()
    current = [path.name for path in locks if path.read_bytes() == content]
    if not current:
        return "problem", f"{folder} was made from an older lock; run `{make}`"
    return "ok", f"{folder} as in {current[0]}"


def _base_model(profile: Profile) -> tuple[str, str]:
    path = base_model.locate(profile.base_model)
    return "ok", f"{profile.base_model.path}, fingerprint {base_model.fingerprint(path)[:12]}"


def _gpu(profile: Profile) -> tuple[str, str]:
    gpus = list(gpus_gib(workspace(profile) / "logs"))
    if not gpus:
        if profile.train.precision == "fp32":
            return "ok", "none; this profile trains in fp32 on the CPU"
        return "problem", "none found, and train.precision bf16 wants one; see nvidia-smi, or take a GPU work pool"
    shape = read_shape(base_model.locate(profile.base_model))
    if shape is None:
        return "warning", f"{max(gpus):.0f} GiB there; how much this kind of model needs is not known here"
    needed = sum(gpu_memory(profile.train, shape).values()) / GIB
    text = f"{needed:.0f} GiB needed for {shape.parameters / 1e9:.1f}B parameters, {max(gpus):.0f} GiB there"
    return ("ok" if max(gpus) >= needed else "problem"), text


def _memory(profile: Profile) -> tuple[str, str]:
    free = psutil.virtual_memory().available / GIB
    needed = profile.base_model.parameters * 4 / GIB + 4
    if profile.train.precision == "fp32" and free < needed:
        return "problem", f"{free:.1f} GiB free, {needed:.1f} GiB needed to train in fp32 on the CPU"
    return "ok", f"{free:.1f} GiB free"


def _disk(profile: Profile) -> tuple[str, str]:
    folder = workspace(profile)
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / GIB
    needed = MIN_FREE_GIB + profile.base_model.parameters * 2 / GIB
    return ("ok" if free >= needed else "problem"), f"{free:.1f} GiB free under {folder}, {needed:.1f} GiB needed"


def _database(profile: Profile) -> tuple[str, str]:
    """Reads every interaction, as a first night would, into a place that is gone afterwards."""
    with TemporaryDirectory(prefix="exhell-doctor-") as folder:
        store = Store(folder)
        filtered = filter_extract(extract(profile.source, store), profile.filter, store, checking(profile))
    good, needed = filtered.rows, profile.night.min_records
    text = f"{good:,} good records of {filtered.funnel[0].reached:,}"
    if good < needed:
        return "problem", f"{text}; {needed:,} are needed (night.min_records)"
    return "ok", f"{text}, {needed:,} needed"


def _mlflow(profile: Profile) -> tuple[str, str]:
    champion = Context(profile).tracker.champion()
    return "ok", f"champion: {champion.name}" if champion is not None else "reachable; no champion yet"


def _office(_profile: Profile) -> tuple[str, str]:
    office = find()
    if office is None:
        return "warning", f"not there: formulas are judged by IronCalc alone; {INSTALL_HINT}"
    return "ok", f"{office.version} in {office.program}: formulas are judged by two engines"


def _prefect(_profile: Profile) -> tuple[str, str]:
    from prefect.settings import get_current_settings  # noqa: PLC0415 - not needed by the other checks

    url = get_current_settings().api.url
    if url is None:
        return "ok", "no server configured: a night starts a temporary one in the workspace"
    try:
        httpx.get(f"{url}/health", timeout=5).raise_for_status()
    except httpx.HTTPError as error:
        return "problem", f"{url} does not answer ({error}); start it, or unset PREFECT_API_URL"
    return "ok", url


def _server(profile: Profile) -> tuple[str, str]:
    states, texts = [], []
    for place in places(profile):
        with ModelServer(place.url) as server:
            if not server.healthy():
                continue
        ours = jobs.running(place.record) is not None
        states.append("ok" if ours else "warning")
        texts.append(f"answers at {place.url}" + ("" if ours else ", but was not started from this workspace"))
    state = "warning" if "warning" in states else "ok"
    return state, "; ".join(texts) or f"not running; a night starts it at {profile.serve.url}"
