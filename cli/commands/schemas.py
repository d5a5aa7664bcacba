"""`schemas`: the JSON Schemas of the events, exported for others and guarded against incompatible change."""

import json
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from cli.output import print_json
from infra.exceptions import DelightException
from schemas.compatibility import find_incompatibilities
from schemas.export import SCHEMA_FOLDER, JsonSchema, event_schemas, read_schemas, write_schemas
from schemas.frame_contract import frame_schema

OutputOption = Annotated[Path, typer.Option("--output", help="The folder of the schema files.", show_default=False)]

_WAY_OUT = (
    "Make the change compatible (an optional property, a wider type), or introduce a new event type beside the old one."
)


def register(app: typer.Typer) -> None:
    schemas = typer.Typer(no_args_is_help=True, help="Export and check the JSON Schemas of the events.")
    schemas.command("export", epilog="Example: delight schemas export")(export)
    schemas.command("check", epilog="Example: delight schemas check --against origin/main")(check)
    schemas.command("show", epilog="Example: delight schemas show quest.requested")(show)
    schemas.command("openapi", epilog="Example: delight schemas openapi > openapi.json")(openapi)
    schemas.command("frames", epilog="Example: delight schemas frames > frames.json")(frames)
    app.add_typer(schemas, name="schemas", rich_help_panel="Development")


def export(
    output: OutputOption = SCHEMA_FOLDER,
    allow_incompatible: Annotated[
        bool, typer.Option("--allow-incompatible", help="Write them although old events no longer fit.")
    ] = False,
) -> None:
    """Write the JSON Schema of every event type. Refuses a change that old events do not fit."""
    new = event_schemas()
    if not allow_incompatible:
        _refuse_incompatible(read_schemas(output), new)
    changed = write_schemas(new, output)
    for path in changed:
        print(f"{'wrote' if path.exists() else 'removed'} {path.name}")
    print(f"{len(new)} schemas in {output}, {len(changed)} changed.")


def check(
    output: OutputOption = SCHEMA_FOLDER,
    against: Annotated[
        str | None,
        typer.Option("--against", help="Compare with the files of this git revision too, such as origin/main."),
    ] = None,
) -> None:
    """Fail when the schema files are stale, or when old events would no longer fit."""
    new, kept = event_schemas(), read_schemas(output)
    _refuse_incompatible(kept, new)
    if against is not None:
        _refuse_incompatible(_schemas_at(against), new)
    stale = sorted(name for name in {*new, *kept} if new.get(name) != kept.get(name))
    if stale:
        raise DelightException(f"Stale schema files: {', '.join(stale)}. Write them with `make schemas`.")
    print(f"{len(new)} schemas are current, and old events fit them.")


def show(
    event_type: Annotated[str, typer.Argument(metavar="TYPE", help="An event type, such as quest.requested.")],
) -> None:
    """Print the JSON Schema of one event type."""
    schemas = event_schemas()
    if event_type not in schemas:
        raise DelightException(f"There is no event type {event_type!r}; there are {', '.join(sorted(schemas))}.")
    print_json(schemas[event_type])


def openapi() -> None:
    """Print the OpenAPI document of the API, without starting anything."""
    from api.app import create_app
    from consumers.subscriptions import SUBSCRIPTIONS
    from infra.settings import Environment, load_settings

    # The document is the same for all settings; these are enough for an app that nobody serves.
    described = load_settings(environment=Environment.DEVELOPMENT.value, auth_development_secret="0" * 32)
    print_json(create_app(described, SUBSCRIPTIONS).openapi())


def frames() -> None:
    """Print the JSON Schema of the frames that the SSE streams carry."""
    print_json(frame_schema())


def _refuse_incompatible(old: dict[str, JsonSchema], new: dict[str, JsonSchema]) -> None:
    problems = find_incompatibilities(old, new)
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise DelightException(f"Old events would no longer fit:\n{listed}\n{_WAY_OUT}")


def _schemas_at(revision: str) -> dict[str, JsonSchema]:
    """The schema files as they were in a git revision."""
    root = SCHEMA_FOLDER.parents[1]
    folder = SCHEMA_FOLDER.relative_to(root).as_posix()
    names = _git(root, "ls-tree", "-r", "--name-only", revision, "--", folder).split()
    return {Path(name).stem: json.loads(_git(root, "show", f"{revision}:{name}")) for name in names}


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - git as the developer has it, with our own arguments
        ("git", *arguments),  # noqa: S607
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise DelightException(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout
