"""Importing the flows costs nothing that a worker has to pay for at every start."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROBE = """
import sys
connected = []
sys.addaudithook(lambda event, args: connected.append(args) if event == "socket.connect" else None)
import flows.nightly_retrain, flows.cli, flows.doctor, flows.ui
heavy = sorted({"torch", "mlflow", "transformers", "vllm", "axolotl", "datasets"} & set(sys.modules))
print(heavy, connected)
"""


@pytest.mark.slow
def test_importing_flows_loads_no_torch_no_mlflow_and_no_network() -> None:
    run = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[] []"


GATEWAY = """
import sys
import flows.cli, deployments.gateway.serve
print(sorted({"prefect", "mlflow", "sqlalchemy", "pyarrow", "numpy", "pandas", "jinja2"} & set(sys.modules)))
"""


def test_a_gateway_imports_nothing_before_it_listens_that_takes_long() -> None:
    run = subprocess.run([sys.executable, "-c", GATEWAY], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("module", ["flows.cli", "flows.stack", "configs.load"])
def test_what_runs_before_prefect_is_configured_does_not_import_it(module: str) -> None:
    code = f"import sys, {module}; print('prefect' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "False"
