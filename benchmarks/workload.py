"""The same job for everybody: take one event of about 500 bytes, run an agent that does nothing, insert one result row."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar

from aiokafka import AIOKafkaProducer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from agents.context import AgentContext
from consumers.runtime.consumer import AnyConsumer, Consumer
from consumers.runtime.policy import JobPolicy, RetryPolicy
from infra.kafka import client_options
from infra.record_broker import raw_headers
from infra.settings import Settings
from schemas.cloudevents import encode
from schemas.events import Envelope, Event
from schemas.quests import QuestRequested

PEOPLE = 5_000


class BenchRequested(Event):
    type: ClassVar[str] = "bench.requested"
    number: int
    padding: str


# `saved_at` is the database's clock when the row was written: the harness reads the rate off the rows themselves.
CREATE_RESULTS = """
    CREATE TABLE bench_results (
        id uuid PRIMARY KEY, user_id text NOT NULL, number int NOT NULL,
        saved_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )
"""
INSERT_MANY = text(
    "INSERT INTO bench_results (id, user_id, number) "
    "SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:users AS text[]), CAST(:numbers AS int[]))"
)


async def do_nothing(_event: Envelope[BenchRequested], _context: AgentContext) -> int:
    return 1


async def save_results(
    session: AsyncSession, completed: Sequence[tuple[Envelope[BenchRequested], int]]
) -> Sequence[Sequence[Event]]:
    return await _insert(session, completed, [event.data.number for event, _ in completed])


async def _insert(
    session: AsyncSession, completed: Sequence[tuple[Envelope[Any], int]], numbers: Sequence[int]
) -> Sequence[Sequence[Event]]:
    await session.execute(
        INSERT_MANY,
        {
            "ids": [event.id for event, _ in completed],
            "users": [event.user_id for event, _ in completed],
            "numbers": numbers,
        },
    )
    return [()] * len(completed)


bench_consumer = Consumer(
    name="bench",
    event=BenchRequested,
    agent=do_nothing,
    save_all=save_results,
    policy=JobPolicy(
        retry=RetryPolicy.fixed(max_retries=1, delay=timedelta(seconds=1)),
        concurrency=1_000,
        timeout=timedelta(seconds=30),
    ),
    notifies=False,
)


async def wait_a_second(_event: Envelope[BenchRequested], _context: AgentContext) -> int:
    await asyncio.sleep(1)
    return 1


# As a language model's call would: the worker waits for 2,000 of them at a time.
slow_consumer = replace(
    bench_consumer,
    agent=wait_a_second,
    policy=replace(bench_consumer.policy, concurrency=2_000),
)


async def accept_wish(_event: Envelope[QuestRequested], _context: AgentContext) -> int:
    return 1


async def save_wishes(
    session: AsyncSession, completed: Sequence[tuple[Envelope[QuestRequested], int]]
) -> Sequence[Sequence[Event]]:
    return await _insert(session, completed, [event.data.count for event, _ in completed])


# Behind a real endpoint, with an agent that does nothing, and the person's stream hears of it.
echo_consumer = Consumer(
    name="bench",
    event=QuestRequested,
    agent=accept_wish,
    save_all=save_wishes,
    policy=bench_consumer.policy,
)

CONSUMERS: Mapping[str, AnyConsumer] = {"bench": bench_consumer, "slow": slow_consumer, "echo": echo_consumer}


@dataclass(frozen=True)
class Produced:
    topic: str
    count: int


async def produce(settings: Settings, topic: str, count: int) -> Produced:
    """Fill `topic` with `count` events of about 500 bytes on the wire."""
    async with AIOKafkaProducer(**client_options(settings), linger_ms=5, max_batch_size=262_144) as producer:
        pending = []
        for number in range(count):
            event = BenchRequested(user_id=f"person-{number % PEOPLE}", number=number, padding="x" * 280)
            record = encode(Envelope.mint(event))
            headers = raw_headers(record.headers)
            pending.append(await producer.send(topic, record.value, key=record.key, headers=headers))
            if len(pending) >= 2_000:
                await pending[-1]
                pending.clear()
        await producer.flush()
    return Produced(topic, count)
