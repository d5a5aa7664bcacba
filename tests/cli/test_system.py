"""`up`, what runs under it, and `down`: one system of its own, in the background, for all these tests."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import psutil
import pytest

from cli.folder import ProjectFolder
from tests.support.command import COMMAND, delight, environment

pytestmark = pytest.mark.slow

PATIENCE = 240.0


@dataclass(frozen=True)
class System:
    folder: Path
    welcome: str

    def run(self, *arguments: str, **extra: str) -> "subprocess.CompletedProcess[str]":
        return delight(*arguments, folder=self.folder, **extra)

    def processes(self) -> dict[str, psutil.Process]:
        """The platform's processes that run under the supervisor now, by name."""
        return platform_processes(supervisor_of(self.folder))


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen within {PATIENCE:.0f} s"
        time.sleep(0.05)


def supervisor_of(folder: Path) -> psutil.Process:
    running = ProjectFolder(folder).running()
    assert running is not None
    return psutil.Process(running.supervisor.pid)


def platform_processes(supervisor: psutil.Process) -> dict[str, psutil.Process]:
    found = {}
    for process in supervisor.children():
        try:
            command = process.cmdline()
        except psutil.NoSuchProcess:
            # It ended just now; a zombie counts as that.
            continue
        if "--supervised" in command:
            found[command[command.index("cli") + 1]] = process
    return found


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("system") / "data"
    # Too old for the web, which is left to the web's own tests.
    node = tmp_path_factory.mktemp("bin") / "node"
    node.write_text("#!/bin/sh\necho '[18,20,4]'\n")
    node.chmod(0o755)
    path = os.pathsep.join([str(node.parent), os.environ["PATH"]])
    started = delight("up", "--detach", folder=folder, seconds=120, PATH=path)
    assert started.returncode == 0, started.stderr
    yield System(folder, started.stdout)
    stopped = delight("down", folder=folder, seconds=120)
    assert stopped.returncode == 0, stopped.stderr


def test_up_prints_the_address_and_a_token_that_works(system: System) -> None:
    address = next(word for word in system.welcome.split() if word.endswith("/docs"))
    token = next(line for line in system.welcome.splitlines() if line.startswith("eyJ"))
    assert httpx.get(address, trust_env=False).status_code == 200
    answer = httpx.get(
        f"{address.removesuffix('/docs')}/api/v1/progress",
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
    assert answer.status_code == 200, answer.text


def test_up_says_in_one_line_what_the_web_lacks(system: System) -> None:
    [line] = [line for line in system.welcome.splitlines() if "web" in line]
    assert line.startswith("The web is not served: Node.js is 18.20 here; install Node.js 20.9 or newer")


def test_env_prints_exports_that_a_shell_reads(system: System) -> None:
    exports = system.run("env")
    assert exports.returncode == 0, exports.stderr
    shell = f'{exports.stdout}printf %s "$DELIGHT_ENVIRONMENT $DELIGHT_KAFKA_BOOTSTRAP_SERVERS"'
    read = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True)
    as_json = json.loads(system.run("env", "--json").stdout)
    assert read.stdout == f"development {as_json['DELIGHT_KAFKA_BOOTSTRAP_SERVERS']}"
    assert set(as_json) == {
        "DELIGHT_KAFKA_BOOTSTRAP_SERVERS",
        "DELIGHT_DATABASE_URL",
        "DELIGHT_REDIS_URL",
        "DELIGHT_API_URL",
        "DELIGHT_ENVIRONMENT",
        "DELIGHT_AUTH_DEVELOPMENT_SECRET",
    }


def test_the_secret_is_for_its_owner_only(system: System) -> None:
    assert (system.folder / "secret").stat().st_mode & 0o077 == 0


def test_doctor_finds_a_running_system_well(system: System) -> None:
    done = system.run("doctor", "--json")
    findings = json.loads(done.stdout)
    assert [finding for finding in findings if finding["verdict"] != "ok"] == []
    assert done.returncode == 0
    assert {"kafka", "topics", "postgresql", "schema", "redis", "append-only file", "vector extension"} <= {
        finding["check"] for finding in findings
    }


