"""Publish SSE frames: a frame enters its person's capped stream and reaches the live readers in one step, once.

One Lua call does all of it, so that a reader who sees a live frame also finds it, and every one before it, in the stream.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from infra.redis import RedisClient

UPDATES = "updates"
COMPANION = "companion"

# A person who was away for longer loads the present state anyway.
KEPT_FOR = timedelta(hours=24)
# How long a frame that is sent again is known; redeliveries after a crash come sooner.
SEEN_FOR = timedelta(minutes=10)
# Frames of one Lua call: more would keep other commands waiting.
BATCH = 100

_PUBLISH = """
-- KEYS: stream, mark of the frame, stream, mark, …   ARGV: keep, kept for, seen for, then event and data of each frame
for i = 1, #KEYS, 2 do
    if redis.call('SET', KEYS[i + 1], '', 'NX', 'EX', ARGV[3]) then
        local event, data = ARGV[i + 3], ARGV[i + 4]
        local id = redis.call('XADD', KEYS[i], 'MAXLEN', '~', ARGV[1], '*', 'event', event, 'data', data)
        redis.call('EXPIRE', KEYS[i], ARGV[2])
        redis.call('PUBLISH', KEYS[i], id .. '\\n' .. event .. '\\n' .. data)
    end
end
"""


@dataclass(frozen=True, slots=True)
class OutgoingFrame:
    """A frame for one person. Frames with the same `frame_id` are one frame, however often they are published."""

    user_id: str
    stream: str
    frame_id: str
    event: str
    data: str


class FramePublisher:
    """Publishes frames; `keep` is how many stay readable per stream for `Last-Event-ID`."""

    def __init__(self, redis: RedisClient, *, keep: int) -> None:
        self._keep = keep
        self._script = redis.register_script(_PUBLISH)

    async def publish(self, frames: Sequence[OutgoingFrame]) -> None:
        """Publish in this order. Raises the client's `RedisError`; publishing all of them again is safe."""
        for start in range(0, len(frames), BATCH):
            keys: list[str] = []
            values: list[str | int] = [self._keep, int(KEPT_FOR.total_seconds()), int(SEEN_FOR.total_seconds())]
            for frame in frames[start : start + BATCH]:
                key = stream_key(frame.user_id, frame.stream)
                keys += (key, f"{key}:{frame.frame_id}")
                values += (frame.event, frame.data)
            await self._script(keys, values)


async def forget_frames(redis: RedisClient, user_id: str) -> None:
    """Delete the streams of a person. What marks their single frames as sent holds no content and ends by itself."""
    await redis.delete(stream_key(user_id, UPDATES), stream_key(user_id, COMPANION))


def stream_key(user_id: str, stream: str) -> str:
    """The Redis stream of a person, which is also the channel of its live frames."""
    return f"delight:frames:{stream}:{user_id}"
