"""A connection that costs the machine little: keep-alive HTTP/1.1, one request at a time, no headers read but the length."""

import asyncio
from collections.abc import Callable
from typing import Self, cast


class Connection(asyncio.Protocol):
    """Sends a request and tells `on_answer` (status, body). Not for answers without a length."""

    def __init__(self) -> None:
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._on_answer: Callable[[int, bytes], None] | None = None

    @classmethod
    async def open(cls, host: str, port: int) -> Self:
        _, connection = await asyncio.get_running_loop().create_connection(cls, host, port)
        return connection

    def request(self, message: bytes, on_answer: Callable[[int, bytes], None]) -> None:
        """Raises `ConnectionError` when the server has closed the connection."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionError("The server has closed the connection.")
        self._on_answer = on_answer
        self._transport.write(message)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are none by inheritance.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _error: Exception | None) -> None:
        if self._on_answer is not None:
            self._answer(0, b"")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = content_length(head)
        if len(body) >= length:
            self._buffer = body[length:]
            self._answer(int(head[9:12]), body[:length])

    def _answer(self, status: int, body: bytes) -> None:
        on_answer, self._on_answer = self._on_answer, None
        if on_answer is not None:
            on_answer(status, body)


def content_length(head: bytes) -> int:
    lowered = head.lower()
    start = lowered.find(b"content-length:")
    if start < 0:
        return 0
    return int(lowered[start + 15 : lowered.find(b"\r\n", start) if b"\r\n" in lowered[start:] else None])


def post(path: str, token: str, body: bytes) -> bytes:
    """A request on the wire."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def get_stream(path: str, token: str) -> bytes:
    """A request for a stream of frames."""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
