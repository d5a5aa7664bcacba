"""Keep a few child processes running: start, wait until ready, restart what crashes, stop all with their last words.

A child gets a session of its own, so that Ctrl-C in a terminal reaches only the supervisor, which stops the children in
order. Its standard input is its lifeline: see `cli/lifeline.py`.
"""

import asyncio
import contextlib
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from cli.log_view import SUPERVISOR, render
from infra.exceptions import DelightException

LineSink = Callable[[str, str], None]

_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 30.0
# A child that ran this long was well: its next crash starts the back-off anew.
_WELL_AFTER_SECONDS = 60.0
_LONGEST_LINE_BYTES = 1_048_576
_LAST_LINES = 12


class ChildError(DelightException):
    """A child process ended, or did not become ready, while the system was starting."""

    code = "process_failed"


@dataclass(frozen=True, slots=True)
class Child:
    """What to run, and in which folder when not in ours. It is ready when `ready_url` answers 200."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ready_url: str
    folder: Path | None = None


@dataclass(slots=True)
class _Running:
    child: Child
    process: asyncio.subprocess.Process | None = None
    was_ready: bool = False
    starts: int = 0
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_LINES))
    failed: asyncio.Event = field(default_factory=asyncio.Event)


class Supervisor:
    """Owns its children from `start` to `stop`. `sink(name, line)` gets every line they write, and our own notes."""

    def __init__(self, sink: LineSink) -> None:
        self._sink = sink
        self._running: dict[str, _Running] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    def start(self, children: Sequence[Child]) -> None:
        for child in children:
            running = _Running(child)
            self._running[child.name] = running
            self._keepers.append(asyncio.create_task(self._keep(running), name=f"keep {child.name}"))

    async def wait_until_ready(self, name: str, *, patience_seconds: float) -> None:
        """Raises `ChildError` when the child ends first, or is not ready in time."""
        running = self._running[name]
        deadline = time.monotonic() + patience_seconds
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
            while not await _answers(client, running.child.ready_url):
                if running.failed.is_set():
                    raise ChildError(f"{name} ended while starting. {_quote(running.last_lines)}")
                if time.monotonic() > deadline:
                    raise ChildError(
                        f"{name} was not ready within {patience_seconds:.0f} seconds. {_quote(running.last_lines)}"
                    )
                await asyncio.sleep(0.05)
        running.was_ready = True

    def pid(self, name: str) -> int | None:
        """The process id of a child that runs now."""
        process = self._running[name].process
        return process.pid if process is not None and process.returncode is None else None

    async def stop(self, *, patience_seconds: float) -> None:
        """SIGTERM to all, then wait for them; after `patience_seconds` the rest is killed."""
        self._stopping.set()
        self._signal_all(signal.SIGTERM)
        if not self._keepers:
            return
        _, late = await asyncio.wait(self._keepers, timeout=patience_seconds)
        if late:
            self._note(f"not everything stopped within {patience_seconds:.0f} s: killing the rest")
            self.kill()
            await asyncio.wait(late)

    def kill(self) -> None:
        """SIGKILL to every child and whatever it started. `stop` returns soon after."""
        self._stopping.set()
        self._signal_all(signal.SIGKILL)

    def _signal_all(self, number: signal.Signals) -> None:
        for running in self._running.values():
            if running.process is not None:
                _signal(running.process, number)

    async def _keep(self, running: _Running) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            began = time.monotonic()
            code = await self._run_once(running)
            if self._stopping.is_set():
                return
            if not running.was_ready:
                # While the system starts, a child that ends is an answer, and the same again would be no better one.
                running.failed.set()
                return
            if time.monotonic() - began >= _WELL_AFTER_SECONDS:
                pause = _FIRST_PAUSE_SECONDS
            self._note(f"{running.child.name} ended ({_describe(code)}): starting it again in {pause:.0f} s")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stopping.wait()
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)

    async def _run_once(self, running: _Running) -> int:
        child = running.child
        process = await asyncio.create_subprocess_exec(
            *child.command,
            env=dict(child.environment),
            cwd=child.folder,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            limit=_LONGEST_LINE_BYTES,
        )
        running.process = process
        running.starts += 1
        if self._stopping.is_set():
            # Asked to stop while it was being born. (Nobody else is told twice: a second SIGTERM means at once.)
            _signal(process, signal.SIGTERM)
        assert process.stdout is not None
        while line := await _read_line(process.stdout):
            text = line.decode(errors="replace").rstrip()
            running.last_lines.append(text)
            self._sink(child.name, text)
        return await process.wait()

    def _note(self, text: str) -> None:
        self._sink(SUPERVISOR, text)


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)


async def _read_line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readline()
    except ValueError:
        # readline() has dropped the line that was longer than the limit.
        return b"(a line longer than 1 MiB was left out)\n"


async def _answers(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _describe(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _quote(lines: deque[str]) -> str:
    return (
        "Its last lines:\n" + "\n".join(f"  {render(line).plain}" for line in lines) if lines else "It wrote nothing."
    )
