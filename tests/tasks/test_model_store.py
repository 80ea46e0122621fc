"""Fetching a base model from a hub that this file serves: the routes that huggingface_hub asks, on loopback."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from configs.load import project_path
from configs.schema import BaseModelConfig
from tasks import base_model, model_store
from tasks.base_model import BaseModelError

COMMIT = "01c7f73d771dfac7d292323805ebc428287df4f9"
DEMO = project_path("deployments/demo/base_model")


class Hub(ThreadingHTTPServer):
    """One model at one commit. `asked` is every path that was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {path.name: path.read_bytes() for path in DEMO.iterdir() if path.is_file()}
        self.files |= {"LICENSE.txt": b"terms", "modeling.py": b"raise SystemExit", "original/params.json": b"{}"}
        self.altered: dict[str, bytes] = {}
        self.gated = False
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def sibling(self, name: str) -> dict[str, Any]:
        content = self.files[name]
        found: dict[str, Any] = {"rfilename": name, "size": len(content)}
        if name.endswith(".safetensors"):
            digest = hashlib.sha256(content).hexdigest()
            return found | {"blobId": "0" * 40, "lfs": {"sha256": digest, "size": len(content), "pointerSize": 134}}
        git = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        return found | {"blobId": git}


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def log_message(self, *arguments: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        hub, path = self.server, self.path.partition("?")[0]
        hub.asked.append(path)
        if not path.startswith(("/api/models/org/name/", "/org/name/")):
            self.refuse(404, "RepoNotFound")
        elif hub.gated:
            self.refuse(403, "GatedRepo")
        elif COMMIT not in path:
            self.refuse(404, "RevisionNotFound")
        elif path == f"/api/models/org/name/revision/{COMMIT}":
            siblings = [hub.sibling(name) for name in hub.files]
            card = {"license": "llama2", "license_name": "Llama 2 Community License"}
            told = {"id": "org/name", "sha": COMMIT, "siblings": siblings, "cardData": card, "tags": []}
            self.answer(json.dumps(told).encode(), {"Content-Type": "application/json"})
        else:
            name = path.removeprefix(f"/org/name/resolve/{COMMIT}/")
            if name not in hub.files:
                self.refuse(404, "EntryNotFound")
                return
            digest = hashlib.sha256(hub.files[name]).hexdigest()
            headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{digest}"'}
            self.answer(hub.altered.get(name, hub.files[name]), headers)

    def refuse(self, status: int, code: str) -> None:
        self.answer(b"", {"X-Error-Code": code, "X-Error-Message": code}, status)

    def answer(self, body: bytes, headers: dict[str, str], status: int = 200) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as served:
        thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield served
        served.shutdown()
        thread.join()


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BaseModelConfig:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return BaseModelConfig(
        path="org/name", revision=COMMIT, models=str(tmp_path / "models"), license="Llama 2", parameters=660_000
    )


def pull(hub: Hub, config: BaseModelConfig, said: list[str] | None = None) -> Path:
    return model_store.pull(config, (said if said is not None else []).append, hub.url)


def test_a_model_is_fetched_once_and_then_found_without_the_hub(hub: Hub, config: BaseModelConfig) -> None:
    said: list[str] = []
    folder = pull(hub, config, said)
    assert said[0].startswith(
        "licence of org/name: Llama 2 Community License; the profile says Llama 2; hand on a copy"
    )
    assert {path.name for path in folder.iterdir()} == {
        *(path.name for path in DEMO.iterdir() if path.suffix in (".json", ".safetensors")),
        *("LICENSE.txt", "pulled.json"),
        *(name for name in hub.files if name.startswith("README")),
    }
    pulled = model_store.read_pulled(folder)
    assert pulled["license"] == "Llama 2 Community License"
    assert pulled["revision"] == COMMIT
    weights = hashlib.sha256(hub.files["model.safetensors"]).hexdigest()
    assert pulled["files"]["model.safetensors"]["sha256"] == weights
    asked = len(hub.asked)
    assert pull(hub, config) == base_model.locate(config) == folder
    assert base_model.fingerprint(folder) == base_model.fingerprint(DEMO)
    assert len(hub.asked) == asked


def test_only_the_weights_that_the_index_names_are_fetched(hub: Hub, config: BaseModelConfig) -> None:
    hub.files["model-00001-of-00001.safetensors"] = hub.files.pop("model.safetensors")
    hub.files["consolidated.safetensors"] = b"the same again"
    index = {"weight_map": {"model.norm.weight": "model-00001-of-00001.safetensors"}}
    hub.files["model.safetensors.index.json"] = json.dumps(index).encode()
    folder = pull(hub, config)
    assert [path.name for path in folder.glob("*.safetensors")] == ["model-00001-of-00001.safetensors"]
    hub.files.pop("model-00001-of-00001.safetensors")
    elsewhere = config.model_copy(update={"models": f"{config.models}-2"})
    with pytest.raises(BaseModelError, match=r"is not whole: its model\.safetensors\.index\.json names model-00001"):
        pull(hub, elsewhere)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"revision": "main"}, r"give base_model\.revision the commit to use \(40 hexadecimal digits\)"),
        ({"revision": "0" * 40}, rf"^org/name has no revision {'0' * 40}: give base_model\.revision a commit of it"),
        ({"path": "org/other"}, r"^the hub has no model org/other, or it is private: correct base_model\.path"),
        ({"path": "deployments/demo/base_model"}, "is a folder of this machine: there is nothing to fetch"),
    ],
)
def test_what_is_not_there_is_named(hub: Hub, config: BaseModelConfig, changes: dict[str, str], message: str) -> None:
    with pytest.raises(BaseModelError, match=message):
        pull(hub, config.model_copy(update=changes))


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("model.safetensors", r"has no safetensors weights \(it has pytorch_model\.bin, which can run code"),
        ("config.json", r"has no config\.json"),
        ("tokenizer.json", r"has no tokenizer \(tokenizer\.json or tokenizer\.model\)"),
    ],
)
def test_a_model_that_is_not_whole_is_not_fetched(
    hub: Hub, config: BaseModelConfig, missing: str, message: str
) -> None:
    del hub.files[missing]
    hub.files["pytorch_model.bin"] = b"pickle"
    with pytest.raises(BaseModelError, match=message):
        pull(hub, config)
    with pytest.raises(BaseModelError, match="exhell models pull"):
        base_model.locate(config)


