"""The monitor process: look at the system, show what was seen, judge it by the rules, and tell who has to know.

Any number of monitors may run. All of them show; of their judgements the database takes one at a time.
"""

import asyncio
import contextlib
import math
import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.database import create_engine, session_factory
from infra.health_server import serve_health
from infra.lag_board import publish_snapshot
from infra.lag_monitor import LagMonitor
from infra.metrics import (
    ALERTS_FIRING,
    CONSUMER_GROUP_LAG,
    CONSUMER_GROUP_MEMBERS,
    CRITICAL_DEAD_JOBS,
    DEAD_LETTERS,
    JOB_OLDEST_AGE,
    LEDGER_UNACCOUNTED,
    MONITOR_MEASURED,
    NEW_DEAD_JOBS,
    OUTBOX_OLDEST_DUE,
    OUTBOX_PENDING,
    QUEUE_DEPTH,
    RECORDS_LOST,
)
from infra.redis import RedisClient, create_redis
from infra.settings import Settings
from infra.shutdown import shutdown_event
from infra.webhooks import TIMEOUT
from schemas.jobs import Subscription
from schemas.lag import GroupLag, LagSnapshot
from schemas.ledger import Ledger
from services import alert_service, lag_history, ledger_service
from services.alert_delivery import AlertDelivery, open_channels
from services.alert_rules import ALERT_RULES, AlertRule
from services.observer import Clock, Observation, Observer

log = structlog.get_logger(__name__)

# Seconds without a look after which the process calls itself dead; longer than the deadlines of one look.
STALE_AFTER = 60.0
# How far back the ledger is counted, and how often: an older loss was reported while it was young.
LEDGER_WINDOW = timedelta(minutes=15)
LEDGER_EVERY = timedelta(seconds=60)
# The pause after a look that did not see everything.
RETRY_AFTER = timedelta(seconds=1)
FORGET_EVERY_LOOKS = 100
# How often a notice that waits for its next attempt is looked for.
DELIVER_EVERY = timedelta(seconds=1)
_BREAKER_LEVELS = {"closed": 0.0, "half_open": 1.0, "open": 2.0}


