"""The scheduler: recurring events of every person, on their own clock, exactly one per person, kind and day.

A person's `next_due_at` says when to look at them again, so a tick is one read of an index however many people there are.
The event goes to the outbox in the transaction that marks its day, and a person who is being looked at is locked: any
number of schedulers may run, and a crash at any point neither loses nor doubles an event. Of days that were missed only the
latest is caught up, and only while it is worth it.
"""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from infra.database import create_engine, ping, session_factory
from infra.health_server import serve_health
from infra.metrics import SCHEDULED_EVENTS
from infra.settings import Settings
from infra.shutdown import shutdown_event
from producers.outbox import enqueue
from producers.recurrence import latest_occurrence, next_occurrence
from producers.recurring import RECURRING, Recurring
from schemas.events import Envelope, Event, UserId
from schemas.ids import derived_id

log = structlog.get_logger(__name__)

# Persons of one transaction: their rows are locked for its length, some milliseconds.
BATCH = 200
# Seconds between two looks when nobody more is due.
PAUSE = 5.0
_FIRST_BACKOFF = 0.1
_LONGEST_BACKOFF = 5.0


_LOCK_DUE = text("""
    SELECT id, time_zone, created_at FROM users WHERE next_due_at <= :now
    ORDER BY next_due_at, id LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
""")
_READ_MARKS = text("SELECT user_id, kind, period FROM schedule_marks WHERE user_id = ANY(:ids)")
_WRITE_MARKS = text("""
    INSERT INTO schedule_marks (user_id, kind, period)
    SELECT * FROM unnest(CAST(:users AS text[]), CAST(:kinds AS text[]), CAST(:periods AS date[]))
    ON CONFLICT (user_id, kind) DO UPDATE SET period = excluded.period WHERE schedule_marks.period < excluded.period
""")
_SET_NEXT = text("""
    UPDATE users SET next_due_at = u.next_due_at
    FROM unnest(CAST(:ids AS text[]), CAST(:moments AS timestamptz[])) AS u(id, next_due_at) WHERE users.id = u.id
""")

Person = Row[tuple[str, str, datetime]]


@dataclass(frozen=True, slots=True)
class _Occurrence:
    """One period of one kind for one person, whose event is to be written."""

    user_id: UserId
    kind: str
    period: date
    envelope: Envelope[Event]


class Scheduler:
    """Writes what is due until `stop`. `clock` tells the time, in UTC."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        recurring: Sequence[Recurring] = RECURRING,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sessions = session_factory(engine)
        self._recurring = recurring
        self._clock = clock
        self._stopping = asyncio.Event()
        self.last_tick = time.monotonic()

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Tick until `stop`; an outage of PostgreSQL is waited for."""
        backoff = _FIRST_BACKOFF
        while not self._stopping.is_set():
            self.last_tick = time.monotonic()
            try:
                wait = 0.0 if await self.tick() == BATCH else PAUSE
            except Exception as error:  # noqa: BLE001 - who is due stays due whatever happened
                log.warning("scheduler.waits_for_infrastructure", error=repr(error)[:500], retry_in_s=backoff)
                wait, backoff = backoff, min(_LONGEST_BACKOFF, backoff * 2)
            else:
                backoff = _FIRST_BACKOFF
            if wait > 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), wait)

    async def tick(self) -> int:
        """Serve one batch of persons who are due; how many it were. Raises when PostgreSQL is away."""
        now = self._clock()
        async with self._sessions() as session, session.begin():
            people = (await session.execute(_LOCK_DUE, {"now": now, "limit": BATCH})).all()
            if not people:
                return 0
            ids = [person.id for person in people]
            marks = {(row.user_id, row.kind): row.period for row in await session.execute(_READ_MARKS, {"ids": ids})}
            concerned = {recurring.kind: await _concerned(session, recurring, ids) for recurring in self._recurring}
            due = [
                occurrence
                for person in people
                for recurring in self._recurring
                if person.id in concerned[recurring.kind]
                and (occurrence := _due(person, recurring, now, marks)) is not None
            ]
            await _write(session, due)
            moments = [self._next(person, now) for person in people]
            await session.execute(_SET_NEXT, {"ids": ids, "moments": moments})
        for kind, count in Counter(occurrence.kind for occurrence in due).items():
            SCHEDULED_EVENTS.labels(kind).inc(count)
        log.info("scheduler.ticked", people=len(people), events=len(due))
        return len(people)

    def _next(self, person: Person, now: datetime) -> datetime:
        return min(next_occurrence(now, recurring.at, _zone(person)) for recurring in self._recurring)


async def _concerned(session: AsyncSession, recurring: Recurring, ids: Sequence[UserId]) -> set[UserId]:
    if recurring.who is None:
        return set(ids)
    query = recurring.who.where(recurring.who.selected_columns.user_id.in_(ids))
    return set(await session.scalars(query))


def _due(
    person: Person, recurring: Recurring, now: datetime, marks: Mapping[tuple[str, str], date]
) -> _Occurrence | None:
    """The latest occurrence, unless its event was written before or it is not worth it (any more)."""
    period, moment = latest_occurrence(now, recurring.at, _zone(person))
    marked = marks.get((person.id, recurring.kind))
    # Days only go forward, also for somebody who flies west over the date line.
    if marked is not None and period <= marked:
        return None
    # Who has just come is not owed the day before they came.
    if moment < person.created_at or now >= moment + recurring.worth_for:
        return None
    envelope = Envelope.mint(
        recurring.event(person.id, period),
        event_id=derived_id("scheduled", recurring.kind, person.id, period.isoformat()),
        expiry_time=moment + recurring.worth_for,
    )
    return _Occurrence(person.id, recurring.kind, period, envelope)


async def _write(session: AsyncSession, due: Sequence[_Occurrence]) -> None:
    """Mark the periods and owe their events to Kafka, in the transaction at hand."""
    if not due:
        return
    await session.execute(
        _WRITE_MARKS,
        {
            "users": [occurrence.user_id for occurrence in due],
            "kinds": [occurrence.kind for occurrence in due],
            "periods": [occurrence.period for occurrence in due],
        },
    )
    await enqueue(session, [occurrence.envelope for occurrence in due])


def _zone(person: Person) -> ZoneInfo:
    try:
        return ZoneInfo(person.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        # Zones are checked when they are set; one that the next edition of the database drops must stop nobody.
        log.warning("scheduler.time_zone_unknown", time_zone=person.time_zone)
        return ZoneInfo("UTC")


async def run_scheduler(settings: Settings) -> None:
    """The scheduler process: run until SIGTERM or SIGINT. Several may run."""
    stop = shutdown_event()
    engine = create_engine(settings, pool_size=2)
    scheduler = Scheduler(engine)

    async def alive() -> dict[str, str]:
        silent = time.monotonic() - scheduler.last_tick
        return {} if silent < 60 else {"scheduler": "the loop stands still"}

    async def ready() -> dict[str, str]:
        try:
            async with asyncio.timeout(2):
                await ping(engine)
        except Exception as error:  # noqa: BLE001 - the answer is what is wrong
            return {"postgres": repr(error)[:200]}
        return {}

    async with serve_health(settings, alive=alive, ready=ready):
        log.info("scheduler.started")
        running = asyncio.create_task(scheduler.run())
        await stop.wait()
        scheduler.stop()
        await running
    await engine.dispose()
    log.info("scheduler.stopped")
