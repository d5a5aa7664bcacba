"""What collecting garbage less often costs a worker in memory, and what it brings: `python -m benchmarks.gc_memory`."""

import argparse
import statistics
import sys
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from rich.console import Console

from benchmarks.catalogue import BY_NAME
from benchmarks.progress import Progress, quiet_logs
from benchmarks.queues import Run, measure_contender
from benchmarks.system import Bench

_OURS = BY_NAME["delight"]
VARIANTS = MappingProxyType({"as shipped": _OURS, "default": replace(_OURS, work=(*_OURS.work, "--default-gc"))})


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gc_memory", description=__doc__)
    parser.add_argument("--jobs", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    quiet_logs()
    runs: dict[str, list[Run]] = {name: [] for name in VARIANTS}
    with Progress(Console()) as progress, Bench() as bench:
        for number in range(1, arguments.rounds + 1):
            for name, contender in VARIANTS.items():
                progress.step(f"round {number} of {arguments.rounds}: {name}")
                runs[name].append(measure_contender(bench, contender, arguments.jobs))
    _show(runs)
    return 0


def _show(runs: Mapping[str, list[Run]]) -> None:
    print("garbage collection   jobs/s   peak memory")
    for name, of_name in runs.items():
        rate = statistics.median(run.rate for run in of_name)
        memory = statistics.median(run.memory_mib for run in of_name)
        print(f"{name:<18} {rate:>8,.0f} {memory:>9,.0f} MiB")


if __name__ == "__main__":
    sys.exit(main())
