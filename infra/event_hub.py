"""The SSE hub: the live frames of everybody who listens to this process, over one Redis pub/sub connection.

A reader first subscribes, then replays what it missed, then drops what it has seen, so nothing falls in between. When
Redis was away, every channel replays from where it stood; what cannot be replayed is told as a `reset` frame.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from datetime import timedelta

import structlog
from redis.exceptions import RedisError

from infra.exceptions import ServiceUnavailable, TooManyRequests
from infra.frame_listener import FrameListener
from infra.frame_log import BEGINNING, Frame, FrameLog, Position, Replay, position
from infra.frame_publisher import COMPANION, UPDATES, stream_key
from infra.metrics import SSE_CUT_OFF, SSE_STREAMS
from infra.redis import RedisClient
from infra.settings import Settings
from schemas.events import UserId
from schemas.frames import ResetFrame, StreamType

log = structlog.get_logger(__name__)

# A reader that has fallen behind by more frames is cut off; it resumes with Last-Event-ID.
MAX_WAITING = 256
# Channels that replay at a time after Redis was away.
CATCH_UP_CONCURRENCY = 16
# When somebody who holds too many streams may try again.
RETRY_AFTER = timedelta(seconds=5)

_RESET = ResetFrame()
_PREFIXES = {
    StreamType.UPDATES: "",
    StreamType.QUESTS: "quest.",
    StreamType.MISSIONS: "mission.",
    StreamType.PROGRESS: "progress.",
    StreamType.NUDGES: "nudge.",
    StreamType.JOBS: "job.",
    StreamType.COMPANION: "",
}


class FrameStream:
    """The frames of one reader, in order, each once. Take them until `take` says None."""

    __slots__ = ("_began", "_position", "_prefix", "_waiter", "_waiting", "closed", "cursor", "key", "user_id")

    def __init__(self, user_id: UserId, key: str, prefix: str) -> None:
        self.user_id = user_id
        self.key = key
        self.cursor = BEGINNING
        self.closed = False
        self._prefix = prefix
        self._position: Position = (0, 0)
        self._waiting: deque[Frame] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._began = False

    async def take(self, wait: float) -> Sequence[Frame] | None:
        """The frames that wait; an empty sequence after `wait` seconds without any; None when the stream has ended."""
        if not self._waiting and not self.closed:
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            timer = loop.call_later(wait, self._wake)
            try:
                await self._waiter
            finally:
                timer.cancel()
                self._waiter = None
        if self.closed:
            return None
        frames = tuple(self._waiting)
        self._waiting.clear()
        return frames

    def begin(self, replay: Replay) -> None:
        """Put what was missed before what has arrived since."""
        arrived, self._waiting, self._began = self._waiting, deque(), True
        self.replay(replay)
        for frame in arrived:
            self.offer(frame)

    def replay(self, replay: Replay) -> None:
        """Take what was missed; it may be more than a slow reader is allowed, since it is at most what is kept."""
        if not self._began:
            self._waiting.extend(replay.frames)
            return
        if not replay.complete:
            self.cursor, self._position = replay.cursor, position(replay.cursor) or (0, 0)
            self._waiting.clear()
            self._waiting.append(Frame(replay.cursor, _RESET.type, _RESET.model_dump_json()))
            self._wake()
        for frame in replay.frames:
            self._accept(frame)
        if (reached := position(replay.cursor) or (0, 0)) > self._position:
            self.cursor, self._position = replay.cursor, reached

    def offer(self, frame: Frame) -> None:
        """Take a live frame. A reader that is too slow is cut off."""
        if not self._began:
            self._waiting.append(frame)
            return
        if len(self._waiting) >= MAX_WAITING:
            log.info("event_hub.slow_reader_cut_off", waiting=len(self._waiting))
            SSE_CUT_OFF.inc()
            self.close()
            return
        self._accept(frame)

    def close(self) -> None:
        """End the stream; what waits is dropped."""
        self.closed = True
        self._waiting.clear()
        self._wake()

    def _accept(self, frame: Frame) -> None:
        at = position(frame.id)
        if self.closed or at is None or at <= self._position:
            return
        self.cursor, self._position = frame.id, at
        if frame.event.startswith(self._prefix):
            self._waiting.append(frame)
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class _Channel:
    """A person's stream with those who read it here. `missed` collects live frames while the channel catches up."""

    __slots__ = ("cursor", "missed", "streams")

    def __init__(self) -> None:
        self.streams: set[FrameStream] = set()
        self.cursor: str | None = None
        self.missed: list[Frame] | None = None

    def offer(self, frame: Frame) -> None:
        if self.missed is not None:
            self.missed.append(frame)
            return
        if self.cursor is not None:
            self.cursor = frame.id
        for stream in tuple(self.streams):
            stream.offer(frame)


