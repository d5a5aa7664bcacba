"""Observe the whole system at once: the groups on Kafka, the outbox and the dead jobs in PostgreSQL, the boards in Redis.

A part that does not answer is missing from the observation, and nothing is concluded from its absence.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

import structlog
from prometheus_client import REGISTRY
from sqlalchemy import select, text

from infra.control import read_breakers
from infra.database import SessionFactory
from infra.dead_letters import DeadLetterStore
from infra.lag_monitor import LagMonitor, MeasuredGroup
from infra.redis import RedisClient
from models.group_pause import GroupPauseModel
from schemas.jobs import Subscription
from schemas.lag import GroupLag, GroupPause, LagSnapshot

log = structlog.get_logger(__name__)

T = TypeVar("T")
Clock = Callable[[], datetime]

_OUTBOX = text("""
    SELECT topic, count(*) AS pending,
        count(*) FILTER (WHERE available_at <= clock_timestamp()) AS due, min(available_at) AS oldest_at
    FROM outbox_events GROUP BY topic
""")
_DEAD = text("""
    SELECT job_type, count(*) AS dead, count(*) FILTER (WHERE finished_at > now() - interval '10 minutes') AS new
    FROM jobs WHERE status = 'dead' GROUP BY job_type
""")


@dataclass(frozen=True, slots=True)
class TopicBacklog:
    """Outbox rows of one topic: all of them, those that are due, and the moment at which the first is or was due."""

    pending: int
    due: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class DeadJobs:
    """Dead jobs of one type: all of them, and those of the last ten minutes."""

    dead: int
    new: int


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen at one moment. None stands for a part that did not answer."""

    at: datetime
    subscriptions: Collection[Subscription]
    groups: list[MeasuredGroup] | None = None
    outbox: Mapping[str, TopicBacklog] | None = None
    dead: Mapping[str, DeadJobs] | None = None
    dead_letters: int | None = None
    breakers: Mapping[str, str] | None = None
    pauses: Mapping[str, GroupPause] | None = None
    unaccounted: float = math.nan
    missing: Mapping[str, str] = field(default_factory=dict)
    """What did not answer, with the reason."""

    @property
    def outbox_oldest_due_seconds(self) -> float:
        """How long the oldest due row has been due."""
        due = [topic.oldest_at for topic in (self.outbox or {}).values() if topic.due]
        return max(((self.at - oldest).total_seconds() for oldest in due), default=0.0)

    def snapshot(self) -> LagSnapshot | None:
        """The lag of all groups; None when Kafka did not answer."""
        if self.groups is None:
            return None
        topics = {subscription.group: _outbox_topics(subscription) for subscription in self.subscriptions}
        return LagSnapshot(
            measured_at=self.at, groups=[self._group_lag(group, topics[group.job_type]) for group in self.groups]
        )

    def _group_lag(self, group: MeasuredGroup, topics: Collection[str]) -> GroupLag:
        backlogs = [backlog for topic in topics if (backlog := (self.outbox or {}).get(topic)) and backlog.due]
        moments = [partition.oldest_at for partition in group.partitions if partition.oldest_at is not None]
        oldest_at = min([*moments, *(backlog.oldest_at for backlog in backlogs)], default=None)
        lag = sum(partition.lag for partition in group.partitions)
        due = sum(backlog.due for backlog in backlogs)
        return GroupLag(
            job_type=group.job_type,
            group=group.group,
            state=group.state,
            members=group.members,
            lag=lag,
            outbox_due=due,
            depth=lag + due,
            lost=sum(partition.lost for partition in group.partitions),
            oldest_at=oldest_at,
            oldest_age_seconds=max(0.0, (self.at - oldest_at).total_seconds()) if oldest_at else 0.0,
            breaker=(self.breakers or {}).get(group.job_type, "closed") if self.breakers is not None else None,
            paused=group.job_type in self.pauses if self.pauses is not None else None,
            pause=(self.pauses or {}).get(group.job_type),
            partitions=group.partitions,
        )


def read_unaccounted() -> float:
    """What the ledger's gauge says in this process; NaN when nobody has counted here."""
    value = REGISTRY.get_sample_value("delight_ledger_unaccounted")
    return math.nan if value is None else value


class Observer:
    """Observes; the clients are the caller's. `unaccounted` asks for the ledger's last answer."""

    def __init__(
        self,
        subscriptions: Collection[Subscription],
        *,
        lag: LagMonitor,
        sessions: SessionFactory,
        redis: RedisClient,
        clock: Clock = lambda: datetime.now(UTC),
        unaccounted: Callable[[], float] = read_unaccounted,
    ) -> None:
        self._subscriptions = subscriptions
        self._lag = lag
        self._sessions = sessions
        self._redis = redis
        self._clock = clock
        self._unaccounted = unaccounted

    async def observe(self) -> Observation:
        """Look at everything now. Never raises for a part that is away."""
        missing: dict[str, str] = {}

        async def part(name: str, look: Awaitable[T]) -> T | None:
            try:
                return await look
            except Exception as error:  # noqa: BLE001 - the answer is what is wrong
                missing[name] = repr(error)[:300]
                return None

        groups, outbox, dead, dead_letters, breakers, pauses = await asyncio.gather(
            part("kafka", self._lag.measure()),
            part("outbox", self._read_outbox()),
            part("dead_jobs", self._read_dead()),
            part("dead_letters", DeadLetterStore(self._redis).count()),
            part("breakers", read_breakers(self._redis)),
            part("pauses", self._read_pauses()),
        )
        if missing:
            log.warning("monitor.parts_missing", **missing)
        return Observation(
            at=self._clock(),
            subscriptions=self._subscriptions,
            groups=groups,
            outbox=outbox,
            dead=dead,
            dead_letters=dead_letters,
            breakers=breakers,
            pauses=pauses,
            unaccounted=self._unaccounted(),
            missing=missing,
        )

    async def _read_outbox(self) -> dict[str, TopicBacklog]:
        async with self._sessions() as session:
            rows = await session.execute(_OUTBOX)
            return {row.topic: TopicBacklog(row.pending, row.due, row.oldest_at) for row in rows}

    async def _read_dead(self) -> dict[str, DeadJobs]:
        async with self._sessions() as session:
            rows = await session.execute(_DEAD)
            return {row.job_type: DeadJobs(row.dead, row.new) for row in rows}

    async def _read_pauses(self) -> dict[str, GroupPause]:
        async with self._sessions() as session:
            rows = await session.scalars(select(GroupPauseModel))
            return {row.consumer_group: GroupPause.model_validate(row) for row in rows}


def _outbox_topics(subscription: Subscription) -> list[str]:
    return [*(event.type for event in subscription.events), subscription.retry_topic]
