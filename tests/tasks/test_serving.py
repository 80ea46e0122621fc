"""A real vLLM server and the client that asks it (marked serve), and what happens when a server does not come up."""

from __future__ import annotations

import http.server
import json
import os
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from configs.errors import ExhellError
from configs.load import load_profile, project_path, store_root
from configs.schema import Profile
from tasks import jobs
from tasks.artifacts import Adapter, Model
from tasks.base_model import fingerprint
from tasks.records import Message, conversation
from tasks.serving import (
    ModelServer,
    ServingError,
    check_record,
    check_template,
    ensure_server,
    places,
    render_ids,
    retire,
    servers,
    stop_servers,
    where,
)
from tasks.serving.launch import last_words
from tasks.serving.template import RECORD, record
from tasks.serving.vllm import base_of
from tasks.storage import Store
from tests.tasks.adapters import write_adapter
from tests.tasks.conftest import ANSWER, QUESTION, free_port

MANY = 5
"""Adapters, two more than the server holds at once."""


@pytest.fixture(scope="session")
def adapters(demo_base: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("adapters")
    return {f"random-{seed}": write_adapter(folder / str(seed), demo_base, seed) for seed in range(MANY)}


@pytest.fixture
def loaded(model_server: ModelServer, adapters: dict[str, Path]) -> list[str]:
    for name, folder in adapters.items():
        model_server.load_adapter(name, folder)
    return list(adapters)


@pytest.mark.serve
def test_adapters_answer_by_their_own_weights(model_server: ModelServer, loaded: list[str]) -> None:
    answers = {name: model_server.complete(name, QUESTION, max_tokens=24).text for name in ("base", *loaded)}
    assert len(set(answers.values())) == len(answers)


@pytest.mark.serve
def test_an_adapter_pushed_out_by_others_answers_as_before(model_server: ModelServer, loaded: list[str]) -> None:
    before = model_server.complete(loaded[0], QUESTION, max_tokens=24).text
    for name in loaded[1:]:
        model_server.complete(name, QUESTION, max_tokens=1)
    assert loaded[0] in model_server.models()
    assert model_server.complete(loaded[0], QUESTION, max_tokens=24).text == before


@pytest.mark.serve
def test_loading_and_unloading_twice_is_as_once(model_server: ModelServer, demo_base: Path, tmp_path: Path) -> None:
    folder = write_adapter(tmp_path, demo_base, seed=77)
    for _ in range(2):
        model_server.load_adapter("twice", folder)
    assert "twice" in model_server.models()
    for _ in range(2):
        model_server.unload_adapter("twice")
    assert "twice" not in model_server.models()


@pytest.mark.serve
def test_answers_do_not_depend_on_what_else_is_asked(model_server: ModelServer, loaded: list[str]) -> None:
    asked = [(name, conversation(f"{row}행의 합계를 구해줘", "")) for row in range(8) for name in loaded[:2]]
    alone = [model_server.complete(name, messages, max_tokens=16).text for name, messages in asked]
    with ThreadPoolExecutor(16) as pool:
        together = list(pool.map(lambda case: model_server.complete(*case, max_tokens=16).text, asked))
    assert together == alone


@pytest.mark.serve
def test_a_completion_counts_its_tokens_and_says_how_it_ended(model_server: ModelServer) -> None:
    answer = model_server.complete("base", QUESTION, max_tokens=2)
    assert (answer.finish_reason, answer.completion_tokens) == ("length", 2)
    assert answer.prompt_tokens == len(model_server.prompt_token_ids("base", QUESTION))
    assert answer.latency_s > 0


@pytest.mark.serve
def test_log_probabilities_equal_those_of_transformers(
    model_server: ModelServer, loaded: list[str], adapters: dict[str, Path], demo_base: Path, tmp_path: Path
) -> None:
    whole = model_server.prompt_token_ids("base", (*QUESTION, Message("assistant", ANSWER)))
    start = len(model_server.prompt_token_ids("base", QUESTION))
    cases = [{"adapter": str(adapters[name]), "ids": whole, "start": start} for name in loaded[:2]]
    (tmp_path / "in.json").write_text(json.dumps(cases))
    script = Path(__file__).with_name("reference_logprobs.py")
    python = project_path(".venv-train/bin/python")
    argv = (str(python), str(script), str(demo_base), str(tmp_path / "in.json"), str(tmp_path / "out.json"))
    jobs.run(jobs.Job("reference", argv, tmp_path, tmp_path / "log", {"HF_HUB_OFFLINE": "1"}))
    expected = json.loads((tmp_path / "out.json").read_text())
    for name, logprobs in zip(loaded, expected, strict=False):
        assert model_server.answer_logprobs(name, QUESTION, ANSWER) == pytest.approx(logprobs, abs=1e-3)
    assert expected[0] != pytest.approx(expected[1], abs=0.1)


@pytest.mark.serve
def test_many_answers_are_scored_at_once_as_one_by_one(model_server: ModelServer, loaded: list[str]) -> None:
    asked = [
        (name, conversation(f"{row}행의 합계", ""), f"=SUM({row}:{row})") for row in range(16) for name in loaded[:2]
    ]
    alone = [model_server.answer_logprobs(*case) for case in asked]
    with ThreadPoolExecutor(16) as pool:
        together = list(pool.map(lambda case: model_server.answer_logprobs(*case), asked))
    assert [sum(logprobs) for logprobs in together] == pytest.approx([sum(logprobs) for logprobs in alone], abs=1e-3)


@pytest.mark.serve
def test_the_answer_that_is_scored_ends_with_end_of_sequence(
    model_server: ModelServer, demo_base: Path, llama_template: Path
) -> None:
    whole = render_ids(demo_base, llama_template, (*QUESTION, Message("assistant", ANSWER)))
    prompt = render_ids(demo_base, llama_template, QUESTION)
    end = json.loads((demo_base / "config.json").read_text())["eos_token_id"]
    assert whole[-1] == end
    assert len(model_server.answer_logprobs("base", QUESTION, ANSWER)) == len(whole) - len(prompt)


@pytest.mark.serve
@pytest.mark.parametrize("system", ["", "너는 엑셀 전문가다"])
def test_the_server_writes_prompts_as_the_template_does(
    model_server: ModelServer, demo_base: Path, llama_template: Path, system: str
) -> None:
    asked = conversation("A열을 더해줘\n그리고  두 칸", "표:\n| A | B |", system)
    for messages in (asked, (*asked, Message("assistant", " =SUM(A:A) "))):
        served = model_server.prompt_token_ids("base", messages)
        assert served == render_ids(demo_base, llama_template, messages)
        check_template(model_server, "base", demo_base, llama_template, messages)


@pytest.mark.serve
def test_another_template_than_the_servers_is_told(
    model_server: ModelServer, demo_base: Path, llama_template: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.jinja"
    other.write_text(llama_template.read_text().replace("[INST]", "USER:"))
    with pytest.raises(ServingError, match=r"writes prompts differently from other\.jinja \(model base\): from token"):
        check_template(model_server, "base", demo_base, other, QUESTION)


@pytest.mark.serve
def test_the_server_makes_the_token_ids_of_the_record(
    model_server: ModelServer, demo_base: Path, llama_template: Path, tmp_path: Path
) -> None:
    (tmp_path / RECORD).write_text(record(demo_base, llama_template), encoding="utf-8")
    check_record(model_server, "base", tmp_path)
    changed = json.loads((tmp_path / RECORD).read_text(encoding="utf-8"))
    changed[2]["token_ids"][7] += 1
    (tmp_path / RECORD).write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(ServingError, match=r"base was trained with another chat template or tokenizer than http.*: "):
        check_record(model_server, "base", tmp_path)


def test_a_template_without_system_prompts_is_recorded_without_them(demo_base: Path, tmp_path: Path) -> None:
    strict = tmp_path / "strict.jinja"
    strict.write_text(
        "{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        "{{ m['content'] }}{% endfor %}"
    )
    asked = [probe["messages"][0]["role"] for probe in json.loads(record(demo_base, strict))]
    assert asked == ["user", "user"]


def test_a_template_that_changes_in_its_place_is_rendered_anew(demo_base: Path, tmp_path: Path) -> None:
    file = tmp_path / "template.jinja"
    found = []
    for text in ("{{ messages[0]['content'] }}", "{{ messages[0]['role'] }}"):
        file.write_text(text)
        found.append(render_ids(demo_base, file, QUESTION))
    assert found[0] != found[1]


@pytest.mark.serve
def test_too_high_a_rank_says_which_setting(model_server: ModelServer, demo_base: Path, tmp_path: Path) -> None:
    folder = write_adapter(tmp_path, demo_base, seed=1, rank=32)
    with pytest.raises(ServingError, match=r"rank 32 is greater.*16.*raise serve\.max_lora_rank"):
        model_server.load_adapter("rank-32", folder)
    assert model_server.healthy()


@pytest.mark.serve
def test_an_unknown_model_and_a_long_question_say_what_to_do(model_server: ModelServer) -> None:
    with pytest.raises(ServingError, match=r"refused model nobody with status 404.*load the adapter first"):
        model_server.complete("nobody", conversation("?", ""), max_tokens=1)
    with pytest.raises(ServingError, match=r"status 400.*shorten the question or raise base_model\.max_length"):
        model_server.complete("base", conversation("가나다 " * 1_000, ""), max_tokens=1)


@pytest.mark.serve
def test_a_server_that_runs_is_used_again(model_server: ModelServer, serving_profile: Profile) -> None:
    state = ensure_server(serving_profile)
    assert not state.started_by_us
    assert state.url == model_server.url


@pytest.mark.serve
def test_the_server_says_which_base_it_runs(model_server: ModelServer, demo_base: Path) -> None:
    assert fingerprint(demo_base)[:12] == model_server.base_digest()


def test_a_folder_that_is_no_adapter_never_reaches_the_server(tmp_path: Path) -> None:
    lacking = r"lacks adapter_config\.json, adapter_model\.safetensors; publish"
    with ModelServer("http://127.0.0.1:9") as server, pytest.raises(ServingError, match=lacking):
        server.load_adapter("x", tmp_path)


def test_no_server_at_the_address() -> None:
    with ModelServer(f"http://127.0.0.1:{free_port()}") as server:
        assert not server.healthy()
        with pytest.raises(ServingError, match=r"no model server answers at http://127\.0\.0\.1:\d+ \(model m\)"):
            server.complete("m", conversation("?", ""), max_tokens=1)


class _Resetting(socketserver.BaseRequestHandler):
    """Hangs up on the first connections, then answers one request each."""

    hang_ups = 0

    def handle(self) -> None:
        self.request.recv(65536)
        if type(self).hang_ups > 0:
            type(self).hang_ups -= 1
            return
        body = b'{"data": [{"id": "base"}]}'
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        self.request.sendall(head.encode() + body)


@pytest.fixture
def resetting() -> Iterator[str]:
    with socketserver.TCPServer(("127.0.0.1", 0), _Resetting) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_cut_connection_is_tried_again_a_few_times(resetting: str) -> None:
    with ModelServer(resetting) as server:
        _Resetting.hang_ups = 2
        assert server.models() == {"base"}
        _Resetting.hang_ups = 3
        with pytest.raises(ServingError, match="cut the connection 3 times"):
            server.models()


def test_a_server_that_hangs_is_told_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = ModelServer(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.2)
        told = pytest.raises(ServingError, match=r"gave no answer within 0 s \(model m\): the server hangs")
        with server, told as caught:
            server.complete("m", conversation("?", ""), max_tokens=1)
    assert caught.value.status == 408


class _Answering(http.server.BaseHTTPRequestHandler):
    """Answers every request with one text."""

    said = b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.said)))
        self.end_headers()
        self.wfile.write(self.said)

    def log_message(self, *args: object) -> None:
        return


