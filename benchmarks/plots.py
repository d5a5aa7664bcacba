"""Draw the results: `python -m benchmarks.plots FOLDER`, in the environment that has matplotlib."""

import json
import statistics
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

PLAIN = FuncFormatter(lambda value, _: f"{value:,.0f}")

OURS, OTHERS, CEILING = "#1f6f6b", "#b9c4c9", "#e0b04c"


def draw_queues(part: dict[str, Any], path: Path) -> None:
    """Jobs per second, on a logarithmic scale: on a linear one most bars could not be seen."""
    medians = sorted((of_name["median"], name) for name, of_name in part["contenders"].items())
    figure, axes = plt.subplots(figsize=(8, 0.42 * len(medians) + 1.2))
    colours = [{"delight": OURS, "ceiling": CEILING}.get(name, OTHERS) for _, name in medians]
    bars = axes.barh([name for _, name in medians], [rate for rate, _ in medians], color=colours)
    axes.bar_label(bars, [f"{rate:,.0f}" for rate, _ in medians], padding=4)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(PLAIN)
    axes.set_xlim(right=max(rate for rate, _ in medians) * 3)
    axes.set_xlabel("jobs per second (logarithmic)")
    _finish(figure, axes, path)


def draw_latency(part: dict[str, Any], path: Path) -> None:
    """A curve for each load over the percentiles."""
    quantiles = ["p50", "p90", "p99", "p99.9", "max"]
    figure, axes = plt.subplots(figsize=(8, 4))
    for load, colour in zip(part["loads"], (OTHERS, OURS, CEILING), strict=True):
        values = [load["latency_ms"][name] for name in quantiles]
        axes.plot(quantiles, values, marker="o", color=colour, label=f"{load['share']:.0%} of capacity")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(PLAIN)
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel("ms from POST to frame (logarithmic)")
    axes.legend(frameon=False)
    _finish(figure, axes, path)


def draw_growth(part: dict[str, Any], path: Path) -> None:
    """Two pictures: by rows in the table, and by worker processes."""
    figure, both = plt.subplots(1, 2, figsize=(8, 3.4), sharey=True)
    labels = {"rows": "rows in the table before", "workers": "worker processes"}
    for axes, kind in zip(both, labels, strict=True):
        medians = {f"{int(key):,}": statistics.median(rates) for key, rates in part[kind].items()}
        bars = axes.bar(list(medians), list(medians.values()), color=OURS)
        axes.bar_label(bars, [f"{rate:,.0f}" for rate in medians.values()], padding=3)
        axes.yaxis.set_major_formatter(PLAIN)
        axes.set_xlabel(labels[kind])
        axes.spines[["top", "right"]].set_visible(False)
    both[0].set_ylabel("jobs per second")
    _finish(figure, both[0], path)


def _finish(figure: Any, axes: Any, path: Path) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main(folder: Path) -> None:
    results = json.loads((folder / "results.json").read_text())
    for name, draw in (("queues", draw_queues), ("latency", draw_latency), ("growth", draw_growth)):
        if name in results:
            draw(results[name], folder / f"{name}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
