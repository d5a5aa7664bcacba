"""Measure everything, or a part of it, and write what came out: `make bench`, `make bench ARGS="--only queues"`.

Results go to `benchmarks/results/<name>/`: results.json, table.md and plots. A part that is measured again replaces what
was there; with `--add` its rounds are added, so that a long run can be made of short ones on a machine that others use.
"""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console

from benchmarks.catalogue import BIN, BY_NAME
from benchmarks.edge import measure_edge
from benchmarks.fanout import measure_fanout
from benchmarks.growth import measure_growth
from benchmarks.latency import measure_latency
from benchmarks.process import ProcessFailed
from benchmarks.progress import Progress, quiet_logs
from benchmarks.queues import measure_queues
from benchmarks.results import merge_part, write_results
from benchmarks.slow_agents import measure_agents
from benchmarks.system import ROOT, Bench, describe_machine, taken_by_the_host
from benchmarks.versions import of_servers

Part = Callable[[Bench, Progress, argparse.Namespace], dict[str, Any]]

PARTS: Mapping[str, tuple[str, Part]] = {
    "queues": (
        "The same job for everybody",
        lambda bench, progress, chosen: measure_queues(
            bench, progress, jobs=chosen.jobs, rounds=chosen.rounds, only=chosen.contenders
        ),
    ),
    "agents": (
        "Agents that wait for a second, 2,000 at a time",
        lambda bench, progress, chosen: measure_agents(bench, progress, seconds=chosen.seconds * 2),
    ),
    "edge": (
        "The edge against a bare handler",
        lambda bench, progress, chosen: measure_edge(bench, progress, seconds=chosen.seconds, rounds=chosen.rounds),
    ),
    "latency": (
        "From POST to the frame on the person's stream",
        lambda bench, progress, chosen: measure_latency(
            bench, progress, seconds=chosen.seconds * 2, rounds=chosen.rounds
        ),
    ),
    "fanout": (
        "Many listeners on one edge",
        lambda bench, progress, chosen: measure_fanout(bench, progress, clients=chosen.clients, seconds=chosen.seconds),
    ),
    "growth": (
        "A table that grows, and more processes",
        lambda bench, progress, chosen: measure_growth(bench, progress, jobs=chosen.jobs, rounds=chosen.rounds),
    ),
}


def main() -> int:
    chosen = _arguments()
    # Ended in its middle, a run ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    quiet_logs()
    console = Console()
    folder = ROOT / "benchmarks" / "results" / chosen.name
    parts = chosen.only or list(PARTS)
    failed = False
    with Progress(console) as progress, Bench() as bench:
        servers = of_servers(bench.stack)
        for name in parts:
            title, measure = PARTS[name]
            progress.part(title)
            circumstances = {
                "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "command": "python -m benchmarks " + " ".join(sys.argv[1:]),
                "machine": describe_machine(),
                "servers": servers,
                "load_average_before": round(os.getloadavg()[0], 1),
            }
            before = psutil.cpu_times()
            try:
                measured = measure(bench, progress, chosen)
            except ProcessFailed as error:
                progress.warn(f"{name} failed: {error}")
                failed = True
                continue
            circumstances["taken_by_the_host"] = taken_by_the_host(before, psutil.cpu_times())
            merge_part(folder, name, measured | {"circumstances": circumstances}, add=chosen.add)
        write_results(folder)
        _plot(folder, progress)
    console.print(f"\nWritten to {folder.relative_to(ROOT)}: results.json, table.md and plots.", highlight=False)
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--only", nargs="+", choices=list(PARTS), metavar="PART", help=f"of {', '.join(PARTS)}; all by default"
    )
    parser.add_argument("--contenders", nargs="+", choices=list(BY_NAME), default=[], metavar="NAME", help="of queues")
    parser.add_argument("--jobs", type=int, default=20_000, help="jobs of one contender in one round")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of queues, edge, latency and growth")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each measurement under load")
    parser.add_argument("--clients", type=int, default=10_000, help="listeners of the fan-out")
    parser.add_argument("--name", default=version("delight"), help="folder of the results; the version by default")
    parser.add_argument("--add", action="store_true", help="add rounds to those that are there")
    return parser.parse_args()


def _plot(folder: Path, progress: Progress) -> None:
    """matplotlib lives where the contenders do."""
    if not (BIN / "python").exists():
        progress.warn("No plots: `make bench` makes the environment that draws them.")
        return
    subprocess.run(
        [str(BIN / "python"), "-m", "benchmarks.plots", str(folder)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )


if __name__ == "__main__":
    sys.exit(main())
