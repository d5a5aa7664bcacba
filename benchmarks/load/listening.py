"""Many clients on streams, and how late a frame reaches them: `python -m benchmarks.load.listening SPEC`.

It says `connected` once all are, listens until its standard input ends, and prints JSON. Frames carry the moment when
they were due to be published, on the clock that all processes of a machine share.
"""

import asyncio
import json
import resource
import sys
import time

import orjson
import uvloop

from api.auth import mint_development_token
from benchmarks.load.http1 import get_stream
from benchmarks.load.sse import Listener
from benchmarks.open_loop import percentiles
from infra.settings import load_settings

# Each address of a client has some 28,000 ports of its own.
SOURCES = 4
OPENING_AT_A_TIME = 100
# A stream that is refused for the moment (503) is asked for again, as any client does.
TRIES = 10
PAUSE = 2.0


async def main(spec: dict[str, int]) -> None:
    settings, loop = load_settings(), asyncio.get_running_loop()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    latencies: list[float] = []

    def heard(data: bytes) -> None:
        latencies.append(time.monotonic() - orjson.loads(data)["due"])

    slots = asyncio.Semaphore(OPENING_AT_A_TIME)
    listeners: list[Listener] = []

    async def connect(number: int) -> None:
        request = get_stream("/api/v1/sse/updates", mint_development_token(settings, f"listener-{number}"))
        async with slots:
            for left in reversed(range(TRIES)):
                _, listener = await loop.create_connection(
                    lambda: Listener(request, heard),
                    "127.0.0.1",
                    settings.api_port,
                    local_addr=(f"127.0.0.{2 + number % SOURCES}", 0),
                )
                try:
                    await listener.ready
                    break
                except ConnectionError:
                    if not left:
                        raise
                    listener.close()
                    await asyncio.sleep(PAUSE)
        listeners.append(listener)

    began = time.monotonic()
    await asyncio.gather(*map(connect, range(spec["clients"])))
    print(f"connected {time.monotonic() - began:.1f}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(json.dumps({"received": len(latencies), "latency_ms": percentiles(latencies)}), flush=True)
    for listener in listeners:
        listener.close()


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.argv[1])))
