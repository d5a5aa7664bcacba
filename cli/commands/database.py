"""`db`: the schema of the database, by Alembic migrations."""

from typing import Annotated

import typer

from cli.folder import DEFAULT_FOLDER, FolderOption, resolve_settings
from cli.output import JsonOption, print_json


def register(app: typer.Typer) -> None:
    database = typer.Typer(no_args_is_help=True, help="Migrate the database.")
    database.command("upgrade", epilog="Example: delight db upgrade")(upgrade)
    database.command("downgrade", epilog="Example: delight db downgrade base")(downgrade)
    database.command("current", epilog="Example: delight db current")(current)
    app.add_typer(database, name="db", rich_help_panel="Operations")


def upgrade(
    revision: Annotated[str, typer.Argument(help="The revision to reach.")] = "head",
    folder: FolderOption = DEFAULT_FOLDER,
) -> None:
    """Bring the schema up to a revision; the newest by default."""
    from models import schema

    url = resolve_settings(folder).database_url
    schema.upgrade(url, revision)
    print(f"The schema is at revision {schema.current(url)}.")


def downgrade(
    revision: Annotated[str, typer.Argument(help="The revision to go back to, or `base` for an empty schema.")],
    folder: FolderOption = DEFAULT_FOLDER,
) -> None:
    """Take the schema back to a revision. The data of what goes are lost."""
    from models import schema

    url = resolve_settings(folder).database_url
    schema.downgrade(url, revision)
    print(f"The schema is at {schema.current(url) or 'base: it is empty'}.")


def current(folder: FolderOption = DEFAULT_FOLDER, as_json: JsonOption = False) -> None:
    """Say at which revision the schema is, and which is the newest."""
    from models import schema

    url = resolve_settings(folder).database_url
    revision, pending = schema.current(url), schema.pending(url)
    if as_json:
        print_json({"revision": revision, "pending": pending})
        return
    print(f"{revision or 'empty'}{': run `delight db upgrade`' if pending else ', the newest'}")