def test_topics_exist_and_applying_them_again_changes_nothing(system: System) -> None:
    listed = json.loads(system.run("topics", "list", "--json").stdout)
    assert all(topic["partitions"] for topic in listed)
    assert {"quest.requested", "quest-generation.retry"} <= {topic["name"] for topic in listed}
    assert "0 created now" in system.run("topics", "apply").stdout


def test_the_schema_is_the_newest(system: System) -> None:
    assert "the newest" in system.run("db", "current").stdout
    assert json.loads(system.run("db", "current", "--json").stdout)["pending"] is False


def test_a_published_event_is_handled_and_its_person_sees_it(system: System) -> None:
    published = system.run("publish", "quest.requested", "--user", "pat", "--data", '{"count": 3}')
    assert published.returncode == 0, published.stderr
    event_id = UUID(published.stdout.strip())
    token = system.run("token", "--user", "pat").stdout.strip()
    url = f"{json.loads(system.run('env', '--json').stdout)['DELIGHT_API_URL']}/api/v1/jobs/{event_id}"

    def succeeded() -> bool:
        answer = httpx.get(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
        return answer.status_code == 200 and answer.json()["status"] in {"succeeded", "rejected"}

    wait_until(succeeded, "the job's end")
    stranger = system.run("token", "--user", "somebody-else").stdout.strip()
    assert httpx.get(url, headers={"Authorization": f"Bearer {stranger}"}, trust_env=False).status_code == 404


def test_a_second_up_is_refused(system: System) -> None:
    done = system.run("up")
    assert done.returncode == 1
    assert "already runs" in done.stderr


def test_a_crashed_worker_is_started_again(system: System) -> None:
    before = system.processes()["worker"]
    before.kill()
    wait_until(
        lambda: "worker" in system.processes() and system.processes()["worker"].pid != before.pid,
        "the worker's restart",
    )
    log = (system.folder / "log" / "delight.log").read_text()
    assert "worker ended (killed by SIGKILL): starting it again in 1 s" in log


def test_ctrl_c_drains_and_stops_everything(tmp_path: Path) -> None:
    with foreground(tmp_path / "data") as supervisor:
        family = psutil.Process(supervisor.pid).children(recursive=True)
        assert {"api", "worker", "relay", "scheduler", "monitor"} == set(
            platform_processes(psutil.Process(supervisor.pid))
        )
        supervisor.send_signal(signal.SIGINT)
        said, _ = supervisor.communicate(timeout=PATIENCE)
    assert supervisor.returncode == 0
    assert "worker.stopped" in said
    assert "Stopped in" in said
    assert "\x1b" not in said
    assert [process for process in family if process.is_running()] == []
    assert ProjectFolder(tmp_path / "data").running() is None


def test_nothing_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    with foreground(tmp_path / "data") as supervisor:
        family = psutil.Process(supervisor.pid).children(recursive=True)
        supervisor.kill()
        supervisor.communicate(timeout=PATIENCE)
        wait_until(lambda: not any(process.is_running() for process in family), "the end of all processes")
    assert "Nothing runs" in delight("down", folder=tmp_path / "data").stdout


class foreground:  # noqa: N801 - used as a context manager function
    """`delight up` in the foreground, once it is ready."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> "subprocess.Popen[str]":
        self.process = subprocess.Popen(
            [*COMMAND, "up", "--no-web", "--folder", str(self.folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment(),
            # As a terminal does: the signal of Ctrl-C is for this group alone.
            start_new_session=True,
        )
        try:
            wait_until(
                lambda: ProjectFolder(self.folder).running() is not None or self.process.poll() is not None, "the start"
            )
            assert self.process.poll() is None, self.process.communicate()[0]
        except BaseException:
            self._end()
            raise
        return self.process

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.communicate(timeout=PATIENCE)
