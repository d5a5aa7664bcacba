"""`audit`: prove from the topics and the database that nothing was lost and nothing done twice."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from cli.folder import DEFAULT_FOLDER, FolderOption, resolve_settings
from cli.output import JsonOption, console, print_json, print_table
from infra.settings import Settings
from schemas.ledger import Ledger

_SHOWN_IDS = 20


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Operations", epilog="Example: delight audit --since-hours 24")(audit)


def audit(
    folder: FolderOption = DEFAULT_FOLDER,
    since_hours: Annotated[
        float | None, typer.Option(help="Only events of the last hours; all that the topics retain by default.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check the ledger: accepted = completed + dead + expired + cancelled + in flight, none twice, and all that jobs
    caused is published or owed.

    Exits with 1, and names the events, when it does not add up.
    """
    since = datetime.now(UTC) - timedelta(hours=since_hours) if since_hours is not None else None
    ledger = asyncio.run(_audit(resolve_settings(folder), since, quiet=as_json))
    if as_json:
        print_json({"balanced": ledger.balanced, **ledger.model_dump(mode="json")})
    else:
        _show(ledger)
    if not ledger.balanced:
        raise typer.Exit(1)


async def _audit(settings: Settings, since: datetime | None, *, quiet: bool) -> Ledger:
    from consumers.subscriptions import SUBSCRIPTIONS
    from infra.database import create_engine, session_factory
    from services import ledger_service

    engine = create_engine(settings, pool_size=2)
    read = 0
    try:
        with console(stderr=True).status("Reading the topics") as status:

            def on_progress(records: int) -> None:
                nonlocal read
                read += records
                if not quiet:
                    status.update(f"Reading the topics: {read:,} records")

            return await ledger_service.audit(
                settings, session_factory(engine), SUBSCRIPTIONS, since=since, on_progress=on_progress
            )
    finally:
        await engine.dispose()


def _show(ledger: Ledger) -> None:
    print_table(
        [
            "Group",
            "Accepted",
            "Completed",
            "Dead",
            "Expired",
            "Cancelled",
            "In flight",
            "Unaccounted",
            "Twice",
            "Unpublished",
        ],
        [
            (
                group.group,
                group.accepted,
                group.completed,
                group.dead,
                group.expired,
                group.cancelled,
                group.in_flight,
                len(group.unaccounted),
                len(group.twice),
                len(group.unpublished),
            )
            for group in ledger.groups
        ],
    )
    for group in ledger.groups:
        for name, ids in (
            ("unaccounted", group.unaccounted),
            ("completed twice", group.twice),
            ("caused and never published", group.unpublished),
        ):
            for event_id in ids[:_SHOWN_IDS]:
                print(f"{group.group}: {event_id} {name}")
            if len(ids) > _SHOWN_IDS:
                print(f"{group.group}: and {len(ids) - _SHOWN_IDS} more {name}")
    print("The ledger is balanced." if ledger.balanced else "The ledger is NOT balanced.")
