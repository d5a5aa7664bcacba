"""The stream of an answer on the real Redis: what a person sees of attempts that fail, overlap or are interrupted."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from redis.asyncio import Redis

from infra.answer_stream import AnswerStreams, Question, interrupt_answers
from infra.frame_publisher import COMPANION, FramePublisher, stream_key
from infra.redis import create_redis
from infra.settings import Settings
from schemas.characters import Character
from schemas.ids import new_id
from tests.support.waiting import until


@pytest.fixture
def streams(redis: Redis) -> AnswerStreams:
    return AnswerStreams(redis, FramePublisher(redis, keep=500))


@pytest.fixture
def question(user_id: str) -> Question:
    return Question(new_id(), datetime.now(UTC), user_id, Character.ELIZA)


def newer(question: Question) -> Question:
    return Question(new_id(), question.time + timedelta(milliseconds=1), question.user_id, question.character)


async def frames_of(redis: Redis, question: Question) -> list[Any]:
    entries = await redis.xrange(stream_key(question.user_id, COMPANION))
    data = [json.loads(fields[b"data"]) for _, fields in entries]
    return [frame.get("content", frame["type"]) for frame in data]


async def test_the_first_words_go_out_at_once_and_the_others_together(
    redis: Redis, streams: AnswerStreams, question: Question
) -> None:
    async with streams.open(question, attempt=1) as stream:
        await stream.write("One ")
        assert await until(lambda: frames_of(redis, question)) == ["One "]
        for word in ("two ", "three"):
            await stream.write(word)
    frames = await frames_of(redis, question)
    assert "".join(frames) == stream.text == "One two three"


async def test_a_failed_attempt_shows_no_more_and_the_next_begins_anew(
    redis: Redis, streams: AnswerStreams, question: Question
) -> None:
    async def fail() -> None:
        async with streams.open(question, attempt=1) as stream:
            await stream.write("Half ")
            await until(lambda: frames_of(redis, question))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with streams.open(question, attempt=2) as stream:
        await stream.write("Whole")
    assert await frames_of(redis, question) == ["Half ", "attempt_restarted", "Whole"]


async def test_an_attempt_that_another_one_has_overtaken_falls_silent(
    redis: Redis, streams: AnswerStreams, question: Question
) -> None:
    async with streams.open(question, attempt=1) as lost:
        await lost.write("Lost ")
        await until(lambda: frames_of(redis, question))
        async with streams.open(question, attempt=1) as stream:
            await until(lambda: lost.overtaken, what="the lost attempt notices")
            await lost.write("in space")
            await stream.write("Found")
    assert await frames_of(redis, question) == ["Lost ", "attempt_restarted", "Found"]


async def test_a_newer_message_ends_the_block_and_an_older_one_does_not(
    redis: Redis, streams: AnswerStreams, question: Question
) -> None:
    other = newer(question)
    async with streams.open(question, attempt=1) as stream, stream.until_interrupted():
        await interrupt_answers(redis, other)
        await asyncio.wait_for(asyncio.Event().wait(), 15)
    assert stream.interrupted
    async with streams.open(other, attempt=1) as stream, stream.until_interrupted():
        await stream.write("To both.")
    assert not stream.interrupted


async def test_somebodys_own_timeout_is_no_interruption(streams: AnswerStreams, question: Question) -> None:
    async with streams.open(question, attempt=1) as stream:
        with pytest.raises(TimeoutError):
            async with stream.until_interrupted():
                raise TimeoutError
        assert not stream.interrupted


async def test_an_answer_that_is_written_is_not_interrupted_any_more(
    redis: Redis, streams: AnswerStreams, question: Question
) -> None:
    async with streams.open(question, attempt=1) as stream:
        async with stream.until_interrupted():
            await stream.write("Done.")
        await interrupt_answers(redis, newer(question))
    assert not stream.interrupted
    assert await frames_of(redis, question) == ["Done."]


async def test_an_answer_is_written_although_redis_is_away(settings: Settings, question: Question) -> None:
    nowhere = create_redis(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}))
    streams = AnswerStreams(nowhere, FramePublisher(nowhere, keep=500))
    async with streams.open(question, attempt=1) as stream, stream.until_interrupted():
        await stream.write("All the same.")
    assert stream.text == "All the same."
    await interrupt_answers(nowhere, question)
    await nowhere.aclose()
