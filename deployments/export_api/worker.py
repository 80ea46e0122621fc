"""`python -m deployments.export_api.worker FOLDER`: the part of an export that reads the database (engine.py)."""

from __future__ import annotations

import sys
from pathlib import Path

from deployments.export_api.engine import prepare

if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
