"""A worker or a relay of the system under test as a process of its own: `python -m tests.chaos.process worker`."""

import asyncio
import sys
from datetime import timedelta

from langchain_core.language_models import FakeListChatModel

from consumers.runtime.breaker import BreakerPolicy
from consumers.runtime.consumer import AnyConsumer
from consumers.runtime.policy import JobPolicy, RetryPolicy
from consumers.worker import Worker, tune_garbage_collection
from infra.database import create_engine
from infra.kafka import TopicNames
from infra.logging import configure_logging
from infra.settings import load_settings
from infra.shutdown import shutdown_event
from producers.publisher import EventPublisher
from producers.relay import OutboxRelay
from tests.support.pinged import TestPinged, TestPonged, make_pinged

GROUP = "chaos-pinging"


def chaos_consumer() -> AnyConsumer:
    """Short delays, so that retries, timeouts and dead letters happen many times in a minute."""
    consumer = make_pinged(name=GROUP)
    policy = JobPolicy(
        retry=RetryPolicy.fixed(max_retries=3, delay=timedelta(seconds=0.5)),
        timeout=timedelta(seconds=2),
        concurrency=200,
        breaker=BreakerPolicy(minimum=200, ratio=0.9, pause=timedelta(seconds=2)),
    )
    return type(consumer)(
        name=consumer.name, event=consumer.event, agent=consumer.agent, save=consumer.save, policy=policy, notifies=True
    )


async def run_worker() -> None:
    settings = load_settings()
    configure_logging(settings, process="worker")
    stop = shutdown_event()
    worker = Worker(settings, [chaos_consumer()], chat_model=FakeListChatModel(responses=["unused"]))
    tune_garbage_collection()
    running = asyncio.create_task(worker.run())
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
    worker.stop()
    await running


async def run_relay() -> None:
    settings = load_settings()
    configure_logging(settings, process="relay")
    stop = shutdown_event()
    names = TopicNames(settings.kafka_topic_prefix)
    topics = [names.topic(TestPinged.type), names.topic(TestPonged.type), names.retry(GROUP)]
    engine = create_engine(settings, pool_size=3)
    async with EventPublisher(settings, topics=topics) as publisher:
        relay = OutboxRelay(engine, publisher, settings)
        running = asyncio.create_task(relay.run())
        await stop.wait()
        relay.stop()
        await running
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run({"worker": run_worker, "relay": run_relay}[sys.argv[1]]())
