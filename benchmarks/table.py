"""The results as a page for people: one table for each part, and whether its target was met."""

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.catalogue import ALL, BY_NAME
from benchmarks.latency import half_load

OF_THE_BEST_QUEUE = 10.0
OF_THE_CEILING = 0.45
OF_THE_IDEAL = 0.95
OF_BARE = 0.70
P50_MS, P99_MS = 15.0, 60.0
KIB_PER_CLIENT = 60.0
FLATNESS = 0.85


def render(results: dict[str, Any]) -> str:
    """The page."""
    sections = [section(results[name]) for name, section in _SECTIONS.items() if name in results]
    targets = _table(["Target", "Measured", ""], targets_of(results))
    return "\n\n".join(["# Benchmark results", targets, *sections]) + "\n"


def targets_of(results: dict[str, Any]) -> list[list[str]]:
    """Each target with what was measured and a word on it."""
    rows: list[tuple[str, str, bool]] = []
    if "queues" in results:
        ours, best, ceiling = _compared(results["queues"])
        if ours and best:
            name, rate = best
            rows.append(
                (
                    f"jobs/s ≥ {OF_THE_BEST_QUEUE:g} × the best other Python queue",
                    f"{ours / rate:.1f} × {name}",
                    ours / rate >= OF_THE_BEST_QUEUE,
                )
            )
        if ours and ceiling:
            share = ours / ceiling
            rows.append((f"jobs/s ≥ {OF_THE_CEILING} of the ceiling", f"{share:.2f}", share >= OF_THE_CEILING))
    if "agents" in results:
        share = results["agents"]["share_of_ideal"]
        rows.append((f"agents of 1 s ≥ {OF_THE_IDEAL:.0%} of the ideal", f"{share:.1%}", share >= OF_THE_IDEAL))
    if "edge" in results:
        share = results["edge"]["share_of_bare"]
        rows.append((f"edge ≥ {OF_BARE:.0%} of the bare handler", f"{share:.0%}", share >= OF_BARE))
    if "latency" in results:
        half = half_load(results["latency"])["latency_ms"]
        rows.append((f"POST to frame, half load: p50 ≤ {P50_MS:g} ms", f"{half['p50']:g} ms", half["p50"] <= P50_MS))
        rows.append((f"POST to frame, half load: p99 ≤ {P99_MS:g} ms", f"{half['p99']:g} ms", half["p99"] <= P99_MS))
    if "fanout" in results:
        fanout = results["fanout"]
        each = fanout["kib_per_client"]
        rows.append(
            (f"{fanout['clients']:,} listeners ≤ {KIB_PER_CLIENT:g} KiB each", f"{each:g} KiB", each <= KIB_PER_CLIENT)
        )
    if "growth" in results:
        flat = results["growth"]["flatness"]
        most = max(map(int, results["growth"]["rows"]))
        rows.append((f"jobs/s within 15 % up to {most:,} rows", f"{flat:.2f} of the start", flat >= FLATNESS))
    return [[target, measured, "met" if met else "**missed**"] for target, measured, met in rows]


def _compared(queues: dict[str, Any]) -> tuple[float | None, tuple[str, float] | None, float | None]:
    """Our median, the best other Python queue with its own, and the ceiling's."""
    medians = {name: of_name["median"] for name, of_name in queues["contenders"].items()}
    others = [(name, rate) for name, rate in medians.items() if BY_NAME[name].is_queue]
    return medians.get("delight"), max(others, key=lambda pair: pair[1], default=None), medians.get("ceiling")


def _queues(part: dict[str, Any]) -> str:
    measured = part["contenders"]
    ceiling = measured.get("ceiling", {}).get("median")
    rows = []
    for contender in sorted(ALL, key=lambda one: -measured.get(one.name, {}).get("median", 0)):
        if contender.name not in measured:
            continue
        of_name = measured[contender.name]
        rows.append(
            [
                f"**{contender.name}** {of_name['version']}",
                f"{of_name['median']:,.0f}",
                f"{of_name['median'] / ceiling:.3f}" if ceiling else "",
                f"{min(of_name['rates']):,.0f} – {max(of_name['rates']):,.0f}",
                str(contender.processes),
                f"{of_name['memory_mib']:.0f}",
                contender.transport,
                contender.delivery,
                contender.effects,
                contender.ordering,
                contender.settings,
            ]
        )
    head = [
        "",
        "jobs/s",
        "of the ceiling",
        "from – to",
        "processes",
        "MiB",
        "transport",
        "delivery",
        "effects",
        "order",
        "settings",
    ]
    absent = [f"- {name} was not run: {reason}" for name, reason in part["not_run"].items()]
    title = f"## Jobs per second: {part['jobs']:,} jobs, medians of {_rounds(measured)} rounds"
    return "\n\n".join([title, _table(head, rows), *absent, "![](queues.png)", _circumstances(part)])


