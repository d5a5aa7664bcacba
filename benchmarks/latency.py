"""From POST to the frame on the person's stream, at shares of the capacity, in an open loop."""

import sys
from typing import Any

from benchmarks.edge import describe, edge_running, run_load
from benchmarks.process import running
from benchmarks.progress import Progress
from benchmarks.system import Bench

PEOPLE = 200
CONNECTIONS = 256


def measure_latency(bench: Bench, progress: Progress, *, seconds: float) -> dict[str, Any]:
    """One edge and one worker, whose agent does nothing: what remains is the platform's own time."""
    with bench.system(topics=("quest.requested", "bench.retry")) as system:
        worker = [sys.executable, "-m", "benchmarks.contenders.delight_worker", "echo"]
        with edge_running(system, "delight"), running([worker], system.environment(), system.folder):
            progress.step("POST to frame: capacity, then 10 %, 50 % and 80 % of it")
            spec = {
                "people": PEOPLE,
                "connections": CONNECTIONS,
                "seconds": seconds,
                # A broker that has run for a while has its code compiled; one that has not takes a processor for that.
                "warm_seconds": min(20.0, 2 * seconds),
                "capacity_seconds": min(8.0, seconds),
            }
            result = run_load("echo", system, spec)
    progress.say(f"capacity {result['capacity']:,.0f} events/s")
    for load in result["loads"]:
        progress.say(f"{load['share']:.0%} of it: {describe(load['latency_ms'])}")
    return result
