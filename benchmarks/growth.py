"""Whether jobs per second stay the same while the table grows, and what more worker processes bring."""

import statistics
from collections.abc import Sequence
from typing import Any

from benchmarks.catalogue import BY_NAME
from benchmarks.progress import Progress
from benchmarks.queues import measure_contender
from benchmarks.system import Bench

ROWS = (10_000, 100_000, 1_000_000)
WORKERS = (1, 2, 4)


def measure_growth(
    bench: Bench, progress: Progress, *, jobs: int, rounds: int, rows: Sequence[int] = ROWS
) -> dict[str, Any]:
    """Each size and each number of workers once per round."""
    ours = BY_NAME["delight"]
    count = jobs * ours.jobs_factor
    by_rows: dict[str, list[float]] = {str(number): [] for number in rows}
    by_workers: dict[str, list[float]] = {str(number): [] for number in WORKERS}
    for number in range(1, rounds + 1):
        for prefilled in rows:
            progress.step(f"round {number} of {rounds}: {prefilled:,} rows in `jobs` before")
            rate = measure_contender(bench, ours, count, prefilled=prefilled).rate
            by_rows[str(prefilled)].append(round(rate, 1))
            progress.say(f"{prefilled:>9,} rows {rate:>9,.0f} jobs/s")
        for workers in WORKERS:
            progress.step(f"round {number} of {rounds}: {workers} worker processes")
            rate = measure_contender(bench, ours, count, workers=workers).rate
            by_workers[str(workers)].append(round(rate, 1))
            progress.say(f"{workers:>9} workers {rate:>6,.0f} jobs/s")
    medians = {name: statistics.median(rates) for name, rates in by_rows.items()}
    first = medians[str(rows[0])]
    return {
        "jobs": count,
        "rows": by_rows,
        "workers": by_workers,
        "flatness": round(min(medians.values()) / first, 3),
    }
