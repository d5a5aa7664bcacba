"""A system of real processes under a steady load, from which a server is taken away for a while.

    arrivals ─publisher─▶ Kafka ─▶ worker ─▶ PostgreSQL ─outbox─▶ relay ─▶ Kafka
    visitors ─HTTP─▶ edge ──┘

The processes live through all outages of a drill: whoever needs a restart fails it.
"""

import asyncio
import os
import socket
import time
from functools import partial
from pathlib import Path
from typing import Self
from uuid import uuid4

import httpx
from aiokafka.admin import NewTopic
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from infra.kafka import admin_client
from infra.local.server import Server
from infra.local.stack import EmbeddedStack
from infra.settings import Environment, Settings
from models.schema import upgrade
from schemas.goals import GoalCreated
from schemas.quests import QuestGenerated
from tests.chaos.arrivals import Arrivals
from tests.chaos.fleet import Fleet, prepare_processes
from tests.chaos.outage_account import Account
from tests.chaos.outage_report import OutageReport
from tests.chaos.process import outage_consumers, run_edge, run_relay, run_worker
from tests.chaos.visitors import ACTION, RECORD, Visitors
from tests.support.pinged import TestPonged
from tests.support.processes import free_port
from tests.support.system import System
from tests.support.waiting import until

PROCESSES = {
    "worker": partial(run_worker, outage_consumers),
    "relay": partial(run_relay, outage_consumers),
    "edge": run_edge,
}
HOW = {"stop": "stopped", "kill": "SIGKILLed"}
TITLES = {"kafka": "Kafka", "postgres": "PostgreSQL", "valkey": "Valkey"}

# Seconds of load before an outage, and after everything works again.
AROUND = 1.0
_PINGED = "outage-pinging"
_SECRET = "a-secret-for-drills-only-0123456789abcdef"


