"""Make jobs die, and look at what is left of them."""

from collections.abc import Sequence
from typing import Any

from infra.dead_letters import DeadLetterStore
from schemas.events import Envelope, Event
from services.dead_letter_desk import DeadLetterDesk
from services.dead_letter_runs import DeadLetterRuns
from tests.support.system import System
from tests.support.waiting import until

OPERATOR = "olga"


def make_desk(system: System, store: DeadLetterStore | None = None) -> DeadLetterDesk:
    return DeadLetterDesk(
        system.sessions,
        store or DeadLetterStore(system.redis),
        [consumer.subscription for consumer in system.consumers],
        max_event_bytes=system.settings.max_event_bytes,
    )


def make_runs(system: System) -> DeadLetterRuns:
    return DeadLetterRuns(
        system.sessions,
        DeadLetterStore(system.redis),
        [consumer.subscription for consumer in system.consumers],
        max_event_bytes=system.settings.max_event_bytes,
    )


def letter_of(event: Envelope[Event], job_type: str = "test-pinging") -> str:
    return f"{event.id}:{job_type}"


async def die(system: System, user: str, mode: str = "INVALID", **fields: Any) -> Envelope[Event]:
    """An event whose job is dead, and whose entry is in the stream."""
    event = await system.ping(user, mode, **fields)
    await dead(system, [event])
    return event


async def dead(system: System, events: Sequence[Envelope[Event]]) -> None:
    """Wait until the jobs of these events are dead and in the stream."""
    for event in events:
        await system.job_in(event, "dead")

    async def all_told() -> bool:
        told = {letter["event-id"].decode() for letter in await system.dead_letters()}
        return {str(event.id) for event in events} <= told

    await until(all_told, what="the dead letters are in the stream")


async def in_stream(system: System, event: Envelope[Event]) -> list[dict[str, bytes]]:
    return [letter for letter in await system.dead_letters() if letter["event-id"].decode() == str(event.id)]


async def outbox_rows(system: System, event: Envelope[Event]) -> list[Any]:
    return await system.rows(
        "SELECT * FROM outbox_events WHERE headers ->> 'delight_job-id' = :id ORDER BY id", id=str(event.id)
    )
