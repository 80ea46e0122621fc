"""Steady load from a process of its own, and what came of every request.

    python -m tests.deployments.gateway.steady URL RATE OUT      until its standard input is closed

Writes JSON lines: {"at": seconds of the epoch, "status", "model", "text", "ttft_ms", "total_ms", "retry_after"}; status
0 is a connection that failed or a stream that did not end as it should.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import httpx

QUESTION = "B열에서 가장 큰 값을 찾는 수식을 알려줘"


async def one(client: httpx.AsyncClient, found: list[dict[str, Any]]) -> None:
    body = {
        "model": "exhell-expert",
        "messages": [{"role": "user", "content": QUESTION}],
        "stream": True,
        "max_tokens": 16,
        "temperature": 0.0,
        "repetition_penalty": 1.0,
        "seed": 0,
    }
    line: dict[str, Any] = {"at": time.time(), "status": 0, "model": "", "text": "", "ttft_ms": None}
    began, done = time.perf_counter(), False
    try:
        async with client.stream("POST", "/v1/chat/completions", json=body) as answer:
            line["model"], line["retry_after"] = (
                answer.headers.get("x-exhell-model", ""),
                answer.headers.get("retry-after"),
            )
            async for event in answer.aiter_lines():
                if not event.startswith("data: "):
                    continue
                if event == "data: [DONE]":
                    done = True
                    break
                content = json.loads(event.removeprefix("data: "))
                if "error" in content:
                    line["error"] = content["error"]["code"]
                    break
                line["ttft_ms"] = line["ttft_ms"] or (time.perf_counter() - began) * 1e3
                line["text"] += content["choices"][0]["delta"].get("content") or ""
            line["status"] = answer.status_code if done or answer.status_code != 200 else 0
    except httpx.HTTPError as error:
        line["error"] = str(error) or type(error).__name__
    line["total_ms"] = (time.perf_counter() - began) * 1e3
    found.append(line)


async def main(url: str, rate: float, out: Path) -> None:
    found: list[dict[str, Any]] = []
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60, limits=limits) as client:
        tasks, began = [], time.perf_counter()
        while not ended.done():
            tasks.append(asyncio.create_task(one(client, found)))
            await asyncio.sleep(max(0, began + len(tasks) / rate - time.perf_counter()))
        await asyncio.gather(*tasks)
    out.write_text("".join(f"{json.dumps(line)}\n" for line in found), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3])))
