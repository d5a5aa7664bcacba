"""Read SSE frames back: what a stream still keeps after a cursor, and whether anything between may be lost."""

from dataclasses import dataclass, field
from typing import cast

from redis.exceptions import ResponseError

from infra.redis import RedisClient

# The cursor of a stream that has no frame yet.
BEGINNING = "0-0"

Position = tuple[int, int]
_Entry = tuple[bytes, dict[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame with its place in the stream; `data` is JSON."""

    id: str
    event: str
    data: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What a stream keeps after a cursor. Unless `complete`, frames may be lost: the reader has to load the present state.

    `cursor` is where the reader stands after the replay.
    """

    cursor: str
    complete: bool
    frames: list[Frame] = field(default_factory=list)


class FrameLog:
    """The kept frames of all streams."""

    def __init__(self, redis: RedisClient) -> None:
        self._redis = redis

    async def latest(self, key: str) -> str:
        """The id of the newest frame kept. Raises the client's `RedisError`."""
        entries = cast("list[_Entry]", await self._redis.xrevrange(key, count=1))
        return entries[0][0].decode() if entries else BEGINNING

    async def read_after(self, key: str, cursor: str) -> Replay:
        """The frames after `cursor`, complete only when the cursor itself is still kept. Raises the client's `RedisError`."""
        if position(cursor) is None:
            return Replay(cursor=await self.latest(key), complete=False)
        if cursor == BEGINNING:
            return await self._read_all(key)
        entries = cast("list[_Entry]", await self._redis.xrange(key, min=cursor))
        frames = [_frame(entry) for entry in entries]
        if frames and frames[0].id == cursor:
            return Replay(cursor=frames[-1].id, complete=True, frames=frames[1:])
        # Trimmed, or of a stream that was lost: what stood after it is not known any more.
        return Replay(cursor=frames[-1].id if frames else await self.latest(key), complete=False)

    async def _read_all(self, key: str) -> Replay:
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.xrange(key)
            pipeline.xinfo_stream(key)
            entries, info = await pipeline.execute(raise_on_error=False)
        if isinstance(info, ResponseError):  # there is no such stream
            return Replay(cursor=BEGINNING, complete=True)
        for answer in (entries, info):
            if isinstance(answer, Exception):
                raise answer
        frames = [_frame(entry) for entry in entries]
        if info["entries-added"] != len(frames):
            return Replay(cursor=frames[-1].id, complete=False)
        return Replay(cursor=frames[-1].id, complete=True, frames=frames)


def position(cursor: str) -> Position | None:
    """The place that a frame's id names, comparable; None when it is no id."""
    milliseconds, _, sequence = cursor.partition("-")
    if not (_is_number(milliseconds) and _is_number(sequence)):
        return None
    return int(milliseconds), int(sequence)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 20 and int(text) < 2**64


def _frame(entry: _Entry) -> Frame:
    identifier, fields = entry
    return Frame(identifier.decode(), fields[b"event"].decode(), fields[b"data"].decode())
