"""HTTP to a server: what is kept, what is asked anew, and what is cut."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from deployments.gateway.upstream import Client, CutError, UnreachableError

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def served(serve: Serve, ask: Callable[[Client], Awaitable[None]]) -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        client = Client(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await ask(client)
        client.close()
        await asyncio.sleep(0.01)


async def whole(client: Client) -> bytes:
    connection = await client.ask("GET", "/")
    content = b""
    while piece := await connection.read():
        content += piece
    client.give_back(connection)
    return content


def test_connections_are_kept_and_one_that_the_server_closed_is_replaced() -> None:
    seen: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(0)
        for _ in range(2):  # then it closes, as a server does with one that was idle for long
            await reader.readuntil(b"\r\n\r\n")
            seen[-1] += 1
            writer.write(ANSWER)
        writer.close()

    async def ask(client: Client) -> None:
        assert [await whole(client) for _ in range(5)] == [b"ok"] * 5

    asyncio.run(served(serve, ask))
    assert seen == [2, 2, 1]


@pytest.mark.parametrize("begin", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nha"])
def test_an_answer_that_is_cut_says_whether_it_had_begun(begin: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(begin)
        writer.close()

    async def ask(client: Client) -> None:
        with pytest.raises(CutError) as caught:
            await whole(client)
        assert caught.value.begun == bool(begin)

    asyncio.run(served(serve, ask))


def test_what_is_no_http_is_told() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n")
        await reader.read()
        writer.close()

    async def ask(client: Client) -> None:
        with pytest.raises(CutError, match="sent no HTTP"):
            await whole(client)

    asyncio.run(served(serve, ask))


def test_nobody_listens() -> None:
    async def ask() -> None:
        with pytest.raises(UnreachableError, match="takes no connection"):
            await Client("http://127.0.0.1:9").ask("GET", "/")

    asyncio.run(ask())


def test_a_server_is_read_no_further_than_its_caller_takes() -> None:
    sent = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        try:
            while sent < 200:
                writer.write(b"100000\r\n" + b"x" * (1 << 20) + b"\r\n")
                await writer.drain()
                sent += 1
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def ask(client: Client) -> None:
        connection = await client.ask("GET", "/")
        await asyncio.sleep(0.5)
        assert sent < 50  # what lies in the kernel's buffers, not in ours
        connection.abort()

    asyncio.run(served(serve, ask))