@pytest.fixture
def answering() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), _Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "said",
    [
        b"<html>gateway</html>",
        b"",
        b"[]",
        b'{"choices": []}',
        b'{"choices": [{"message": {"content": 7}, "finish_reason": "stop"}], "usage": {}}',
        b"data: {}\n\ndata: [DONE]\n\n",
    ],
)
def test_what_is_no_answer_is_told_with_its_beginning(answering: str, said: bytes) -> None:
    _Answering.said = said
    with ModelServer(answering) as server, pytest.raises(ServingError, match=r"sent what is no answer \(model m\): '"):
        server.complete("m", conversation("?", ""), max_tokens=1)


def test_an_answer_of_another_model_is_told(answering: str) -> None:
    choice = {"message": {"content": "2"}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1}
    _Answering.said = json.dumps({"model": "other", "choices": [choice], "usage": usage}).encode()
    with ModelServer(answering) as server, pytest.raises(ServingError, match="asked as m and answered as other"):
        server.complete("m", conversation("?", ""), max_tokens=1)


STAND_IN = """
import http.server, json, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self): self.answer({"data": [{"id": name} for name in names]})
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        usage = {"prompt_tokens": 1, "completion_tokens": 1}
        self.answer({"choices": [{"message": {"content": "2"}, "finish_reason": "stop"}], "usage": usage})
    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
port = int(sys.argv[sys.argv.index("--port") + 1])
after = sys.argv[sys.argv.index("--served-model-name") + 1:]
names = after[:next(at for at, word in enumerate(after) if word.startswith("--"))]
"""
SERVE = 'http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()'


