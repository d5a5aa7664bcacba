"""Jobs per second of every contender, in interleaved rounds, read off the rows that the jobs left."""

import asyncio
import contextlib
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.catalogue import ALL, BY_NAME, Contender
from benchmarks.process import MeasuredProcess, ProcessFailed, running
from benchmarks.progress import Progress
from benchmarks.restate_server import restate_running
from benchmarks.system import Bench, BenchSystem, free_port
from benchmarks.versions import version_of
from benchmarks.workload import produce

# A contender that needs longer is measured on what it did until then.
TIME_LIMIT = 30.0
ENQUEUE_PATIENCE = 240.0
START_PATIENCE = 60.0
# The first tenth is warming up: pools fill, code is compiled, plans are made.
WARMING_UP = 0.1

_COUNT = "SELECT count(*) FROM bench_results"
_SPAN = """
    WITH numbered AS (SELECT saved_at, row_number() OVER (ORDER BY saved_at) AS n FROM bench_results)
    SELECT count(*), extract(epoch FROM max(saved_at) - min(saved_at))::float8 FROM numbered WHERE n > %s
"""


@dataclass(frozen=True)
class Run:
    """One contender in one round."""

    rate: float
    jobs: int
    memory_mib: float
    cpu_seconds: float


def measure_queues(
    bench: Bench, progress: Progress, *, jobs: int, rounds: int, only: Sequence[str] = ()
) -> dict[str, Any]:
    """Every contender once per round, so that a change of the machine's mood meets all of them."""
    contenders = [BY_NAME[name] for name in only] if only else list(ALL)
    absent = {contender.name: reason for contender in contenders if (reason := contender.missing())}
    runs: dict[str, list[Run]] = {}
    for number in range(1, rounds + 1):
        for contender in contenders:
            if contender.name in absent:
                continue
            progress.step(f"round {number} of {rounds}: {contender.name}")
            try:
                run = measure_contender(bench, contender, jobs * contender.jobs_factor)
            except ProcessFailed as error:
                absent[contender.name] = str(error)
                progress.warn(f"{contender.name} failed: {error}")
                continue
            runs.setdefault(contender.name, []).append(run)
            progress.say(f"{contender.name:<11} {run.rate:>9,.0f} jobs/s")
    return {
        "jobs": jobs,
        "contenders": {name: _summary(BY_NAME[name], of_name) for name, of_name in runs.items()},
        "not_run": absent,
    }


def measure_contender(bench: Bench, contender: Contender, count: int, *, workers: int = 1, prefilled: int = 0) -> Run:
    """One run on a system of its own: enqueue all, start the worker, read the rate when the rows are there."""
    with bench.system(rows=prefilled) as system:
        if contender.enqueue is None:
            asyncio.run(produce(system.settings, system.topic, count))
        else:
            command = [word.format(count=count) for word in contender.enqueue]
            with running([command], system.environment(), system.folder) as (enqueuing,):
                enqueuing.wait(ENQUEUE_PATIENCE)
        with _working(contender, system, workers) as processes:
            wait_for_results(system, processes, count)
        rate, done = rate_of_results(system, count)
        memory = sum(process.memory for process in processes) / 2**20
        return Run(rate, done, round(memory, 1), round(sum(process.cpu_seconds for process in processes), 2))


@contextlib.contextmanager
def _working(contender: Contender, system: BenchSystem, workers: int) -> Iterator[list[MeasuredProcess]]:
    port = free_port()
    command = [word.format(service_port=port) for word in contender.work]
    with running([command] * workers, system.environment(), system.folder) as processes:
        if contender.name == "restate":
            with restate_running(system, service_port=port) as server:
                yield [*processes, server]
        else:
            yield processes


def wait_for_results(
    system: BenchSystem, processes: Sequence[MeasuredProcess], count: int, *, limit: float = TIME_LIMIT
) -> None:
    """Until `count` rows are there, or `limit` seconds after the first one."""
    started, first = time.monotonic(), None
    with system.connect() as connection:
        while True:
            for process in processes:
                process.check()
            row = connection.execute(_COUNT).fetchone()
            done = row[0] if row else 0
            now = time.monotonic()
            first = first or (now if done else None)
            if done >= count or (first is not None and now - first > limit):
                return
            if first is None and now - started > START_PATIENCE:
                raise ProcessFailed(f"no result within {START_PATIENCE:.0f} s: {processes[0].last_lines()}")
            time.sleep(0.2)


def rate_of_results(system: BenchSystem, count: int) -> tuple[float, int]:
    """Jobs per second after the warming up, and how many jobs are done."""
    with system.connect() as connection:
        row = connection.execute(_COUNT).fetchone()
        done = row[0] if row else 0
        measured = connection.execute(_SPAN, (int(min(done, count) * WARMING_UP),)).fetchone()
    assert measured is not None
    jobs, seconds = measured  # type: ignore[misc]
    return (jobs - 1) / seconds if seconds else 0.0, done


def _summary(contender: Contender, runs: Sequence[Run]) -> dict[str, Any]:
    return {
        "rates": [round(run.rate, 1) for run in runs],
        "median": round(statistics.median(run.rate for run in runs), 1),
        "jobs": max(run.jobs for run in runs),
        "memory_mib": statistics.median(run.memory_mib for run in runs),
        "cpu_seconds": statistics.median(run.cpu_seconds for run in runs),
        "version": version_of(contender),
    }
