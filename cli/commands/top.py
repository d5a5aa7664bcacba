"""`top`: the live screen."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

import typer

from cli.folder import DEFAULT_FOLDER, FolderOption, resolve_settings
from infra.exceptions import InvalidRequest


def register(app: typer.Typer) -> None:
    app.command(
        rich_help_panel="Operations", epilog="Example: delight top --url https://api.example.com --token $TOKEN"
    )(top)


def top(
    url: Annotated[str | None, typer.Option("--url", help="The API; by default that of the running system.")] = None,
    token: Annotated[
        str | None,
        typer.Option("--token", envvar="DELIGHT_TOKEN", help="An operator's token; in development one is minted."),
    ] = None,
    seconds: Annotated[float, typer.Option("--seconds", min=0.2, help="Pause between two looks.")] = 2.0,
    folder: FolderOption = DEFAULT_FOLDER,
) -> None:
    """Watch and steer the system on a live screen: lag, jobs, alerts, dead letters, pausing. Needs the API only."""
    from api.auth import mint_development_token
    from api.identity import Role
    from cli.dead_letter_desk import operator_name

    settings = resolve_settings(folder)
    if url is not None and token is None:
        # A token that this folder's secret signs is no business of another system.
        raise InvalidRequest("--url needs --token: an operator's token from the identity provider of that system.")

    def current_token() -> str:
        return token or mint_development_token(settings, operator_name(None), [Role.OPERATOR], timedelta(minutes=5))

    current_token()  # says now what it would say on the screen
    asyncio.run(_watch(url or settings.api_url, current_token, seconds))


async def _watch(url: str, token: Callable[[], str], seconds: float) -> None:
    from cli.top.admin_api import AdminApi
    from cli.top.screen import TopScreen

    async with AdminApi(url, token) as api:
        await TopScreen(api, seconds=seconds).run_async()
