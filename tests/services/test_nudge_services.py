from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from infra.exceptions import Conflict, InvalidRequest, JobRejected, NotFound
from schemas.ids import new_id
from schemas.nudges import (
    NudgeChannel,
    NudgeDelivered,
    NudgePreferencesWrite,
    NudgeResponse,
    NudgeStatus,
    WebhookStatus,
)
from services import nudge_delivery, nudge_planning, nudge_preferences, nudge_service, progress_service
from services.nudge_delivery import NudgeOutcome
from tests.support.nudges import all_nudges, answer, deliver, due, opt_in, opt_out, plan
from tests.support.person import Person

SECRET = "a-secret-of-the-person"
HOOK = "https://example.org/hook"


async def change(sessions: Any, statement: str, **parameters: Any) -> None:
    async with sessions.begin() as session:
        await session.execute(text(statement), parameters)


async def rows(sessions: Any, query: str, **parameters: Any) -> list[Any]:
    async with sessions() as session:
        return list((await session.execute(text(query), parameters)).all())


async def statuses(sessions: Any, user_id: str) -> list[NudgeStatus]:
    return [nudge.status for nudge in await all_nudges(sessions, user_id)]


class TestPreferences:
    async def test_nobody_is_nudged_who_did_not_ask(self, sessions: Any, user_id: str) -> None:
        async with sessions() as session:
            preferences = await nudge_preferences.read_preferences(session, user_id)
            assert (preferences.opted_in, preferences.channels) == (False, [NudgeChannel.SSE])
            with pytest.raises(JobRejected):
                await nudge_planning.gather_context(session, user_id, datetime.now(UTC).date(), datetime.now(UTC))
        with pytest.raises(JobRejected):
            await plan(sessions, user_id)

    async def test_they_are_kept_and_the_secret_is_never_shown(self, sessions: Any, user_id: str) -> None:
        await opt_in(
            sessions,
            user_id,
            channels=["webhook", "sse", "webhook"],
            webhook_url=HOOK,
            webhook_secret=SECRET,
            max_per_day=3,
            time_zone="Asia/Kathmandu",
            quiet_from="21:30",
        )
        async with sessions() as session:
            preferences = await nudge_preferences.read_preferences(session, user_id)
        assert preferences.channels == [NudgeChannel.SSE, NudgeChannel.WEBHOOK]
        assert (preferences.max_per_day, preferences.time_zone) == (3, "Asia/Kathmandu")
        assert preferences.has_webhook_secret
        assert SECRET not in preferences.model_dump_json()
        assert preferences.quiet_from.isoformat() == "21:30:00"

    async def test_what_is_left_out_of_clock_and_secret_stays(self, sessions: Any, user_id: str) -> None:
        await opt_in(sessions, user_id, webhook_url=HOOK, webhook_secret=SECRET, time_zone="Asia/Kathmandu")
        async with sessions.begin() as session:
            wanted = NudgePreferencesWrite(opted_in=True, channels=[NudgeChannel.WEBHOOK], webhook_url=HOOK)
            preferences = await nudge_preferences.write_preferences(session, user_id, wanted, trusting=False)
        assert preferences.time_zone == "Asia/Kathmandu"
        assert preferences.has_webhook_secret
        async with sessions.begin() as session:
            preferences = await nudge_preferences.write_preferences(
                session, user_id, NudgePreferencesWrite(), trusting=False
            )
        assert not preferences.has_webhook_secret

    @pytest.mark.parametrize(
        "wanted",
        [
            {"channels": ["webhook"]},
            {"channels": ["webhook"], "webhook_url": HOOK},
            {"channels": ["webhook"], "webhook_secret": SECRET},
            {"webhook_url": "http://example.org/"},
            {"webhook_url": "https://127.0.0.1/"},
        ],
    )
    async def test_what_cannot_work_is_refused(self, sessions: Any, user_id: str, wanted: dict[str, Any]) -> None:
        with pytest.raises(InvalidRequest):
            async with sessions.begin() as session:
                await nudge_preferences.write_preferences(
                    session, user_id, NudgePreferencesWrite(**wanted), trusting=False
                )

    async def test_any_change_lets_the_scheduler_look_again(self, sessions: Any, user_id: str) -> None:
        await opt_in(sessions, user_id)
        await change(sessions, "UPDATE users SET next_due_at = now() + interval '1 day' WHERE id = :id", id=user_id)
        await opt_in(sessions, user_id, time_zone="Asia/Kathmandu")
        ((is_due,),) = await rows(sessions, "SELECT next_due_at <= now() FROM users WHERE id = :id", id=user_id)
        assert is_due


