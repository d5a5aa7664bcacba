"""The processes of the system under test: started, signalled, measured, and their logs shown when a run fails."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil


@dataclass
class Fleet:
    """Processes by name; what stands before the first dash is their kind, which `commands` says how to start."""

    commands: Mapping[str, Sequence[str]]
    environment: Mapping[str, str]
    log_folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, **environment: str) -> None:
        command = self.commands[name.partition("-")[0]]
        with self._log(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *command],
                env=os.environ | self.environment | environment | {"PYTHONFAULTHANDLER": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def signal(self, name: str, number: int) -> None:
        self.processes[name].send_signal(number)

    async def gone(self, name: str, within: float = 40.0) -> int:
        """The exit code of a process once it is gone."""
        return await asyncio.to_thread(self.processes[name].wait, within)

    def named(self, kind: str) -> list[str]:
        return [name for name, process in self.processes.items() if name.startswith(kind) and process.poll() is None]

    def cpu_seconds(self, name: str) -> float:
        """User and system time so far."""
        times = psutil.Process(self.processes[name].pid).cpu_times()
        return float(times.user + times.system)

    def log_lines(self, name: str) -> int:
        """How many lines the process has logged, without those that say that a request was answered."""
        lines = self._log(name).read_bytes().splitlines()
        return sum(b'"event":"http.request"' not in line for line in lines)

    def show_logs(self) -> None:
        """End all, and show the last lines of each and what it was doing: for whoever has to find out why a run failed."""
        for process in self.processes.values():
            if process.poll() is None:
                # Python's fault handler writes the stack of each thread.
                process.send_signal(signal.SIGABRT)
        for name, process in self.processes.items():
            process.wait(10)
            lines = self._log(name).read_text(errors="replace").splitlines()
            sys.stderr.write("\n".join([f"--- {name}", *lines[-30:], ""]))

    async def stop(self) -> dict[str, int]:
        """End all, and their exit codes."""
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        return {name: await self.gone(name) for name in self.processes}

    def _log(self, name: str) -> Path:
        return self.log_folder / f"{name}.log"
