from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from infra.exceptions import NotFound, ServiceUnavailable
from infra.redis import create_redis
from models.job import JobModel
from schemas.events import Envelope
from schemas.ids import new_id
from schemas.jobs import FINAL_STATUSES, EventStatusRead, JobStatus, Subscription
from schemas.missions import MissionStarted
from schemas.quests import QuestRequested
from services import job_service
from tests.support.marks import leave_mark

SUBSCRIPTIONS = (
    Subscription("quest-generation", (QuestRequested,)),
    Subscription("mission-lifecycle", (MissionStarted,)),
    Subscription("mission-briefing", (MissionStarted,)),
)
MOMENT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def started(user_id: str = "ada") -> Envelope[MissionStarted]:
    return Envelope.mint(MissionStarted(user_id=user_id, mission_id=new_id()))


async def write_job(sessions, envelope, job_type: str, status: JobStatus, **changes) -> None:
    fields = {
        "event_id": envelope.id,
        "job_type": job_type,
        "status": status.value,
        "delivery": 1,
        "attempt": 1,
        "life": 1,
        "user_id": envelope.user_id,
        "event_type": envelope.type,
        "accepted_at": MOMENT,
        "started_at": MOMENT,
        "finished_at": MOMENT + timedelta(seconds=1),
    }
    async with sessions.begin() as session:
        session.add(JobModel(**(fields | changes)))


async def status_of(sessions, redis, envelope, user_id: str = "ada") -> EventStatusRead:
    async with sessions() as session:
        return await job_service.read_event_status(session, redis, envelope.id, user_id, SUBSCRIPTIONS)


async def test_a_marked_event_is_queued_in_every_group_that_handles_it(sessions, redis) -> None:
    envelope = started()
    await leave_mark(redis, envelope)
    status = await status_of(sessions, redis, envelope)
    assert (status.type, status.status, status.accepted_at) == ("mission.started", JobStatus.QUEUED, envelope.time)
    assert [(job.job_type, job.status) for job in status.jobs] == [
        ("mission-lifecycle", JobStatus.QUEUED),
        ("mission-briefing", JobStatus.QUEUED),
    ]
    assert 0 < await redis.ttl(f"delight:event:{envelope.id}") <= job_service.MARK_LIFETIME.total_seconds()


async def test_a_row_decides_and_a_group_without_one_is_queued(sessions, redis) -> None:
    envelope = started()
    effects = [{"id": str(new_id()), "type": "mission.briefed", "data": {}}]
    await write_job(
        sessions, envelope, "mission-briefing", JobStatus.SUCCEEDED, effects=effects, model="offline", tokens_in=7
    )
    status = await status_of(sessions, redis, envelope)
    lifecycle, briefing = status.jobs
    assert (status.status, status.accepted_at) == (JobStatus.QUEUED, MOMENT)
    assert (lifecycle.status, lifecycle.attempt) == (JobStatus.QUEUED, 0)
    assert (briefing.status, briefing.effects, briefing.model, briefing.tokens_in) == (
        JobStatus.SUCCEEDED,
        effects,
        "offline",
        7,
    )


async def test_an_event_succeeded_when_all_its_jobs_did(sessions, redis) -> None:
    envelope = started()
    await write_job(sessions, envelope, "mission-briefing", JobStatus.SUCCEEDED)
    await write_job(sessions, envelope, "mission-lifecycle", JobStatus.SUCCEEDED)
    assert (await status_of(sessions, redis, envelope)).status is JobStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("statuses", "overall"),
    [
        ((JobStatus.SUCCEEDED, JobStatus.RETRYING), JobStatus.RETRYING),
        ((JobStatus.DEAD, JobStatus.RETRYING), JobStatus.RETRYING),
        ((JobStatus.DEAD, JobStatus.SNOOZED), JobStatus.SNOOZED),
        ((JobStatus.SUCCEEDED, JobStatus.DEAD), JobStatus.DEAD),
        ((JobStatus.REJECTED, JobStatus.SUCCEEDED), JobStatus.REJECTED),
    ],
)
async def test_an_event_is_over_when_all_its_jobs_are(sessions, redis, statuses, overall: JobStatus) -> None:
    for order in permutations(statuses):
        envelope = started()
        for group, status in zip(("mission-lifecycle", "mission-briefing"), order, strict=True):
            await write_job(sessions, envelope, group, status)
        assert (await status_of(sessions, redis, envelope)).status is overall
        assert (overall in FINAL_STATUSES) == all(status in FINAL_STATUSES for status in statuses)


async def test_a_rejection_is_told_and_another_failure_keeps_its_secrets(sessions, redis) -> None:
    envelope = started()
    await write_job(
        sessions,
        envelope,
        "mission-lifecycle",
        JobStatus.REJECTED,
        error_type="JobRejected",
        error_message="Another mission is active.",
    )
    await write_job(
        sessions,
        envelope,
        "mission-briefing",
        JobStatus.DEAD,
        error_type="ModelUnavailable",
        error_message="401 for key sk-secret",
    )
    lifecycle, briefing = (await status_of(sessions, redis, envelope)).jobs
    assert lifecycle.error is not None
    assert lifecycle.error.message == "Another mission is active."
    assert briefing.error is not None
    assert "secret" not in briefing.error.message


async def test_the_event_of_another_person_is_not_found(sessions, redis) -> None:
    marked, settled = started(), started()
    await leave_mark(redis, marked)
    await write_job(sessions, settled, "mission-lifecycle", JobStatus.SUCCEEDED)
    for envelope in (marked, settled, started()):
        with pytest.raises(NotFound):
            await status_of(sessions, redis, envelope, user_id="eve")


async def test_an_unreadable_mark_is_no_mark(sessions, redis) -> None:
    envelope = started()
    await redis.set(f"delight:event:{envelope.id}", b"\xff{")
    with pytest.raises(NotFound):
        await status_of(sessions, redis, envelope)


async def test_without_redis_rows_still_tell_and_a_mark_is_not_missed(sessions, settings) -> None:
    # Port 1 of this machine: nobody listens there.
    absent = create_redis(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}))
    settled, unseen = started(), started()
    await write_job(sessions, settled, "mission-lifecycle", JobStatus.SUCCEEDED)
    await leave_mark(absent, unseen)
    assert (await status_of(sessions, absent, settled)).type == "mission.started"
    with pytest.raises(ServiceUnavailable):
        await status_of(sessions, absent, unseen)
    await absent.aclose()
