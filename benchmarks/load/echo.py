"""From POST to the frame on the person's stream, by the clock: `python -m benchmarks.load.echo SPEC`, JSON comes out.

Without a `rate` the stages are found out first: how many events come back per second when a bounded number is under way.
"""

import asyncio
import json
import sys
import time
from collections import deque

import orjson
import uvloop

from api.auth import mint_development_token
from benchmarks.load.http1 import Connection, get_stream, post
from benchmarks.load.posting import ACCEPTED, BODY
from benchmarks.load.sse import Listener
from benchmarks.open_loop import percentiles, send_by_the_clock, wait_until
from infra.settings import load_settings

# What may be under way at once while the capacity is measured.
OUTSTANDING = 200
PATIENCE = 20.0


class Echo:
    """POSTs for all persons and waits for each event's `job.succeeded` on its person's stream."""

    def __init__(self, people: int, connections: int) -> None:
        self._settings = load_settings()
        tokens = [mint_development_token(self._settings, f"person-{number}") for number in range(people)]
        self._streams = [get_stream("/api/v1/sse/jobs", token) for token in tokens]
        self._requests = [post("/api/v1/quests/request", token, BODY) for token in tokens]
        self._connections = connections
        self._free: deque[Connection] = deque()
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._due: dict[str, float] = {}
        # A frame may come before the answer to its POST.
        self._early: dict[str, float] = {}
        self._sent = 0
        self.latencies: list[float] = []
        self.refused = 0
        self.on_echo = lambda: None

    async def open(self) -> None:
        """Open the streams and the connections."""
        loop, port = asyncio.get_running_loop(), self._settings.api_port
        for request in self._streams:
            _, listener = await loop.create_connection(lambda r=request: Listener(r, self._heard), "127.0.0.1", port)
            await listener.ready
        opening = (Connection.open("127.0.0.1", port) for _ in range(self._connections))
        self._free.extend(await asyncio.gather(*opening))

    @property
    def done(self) -> int:
        return len(self.latencies) + self.refused

    def send(self, due: float) -> None:
        """POST for the next person; what finds no free connection waits for one, and its waiting counts."""
        self._sent += 1
        request = self._requests[self._sent % len(self._requests)]
        if self._free:
            self._start(self._free.popleft(), due, request)
        else:
            self._waiting.append((due, request))

    def forget(self) -> None:
        """Begin to count anew."""
        self.latencies.clear()
        self.refused = 0

    def _start(self, connection: Connection, due: float, request: bytes) -> None:
        def answered(status: int, body: bytes) -> None:
            if status == ACCEPTED:
                self._accepted(orjson.loads(body)["job_id"], due)
            else:
                self.refused += 1
                self.on_echo()
            if self._waiting:
                self._start(connection, *self._waiting.popleft())
            else:
                self._free.append(connection)

        connection.request(request, answered)

    def _accepted(self, job_id: str, due: float) -> None:
        heard = self._early.pop(job_id, None)
        if heard is None:
            self._due[job_id] = due
        else:
            self._finish(heard - due)

    def _heard(self, data: bytes) -> None:
        now = time.monotonic()
        frame = orjson.loads(data)
        if frame["type"] != "job.succeeded":
            return
        due = self._due.pop(frame["job_id"], None)
        if due is None:
            self._early[frame["job_id"]] = now
        else:
            self._finish(now - due)

    def _finish(self, seconds: float) -> None:
        self.latencies.append(seconds)
        self.on_echo()


async def capacity(echo: Echo, seconds: float) -> float:
    """Events per second from POST to frame while `OUTSTANDING` are under way."""
    end = time.monotonic() + seconds
    finished = asyncio.get_running_loop().create_future()
    counted = 0

    def again() -> None:
        nonlocal counted
        if time.monotonic() < end:
            counted += 1
            echo.send(time.monotonic())
        elif not finished.done():
            finished.set_result(None)

    echo.on_echo = again
    for _ in range(OUTSTANDING):
        echo.send(time.monotonic())
    await asyncio.wait_for(finished, seconds + PATIENCE)
    echo.on_echo = lambda: None
    await asyncio.sleep(1)
    return counted / seconds


async def by_the_clock(echo: Echo, rate: float, seconds: float) -> dict[str, object]:
    """Latencies at this rate."""
    echo.forget()
    asked = await send_by_the_clock(echo.send, rate=rate, seconds=seconds)
    await wait_until(lambda: echo.done >= asked, PATIENCE)
    return {
        "rate": round(rate, 1),
        "asked": asked,
        "echoed": len(echo.latencies),
        "refused": echo.refused,
        "latency_ms": percentiles(echo.latencies),
    }


async def main(spec: dict[str, float]) -> None:
    echo = Echo(int(spec["people"]), int(spec["connections"]))
    await echo.open()
    await capacity(echo, spec["warm_seconds"])
    most = await capacity(echo, spec["capacity_seconds"])
    loads = [{"share": share} | await by_the_clock(echo, most * share, spec["seconds"]) for share in (0.1, 0.5, 0.8)]
    print(json.dumps({"capacity": round(most, 1), "loads": loads}))


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.argv[1])))
