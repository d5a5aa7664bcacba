"""From POST to the frame on the person's stream, at shares of the capacity, in an open loop."""

import statistics
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.edge import describe, edge_running, run_load
from benchmarks.process import running
from benchmarks.progress import Progress
from benchmarks.system import Bench

PEOPLE = 200
CONNECTIONS = 256


def measure_latency(bench: Bench, progress: Progress, *, seconds: float, rounds: int) -> dict[str, Any]:
    """One edge and one worker, whose agent does nothing: what remains is the platform's own time.

    Medians of the rounds, figure by figure, and what was measured in each.
    """
    measured = []
    for number in range(1, rounds + 1):
        progress.step(f"round {number} of {rounds}: capacity, then 10 %, 50 % and 80 % of it")
        measured.append(_measure_once(bench, seconds))
        progress.say(f"capacity {measured[-1]['capacity']:,.0f} events/s")
        for load in measured[-1]["loads"]:
            progress.say(f"{load['share']:.0%} of it: {describe(load['latency_ms'])}")
    return {
        "capacity": statistics.median(one["capacity"] for one in measured),
        "loads": [_medians(loads) for loads in zip(*(one["loads"] for one in measured), strict=True)],
        "rounds": measured,
    }


def _medians(loads: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Of the same share of the capacity in each round."""
    return {
        "share": loads[0]["share"],
        "rate": round(statistics.median(load["rate"] for load in loads), 1),
        "latency_ms": {
            name: statistics.median(load["latency_ms"][name] for load in loads) for name in loads[0]["latency_ms"]
        },
    }


def half_load(result: dict[str, Any]) -> dict[str, Any]:
    """What was measured at half of the capacity."""
    found: dict[str, Any] = next(load for load in result["loads"] if load["share"] == 0.5)
    return found


def _measure_once(bench: Bench, seconds: float) -> dict[str, Any]:
    with bench.system(topics=("quest.requested", "bench.retry")) as system:
        worker = [sys.executable, "-m", "benchmarks.contenders.delight_worker", "echo"]
        with edge_running(system, "delight"), running([worker], system.environment(), system.folder):
            spec = {
                "people": PEOPLE,
                "connections": CONNECTIONS,
                "seconds": seconds,
                # A broker that has run for a while has its code compiled; one that has not takes a processor for that.
                "warm_seconds": min(20.0, 2 * seconds),
                "capacity_seconds": min(8.0, seconds),
            }
            return run_load("echo", system, spec)
