"""Who is let in: real requests with the headers that a proxy, a browser or a stranger would send."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from deployments.export_api.app import PATH
from deployments.services import is_loopback
from tests.deployments.export_api.conftest import NOWHERE, Running, Start, api_profile, running
from tests.deployments.export_api.engines import FakeEngine

TOKEN = "correct-horse-battery-staple"
EVERYWHERE = (PATH, "/docs", "/openapi.json", "/nowhere")


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Without a token."""
    with running(api_profile(tmp_path_factory.mktemp("local"), NOWHERE), FakeEngine()) as place:
        yield place


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """With one."""
    profile = api_profile(tmp_path_factory.mktemp("guarded"), NOWHERE, token="${EXHELL_API_TOKEN}")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EXHELL_API_TOKEN", TOKEN)
        with running(profile, FakeEngine()) as place:
            yield place


def _bearer(token: str = TOKEN) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("host", ["localhost:{port}", "127.0.0.1:{port}", "[::1]:{port}", "LOCALHOST:{port}"])
def test_a_local_host_is_served(local: Running, host: str) -> None:
    assert local.get(headers={"Host": host.format(port=local.port)}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example:{port}",
        "localhost",
        "localhost:1",
        "localhost.attacker.example:{port}",
        "127.0.0.1.attacker.example:{port}",
        "localhost:{port}@attacker.example",
        "",
    ],
)
@pytest.mark.parametrize("path", EVERYWHERE)
def test_a_name_that_was_made_to_point_here_is_refused(local: Running, path: str, host: str) -> None:
    answer = local.client.get(path, headers={"Host": host.format(port=local.port)})

    assert answer.status_code == 403
    assert f"localhost:{local.port}" in answer.json()["error"]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_a_proxy_does_not_make_strangers_local(local: Running, header: str) -> None:
    answer = local.get(headers={header: "127.0.0.1"})

    assert answer.status_code == 403
    assert "api.token" in answer.json()["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://attacker.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_other_pages_calls_are_refused(local: Running, method: str, headers: dict[str, str]) -> None:
    answer = local.client.request(method, PATH, headers=headers)

    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_the_api_s_own_pages_may_call_it(local: Running) -> None:
    headers = {"Origin": f"http://localhost:{local.port}", "Sec-Fetch-Site": "same-origin"}

    assert local.post(headers=headers).status_code == 200


@pytest.mark.parametrize("path", EVERYWHERE)
@pytest.mark.parametrize(
    "authorization",
    ["", TOKEN, f"Basic {TOKEN}", "Bearer", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", "Bearer ü".encode("latin-1")],
    ids=["none", "bare", "basic", "empty", "shorter", "longer", "not ASCII"],
)
def test_without_the_token_nothing_is_shown(guarded: Running, path: str, authorization: str | bytes) -> None:
    answer = guarded.client.get(path, headers={"Authorization": authorization})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert set(answer.json()) == {"error", "fields", "funnel"}


def test_two_tokens_at_once_are_none(guarded: Running) -> None:
    headers = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", f"Bearer {TOKEN}")]

    assert guarded.client.get(PATH, headers=headers).status_code == 401


def test_the_token_opens_everything(guarded: Running) -> None:
    statuses = [guarded.client.get(path, headers=_bearer()).status_code for path in EVERYWHERE]

    assert statuses == [200, 200, 200, 404]
    assert guarded.post(headers=_bearer()).status_code == 200


def test_with_the_token_any_host_is_good_but_no_foreign_page(guarded: Running) -> None:
    headers = _bearer() | {"Host": "exports.example.com", "X-Forwarded-For": "192.0.2.1"}

    assert guarded.get(headers=headers).status_code == 200
    assert guarded.get(headers=headers | {"Origin": "https://exports.example.com"}).status_code == 200
    assert guarded.get(headers=headers | {"Origin": "https://attacker.example"}).status_code == 403


def test_the_token_is_in_no_answer_and_no_log(guarded: Running) -> None:
    answers = [guarded.client.get(path, headers=_bearer()) for path in EVERYWHERE]
    guarded.get(headers=_bearer(TOKEN + "x"))

    assert not [answer for answer in answers if TOKEN in answer.text or TOKEN in str(answer.headers)]
    assert TOKEN not in guarded.audit


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/nowhere", PATH])
def test_every_answer_bears_the_security_headers(local: Running, path: str) -> None:
    headers = local.client.get(path).headers

    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "server" not in headers


def test_refusals_bear_them_too(local: Running) -> None:
    assert local.get(headers={"Host": "attacker.example"}).headers["x-content-type-options"] == "nosniff"


def test_too_many_calls_are_told_when_to_come_again(start: Start) -> None:
    place = start(FakeEngine(), requests_per_minute=3)
    answers = [place.get() for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[3].headers["retry-after"]) <= 20


def test_guesses_at_the_token_are_limited_and_do_not_lock_out_its_owner(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXHELL_API_TOKEN", TOKEN)
    place = start(FakeEngine(), token="${EXHELL_API_TOKEN}", requests_per_minute=3)
    guesses = [place.get(headers=_bearer(f"guess-{number}-of-the-token")).status_code for number in range(5)]

    assert guesses == [401, 401, 401, 429, 429]
    assert place.get(headers=_bearer()).status_code == 200
    refusals = [json.loads(line) for line in place.audit.splitlines() if '"refused"' in line]
    assert [line["status"] for line in refusals] == [401, 401, 401]


def test_a_trusted_proxy_says_who_calls(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXHELL_API_TOKEN", TOKEN)
    place = start(FakeEngine(), token="${EXHELL_API_TOKEN}", trusted_proxies=["127.0.0.1"])
    place.get(headers=_bearer() | {"X-Forwarded-For": "198.51.100.9, 192.0.2.1"})

    # The last address is what the proxy itself saw; what stands before it, the caller may have written.
    assert json.loads(place.audit.splitlines()[0])["address"] == "192.0.2.1"


def test_without_a_trusted_proxy_nobody_s_word_is_taken(guarded: Running) -> None:
    guarded.get(headers=_bearer() | {"X-Forwarded-For": "192.0.2.1"})

    assert json.loads(guarded.audit.splitlines()[-1])["address"] == "127.0.0.1"


def test_a_request_without_a_host_is_refused(local: Running) -> None:
    with socket.create_connection(("127.0.0.1", local.port), timeout=10) as connection:
        connection.sendall(f"GET {PATH} HTTP/1.0\r\n\r\n".encode())
        answer = connection.recv(65536)

    assert answer.startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize(
    ("address", "is_local"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:192.0.2.1", False),
        ("192.168.0.1", False),
        ("10.0.0.1", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_loopback_is_what_only_this_machine_has(address: str, is_local: bool) -> None:
    assert is_loopback(address) == is_local
