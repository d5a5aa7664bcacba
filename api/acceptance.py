"""Accept an action: publish its event, then answer 202 with the place to follow it."""

import asyncio
import re
from typing import Protocol
from uuid import UUID

from api.budget_notices import BudgetNotices
from api.idempotency import IdempotencyRecords
from infra.redis_batch import RedisBatch
from infra.tracing import current_traceparent
from producers.publisher import EventPublisher
from schemas.checked_dataclass import checked_dataclass
from schemas.events import Envelope, Event
from schemas.jobs import JobAccepted
from services import job_service

# https://www.w3.org/TR/trace-context/#traceparent-header-field-values
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


class AnswerHeaders(Protocol):
    """Where headers of the answer are put: a response of the framework has such, and so is a plain dictionary."""

    def __setitem__(self, name: str, value: str, /) -> None: ...


@checked_dataclass(frozen=True, slots=True)
class Acceptance:
    """One action under way. `headers` are those of the answer. `is_repeated`: this very request was let through before, so
    what it may do is settled.
    """

    publisher: EventPublisher
    commands: RedisBatch
    records: IdempotencyRecords
    budgets: BudgetNotices
    headers: AnswerHeaders
    request_id: str | None
    traceparent: str | None
    event_id: UUID
    body_digest: str | None
    is_repeated: bool

    async def accept(self, event: Event) -> JobAccepted:
        """Publish `event` under the request's event id.

        Raises `ServiceUnavailable` when Kafka did not acknowledge in time; the same request may then be sent again
        with the same Idempotency-Key.
        """
        if self.body_digest is not None and not self.is_repeated:
            await self.records.remember(self.event_id, self.body_digest)
        envelope = Envelope.mint(
            event,
            event_id=self.event_id,
            correlation_id=self.request_id,
            traceparent=current_traceparent() or self._given_traceparent(),
        )
        marking = job_service.mark_queued(self.commands, envelope)
        await self.publisher.publish(envelope)
        noticing = asyncio.create_task(self.budgets.notice_for(event)) if self.budgets.may_limit(event) else None
        await job_service.marked(marking)
        budget = await noticing if noticing is not None else None
        location = job_location(self.event_id)
        self.headers["Location"] = location
        return JobAccepted(job_id=self.event_id, location=location, budget=budget)

    def _given_traceparent(self) -> str | None:
        given = self.traceparent
        return given if given is not None and _TRACEPARENT.fullmatch(given) else None


def job_location(event_id: UUID) -> str:
    """Where to ask what became of the event."""
    return f"/api/v1/jobs/{event_id}"
