"""`token`: let a developer in."""

from datetime import timedelta
from typing import Annotated

import typer

from api.identity import Role
from cli.folder import DEFAULT_FOLDER, FolderOption, resolve_settings


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Development", epilog="Example: delight token --user ada --role user --role operator")(
        token
    )


def token(
    user: Annotated[str, typer.Option("--user", "-u", help="The person: the token's subject.")],
    role: Annotated[list[Role] | None, typer.Option("--role", "-r", help="May be given several times.")] = None,
    ttl: Annotated[int, typer.Option("--ttl", min=1, help="Seconds until it expires.")] = 3600,
    folder: FolderOption = DEFAULT_FOLDER,
) -> None:
    """Print a token for a person of a development system."""
    from api.auth import mint_development_token

    print(mint_development_token(resolve_settings(folder), user, role or [Role.USER], timedelta(seconds=ttl)))
