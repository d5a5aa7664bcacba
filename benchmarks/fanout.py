"""Ten thousand listeners on one edge: what each costs, and how late frames reach them."""

import asyncio
import contextlib
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.edge import EDGE, describe, edge_running
from benchmarks.open_loop import send_by_the_clock
from benchmarks.process import ProcessFailed
from benchmarks.progress import Progress
from benchmarks.system import ROOT, Bench, BenchSystem
from infra.frame_publisher import UPDATES, FramePublisher, OutgoingFrame
from infra.redis import create_redis

SETTLING_SECONDS = 2.0


def measure_fanout(
    bench: Bench, progress: Progress, *, clients: int, seconds: float, rate: float = 500.0
) -> dict[str, Any]:
    """Connect them all, publish to random ones by the clock, then to everyone at once."""
    with bench.system(topics=EDGE) as system, edge_running(system, "delight") as edge:
        before = edge.resident()
        progress.step(f"{clients:,} clients connect")
        with _listening(system, clients) as listening:
            said = _line(listening)
            connected = float(said.split()[1])
            time.sleep(SETTLING_SECONDS)
            after = edge.resident()
            per_client = (after - before) / clients / 1024
            progress.say(f"connected in {connected:.0f} s; {per_client:.1f} KiB each")
            progress.step(f"{rate:,.0f} frames a second to random ones, then one to everybody")
            published = asyncio.run(_publish(system, clients, rate, seconds))
            time.sleep(SETTLING_SECONDS)
            scattered = _finish(listening)
        with _listening(system, clients) as listening:
            _line(listening)
            asyncio.run(_broadcast(system, clients))
            time.sleep(SETTLING_SECONDS + clients / 2_000)
            broadcast = _finish(listening)
        peak = edge.memory
    progress.say(f"{rate:,.0f}/s: {describe(scattered['latency_ms'])}; received {scattered['received']} of {published}")
    progress.say(f"to everybody at once: {describe(broadcast['latency_ms'])}; {broadcast['received']} of {clients}")
    return {
        "clients": clients,
        "connect_seconds": connected,
        "kib_per_client": round(per_client, 1),
        "memory_mib": round(after / 2**20),
        "peak_memory_mib": round(peak / 2**20),
        "rate": rate,
        "published": published,
        "scattered": scattered,
        "broadcast": broadcast,
    }


@contextlib.contextmanager
def _listening(system: BenchSystem, clients: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load.listening", json.dumps({"clients": clients})],
        env=system.environment(),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise ProcessFailed("the listeners failed; what they said stands above")
    return line


def _finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdin is not None
    process.stdin.close()
    result: dict[str, Any] = json.loads(_line(process))
    return result


def _frame(listener: int, number: int, due: float) -> OutgoingFrame:
    data = json.dumps({"type": "job.succeeded", "due": due, "text": "x" * 200})
    return OutgoingFrame(f"listener-{listener}", UPDATES, f"{due}-{number}", "job.succeeded", data)


async def _publish(system: BenchSystem, clients: int, rate: float, seconds: float) -> int:
    redis = create_redis(system.settings)
    publisher = FramePublisher(redis, keep=500)
    sending: set[asyncio.Task[None]] = set()
    number = 0

    def send(due: float) -> None:
        nonlocal number
        number += 1
        task = asyncio.create_task(publisher.publish([_frame(random.randrange(clients), number, due)]))
        sending.add(task)
        task.add_done_callback(sending.discard)

    total = await send_by_the_clock(send, rate=rate, seconds=seconds)
    await asyncio.gather(*sending)
    await redis.aclose()
    return total


async def _broadcast(system: BenchSystem, clients: int) -> None:
    redis = create_redis(system.settings)
    due = time.monotonic()
    await FramePublisher(redis, keep=500).publish([_frame(listener, listener, due) for listener in range(clients)])
    await redis.aclose()
