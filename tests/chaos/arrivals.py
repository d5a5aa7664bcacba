"""Events that arrive at a steady rate whatever happens, through the edge's publisher."""

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from uuid import UUID

from infra.exceptions import ServiceUnavailable
from producers.publisher import EventPublisher
from schemas.events import Envelope, Event
from tests.support.pinged import TestPinged

# Most agents are quick, some take a moment, read the database, or cause a follow-up event.
MODES = ("OK", "CAUSES", "OK", "SLOW", "OK", "READS", "OK", "CAUSES", "OK", "OK")
PEOPLE = 1_000
TICK = 0.01
# Seconds. A machine that cannot keep up is not buried under what it owes: fewer arrive, as the report says.
LONGEST_CATCH_UP = 0.1
# Of those who are refused, one in this many comes again, with the same event, until it is accepted.
COME_AGAIN = 25
RETRY_AFTER = 5.0


@dataclass
class Arrivals:
    """Publishes `rate` events a second until `ending`; what was promised is in `accepted`."""

    publisher: EventPublisher
    rate: float
    accepted: dict[UUID, TestPinged] = field(default_factory=dict)
    refused: set[UUID] = field(default_factory=set)
    slowest: float = 0.0
    ending: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        numbers, modes = itertools.count(1), itertools.cycle(MODES)
        began, arrived = time.monotonic(), 0
        async with asyncio.TaskGroup() as clients:
            while not self.ending.is_set():
                due = int((time.monotonic() - began) * self.rate)
                for _ in range(min(due - arrived, int(self.rate * LONGEST_CATCH_UP))):
                    number = next(numbers)
                    event = TestPinged(
                        user_id=f"person-{number % PEOPLE}", mode=next(modes), number=number, seconds=0.1
                    )
                    clients.create_task(self._arrive(Envelope.mint(event), event))
                arrived = due
                await asyncio.sleep(TICK)

    async def _arrive(self, envelope: Envelope[Event], event: TestPinged) -> None:
        while not await self._is_accepted(envelope):
            self.refused.add(envelope.id)
            if event.number % COME_AGAIN or self.ending.is_set():
                return
            await asyncio.sleep(RETRY_AFTER)
        self.accepted[envelope.id] = event

    async def _is_accepted(self, envelope: Envelope[Event]) -> bool:
        asked = time.monotonic()
        try:
            await self.publisher.publish(envelope)
        except ServiceUnavailable:
            return False
        finally:
            self.slowest = max(self.slowest, time.monotonic() - asked)
        return True
