"""`up`, `down` and `env`: the whole platform on this machine, without containers and without root."""

import asyncio
import shlex
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.folder import (
    DEFAULT_FOLDER,
    FolderOption,
    ProjectFolder,
    as_environment,
    development_settings,
    require_running,
)
from cli.output import JsonOption, console, print_json
from cli.web import WebMissing, WebServer, find_web
from infra.exceptions import DelightException
from infra.settings import Settings, load_settings

_PANEL = "The system on this machine"
_DETACHED_PATIENCE_SECONDS = 300.0
_DOWN_PATIENCE_SECONDS = 90.0
_LOG_LIMIT_BYTES = 20_000_000
_TOKEN_LIFETIME = timedelta(days=7)


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel=_PANEL, epilog='Example: delight up --detach && eval "$(delight env)"')(up)
    app.command(rich_help_panel=_PANEL, epilog="Example: delight down")(down)
    app.command(rich_help_panel=_PANEL, epilog='Example: eval "$(delight env)"')(env)


def up(
    folder: FolderOption = DEFAULT_FOLDER,
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Run in the background; `delight down` stops it.")
    ] = False,
    web: Annotated[
        bool, typer.Option("--web/--no-web", help="Serve the web too, where Node is and the web is built.")
    ] = True,
) -> None:
    """Start everything: Kafka, PostgreSQL, Valkey, the API, a worker, the relay, the scheduler, the monitor, the web.

    Ctrl-C drains and stops it all; a second Ctrl-C does not wait.
    """
    project = ProjectFolder(folder)
    running = project.running()
    if running is not None:
        raise DelightException(
            f"The system already runs from {folder}: {running.api_url} (process {running.supervisor.pid}). "
            "Stop it with `delight down`."
        )
    if detach:
        _run_detached(project, with_web=web)
    else:
        sys.exit(asyncio.run(_run_in_foreground(project, with_web=web)))


def down(folder: FolderOption = DEFAULT_FOLDER) -> None:
    """Stop what `up` started, and wait until it is gone. Nothing accepted is lost."""
    import signal

    running = ProjectFolder(folder).running()
    if running is None:
        print(f"Nothing runs from {folder}.")
        return
    began = time.monotonic()
    if running.supervisor.stop(signal.SIGTERM, patience_seconds=_DOWN_PATIENCE_SECONDS):
        print(f"Stopped in {time.monotonic() - began:.1f} s.")
        return
    raise DelightException(f"It did not stop within {_DOWN_PATIENCE_SECONDS:.0f} s and was killed. Its data are kept.")


def env(folder: FolderOption = DEFAULT_FOLDER, as_json: JsonOption = False) -> None:
    """Print the settings of the running system as shell exports."""
    running = require_running(folder)
    variables = as_environment(development_settings(ProjectFolder(folder), running.addresses))
    if as_json:
        print_json(variables)
        return
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")


async def _run_in_foreground(project: ProjectFolder, *, with_web: bool) -> int:
    from cli.local_system import PROCESSES, WEB, LocalSystem, Progress
    from cli.log_view import ConsoleLogView
    from cli.stop_request import StopRequest, StopRequested
    from infra.local.progress import RichReporter

    screen = console()

    def step(name: str, seconds: float, detail: str) -> None:
        _print_step(screen, name, seconds, detail)

    web = _web_to_serve(with_web)
    system = LocalSystem(
        project,
        progress=Progress(step, RichReporter(screen)),
        sink=ConsoleLogView(screen, (*PROCESSES, WEB)),
        web=web if isinstance(web, WebServer) else None,
    )
    request = StopRequest(
        on_first=lambda: screen.print("Stopping: running jobs finish first. Ctrl-C again to stop at once."),
        on_second=system.kill,
    )
    try:
        settings = await request.unless_asked(system.start())
        _print_welcome(screen, settings, _web_line(web, system.web_url))
        await request.wait()
    except StopRequested:
        pass
    finally:
        began = time.monotonic()
        await system.stop()
    screen.print(f"Stopped in {time.monotonic() - began:.1f} s. Data are kept in {project.path}.")
    return 0


def _web_to_serve(is_wanted: bool) -> WebServer | WebMissing | None:
    return find_web() if is_wanted else None


def _web_line(web: WebServer | WebMissing | None, url: str | None) -> str | None:
    """What is said of the web; nothing when nobody wanted it."""
    if url is not None:
        return f"The web: [bold]{url}[/bold]"
    return f"[yellow]The web is not served:[/yellow] {web.reason}" if isinstance(web, WebMissing) else None


def _run_detached(project: ProjectFolder, *, with_web: bool) -> None:
    project.log_folder.mkdir(parents=True, exist_ok=True)
    log_path = project.log_folder / "delight.log"
    if log_path.exists() and log_path.stat().st_size > _LOG_LIMIT_BYTES:
        log_path.replace(log_path.with_suffix(".log.1"))
    written_before = log_path.stat().st_size if log_path.exists() else 0
    screen = console(stderr=True)
    screen.print(f"Starting in the background; its log is {log_path}", style="dim", soft_wrap=True)
    with log_path.open("ab") as output:
        supervisor = subprocess.Popen(  # noqa: S603 - our own command
            (sys.executable, "-m", "cli", "up", "--folder", str(project.path), "--web" if with_web else "--no-web"),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for_record(project, supervisor, log_path, written_before)
    except BaseException:
        supervisor.terminate()
        supervisor.wait()
        raise
    running = project.running()
    if running is None:
        raise DelightException(f"The system started and stopped again; see {log_path}.")
    settings = load_settings(**development_settings(project, running.addresses))
    _print_welcome(console(), settings, _web_line(_web_to_serve(with_web), running.web_url))


def _wait_for_record(project: ProjectFolder, supervisor: subprocess.Popen[bytes], log_path: Path, start: int) -> None:
    deadline = time.monotonic() + _DETACHED_PATIENCE_SECONDS
    while project.running() is None:
        if supervisor.poll() is not None:
            with log_path.open("rb") as log:
                log.seek(start)
                said = log.read().decode(errors="replace").strip()
            raise DelightException(f"The system did not start.\n{said}")
        if time.monotonic() > deadline:
            raise DelightException(
                f"The system did not start within {_DETACHED_PATIENCE_SECONDS:.0f} seconds; see {log_path}."
            )
        time.sleep(0.05)


def _print_step(screen: Console, name: str, seconds: float, detail: str) -> None:
    screen.print(f"[green]✓[/green] {name:<12} [dim]{seconds:5.1f} s[/dim]  {detail}")


def _print_welcome(screen: Console, settings: Settings, web_line: str | None) -> None:
    from api.auth import mint_development_token
    from api.identity import Role

    token = mint_development_token(settings, "you", list(Role), _TOKEN_LIFETIME)
    screen.print()
    screen.print(f"Delight is ready: [bold]{settings.api_url}/docs[/bold]")
    if web_line is not None:
        screen.print(web_line, soft_wrap=True)
    screen.print(f"A token for the person “you”, with every role, for {_TOKEN_LIFETIME.days} days:")
    screen.print(token, soft_wrap=True)
    screen.print()
    screen.print("Try it in another terminal:", style="dim")
    screen.print('  eval "$(delight env)"', style="dim")
    screen.print(
        '  curl -H "Authorization: Bearer $(delight token --user you)" "$DELIGHT_API_URL/api/v1/progress"',
        style="dim",
        soft_wrap=True,
    )
    screen.print()
