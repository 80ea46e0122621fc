"""Secrets in settings: a profile names the variable that holds one, and is refused where it holds one itself."""

from __future__ import annotations

import re


def as_text(secret: object) -> str:
    """For fields that hold a secret's variable: the error of a wrong type would quote what was written there."""
    return "" if secret is None else str(secret)


def require_variable(field: str, value: str, example: str) -> None:
    """ValueError where a secret stands in a profile. For a group's validator: an error of a field quotes its value."""
    if value and not re.fullmatch(r"\$\{\w+(:-)?\}", value):
        raise ValueError(f"{field} must be ${{{example}}} or another variable: a profile is no place for secrets")


def without_password(url: str) -> str:
    """The address; ValueError where a password stands in it. It is not quoted: an error is printed and logged."""
    if any(secret and "${" not in secret for secret in _secrets(url)):
        raise ValueError("holds a password, which logs and run records would show; write ${NAME} in its place")
    return url


def _secrets(url: str) -> list[str]:
    """What in a database's URL is a password, or may be one where the URL is torn by an unescaped character."""
    scheme, _, rest = url.partition("://")
    if scheme.partition("+")[0] == "sqlite":
        return []
    authority, _, query = rest.partition("?")
    if "@" in query and not query.partition("@")[0].rpartition("&")[2].partition("=")[1]:
        authority = rest  # the question mark stands in a password
    userinfo = authority.rpartition("@")[0]
    named = (pair.partition("=") for pair in query.split("&"))
    return [userinfo.partition(":")[2], *(value for name, _, value in named if "password" in name.lower())]
