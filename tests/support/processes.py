"""Workers as processes of their own, so that they can be killed."""

import contextlib
import json
import multiprocessing
import os
import secrets
import signal
import socket
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psutil
from pydantic import SecretStr

from infra.settings import PREFIX, Settings
from tests.support.waiting import until
from tests.support.worker_process import run

# Forked from one process that has imported everything once: imports take seconds.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.support.worker_process"])


class WorkerProcess:
    """A running worker; what its agent did is in `said`, its log lines are in `logged`."""

    def __init__(self, settings: Settings, folder: Path, options: dict[str, Any]) -> None:
        self._folder = folder
        self._port = settings.metrics_port
        self._kept: dict[str, list[str]] = {}
        self._process = _FORKS.Process(target=run, args=(_environment(settings), folder, options), daemon=True)
        self._process.start()

    @property
    def said(self) -> list[dict[str, Any]]:
        """What its agent was called with, and what it finished."""
        return [json.loads(line) for line in self._lines("out")]

    @property
    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._lines("err") if line.startswith("{")]

    def started(self, event_id: UUID) -> int:
        """How often its agent was called for the event."""
        return self._count("started", event_id)

    def finished(self, event_id: UUID) -> int:
        return self._count("finished", event_id)

    @property
    def cpu_seconds(self) -> float:
        """User and system time so far."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    async def is_ready(self) -> bool:
        return await self._answer("readyz") == 200

    async def is_alive(self) -> bool:
        return await self._answer("livez") == 200

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    async def ended(self, *, within: float = 60.0) -> int:
        """The exit code, negative for a signal."""
        await until(lambda: self._process.exitcode is not None, within=within, what="the worker process ends")
        assert self._process.exitcode is not None
        return self._process.exitcode

    def _signal(self, number: signal.Signals) -> None:
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def _count(self, what: str, event_id: UUID) -> int:
        return sum(line["what"] == what and line["id"] == str(event_id) for line in self.said)

    def keep_lines(self) -> None:
        """Remember what was written: the folder goes."""
        self._kept = {name: self._lines(name) for name in ("out", "err")}

    def _lines(self, name: str) -> list[str]:
        """The whole lines so far: the last one may be half written."""
        if name in self._kept:
            return self._kept[name]
        path = self._folder / name
        return path.read_text().rpartition("\n")[0].splitlines() if path.exists() else []

    async def _answer(self, path: str) -> int:
        async with httpx.AsyncClient(timeout=3) as client:
            try:
                return (await client.get(f"http://127.0.0.1:{self._port}/{path}")).status_code
            except httpx.TransportError:
                return 0


@contextlib.asynccontextmanager
async def worker_process(
    settings: Settings, *, ready: bool = True, overrides: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[WorkerProcess]:
    """A worker for the length of the block, killed at its end if it still runs. `options` are those of `make_pinged`."""
    settings = settings.model_copy(update={"metrics_port": free_port(), "log_json": True} | (overrides or {}))
    with tempfile.TemporaryDirectory(prefix="delight-worker-") as folder:
        worker = WorkerProcess(settings, Path(folder), options)
        try:
            if ready:
                await until(worker.is_ready, within=150, what="the worker process is a member of its group")
            yield worker
        finally:
            if worker._process.exitcode is None:
                worker.kill()
            await worker.ended()
            worker.keep_lines()


def _environment(settings: Settings) -> dict[str, str]:
    return {
        f"{PREFIX}{name.upper()}": value.get_secret_value() if isinstance(value, SecretStr) else _text(value)
        for name, value in settings.model_dump(exclude_defaults=True).items()
    }


def _text(value: Any) -> str:
    if hasattr(value, "total_seconds"):
        return f"PT{value.total_seconds()}S"
    return value if isinstance(value, str) else json.dumps(value)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def first_of_free_ports(count: int) -> int:
    """A port that is free, as the `count - 1` above it are: below those that the system gives out by itself."""
    while True:
        first = secrets.choice(range(20_000, 32_000))
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + count):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
