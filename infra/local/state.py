"""Remember a stack between runs: its ports, the processes it started, and who owns its folder now."""

import fcntl
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from infra.local.errors import StackError
from infra.local.process import ProcessIdentity

PORT_NAMES = ("kafka", "kafka-controller", "postgres", "valkey")
# Below the range that Linux and macOS hand out to outgoing connections: a client's own socket never sits on the port of
# a server that is just being restarted.
_PORTS = range(20_000, 32_000)


class StackState:
    """`state.json`. Written whole and renamed, so that a reader never sees half of it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "state.json"
        self._lock = threading.Lock()
        self.ports: dict[str, int] = {}
        self.processes: dict[str, ProcessIdentity] = {}
        self.reload()

    def choose_ports(self) -> None:
        """Keep every remembered port that is free; choose another for the rest. Nothing of the stack runs yet."""
        with self._lock:
            for name in PORT_NAMES:
                port = self.ports.get(name)
                if port is None or not _is_free(port):
                    self.ports[name] = free_port(taken=set(self.ports.values()))
            self._write()

    def remember(self, name: str, identity: ProcessIdentity) -> None:
        with self._lock:
            self.processes[name] = identity
            self._write()

    def forget(self, name: str) -> None:
        with self._lock:
            if self.processes.pop(name, None) is not None:
                self._write()

    def reload(self) -> None:
        """What another process wrote since. Only while none of our own servers runs."""
        try:
            content: dict[str, Any] = json.loads(self._path.read_text())
            self.ports = {name: int(port) for name, port in content["ports"].items()}
            self.processes = {
                name: ProcessIdentity(pid=int(known["pid"]), created=float(known["created"]))
                for name, known in content["processes"].items()
            }
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            # None yet, or a damaged one, is no memory: the data folders are the truth, and ports can be chosen again.
            self.ports, self.processes = {}, {}

    def _write(self) -> None:
        content = {
            "ports": self.ports,
            "processes": {name: {"pid": known.pid, "created": known.created} for name, known in self.processes.items()},
        }
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(content, indent=2) + "\n")
        draft.replace(self._path)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the servers do: a port in TIME_WAIT after our own stop is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port(taken: AbstractSet[int] = frozenset()) -> int:
    for _ in range(1_000):
        port = secrets.choice(_PORTS)
        if port not in taken and _is_free(port):
            return port
    raise StackError(
        f"No port between {_PORTS.start} and {_PORTS.stop} is free on 127.0.0.1. "
        "Stop what listens there and start again."
    )


@dataclass(frozen=True, slots=True)
class _Holder:
    pid: int
    role: str


class FolderLock:
    """At most one owner of a stack's folder. The kernel releases it when the owner dies, however it dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[str] | None = None

    def acquire(self, *, role: str = "owner", patience_seconds: float = 30.0) -> None:
        """Raises StackError when somebody else owns the folder. A guardian that tidies up is waited for."""
        deadline = time.monotonic() + patience_seconds
        while not self.try_acquire(role=role):
            holder = self._holder()
            if holder.role != "guardian" or time.monotonic() > deadline:
                raise StackError(
                    f"A stack in {self._folder} is already running, started by process {holder.pid}. "
                    "Use that one, stop it, or choose another folder."
                )
            time.sleep(0.05)

    def try_acquire(self, *, role: str) -> bool:
        file = (self._folder / "lock").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        file.truncate(0)
        file.write(json.dumps({"pid": os.getpid(), "role": role}))
        file.flush()
        self._file = file
        # A forked child would hold the lock beyond its owner's death; it must not stay in its hands.
        os.register_at_fork(after_in_child=file.close)
        return True

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _holder(self) -> _Holder:
        try:
            content = json.loads((self._folder / "lock").read_text())
            return _Holder(pid=int(content["pid"]), role=str(content["role"]))
        except (OSError, ValueError, KeyError, TypeError):
            # The holder is between taking the lock and writing its name: treat it as one to wait for.
            return _Holder(pid=0, role="guardian")
