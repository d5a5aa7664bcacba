"""How many requests the edge accepts in a second, and how fast, against a handler that does nothing but send to Kafka."""

import contextlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx

from benchmarks.process import MeasuredProcess, ProcessFailed, running
from benchmarks.progress import Progress
from benchmarks.system import ROOT, Bench, BenchSystem

EDGE = ("quest.requested", "bench.retry")
COMMANDS = {
    "bare": (sys.executable, "-m", "benchmarks.contenders.bare_edge"),
    "delight": (sys.executable, "-m", "cli", "api"),
}
START_PATIENCE = 60.0
CONNECTIONS = 64
PEOPLE = 2_000


def measure_edge(bench: Bench, progress: Progress, *, seconds: float, rounds: int) -> dict[str, Any]:
    """The most that both accept, in turns, and then their latency at half of what ours accepted."""
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in COMMANDS}
    at_rate: dict[str, dict[str, Any]] = {}
    with bench.system(topics=EDGE) as system:
        for number in range(1, rounds + 1):
            for name in COMMANDS:
                progress.step(f"round {number} of {rounds}: {name}")
                with edge_running(system, name) as process:
                    answer = post_load(system, seconds=seconds)
                results[name].append(answer | {"memory_mib": process.memory / 2**20})
                progress.say(f"{name:<8} {answer['rate']:>8,.0f} accepted/s, {describe(answer['latency_ms'])}")
        rate = statistics.median(result["rate"] for result in results["delight"]) / 2
        for name in COMMANDS:
            progress.step(f"{name} at {rate:,.0f} requests/s by the clock")
            with edge_running(system, name):
                at_rate[name] = post_load(system, seconds=seconds, rate=rate)
            progress.say(f"{name:<8} at {rate:,.0f}/s: {describe(at_rate[name]['latency_ms'])}")
    medians = {name: statistics.median(result["rate"] for result in of_name) for name, of_name in results.items()}
    return {
        "seconds": seconds,
        "connections": CONNECTIONS,
        "rounds": results,
        "median_rate": medians,
        "share_of_bare": round(medians["delight"] / medians["bare"], 3),
        "half_load": {"rate": round(rate, 1), **at_rate},
    }


@contextlib.contextmanager
def edge_running(system: BenchSystem, name: str) -> Iterator[MeasuredProcess]:
    """The edge of this name, answering."""
    with running([COMMANDS[name]], system.environment(), system.folder) as (process,):
        deadline = time.monotonic() + START_PATIENCE
        while True:
            process.check()
            with contextlib.suppress(httpx.HTTPError):
                # Any answer will do: the bare one has no page for its health.
                httpx.get(f"http://127.0.0.1:{system.settings.api_port}/livez")
                break
            if time.monotonic() > deadline:
                raise ProcessFailed(f"{name} does not answer: {process.last_lines()}")
            time.sleep(0.1)
        yield process


def post_load(
    system: BenchSystem, *, seconds: float, rate: float | None = None, connections: int = CONNECTIONS
) -> dict[str, Any]:
    """POST from another process; what came back."""
    spec = {"people": PEOPLE, "connections": connections, "seconds": seconds, "warm_seconds": min(2.0, seconds / 3)}
    return run_load("posting", system, spec | ({"rate": rate} if rate else {}))


def run_load(module: str, system: BenchSystem, spec: dict[str, Any]) -> dict[str, Any]:
    """Run a load to its end. Raises `ProcessFailed` with what it said when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.load.{module}", json.dumps(spec)],
        env=system.environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ProcessFailed(f"the load failed: {done.stderr[-1_000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def describe(latency: dict[str, float]) -> str:
    return ", ".join(f"{name} {latency[name]:g} ms" for name in ("p50", "p99", "p99.9") if name in latency)
