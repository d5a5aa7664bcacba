"""After the commit: dead letters go to their stream, and the person's streams hear what happened.

Both may be said twice (a worker can die between saying and committing its offset) and both are kept once: a dead letter
by its place on the topic, a frame by its id.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from uuid import UUID

import orjson
from sqlalchemy import text

from consumers.runtime import job_rows
from consumers.runtime.consumer import AnyConsumer
from consumers.runtime.outcome import Dead, Duplicate, Failure
from consumers.runtime.policy import Criticality
from consumers.runtime.settlement import Settled
from infra.database import SessionFactory
from infra.dead_letter_alerts import DeadLetterAlerts
from infra.dead_letters import DeadLetter, DeadLetterStore
from infra.frame_publisher import COMPANION, UPDATES, FramePublisher, OutgoingFrame
from schemas.companion import CompanionInterrupted, CompanionReplied
from schemas.frames import CompleteFrame, EventFrame, InterruptedFrame, JobFrame
from schemas.ids import derived_id
from schemas.jobs import JobStatus
from services.dead_letter_service import read_dead_letters
from services.job_service import is_for_person

# The events that end an answer on its stream.
ANSWER_FRAMES: Mapping[str, type[CompleteFrame | InterruptedFrame]] = MappingProxyType(
    {CompanionReplied.type: CompleteFrame, CompanionInterrupted.type: InterruptedFrame}
)

# Older than this, whoever listened has long been told, or has loaded the present state; and the marks that keep a frame
# from being published twice live only a little longer (`infra/frame_publisher.py`).
_READ_SETTLED = text("""
    SELECT event_id, user_id, status, delivery, attempt, error_type, error_message, effects FROM jobs
    WHERE event_id = ANY(:ids) AND job_type = :job_type AND event_type <> :undecodable
      AND finished_at > now() - interval '9 minutes'
""")


class Announcer:
    """Tells Redis what a consumer's settled batch means to others."""

    def __init__(
        self,
        consumer: AnyConsumer,
        *,
        dead_letters: DeadLetterStore,
        alerts: DeadLetterAlerts,
        frames: FramePublisher,
        sessions: SessionFactory,
    ) -> None:
        self._consumer = consumer
        self._dead_letters = dead_letters
        self._alerts = alerts
        self._frames = frames
        self._sessions = sessions

    async def announce(self, batch: Sequence[Settled]) -> None:
        """Add the dead letters and publish the frames of `batch`. Raises when Redis or PostgreSQL is away."""
        duplicates = [settled.delivery.job_id for settled in batch if isinstance(settled.outcome, Duplicate)]
        dead = [self._dead_letter(settled) for settled in batch if isinstance(settled.outcome, Dead)]
        known: list[DeadLetter] = []
        if duplicates:
            async with self._sessions() as session:
                known = await read_dead_letters(session, self._consumer.name, duplicates)
        if dead or known:
            added = await self._dead_letters.add([*dead, *known])
            # Of a job that died before, operators have heard unless its entry was missing.
            news = [*dead, *(letter for letter in known if letter.place in added)]
            await self._alerts.announce(news, critical=self._consumer.policy.criticality is Criticality.CRITICAL)
        if not self._consumer.notifies:
            return
        frames = [frame for settled in batch for frame in self._frames_of(settled)]
        if duplicates:
            frames += await self._frames_again(duplicates)
        if frames:
            await self._frames.publish(frames)

    def _frames_of(self, settled: Settled) -> Iterable[OutgoingFrame]:
        delivery = settled.delivery
        if isinstance(settled.outcome, Duplicate) or settled.forgotten or delivery.envelope is None:
            return
        for effect in settled.effects:
            if effect.user_id == delivery.user_id:
                yield from _event_frames(
                    delivery.user_id, delivery.job_id, effect.id, effect.type, effect.data.model_dump(mode="json")
                )
        failure = job_rows.failure_of(settled.outcome)
        yield self._job_frame(
            delivery.user_id,
            delivery.job_id,
            status=job_rows.status_of(settled.outcome),
            delivery=delivery.number,
            attempt=delivery.attempt,
            failure=failure,
        )

    async def _frames_again(self, job_ids: list[UUID]) -> list[OutgoingFrame]:
        """The frames of jobs settled before: the worker that settled them may have died before it told anybody."""
        async with self._sessions() as session:
            parameters = {"ids": job_ids, "job_type": self._consumer.name, "undecodable": job_rows.UNDECODABLE}
            rows = (await session.execute(_READ_SETTLED, parameters)).all()
        frames: list[OutgoingFrame] = []
        for row in rows:
            effects = orjson.loads(row.effects) if isinstance(row.effects, str) else row.effects or ()
            for effect in effects:
                if effect["data"].get("user_id") == row.user_id:
                    frames += _event_frames(
                        row.user_id, row.event_id, UUID(effect["id"]), effect["type"], effect["data"]
                    )
            frames.append(
                self._job_frame(
                    row.user_id,
                    row.event_id,
                    status=JobStatus(row.status),
                    delivery=row.delivery,
                    # The row of a snoozed job counts the attempts spent; this one was not.
                    attempt=row.attempt + (row.status == JobStatus.SNOOZED),
                    failure=Failure(row.error_type, row.error_message or "") if row.error_type else None,
                )
            )
        return frames

    def _job_frame(
        self, user_id: str, job_id: UUID, *, status: JobStatus, delivery: int, attempt: int, failure: Failure | None
    ) -> OutgoingFrame:
        frame = JobFrame.model_validate(
            {
                "type": f"job.{status}",
                "id": derived_id("frame", str(job_id), self._consumer.name, str(delivery)),
                "job_id": job_id,
                "job_type": self._consumer.name,
                "attempt": attempt,
                "message": failure.message if failure and is_for_person(status, failure.type) else None,
            }
        )
        return OutgoingFrame(user_id, UPDATES, str(frame.id), frame.type, frame.model_dump_json())

    def _dead_letter(self, settled: Settled) -> DeadLetter:
        assert isinstance(settled.outcome, Dead)
        delivery, failure = settled.delivery, settled.outcome.failure
        origin = delivery.first_seen_at
        return DeadLetter(
            job_id=delivery.job_id,
            job_type=self._consumer.name,
            event_type=delivery.envelope.type if delivery.envelope else None,
            user_id=delivery.user_id,
            request_id=delivery.envelope.correlation_id if delivery.envelope else None,
            reason=settled.outcome.reason,
            attempts=delivery.attempt,
            life=delivery.life,
            delivery=delivery.number,
            accepted_at=delivery.accepted_at,
            group=self._consumer.name,
            topic=origin.topic,
            partition=origin.partition,
            offset=origin.offset,
            exception_type=failure.type,
            exception_message=failure.message,
            stacktrace=failure.stacktrace or "",
            fingerprint=job_rows.fingerprint_of(self._consumer.name, settled.outcome),
            key=delivery.record.key,
            value=delivery.record.value,
            headers=job_rows.storable_headers(delivery.record.headers),
        )


def _event_frames(
    user_id: str, job_id: UUID, event_id: UUID, event_type: str, data: dict[str, object]
) -> Iterable[OutgoingFrame]:
    frame = EventFrame(type=event_type, id=event_id, job_id=job_id, data=data)
    yield OutgoingFrame(user_id, UPDATES, str(event_id), event_type, frame.model_dump_json())
    if event_type in ANSWER_FRAMES:
        # After the settlement and never before: whoever reads that an answer is complete finds it saved.
        end = ANSWER_FRAMES[event_type].model_validate(data)
        yield OutgoingFrame(user_id, COMPANION, str(event_id), end.type, end.model_dump_json())
