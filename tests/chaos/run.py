"""One run of the chaos suite: load, faults, peace, and the account. `python -m tests.chaos.run --minutes 10 --seed 7`."""

import argparse
import asyncio
import json
import logging
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from uuid import uuid4

import structlog
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import DBAPIError

from infra.local.stack import EmbeddedStack
from infra.settings import Environment, Settings
from models.schema import upgrade
from schemas.ledger import LedgerGroup
from services import ledger_service
from tests.chaos.faults import Saboteur
from tests.chaos.fleet import Fleet, prepare_processes
from tests.chaos.load import Load
from tests.chaos.process import chaos_consumers, run_relay, run_worker
from tests.support.system import System
from tests.support.waiting import until

log = structlog.get_logger(__name__)

PROCESSES = {"worker": partial(run_worker, chaos_consumers), "relay": partial(run_relay, chaos_consumers)}
# What agents and saves do to their jobs, in the table's words.
BAD_MODES = {
    "ERROR_ONCE": "agent fails once",
    "ERROR": "agent fails always",
    "HANG": "agent hangs",
    "SAVE_BREAKS": "save breaks a constraint",
    "INVALID": "agent says that it can never succeed",
}
WORKERS = 2
RELAYS = 2
PEACE = 240.0


@dataclass
class Account:
    """What a run showed."""

    seed: int
    seconds: float = 0.0
    accepted: int = 0
    refused_by_publisher: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    agents: dict[str, int] = field(default_factory=dict)
    recovery_seconds: dict[str, list[float]] = field(default_factory=dict)
    completed: int = 0
    dead: int = 0
    redelivered: int = 0
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    dead_letters_missing: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.duplicated or self.out_of_order or self.dead_letters_missing)


async def run_chaos(
    *, seconds: float, seed: int, folder: Path, rate: float = 300.0, longest_outage: float = 3.0
) -> Account:
    """Load and faults for at least `seconds`, every kind of fault at least once; then peace, then the account."""
    dice = random.Random(seed)
    prepare_processes()
    with EmbeddedStack(folder / "stack") as stack:
        name = f"chaos{uuid4().hex[:8]}"
        url = stack.postgres.create_database(name)
        upgrade(url)
        environment = stack.addresses.as_settings() | {
            "DELIGHT_ENVIRONMENT": "development",
            "DELIGHT_DATABASE_URL": url,
            "DELIGHT_KAFKA_TOPIC_PREFIX": f"{name}.",
            "DELIGHT_KAFKA_PARTITIONS": "6",
            "DELIGHT_LOG_LEVEL": "WARNING",
            "DELIGHT_METRICS_PORT": "0",
        }
        settings = Settings(
            environment=Environment.DEVELOPMENT,
            kafka_bootstrap_servers=environment["DELIGHT_KAFKA_BOOTSTRAP_SERVERS"],
            kafka_topic_prefix=f"{name}.",
            kafka_partitions=6,
            database_url=url,
            redis_url=stack.addresses.redis_url,
        )
        system = System(settings, chaos_consumers())
        await system.start()
        fleet = Fleet(PROCESSES, environment, folder)
        for number in range(WORKERS):
            fleet.start(f"worker-{number}")
        for number in range(RELAYS):
            fleet.start(f"relay-{number}")
        account = Account(seed=seed)
        load = Load(system.publisher, random.Random(dice.random()), rate=rate)
        loading = asyncio.create_task(load.run())
        try:
            await until(lambda: _settled_since(system, 0), within=150, what="the system works before it is broken")
            saboteur = Saboteur(stack, fleet, dice, longest_outage=longest_outage)
            await _sabotage(system, saboteur, account, seconds)
            load.ending.set()
            await loading
            account.accepted, account.refused_by_publisher = len(load.accepted), load.refused
            account.agents = dict(Counter(event.mode for event in load.accepted.values() if event.mode in BAD_MODES))
            await _take_account(system, load, account, await _settle_down(system))
        except BaseException:
            fleet.show_logs()
            raise
        finally:
            load.ending.set()
            await asyncio.wait({loading}, timeout=10)
            await fleet.stop()
            await system.stop()
    return account


async def _sabotage(system: System, saboteur: Saboteur, account: Account, seconds: float) -> None:
    started = time.monotonic()
    while True:
        for fault in saboteur.sequence():
            await saboteur.apply(fault)
            healed = time.monotonic()
            settled = await until(lambda: _latest_settlement(system), within=30, what="the database answers")
            await until(
                lambda settled=settled: _settled_since(system, settled), within=150, what=f"work resumes after {fault}"
            )
            account.recovery_seconds.setdefault(fault, []).append(round(time.monotonic() - healed, 2))
        if time.monotonic() - started >= seconds:
            break
    account.seconds = round(time.monotonic() - started, 1)
    account.faults = dict(saboteur.applied)


