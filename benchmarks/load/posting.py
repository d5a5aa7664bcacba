"""POST to the edge, as fast as it answers or by the clock: `python -m benchmarks.load.posting SPEC`, JSON comes out."""

import asyncio
import json
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field

import uvloop

from api.auth import mint_development_token
from benchmarks.load.http1 import Connection, post
from benchmarks.open_loop import percentiles, send_by_the_clock, wait_until
from infra.settings import load_settings

BODY = json.dumps({"count": 3, "energy_level": "medium", "minutes_available": 25}).encode()
ACCEPTED = 202


@dataclass
class Tally:
    """What came back."""

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def add(self, status: int, seconds: float) -> None:
        self.statuses[status] += 1
        if status == ACCEPTED:
            self.latencies.append(seconds)

    def report(self, seconds: float) -> dict[str, object]:
        return {
            "rate": round(len(self.latencies) / seconds, 1),
            "latency_ms": percentiles(self.latencies),
            "refused": sum(count for status, count in self.statuses.items() if status != ACCEPTED),
        }


async def as_fast_as_answered(
    connections: list[Connection], requests: list[bytes], seconds: float
) -> dict[str, object]:
    """Each connection sends its next request when the last one is answered."""
    tally, loop = Tally(), asyncio.get_running_loop()
    begin = time.monotonic()
    end = begin + seconds
    finished = loop.create_future()
    active, sent = len(connections), 0

    def send(connection: Connection) -> None:
        nonlocal active, sent
        began = time.monotonic()
        if began >= end:
            active -= 1
            if not active:
                finished.set_result(None)
            return
        sent += 1

        def answered(status: int, _body: bytes) -> None:
            tally.add(status, time.monotonic() - began)
            send(connection)

        connection.request(requests[sent % len(requests)], answered)

    for connection in connections:
        send(connection)
    await finished
    return tally.report(time.monotonic() - begin)


async def by_the_clock(
    connections: list[Connection], requests: list[bytes], rate: float, seconds: float
) -> dict[str, object]:
    """Open loop: what finds no free connection waits for one, and its waiting counts."""
    tally = Tally()
    free, waiting = deque(connections), deque[tuple[float, bytes]]()
    sent = 0

    def start(connection: Connection, due: float, request: bytes) -> None:
        def answered(status: int, _body: bytes) -> None:
            tally.add(status, time.monotonic() - due)
            if waiting:
                start(connection, *waiting.popleft())
            else:
                free.append(connection)

        connection.request(request, answered)

    def send(due: float) -> None:
        nonlocal sent
        sent += 1
        request = requests[sent % len(requests)]
        if free:
            start(free.popleft(), due, request)
        else:
            waiting.append((due, request))

    total = await send_by_the_clock(send, rate=rate, seconds=seconds)
    await wait_until(lambda: tally.statuses.total() >= total, 30)
    return tally.report(seconds) | {"asked": total}


async def main(spec: dict[str, float]) -> None:
    settings = load_settings()
    tokens = (mint_development_token(settings, f"person-{number}") for number in range(int(spec["people"])))
    requests = [post("/api/v1/quests/request", token, BODY) for token in tokens]
    opening = (Connection.open("127.0.0.1", settings.api_port) for _ in range(int(spec["connections"])))
    connections = await asyncio.gather(*opening)
    await as_fast_as_answered(connections, requests, spec["warm_seconds"])
    if rate := spec.get("rate"):
        result = await by_the_clock(connections, requests, rate, spec["seconds"])
    else:
        result = await as_fast_as_answered(connections, requests, spec["seconds"])
    print(json.dumps(result))


if __name__ == "__main__":
    uvloop.run(main(json.loads(sys.argv[1])))