def _profile(folder: Path, program: str, **serve: object) -> Profile:
    """A profile whose serving environment holds `program` in place of Python with vLLM."""
    python = folder / "env" / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(f"#!{sys.executable}\n{program}")
    python.chmod(0o755)
    settings = {"environment": str(folder / "env"), "port": free_port(), **serve}
    return load_profile(
        "demo", {"workspace": str(folder / "work"), **{f"serve.{name}": value for name, value in settings.items()}}
    )


def _processes_of(folder: Path) -> list[int]:
    mark = str(folder)
    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        if any(mark in word for word in process.info["cmdline"] or ()) and process.pid != os.getpid():
            found.append(process.pid)
    return found


def test_a_server_that_dies_quotes_its_error_and_leaves_nothing(tmp_path: Path) -> None:
    program = (
        "print('INFO 11-23 05:48:43 [x.py:1] starting')\n"
        "print('(EngineCore pid=7) ERROR 11-23 05:49:59 [core.py:1750] ValueError: head size 16 is not supported')\n"
        "raise SystemExit(1)"
    )
    profile = _profile(tmp_path, program)
    with pytest.raises(ServingError) as caught:
        ensure_server(profile)
    assert str(caught.value) == (
        f"vllm ended before it was ready. Log: {tmp_path}/work/logs/vllm.log\nValueError: head size 16 is not supported"
    )
    assert _processes_of(tmp_path) == []