async def _latest_settlement(system: System) -> float | None:
    """When the latest effect was committed; None while the database cannot say."""
    try:
        rows = await system.rows("SELECT coalesce(extract(epoch FROM max(at)), 0) FROM effects")
    except (DBAPIError, OSError):
        return None
    return float(rows[0][0])


async def _settled_since(system: System, moment: float) -> bool:
    latest = await _latest_settlement(system)
    return latest is not None and latest > moment


async def _settle_down(system: System) -> LedgerGroup:
    """Wait until nothing is in flight; returns the ledger then."""

    async def balance() -> LedgerGroup | None:
        unfinished = await system.rows("SELECT 1 FROM jobs WHERE status IN ('retrying', 'snoozed') LIMIT 1")
        owed = await system.rows("SELECT 1 FROM outbox_events LIMIT 1")
        ledger = None if unfinished or owed else await _audit(system)
        return ledger if ledger is not None and not ledger.in_flight else None

    try:
        ledger: LedgerGroup = await until(balance, within=PEACE, what="everything accepted is settled in peace")
    except AssertionError as error:
        statuses = await system.rows("SELECT status, count(*) FROM jobs GROUP BY status")
        owed = await system.rows("SELECT topic, count(*), min(available_at) FROM outbox_events GROUP BY topic")
        error.add_note(f"jobs {statuses}, outbox {owed}, in flight {(await _audit(system)).in_flight}")
        raise
    return ledger


async def _audit(system: System) -> LedgerGroup:
    [ledger] = (await ledger_service.audit(system.settings, system.sessions, [system.consumers[0].subscription])).groups
    return ledger


async def _take_account(system: System, load: Load, account: Account, ledger: LedgerGroup) -> None:
    jobs = {row.event_id: row for row in await system.rows("SELECT event_id, status, attempt, life FROM jobs")}
    effects: dict[object, int] = {}
    for row in await system.rows("SELECT event_id, count(*) AS times FROM effects GROUP BY event_id"):
        effects[row.event_id] = row.times
    final = {"succeeded", "rejected", "dead", "expired"}
    account.lost = [
        str(event_id) for event_id in load.accepted if event_id not in jobs or jobs[event_id].status not in final
    ]
    account.lost += [str(event_id) for event_id in ledger.unaccounted]
    account.lost += [f"{event_id} was never published" for event_id in ledger.unpublished]
    account.duplicated = [str(event_id) for event_id, times in effects.items() if times > 1]
    account.duplicated += [str(event_id) for event_id in ledger.twice]
    account.lost += [
        f"{event_id} has no effect"
        for event_id, row in jobs.items()
        if row.status == "succeeded" and effects.get(event_id) != 1
    ]
    account.completed, account.dead = ledger.completed, ledger.dead
    account.redelivered = ledger.duplicates
    letters = {letter["event-id"].decode() for letter in await system.dead_letters()}
    account.dead_letters_missing = [
        str(event_id) for event_id, row in jobs.items() if row.status == "dead" and str(event_id) not in letters
    ]
    # First attempts only: a retry may overtake later events of its person, as the documentation says.
    ordered = await system.rows("""
        SELECT user_id, number, lag(number) OVER (PARTITION BY user_id ORDER BY at) AS before
        FROM effects WHERE attempt = 1
    """)
    account.out_of_order = [
        f"{row.user_id}: {row.number} after {row.before}" for row in ordered if row.before and row.before > row.number
    ]


def show(account: Account) -> None:
    """The account as a table."""
    table = Table(title=f"{account.accepted:,} events under faults for {account.seconds:.0f} s, seed {account.seed}")
    for heading in ("Fault", "Times", "Working again after s: median", "longest"):
        table.add_column(heading, justify="left" if heading == "Fault" else "right")
    for fault, times in sorted(account.faults.items()):
        seconds = account.recovery_seconds[fault]
        table.add_row(fault, str(times), f"{statistics.median(seconds):.1f}", f"{max(seconds):.1f}")
    for mode, times in sorted(account.agents.items()):
        table.add_row(BAD_MODES[mode], f"{times:,}", "", "")
    console = Console()
    console.print(table)
    console.print(
        f"lost {len(account.lost)}, duplicated {len(account.duplicated)}, out of order {len(account.out_of_order)}, "
        f"dead letters missing {len(account.dead_letters_missing)}; completed {account.completed:,}, dead {account.dead:,}, "
        f"published twice and removed {account.redelivered:,}, refused while Kafka was away {account.refused_by_publisher:,}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--rate", type=float, default=300.0, help="events per second")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable()
    with tempfile.TemporaryDirectory(prefix="delight-chaos-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        account = asyncio.run(
            run_chaos(seconds=arguments.minutes * 60, seed=arguments.seed, folder=Path(folder), rate=arguments.rate)
        )
    if arguments.json:
        sys.stdout.write(json.dumps(asdict(account)) + "\n")
    else:
        show(account)
    return 0 if account.clean else 1


if __name__ == "__main__":
    sys.exit(main())
