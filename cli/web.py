"""The web as a child of `delight up`: served where Node is and the web is built; otherwise one line says what to do."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cli.supervisor import Child

WEB_FOLDER = Path(__file__).parents[1] / "frontend"
OLDEST_NODE = (20, 9)

_HOST = "127.0.0.1"
_INSTALL = "install Node.js 20.9 or newer, or `make node`; then run `make up`"
_NODE_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class WebServer:
    """A built web, and the Node that can serve it."""

    node: str
    folder: Path

    def child(self, environment: Mapping[str, str], port: int) -> Child:
        address = address_of(port)
        return Child(
            name="web",
            command=(self.node, "scripts/serve.mjs", "start", "-H", _HOST, "-p", str(port)),
            environment={**environment, "NODE_ENV": "production", "NEXT_TELEMETRY_DISABLED": "1"},
            # Not its readiness, which is the API's: what the supervisor asks is whether this process is well.
            ready_url=f"{address}/livez",
            folder=self.folder,
        )


@dataclass(frozen=True, slots=True)
class WebMissing:
    """Why the web cannot be served here, and what to do."""

    reason: str


def find_web(folder: Path = WEB_FOLDER, *, path: str | None = None) -> WebServer | WebMissing:
    """What can serve the web of `folder` on this machine. Node is looked for in `path`, and beside this Python."""
    if not (folder / "package.json").exists():
        return WebMissing("it is not part of this installation.")
    search = os.pathsep.join(
        [path if path is not None else os.environ.get("PATH", ""), str(Path(sys.executable).parent)]
    )
    node = shutil.which("node", path=search)
    version = _version_of(node) if node is not None else None
    if node is None or version is None:
        return WebMissing(f"{_INSTALL}.")
    if version < OLDEST_NODE:
        return WebMissing(f"Node.js is {_as_text(version)} here; {_INSTALL}.")
    if not _is_built(folder):
        return WebMissing("it is not built; run `make web-build` first, or `make up`, which does both.")
    return WebServer(node, folder)


def address_of(port: int) -> str:
    return f"http://{_HOST}:{port}"


def _is_built(folder: Path) -> bool:
    return (folder / ".next" / "BUILD_ID").exists() and (folder / "node_modules" / "next" / "package.json").exists()


def _version_of(node: str) -> tuple[int, int] | None:
    line = (node, "--print", "JSON.stringify(process.versions.node.split('.').map(Number))")
    try:
        said = subprocess.run(  # noqa: S603 - found on the person's own PATH
            line, capture_output=True, text=True, timeout=_NODE_PATIENCE_SECONDS, check=True
        ).stdout
        major, minor, *_ = json.loads(said)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return int(major), int(minor)


def _as_text(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
