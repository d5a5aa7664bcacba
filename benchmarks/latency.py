"""From POST to the frame on the person's stream, at shares of the capacity, in an open loop."""

import sys
from typing import Any

from benchmarks.edge import describe, edge_running, run_load
from benchmarks.process import running
from benchmarks.progress import Progress
from benchmarks.system import Bench

PEOPLE = 200
CONNECTIONS = 256


def measure_latency(bench: Bench, progress: Progress, *, seconds: float, rounds: int) -> dict[str, Any]:
    """One edge and one worker, whose agent does nothing: what remains is the platform's own time.

    The round that is the median at half load, with the capacity and the half load of each.
    """
    measured = []
    for number in range(1, rounds + 1):
        progress.step(f"round {number} of {rounds}: capacity, then 10 %, 50 % and 80 % of it")
        measured.append(_measure_once(bench, seconds))
        progress.say(f"capacity {measured[-1]['capacity']:,.0f} events/s")
        for load in measured[-1]["loads"]:
            progress.say(f"{load['share']:.0%} of it: {describe(load['latency_ms'])}")
    measured.sort(key=lambda result: float(half_load(result)["latency_ms"]["p50"]))
    each = [{"capacity": result["capacity"], "half_load": half_load(result)} for result in measured]
    return measured[(rounds - 1) // 2] | {"rounds": each}


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
