"""What a person must look at before a model learns it: orders to the model, formulas that reach out of the workbook.

Suspicious rows go to quarantine with the reason. They are never dropped in silence, and never kept unseen: who looked
at one lets it through by its id (`filter.poison.released`).
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from configs.schema import PoisonConfig
from tasks.filter import text
from tasks.filter.injection import orders_the_model

INJECTION, REACHES_OUT, STRANGE_LINK = "orders to the model", "formula that reaches out", "link to an unknown host"

_REACHES_OUT = (
    r"(?i)(?:^|[^\w.])(?:webservice|filterxml|importxml|importdata|importhtml|importfeed|importrange|rtd|call"
    r"|register(?:\.id)?|exec|evaluate)\s*\("
    r"|[=+@-]\s*['\"]?(?:cmd|msexcel|powershell|rundll32|mshta|regsvr32|dde)\b[^\n|]{0,40}\|"
    r"|ddeauto|\bdde\s*\("
    r"|javascript\s*:|data\s*:\s*text/html|vbscript\s*:"
)
"""Functions that fetch or run something, dynamic data exchange (`=cmd|' /C calc'!A0`), and links that are programs."""

_LINK = r"(?i)hyperlink\s*\(|!\[[^\]\n]*\]\(\s*https?:"
"""Links that an answer makes a reader's spreadsheet or page follow: `=HYPERLINK(` and pictures in Markdown."""

_HOST = re.compile(r"https?://(?:[^/\s\"'@]*@)?\[?([\w.-]+)", re.IGNORECASE)


def suspicions(batch: pa.RecordBatch, config: PoisonConfig) -> pa.Array:
    """Why a row is suspicious; null where it is not. Reads `instruction`, `input` and `answer`."""
    plain = text.plain_rows(batch)
    reasons = pa.nulls(batch.num_rows, pa.string())
    for reason, found in (
        (
            STRANGE_LINK,
            text.on_rows(plain, pc.match_substring_regex(plain, _LINK), lambda some: _strange(some, config)),
        ),
        (REACHES_OUT, pc.match_substring_regex(plain, _REACHES_OUT)),
        (INJECTION, orders_the_model(plain)),
    ):
        reasons = pc.if_else(pc.fill_null(found, False), pa.scalar(reason), reasons)
    return reasons


def _strange(texts: pa.Array, config: PoisonConfig) -> pa.Array:
    """Which texts link to a host that is not among the allowed ones, or of their subdomains."""
    allowed = tuple(host.lower() for host in config.allowed_hosts)
    return pa.array(
        [any(not _is_allowed(host, allowed) for host in _HOST.findall(one)) for one in texts.to_pylist()], pa.bool_()
    )


def _is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    name = host.lower().rstrip(".")
    return any(name == one or name.endswith(f".{one}") for one in allowed)
