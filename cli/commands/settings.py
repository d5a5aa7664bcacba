"""`settings`: every variable that the platform reads, what it means, and what it is now."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from cli.folder import DEFAULT_FOLDER, FolderOption, resolve_settings
from cli.output import JsonOption, print_json, print_table
from infra.settings import PREFIX, Settings

_PASSWORD = re.compile(r"(?<=://)([^/@:]*):[^/@]*@")


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Operations", epilog="Example: delight settings")(settings)


def settings(
    folder: FolderOption = DEFAULT_FOLDER,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="The table of the README: defaults, no values.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show every setting, its value now and its meaning. Secrets are not shown."""
    if as_markdown:
        print(markdown_table())
        return
    values = resolve_settings(folder)
    rows = [
        (f"{PREFIX}{name.upper()}", _shown(getattr(values, name)), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    if as_json:
        print_json({variable: value for variable, value, _ in rows})
        return
    print_table(["Variable", "Value", "Meaning"], rows)


def markdown_table() -> str:
    """The settings as the README has them."""
    lines = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        shown = "" if default is PydanticUndefined else _shown(default)
        lines.append(f"| `{PREFIX}{name.upper()}` | {f'`{shown}`' if shown else ''} | {field.description or ''} |")
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return "(secret)"
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g} s"
    if isinstance(value, (list, Mapping)):
        return ", ".join(map(str, value))
    return _PASSWORD.sub(r"\1:***@", str(value))
