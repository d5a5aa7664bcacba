"""The outage drill: each server away for a minute, gracefully and by SIGKILL, while events arrive: `make outages`.

Ends with 1 when something was lost, done twice or spent an attempt, when a process spun, flooded its log or ended, or when
work began again only later than `--within` seconds after the server's port was open.
"""

import argparse
import asyncio
import json
import logging
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import structlog
from rich.console import Console

from infra.local.stack import EmbeddedStack
from tests.chaos.outage_drill import HOW, TITLES, OutageDrill
from tests.chaos.outage_report import OutageReport, outage_table

CASES = tuple(f"{server}-{how}" for server in TITLES for how in HOW)


async def run_outages(cases: Sequence[str], *, seconds: float, rate: float, folder: Path) -> list[OutageReport]:
    """One drill through all these outages."""
    console = Console(stderr=True)
    with EmbeddedStack(folder / "stack") as stack:
        async with OutageDrill(stack, folder, rate=rate) as drill:
            reports = []
            for case in cases:
                server, _, how = case.partition("-")
                console.print(
                    f"{TITLES[server]} is {HOW[how]} for {seconds:g} s, while {rate:g} events a second arrive …"
                )
                reports.append(await drill.outage(server, how, seconds))
            return reports


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="length of each outage")
    parser.add_argument("--rate", type=float, default=500.0, help="events per second")
    parser.add_argument("--within", type=float, default=2.0, help="seconds until work must go on")
    parser.add_argument("--only", choices=CASES, action="append", help="may be given several times; all by default")
    parser.add_argument("--logs", type=Path, help="a folder in which to keep what the processes logged")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable()
    with tempfile.TemporaryDirectory(prefix="delight-outages-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        try:
            reports = asyncio.run(
                run_outages(arguments.only or CASES, seconds=arguments.seconds, rate=arguments.rate, folder=folder)
            )
        finally:
            if arguments.logs is not None:
                arguments.logs.mkdir(parents=True, exist_ok=True)
                for log in folder.glob("*.log"):
                    shutil.copy(log, arguments.logs)
    problems = {report.name: report.problems(within=arguments.within) for report in reports}
    if arguments.json:
        sys.stdout.write(json.dumps([asdict(report) for report in reports]) + "\n")
    else:
        Console(width=None if sys.stdout.isatty() else 200).print(outage_table(reports))
    for outage, found in problems.items():
        for problem in found:
            sys.stderr.write(f"{outage}: {problem}\n")
    return 1 if any(problems.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
