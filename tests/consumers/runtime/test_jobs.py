"""One job at a time: what becomes of it, as its person and its operator see it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from agents.context import AgentContext
from infra.exceptions import ModelRateLimited
from infra.frame_publisher import stream_key
from schemas.events import Envelope
from tests.conftest import SettingsFactory
from tests.support.pinged import Calls, TestPinged, make_pinged
from tests.support.system import System
from tests.support.waiting import until


async def test_a_job_has_its_effect_once_and_its_row(system: System, calls: Calls) -> None:
    async with system.worker():
        event = await system.ping("ada", number=7)
        row = await system.job_in(event, "succeeded")
    assert await system.effects(event) == 1
    assert (row.user_id, row.attempt, row.job_type, row.event_type) == ("ada", 1, "test-pinging", "test.pinged")
    assert row.accepted_at <= row.started_at <= row.finished_at


async def test_an_event_published_twice_has_one_effect_and_one_agent_call(system: System, calls: Calls) -> None:
    async with system.worker():
        event = await system.ping("ada")
        await system.publisher.publish(event)
        await system.job_in(event, "succeeded")
        await system.publisher.publish(event)
        later = await system.ping("ada")
        await system.job_in(later, "succeeded")
    assert await system.effects(event) == 1
    assert calls.times_started(event.id) == 1


async def test_a_failed_attempt_is_retried_through_the_outbox(system: System, calls: Calls) -> None:
    async with system.worker(), system.relay():
        event = await system.ping("ada", "ERROR_ONCE")
        row = await system.job_in(event, "succeeded")
    assert (row.attempt, row.delivery, await system.effects(event)) == (2, 2, 1)
    history = await system.rows("SELECT * FROM job_attempts WHERE event_id = :id ORDER BY delivery", id=event.id)
    assert [(attempt.attempt, attempt.outcome) for attempt in history] == [(1, "retrying"), (2, "succeeded")]
    assert history[0].error_type == "RuntimeError"
    assert "the first attempt fails" in history[0].error_stacktrace
    assert history[1].started_at - history[0].finished_at >= timedelta(seconds=0.2)


async def test_the_log_says_which_jobs_run_again_and_not_what_their_errors_say(system: System, calls: Calls) -> None:
    with capture_logs() as logs:
        async with system.worker(), system.relay():
            failing, limited = await system.ping("ada", "ERROR_ONCE"), await system.ping("bob", "RATE_LIMITED_ONCE")
            for event in (failing, limited):
                await system.job_in(event, "succeeded")
    [retried] = [entry for entry in logs if entry["event"] == "job.retry_scheduled"]
    assert (retried["log_level"], retried["job_id"], retried["user_id"]) == ("warning", str(failing.id), "ada")
    assert (retried["attempt"], retried["delay_s"], retried["error_type"]) == (1, 0.2, "RuntimeError")
    [snoozed] = [entry for entry in logs if entry["event"] == "job.snoozed"]
    assert (snoozed["log_level"], snoozed["job_id"], snoozed["job_type"]) == ("info", str(limited.id), "test-pinging")
    assert "the first attempt fails" not in str(logs)


async def test_exhausted_retries_end_in_the_dead_letter_stream(system: System, calls: Calls) -> None:
    async with system.worker(), system.relay():
        event = await system.ping("ada", "ERROR", number=3)
        row = await system.job_in(event, "dead")
        await until(system.dead_letters)
    assert (row.attempt, row.dead_reason) == (3, "exhausted")
    assert await system.effects(event) == 0
    [letter] = await system.dead_letters()
    assert letter["event-id"].decode() == str(event.id)
    assert letter["original-topic"].decode() == system.names.topic("test.pinged")
    assert letter["exception-fqcn"] == b"RuntimeError"
    assert letter["attempts"] == b"3"
    assert b'"number":3' in letter["value"]


async def test_a_job_that_can_never_succeed_is_dead_at_once(system: System, calls: Calls) -> None:
    async with system.worker():
        event = await system.ping("ada", "INVALID")
        row = await system.job_in(event, "dead")
    assert (row.attempt, row.dead_reason) == (1, "invalid")


async def test_a_rejection_is_final_and_no_dead_letter(system: System, calls: Calls) -> None:
    async with system.worker():
        event, neighbour = await system.ping("ada", "SAVE_REJECTS"), await system.ping("bob")
        row = await system.job_in(event, "rejected")
        await system.job_in(neighbour, "succeeded")
    assert row.error_message == "The rules say no."
    assert await system.dead_letters() == []
    assert await system.effects(neighbour) == 1


@pytest.mark.parametrize("mode", ["RATE_LIMITED_ONCE", "SNOOZED_ONCE"])
async def test_a_delay_that_is_named_is_a_snooze_that_spends_no_attempt(
    system: System, calls: Calls, mode: str
) -> None:
    async with system.worker(), system.relay():
        event = await system.ping("ada", mode)
        row = await system.job_in(event, "succeeded")
    assert (row.attempt, row.delivery) == (1, 2)
    history = await system.rows("SELECT outcome FROM job_attempts WHERE event_id = :id ORDER BY delivery", id=event.id)
    assert [attempt.outcome for attempt in history] == ["snoozed", "succeeded"]


async def test_a_job_that_is_always_put_off_dies_of_its_age_with_no_attempt_spent(
    make_settings: SettingsFactory,
) -> None:
    asked = Calls()

    async def ask(event: Envelope[TestPinged], _context: AgentContext) -> int:
        asked.started.append(event)
        raise ModelRateLimited("slow down", retry_after=timedelta(seconds=0.3))

    system = System(make_settings(max_job_age=timedelta(seconds=1)), [replace(make_pinged(), agent=ask)])
    await system.start()
    async with system.worker(), system.relay():
        row = await system.job_in(await system.ping("ada"), "dead")
        history = await system.rows("SELECT outcome, attempt FROM job_attempts ORDER BY delivery")
    await system.stop()
    assert (row.dead_reason, row.error_type) == ("too_old", "infra.exceptions.ModelRateLimited")
    assert row.error_message == "It was put off for longer than DELIGHT_MAX_JOB_AGE (1 s): slow down"
    assert [attempt.outcome for attempt in history] == ["snoozed"] * (len(history) - 1) + ["dead"]
    assert {attempt.attempt for attempt in history} == {1}
    # One call for each delivery, and none behind the policy's back.
    assert 2 <= len(asked.started) == len(history)


async def test_a_row_that_the_database_refuses_harms_only_its_own_job(system: System, calls: Calls) -> None:
    events = [await system.ping(f"user{n}") for n in range(20)]
    bad = await system.ping("eve", "SAVE_BREAKS")
    async with system.worker(), system.relay():
        row = await system.job_in(bad, "dead")
        for event in events:
            await system.job_in(event, "succeeded")
    assert "check" in row.error_message.lower()
    assert [await system.effects(event) for event in events] == [1] * 20


async def test_an_expired_event_is_not_run(system: System, calls: Calls) -> None:
    from tests.support.pinged import TestPinged

    async with system.worker():
        event = await system.publish(TestPinged(user_id="ada"), expiry_time=datetime.now(UTC) - timedelta(seconds=1))
        await system.job_in(event, "expired")
    assert calls.started == []


async def test_an_attempt_that_takes_too_long_times_out_and_is_retried(system: System, calls: Calls) -> None:
    from tests.support.pinged import make_pinged

    consumer = make_pinged(calls, timeout=timedelta(seconds=0.3))
    async with system.worker([consumer]), system.relay():
        event = await system.ping("ada", "HANG")
        row = await system.job_in(event, "dead", within=60)
    assert row.error_type == "TimeoutError"
    assert calls.times_started(event.id) == 3


async def test_follow_up_events_are_published_and_told_to_the_person(system: System, calls: Calls) -> None:
    async with system.worker(), system.relay():
        event = await system.ping("ada", "CAUSES", number=5)
        row = await system.job_in(event, "succeeded")
        frames = await until(lambda: system.redis.xrange(stream_key("ada", "updates")))
        await until(lambda: _empty_outbox(system))
    assert [effect["type"] for effect in row.effects] == ["test.ponged"]
    assert [fields[b"event"] for _, fields in frames] == [b"test.ponged", b"job.succeeded"]


async def _empty_outbox(system: System) -> bool:
    return not await system.rows("SELECT 1 FROM outbox_events")
