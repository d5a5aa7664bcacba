"""`delight worker --processes`: they share the work, one that is killed comes back, and all drain at SIGTERM."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from cli.worker_metrics import merge_metrics
from cli.worker_processes import WorkerProcessError, WorkerProcesses
from infra.settings import Settings
from schemas.quests import QuestRequested
from tests.support.command import COMMAND, delight, environment, reaching
from tests.support.processes import first_of_free_ports
from tests.support.quest_system import asks_for_quests, quest_system
from tests.support.system import System
from tests.support.waiting import until

PERSONS = 40
MOST_QUESTS = 5

# Ready once, then it ends: what a process does that dies again and again.
DYING = """
import http.server, os, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["DELIGHT_METRICS_PORT"])), Ready).handle_request()
sys.exit(3)
"""


@pytest.fixture(scope="module")
async def system(settings: Settings) -> AsyncIterator[System]:
    async with quest_system(settings) as system:
        yield system


@contextlib.contextmanager
def two_processes(settings: Settings, port: int, folder: Path) -> "Iterator[subprocess.Popen[bytes]]":
    with (folder / "log").open("wb") as log:
        command = subprocess.Popen(
            [*COMMAND, "worker", "quest-generation", "--processes", "2", "--folder", str(folder)],
            env=environment(
                **reaching(settings),
                DELIGHT_METRICS_PORT=str(port),
                DELIGHT_WORKER_INSTANCE_ID="pair",
                DELIGHT_LOG_JSON="true",
            ),
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        try:
            yield command
        finally:
            if command.poll() is None:
                command.kill()
                command.wait()


async def answer(port: int, path: str) -> httpx.Response | None:
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        with contextlib.suppress(httpx.TransportError):
            return await client.get(f"http://127.0.0.1:{port}/{path}")
    return None


async def ready(port: int) -> bool:
    said = await answer(port, "readyz")
    return said is not None and said.status_code == 200


async def settled(port: int) -> dict[str, float]:
    """Jobs that each process has settled since it started, by the page that Prometheus reads."""
    page = await answer(port, "metrics")
    assert page is not None
    found: dict[str, float] = {}
    for labels, value in re.findall(r"^delight_jobs_total\{(.*)\} (\S+)$", page.text, re.MULTILINE):
        process = re.search(r'process="(\d)"', labels)
        assert process is not None
        found[process.group(1)] = found.get(process.group(1), 0.0) + float(value)
    return found


async def succeeded(system: System) -> int:
    return int((await system.rows("SELECT count(*) FROM jobs WHERE status = 'succeeded'"))[0][0])


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_two_share_the_work_and_one_that_is_killed_comes_back(system: System, tmp_path: Path) -> None:
    port = first_of_free_ports(3)
    with two_processes(system.settings, port, tmp_path) as command:
        await until(lambda: ready(port), within=120, what="both processes are members of the group")
        children = psutil.Process(command.pid).children()
        assert len(children) == 2
        first = next(child for child in children if child.environ()["DELIGHT_METRICS_PORT"] == str(port + 1))

        for number in range(PERSONS):
            await asks_for_quests(system, f"early-{number}")
        await until(lambda: succeeded(system), what="work has begun")
        first.kill()
        for number in range(PERSONS):
            await asks_for_quests(system, f"late-{number}")

        async def all_done() -> bool:
            return await succeeded(system) == 2 * PERSONS

        await until(all_done, within=120, what="every event's job, those of the killed process too")
        most = await system.rows("SELECT max(n) FROM (SELECT count(*) n FROM quests GROUP BY user_id) AS each_person")
        assert most[0][0] <= MOST_QUESTS

        await until(lambda: ready(port), within=120, what="the killed process is back")
        again = psutil.Process(command.pid).children()
        assert len(again) == 2
        assert first.pid not in {child.pid for child in again}
        page = await answer(port, "metrics")
        assert page is not None
        assert 'delight_worker_restarts_total{process="1"} 1.0' in page.text

        for number in range(PERSONS):
            await system.publish(QuestRequested(user_id=f"after-{number}"))

        async def both_work() -> bool:
            shares = await settled(port)
            return len(shares) == 2 and all(shares.values())

        await until(both_work, what="both processes settle jobs")

        command.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(command.wait, 60) == 0
        assert not any(child.is_running() for child in again)
        log = (tmp_path / "log").read_text()
        assert log.count('"worker.stopped"') == 2
        assert '"how": "killed by SIGKILL"' in log


@pytest.mark.slow
def test_what_cannot_start_ends_the_command(settings: Settings) -> None:
    done = delight("worker", "no-such-group", "--processes", "2", **reaching(settings), DELIGHT_METRICS_PORT="0")
    assert done.returncode == 1
    assert "There is no consumer group 'no-such-group'" in done.stderr
    assert "A worker process ended while starting (exit code 1)." in done.stderr


@pytest.mark.timeout(120)
async def test_one_that_keeps_dying_ends_the_command(settings: Settings) -> None:
    processes = WorkerProcesses(settings, (sys.executable, "-c", DYING), 2, pauses=(0.01, 0.01))
    with pytest.raises(WorkerProcessError, match=r"ended 3 times in a row, at last with exit code 3"):
        await processes.run()
    assert [child for child in psutil.Process(os.getpid()).children() if DYING in child.cmdline()] == []


def test_metrics_of_processes_are_one_page_without_a_family_twice() -> None:
    page = "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\n" + 'jobs_total{job_type="a"} 2.0\n'
    merged = merge_metrics({"1": page, "2": page.replace("2.0", "3.0")}).decode()
    assert merged.count("# TYPE jobs_total counter") == 1
    assert 'jobs_total{job_type="a",process="1"} 2.0' in merged
    assert 'jobs_total{job_type="a",process="2"} 3.0' in merged
