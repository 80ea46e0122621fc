"""A server's metrics on a port of their own, and nothing else of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from deployments.kubernetes.metrics_port import server

PAGE = b"vllm:num_requests_waiting 3.0\n"


class Source(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def place() -> Iterator[tuple[httpx.Client, ThreadingHTTPServer]]:
    source = ThreadingHTTPServer(("127.0.0.1", 0), Source)
    port = server(("127.0.0.1", 0), f"http://127.0.0.1:{source.server_address[1]}/metrics")
    threads = [threading.Thread(target=one.serve_forever, args=(0.02,)) for one in (source, port)]
    for thread in threads:
        thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{port.server_address[1]}", trust_env=False) as client:
        yield client, source
    for one in (source, port):
        one.shutdown()
        one.server_close()
    for thread in threads:
        thread.join()


def test_metrics_are_handed_on_and_no_other_page(place: tuple[httpx.Client, ThreadingHTTPServer]) -> None:
    client, source = place
    assert client.get("/metrics").content == PAGE
    for method, path in (("GET", "/v1/models"), ("POST", "/v1/load_lora_adapter"), ("POST", "/metrics")):
        assert client.request(method, path).status_code in {404, 501}
    source.shutdown()
    source.server_close()
    assert client.get("/metrics").status_code == 502
