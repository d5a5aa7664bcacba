"""Jobs per second against the ceiling of one process, in one run: `python -m benchmarks.quick`.

The ceiling is what nobody can beat without giving something up: `getmany` and one multi-row INSERT per batch, with no
decoding, no inbox, no job rows, no watermark. Ours does all of it: decode, inbox check, agent, claim, job row, result row.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer
from langchain_core.language_models import FakeListChatModel

from benchmarks.workload import CREATE_RESULTS, bench_consumer, produce
from consumers.runtime.settlement import Settled
from consumers.worker import Worker, tune_garbage_collection
from infra.kafka import apply_topics, client_options
from infra.local.stack import EmbeddedStack
from infra.settings import Environment, Settings
from models.schema import upgrade

PARTITIONS = 4


async def measure_ceiling(settings: Settings, topic: str, count: int) -> float:
    pool = await asyncpg.create_pool(settings.database_url, min_size=1, max_size=2)
    consumer = AIOKafkaConsumer(
        topic,
        **client_options(settings),
        group_id=f"ceiling-{uuid4().hex}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    seen = 0
    clock = Clock(count)
    while seen < count:
        batch = await consumer.getmany(timeout_ms=200, max_records=1_000)
        records = [record for of_partition in batch.values() for record in of_partition]
        if not records:
            continue
        await pool.execute(
            "INSERT INTO bench_results SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[])",
            [uuid4() for _ in records],
            [record.key.decode() for record in records],
            [record.offset for record in records],
        )
        await consumer.commit()
        seen += len(records)
        clock.tick(seen)
    await consumer.stop()
    await pool.close()
    return clock.rate()


async def measure_ours(settings: Settings, count: int) -> float:
    worker = Worker(settings, [bench_consumer], chat_model=FakeListChatModel(responses=["unused"]))
    clock, seen, done = Clock(count), 0, asyncio.Event()

    def on_settled(batch: list[Settled]) -> None:
        nonlocal seen
        seen += len(batch)
        clock.tick(seen)
        if seen >= count:
            done.set()

    worker.listeners.append(on_settled)
    running = asyncio.create_task(worker.run())
    await done.wait()
    worker.stop()
    await running
    return clock.rate()


class Clock:
    """Times the work between the first tenth, which is warming up, and the end."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._start: tuple[float, int] | None = None
        self._end: tuple[float, int] | None = None

    def tick(self, seen: int) -> None:
        now = time.perf_counter()
        if self._start is None and seen >= self._count // 10:
            self._start = (now, seen)
        self._end = (now, seen)

    def rate(self) -> float:
        assert self._start is not None
        assert self._end is not None
        return (self._end[1] - self._start[1]) / (self._end[0] - self._start[0])


def system(stack: EmbeddedStack) -> Settings:
    name = f"bench{uuid4().hex[:8]}"
    url = stack.postgres.create_database(name)
    upgrade(url)
    addresses = stack.addresses
    settings = Settings(
        environment=Environment.DEVELOPMENT,
        kafka_bootstrap_servers=addresses.kafka_bootstrap_servers,
        kafka_topic_prefix=f"{name}.",
        kafka_partitions=PARTITIONS,
        database_url=url,
        redis_url=addresses.redis_url,
    )

    async def prepare() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(CREATE_RESULTS)
        await connection.close()
        prefix = settings.kafka_topic_prefix
        await apply_topics(settings, [f"{prefix}bench.requested", f"{prefix}bench.retry"])

    asyncio.run(prepare())
    return settings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=40_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    tune_garbage_collection()
    rates: dict[str, list[float]] = {"ceiling": [], "delight": []}
    with tempfile.TemporaryDirectory(prefix="delight-bench-") as folder:
        Path(folder).chmod(0o755)
        with EmbeddedStack(Path(folder)) as stack:
            for _ in range(arguments.rounds):
                settings = system(stack)
                topic = f"{settings.kafka_topic_prefix}bench.requested"
                asyncio.run(produce(settings, topic, arguments.jobs))
                rates["ceiling"].append(asyncio.run(measure_ceiling(settings, topic, arguments.jobs)))
                rates["delight"].append(asyncio.run(measure_ours(settings, arguments.jobs)))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    ratio = medians["delight"] / medians["ceiling"]
    if arguments.json:
        print(json.dumps({"jobs": arguments.jobs, "rates": rates, "ratio_to_ceiling": round(ratio, 3)}))
        return 0
    print(f"{arguments.jobs} jobs, {arguments.rounds} rounds interleaved, medians")
    for name, median in medians.items():
        print(f"  {name:<8} {median:>10,.0f} jobs/s   {median / medians['ceiling']:.2f} of the ceiling")
    return 0


if __name__ == "__main__":
    sys.exit(main())
