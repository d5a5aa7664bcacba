"""The stream of an answer: its tokens reach the person while it is written, until it is complete or interrupted.

Tokens go out in small groups, the first one at once. What a person sees of an answer is one attempt's: an attempt that
is not the first says so before its first token, and an attempt that another one has overtaken falls silent. Streaming is
a courtesy: when Redis is away the answer is written all the same, and the saved one is what counts.

    delight:answering:{answer}                  which attempt streams the answer, so also that streaming had begun
    delight:interrupt:{person}:{character}      the newest message that stops older answers, and when it was written
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from redis.exceptions import RedisError

from infra.frame_publisher import COMPANION, FramePublisher, OutgoingFrame
from infra.redis import RedisClient
from schemas.characters import Character
from schemas.companion import answer_id
from schemas.events import UserId
from schemas.frames import AttemptRestartedFrame, TokenFrame

log = structlog.get_logger(__name__)

# Seconds between two groups of tokens: a slow model's tokens go out one by one, a fast one's together.
FLUSH_EVERY = 0.03
# Seconds until an interruption is noticed, at most.
LOOK_EVERY = 0.25
# Tries of the last group, LOOK_EVERY apart.
LAST_TRIES = 4

REMEMBERED_FOR = timedelta(hours=1)
"""How long it is known that an answer was begun: longer than any redelivery takes."""

INTERRUPTS_FOR = timedelta(minutes=10)
"""How long an interruption is worth noticing: longer than an attempt may take."""


@dataclass(frozen=True, slots=True)
class Question:
    """The message that is answered: the event's id and time, and whose conversation it belongs to."""

    event_id: UUID
    time: datetime
    user_id: UserId
    character: Character


async def interrupt_answers(redis: RedisClient, question: Question) -> None:
    """Stop answers to messages of the conversation that are older than `question`. Without Redis they run on."""
    signal = f"{question.time.timestamp():.6f} {question.event_id}"
    try:
        await redis.set(_interrupt_key(question), signal, ex=INTERRUPTS_FOR)
    except (RedisError, OSError) as error:
        log.warning("answer_stream.not_interrupted", error=repr(error))


