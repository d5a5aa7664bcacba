"""The declaration of one job type: which events, which agent, how the result is saved, and under which policy."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from agents.context import AgentContext
from consumers.runtime.policy import Criticality, JobPolicy
from schemas.events import Envelope, Event
from schemas.jobs import Subscription

E = TypeVar("E", bound=Event)
R = TypeVar("R")

Agent = Callable[[Envelope[E], AgentContext], Awaitable[R]]
Save = Callable[[AsyncSession, Envelope[E], R], Awaitable[Sequence[Event]]]
SaveAll = Callable[[AsyncSession, Sequence[tuple[Envelope[E], R]]], Awaitable[Sequence[Sequence[Event]]]]

_NAME = re.compile(r"[a-z][a-z0-9-]{1,62}")


@dataclass(frozen=True, slots=True)
class Consumer(Generic[E, R]):
    """One job type.

    `agent` is slow and returns a value; no transaction is open while it runs. `save` is fast and runs inside the
    settlement's transaction, which it shares with other jobs: it decides before it writes, raises `JobRejected` when
    the rules say no, and returns the follow-up events. Busy job types may declare `save_all` instead, which writes
    the results of many jobs with one statement and returns the follow-up events of each; when it raises, the batch is
    divided down to the job that is to blame. `notifies` is whether the person's streams hear of the outcome.
    `uses_model`: the agent asks the chat model, so that the person's daily budget counts. `resumes`: the agent is a
    `ResumableGraph`, which goes on where it stopped. `forgets`: once a job succeeded, its row does not say whose it
    was.
    """

    name: str
    event: type[E] | tuple[type[E], ...]
    agent: Agent[E, R]
    policy: JobPolicy
    save: Save[E, R] | None = None
    save_all: SaveAll[E, R] | None = None
    notifies: bool = True
    uses_model: bool = False
    resumes: bool = False
    forgets: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"the consumer name {self.name!r} must be lower-case words joined by hyphens")
        if not self.events:
            raise ValueError(f"{self.name} handles no event type")
        if (self.save is None) == (self.save_all is None):
            raise ValueError(f"{self.name} declares either save or save_all")
        if self.resumes and not self.uses_model:
            raise ValueError(f"{self.name} has no costly steps to resume: it uses no model")

    @property
    def events(self) -> tuple[type[E], ...]:
        return self.event if isinstance(self.event, tuple) else (self.event,)

    @property
    def subscription(self) -> Subscription:
        return Subscription(
            group=self.name,
            events=self.events,
            uses_model=self.uses_model,
            critical=self.policy.criticality is Criticality.CRITICAL,
        )

    def with_patience(self, factor: float) -> "Consumer[E, R]":
        """The same, with `factor` times as long for each attempt when it uses the chat model."""
        if not self.uses_model:
            return self
        return replace(self, policy=replace(self.policy, timeout=self.policy.timeout * factor))


AnyConsumer: TypeAlias = Consumer[Any, Any]


async def no_agent(_event: Envelope[Event], _context: AgentContext) -> None:
    """The agent of job types that need no thinking: everything happens in `save`."""
