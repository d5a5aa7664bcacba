"""`api`, `worker`, `relay`, `scheduler`, `monitor`: one process each, in the foreground, as an orchestrator runs them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
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
    app.command(rich_help_panel=_PANEL, epilog="Example: delight worker quest-generation mission-briefing")(worker)
    app.command(rich_help_panel=_PANEL, epilog="Example: delight relay")(relay)
    app.command(rich_help_panel=_PANEL, epilog="Example: delight scheduler")(scheduler)
    app.command(rich_help_panel=_PANEL, epilog="Example: delight monitor")(monitor)


def api(folder: FolderOption = DEFAULT_FOLDER, supervised: SupervisedOption = False) -> None:
    """Run the edge: HTTP and SSE."""
    settings = _prepare("api", folder, supervised=supervised)
    with _crash_logged():
        from api.server import run_api
        from consumers.registry import SUBSCRIPTIONS

        run_api(settings, SUBSCRIPTIONS)


def worker(
    groups: Annotated[
        list[str] | None, typer.Argument(metavar="[GROUP]...", help="The consumer groups to serve; all by default.")
    ] = None,
    folder: FolderOption = DEFAULT_FOLDER,
    supervised: SupervisedOption = False,
) -> None:
    """Run the consumers of all groups, or of those named."""
    settings = _prepare("worker", folder, supervised=supervised)
    with _crash_logged():
        from consumers.worker import run_worker

        asyncio.run(run_worker(settings, groups or ()))


def relay(folder: FolderOption = DEFAULT_FOLDER, supervised: SupervisedOption = False) -> None:
    """Run the relay, which publishes the outbox to Kafka. Several may run."""
    settings = _prepare("relay", folder, supervised=supervised)
    with _crash_logged():
        from consumers.registry import SUBSCRIPTIONS
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
        from consumers.registry import CONSUMERS, SUBSCRIPTIONS
        from consumers.runtime.policy import Criticality
        from services.monitor import run_monitor

        critical = [c.name for c in CONSUMERS if c.policy.criticality is Criticality.CRITICAL]
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


def _prepare(process: str, folder: FolderOption, *, supervised: bool) -> Settings:
    from cli.lifeline import hold_lifeline
    from infra.logging import configure_logging
    from infra.sentry import init_sentry
    from infra.tracing import start_tracing

    settings = resolve_settings(folder)
    configure_logging(settings, process=process)
    init_sentry(settings)
    start_tracing(settings, process=process)
    if supervised:
        hold_lifeline()
    return settings
