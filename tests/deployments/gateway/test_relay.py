"""What callers get, from a server that answers, one that fails, and one that is gone."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

import pytest

from tests.deployments.gateway.conftest import NAME, OTHER, QUESTION, Running, Start, StubServer, running
from tests.deployments.in_thread import eventually


def test_the_stable_name_is_answered_by_the_adapter_that_serves(start: Start, stub: StubServer) -> None:
    gateway = start(stub)
    answer = gateway.chat()
    assert set(answer.json()["choices"][0]["message"]["content"].split()) == {NAME}
    assert answer.headers["x-exhell-model"] == "exhell-expert@" + "1" * 12


def test_a_memory_that_was_damaged_counts_as_none_and_is_told(
    tmp_path: Path, stub: StubServer, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "gateway").mkdir()
    (tmp_path / "gateway" / "state.json").write_bytes(b'{"known": tru\xff')
    with running(tmp_path, [stub.url]) as gateway:
        assert gateway.client.get("/ready").json()["why"] == "the registry has not been read yet"
    assert "state.json cannot be read, and what it held is asked of MLflow" in caplog.text


def test_an_adapter_can_be_asked_for_by_its_digest(start: Start, stub: StubServer) -> None:
    gateway = start(stub)
    assert set(gateway.text(model="exhell-expert@" + "1" * 12).split()) == {NAME}
    names = [card["id"] for card in gateway.client.get("/v1/models").json()["data"]]
    assert names == ["exhell-expert", "exhell-expert@" + "1" * 12]


@pytest.mark.parametrize(
    "model", ["base", NAME, OTHER, "exhell-expert@" + "2" * 12, "../../etc/passwd", "exhell-expert@../x", "", "모델"]
)
def test_names_on_no_list_reach_no_server(start: Start, stub: StubServer, model: str) -> None:
    gateway = start(stub)
    answer = gateway.chat(model=model)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "model_not_found"
    assert stub.behave()["asked"] == 0


def test_a_stream_is_handed_on_and_its_tokens_are_counted(start: Start, stub: StubServer) -> None:
    gateway = start(stub)
    events = gateway.stream()
    assert [event["choices"][0]["delta"]["content"] for event in events[:-1]] == [f"{NAME} "] * 16
    assert events[-1] == "[DONE]"
    (line,) = gateway.lines()
    assert (line["prompt_tokens"], line["answer_tokens"], line["outcome"]) == (5, 16, "done")
    page = gateway.client.get("/metrics").text
    assert f'exhell_gateway_tokens_total{{adapter="{NAME}",kind="answer"}} 16.0' in page


def test_who_asks_for_the_usage_gets_it(start: Start, stub: StubServer) -> None:
    events = start(stub).stream(stream_options={"include_usage": True})
    assert (events[-2]["choices"], events[-2]["usage"]["completion_tokens"]) == ([], 16)


def test_the_guides_generate(start: Start, stub: StubServer) -> None:
    answer = start(stub).client.post("/generate", json={"prompt": "합계는?", "max_tokens": 8})
    assert answer.json() == {"text": " ".join([NAME] * 16)}


def test_neither_question_nor_answer_is_logged(start: Start, stub: StubServer) -> None:
    gateway = start(stub)
    gateway.stream()
    gateway.chat(messages=[{"role": "user", "content": "비밀"}])
    log = "".join(str(line) for line in gateway.lines())
    assert "비밀" not in log
    assert "합계" not in log
    assert log.count("200") >= 2


@pytest.mark.parametrize("path", ["/v1/load_lora_adapter", "/v1/unload_lora_adapter", "/tokenize", "/v1/../stub", "/"])
def test_a_servers_other_routes_are_not_reached(start: Start, stub: StubServer, path: str) -> None:
    gateway = start(stub)
    request = f"POST {path} HTTP/1.1\r\nHost: localhost:{gateway.port}\r\nContent-Length: 2\r\n\r\n{{}}"
    with socket.create_connection(("127.0.0.1", gateway.port)) as raw:
        raw.sendall(request.encode())
        assert b" 404 " in raw.recv(65_536).split(b"\r\n")[0]


def test_a_stream_that_breaks_ends_with_an_error_event(start: Start, stub: StubServer) -> None:
    gateway = start(stub)
    stub.behave(cut_after=3, delay_s=0.02)
    events = gateway.stream()
    assert [NAME in str(event) for event in events] == [True, True, True, False]
    assert events[-1]["error"]["code"] == "stream_broken"
    assert gateway.lines()[-1]["outcome"] == "broken"


def test_a_servers_fault_is_told_without_its_words(start: Start, stub: StubServer) -> None:
    gateway = start(stub)
    stub.behave(fail=[NAME])
    answer = gateway.chat()
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "upstream_error")
    assert "secret" not in answer.text


def test_a_server_that_is_gone_means_503_at_once_and_recovers_by_itself(start: Start, stub: StubServer) -> None:
    gateway = start(stub)
    stub.kill()
    answer = gateway.chat()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert gateway.client.get("/ready").status_code == 503
    stub.start()
    # It came back without the adapter: until that is loaded again, nothing else answers in its place.
    assert gateway.chat().status_code == 503
    stub.load(NAME)
    assert eventually(lambda: gateway.chat().status_code == 200)
    assert set(gateway.text().split()) == {NAME}


def test_a_server_that_was_restarted_between_two_looks_is_not_believed(start: Start, stub: StubServer) -> None:
    gateway = start(stub)
    stub.behave(loaded={})
    assert gateway.chat().status_code == 503


@pytest.mark.slow
def test_a_server_that_is_busy_is_not_taken_for_a_dead_one_and_one_that_hangs_is(
    start: Start, stub: StubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deployments.gateway.servers.PROBE_TIMEOUT_S", 0.5)
    gateway = start(stub)
    server = gateway.server.servers[0]
    stub.process.send_signal(signal.SIGSTOP)
    time.sleep(0.7)
    assert server.healthy
    assert eventually(lambda: not server.healthy, 10)
    assert gateway.chat().status_code == 503
    stub.process.send_signal(signal.SIGCONT)
    assert eventually(lambda: gateway.chat().status_code == 200)


def test_the_other_server_answers_for_one_that_is_gone(start: Start, stub: StubServer) -> None:
    second = StubServer()
    second.load(NAME)
    try:
        gateway = start(stub, second)
        assert eventually(lambda: len([one for one in gateway.server.servers if one.healthy]) == 2)
        stub.kill()
        assert {gateway.chat().status_code for _ in range(10)} == {200}
    finally:
        second.close()


@pytest.mark.slow
def test_a_server_that_does_not_begin_in_time(start: Start, stub: StubServer) -> None:
    gateway = start(stub, first_token_timeout_s=1)
    stub.behave(hang=True)
    answer = gateway.chat(stream=True)
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "timeout")
    assert eventually(lambda: stub.behave()["ended_early"] == 1)


@pytest.mark.slow
def test_an_answer_that_takes_too_long_ends_with_an_error_event(start: Start, stub: StubServer) -> None:
    gateway = start(stub, request_timeout_s=1)
    stub.behave(delay_s=0.3)
    assert gateway.stream()[-1]["error"]["code"] == "stream_broken"
    assert eventually(lambda: stub.behave()["ended_early"] == 1)


def test_more_than_a_server_may_have_is_429(start: Start, stub: StubServer) -> None:
    gateway = start(stub, max_in_flight=1)
    stub.behave(delay_s=0.05)
    with gateway.client.stream("POST", "/v1/chat/completions", json=QUESTION | {"stream": True}) as first:
        answer = gateway.chat()
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
        assert answer.json()["error"]["type"] == "rate_limit_error"
        first.read()
    assert gateway.chat().status_code == 200


def test_a_caller_that_hangs_up_frees_the_server(start: Start, stub: StubServer) -> None:
    gateway = start(stub)
    stub.behave(delay_s=0.2)
    with gateway.client.stream("POST", "/v1/chat/completions", json=QUESTION | {"stream": True}) as answer:
        next(answer.iter_raw())
    assert eventually(lambda: stub.behave()["ended_early"] == 1)
    assert eventually(lambda: gateway.lines()[-1:] != [] and gateway.lines()[-1]["outcome"] == "caller hung up")
    assert gateway.server.servers[0].in_flight == 0


def test_a_caller_that_hangs_up_before_the_answer_frees_the_server(start: Start, stub: StubServer) -> None:
    gateway = start(stub)
    stub.behave(hang=True)
    _ask_raw(gateway).close()
    assert eventually(lambda: stub.behave()["ended_early"] == 1)
    assert eventually(lambda: gateway.lines()[-1:] != [] and gateway.lines()[-1]["outcome"] == "caller hung up")


@pytest.mark.slow
def test_a_caller_that_takes_nothing_is_cut_off(start: Start, stub: StubServer) -> None:
    gateway = start(stub, stall_timeout_s=1)
    stub.behave(events=20_000, length=1_000)
    raw = _ask_raw(gateway)
    # 20 MB to nobody: neither the gateway nor the server keeps them, and both let go.
    assert eventually(lambda: stub.behave()["ended_early"] == 1, 10)
    assert eventually(lambda: gateway.lines()[-1:] != [] and gateway.lines()[-1]["outcome"] == "caller stalled")
    raw.close()


def _ask_raw(gateway: Running) -> socket.socket:
    body = b'{"model":"exhell-expert","stream":true,"messages":[{"role":"user","content":"?"}]}'
    raw = socket.create_connection(("127.0.0.1", gateway.port))
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost:{gateway.port}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    raw.sendall(head.encode() + body)
    time.sleep(0.3)
    return raw
