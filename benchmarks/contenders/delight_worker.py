"""Delight: what `delight worker` runs, with the one consumer of the benchmark. Logging and metrics are on."""

import argparse
import asyncio

from benchmarks.workload import CONSUMERS
from consumers.worker import Worker
from infra.garbage_collection import tune_garbage_collection
from infra.health_server import serve_health
from infra.logging import configure_logging
from infra.settings import load_settings
from infra.shutdown import shutdown_event


async def run(name: str, *, tuned: bool) -> None:
    settings = load_settings()
    configure_logging(settings, process="worker")
    stop = shutdown_event()
    worker = Worker(settings, [CONSUMERS[name]])
    if tuned:
        tune_garbage_collection()
    async with serve_health(settings, alive=worker.alive, ready=worker.ready):
        running = asyncio.create_task(worker.run())
        await stop.wait()
        worker.stop()
        await running


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("consumer", choices=sorted(CONSUMERS))
    parser.add_argument("--default-gc", action="store_true", help="leave the garbage collector as Python sets it")
    arguments = parser.parse_args()
    asyncio.run(run(arguments.consumer, tuned=not arguments.default_gc))
