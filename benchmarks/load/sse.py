"""A listener of a stream of frames that keeps next to nothing."""

import asyncio
from collections.abc import Callable
from typing import cast

_ACCEPTED = b"HTTP/1.1 200"


class Listener(asyncio.Protocol):
    """Tells `on_frame` the data of every frame; `ready` is done once the stream is open."""

    def __init__(self, request: bytes, on_frame: Callable[[bytes], None]) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request = request
        self._on_frame = on_frame
        self._rest = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are none by inheritance.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        said = self._rest + data
        if not self.ready.done() and len(said) >= len(_ACCEPTED) and not said.startswith(_ACCEPTED):
            self._refuse(said)
            return
        *blocks, self._rest = said.split(b"\n\n")
        for block in blocks:
            start = block.find(b"data: ")
            if start >= 0:
                self._on_frame(block[start + 6 :].partition(b"\r\n")[0])
            elif not self.ready.done() and b": connected" in block:
                self.ready.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ready.done():
            self._refuse(self._rest or repr(error).encode())

    def _refuse(self, said: bytes) -> None:
        self.ready.set_exception(ConnectionError(f"The stream was refused: {said[:200]!r}"))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
