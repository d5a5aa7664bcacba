"""Kafka, PostgreSQL and Valkey in one folder: started together, stopped together, their data kept."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.local.errors import StackError, StartCancelled
from infra.local.jars import prepare_jars
from infra.local.kafka import KafkaServer
from infra.local.leftovers import stop_leftovers
from infra.local.postgres import PostgresServer
from infra.local.progress import Reporter, SilentReporter
from infra.local.server import Server, clean_environment
from infra.local.state import FolderLock, StackState
from infra.local.valkey import ValkeyServer

__all__ = ["EmbeddedStack", "StackAddresses", "StackError", "running_addresses"]

_DISK_NEEDED_BYTES = 300_000_000


@dataclass(frozen=True, slots=True)
class StackAddresses:
    kafka_bootstrap_servers: str
    database_url: str
    redis_url: str

    def as_settings(self) -> dict[str, str]:
        return {
            "DELIGHT_KAFKA_BOOTSTRAP_SERVERS": self.kafka_bootstrap_servers,
            "DELIGHT_DATABASE_URL": self.database_url,
            "DELIGHT_REDIS_URL": self.redis_url,
        }


class EmbeddedStack:
    """One folder, one owner. `start()` blocks until all three answer; `stop()` leaves nothing running."""

    def __init__(self, folder: Path, *, reporter: Reporter | None = None) -> None:
        self.folder = folder.absolute()
        self._reporter: Reporter = reporter or SilentReporter()
        self._change = threading.RLock()
        self._stopping = threading.Event()
        self._lock: FolderLock | None = None
        self._guardian: subprocess.Popen[bytes] | None = None
        self._addresses: StackAddresses | None = None
        self._state = StackState(self.folder)
        self.kafka = KafkaServer(self.folder, self._state)
        self.postgres = PostgresServer(self.folder, self._state)
        self.valkey = ValkeyServer(self.folder, self._state)

    @property
    def addresses(self) -> StackAddresses:
        if self._addresses is None:
            raise StackError("The stack is not running. Start it first.")
        return self._addresses

    def start(self) -> StackAddresses:
        """Does nothing when it runs. Raises StackError, and leaves nothing running, when it cannot."""
        with self._change, _folder_troubles_explained(self.folder):
            if self._addresses is None:
                # One per start: a thread that an interrupted start left behind must not begin anything later.
                self._stopping = threading.Event()
                self._take_folder()
                try:
                    self._start_servers()
                except BaseException:
                    self._stop_servers()
                    raise
                self._addresses = StackAddresses(self.kafka.bootstrap_servers, self.postgres.url, self.valkey.url)
            return self._addresses

    def stop(self) -> None:
        """Does nothing when it does not run. Called while another thread starts the stack, it ends that start."""
        self._stopping.set()
        with self._change:
            self._stop_servers()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _servers(self) -> tuple[Server, ...]:
        return (self.kafka, self.postgres, self.valkey)

    def _take_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FolderLock(self.folder)
        lock.acquire()
        self._lock = lock
        if shutil.disk_usage(self.folder).free < _DISK_NEEDED_BYTES:
            self._let_folder_go()
            raise StackError(
                f"The disk of {self.folder} has less than {_DISK_NEEDED_BYTES // 10**6} MB left. "
                "Free some space, or choose another folder."
            )

    def _stop_servers(self) -> None:
        try:
            with ThreadPoolExecutor(len(self._servers)) as pool:
                for done in [pool.submit(server.stop) for server in self._servers]:
                    done.result()
        finally:
            self._addresses = None
            self._let_folder_go()

    def _let_folder_go(self) -> None:
        if self._guardian is not None:
            self._guardian.terminate()
            self._guardian.wait()
            self._guardian = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _start_servers(self) -> None:
        # Read again under the lock: somebody else may have used the folder since we were made.
        self._state.reload()
        stop_leftovers(self._state)
        self._state.choose_ports()
        self._guardian = _start_guardian(self.folder)
        pool = ThreadPoolExecutor(len(self._servers))
        starts = [
            pool.submit(self._start_one, self.kafka, self.kafka.bootstrap_servers, before=self._fetch_jars),
            pool.submit(self._start_one, self.postgres, self.postgres.url),
            pool.submit(self._start_one, self.valkey, self.valkey.url),
        ]
        try:
            # One failed: do not make a person wait for the download of another.
            wait(starts, return_when=FIRST_EXCEPTION)
        finally:
            if not all(start.done() for start in starts):
                self._stopping.set()
            pool.shutdown(wait=True)
        errors = [error for start in starts if (error := start.exception()) is not None]
        if errors:
            # A start that was cancelled because another failed is not the cause.
            raise min(errors, key=lambda error: isinstance(error, StartCancelled))

    def _fetch_jars(self) -> None:
        self.kafka.jars = prepare_jars(self._reporter, self._stopping)

    def _start_one(self, server: Server, address: str, before: Callable[[], None] = lambda: None) -> None:
        before()
        if self._stopping.is_set():
            raise StartCancelled("The start was cancelled.")
        began = time.monotonic()
        server.start()
        self._reporter.started(server.title, time.monotonic() - began, address)


def running_addresses(folder: Path) -> StackAddresses | None:
    """The addresses of the stack that runs in this folder now, whoever started it."""
    state = StackState(folder.absolute())
    servers = (KafkaServer(folder, state), PostgresServer(folder, state), ValkeyServer(folder, state))
    for server in servers:
        identity = state.processes.get(server.name)
        if identity is None or not identity.is_alive():
            return None
    kafka, postgres, valkey = servers
    return StackAddresses(kafka.bootstrap_servers, postgres.url, valkey.url)


def _start_guardian(folder: Path) -> subprocess.Popen[bytes]:
    (folder / "log").mkdir(exist_ok=True)
    sources = str(Path(__file__).parents[2])
    with (folder / "log" / "guardian.log").open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - our own command
            (sys.executable, "-m", "infra.local.guardian", str(folder), str(os.getpid())),
            env=clean_environment() | {"PYTHONPATH": os.pathsep.join([sources, *filter(None, sys.path)])},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


@contextmanager
def _folder_troubles_explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StackError(
            f"The stack cannot use the folder {folder} ({error.strerror or error}: {error.filename or 'disk'}). "
            "Make it writable, free some space, or choose another folder."
        ) from error
