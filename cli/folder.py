"""The project's folder, `.delight/`: what runs from it now, its development secret, and the ports it keeps."""

import json
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.exceptions import ConfigurationError
from infra.local.process import ProcessIdentity
from infra.settings import PREFIX, Environment, Settings, load_settings

FolderOption = Annotated[
    Path,
    typer.Option(
        "--folder", envvar="DELIGHT_FOLDER", help="Where the embedded stack keeps its data.", show_default=True
    ),
]
DEFAULT_FOLDER = Path(".delight")

# Tried first, because people remember them.
_FAVOURITE_PORTS = {"api": 8000, "web": 3000}
# Below the range that systems hand out to outgoing connections, above the embedded servers' own.
_PORTS = range(19_000, 20_000)
_ADDRESSES = frozenset({"kafka_bootstrap_servers", "database_url", "redis_url"})


@dataclass(frozen=True, slots=True)
class RunningSystem:
    """A system that runs from a folder: its supervisor, and where its parts are."""

    supervisor: ProcessIdentity
    kafka_bootstrap_servers: str
    database_url: str
    redis_url: str
    api_url: str
    web_url: str | None = None

    @property
    def addresses(self) -> dict[str, str]:
        """By the names of the settings."""
        return {
            "kafka_bootstrap_servers": self.kafka_bootstrap_servers,
            "database_url": self.database_url,
            "redis_url": self.redis_url,
            "api_url": self.api_url,
        }


class ProjectFolder:
    """Files of one `.delight/`. Two processes may read it; the owner of the stack's lock writes it."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.log_folder = self.path / "log"
        self._record = self.path / "run.json"

    def development_secret(self) -> str:
        """The key that signs this folder's tokens; made on first use, for its owner's eyes only."""
        path = self.path / "secret"
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            self.path.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"secret.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
        try:
            # Linking refuses to replace: of two first users, both get the same secret.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return path.read_text().strip()

    def choose_ports(self, names: tuple[str, ...]) -> dict[str, int]:
        """A free port for each name: the one of last time where it is free, so that addresses stay."""
        path = self.path / "ports.json"
        try:
            remembered: dict[str, int] = json.loads(path.read_text())
        except (FileNotFoundError, ValueError):
            remembered = {}
        chosen: dict[str, int] = {}
        for name in names:
            candidates = [remembered.get(name), _FAVOURITE_PORTS.get(name)]
            candidates += [_PORTS.start + secrets.randbelow(len(_PORTS)) for _ in range(200)]
            chosen[name] = next(
                port for port in candidates if port is not None and port not in chosen.values() and _is_free(port)
            )
        self.path.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(remembered | chosen, indent=2) + "\n")
        return chosen

    def write_record(self, system: RunningSystem) -> None:
        draft = self._record.with_suffix(".new")
        draft.write_text(json.dumps(asdict(system), indent=2) + "\n")
        draft.replace(self._record)

    def remove_record(self) -> None:
        self._record.unlink(missing_ok=True)

    def running(self) -> RunningSystem | None:
        """The system that runs from this folder now; None also when its supervisor died without a goodbye."""
        try:
            content: dict[str, Any] = json.loads(self._record.read_text())
            supervisor = ProcessIdentity(**content.pop("supervisor"))
            system = RunningSystem(supervisor=supervisor, **content)
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return None
        return system if supervisor.is_alive() else None


def resolve_settings(folder: Path) -> Settings:
    """The settings of the environment; where it names no server, those of the system that runs from `folder`.

    Addresses are never mixed: one of them in the environment, and the folder is not asked for the others. Raises
    `ConfigurationError`.
    """
    settings = load_settings()
    given = settings.model_fields_set
    project = ProjectFolder(folder)
    running = project.running()
    if running is None or given & _ADDRESSES or ("environment" in given and not settings.in_development):
        return settings
    local = development_settings(project, running.addresses)
    return load_settings(**{name: value for name, value in local.items() if name not in given})


def development_settings(project: ProjectFolder, addresses: Mapping[str, str]) -> dict[str, str]:
    """Settings, by name, of a process that belongs to the folder's own system."""
    return {
        **addresses,
        "environment": Environment.DEVELOPMENT.value,
        "auth_development_secret": project.development_secret(),
    }


def as_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings by name as environment variables."""
    return {f"{PREFIX}{name.upper()}": value for name, value in settings.items()}


def require_running(folder: Path) -> RunningSystem:
    """Raises `ConfigurationError` with the command that starts one when no system runs from `folder`."""
    running = ProjectFolder(folder).running()
    if running is None:
        raise ConfigurationError(f"Nothing runs from {folder}. Start it with `delight up`.")
    return running


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
