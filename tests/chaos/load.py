"""The load: many people whose events have numbers, accepted one after the other, at a steady rate."""

import asyncio
import contextlib
import random
from dataclasses import dataclass, field
from uuid import UUID

from infra.exceptions import ServiceUnavailable
from producers.publisher import EventPublisher
from schemas.events import Envelope
from tests.support.pinged import TestPinged

# What agents do, and how often. The rest is OK.
MODES = {
    "ERROR_ONCE": 0.06,
    "ERROR": 0.01,
    "SLOW": 0.06,
    "HANG": 0.005,
    "SAVE_REJECTS": 0.02,
    "SAVE_BREAKS": 0.005,
    "INVALID": 0.01,
    "CAUSES": 0.1,
}


@dataclass
class Load:
    """Publishes until `ending`; an event that was refused is published again with the same id, as a client would."""

    publisher: EventPublisher
    random: random.Random
    people: int = 200
    rate: float = 300.0
    accepted: dict[UUID, TestPinged] = field(default_factory=dict)
    refused: int = 0
    ending: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for person in range(self.people):
                tasks.create_task(self._person(f"person-{person}", random.Random(self.random.random())))

    async def _person(self, user: str, dice: random.Random) -> None:
        number = 0
        pause = self.people / self.rate
        await self._sleep(dice.uniform(0, pause))
        while not self.ending.is_set():
            number += 1
            mode = dice.choices([*MODES, "OK"], [*MODES.values(), 1 - sum(MODES.values())])[0]
            event = TestPinged(user_id=user, number=number, mode=mode, seconds=dice.uniform(0.02, 0.5))
            await self._publish(event)
            await self._sleep(dice.uniform(0.5, 1.5) * pause)

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.ending.wait(), seconds)

    async def _publish(self, event: TestPinged) -> None:
        envelope = Envelope.mint(event)
        while True:
            try:
                await self.publisher.publish(envelope)
            except ServiceUnavailable:
                self.refused += 1
                await asyncio.sleep(0.2)
            else:
                self.accepted[envelope.id] = event
                return
