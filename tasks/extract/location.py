"""Where a source lies: its URL with `${NAME}` put in, and the same without its password, for people and records.

Every text that may hold the URL, a driver's error first of all, goes through `scrub` before anyone sees it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from configs.load import expand, project_path
from tasks.extract.errors import ExtractError

MASK = "***"
_SECRET_PARAMETERS = {"password", "sslpassword", "passfile"}


@dataclass(frozen=True)
class Location:
    """A database address. `url` may hold a password and is therefore in no repr; `shown` never does."""

    url: str = field(repr=False)
    shown: str
    secrets: tuple[str, ...] = field(repr=False, default=())

    @property
    def scheme(self) -> str:
        return self.url.partition("://")[0]

    def scrub(self, text: str) -> str:
        """The text with this location's password masked, in every spelling that a driver may echo."""
        text = text.replace(self.url, self.shown)
        for secret in self.secrets:
            text = text.replace(secret, MASK)
        return text


def locate(url: str) -> Location:
    """Expand a source's URL. Raises ConfigError for an unset variable and ExtractError for a URL without a scheme."""
    full = expand(url)
    scheme, separator, rest = full.partition("://")
    if not separator:
        raise ExtractError("source.url is no database address: write sqlite:///path or postgresql://user@host/database")
    if scheme == "sqlite":
        path = project_path(rest.removeprefix("/"))
        return Location(full, f"sqlite:///{path}")
    if scheme == "postgres":
        full = f"postgresql://{rest}"
    return _without_password(full)


def sqlite_path(location: Location) -> str:
    """The absolute file of an SQLite location."""
    return location.shown.removeprefix("sqlite:///")


def _without_password(url: str) -> Location:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ExtractError("source.url cannot be parsed; write special characters of a password as %XX") from None
    userinfo, at, host = parts.netloc.rpartition("@")
    user, colon, password = userinfo.partition(":")
    netloc = f"{user}{colon and colon + MASK}{at}{host}"
    pairs = [(name, value) for name, _, value in (pair.partition("=") for pair in parts.query.split("&")) if name]
    hidden = {value for name, value in pairs if name.lower() in _SECRET_PARAMETERS}
    query = "&".join(f"{name}={MASK if name.lower() in _SECRET_PARAMETERS else value}" for name, value in pairs)
    raw = {secret for secret in (password, *hidden) if secret}
    plain = {unquote(secret) for secret in raw} | {
        value for name, value in parse_qsl(parts.query) if name.lower() in _SECRET_PARAMETERS
    }
    # Longest first: a password that contains another spelling of itself is masked whole.
    secrets = tuple(sorted(raw | plain, key=len, reverse=True))
    return Location(url, urlunsplit((parts.scheme, netloc, parts.path, query, parts.fragment)), secrets)
