"""The gateway's own door, for the commands of the same user on the same machine: a Unix socket in the workspace.

    ask(workspace, {"do": "status"})                      -> {"serves": …, "servers": […], …}; None: no gateway runs
    ask(workspace, {"do": "rollback", "why": "…"})        -> {"serves": …, "before": …}

Nothing of it can be reached over the network.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

NAME = "control.sock"
TIMEOUT_S = 5.0
MOST_BYTES = 1 << 20

Handler = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


def folder(workspace: Path) -> Path:
    """Where a workspace's gateway keeps its files."""
    return workspace / "gateway"


def ask(workspace: Path, order: Mapping[str, Any]) -> dict[str, Any] | None:
    """The running gateway's answer; None where none runs. Raises TimeoutError."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(TIMEOUT_S)
        try:
            with _short(folder(workspace)) as short:
                client.connect(f"{short}/{NAME}")
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            return None
        client.sendall(orjson.dumps(order) + b"\n")
        client.shutdown(socket.SHUT_WR)
        content = bytearray()
        while piece := client.recv(65_536):
            content += piece
    found: dict[str, Any] = orjson.loads(content)
    return found


async def serve(workspace: Path, handler: Handler) -> asyncio.Server:
    """Answer orders, one a connection. What an earlier gateway left is replaced."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                line = await reader.readline()
            try:
                found = await handler(orjson.loads(line))
            except (orjson.JSONDecodeError, KeyError, TypeError) as error:
                found = {"error": f"no order: {error}"}
            writer.write(orjson.dumps(found))
            await writer.drain()
        except (OSError, TimeoutError, ValueError):
            pass  # who asked has gone
        finally:
            writer.close()

    place = folder(workspace)
    place.mkdir(parents=True, exist_ok=True)
    (place / NAME).unlink(missing_ok=True)
    with _short(place) as short, socket.socket(socket.AF_UNIX) as listener:
        before = os.umask(0o177)
        try:
            listener.bind(f"{short}/{NAME}")
        finally:
            os.umask(before)
        return await asyncio.start_unix_server(answer, sock=listener.dup(), limit=MOST_BYTES)


@contextmanager
def _short(place: Path) -> Iterator[str]:
    """A short name of a folder: a socket's path may have 107 bytes, a workspace's may be longer."""
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