class TestPlanning:
    async def test_a_nudge_is_owed_once_per_channel_at_its_moment(self, sessions: Any, user_id: str) -> None:
        await opt_in(sessions, user_id, channels=["sse", "webhook"], webhook_url=HOOK, webhook_secret=SECRET)
        (nudge,) = await plan(sessions, user_id, within=timedelta(minutes=30))
        assert nudge.status is NudgeStatus.SCHEDULED
        owed = await rows(
            sessions,
            "SELECT topic, available_at, headers, convert_from(value, 'UTF8') AS value FROM outbox_events"
            " WHERE key = :key ORDER BY id",
            key=user_id.encode(),
        )
        assert [row.topic for row in owed] == ["nudge.due", "nudge.due"]
        assert all(abs(row.available_at - nudge.scheduled_for) < timedelta(seconds=5) for row in owed)
        assert all(datetime.fromisoformat(row.headers["ce_expirytime"]) == nudge.expires_at for row in owed)
        assert ['"sse"' in row.value for row in owed] == [True, False]

    async def test_a_day_has_room_for_as_many_as_the_person_wants(self, sessions: Any, user_id: str) -> None:
        await opt_in(sessions, user_id, max_per_day=2)
        assert len(await plan(sessions, user_id, "One.", "Two.", "Three.")) == 2
        assert await plan(sessions, user_id, "Four.") == []
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)
        assert len(await plan(sessions, user_id, "Five.", day=tomorrow)) == 1

    async def test_an_event_that_is_handled_again_plans_nothing_more(self, sessions: Any, user_id: str) -> None:
        await opt_in(sessions, user_id, max_per_day=3)
        event_id = new_id()
        (planned,) = await plan(sessions, user_id, "One.", event_id=event_id)
        again = await plan(sessions, user_id, "Two.", "Three.", event_id=event_id)
        assert [(nudge.id, nudge.text) for nudge in again] == [(planned.id, "One.")]

    async def test_moments_that_passed_while_the_agent_thought_are_dropped(self, sessions: Any, user_id: str) -> None:
        await opt_in(sessions, user_id)
        assert await plan(sessions, user_id, within=timedelta(seconds=-1)) == []

    async def test_what_could_not_be_delivered_is_expired_by_the_next_plan(self, sessions: Any, user_id: str) -> None:
        await opt_in(sessions, user_id)
        await plan(sessions, user_id)
        await change(sessions, "UPDATE nudges SET expires_at = now() WHERE user_id = :id", id=user_id)
        await plan(sessions, user_id, day=datetime.now(UTC).date() + timedelta(days=1))
        assert sorted(await statuses(sessions, user_id)) == [NudgeStatus.EXPIRED, NudgeStatus.SCHEDULED]


