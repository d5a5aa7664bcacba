"""Read an SSE stream as a browser does: events with their id, and the last id that a reconnection would send."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

DEADLINE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class ReceivedFrame:
    id: str
    event: str
    data: dict[str, Any]


@dataclass
class SseReader:
    """Reads one response. `last_event_id` is what the stream said last, also outside of events."""

    response: httpx.Response
    comments: list[str] = field(default_factory=list)
    retry: int | None = None
    last_event_id: str = ""
    _lines: AsyncIterator[str] | None = None

    async def next(self, within: float = DEADLINE_SECONDS) -> ReceivedFrame | None:
        """The next event; None at the end of the stream."""
        async with asyncio.timeout(within):
            while (block := await self._block()) is not None:
                if "data" in block:
                    return ReceivedFrame(self.last_event_id, block["event"], json.loads(block["data"]))
        return None

    async def take(self, count: int) -> list[ReceivedFrame]:
        frames = [await self.next() for _ in range(count)]
        assert None not in frames, "the stream ended"
        return [frame for frame in frames if frame is not None]

    async def until_comment(self) -> str:
        """Read up to the next comment, which is not an event."""
        known = len(self.comments)
        async with asyncio.timeout(DEADLINE_SECONDS):
            while len(self.comments) == known:
                assert await self._block() is not None, "the stream ended"
        return self.comments[-1]

    async def _block(self) -> dict[str, str] | None:
        if self._lines is None:
            self._lines = self.response.aiter_lines()
        block: dict[str, str] = {}
        async for line in self._lines:
            if not line:
                return block
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if not name:
                self.comments.append(value)
            elif name == "retry":
                self.retry = int(value)
            elif name == "id":
                self.last_event_id = value
            else:
                block[name] = f"{block[name]}\n{value}" if name in block else value
        return None


@asynccontextmanager
async def open_stream(client: httpx.AsyncClient, path: str, **options: Any) -> AsyncIterator[SseReader]:
    """The stream, after its greeting: from here on nothing is missed."""
    async with client.stream("GET", path, **options) as response:
        assert response.status_code == 200, await response.aread()
        reader = SseReader(response)
        await reader.until_comment()
        yield reader