def test_a_licence_that_was_not_accepted_is_named(hub: Hub, config: BaseModelConfig) -> None:
    hub.gated = True
    with pytest.raises(BaseModelError, match="org/name asks for its licence to be accepted first"):
        pull(hub, config)


def test_a_file_that_arrives_altered_is_removed_and_the_next_call_goes_on(hub: Hub, config: BaseModelConfig) -> None:
    weights = hub.files["model.safetensors"]
    hub.altered["model.safetensors"] = weights[:-1] + bytes([weights[-1] ^ 1])
    with pytest.raises(BaseModelError, match=r"model\.safetensors of org/name at .* did not arrive as the hub has it"):
        pull(hub, config)
    hub.altered.clear()
    hub.asked.clear()
    assert (pull(hub, config) / "model.safetensors").read_bytes() == weights


def test_a_hub_that_does_not_answer_is_named(config: BaseModelConfig) -> None:
    with pytest.raises(BaseModelError, match=r"org/name at .* could not be fetched: .*Run again, and it goes on"):
        model_store.pull(config, [].append, "http://127.0.0.1:9")


def test_a_fetched_file_that_was_cut_short_is_named_and_fetched_again(hub: Hub, config: BaseModelConfig) -> None:
    folder = pull(hub, config)
    (folder / "model.safetensors").write_bytes(b"short")
    with pytest.raises(
        BaseModelError, match=r"not as it was fetched: model\.safetensors is missing or cut short; fetch"
    ):
        base_model.locate(config)
    pull(hub, config)
    assert base_model.fingerprint(base_model.locate(config)) == base_model.fingerprint(DEMO)


def test_a_fetched_file_that_was_written_to_has_another_fingerprint(hub: Hub, config: BaseModelConfig) -> None:
    folder = pull(hub, config)
    before = base_model.fingerprint(folder)
    weights = folder / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert base_model.fingerprint(folder) != before
