"""Load for a gateway, from a process of its own: streamed chat completions, open loop or flat out.

    python -m bench.gateway_load --url http://127.0.0.1:8080 --rate 50 --seconds 10
    python -m bench.gateway_load --url http://127.0.0.1:8080 --connections 32 --seconds 10

Prints JSON: {"ttft_ms": […], "total_ms": […], "failed": n, "late_ms_p99": x, "seconds": s}. With a rate, requests begin
at their times whether or not earlier ones are answered, each on a connection that is free or new. Times run from the
request's write to the first event, and to the last byte; `late_ms` is how much later than planned they were written.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from urllib.parse import urlsplit

import uvloop

END = b"0\r\n\r\n"


class Load:
    """One target."""

    def __init__(self, url: str, model: str, key: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        question = {"role": "user", "content": "B열에서 가장 큰 값을 찾는 수식을 알려줘"}
        body = json.dumps({"model": model, "messages": [question], "stream": True, "max_tokens": 64}).encode()
        self._request = (
            f"POST /v1/chat/completions HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.ttft_ms: list[float] = []
        self.total_ms: list[float] = []
        self.late_ms: list[float] = []
        self.failed = 0

    async def one(self, planned: float | None = None) -> None:
        connection = self._free.pop() if self._free else await asyncio.open_connection(self._host, self._port)
        reader, writer = connection
        began = time.perf_counter()
        if planned is not None:
            self.late_ms.append((began - planned) * 1e3)
        writer.write(self._request)
        answer, first = b"", 0.0
        while not answer.endswith(END):
            piece = await reader.read(65_536)
            if not piece or (not answer and b" 200 " not in piece[:20]):
                self.failed += 1
                writer.close()
                return
            answer += piece
            if not first and b"data:" in answer:
                first = time.perf_counter()
        ended = time.perf_counter()
        self.failed += b"[DONE]" not in answer
        self.ttft_ms.append((first - began) * 1e3)
        self.total_ms.append((ended - began) * 1e3)
        self._free.append(connection)

    async def open_loop(self, rate: float, seconds: float) -> None:
        began = time.perf_counter()
        tasks = []
        for number in range(int(rate * seconds)):
            planned = began + number / rate
            if (wait := planned - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            tasks.append(asyncio.create_task(self.one(planned)))
        await asyncio.gather(*tasks)

    async def flat_out(self, connections: int, seconds: float) -> None:
        deadline = time.perf_counter() + seconds

        async def in_turn() -> None:
            while time.perf_counter() < deadline and not self.failed:
                await self.one()

        await asyncio.gather(*(in_turn() for _ in range(connections)))


async def run(arguments: argparse.Namespace) -> dict[str, object]:
    load = Load(arguments.url, arguments.model, arguments.key)
    await load.one()
    load.ttft_ms, load.total_ms, load.late_ms = [], [], []
    began = time.perf_counter()
    if arguments.rate:
        await load.open_loop(arguments.rate, arguments.seconds)
    else:
        await load.flat_out(arguments.connections, arguments.seconds)
    seconds = time.perf_counter() - began
    late = sorted(load.late_ms) or [0.0]
    return {
        "ttft_ms": [round(value, 3) for value in load.ttft_ms],
        "total_ms": [round(value, 3) for value in load.total_ms],
        "failed": load.failed,
        "late_ms_p99": round(late[int(len(late) * 0.99)], 2),
        "seconds": seconds,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True)
    parser.add_argument("--model", default="exhell-expert")
    parser.add_argument("--key", default="none")
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=10.0)
    print(json.dumps(uvloop.run(run(parser.parse_args()))))
