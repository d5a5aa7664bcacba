"""Draw what people and operators see into docs/images: an embedded system of its own, people on it, then each command as
SVG and, where Node, the built web and Chromium are, pages of the web as PNG.

`make screenshots`. It takes a minute or two, and leaves nothing running.
"""

import asyncio
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
from rich.console import Console
from rich.text import Text

from api.auth import mint_development_token
from api.identity import Role
from cli.folder import ProjectFolder, resolve_settings
from cli.top.admin_api import AdminApi
from cli.top.screen import TopScreen
from cli.web import WebMissing, find_web
from infra.settings import Settings
from producers.publisher import EventPublisher
from schemas.cloudevents import encode
from schemas.events import Envelope
from schemas.quests import QuestRequested

REPOSITORY = Path(__file__).parents[1]
IMAGES = REPOSITORY / "docs" / "images"
COMMANDS = {
    "lag": ("lag",),
    "dead-letters": ("dlq", "list"),
    "job-stats": ("jobs", "stats"),
}
WIDTH = 140
PEOPLE = 30
LOOKS = 12
_READY_SECONDS = 180.0


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="delight-screenshots-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # PostgreSQL may run as a user without rights, who has to pass.
        folder.chmod(0o755)
        with running_system(folder / ".delight") as settings:
            asyncio.run(draw_all(folder / ".delight", settings))
            draw_web(folder / ".delight")


@contextmanager
def running_system(folder: Path) -> Iterator[Settings]:
    command = [sys.executable, "-m", "cli"]
    up = subprocess.Popen([*command, "up", "--folder", str(folder)], cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + _READY_SECONDS
        while ProjectFolder(folder).running() is None:
            if up.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("The embedded system did not start; `delight up` says why.")
            time.sleep(0.5)
        yield resolve_settings(folder)
    finally:
        up.terminate()
        up.wait()


async def draw_all(folder: Path, settings: Settings) -> None:
    async with AdminApi(settings.api_url, lambda: _token(settings, "olga", Role.OPERATOR)) as api:
        await api.pause_group("nudge-delivery", "The push provider is down until noon.")
        screen = TopScreen(api, seconds=0.5)
        async with screen.run_test(size=(WIDTH, 44)) as pilot:
            for look in range(LOOKS):
                await _load(settings, look)
                await pilot.pause(1.0)
            (IMAGES / "top.svg").write_text(screen.export_screenshot(title="delight top"))
    commands = COMMANDS | {"trace": ("trace", await asyncio.to_thread(_an_event, folder))}
    for name, command in commands.items():
        (IMAGES / f"{name}.svg").write_text(await asyncio.to_thread(_draw, folder, command))
        print(f"docs/images/{name}.svg")
    print("docs/images/top.svg")


def draw_web(folder: Path) -> None:
    running, chromium = ProjectFolder(folder).running(), shutil.which("chromium")
    web = find_web()
    if running is None or running.web_url is None or isinstance(web, WebMissing):
        print(f"The web was not drawn: {web.reason if isinstance(web, WebMissing) else 'it does not run.'}")
        return
    if chromium is None:
        print("The web was not drawn: that needs Chromium (Debian: chromium).")
        return
    line = [web.node, "scripts/screenshots.mjs", running.web_url, str(IMAGES)]
    subprocess.run(line, cwd=web.folder, env={**os.environ, "DELIGHT_CHROMIUM": chromium}, check=True)
    for picture in sorted(IMAGES.glob("web-*.png")):
        print(f"docs/images/{picture.name}")


async def _load(settings: Settings, look: int) -> None:
    """Some people ask for quests, and a system of ours writes a record that nobody can read."""
    async with httpx.AsyncClient(base_url=settings.api_url, timeout=10) as client:
        for person in range(PEOPLE):
            token = _token(settings, f"person-{person}", Role.USER)
            answer = await client.post(
                "/api/v1/quests/request", json={"count": 3}, headers={"Authorization": f"Bearer {token}"}
            )
            answer.raise_for_status()
    if look % 4 == 0:
        async with EventPublisher(settings) as publisher:
            record = encode(Envelope.mint(QuestRequested(user_id=f"person-{look}")))
            headers = {name: value.decode() for name, value in record.headers}
            await publisher.publish_record(record.topic, record.key, b'{"user_id": "person", "count": "many"}', headers)


def _an_event(folder: Path) -> str:
    """The id of an event whose job succeeded."""
    line = [sys.executable, "-m", "cli", "jobs", "ls", "--status", "succeeded", "--limit", "1", "--json"]
    done = subprocess.run([*line, "--folder", str(folder)], cwd=REPOSITORY, capture_output=True, check=True)
    return str(json.loads(done.stdout)["items"][0]["event_id"])


def _token(settings: Settings, person: str, role: Role) -> str:
    return mint_development_token(settings, person, [role], timedelta(minutes=5))


def _draw(folder: Path, command: tuple[str, ...]) -> str:
    """What the command prints on a terminal, as SVG. `script` gives it one."""
    script = shutil.which("script")
    line = [sys.executable, "-m", "cli", *command, "--folder", str(folder)]
    wrapped = [script, "-qec", " ".join(line), "/dev/null"] if script else line
    environment = {**os.environ, "COLUMNS": str(WIDTH), "LINES": "40", "TERM": "xterm-256color"}
    done = subprocess.run(wrapped, cwd=REPOSITORY, env=environment, capture_output=True, check=True)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(done.stdout.decode().replace("\r\n", "\n").rstrip()))
    return console.export_svg(title=f"delight {' '.join(command)}")


if __name__ == "__main__":
    main()
