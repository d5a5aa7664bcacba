"""Know a process again by pid and birth, and end it with everything it started."""

import contextlib
import signal
import time
from dataclasses import dataclass
from typing import Any

import psutil  # type: ignore[import-untyped]


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A pid alone is reused by the kernel; with the time of birth it names one process for ever."""

    pid: int
    created: float

    @classmethod
    def of(cls, pid: int) -> "ProcessIdentity":
        return cls(pid=pid, created=float(psutil.Process(pid).create_time()))

    def is_alive(self) -> bool:
        return self._find() is not None

    def stop(self, stop_signal: signal.Signals, *, patience_seconds: float) -> bool:
        """Ask it to end and wait; False when it had to be killed."""
        process = self._find()
        if process is None:
            return True
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(stop_signal)
            # A stopped (suspended) process would not hear the signal before its patience ran out.
            process.send_signal(signal.SIGCONT)
        if _wait([process], patience_seconds):
            return True
        self.kill()
        return False

    def kill(self) -> None:
        """End it and all its descendants at once, without a chance to tidy up."""
        process = self._find()
        if process is None:
            return
        family: list[Any] = [process]
        with contextlib.suppress(psutil.NoSuchProcess):
            # Suspended first, so that it cannot start another child while we count them.
            process.suspend()
            family += process.children(recursive=True)
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        _wait(family, patience_seconds=10)

    def _find(self) -> Any | None:
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < 1.0
        except psutil.NoSuchProcess:
            return None
        return process if same and not _is_over(process) else None


def _wait(processes: list[Any], patience_seconds: float) -> bool:
    """Whether all of them ended in time."""
    deadline = time.monotonic() + patience_seconds
    while not all(_is_over(process) for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def _is_over(process: Any) -> bool:
    # A zombie has let go of its files, ports and memory; when it is reaped is its parent's affair.
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