class OutageDrill:
    """Starts with `async with`; `outage` may be called any number of times."""

    def __init__(self, stack: EmbeddedStack, folder: Path, *, rate: float = 500.0, visits: float = 5.0) -> None:
        prepare_processes()
        self._stack = stack
        self._rate = rate
        self._visits = visits
        name = f"drill{uuid4().hex[:8]}"
        url = stack.postgres.create_database(name)
        upgrade(url)
        self._ports = {kind: free_port() for kind in PROCESSES}
        self.settings = Settings(
            environment=Environment.DEVELOPMENT,
            auth_development_secret=SecretStr(_SECRET),
            kafka_bootstrap_servers=stack.addresses.kafka_bootstrap_servers,
            kafka_topic_prefix=f"{name}.",
            kafka_partitions=6,
            database_url=url,
            redis_url=stack.addresses.redis_url,
            api_url=f"http://127.0.0.1:{self._ports['edge']}",
        )
        environment = stack.addresses.as_settings() | {
            "DELIGHT_ENVIRONMENT": "development",
            "DELIGHT_AUTH_DEVELOPMENT_SECRET": _SECRET,
            "DELIGHT_KAFKA_TOPIC_PREFIX": f"{name}.",
            "DELIGHT_DATABASE_URL": url,
            "DELIGHT_LOG_JSON": "true",
        }
        self._system = System(self.settings, outage_consumers(), events=[GoalCreated, QuestGenerated])
        self._fleet = Fleet(PROCESSES, environment, folder)

    async def __aenter__(self) -> Self:
        await self._make_relayed_topics()
        await self._system.start()
        async with self._system.engine.begin() as connection:
            await connection.execute(text("CREATE INDEX ON effects (at)"))
        for kind, port in self._ports.items():
            self._fleet.start(kind, DELIGHT_METRICS_PORT=str(port), DELIGHT_API_PORT=str(port))
        try:
            await until(lambda: self._all_answer("readyz"), within=150, what="worker, relay and edge are ready")
        except AssertionError:
            self._fleet.show_logs()
            await self.__aexit__(AssertionError)
            raise
        return self

    async def __aexit__(self, failure: object = None, *_: object) -> None:
        codes = await self._fleet.stop()
        await self._system.stop()
        assert failure or set(codes.values()) == {0}, f"exit codes {codes}"

    async def outage(self, name: str, how: str, seconds: float) -> OutageReport:
        """Take `name` (kafka, postgres, valkey) away by `how` (stop, kill) for `seconds`, under load, and account for it."""
        report = OutageReport(TITLES[name], HOW[how])
        arrivals = Arrivals(self._system.publisher, self._rate)
        visitors = Visitors(self.settings, self._visits)
        loading = asyncio.gather(arrivals.run(), visitors.run())
        try:
            began = time.time()
            await self._until_working(began)
            await asyncio.sleep(AROUND)
            opened = await self._take_away(getattr(self._stack, name), how, seconds, report)
            report.worker_after = await self._until_working(opened) - opened
            # The visitors that were refused come again on their own; the load goes on until the edge has let one in.
            await until(
                lambda: loading.done() or self._edge_works(visitors, opened), within=60, what="the edge accepts again"
            )
            await asyncio.sleep(AROUND)
            arrivals.ending.set()
            visitors.ending.set()
            await loading
            report.load = os.getloadavg()[0]
            await self._until_done(arrivals, visitors)
            report.done_after = time.time() - opened
            retries = self._fleet.logged("worker", "job.retry_scheduled")
            await Account(self._system, report, opened, retries).take(arrivals, visitors)
            report.ended = [name for name in PROCESSES if not self._fleet.named(name)]
        except BaseException:
            self._fleet.show_logs()
            raise
        finally:
            arrivals.ending.set()
            visitors.ending.set()
            await asyncio.wait({loading}, timeout=30)
        return report

    async def _take_away(self, server: Server, how: str, seconds: float, report: OutageReport) -> float:
        """The outage itself; returns when the port opened again."""
        names = list(PROCESSES)
        cpu = {name: self._fleet.cpu_seconds(name) for name in names}
        lines = {name: self._fleet.log_lines(name) for name in names}
        went = time.monotonic()
        await asyncio.to_thread(getattr(server, how))
        while time.monotonic() - went < seconds:
            await asyncio.sleep(min(1.0, seconds / 4))
            report.not_alive += await self._silent_ones("livez")
        report.seconds = time.monotonic() - went
        report.cpu = {name: (self._fleet.cpu_seconds(name) - cpu[name]) / report.seconds for name in names}
        report.log_lines = {name: self._fleet.log_lines(name) - lines[name] for name in names}
        starting = asyncio.create_task(asyncio.to_thread(server.start))
        await until(lambda: _is_open(server.port), what=f"the port of {server.title} is open")
        opened = time.time()
        await starting
        # PostgreSQL answers its port long before it takes a statement.
        await until(lambda: self._ask("SELECT 1"), what="PostgreSQL answers")
        report.server_after = time.time() - opened
        return opened

    async def _until_working(self, moment: float) -> float:
        """When the first effect after `moment` was committed, once there is one."""
        query = "SELECT extract(epoch FROM min(at)) FROM effects WHERE at > to_timestamp(:moment)"
        found = await until(lambda: self._ask(query, moment=moment), within=90, what="the worker settles jobs")
        return float(found)

    async def _ask(self, query: str, **parameters: object) -> object:
        """The one value; None while the database cannot say."""
        try:
            [[value]] = await self._system.rows(query, **parameters)
        except (SQLAlchemyError, OSError):
            value = None
        await asyncio.sleep(0.02)
        return value

    async def _edge_works(self, visitors: Visitors, since: float) -> bool:
        await asyncio.sleep(0.05)
        return all(visitors.accepted_since(since, request) is not None for request in (ACTION, RECORD))

    async def _until_done(self, arrivals: Arrivals, visitors: Visitors) -> None:
        """Wait until every accepted event is settled and nothing is owed."""
        ids = [*arrivals.accepted, *visitors.jobs]
        query = """
            SELECT (SELECT count(*) FROM jobs WHERE event_id = ANY(CAST(:ids AS uuid[])) AND status = 'succeeded')
                = :count AND NOT EXISTS (SELECT FROM outbox_events)
        """
        try:
            await until(
                lambda: self._ask(query, ids=ids, count=len(ids)), within=180, what="all that was accepted is done"
            )
        except AssertionError as error:
            rows = await self._system.rows("SELECT job_type, status, count(*) FROM jobs GROUP BY job_type, status")
            error.add_note(f"accepted {len(ids)}, jobs {rows}")
            raise

    async def _all_answer(self, path: str) -> bool:
        return not await self._silent_ones(path)

    async def _silent_ones(self, path: str) -> list[str]:
        """The processes that do not say 200."""
        silent = []
        async with httpx.AsyncClient(timeout=5) as client:
            for kind, port in self._ports.items():
                try:
                    status = (await client.get(f"http://127.0.0.1:{port}/{path}")).status_code
                except httpx.TransportError as error:
                    silent.append(f"{kind}: {error!r}")
                else:
                    silent += [f"{kind}: {status}"] if status != 200 else []
        return silent

    async def _make_relayed_topics(self) -> None:
        """With the broker's clock in each record: it says when the relay worked again."""
        configs = {"message.timestamp.type": "LogAppendTime"}
        names = [self._system.names.topic(event.type) for event in (TestPonged, GoalCreated)]
        async with admin_client(self.settings) as admin:
            await admin.create_topics([NewTopic(name, 6, 1, topic_configs=configs) for name in names])


def _is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