@pytest.mark.slow
def test_a_server_that_never_gets_ready_is_ended(tmp_path: Path) -> None:
    profile = _profile(tmp_path, "import time\nprint('loading', flush=True)\ntime.sleep(600)", ready_timeout_s=1)
    with pytest.raises(ServingError, match=r"(?s)not ready within 1 s and was ended; raise serve\.ready.*loading"):
        ensure_server(profile)
    assert _processes_of(tmp_path) == []
    assert not (tmp_path / "work/services/vllm.json").exists()


@pytest.mark.slow
def test_an_interrupt_while_waiting_ends_the_server(tmp_path: Path) -> None:
    profile = _profile(tmp_path, "import time\ntime.sleep(600)")

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ensure_server(profile, interrupt)
    assert _processes_of(tmp_path) == []


def test_a_missing_environment_says_how_to_make_it(tmp_path: Path) -> None:
    profile = load_profile("demo", {"workspace": str(tmp_path), "serve.environment": str(tmp_path / "none")})
    with pytest.raises(jobs.JobError, match=r"cannot start vllm: .*make setup"):
        ensure_server(profile.model_copy(update={"serve": profile.serve.model_copy(update={"port": free_port()})}))


def test_a_busy_port_names_its_owner(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        profile = _profile(tmp_path, STAND_IN + SERVE, port=port)
        with pytest.raises(
            ServingError,
            match=rf"port {port} on 127\.0\.0\.1 is already used by another program \(process {os.getpid()}, .*\); "
            r"set serve\.port in the profile or stop it",
        ):
            ensure_server(profile)


def test_a_service_is_reused_until_its_settings_change(tmp_path: Path) -> None:
    profile = _profile(tmp_path, STAND_IN + SERVE)
    try:
        first = ensure_server(profile)
        again = ensure_server(profile)
        assert (first.started_by_us, again.started_by_us, again.pid) == (True, False, first.pid)
        changed = profile.model_copy(update={"serve": profile.serve.model_copy(update={"max_loras": 7})})
        other = ensure_server(changed)
        assert other.started_by_us
        assert not psutil.pid_exists(first.pid) or other.pid != first.pid
    finally:
        assert stop_servers(tmp_path / "work")
    assert _processes_of(tmp_path) == []


def _merged(profile: Profile, digit: str) -> Adapter:
    """An adapter whose merged model is in the store of the profile."""
    store = Store(store_root(profile))
    with store.draft("models") as draft:
        (draft / "config.json").write_text(json.dumps({"model": digit}))
        published = store.publish(draft)
    digest = digit * 64
    model = Model(uri=published.uri, sha256=published.sha256, adapter_sha256=digest, base_sha256=digest)
    common = {"dataset_sha256": digest, "base_sha256": digest, "config_sha256": digest, "steps": 1, "train_loss": 1.0}
    return Adapter.model_validate({"uri": "file:///a", "sha256": digest, "model": model, **common})


@pytest.mark.slow
def test_a_merged_model_starts_beside_what_serves_and_takes_its_place(tmp_path: Path) -> None:
    profile = _profile(tmp_path, STAND_IN + SERVE, second_port=free_port())
    first, second = (f"http://127.0.0.1:{port}" for port in profile.serve.ports)
    one, two = _merged(profile, "1"), _merged(profile, "2")
    try:
        base = ensure_server(profile)
        beside = ensure_server(profile, adapter=one, keep="base")
        assert (base.url, beside.url) == (first, second)
        assert (where(profile, "base"), where(profile, one.name), where(profile, two.name)) == (first, second, None)
        assert ensure_server(profile, adapter=one, keep="base").pid == beside.pid
        assert servers(tmp_path / "work") == {base.pid, beside.pid}
        # The next one takes the place that does not serve: they take turns.
        assert ensure_server(profile, adapter=two, keep=one.name).url == first
        assert retire(profile, two.name)
        assert (where(profile, one.name), where(profile, two.name)) == (None, first)
        assert ensure_server(profile, keep=two.name).url == second
        # Nothing is ended where nothing offers what should serve.
        assert not retire(profile, one.name)
        assert (where(profile, "base"), where(profile, two.name)) == (second, first)
    finally:
        assert stop_servers(tmp_path / "work")
    assert _processes_of(tmp_path) == []


def test_a_merged_model_that_does_not_start_leaves_what_serves(tmp_path: Path) -> None:
    only_the_base = STAND_IN + "\nif names[0] != 'base': raise ValueError('no room')\n" + SERVE
    profile = _profile(tmp_path, only_the_base, second_port=free_port())
    try:
        base = ensure_server(profile)
        with pytest.raises(ServingError, match=r"ended before it was ready\. Log: .*/vllm-2\.log\nValueError: no room"):
            ensure_server(profile, adapter=_merged(profile, "1"), keep="base")
        assert servers(tmp_path / "work") == {base.pid}
        assert where(profile, "base") == base.url
    finally:
        stop_servers(tmp_path / "work")


def test_a_server_in_a_container_is_a_job_like_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = _profile(tmp_path, STAND_IN + SERVE, launcher="docker")
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(ExhellError, match=r"cannot start vllm: docker: .*; install docker, or put it on the PATH"):
        ensure_server(profile)
    # In Docker's place, what runs the same words on this machine.
    (tmp_path / "env" / "bin" / "python").rename(tmp_path / "env" / "bin" / "docker")
    monkeypatch.setenv("PATH", str(tmp_path / "env" / "bin"))
    try:
        assert ensure_server(profile).started_by_us
        assert not ensure_server(profile).started_by_us
        assert where(profile, "base") == profile.serve.url
    finally:
        assert stop_servers(tmp_path / "work")
    assert where(profile, "base") is None


def test_a_stale_record_does_not_count_as_a_server(tmp_path: Path) -> None:
    profile = _profile(tmp_path, STAND_IN + SERVE)
    record = tmp_path / "work/services/vllm.json"
    record.parent.mkdir(parents=True)
    job = places(profile)[0].job(base_of(profile))
    # This test's own process id, as a reboot may hand it out again: alive, but another program.
    record.write_text(json.dumps({"pid": os.getpid(), "started": time.time() - 1e6, "argv": list(job.argv)}))
    try:
        assert ensure_server(profile).started_by_us
    finally:
        stop_servers(tmp_path / "work")


def test_errors_of_a_log_come_before_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(
        "(EngineCore pid=1) ERROR 11-23 05:49:59 [core.py:1] torch.OutOfMemoryError: 3 GiB short\n"
        "(APIServer pid=2) RuntimeError: Engine core initialization failed. See root cause above.\nbye\n"
    )
    assert last_words(log) == "torch.OutOfMemoryError: 3 GiB short"
    log.write_text("one\n\ntwo\n")
    assert last_words(log) == "one\ntwo"
