"""How commands answer: tables and colour on a terminal, plain aligned lines in a pipe, JSON when asked."""

import json
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

# With its unit, or without.
_NUMBER = re.compile(r"-?[\d,]+(?:\.\d+)?(?:%| ?(?:ms|s|min|h|d))?")

# By how bad an alert is.
SEVERITY_STYLES = MappingProxyType({"critical": "bold red", "warning": "yellow"})

JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def console(*, stderr: bool = False) -> Console:
    """A console that wraps lines on a terminal only: in a pipe or a log, a line stays a line."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, highlight=False, soft_wrap=not stream.isatty())


def print_json(data: Any) -> None:
    print(json.dumps(data, indent=2, default=str, ensure_ascii=False))


def print_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    title: str | None = None,
    styles: Sequence[str] | None = None,
) -> None:
    """A table on a terminal, each row in its style of `styles`; aligned columns under their names in a pipe.

    Numbers stand right-aligned.
    """
    cells = [["" if value is None else plain(str(value)) for value in row] for row in rows]
    numeric = [any(row[i] for row in cells) and all(_is_number(row[i]) for row in cells) for i in range(len(columns))]
    if sys.stdout.isatty():
        table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
        for column, is_numeric in zip(columns, numeric, strict=True):
            table.add_column(column, overflow="fold", justify="right" if is_numeric else "left")
        for row, style in zip(cells, styles or [""] * len(cells), strict=True):
            table.add_row(*map(escape, row), style=style)
        console().print(table)
        return
    if title:
        print(title)
    widths = [max(len(line[index]) for line in [list(columns), *cells]) for index in range(len(columns))]
    for line in [[column.upper() for column in columns], *cells]:
        aligned = [
            cell.rjust(width) if is_numeric else cell.ljust(width)
            for cell, width, is_numeric in zip(line, widths, numeric, strict=True)
        ]
        print("  ".join(aligned).rstrip())


def plain(text: str) -> str:
    """The text without what a terminal would obey: errors and data may hold anything."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text)


def moment(at: datetime) -> str:
    """A moment in UTC, to the second: logs and other machines say the same."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def _is_number(cell: str) -> bool:
    return not cell or _NUMBER.fullmatch(cell) is not None
