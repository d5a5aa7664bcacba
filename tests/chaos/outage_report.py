"""What one outage cost, and which of it breaks a promise."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.table import Table

# A process that spins needs a core, and one that floods writes a line for each event or each try.
MOST_CPU = 0.5
MOST_LINES_PER_SECOND = 6.0
# What a process may write on top, however short the outage: each kind of message once or twice.
LINES_AT_ONCE = 60


@dataclass
class OutageReport:
    """Seconds, counts, and ids of what went wrong. What recovers `after` some seconds counts from when the port opened."""

    server: str
    how: str
    seconds: float = 0.0
    accepted: int = 0
    refused: int = 0
    slowest_send: float = 0.0
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    attempts_spent: list[str] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)
    log_lines: dict[str, int] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    not_alive: list[str] = field(default_factory=list)
    server_after: float = 0.0
    worker_after: float = 0.0
    relay_after: float = 0.0
    edge_after: float | None = None
    done_after: float = 0.0
    edge_answers: dict[int, int] = field(default_factory=dict)
    edge_slowest: float = 0.0
    edge_faults: list[str] = field(default_factory=list)
    load: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.server} {self.how}"

    def problems(self, *, within: float | None = None) -> list[str]:
        """Broken promises, in words; `within` is the most seconds until everything works again, where time is judged."""
        found = [
            *(f"lost: {one}" for one in self.lost),
            *(f"done twice: {one}" for one in self.duplicated),
            *(f"spent an attempt: {one}" for one in self.attempts_spent),
            *(f"ended by itself: {one}" for one in self.ended),
            *(f"not alive: {one}" for one in self.not_alive),
            *(f"edge: {one}" for one in self.edge_faults),
        ]
        found += [f"{name} spins: {share:.0%} of a core" for name, share in self.cpu.items() if share > MOST_CPU]
        most = LINES_AT_ONCE + MOST_LINES_PER_SECOND * self.seconds
        found += [f"{name} floods its log: {lines} lines" for name, lines in self.log_lines.items() if lines > most]
        if within is not None:
            # A port may be open long before the server serves, as PostgreSQL's is while it recovers from a crash.
            after = {"worker": self.worker_after, "relay": self.relay_after, "edge": self.edge_after or 0.0}
            late = {name: seconds - self.server_after for name, seconds in after.items()}
            found += [
                f"{name} works again {seconds:.1f} s after the server does"
                for name, seconds in late.items()
                if seconds > within
            ]
        return found


def outage_table(reports: Sequence[OutageReport]) -> Table:
    """One row for each outage."""
    table = Table(title="Outages under load")
    for heading in (
        "Outage",
        "s",
        "Accepted",
        "Refused",
        "Lost",
        "Twice",
        "Attempts spent",
        "CPU % worker/relay/edge",
        "Log lines",
        "After the port opened, s: server/worker/relay/edge",
        "All done after s",
        "Edge: answers, slowest",
        "Load",
    ):
        table.add_column(heading, justify="left" if heading == "Outage" else "right")
    for report in reports:
        answers = ", ".join(f"{count}×{status}" for status, count in sorted(report.edge_answers.items()))
        edge_after = "-" if report.edge_after is None else f"{report.edge_after:.1f}"
        table.add_row(
            report.name,
            f"{report.seconds:.0f}",
            f"{report.accepted:,}",
            f"{report.refused:,}",
            str(len(report.lost)),
            str(len(report.duplicated)),
            str(len(report.attempts_spent)),
            "/".join(f"{100 * share:.1f}" for share in report.cpu.values()),
            "/".join(str(lines) for lines in report.log_lines.values()),
            f"{report.server_after:.1f}/{report.worker_after:.1f}/{report.relay_after:.1f}/{edge_after}",
            f"{report.done_after:.0f}",
            f"{answers}; {report.edge_slowest:.1f} s",
            f"{report.load:.1f}",
        )
    return table
