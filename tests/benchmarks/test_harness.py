"""The harness says what it measured: percentiles, open-loop scheduling, declarations, merging and the page."""

import asyncio
import json
from pathlib import Path

import pytest

from benchmarks.catalogue import ALL, Contender
from benchmarks.load.http1 import Connection, post
from benchmarks.load.sse import Listener
from benchmarks.open_loop import percentiles, send_by_the_clock
from benchmarks.results import load_results, merge_part
from benchmarks.system import ROOT
from benchmarks.table import render, targets_of


def test_percentiles_are_values_that_were_measured() -> None:
    values = [number / 1_000 for number in range(1, 1_001)]
    assert percentiles(list(reversed(values))) == {"p50": 500, "p90": 900, "p99": 990, "p99.9": 999, "max": 1_000}
    assert percentiles([0.004]) == {"p50": 4, "p90": 4, "p99": 4, "p99.9": 4, "max": 4}
    assert percentiles([]) == {}


async def test_a_late_sender_sends_what_was_due_meanwhile_with_the_moments_when_it_was_due() -> None:
    now = 100.0
    sent: list[tuple[float, float]] = []

    async def sleep(seconds: float) -> None:
        nonlocal now
        # The machine stalls for half a second instead of waking in time.
        now += 0.5 if len(sent) == 2 else seconds

    asked = await send_by_the_clock(
        lambda due: sent.append((round(due, 3), round(now, 3))), rate=10, seconds=1, clock=lambda: now, sleep=sleep
    )

    assert asked == 10
    assert [due for due, _ in sent] == [100.0, 100.1, 100.2, 100.3, 100.4, 100.5, 100.6, 100.7, 100.8, 100.9]
    # Five were due during the stall: all leave at its end, and what they waited will count as their latency.
    assert [at for _, at in sent] == [100.0, 100.1, 100.6, 100.6, 100.6, 100.6, 100.6, 100.7, 100.8, 100.9]


@pytest.mark.parametrize("contender", ALL, ids=lambda one: one.name)
def test_every_contender_declares_what_it_guarantees_and_how_it_is_run(contender: Contender) -> None:
    for field in ("settings", "delivery", "effects", "ordering", "transport", "package"):
        assert getattr(contender, field), field
    modules = [
        word.rpartition("benchmarks.contenders.")[2].split(":")[0]
        for word in (*contender.work, *(contender.enqueue or ()))
        if "benchmarks.contenders." in word
    ]
    assert modules
    for module in modules:
        assert (ROOT / "benchmarks" / "contenders" / f"{module}.py").exists()


def _queues(**rates: list[float]) -> dict[str, object]:
    contenders = {
        name: {
            "rates": of_name,
            "median": sorted(of_name)[len(of_name) // 2],
            "jobs": 10,
            "memory_mib": 1,
            "cpu_seconds": 1,
            "version": "1",
        }
        for name, of_name in rates.items()
    }
    circumstances = {
        "measured_at": "2026-01-01T00:00:00",
        "command": "c",
        "machine": {"commit": "abc", "cores": 2, "processor": "p", "memory_gib": 4, "system": "s"},
        "servers": {},
        "load_average_before": 0.1,
    }
    return {"jobs": 10, "contenders": contenders, "not_run": {}, "circumstances": circumstances}


def test_rounds_that_are_added_count_with_those_before(tmp_path: Path) -> None:
    merge_part(tmp_path, "queues", _queues(ceiling=[100.0], delight=[40.0], taskiq=[2.0]), add=False)
    merge_part(tmp_path, "queues", _queues(delight=[60.0, 50.0], arq=[1.0]), add=True)

    contenders = load_results(tmp_path)["queues"]["contenders"]
    assert contenders["delight"]["rates"] == [40.0, 60.0, 50.0]
    assert contenders["delight"]["median"] == 50.0
    assert set(contenders) == {"ceiling", "delight", "taskiq", "arq"}


def test_the_page_says_which_targets_were_missed() -> None:
    results = {"queues": _queues(ceiling=[100.0], delight=[40.0], taskiq=[2.0])}

    assert targets_of(results) == [
        ["jobs/s ≥ 10 × the best other Python queue", "20.0 × taskiq", "met"],
        ["jobs/s ≥ 0.45 of the ceiling", "0.40", "**missed**"],
    ]
    assert "at least once" in render(results)


async def test_the_load_reads_answers_and_frames_however_they_are_cut() -> None:
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        if request.startswith(b"POST"):
            body = await reader.readexactly(2)
            pieces = [b"HTTP/1.1 202 Accepted\r\nContent-Le", b"ngth: 6\r\n\r", b"\n<" + body, b">ab"]
        else:
            pieces = [b"HTTP/1.1 200 OK\r\n\r\n", b": connected\n", b'\nid: 1\nevent: e\ndata: {"a"', b":1}\n\n"]
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        connection = await Connection.open("127.0.0.1", port)
        answer: asyncio.Future[tuple[int, bytes]] = asyncio.get_running_loop().create_future()
        connection.request(post("/x", "token", b"{}"), lambda status, body: answer.set_result((status, body)))
        assert await asyncio.wait_for(answer, 5) == (202, b"<{}>ab")
        connection.close()

        received: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def on_frame(data: bytes) -> None:
            heard.append(data)
            received.set_result(None)

        _, listener = await asyncio.get_running_loop().create_connection(
            lambda: Listener(b"GET / HTTP/1.1\r\n\r\n", on_frame), "127.0.0.1", port
        )
        await asyncio.wait_for(listener.ready, 5)
        await asyncio.wait_for(received, 5)
        listener.close()
    assert json.loads(heard[0]) == {"a": 1}


async def test_a_listener_that_is_refused_knows_at_once_though_the_connection_stays_open() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 2\r\n\r\n{}")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        _, listener = await asyncio.get_running_loop().create_connection(
            lambda: Listener(b"GET / HTTP/1.1\r\n\r\n", lambda _data: None), "127.0.0.1", port
        )
        with pytest.raises(ConnectionError, match="503"):
            await asyncio.wait_for(listener.ready, 5)
        listener.close()