def _agents(part: dict[str, Any]) -> str:
    return "\n\n".join(
        [
            f"## Agents of one second, {part['in_flight']:,} at a time in one worker",
            (
                f"{part['jobs']:,} jobs: {part['rate']:,.0f} jobs/s from the first agent's start to the last row, "
                f"{part['share_of_ideal']:.1%} of the ideal, in {part['memory_mib']} MiB and {part['cpu_seconds']} s of "
                "processor time, start included."
            ),
            _circumstances(part),
        ]
    )


def _edge(part: dict[str, Any]) -> str:
    rows = []
    for name, rounds in part["rounds"].items():
        latency = {key: statistics.median(one["latency_ms"][key] for one in rounds) for key in ("p50", "p99")}
        half = part["half_load"][name]["latency_ms"]
        rows.append(
            [
                name,
                f"{part['median_rate'][name]:,.0f}",
                f"{latency['p50']:.1f}",
                f"{latency['p99']:.1f}",
                f"{half['p50']:.1f}",
                f"{half['p99']:.1f}",
                f"{half['p99.9']:.1f}",
            ]
        )
    rate = part["half_load"]["rate"]
    head = [
        "",
        "accepted/s",
        "p50 ms",
        "p99 ms",
        f"p50 at {rate:,.0f}/s",
        f"p99 at {rate:,.0f}/s",
        f"p99.9 at {rate:,.0f}/s",
    ]
    title = f"## The edge: 202 after Kafka's acknowledgement, {part['connections']} connections"
    return "\n\n".join([title, _table(head, rows), _circumstances(part)])


def _latency(part: dict[str, Any]) -> str:
    rows = [
        [f"{load['share']:.0%}", f"{load['rate']:,.0f}", *(f"{load['latency_ms'][key]:g}" for key in _PERCENTILES)]
        for load in part["loads"]
    ]
    title = f"## From POST to the frame, open loop; capacity {part['capacity']:,.0f} events/s"
    return "\n\n".join(
        [
            title,
            _table(["of capacity", "events/s", *(f"{key} ms" for key in _PERCENTILES)], rows),
            "Medians of rounds, which at half load were " + "; ".join(map(_half_load_of_round, part["rounds"])) + ".",
            "![](latency.png)",
            _circumstances(part),
        ]
    )


def _half_load_of_round(measured: dict[str, Any]) -> str:
    half = half_load(measured)
    return f"{half['rate']:,.0f} events/s, p50 {half['latency_ms']['p50']:g} ms, p99 {half['latency_ms']['p99']:g} ms"


def _fanout(part: dict[str, Any]) -> str:
    rows = [
        [
            f"{part['rate']:,.0f} frames/s to random ones",
            *(f"{part['scattered']['latency_ms'].get(key, 0):g}" for key in _PERCENTILES),
        ],
        ["one frame to everybody", *(f"{part['broadcast']['latency_ms'].get(key, 0):g}" for key in _PERCENTILES)],
    ]
    return "\n\n".join(
        [
            f"## {part['clients']:,} listeners on one edge",
            f"Connected in {part['connect_seconds']:.0f} s; {part['kib_per_client']:g} KiB of the edge's memory each.",
            _table(["", *(f"{key} ms" for key in _PERCENTILES)], rows),
            _circumstances(part),
        ]
    )


def _growth(part: dict[str, Any]) -> str:
    rows = [[f"{int(key):,} rows before", f"{statistics.median(rates):,.0f}"] for key, rates in part["rows"].items()]
    rows += [[f"{key} worker processes", f"{statistics.median(rates):,.0f}"] for key, rates in part["workers"].items()]
    title = f"## Growth: {part['jobs']:,} jobs, medians of {_rounds_of(part['rows'].values())} rounds"
    return "\n\n".join([title, _table(["", "jobs/s"], rows), "![](growth.png)", _circumstances(part)])


_PERCENTILES = ("p50", "p90", "p99", "p99.9", "max")
_SECTIONS = {
    "queues": _queues,
    "agents": _agents,
    "edge": _edge,
    "latency": _latency,
    "fanout": _fanout,
    "growth": _growth,
}


def _circumstances(part: dict[str, Any]) -> str:
    found = part["circumstances"]
    machine, servers = found["machine"], found["servers"]
    return (
        f"<sub>{found['measured_at'][:10]}, `{found['command']}`, commit {machine['commit']}; {machine['cores']} cores "
        f"({machine['processor']}), {machine['memory_gib']} GiB, {machine['system']}; "
        + ", ".join(f"{name} {version}" for name, version in servers.items())
        + f"; load average before: {found['load_average_before']}"
        + (f"; taken by the host: {found['taken_by_the_host']:.1%}" if "taken_by_the_host" in found else "")
        + "</sub>"
    )


def _rounds(measured: dict[str, Any]) -> str:
    return _rounds_of(of_name["rates"] for of_name in measured.values())


def _rounds_of(rates: Iterable[Sequence[float]]) -> str:
    counts = {len(of_one) for of_one in rates}
    return "–".join(str(count) for count in sorted({min(counts), max(counts)}))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])
