"""`doctor`: is everything there that Delight needs, and if not, what to do."""

import asyncio
import sys

import typer

from cli.folder import DEFAULT_FOLDER, FolderOption, resolve_settings
from cli.health_checks import Finding, Verdict, examine
from cli.output import JsonOption, console, print_json
from infra.exceptions import ConfigurationError

_MARKS = {Verdict.OK: "[green]✓[/green]", Verdict.WARNING: "[yellow]![/yellow]", Verdict.WRONG: "[red]✗[/red]"}


def register(app: typer.Typer) -> None:
    app.command(rich_help_panel="Operations", epilog="Example: delight doctor")(doctor)


def doctor(folder: FolderOption = DEFAULT_FOLDER, as_json: JsonOption = False) -> None:
    """Check settings and every server, and say what to do. Exits with 1 when something is wrong."""
    findings = asyncio.run(_examine(folder, as_json=as_json))
    wrong = sum(finding.verdict is Verdict.WRONG for finding in findings)
    if as_json:
        print_json(
            [{"check": f.check, "verdict": f.verdict, "found": f.found, "advice": f.advice or None} for f in findings]
        )
    elif wrong:
        sys.stderr.write(f"{wrong} of {len(findings)} checks found something wrong.\n")
    sys.exit(1 if wrong else 0)


async def _examine(folder: FolderOption, *, as_json: bool) -> list[Finding]:
    findings = []
    try:
        settings = resolve_settings(folder)
    except ConfigurationError as error:
        findings = [Finding("settings", Verdict.WRONG, error.message, "Correct the variables named.")]
        if not as_json:
            _show(findings[0])
        return findings
    async for finding in examine(settings):
        findings.append(finding)
        if not as_json:
            _show(finding)
    return findings


def _show(finding: Finding) -> None:
    screen = console()
    screen.print(f"{_MARKS[finding.verdict]} {finding.check:<18} ", end="")
    screen.print(finding.found, markup=False)
    if finding.advice and finding.verdict is not Verdict.OK:
        screen.print(f"  {'':<18} {finding.advice}", style="dim", markup=False)
