"""Jobs per second of one process against the ceiling and arq, in under a minute: `make bench-quick`.

The ceiling is what nobody can beat without giving something up: `getmany` and one multi-row INSERT per batch, with no
decoding, no inbox, no job rows, no watermark. Ours does all of it: decode, inbox check, agent, claim, job row, result row.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from collections.abc import Sequence
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer
from langchain_core.language_models import FakeListChatModel

from benchmarks.catalogue import BY_NAME
from benchmarks.progress import quiet_logs
from benchmarks.queues import measure_contender
from benchmarks.system import Bench
from benchmarks.workload import bench_consumer, produce
from consumers.runtime.settlement import Settled
from consumers.worker import Worker
from infra.garbage_collection import tune_garbage_collection
from infra.kafka import client_options
from infra.settings import Settings

ARQ = BY_NAME["arq"]
# It is slower by more than that: so many fewer jobs take it long enough.
ARQ_SHARE = 20


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


def measure_round(bench: Bench, jobs: int) -> dict[str, float]:
    """Everybody once, one after the other."""
    rates: dict[str, float] = {}
    with bench.system() as system:
        asyncio.run(produce(system.settings, system.topic, jobs))
        rates["ceiling"] = asyncio.run(measure_ceiling(system.settings, system.topic, jobs))
        rates["delight"] = asyncio.run(measure_ours(system.settings, jobs))
    if ARQ.missing() is None:
        rates["arq"] = measure_contender(bench, ARQ, jobs // ARQ_SHARE).rate
    return rates


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quick", description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=30_000, help=f"of ours and the ceiling; arq gets 1/{ARQ_SHARE}")
    parser.add_argument("--seconds", type=float, default=40.0, help="begin no round that would end later")
    parser.add_argument("--rounds", type=int, default=5, help="at most so many")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    quiet_logs()
    began = time.monotonic()
    rounds: list[dict[str, float]] = []
    with Bench() as bench:
        tune_garbage_collection()
        longest = 0.0
        while len(rounds) < arguments.rounds and (
            not rounds or time.monotonic() - began + longest <= arguments.seconds
        ):
            round_began = time.monotonic()
            rounds.append(measure_round(bench, arguments.jobs))
            longest = max(longest, time.monotonic() - round_began)
    _show(rounds, arguments.jobs, as_json=arguments.json)
    return 0


def _show(rounds: Sequence[dict[str, float]], jobs: int, *, as_json: bool) -> None:
    medians = {name: statistics.median(rates[name] for rates in rounds) for name in rounds[0]}
    ours = medians["delight"]
    ratios = {name: round(ours / median, 3) for name, median in medians.items() if name != "delight"}
    if as_json:
        print(json.dumps({"jobs": jobs, "rounds": rounds, "medians": medians, "delight_to": ratios}))
        return
    print(f"{jobs:,} jobs, {len(rounds)} interleaved rounds, one process each, medians")
    for name, median in medians.items():
        of_this = f"   delight is {ratios[name]:.2f} × this" if name in ratios else ""
        print(f"  {name:<8} {median:>10,.0f} jobs/s{of_this}")
    if reason := ARQ.missing():
        print(f"  arq was not measured: {reason}")


if __name__ == "__main__":
    sys.exit(main())
