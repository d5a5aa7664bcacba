"""`api`, `worker`, `relay`, `scheduler`, `monitor`: one process each, in the foreground, as an orchestrator runs them."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cli.folder import DEFAULT_FOLDER, FolderOption, resolve_settings
from infra.exceptions import DelightException
from infra.settings import Settings

_PANEL = "Processes"

SupervisedOption = Annotated[
    bool, typer.Option("--supervised", hidden=True, help="End when standard input ends: our supervisor is gone.")
]


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel=_PANEL, epilog="Example: DELIGHT_API_HOST=0.0.0.0 delight api")(api)
    app.command(
        rich_help_panel=_PANEL, epilog="Example: delight worker quest-generation mission-briefing --processes 4"
    )(worker)
    app.command(rich_help_panel=_PANEL, epilog="Example: delight relay")(relay)
    app.command(rich_help_panel=_PANEL, epilog="Example: delight scheduler")(scheduler)
    app.command(rich_help_panel=_PANEL, epilog="Example: delight monitor")(monitor)


def api(folder: FolderOption = DEFAULT_FOLDER, supervised: SupervisedOption = False) -> None:
    """Run the edge: HTTP and SSE."""
    settings = _prepare("api", folder, supervised=supervised)
    with _crash_logged():
        from api.server import run_api
        from consumers.subscriptions import SUBSCRIPTIONS

        run_api(settings, SUBSCRIPTIONS)


def worker(
    groups: Annotated[
        list[str] | None, typer.Argument(metavar="[GROUP]...", help="The consumer groups to serve; all by default.")
    ] = None,
    processes: Annotated[
        int, typer.Option("--processes", "-p", min=1, help="How many processes; each shares the partitions.")
    ] = 1,
    folder: FolderOption = DEFAULT_FOLDER,
    supervised: SupervisedOption = False,
    number: Annotated[int, typer.Option(hidden=True, help="Which of several processes this is.")] = 0,
) -> None:
    """Run the consumers of all groups, or of those named.

    One process uses one core. With several, each is a member of its groups; one that dies is started anew, and the
    command fails when one keeps dying. Health and metrics of all are on the metrics port, those of process n on the port
    n above it.
    """
    settings = _prepare("worker", folder, supervised=supervised, log_name=f"worker-{number}" if number else "worker")
    with _crash_logged():
        if processes > 1:
            asyncio.run(_run_processes(settings, groups or [], folder, processes))
        else:
            from consumers.worker import run_worker

            asyncio.run(run_worker(settings, groups or ()))


async def _run_processes(settings: Settings, groups: list[str], folder: Path, count: int) -> None:
    from cli.worker_processes import WorkerProcesses

    command = (sys.executable, "-m", "cli", "worker", *groups, "--folder", str(folder))
    await WorkerProcesses(settings, command, count).run()


def relay(folder: FolderOption = DEFAULT_FOLDER, supervised: SupervisedOption = False) -> None:
    """Run the relay, which publishes the outbox to Kafka. Several may run."""
    settings = _prepare("relay", folder, supervised=supervised)
    with _crash_logged():
        from consumers.subscriptions import SUBSCRIPTIONS
        from producers.relay import run_relay

        asyncio.run(run_relay(settings, SUBSCRIPTIONS))


def scheduler(folder: FolderOption = DEFAULT_FOLDER, supervised: SupervisedOption = False) -> None:
    """Run the scheduler, which writes what recurs on each person's days. Several may run."""
    settings = _prepare("scheduler", folder, supervised=supervised)
    with _crash_logged():
        from producers.scheduler import run_scheduler

        asyncio.run(run_scheduler(settings))


def monitor(folder: FolderOption = DEFAULT_FOLDER, supervised: SupervisedOption = False) -> None:
    """Run the monitor, which measures lag and raises alerts. Several may run."""
    settings = _prepare("monitor", folder, supervised=supervised)
    with _crash_logged():
        from consumers.subscriptions import SUBSCRIPTIONS
        from services.monitor import run_monitor

        critical = [subscription.group for subscription in SUBSCRIPTIONS if subscription.critical]
        asyncio.run(run_monitor(settings, SUBSCRIPTIONS, critical))


@contextmanager
def _crash_logged() -> Iterator[None]:
    """What nobody foresaw belongs into the log with its trace; an error of ours says enough in its sentence."""
    import structlog

    try:
        yield
    except DelightException:
        raise
    except Exception:
        structlog.get_logger(__name__).exception("process.crashed")
        raise


def _prepare(process: str, folder: FolderOption, *, supervised: bool, log_name: str | None = None) -> Settings:
    from cli.lifeline import hold_lifeline
    from infra.logging import configure_logging
    from infra.sentry import init_sentry
    from infra.tracing import start_tracing

    settings = resolve_settings(folder)
    configure_logging(settings, process=log_name or process)
    init_sentry(settings)
    start_tracing(settings, process=process)
    if supervised:
        hold_lifeline()
    return settings
