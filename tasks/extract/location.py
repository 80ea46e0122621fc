"""Where a source lies: its URL with `${NAME}` put in, and the same without its password, for people and records.

Every text that may hold the URL, a driver's error first of all, goes through `scrub` before anyone sees it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, unquote_plus, urlsplit

from configs.load import expand, project_path
from tasks.extract.errors import ExtractError

MASK = "***"
_SHOWN_PARAMETERS = {
    "application_name", "charset", "client_encoding", "connect_timeout", "dbname", "driver", "gssencmode", "host",
    "hostaddr", "port", "ssl_ca", "ssl_cert", "ssl_check_hostname", "ssl_key", "ssl_verify_cert", "ssl_verify_identity",
    "sslcert", "sslcrl", "sslkey", "sslmode", "sslrootcert", "target_session_attrs", "unix_socket", "user",
}  # fmt: skip
"""URL parameters whose values anyone may see. All others are masked: a driver may take a secret under any name."""

_SECRET = ("pass", "pwd", "secret", "token")
_SHORTEST_HIDDEN = 4
"""A masked value that is shorter and not called a secret is not searched for in texts: `1` is everywhere."""


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
    """Expand a source's URL. Raises ConfigError for an unset variable and ExtractError for what is no address.

    Neither text shows anything of the URL: where it does not parse, nobody knows which part is the password.
    """
    full = expand(url)
    scheme, separator, rest = full.partition("://")
    if not separator:
        raise ExtractError("source.url is no database address: write sqlite:///path or postgresql://user@host/database")
    if scheme.partition("+")[0] == "sqlite":
        path = project_path(rest.removeprefix("/"))
        return Location(f"{scheme}:///{path}", f"{scheme}:///{path}")
    if scheme == "postgres":
        full = f"postgresql://{rest}"
    return _without_password(full)


def sqlite_path(location: Location) -> str:
    """The absolute file of an SQLite location."""
    return location.shown.partition(":///")[2]


def _without_password(url: str) -> Location:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _unparsable() from None
    userinfo, at, host = parts.netloc.rpartition("@")
    pairs = [
        (name, value) for name, equals, value in (pair.partition("=") for pair in parts.query.split("&")) if equals
    ]
    torn = parts.query and len(pairs) < len(parts.query.split("&"))
    if "@" in userinfo or "@" in parts.path or "#" in url or torn:
        raise _unparsable()
    user, colon, password = userinfo.partition(":")
    netloc = f"{user}{colon and colon + MASK}{at}{host}"
    query = "&".join(f"{name}={value if name.lower() in _SHOWN_PARAMETERS else MASK}" for name, value in pairs)
    hidden = [value for name, value in pairs if _hides(name.lower(), value)]
    raw = {secret for secret in (password, *hidden) if secret}
    plain = {spelling for secret in raw for spelling in (secret, unquote(secret), unquote_plus(secret))}
    # Longest first: a password that contains another spelling of itself is masked whole.
    secrets = tuple(sorted(plain, key=len, reverse=True))
    # Put together by hand: urlunsplit leaves the slashes out where there is no host.
    return Location(url, f"{parts.scheme}://{netloc}{parts.path}{query and '?' + query}", secrets)


def _hides(name: str, value: str) -> bool:
    if any(part in name for part in _SECRET):
        return True
    return name not in _SHOWN_PARAMETERS and len(value) >= _SHORTEST_HIDDEN


def _unparsable() -> ExtractError:
    return ExtractError(
        "source.url cannot be parsed; write special characters of a password as %XX: %40 for @, %2F for /, %3A for :, "
        "%3F for ?, %23 for #, %25 for %"
    )