class Monitor:
    """Looks every `monitor_interval` until `stop`. `critical` names the job types whose dead jobs are for today."""

    def __init__(
        self,
        settings: Settings,
        subscriptions: Sequence[Subscription],
        *,
        critical: Collection[str] = (),
        rules: Sequence[AlertRule] = ALERT_RULES,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self._settings = settings
        self._critical = frozenset(critical)
        self._rules = rules
        self._engine: AsyncEngine = create_engine(settings, pool_size=5)
        self._sessions = session_factory(self._engine)
        self._redis: RedisClient = create_redis(settings, max_connections=4)
        self._subscriptions = subscriptions
        self._lag = LagMonitor(settings, subscriptions)
        self._observer = Observer(subscriptions, lag=self._lag, sessions=self._sessions, redis=self._redis, clock=clock)
        channels = open_channels(settings)
        self._channels = frozenset(channels)
        self._delivery = AlertDelivery(self._sessions, channels)
        self._stopping = asyncio.Event()
        self._seen: Observation | None = None
        self.last_look = time.monotonic()
        self.looks = 0
        """How often it has looked."""

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Look until `stop`, whatever is away meanwhile."""
        delivering = asyncio.create_task(self._delivery.run(every=DELIVER_EVERY))
        counting = asyncio.create_task(self._count_ledger_repeatedly())
        try:
            while not self._stopping.is_set():
                await self.look()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), self._pause().total_seconds())
        finally:
            counting.cancel()
            # Told but not noted would be told again.
            self._delivery.stop()
            await asyncio.wait({delivering}, timeout=TIMEOUT.total_seconds() + 1)
            delivering.cancel()
            await self.close()

    def _pause(self) -> timedelta:
        whole = self._seen is not None and not self._seen.missing
        return self._settings.monitor_interval if whole else min(RETRY_AFTER, self._settings.monitor_interval)

    async def look(self) -> Observation:
        """Look once: set the gauges, publish the snapshot, judge. Raises nothing for a part that is away."""
        self._seen = seen = await self._observer.observe()
        snapshot = seen.snapshot()
        show(seen, snapshot, self._critical)
        if snapshot is not None:
            try:
                await publish_snapshot(self._redis, snapshot)
            except Exception as error:  # noqa: BLE001 - it is shown by the metrics all the same
                log.warning("monitor.snapshot_not_published", error=repr(error)[:500])
            try:
                await self._remember(snapshot)
            except Exception as error:  # noqa: BLE001 - a gap in a chart
                log.warning("monitor.snapshot_not_kept", error=repr(error)[:500])
        try:
            await self._judge(seen, snapshot)
        except Exception as error:  # noqa: BLE001 - alerts stay as they are until the database is back
            log.warning("monitor.not_judged", error=repr(error)[:500])
        self.last_look = time.monotonic()
        self.looks += 1
        return seen

    async def count_ledger(self) -> Ledger:
        """Set the gauge of what nobody can account for. Raises what Kafka or the database raises."""
        ledger = await ledger_service.audit(
            self._settings, self._sessions, self._subscriptions, since=datetime.now(UTC) - LEDGER_WINDOW
        )
        LEDGER_UNACCOUNTED.set(ledger.unaccounted + ledger.unpublished)
        return ledger

    async def _count_ledger_repeatedly(self) -> None:
        while True:
            await asyncio.sleep(LEDGER_EVERY.total_seconds())
            try:
                await self.count_ledger()
            except Exception as error:  # noqa: BLE001 - the gauge keeps what was counted last
                log.warning("monitor.ledger_not_counted", error=repr(error)[:500])

    async def _remember(self, snapshot: LagSnapshot) -> None:
        async with self._sessions() as session, session.begin():
            await lag_history.record(session, snapshot)
            if self.looks % FORGET_EVERY_LOOKS == 0:
                await lag_history.forget_old(session, datetime.now(UTC))

    async def close(self) -> None:
        await self._lag.close()
        await self._engine.dispose()
        await self._redis.aclose()

    async def alive(self) -> dict[str, str]:
        """Only this loop: an outage elsewhere is no reason to restart this process."""
        idle = time.monotonic() - self.last_look
        return {"monitor": f"no look for {idle:.0f} s"} if idle > STALE_AFTER else {}

    async def ready(self) -> dict[str, str]:
        """What could not be seen at the last look."""
        return dict(self._seen.missing) if self._seen is not None else {"monitor": "has not looked yet"}

    async def _judge(self, seen: Observation, snapshot: LagSnapshot | None) -> None:
        async with self._sessions() as session, session.begin():
            await alert_service.judge(
                session,
                read(seen, snapshot, self._critical),
                self._rules,
                measured_at=seen.at,
                channels=self._channels,
            )
        async with self._sessions() as session:
            alerts = await alert_service.list_alerts(session, recent=0)
        counts = dict.fromkeys((rule.name for rule in self._rules), 0)
        for alert in alerts.firing:
            counts[alert.rule] = counts.get(alert.rule, 0) + 1
        for rule, count in counts.items():
            ALERTS_FIRING.labels(rule).set(count)
        self._delivery.wake()


def read(seen: Observation, snapshot: LagSnapshot | None, critical: Collection[str]) -> dict[str, dict[str, float]]:
    """What the rules judge: the observation under the names of its metrics."""
    readings: dict[str, dict[str, float]] = {}
    if snapshot is not None:
        readings["delight_queue_depth"] = {group.job_type: group.depth for group in snapshot.groups}
        readings["delight_job_oldest_age_seconds"] = {group.job_type: _age(group) for group in snapshot.groups}
        readings["delight_records_lost"] = {group.group: group.lost for group in snapshot.groups}
    if seen.outbox is not None:
        readings["delight_outbox_oldest_due_seconds"] = {"": seen.outbox_oldest_due_seconds}
    if seen.dead is not None:
        readings["delight_new_dead_jobs"] = {name: jobs.new for name, jobs in seen.dead.items()}
        readings["delight_critical_dead_jobs"] = {
            name: jobs.dead for name, jobs in seen.dead.items() if name in critical
        }
    if seen.breakers is not None:
        readings["delight_breaker_state"] = {name: _BREAKER_LEVELS[state] for name, state in seen.breakers.items()}
    readings["delight_ledger_unaccounted"] = {"": seen.unaccounted}
    return readings


def _age(group: GroupLag) -> float:
    unread = any(partition.lag and partition.oldest_at is None for partition in group.partitions)
    return math.nan if unread else group.oldest_age_seconds


def show(seen: Observation, snapshot: LagSnapshot | None, critical: Collection[str]) -> None:
    """Set the gauges of what was seen; the others keep what they said, and `delight_monitor_measured…` tells how old it is."""
    now = seen.at.timestamp()
    if snapshot is not None:
        # Cleared first: a partition or group that is gone must not leave its last number behind.
        for gauge in (CONSUMER_GROUP_LAG, CONSUMER_GROUP_MEMBERS, RECORDS_LOST, QUEUE_DEPTH, JOB_OLDEST_AGE):
            gauge.clear()
        for group in snapshot.groups:
            CONSUMER_GROUP_MEMBERS.labels(group.group).set(group.members)
            QUEUE_DEPTH.labels(group.job_type).set(group.depth)
            JOB_OLDEST_AGE.labels(group.job_type).set(group.oldest_age_seconds)
            for partition in group.partitions:
                labels = (group.group, partition.topic, partition.partition)
                CONSUMER_GROUP_LAG.labels(*labels).set(partition.lag)
                RECORDS_LOST.labels(*labels).set(partition.lost)
        MONITOR_MEASURED.labels("kafka").set(now)
    if seen.outbox is not None:
        OUTBOX_PENDING.set(sum(topic.pending for topic in seen.outbox.values()))
        OUTBOX_OLDEST_DUE.set(max(0.0, seen.outbox_oldest_due_seconds))
        MONITOR_MEASURED.labels("outbox").set(now)
    if seen.dead is not None:
        NEW_DEAD_JOBS.clear()
        CRITICAL_DEAD_JOBS.clear()
        for job_type, jobs in seen.dead.items():
            NEW_DEAD_JOBS.labels(job_type).set(jobs.new)
            if job_type in critical:
                CRITICAL_DEAD_JOBS.labels(job_type).set(jobs.dead)
        MONITOR_MEASURED.labels("dead_jobs").set(now)
    if seen.dead_letters is not None:
        DEAD_LETTERS.set(seen.dead_letters)
        MONITOR_MEASURED.labels("dead_letters").set(now)


async def run_monitor(settings: Settings, subscriptions: Sequence[Subscription], critical: Collection[str]) -> None:
    """The monitor process: run until SIGTERM or SIGINT."""
    stop = shutdown_event()
    monitor = Monitor(settings, subscriptions, critical=critical)
    async with serve_health(settings, alive=monitor.alive, ready=monitor.ready):
        running = asyncio.create_task(monitor.run())
        log.info("monitor.started", interval_s=settings.monitor_interval.total_seconds())
        await stop.wait()
        monitor.stop()
        await running
    log.info("monitor.stopped")
