"""One page of a server that also offers what nobody else may reach: a model server's metrics, on a port of their own.

python -m deployments.kubernetes.metrics_port 9000 http://127.0.0.1:8000/metrics
"""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

TIMEOUT_S = 5.0
TEXT = "text/plain; version=0.0.4; charset=utf-8"


def server(address: tuple[str, int], source: str) -> ThreadingHTTPServer:
    """Listens, and hands on what `source` answers to `GET /metrics`; 502 where it answers nothing."""
    opener = build_opener(ProxyHandler({}))  # the source is this pod's own: no proxy leads there

    class Page(BaseHTTPRequestHandler):
        timeout = TIMEOUT_S

        def do_GET(self) -> None:
            if self.path != "/metrics":
                self.send_error(404)
                return
            try:
                with opener.open(source, timeout=TIMEOUT_S) as answer:
                    content = answer.read()
            except (URLError, OSError):
                self.send_error(502, "the model server gives no metrics now")
                return
            self.send_response(200)
            self.send_header("Content-Type", TEXT)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing: it is asked every few seconds, for ever."""

    return ThreadingHTTPServer(address, Page)


if __name__ == "__main__":
    server(("", int(sys.argv[1])), sys.argv[2]).serve_forever()