class TestDelivery:
    async def test_a_nudge_reaches_the_streams_once(self, sessions: Any, user_id: str) -> None:
        await opt_in(sessions, user_id)
        (nudge,) = await plan(sessions, user_id, "Hello you.")
        (delivered,) = await deliver(sessions, nudge)
        assert isinstance(delivered, NudgeDelivered)
        assert (delivered.text, delivered.nudge_id) == ("Hello you.", nudge.id)
        async with sessions() as session:
            page = await nudge_service.list_nudges(session, user_id, status=None, limit=10, cursor=None)
        (read,) = page.items
        assert (read.status, read.webhook_status) == (NudgeStatus.DELIVERED, None)
        assert read.delivered_at is not None

    async def test_nudges_to_come_are_not_listed(self, sessions: Any, user_id: str) -> None:
        await opt_in(sessions, user_id)
        await plan(sessions, user_id)
        async with sessions() as session:
            page = await nudge_service.list_nudges(session, user_id, status=None, limit=10, cursor=None)
        assert page.items == []

    @pytest.mark.parametrize("doing", ["starts", "completes"])
    async def test_activity_supersedes_it(self, sessions: Any, user_id: str, doing: str) -> None:
        person = Person(sessions, user_id)
        await opt_in(sessions, user_id)
        (mission_id,) = await person.plans()
        if doing == "completes":
            await person.starts(mission_id)
        (nudge,) = await plan(sessions, user_id)
        await getattr(person, doing)(mission_id)
        async with sessions() as session:
            assert await nudge_delivery.read_due(session, due(nudge), datetime.now(UTC)) is None
        assert await deliver(sessions, nudge) == []
        assert await statuses(sessions, user_id) == [NudgeStatus.SUPERSEDED]

    async def test_activity_before_it_was_planned_does_not(self, sessions: Any, user_id: str) -> None:
        person = Person(sessions, user_id)
        await opt_in(sessions, user_id)
        (mission_id,) = await person.plans()
        await person.starts(mission_id)
        (nudge,) = await plan(sessions, user_id)
        assert len(await deliver(sessions, nudge)) == 1

    async def test_it_expires(self, sessions: Any, user_id: str) -> None:
        await opt_in(sessions, user_id)
        (nudge,) = await plan(sessions, user_id)
        await change(sessions, "UPDATE nudges SET expires_at = now() WHERE user_id = :id", id=user_id)
        assert await deliver(sessions, nudge) == []
        assert await statuses(sessions, user_id) == [NudgeStatus.EXPIRED]

    async def test_quiet_hours_that_were_set_since_are_kept(self, sessions: Any, user_id: str) -> None:
        await opt_in(sessions, user_id)
        (nudge,) = await plan(sessions, user_id)
        now = datetime.now(UTC)
        begin, end = ((now + timedelta(hours=hours)).time().isoformat("minutes") for hours in (-2, 2))
        await opt_in(sessions, user_id, quiet_from=begin, quiet_until=end)
        assert await deliver(sessions, nudge) == []
        assert await statuses(sessions, user_id) == [NudgeStatus.EXPIRED]

    async def test_opting_out_cancels_it(self, sessions: Any, user_id: str) -> None:
        await opt_in(sessions, user_id)
        (nudge,) = await plan(sessions, user_id)
        await opt_out(sessions, user_id)
        assert await deliver(sessions, nudge) == []
        assert await statuses(sessions, user_id) == [NudgeStatus.CANCELLED]

    async def test_a_channel_that_was_dropped_says_nothing_about_the_other(self, sessions: Any, user_id: str) -> None:
        hook = {"webhook_url": HOOK, "webhook_secret": SECRET}
        await opt_in(sessions, user_id, channels=["sse", "webhook"], **hook)
        (nudge,) = await plan(sessions, user_id)
        await opt_in(sessions, user_id, channels=["webhook"], **hook)
        assert await deliver(sessions, nudge) == []
        async with sessions() as session:
            found = await nudge_delivery.read_due(session, due(nudge, NudgeChannel.WEBHOOK), datetime.now(UTC))
        assert found is not None
        assert found.webhook is not None
        assert (found.webhook.url, found.webhook.secret) == (HOOK, SECRET)
        await deliver(sessions, nudge, NudgeChannel.WEBHOOK, NudgeOutcome(WebhookStatus.DELIVERED, 204))
        (after,) = await all_nudges(sessions, user_id)
        assert (after.status, after.webhook_status, after.webhook_answer) == ("delivered", "delivered", 204)

    async def test_a_refused_webhook_is_recorded_and_no_delivery(self, sessions: Any, user_id: str) -> None:
        await opt_in(sessions, user_id, channels=["webhook"], webhook_url=HOOK, webhook_secret=SECRET)
        (nudge,) = await plan(sessions, user_id)
        await deliver(sessions, nudge, NudgeChannel.WEBHOOK, NudgeOutcome(WebhookStatus.FAILED))
        (after,) = await all_nudges(sessions, user_id)
        assert (after.status, after.webhook_status, after.delivered_at) == ("scheduled", "failed", None)

    async def test_somebody_elses_nudge_is_not_delivered(self, sessions: Any, user_id: str) -> None:
        await opt_in(sessions, user_id)
        (nudge,) = await plan(sessions, user_id)
        stranger = f"{user_id}-stranger"
        nudge.user_id = stranger
        with pytest.raises(JobRejected):
            await deliver(sessions, nudge)


