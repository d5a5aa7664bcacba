"""The SSE response: frames as `text/event-stream`, with heartbeats, until the reader leaves or the stream ends.

FastAPI's own EventSourceResponse keeps three tasks and two queues for each client; ten thousand clients need less.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from infra.event_hub import EventHub, FrameStream
from infra.frame_log import Frame

# How long a browser waits before it connects again.
RETRY = timedelta(seconds=2)
# Bytes handed to the connection at a time: what a reader that stopped reading can make us hold.
CHUNK_BYTES = 65_536


class EventStreamResponse(Response):
    """Sends what `stream` gives and gives it back to `hub` in the end. It ends no later than the token: `until`."""

    media_type = "text/event-stream"

    def __init__(self, stream: FrameStream, hub: EventHub, *, heartbeat: timedelta, until: datetime) -> None:
        super().__init__(headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        # The base class made it for its empty body.
        del self.headers["content-length"]
        self._stream = stream
        self._hub = hub
        self._heartbeat = heartbeat.total_seconds()
        self._until = until.timestamp()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        leaving = asyncio.create_task(self._close_when_left(receive))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await self._send_frames(send)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            leaving.cancel()
            self._hub.release(self._stream)

    async def _send_frames(self, send: Send) -> None:
        stream = self._stream
        told = stream.cursor
        # The cursor comes first: who loses the connection before the first frame resumes from here all the same.
        await _send_block(send, f": connected\nretry: {RETRY // timedelta(milliseconds=1)}\nid: {told}\n\n".encode())
        while time.time() < self._until:
            frames = await stream.take(self._heartbeat)
            if frames is None:
                return
            if frames:
                await _send_block(send, encode_frames(frames))
                told = frames[-1].id
            elif stream.cursor == told:
                await _send_block(send, b": heartbeat\n\n")
            else:
                # Frames of other streams went by: their place is worth remembering, or it would be trimmed one day.
                told = stream.cursor
                await _send_block(send, f": heartbeat\nid: {told}\n\n".encode())

    async def _close_when_left(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._stream.close()


def encode_frames(frames: Sequence[Frame]) -> bytes:
    """Frames on the wire; a line break in the data begins another data line, as the format asks."""
    return "".join(
        f"id: {frame.id}\nevent: {frame.event}\ndata: {frame.data.replace(chr(10), chr(10) + 'data: ')}\n\n"
        for frame in frames
    ).encode()


async def _send_block(send: Send, block: bytes) -> None:
    for start in range(0, len(block), CHUNK_BYTES):
        await send({"type": "http.response.body", "body": block[start : start + CHUNK_BYTES], "more_body": True})
