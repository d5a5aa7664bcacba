"""The processes of the system under test: started, signalled, measured, and their logs shown when a run fails."""

import asyncio
import faulthandler
import json
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil

# Forked from one process that has imported everything once: imports take seconds of a busy machine, at each restart.
_FORKS = multiprocessing.get_context("forkserver")


def prepare_processes() -> None:
    """Begin to import what processes need; what is done meanwhile costs no extra time."""
    # What they run, and what the drills import: a child imports the program that started it.
    _FORKS.set_forkserver_preload(["tests.chaos.process", "infra.local.stack", "models.schema", "tests.support.system"])
    forkserver.ensure_running()


@dataclass
class Fleet:
    """Processes by name; what stands before the first dash is their kind, which `targets` says how to run."""

    targets: Mapping[str, Callable[[], None]]
    environment: Mapping[str, str]
    log_folder: Path
    processes: dict[str, BaseProcess] = field(default_factory=dict)

    def start(self, name: str, **environment: str) -> None:
        target = self.targets[name.partition("-")[0]]
        arguments = (target, {**self.environment, **environment}, self._log(name))
        self.processes[name] = _FORKS.Process(target=_run, args=arguments, daemon=True)
        self.processes[name].start()

    def signal(self, name: str, number: int) -> None:
        os.kill(self._pid(name), number)

    async def gone(self, name: str, within: float = 40.0) -> int:
        """The exit code of a process once it is gone, negative for a signal."""
        process = self.processes[name]
        await asyncio.to_thread(process.join, within)
        assert process.exitcode is not None, f"{name} is still there after {within:g} s"
        return process.exitcode

    def named(self, kind: str) -> list[str]:
        return [name for name, process in self.processes.items() if name.startswith(kind) and process.exitcode is None]

    def cpu_seconds(self, name: str) -> float:
        """User and system time so far."""
        times = psutil.Process(self._pid(name)).cpu_times()
        return float(times.user + times.system)

    def log_lines(self, name: str) -> int:
        """How many lines the process has logged, without those that say that a request was answered."""
        lines = self._log(name).read_bytes().splitlines()
        return sum(not _says(line, "http.request") for line in lines)

    def logged(self, name: str, event: str) -> list[dict[str, str]]:
        """What the process has logged of `event`."""
        lines = self._log(name).read_bytes().splitlines()
        return [json.loads(line) for line in lines if _says(line, event)]

    def show_logs(self) -> None:
        """End all, and show the last lines of each and what it was doing: for whoever has to find out why a run failed."""
        for name in self.named(""):
            # Python's fault handler writes the stack of each thread.
            self.signal(name, signal.SIGABRT)
        for name, process in self.processes.items():
            process.join(10)
            lines = self._log(name).read_text(errors="replace").splitlines()
            sys.stderr.write("\n".join([f"--- {name}", *lines[-30:], ""]))

    async def stop(self) -> dict[str, int]:
        """End all, and their exit codes."""
        for name in self.named(""):
            self.signal(name, signal.SIGTERM)
        return {name: await self.gone(name) for name in self.processes}

    def _pid(self, name: str) -> int:
        pid = self.processes[name].pid
        assert pid is not None
        return pid

    def _log(self, name: str) -> Path:
        return self.log_folder / f"{name}.log"


def _says(line: bytes, event: str) -> bool:
    """Whether this is a line of `event`; some are written without the blank."""
    return any(f'"event":{blank}"{event}"'.encode() in line for blank in ("", " "))


def _run(target: Callable[[], None], environment: Mapping[str, str], log: Path) -> None:
    """The process: what it writes goes to its log, and a signal of the terminal's does not reach it."""
    os.setsid()
    threading.Thread(target=_end_with_the_drill, daemon=True).start()
    os.environ.update(environment)
    for number in (1, 2):
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), number)
    sys.stdout = sys.stderr = open(2, "w", closefd=False, buffering=1)  # noqa: SIM115 - for as long as the process lives
    faulthandler.enable()
    target()


def _end_with_the_drill() -> None:
    """Nothing outlives a drill that was killed."""
    drill = multiprocessing.parent_process()
    assert drill is not None
    drill.join()
    os._exit(1)
