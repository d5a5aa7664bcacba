"""The faults: what is broken, for how long, and how it is healed. Which comes when is decided by the seed."""

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Awaitable, Callable

from infra.local.server import Server
from infra.local.stack import EmbeddedStack
from tests.chaos.fleet import Fleet
from tests.chaos.process import DIED_UNCOMMITTED

Fault = Callable[[], Awaitable[None]]


class Saboteur:
    """Applies faults one after the other, and heals each before the next."""

    def __init__(self, stack: EmbeddedStack, fleet: Fleet, dice: random.Random, *, longest_outage: float) -> None:
        self._stack = stack
        self._fleet = fleet
        self._dice = dice
        self._longest_outage = longest_outage
        self._born = 0
        self.applied: Counter[str] = Counter()
        self.faults: dict[str, Fault] = {
            "worker SIGKILL": self._kill_worker,
            "worker SIGTERM": self._stop_worker,
            "worker joins": self._join_worker,
            "relay SIGKILL": self._kill_relay,
            "relay dies between publish and commit": self._kill_publishing_relay,
            "Kafka stop": lambda: self._outage(stack.kafka, graceful=True),
            "Kafka SIGKILL": lambda: self._outage(stack.kafka, graceful=False),
            "PostgreSQL stop": lambda: self._outage(stack.postgres, graceful=True),
            "PostgreSQL SIGKILL": lambda: self._outage(stack.postgres, graceful=False),
            "Valkey stop": lambda: self._outage(stack.valkey, graceful=True),
            "Valkey SIGKILL": lambda: self._outage(stack.valkey, graceful=False),
        }

    def sequence(self) -> list[str]:
        """All faults once, in an order of the seed's."""
        return self._dice.sample(list(self.faults), len(self.faults))

    async def apply(self, name: str) -> None:
        await self.faults[name]()
        self.applied[name] += 1

    async def _kill_worker(self) -> None:
        name = self._dice.choice(self._fleet.named("worker"))
        self._fleet.signal(name, signal.SIGKILL)
        await self._fleet.gone(name)
        self._fleet.start(name)

    async def _stop_worker(self) -> None:
        name = self._dice.choice(self._fleet.named("worker"))
        self._fleet.signal(name, signal.SIGTERM)
        code = await self._fleet.gone(name)
        # One that was not up yet ends as the signal wants it.
        assert code in (0, -signal.SIGTERM), f"{name} did not drain: exit code {code}"
        self._fleet.start(name)

    async def _join_worker(self) -> None:
        workers = self._fleet.named("worker")
        self._born += 1
        self._fleet.start(f"worker-extra-{self._born}")
        if len(workers) > 2:
            leaving = self._dice.choice(workers)
            self._fleet.signal(leaving, signal.SIGTERM)
            await self._fleet.gone(leaving)

    async def _kill_relay(self) -> None:
        name = self._dice.choice(self._fleet.named("relay"))
        self._fleet.signal(name, signal.SIGKILL)
        await self._fleet.gone(name)
        self._fleet.start(name)

    async def _kill_publishing_relay(self) -> None:
        code = -signal.SIGUSR1
        # One that was not up yet dies of the signal itself, with nothing published.
        while code == -signal.SIGUSR1:
            name = self._dice.choice(self._fleet.named("relay"))
            self._fleet.signal(name, signal.SIGUSR1)
            code = await self._fleet.gone(name)
            self._fleet.start(name)
        assert code == DIED_UNCOMMITTED, f"{name} ended otherwise: exit code {code}"

    async def _outage(self, server: Server, *, graceful: bool) -> None:
        await asyncio.to_thread(server.stop if graceful else server.kill)
        await asyncio.sleep(self._dice.uniform(0.5, self._longest_outage))
        await asyncio.to_thread(server.start)
