"""`alerts`: what fires now, and what was over lately, as the monitor decided it."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from cli.folder import DEFAULT_FOLDER, FolderOption, resolve_settings
from cli.output import SEVERITY_STYLES, JsonOption, moment, print_json, print_table
from infra.settings import Settings

if TYPE_CHECKING:
    from schemas.alerts import AlertRead, AlertsRead


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Operations", epilog="Example: delight alerts --recent 10")(alerts)


def alerts(
    recent: Annotated[int, typer.Option(min=0, max=500, help="How many resolved ones to show.")] = 20,
    folder: FolderOption = DEFAULT_FOLDER,
    as_json: JsonOption = False,
) -> None:
    """Show the alerts that fire, and those that were resolved last. docs/operations.md says what to do about each."""
    read = asyncio.run(_read(resolve_settings(folder), recent))
    if as_json:
        print_json(read.model_dump(mode="json"))
    elif not read.firing and not read.resolved:
        print("No alert has fired.")
    else:
        shown = [*read.firing, *read.resolved]
        print_table(
            ["Alert", "Subject", "State", "Severity", "Since", "Until", "What"],
            [_row(alert) for alert in shown],
            styles=["dim" if alert.resolved_at else SEVERITY_STYLES[alert.severity] for alert in shown],
        )


async def _read(settings: Settings, recent: int) -> "AlertsRead":
    from infra.database import create_engine, session_factory
    from services.alert_service import list_alerts

    engine = create_engine(settings, pool_size=1)
    try:
        async with session_factory(engine)() as session:
            return await list_alerts(session, recent=recent)
    finally:
        await engine.dispose()


def _row(alert: "AlertRead") -> list[object]:
    until = moment(alert.resolved_at) if alert.resolved_at else ""
    since = moment(alert.since)
    return [alert.rule, alert.subject, alert.state.value, alert.severity.value, since, until, alert.summary]