class AnswerStream:
    """One attempt at one answer. Made by `AnswerStreams.open`."""

    def __init__(self, question: Question, redis: RedisClient, frames: FramePublisher) -> None:
        self.text = ""
        """What was written since the attempt or the last `restart` began."""
        self.interrupted = False
        """Whether a newer message has stopped this answer."""
        self.overtaken = False
        """Whether another attempt shows this answer now."""
        self.begun = asyncio.Event()
        """Set when the first words have gone out, or could not, and at the end."""
        self._question = question
        self._answer_id = answer_id(question.event_id)
        self._redis = redis
        self._frames = frames
        # Ids of frames are the attempt's own: frames sent twice are one, those of two attempts are not.
        self._attempt = uuid4().hex
        self._sent = 0
        self._unsent = ""
        self._outgoing: list[OutgoingFrame] = []
        self._filled = asyncio.Event()
        self._ended = asyncio.Event()
        self._limit: asyncio.Timeout | None = None
        # What is written to its end cannot be interrupted any more.
        self._written = False

    async def write(self, text: str) -> None:
        """Add to the answer; it reaches the person within FLUSH_EVERY."""
        self.text += text
        self._unsent += text
        self._filled.set()
        # A model that never waits would not let anything out until it is done.
        await asyncio.sleep(0)

    def restart(self) -> None:
        """Begin the answer anew: what was shown of it is to be replaced."""
        self.text = self._unsent = ""
        frame = AttemptRestartedFrame(message_id=self._answer_id, character=self._question.character)
        self._outgoing.append(self._outgoing_frame(frame))
        self._filled.set()

    @asynccontextmanager
    async def until_interrupted(self) -> AsyncIterator[None]:
        """Run the block until its end or until the answer is interrupted; then `interrupted` is true."""
        try:
            async with asyncio.timeout(None) as limit:
                self._limit = limit
                if self.interrupted:
                    limit.reschedule(0)
                yield
        except TimeoutError:
            if not self.interrupted:
                raise
        finally:
            self._limit, self._written = None, True

    async def begin(self, *, attempt: int) -> None:
        """Claim the answer for this attempt, and tell the person when it is not the first."""
        begun_before = attempt > 1
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.set(_claim_key(self._answer_id), self._attempt, ex=REMEMBERED_FOR, get=True)
                pipeline.get(_interrupt_key(self._question))
                claimed, signal = await pipeline.execute()
        except (RedisError, OSError) as error:
            log.warning("answer_stream.not_claimed", error=repr(error))
        else:
            begun_before = begun_before or claimed is not None
            self._heed(signal)
        if begun_before and not self.interrupted:
            self.restart()

    async def pump(self) -> None:
        """Send what is written and look for interruptions, until `end`."""
        try:
            await self._pump()
        finally:
            self.begun.set()

    async def _pump(self) -> None:
        next_look = time.monotonic() + LOOK_EVERY
        while not self._ended.is_set():
            await _wait(self._filled, LOOK_EVERY)
            try:
                if self._filled.is_set():
                    await self._flush()
                    await _wait(self._ended, FLUSH_EVERY)
                if time.monotonic() >= next_look:
                    await self._look()
                    next_look = time.monotonic() + LOOK_EVERY
            except (RedisError, OSError) as error:
                log.warning("answer_stream.not_sent", error=repr(error))
                self.begun.set()
                await _wait(self._ended, LOOK_EVERY)
                self._filled.set()

    def end(self) -> None:
        """Let `pump` end."""
        self._ended.set()
        self.begun.set()
        self._filled.set()

    async def finish(self) -> None:
        """Send the rest."""
        for _ in range(LAST_TRIES):
            try:
                await self._flush()
            except (RedisError, OSError) as error:
                log.warning("answer_stream.not_sent", error=repr(error))
                await asyncio.sleep(LOOK_EVERY)
            else:
                return

    async def _flush(self) -> None:
        self._filled.clear()
        if self._unsent:
            frame = TokenFrame(message_id=self._answer_id, character=self._question.character, content=self._unsent)
            self._outgoing.append(self._outgoing_frame(frame))
            self._unsent = ""
        if self.overtaken:
            self._outgoing.clear()
        elif batch := list(self._outgoing):
            await self._frames.publish(batch)
            # Frames that came meanwhile stay; so does all of it when publishing failed or was cancelled.
            del self._outgoing[: len(batch)]
        if self.text:
            self.begun.set()

    async def _look(self) -> None:
        claimed, signal = await self._redis.mget(_claim_key(self._answer_id), _interrupt_key(self._question))
        self.overtaken = claimed is not None and claimed != self._attempt.encode()
        self._heed(signal)

    def _heed(self, signal: Any) -> None:
        """Stop when the signal is of a newer message than the one answered here."""
        moment, _, event_id = (signal or b"").decode("utf-8", "replace").partition(" ")
        if not event_id or event_id == str(self._question.event_id):
            return
        if float(moment) > self._question.time.timestamp() and not (self._written or self.interrupted):
            self.interrupted = True
            if self._limit is not None:
                self._limit.reschedule(0)

    def _outgoing_frame(self, frame: TokenFrame | AttemptRestartedFrame) -> OutgoingFrame:
        self._sent += 1
        frame_id = f"{self._attempt}:{self._sent}"
        return OutgoingFrame(self._question.user_id, COMPANION, frame_id, frame.type, frame.model_dump_json())


class AnswerStreams:
    """Opens the streams of answers. One per process."""

    def __init__(self, redis: RedisClient, frames: FramePublisher) -> None:
        self._redis = redis
        self._frames = frames

    @asynccontextmanager
    async def open(self, question: Question, *, attempt: int) -> AsyncIterator[AnswerStream]:
        """The stream of the answer to `question`, for one attempt at it. Never raises because of Redis."""
        stream = AnswerStream(question, self._redis, self._frames)
        await stream.begin(attempt=attempt)
        pumping = asyncio.create_task(stream.pump())
        try:
            yield stream
        except BaseException:
            pumping.cancel()
            raise
        finally:
            # Not by cancelling it alone: a cancellation that meets the end of a Redis command is lost.
            stream.end()
        await pumping
        await stream.finish()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event, but no longer than `seconds`."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _claim_key(message_id: UUID) -> str:
    return f"delight:answering:{message_id}"


def _interrupt_key(question: Question) -> str:
    return f"delight:interrupt:{question.user_id}:{question.character}"
