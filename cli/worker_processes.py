"""Several worker processes under one command: started, watched, started anew when they die, and drained together.

Each is a `delight worker` of its own, an ordinary member of its groups: Kafka divides the partitions among them. It gets
a session of its own, so that Ctrl-C reaches only us and we stop them in order; its standard input is its lifeline
(`cli/lifeline.py`), so that none outlives us.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx
import structlog

from cli.folder import as_environment
from cli.worker_metrics import merge_metrics
from infra.exceptions import DelightException
from infra.health_server import serve_health
from infra.metrics import WORKER_RESTARTS
from infra.settings import Settings
from infra.shutdown import shutdown_event

log = structlog.get_logger(__name__)

# Seconds before each restart of a process that dies again and again; then the command gives up.
_PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
# A process that ran this long was well: its next death is a first one.
_WELL_AFTER_SECONDS = 60.0
# Beside the workers' own grace for running jobs: for the rest of their leave.
_STOP_MARGIN_SECONDS = 10.0
_LAST_PORT = 65_535


class WorkerProcessError(DelightException):
    """A worker process cannot be kept running."""

    code = "process_failed"


@dataclass(slots=True)
class _Member:
    number: int
    port: int
    process: asyncio.subprocess.Process | None = None
    was_ready: bool = False
    """Whether the process that runs now was ready once."""

    @property
    def name(self) -> str:
        return f"worker-{self.number}"

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.returncode is None


class WorkerProcesses:
    """`run` keeps `count` processes of `command` until SIGTERM or SIGINT.

    Health and metrics of all are served on the metrics port, those of process n on the port n above it.
    """

    def __init__(
        self, settings: Settings, command: Sequence[str], count: int, *, pauses: Sequence[float] = _PAUSES
    ) -> None:
        self._settings = settings
        self._command = tuple(command)
        self._members = [_Member(number, self._port(number)) for number in range(1, count + 1)]
        self._pauses = pauses
        self._stopping = asyncio.Event()
        self._one_was_ready = False
        self._http = httpx.AsyncClient(timeout=2.0, trust_env=False)

    async def run(self) -> None:
        """Return when all have drained. Raises `WorkerProcessError` when one cannot be kept running."""
        stop = shutdown_event()
        async with self._http, serve_health(self._settings, alive=self.alive, ready=self.ready, metrics=self.metrics):
            keepers = [asyncio.create_task(self._keep(member), name=f"keep {member.name}") for member in self._members]
            waiting = asyncio.create_task(stop.wait())
            try:
                await asyncio.wait({waiting, *keepers}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
                await self._stop(keepers)
        if errors := [error for keeper in keepers if (error := keeper.exception())]:
            raise errors[0]
        log.info("workers.stopped", processes=len(self._members))

    async def alive(self) -> dict[str, str]:
        """Processes that were well and do not answer any more. Those that start again are our affair."""
        asked = [member for member in self._members if member.runs and member.was_ready]
        return await self._problems(asked, "livez")

    async def ready(self) -> dict[str, str]:
        """Processes that cannot work now."""
        return await self._problems(self._members, "readyz")

    async def metrics(self) -> bytes:
        """The metrics of all processes, each told from the others by the label `process`."""
        answers = await asyncio.gather(*(self._ask(member, "metrics") for member in self._members))
        return merge_metrics(
            {
                str(member.number): answer.text
                for member, answer in zip(self._members, answers, strict=True)
                if answer is not None
            },
            own=WORKER_RESTARTS.collect(),
        )

    async def _keep(self, member: _Member) -> None:
        pauses = iter(self._pauses)
        while not self._stopping.is_set():
            began = time.monotonic()
            code = await self._run_once(member)
            if self._stopping.is_set():
                return
            if code > 0 and not self._one_was_ready:
                # Nothing has worked yet: the same again would end the same way.
                raise WorkerProcessError(f"A worker process ended while starting ({_describe(code)}).")
            if code == 0 or time.monotonic() - began >= _WELL_AFTER_SECONDS:
                pauses = iter(self._pauses)
            pause = next(pauses, None)
            if pause is None:
                raise WorkerProcessError(
                    f"{member.name} ended {len(self._pauses) + 1} times in a row, at last with {_describe(code)}: "
                    "see its log. The other processes were stopped."
                )
            log.error("worker.process_ended", number=member.number, how=_describe(code), restarts_in_s=pause)
            WORKER_RESTARTS.labels(str(member.number)).inc()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stopping.wait()

    async def _run_once(self, member: _Member) -> int:
        """Start the process and wait for its end: the exit code, negative for a signal."""
        member.was_ready = False
        process = await asyncio.create_subprocess_exec(
            *self._command,
            "--supervised",
            "--number",
            str(member.number),
            env=self._environment(member),
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        member.process = process
        log.info("worker.process_started", number=member.number, pid=process.pid, metrics_port=member.port)
        if self._stopping.is_set():
            # Asked to stop while it was being born. (The others are not told twice: a second SIGTERM means at once.)
            _signal(process, signal.SIGTERM)
        watching = asyncio.create_task(self._watch_start(member))
        try:
            return await process.wait()
        finally:
            watching.cancel()

    async def _watch_start(self, member: _Member) -> None:
        while not await self._answers(member, "readyz"):  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.2)
        member.was_ready = self._one_was_ready = True
        log.info("worker.process_ready", number=member.number)

    async def _stop(self, keepers: Sequence[asyncio.Task[None]]) -> None:
        """SIGTERM to all, then wait for them to drain; whoever is late is killed."""
        self._stopping.set()
        self._signal_all(signal.SIGTERM)
        patience = self._settings.worker_drain_timeout.total_seconds() + _STOP_MARGIN_SECONDS
        _, late = await asyncio.wait(keepers, timeout=patience)
        if late:
            log.error("workers.killed", processes=len(late), patience_s=patience)
            self._signal_all(signal.SIGKILL)
            await asyncio.wait(late)

    def _signal_all(self, number: signal.Signals) -> None:
        for member in self._members:
            if member.process is not None:
                _signal(member.process, number)

    def _environment(self, member: _Member) -> Mapping[str, str]:
        ours = {"metrics_port": str(member.port)}
        if name := self._settings.worker_instance_id:
            # Two static members of one name would take each other's partitions for ever.
            ours["worker_instance_id"] = f"{name}-{member.number}"
        return {**os.environ, **as_environment(ours), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    def _port(self, number: int) -> int:
        base = self._settings.metrics_port
        if base == 0 or base + number > _LAST_PORT:
            return _free_port()
        return base + number

    async def _problems(self, members: Sequence[_Member], path: str) -> dict[str, str]:
        answers = await asyncio.gather(*(self._ask(member, path) for member in members))
        return {
            member.name: "does not answer" if answer is None else answer.text[:500]
            for member, answer in zip(members, answers, strict=True)
            if answer is None or answer.status_code != httpx.codes.OK
        }

    async def _answers(self, member: _Member, path: str) -> bool:
        answer = await self._ask(member, path)
        return answer is not None and answer.status_code == httpx.codes.OK

    async def _ask(self, member: _Member, path: str) -> httpx.Response | None:
        host = _reachable(self._settings.metrics_host)
        try:
            return await self._http.get(f"http://{host}:{member.port}/{path}")
        except httpx.HTTPError:
            return None


def _reachable(host: str) -> str:
    """How we reach what listens on `host`, which may be every address."""
    match host:
        case "" | "0.0.0.0":  # noqa: S104 - asked, not bound
            return "127.0.0.1"
        case "::":
            return "[::1]"
        case _:
            return f"[{host}]" if ":" in host else host


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)


def _describe(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
