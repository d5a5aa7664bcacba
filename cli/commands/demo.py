"""`demo`: see the whole platform work, with people, quests, missions and a ledger that adds up."""

import asyncio
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import typer
from rich.console import Console

from cli.folder import DEFAULT_FOLDER, FolderOption, ProjectFolder, resolve_settings
from cli.output import console
from infra.settings import Settings

if TYPE_CHECKING:
    from cli.demo.story import Story


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Start here", epilog="Example: delight demo")(demo)


def demo(folder: FolderOption = DEFAULT_FOLDER) -> None:
    """Start everything, let three people live a day, show what happened, and stop it all."""
    sys.exit(asyncio.run(_run(folder)))


async def _run(folder: FolderOption) -> int:
    from cli.stop_request import StopRequested

    screen = console()
    began = time.monotonic()
    project = ProjectFolder(folder)
    try:
        if (running := project.running()) is not None:
            screen.print(f"The system that runs at {running.api_url} is used, and left running.")
            ledger_adds_up = await _act(screen, resolve_settings(folder))
        else:
            ledger_adds_up = await _act_on_own_system(screen, project)
    except StopRequested:
        screen.print("Stopped, as you asked.")
        return 130
    if not ledger_adds_up:
        sys.stderr.write("The ledger does not add up: something accepted was lost, or done twice.\n")
        return 1
    screen.print(f"Done in {time.monotonic() - began:.0f} s. Next: `delight up`, then open the address that it prints.")
    return 0


async def _act_on_own_system(screen: Console, project: ProjectFolder) -> bool:
    from cli.local_system import LocalSystem, Progress
    from cli.log_view import FileLogView
    from cli.stop_request import StopRequest
    from infra.local.progress import RichReporter

    def step(name: str, seconds: float, detail: str) -> None:
        screen.print(f"[green]✓[/green] {name:<12} [dim]{seconds:5.1f} s[/dim]  {detail}")

    screen.print("[bold]Starting the system[/bold]")
    log_view = FileLogView(project.log_folder)
    system = LocalSystem(project, progress=Progress(step, RichReporter(screen)), sink=log_view)
    request = StopRequest(
        on_first=lambda: screen.print("Stopping. Ctrl-C again to stop at once."),
        on_second=system.kill,
    )
    try:
        settings = await request.unless_asked(system.start())
        return await request.unless_asked(_act(screen, settings))
    finally:
        began = time.monotonic()
        await system.stop()
        log_view.close()
        screen.print(f"\nEverything is stopped ({time.monotonic() - began:.1f} s); logs are in {project.log_folder}.")


async def _act(screen: Console, settings: Settings) -> bool:
    """The people's stories, told and shown; whether the ledger adds up."""
    from cli.concurrency import gather_all
    from cli.demo.people import cast
    from cli.demo.report import show_mission, show_quests
    from cli.demo.story import live

    screen.print("\n[bold]Three people act, over HTTP, at the same time[/bold]")
    began = time.monotonic()

    def tell(text: str) -> None:
        screen.print(f"[dim]{time.monotonic() - began:5.2f} s[/dim]  {text}")

    stories = await gather_all(live(person, settings, tell) for person in cast())
    for story in stories:
        show_quests(screen, story)
    model = stories[0].model
    if model == "offline":
        screen.print("Written by the built-in offline model: no language model is configured.", style="dim")
    for story in stories:
        show_mission(screen, story)
    return await _account(screen, settings, stories)


async def _account(screen: Console, settings: Settings, stories: Sequence["Story"]) -> bool:
    from cli.demo.journey import trace
    from cli.demo.ledger import settle_ledger
    from cli.demo.report import show_journey, show_ledger
    from consumers.subscriptions import SUBSCRIPTIONS
    from infra.database import create_engine, session_factory

    engine = create_engine(settings, pool_size=2)
    try:
        sessions = session_factory(engine)
        first = stories[0]
        show_journey(await trace(sessions, first.request, first.generated), first.person.name)
        accepted = [event for story in stories for event in story.accepted]
        missions: list[UUID] = [story.mission.id for story in stories]
        ledger = await settle_ledger(sessions, accepted, SUBSCRIPTIONS, missions)
    finally:
        await engine.dispose()
    show_ledger(screen, ledger)
    return ledger.adds_up
