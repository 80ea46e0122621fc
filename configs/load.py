"""Read a profile, check it, and resolve what it points to.

`load_profile("demo")` reads `configs/profiles/demo.yaml`; a path reads that file. All that is wrong is told at once,
each line with its key, what was given, what is allowed, and for an unknown key the nearest known one.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from configs.errors import ExhellError
from configs.schema import Profile

CONFIGS = Path(__file__).resolve().parent
PROFILES = CONFIGS / "profiles"
QUERIES = CONFIGS / "queries"
TEMPLATES = CONFIGS / "templates"
PROJECT = CONFIGS.parent

_REFERENCE = re.compile(r"\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}")


class ConfigError(ExhellError):
    """A profile that cannot be used; the message names every wrong key and what to do."""


def load_profile(name_or_path: str, overrides: Mapping[str, Any] | None = None) -> Profile:
    """Return the checked profile.

    `overrides` maps dotted keys to values ({"train.epochs": 1}) and wins over the file.
    Raises ConfigError for a profile that is not there, is not YAML, or holds a wrong or unknown setting.
    """
    path = _profile_path(name_or_path)
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{path} holds no settings: a profile is a YAML mapping; see configs/profiles/demo.yaml")
    for key, value in (overrides or {}).items():
        _set(raw, key.split("."), value)
    return parse_profile(raw, str(path))


def parse_profile(raw: Mapping[str, Any], where: str) -> Profile:
    """Check settings that are already in memory. `where` names them in the error. Raises ConfigError."""
    try:
        return Profile.model_validate(raw)
    except ValidationError as error:
        lines = "\n".join(f"  {_explain(detail)}" for detail in error.errors())
        raise ConfigError(f"{where} cannot be used:\n{lines}") from None


def project_path(path: str) -> Path:
    """A profile's path as an absolute one: relative paths start at the project's root."""
    return PROJECT / Path(path).expanduser()


def workspace(profile: Profile) -> Path:
    """The profile's folder for artifacts, logs and state."""
    return project_path(profile.workspace)


def store_root(profile: Profile) -> str:
    """Where artifacts are published: a local path or an fsspec URL."""
    return profile.store or str(workspace(profile) / "artifacts")


def store_folder(profile: Profile) -> Path | None:
    """The artifact store's folder on this machine; None for a remote one."""
    root = store_root(profile).removeprefix("file://")
    return Path(root) if "://" not in root else None


def tracking_uri(profile: Profile) -> str:
    """MLflow's tracking URI: the profile's own, or the database of the pages, or an SQLite file in the workspace."""
    if profile.pages.database and not expand(profile.tracking.uri):
        return expand(profile.pages.database).replace("postgresql://", "postgresql+psycopg://", 1)
    return expand(profile.tracking.uri) or f"sqlite:///{workspace(profile) / 'mlflow.db'}"


def query_path(query: str) -> Path:
    """The SQL file of a source: a bare name lies in configs/queries, anything else is a path."""
    return QUERIES / query if "/" not in query else project_path(query)


def template_path(name: str) -> Path:
    """The Jinja file of a chat template. Raises ConfigError where there is none of this name."""
    path = TEMPLATES / f"{name}.jinja"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in TEMPLATES.glob("*.jinja")))
        raise ConfigError(f"base_model.chat_template: there is no {path}; the templates are: {known}")
    return path


def expand(text: str, environ: Mapping[str, str] | None = None) -> str:
    """Replace `${NAME}` and `${NAME:-default}`; raises ConfigError where NAME is not set and has no default."""
    values = os.environ if environ is None else environ

    def value(match: re.Match[str]) -> str:
        found = values.get(match["name"], match["default"])
        if found is None:
            raise ConfigError(f"the environment variable {match['name']} is not set; `{text}` needs it")
        return found

    return _REFERENCE.sub(value, text)


def references(name_or_path: str) -> list[str]:
    """Names of the environment variables that a profile's file refers to, as `${NAME}`."""
    return named_in(_profile_path(name_or_path).read_text(encoding="utf-8"))


def named_in(text: str) -> list[str]:
    """Names of the environment variables that a text refers to, as `${NAME}`."""
    return sorted({match["name"] for match in _REFERENCE.finditer(text)})


def fingerprint(*parts: BaseModel | str) -> str:
    """SHA-256 over settings and digests, in canonical JSON: equal inputs, equal fingerprint."""
    plain = [part.model_dump(mode="json") if isinstance(part, BaseModel) else part for part in parts]
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _profile_path(name_or_path: str) -> Path:
    path = Path(name_or_path)
    if path.suffix not in {".yaml", ".yml"}:
        path = PROFILES / f"{name_or_path}.yaml"
    if path.is_file():
        return path
    known = sorted(file.stem for file in PROFILES.glob("*.yaml"))
    near = difflib.get_close_matches(name_or_path, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"the profiles are: {', '.join(known)}"
    raise ConfigError(f"there is no profile {path}; {hint}")


def _set(raw: dict[str, Any], keys: list[str], value: Any) -> None:
    group = raw
    for depth, key in enumerate(keys[:-1], start=1):
        if group.get(key) is None:
            group[key] = {}
        if not isinstance(group[key], dict):
            raise ConfigError(f"{'.'.join(keys)}: {'.'.join(keys[:depth])} is one setting, not a group of settings")
        group = group[key]
    group[keys[-1]] = value


def _explain(detail: Any) -> str:
    location = [str(part) for part in detail["loc"]]
    key = ".".join(location) or "(the whole profile)"
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(location[-1], _known_keys(location[:-1]), n=1)
        return f"{key}: unknown setting" + (f"; did you mean {near[0]}?" if near else "")
    if detail["type"] == "missing":
        return f"{key}: this setting has no default and must be given"
    message = str(detail["msg"]).removeprefix("Value error, ")
    given = "" if isinstance(detail["input"], dict) or key == "source.url" else f" (given: {detail['input']!r})"
    return f"{key}: {message}{given}"


def _known_keys(parents: list[str]) -> list[str]:
    model: Any = Profile
    for parent in parents:
        field = model.model_fields.get(parent)
        if field is None or not hasattr(field.annotation, "model_fields"):
            return []
        model = field.annotation
    return list(model.model_fields)
