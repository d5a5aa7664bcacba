"""A process under measurement: started in its own session, its memory and processor time watched, and stopped."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

STOP_PATIENCE = 15.0
SAMPLE_EVERY = 0.25


class ProcessFailed(Exception):
    """The process ended although it was needed; the message has the end of its log."""


class MeasuredProcess:
    """`memory` is the largest resident memory seen of the process and its children together, in bytes."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.memory = 0
        self.cpu_seconds = 0.0
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()

    def check(self) -> None:
        """Raises `ProcessFailed` when the process has ended."""
        if self._process.poll() is not None:
            raise ProcessFailed(f"ended with code {self._process.returncode}: {self.last_lines()}")

    def wait(self, patience: float) -> None:
        """Wait until it ends by itself. Raises `ProcessFailed` when it does not, or ends badly."""
        try:
            code = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self.stop()
            raise ProcessFailed(f"did not end within {patience:.0f} s") from None
        self._ended.set()
        if code:
            raise ProcessFailed(f"ended with code {code}: {self.last_lines()}")

    def stop(self) -> None:
        """Ask it to end, and end the whole session when it does not."""
        self._ended.set()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_PATIENCE)
        # What it started and left behind, such as the children of a pool.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._sampler.join()

    def resident(self) -> int:
        """Resident memory now, with that of the children."""
        return self._measure()[0]

    def last_lines(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()
        return " / ".join(lines[-6:])[-1_500:] or "(it said nothing)"

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLE_EVERY):
            memory, cpu = self._measure()
            self.memory = max(self.memory, memory)
            self.cpu_seconds = max(self.cpu_seconds, cpu)

    def _measure(self) -> tuple[int, float]:
        memory, cpu = 0, 0.0
        with contextlib.suppress(psutil.NoSuchProcess):
            top = psutil.Process(self._process.pid)
            for process in (top, *top.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    memory += process.memory_info().rss
                    times = process.cpu_times()
                    cpu += times.user + times.system
        return memory, cpu


@contextlib.contextmanager
def running(
    commands: Sequence[Sequence[str]], environment: dict[str, str], folder: Path
) -> Iterator[list[MeasuredProcess]]:
    """These processes while the block runs, each with a log in `folder`."""
    processes: list[MeasuredProcess] = []
    try:
        for number, command in enumerate(commands):
            log = folder / f"{Path(command[0]).name}-{number}-{time.time_ns()}.log"
            processes.append(MeasuredProcess(command, environment, log))
        yield processes
    finally:
        for process in processes:
            process.stop()