class TestAnswers:
    async def delivered(self, sessions: Any, user_id: str, **wanted: Any) -> Any:
        await opt_in(sessions, user_id, **wanted)
        (nudge,) = await plan(sessions, user_id)
        await deliver(sessions, nudge)
        return nudge

    async def test_an_answer_is_kept_and_the_last_one_counts(self, sessions: Any, user_id: str) -> None:
        nudge = await self.delivered(sessions, user_id)
        await answer(sessions, user_id, nudge.id, NudgeResponse.NOT_NOW)
        await answer(sessions, user_id, nudge.id, NudgeResponse.HELPFUL)
        (after,) = await all_nudges(sessions, user_id)
        assert after.response is NudgeResponse.HELPFUL
        assert after.responded_at is not None

    @pytest.mark.parametrize(("response", "opted_in"), [(NudgeResponse.NOT_NOW, True), (NudgeResponse.STOP, False)])
    async def test_no_more_means_no_more(
        self, sessions: Any, user_id: str, response: NudgeResponse, opted_in: bool
    ) -> None:
        nudge = await self.delivered(sessions, user_id, max_per_day=2)
        await plan(sessions, user_id, "Another one.", within=timedelta(hours=4))
        await answer(sessions, user_id, nudge.id, response)
        assert sorted(await statuses(sessions, user_id)) == [NudgeStatus.CANCELLED, NudgeStatus.DELIVERED]
        async with sessions() as session:
            assert (await nudge_preferences.read_preferences(session, user_id)).opted_in is opted_in

    async def test_only_ones_own_delivered_nudges_can_be_answered(self, sessions: Any, user_id: str) -> None:
        await opt_in(sessions, user_id)
        (nudge,) = await plan(sessions, user_id)
        async with sessions() as session:
            with pytest.raises(Conflict):
                await nudge_service.check_answerable(session, user_id, nudge.id)
            with pytest.raises(NotFound):
                await nudge_service.check_answerable(session, f"{user_id}-stranger", nudge.id)
            with pytest.raises(NotFound):
                await nudge_service.check_answerable(session, user_id, new_id())
        with pytest.raises(JobRejected):
            await answer(sessions, user_id, nudge.id, NudgeResponse.HELPFUL)

    async def test_answers_are_the_response_rate_of_the_index(self, sessions: Any, user_id: str) -> None:
        async def response() -> float:
            async with sessions() as session:
                progress = await progress_service.read_progress(session, user_id, now=datetime.now(UTC))
            return progress.dci.breakdown.response

        first = await self.delivered(sessions, user_id, max_per_day=2)
        assert await response() == 0.0
        (second,) = await plan(sessions, user_id, "Another one.", within=timedelta(hours=4))
        await deliver(sessions, second)
        await answer(sessions, user_id, first.id, NudgeResponse.HELPFUL)
        assert await response() == 0.5
        await change(sessions, "UPDATE nudges SET day = day - 40 WHERE id = :id", id=second.id)
        assert await response() == 1.0
