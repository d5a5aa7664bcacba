"""Agents that wait for a second, as a language model makes them, 2,000 at a time in one worker."""

import asyncio
import sys
from typing import Any

from benchmarks.process import running
from benchmarks.progress import Progress
from benchmarks.queues import wait_for_results
from benchmarks.system import Bench
from benchmarks.workload import produce, slow_consumer

# From the start of the first agent, a second before its row, to the last row.
_SPAN = """
    SELECT count(*), extract(epoch FROM max(saved_at) - min(saved_at))::float8 + 1 FROM bench_results
"""


def measure_agents(bench: Bench, progress: Progress, *, seconds: float) -> dict[str, Any]:
    """Enough jobs for so many seconds; the ideal is as many a second as may run at once, from first to last."""
    in_flight = slow_consumer.policy.concurrency
    count = int(in_flight * seconds)
    with bench.system() as system:
        progress.step(f"{count:,} jobs of 1 s, {in_flight:,} at a time")
        asyncio.run(produce(system.settings, system.topic, count))
        command = [sys.executable, "-m", "benchmarks.contenders.delight_worker", "slow"]
        with running([command], system.environment(), system.folder) as (worker,):
            wait_for_results(system, [worker], count, limit=seconds * 3)
        with system.connect() as connection:
            row = connection.execute(_SPAN).fetchone()
    assert row is not None
    jobs, span = row  # type: ignore[misc]
    rate = jobs / span
    progress.say(f"{rate:,.0f} jobs/s, {rate / in_flight:.1%} of the ideal; {worker.memory / 2**20:.0f} MiB")
    return {
        "in_flight": in_flight,
        "jobs": count,
        "rate": round(rate, 1),
        "share_of_ideal": round(rate / in_flight, 4),
        "memory_mib": round(worker.memory / 2**20),
        "cpu_seconds": round(worker.cpu_seconds, 1),
    }
