"""A consumer that is broken until somebody mends it: its jobs die, and live when an operator retries them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from agents.context import AgentContext
from consumers.runtime.breaker import BreakerPolicy
from consumers.runtime.consumer import Consumer
from consumers.runtime.policy import Criticality, JobPolicy, RetryPolicy
from schemas.events import Envelope, Event
from schemas.quests import QuestRequested
from tests.support.pinged import INSERT_EFFECT, Calls, TestPinged, make_pinged


class BrokenPartError(Exception):
    """What the agent raises until it is mended."""


@dataclass
class Fault:
    """`broken` for all, or `broken_for` some persons."""

    broken: bool = True
    broken_for: set[str] = field(default_factory=set)

    def strikes(self, user_id: str) -> bool:
        return self.broken or user_id in self.broken_for


def make_mendable(
    fault: Fault,
    calls: Calls | None = None,
    *,
    name: str = "test-pinging",
    retries: int = 0,
    criticality: Criticality = Criticality.NORMAL,
) -> Consumer[TestPinged, int]:
    pinged = make_pinged(
        calls, name=name, retry=RetryPolicy.fixed(max_retries=retries, delay=timedelta(milliseconds=50))
    )

    async def ping_unless_broken(event: Envelope[TestPinged], context: AgentContext) -> Any:
        if fault.strikes(event.user_id):
            raise BrokenPartError(f"part {event.data.number} of '{event.user_id}' is broken")
        return await pinged.agent(event, context)

    # Many deaths are what is wanted here.
    policy = replace(pinged.policy, criticality=criticality, breaker=BreakerPolicy(minimum=1_000_000))
    return replace(pinged, agent=ping_unless_broken, policy=policy)


def make_mendable_quests(fault: Fault) -> Consumer[QuestRequested, None]:
    """The same under the name of a group that the command line knows; its effect is a row, as the pinged one's is."""

    async def generate(event: Envelope[QuestRequested], _context: AgentContext) -> None:
        if fault.strikes(event.user_id):
            raise BrokenPartError(f"quests for '{event.user_id}' cannot be generated")

    async def save(session: AsyncSession, event: Envelope[QuestRequested], _result: None) -> Sequence[Event]:
        await session.execute(
            INSERT_EFFECT,
            {"id": event.id, "user": event.user_id, "number": event.data.count, "attempt": 1, "checked": 1},
        )
        return []

    return Consumer(
        name="quest-generation",
        event=QuestRequested,
        agent=generate,
        save=save,
        policy=JobPolicy(retry=RetryPolicy(()), breaker=BreakerPolicy(minimum=1_000_000)),
    )