class EventHub:
    """Opens streams and feeds them. One per process; the limit of streams per person counts those of this process."""

    def __init__(self, redis: RedisClient, settings: Settings) -> None:
        self._log = FrameLog(redis)
        self._limit = settings.sse_streams_per_person
        self._channels: dict[str, _Channel] = {}
        self._open: Counter[UserId] = Counter()
        self._closing = False
        self._catching_up: set[asyncio.Task[None]] = set()
        self._catch_up_slots = asyncio.Semaphore(CATCH_UP_CONCURRENCY)
        self._listener = FrameListener(
            redis,
            confirmation_timeout=settings.redis_timeout.total_seconds(),
            on_message=self._receive,
            on_subscribed=self._subscribed,
        )

    def start(self) -> None:
        """Begin to listen. Redis may be away: streams cannot be opened until it is there."""
        self._listener.start()

    def close(self) -> None:
        """End all streams now and open no more; their readers come back to another process."""
        self._closing = True
        for channel in self._channels.values():
            for stream in tuple(channel.streams):
                stream.close()

    async def stop(self) -> None:
        """Close, and leave Redis."""
        self.close()
        for task in self._catching_up:
            task.cancel()
        await asyncio.gather(*self._catching_up, return_exceptions=True)
        await self._listener.stop()

    @property
    def open_streams(self) -> int:
        return self._open.total()

    async def open(self, user_id: UserId, stream_type: StreamType, last_event_id: str | None) -> FrameStream:
        """The person's stream, from after `last_event_id`, or from now on without one. `release` it in the end.

        Raises `TooManyRequests` when the person holds as many as allowed, and `ServiceUnavailable` or the client's
        `RedisError` when Redis is away.
        """
        self._refuse_when_closing()
        if self._open[user_id] >= self._limit:
            raise TooManyRequests(f"At most {self._limit} streams may be open. Close one.", RETRY_AFTER)
        key = stream_key(user_id, COMPANION if stream_type is StreamType.COMPANION else UPDATES)
        stream = FrameStream(user_id, key, _PREFIXES[stream_type])
        self._open[user_id] += 1
        SSE_STREAMS.inc()
        channel = self._channels.setdefault(key, _Channel())
        channel.streams.add(stream)
        try:
            replay = await self._replay(key, last_event_id)
            self._refuse_when_closing()
        except BaseException:
            self.release(stream)
            raise
        stream.begin(replay)
        if channel.cursor is None:
            channel.cursor = stream.cursor
        return stream

    def release(self, stream: FrameStream) -> None:
        """Give the stream back."""
        stream.close()
        channel = self._channels.get(stream.key)
        if channel is None or stream not in channel.streams:
            return
        channel.streams.discard(stream)
        self._open[stream.user_id] -= 1
        SSE_STREAMS.dec()
        if not self._open[stream.user_id]:
            del self._open[stream.user_id]
        if not channel.streams:
            del self._channels[stream.key]
            self._listener.unsubscribe(stream.key)

    def _refuse_when_closing(self) -> None:
        if self._closing:
            raise ServiceUnavailable("This process is stopping.")

    async def _replay(self, key: str, last_event_id: str | None) -> Replay:
        while True:
            generation = await self._listener.subscribe(key)
            if last_event_id is None:
                replay = Replay(cursor=await self._log.latest(key), complete=True)
            else:
                replay = await self._log.read_after(key, last_event_id)
            # Read over a newer connection than the one subscribed, frames in between would be missed.
            if generation == self._listener.generation:
                return replay

    def _receive(self, key: str, message: str) -> None:
        channel = self._channels.get(key)
        if channel is not None:
            identifier, event, data = message.split("\n", 2)
            channel.offer(Frame(identifier, event, data))

    def _subscribed(self, key: str) -> None:
        channel = self._channels.get(key)
        # Without a cursor nobody has begun to read: the first reader replays by itself.
        if channel is None or channel.cursor is None:
            return
        channel.missed = []
        task = asyncio.create_task(self._catch_up(key, channel), name="frame-catch-up")
        self._catching_up.add(task)
        task.add_done_callback(self._catching_up.discard)

    async def _catch_up(self, key: str, channel: _Channel) -> None:
        generation = self._listener.generation
        pause = 0.1
        while generation == self._listener.generation and self._channels.get(key) is channel:
            assert channel.cursor is not None
            channel.missed = []
            try:
                async with self._catch_up_slots:
                    replay = await self._log.read_after(key, channel.cursor)
            except (RedisError, OSError) as error:
                log.warning("event_hub.catch_up_failed", error=repr(error), retry_in_s=pause)
                await asyncio.sleep(pause)
                pause = min(2.0, pause * 2)
                continue
            if generation != self._listener.generation:
                return  # the next connection's confirmation catches up
            missed, channel.missed = channel.missed, None
            channel.cursor = replay.cursor
            for stream in tuple(channel.streams):
                stream.replay(replay)
            for frame in missed:
                channel.offer(frame)
            return
