"""One server of the stack as a child process: start it, know when it answers, stop it, kill it, start it again."""

import os
import signal
import subprocess
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import structlog

from infra.local.errors import StackError
from infra.local.process import ProcessIdentity
from infra.local.state import StackState

_LOG_LIMIT_BYTES = 20_000_000
_LOG_TAIL_LINES = 15
_START_PATIENCE_SECONDS = 90.0
_STOP_PATIENCE_SECONDS = 20.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Launch:
    """What to execute. `user` is a numeric id to change to, for a server that refuses to be root."""

    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    user: int | None = None


class Server(ABC):
    """`start()` after `stop()` or `kill()` keeps port and data. Safe to call from several threads."""

    name: ClassVar[str]
    title: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, folder: Path, state: StackState) -> None:
        self.folder = folder / self.name
        self.log_path = folder / "log" / f"{self.name}.log"
        self._state = state
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._identity: ProcessIdentity | None = None

    @property
    def port(self) -> int:
        return self._state.ports[self.name]

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self.is_running() else None

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Blocks until the server answers. Does nothing when it runs."""
        with self._lock:
            if self.is_running():
                return
            began = time.monotonic()
            self._create_folders()
            self._prepare()
            self._spawn(self._launch())
            self._wait_until_ready()
            self._after_start()
            seconds = round(time.monotonic() - began, 3)
            log.debug("stack.server_started", server=self.name, port=self.port, seconds=seconds)

    def stop(self) -> None:
        """Graceful, and killed when that takes too long. Does nothing when it does not run."""
        with self._lock:
            if self._identity is not None and not self._identity.stop(
                self.stop_signal, patience_seconds=_STOP_PATIENCE_SECONDS
            ):
                log.warning("stack.server_killed", server=self.name, patience_s=_STOP_PATIENCE_SECONDS)
            self._reap()

    def kill(self) -> None:
        """SIGKILL for the server and all its children: what a crash of the machine leaves behind."""
        with self._lock:
            if self._identity is not None:
                self._identity.kill()
            self._reap()

    def restart(self) -> None:
        with self._lock:
            self.stop()
            self.start()

    @abstractmethod
    def _prepare(self) -> None:
        """Make the data folder ready: the first time, and after a change of settings."""

    @abstractmethod
    def _launch(self) -> Launch: ...

    @abstractmethod
    def _answers(self) -> bool:
        """Whether the server serves requests now."""

    def _after_start(self) -> None:  # noqa: B027 - most servers have nothing left to do
        """Finish what needs a running server."""

    def _create_folders(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        if self.log_path.exists() and self.log_path.stat().st_size > _LOG_LIMIT_BYTES:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))

    def _spawn(self, launch: Launch) -> None:
        with self.log_path.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                launch.command,
                cwd=self.folder,
                env=clean_environment() | launch.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C in a terminal is for us, who stop the servers in order, and not for them.
                start_new_session=True,
                user=launch.user,
                group=launch.user,
                extra_groups=None if launch.user is None else [],
            )
        # Even one that has already failed is known until it is reaped.
        self._identity = ProcessIdentity.of(self._process.pid)
        self._state.remember(self.name, self._identity)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_PATIENCE_SECONDS
        while not self._answers():
            if not self.is_running():
                code = None if self._process is None else self._process.returncode
                self._reap()
                raise self._failed(f"ended while starting (exit code {code})")
            if time.monotonic() > deadline:
                self.kill()
                raise self._failed(f"did not answer within {_START_PATIENCE_SECONDS:.0f} seconds")
            time.sleep(0.02)

    def _run(self, launch: Launch, purpose: str) -> None:
        """Run a command of the server to its end, its output in the server's log."""
        with self.log_path.open("ab") as output:
            done = subprocess.run(  # noqa: S603 - our own command
                launch.command,
                cwd=self.folder,
                env=clean_environment() | launch.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                start_new_session=True,
                user=launch.user,
                group=launch.user,
                extra_groups=None if launch.user is None else [],
            )
        if done.returncode != 0:
            raise self._failed(f"could not {purpose} (exit code {done.returncode})")

    def _failed(self, what: str) -> StackError:
        return StackError(f"{self.title} {what}. The last lines of {self.log_path}:\n{self._log_tail()}")

    def _log_tail(self) -> str:
        try:
            with self.log_path.open(errors="replace") as lines:
                return "".join(deque(lines, maxlen=_LOG_TAIL_LINES)).rstrip()
        except FileNotFoundError:
            return "(nothing was logged)"

    def _reap(self) -> None:
        if self._process is not None:
            self._process.wait()
        self._process = None
        self._identity = None
        self._state.forget(self.name)


def clean_environment() -> dict[str, str]:
    """Only what a server needs: a person's PGDATA or JAVA_TOOL_OPTIONS must not change what we start."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ} | {"TZ": "UTC"}
