"""Jobs and groups over HTTP, for operators: find, look into, follow, count, cancel, pause, and who did what."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from api.identity import Role
from schemas.events import Envelope, Event
from schemas.ids import new_id
from tests.conftest import SettingsFactory
from tests.support.envelope import assert_error
from tests.support.marks import leave_mark
from tests.support.pinged import Calls, make_pinged
from tests.support.running_api import RunningApi, running_api
from tests.support.system import System
from tests.support.waiting import until

ADMIN = "/api/v1/admin"
JOBS = f"{ADMIN}/jobs"
GROUP = "test-pinging"
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE_ID}-b7ad6b7169203331-01"


@pytest.fixture(scope="module")
def calls() -> Calls:
    return Calls()


@pytest.fixture(scope="module")
async def system(make_settings: SettingsFactory, calls: Calls) -> AsyncIterator[System]:
    system = System(make_settings(worker_instance_id="worker-7"), [make_pinged(calls)])
    await system.start()
    async with system.worker(), system.relay():
        yield system
        calls.release.set()
    await system.stop()


@pytest.fixture(scope="module")
async def api(system: System) -> AsyncIterator[RunningApi]:
    async with running_api(system.settings, [consumer.subscription for consumer in system.consumers]) as api:
        yield api


async def settle(
    system: System, user: str, mode: str = "OK", status: str = "succeeded", **fields: Any
) -> Envelope[Event]:
    event = await system.ping(user, mode, **fields)
    await system.job_in(event, status)
    return event


async def found(operator: httpx.AsyncClient, **params: object) -> list[str]:
    """The ids of the events whose jobs are found, in the order of the list."""
    answer = await operator.get(JOBS, params={name: str(value) for name, value in params.items()})
    assert answer.status_code == 200, answer.text
    return [job["event_id"] for job in answer.json()["items"]]


def ids(*events: Envelope[Event]) -> list[str]:
    return [str(event.id) for event in events]


async def test_no_admin_endpoint_lets_anybody_else_in(api: RunningApi) -> None:
    endpoints = await admin_endpoints(api)
    assert len(endpoints) > 25
    async with (
        api.client() as anonymous,
        api.client("ada", Role.USER) as user,
        api.client("bus", Role.PUBLISHER) as bus,
    ):
        for method, path in endpoints:
            assert_error(await anonymous.request(method, path, json={}), 401, "unauthenticated")
            for other in (user, bus):
                assert_error(await other.request(method, path, json={}), 403, "not_permitted")


async def admin_endpoints(api: RunningApi) -> list[tuple[str, str]]:
    """Every admin endpoint that the edge documents, with something in place of its parameters."""
    parameters = dict.fromkeys(("event_id", "run_id"), str(new_id()))
    parameters |= dict.fromkeys(("job_type", "group", "event_type"), GROUP)
    parameters |= {"letter_id": f"{new_id()}:{GROUP}", "user_id": "ada"}
    async with api.client() as anybody:
        paths = (await anybody.get("/openapi.json")).json()["paths"]
    return [
        (method.upper(), path.format(**parameters))
        for path, methods in paths.items()
        for method in methods
        if path.startswith(ADMIN)
    ]


async def test_jobs_are_found_by_each_of_their_marks(system: System, operator: httpx.AsyncClient, user_id: str) -> None:
    before = datetime.now(UTC)
    done = await settle(system, user_id)
    refused = await settle(system, user_id, "SAVE_REJECTS", "rejected")
    between = datetime.now(UTC)
    broken = await settle(system, user_id, "INVALID", "dead")
    stranger = await settle(system, f"{user_id}-else")

    assert await found(operator, user_id=user_id) == ids(broken, refused, done)
    assert await found(operator, user_id=user_id, status="succeeded") == ids(done)
    assert await found(operator, user_id=user_id, status="dead") == ids(broken)
    assert await found(operator, user_id=user_id, job_type=GROUP) == ids(broken, refused, done)
    assert await found(operator, user_id=user_id, job_type="quest-generation") == []
    # Part of the message, whatever its case, or of the error's type; a wildcard is but a character.
    assert await found(operator, user_id=user_id, error="THE RULES") == ids(refused)
    assert await found(operator, user_id=user_id, error="JobInvalid") == ids(broken)
    assert await found(operator, user_id=user_id, error="%") == []
    assert await found(operator, user_id=user_id, since=between.isoformat()) == ids(broken)
    assert await found(operator, user_id=user_id, until=between.isoformat()) == ids(refused, done)
    everybody = await found(operator, since=before.isoformat(), limit=100)
    assert everybody == ids(stranger, broken, refused, done)


async def test_the_list_is_paged_and_new_jobs_shift_nothing(
    system: System, operator: httpx.AsyncClient, user_id: str
) -> None:
    events = [await settle(system, user_id, number=number) for number in range(5)]
    pages: list[Sequence[str]] = []
    cursor: str | None = None
    for _ in range(3):
        params = {"user_id": user_id, "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await operator.get(JOBS, params=params)).json()
        pages.append([job["event_id"] for job in page["items"]])
        cursor = page["next_cursor"]
        await settle(system, user_id)
    assert pages == [ids(events[4], events[3]), ids(events[2], events[1]), ids(events[0])]
    assert cursor is None


async def test_a_job_is_shown_with_its_attempts_what_it_caused_and_its_trace(
    system: System, operator: httpx.AsyncClient, user_id: str
) -> None:
    event = await system.ping(user_id, "ERROR_ONCE")
    await system.job_in(event, "succeeded")
    [job] = (await operator.get(f"{JOBS}/{event.id}")).json()
    assert (job["status"], job["attempt"], job["delivery"], job["event_type"]) == ("succeeded", 2, 2, "test.pinged")
    assert [(one["attempt"], one["outcome"]) for one in job["attempts"]] == [(1, "retrying"), (2, "succeeded")]
    first = job["attempts"][0]
    assert (first["error_type"], first["error_message"]) == ("RuntimeError", "the first attempt fails")
    assert "the first attempt fails" in first["error_stacktrace"]
    assert first["worker"] == "worker-7"
    for one in [*job["attempts"], job]:
        moments = [one[name] for name in ("polled_at", "started_at", "returned_at", "finished_at")]
        assert moments == sorted(moments)
        # Kafka's clock has whole milliseconds.
        assert one["published_at"][:19] <= one["polled_at"][:19]

    causing = await system.publish(make_cause(user_id), correlation_id="request-1", traceparent=TRACEPARENT)
    await system.job_in(causing, "succeeded")
    [job] = (await operator.get(f"{JOBS}/{causing.id}")).json()
    assert [effect["type"] for effect in job["effects"]] == ["test.ponged"]
    assert (job["request_id"], job["trace_id"], job["attempts"]) == ("request-1", TRACE_ID, [])


def make_cause(user_id: str) -> Event:
    from tests.support.pinged import TestPinged

    return TestPinged(user_id=user_id, mode="CAUSES")


async def test_what_names_no_trace_is_not_taken_for_one(
    system: System, operator: httpx.AsyncClient, user_id: str
) -> None:
    event = await system.publish(make_cause(user_id), traceparent="00-not-a-trace-at-all-but-of-the-right-length-x-01")
    await system.job_in(event, "succeeded")
    [job] = (await operator.get(f"{JOBS}/{event.id}")).json()
    assert job["trace_id"] is None


async def test_an_event_is_followed_from_its_acceptance_to_its_person(
    system: System, operator: httpx.AsyncClient, user_id: str
) -> None:
    retried = await settle(system, user_id, "ERROR_ONCE")
    await until(lambda: told_of(operator, retried, 2), what="its frames are out")
    causing = await system.publish(make_cause(user_id), traceparent=TRACEPARENT)
    await system.job_in(causing, "succeeded")

    way = await until(lambda: told_of(operator, causing, 2), what="its frames are out")
    [job] = way["jobs"]
    kinds = [step["kind"] for step in job["steps"]]
    assert kinds == ["published", "polled", "started", "attempt", "settled", "notified", "notified"]
    assert {step["what"] for step in job["steps"][5:]} == {
        "the person is told: test.ponged",
        "the person is told: job.succeeded",
    }
    assert way["trace_id"] == TRACE_ID
    assert [child["type"] for child in job["caused"]] == ["test.ponged"]

    steps = (await operator.get(f"{JOBS}/{retried.id}/journey")).json()["jobs"][0]["steps"]
    assert [(s["kind"], s["what"]) for s in steps if s["kind"] in {"published", "attempt"}] == [
        ("published", "published"),
        ("attempt", "attempt 1: retrying"),
        ("published", "published again, due for attempt 2"),
        ("attempt", "attempt 2: succeeded"),
    ]
    assert all(step["seconds"] >= 0 for step in steps)
    # Each attempt is told of before the next one begins.
    order = [s["kind"] for s in steps if s["kind"] in {"attempt", "notified"}]
    assert order == ["attempt", "notified", "attempt", "notified"]
    # From one step to the next there is no gap, but for what is told beside them.
    way_through = [step for step in steps if step["kind"] != "notified"]
    total = sum(step["seconds"] for step in way_through)
    began, ended = (datetime.fromisoformat(way_through[i][n]) for i, n in ((0, "began_at"), (-1, "ended_at")))
    assert total == pytest.approx((ended - began).total_seconds(), abs=0.005)


async def told_of(operator: httpx.AsyncClient, event: Envelope[Event], frames: int) -> Any:
    """The event's way once its person was told so often."""
    way = (await operator.get(f"{JOBS}/{event.id}/journey")).json()
    return way if sum(step["kind"] == "notified" for step in way["jobs"][0]["steps"]) == frames else None


async def test_what_waits_or_runs_is_followed_cancelled_and_on_record(
    system: System, operator: httpx.AsyncClient, calls: Calls, user_id: str
) -> None:
    running = calls.running
    event = await system.ping(user_id, "HANG")
    await leave_mark(system.redis, event)
    await until(lambda: calls.running == running + 1)
    way = (await operator.get(f"{JOBS}/{event.id}/journey")).json()
    assert [(job["job_type"], job["status"]) for job in way["jobs"]] == [(GROUP, "queued")]
    assert_error(await operator.get(f"{JOBS}/{event.id}"), 404, "not_found")

    answer = await operator.post(f"{JOBS}/{event.id}/{GROUP}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    await until(lambda: calls.running == running)
    [job] = (await operator.get(f"{JOBS}/{event.id}")).json()
    assert (job["status"], [(one["operator"], one["action"]) for one in job["actions"]]) == (
        "cancelled",
        [("olga", "job.cancel")],
    )
    assert await system.effects(event) == 0
    assert_error(await operator.post(f"{JOBS}/{event.id}/{GROUP}/cancel"), 409, "conflict")
    steps = (await operator.get(f"{JOBS}/{event.id}/journey")).json()["jobs"][0]["steps"]
    assert [(step["what"], step["detail"]) for step in steps if step["kind"] != "notified"] == [
        ("waits until it is cancelled", None),
        ("job.cancel", "olga"),
    ]


async def test_what_nobody_knows_is_not_found(operator: httpx.AsyncClient) -> None:
    unknown = new_id()
    assert_error(await operator.get(f"{JOBS}/{unknown}"), 404, "not_found")
    assert_error(await operator.get(f"{JOBS}/{unknown}/journey"), 404, "not_found")
    assert_error(await operator.post(f"{JOBS}/{unknown}/{GROUP}/cancel"), 404, "not_found")
    assert_error(await operator.get(f"{JOBS}/nonsense"), 422, "invalid_request")
    assert_error(await operator.get(JOBS, params={"status": "happy"}), 422, "invalid_request")
    assert_error(await operator.get(JOBS, params={"colour": "red"}), 422, "invalid_request")
    assert_error(await operator.get(JOBS, params={"cursor": "nonsense"}), 422, "invalid_request")
    assert_error(await operator.get(JOBS, params={"since": "2026-01-01T00:00:00"}), 422, "invalid_request")
    assert_error(await operator.post(f"{ADMIN}/groups/unknown/pause", json={"reason": "x"}), 404, "not_found")
    assert_error(await operator.post(f"{ADMIN}/groups/unknown/resume"), 404, "not_found")


async def test_a_group_is_paused_and_resumed_and_its_workers_are_known(
    system: System, operator: httpx.AsyncClient, calls: Calls, user_id: str
) -> None:
    assert_error(await operator.post(f"{ADMIN}/groups/{GROUP}/resume"), 409, "conflict")
    assert_error(await operator.post(f"{ADMIN}/groups/{GROUP}/pause", json={"reason": " "}), 422, "invalid_request")
    paused = (await operator.post(f"{ADMIN}/groups/{GROUP}/pause", json={"reason": "the provider is down"})).json()
    assert (paused["paused"], paused["paused_by"], paused["reason"]) == (True, "olga", "the provider is down")
    assert_error(await operator.post(f"{ADMIN}/groups/{GROUP}/pause", json={"reason": "again"}), 409, "conflict")
    started = len(calls.started)
    event = await system.ping(user_id)

    async def waits() -> bool:
        [group] = (await operator.get(f"{ADMIN}/groups")).json()
        assert group["paused"]
        return [(one["name"], one["running"], one["waiting"]) for one in group["workers"]] == [("worker-7", 0, 1)]

    await until(waits, what="the worker says that it keeps one")
    assert len(calls.started) == started
    resumed = (await operator.post(f"{ADMIN}/groups/{GROUP}/resume")).json()
    assert (resumed["paused"], resumed["reason"]) == (False, None)
    await system.job_in(event, "succeeded")


async def test_the_numbers_and_the_overview_agree(system: System, operator: httpx.AsyncClient, user_id: str) -> None:
    await settle(system, user_id)
    await settle(system, user_id, "INVALID", "dead")
    [stats] = (await operator.get(f"{JOBS}/stats", params={"window_minutes": 10})).json()["job_types"]
    overview = (await operator.get(f"{ADMIN}/overview", params={"window_minutes": 10})).json()
    [one] = overview["job_types"]
    assert one["job_type"] == stats["job_type"] == GROUP
    for name in ("succeeded", "rejected", "completion_rate", "average_seconds", "p95_seconds", "retries", "cost"):
        assert one[name] == stats[name], name
    assert (one["died"], one["dead"]) == (stats["dead"], stats["dead"])
    # No monitor has looked: what it would say is not known.
    assert (one["queued"], one["oldest_age_seconds"], overview["lag_measured_at"]) == (None, None, None)
    assert overview["alerts"] == []
    assert_error(await operator.get(f"{JOBS}/stats", params={"window_minutes": 0}), 422, "invalid_request")


async def test_what_operators_did_is_paged_and_searched(
    system: System, api: RunningApi, operator: httpx.AsyncClient, user_id: str
) -> None:
    since = datetime.now(UTC)
    actions = f"{ADMIN}/actions"
    for name in ("otto", "odin"):
        async with api.client(f"{name}-{user_id}", Role.OPERATOR) as client:
            await client.post(f"{ADMIN}/groups/{GROUP}/pause", json={"reason": f"{name} says so"})
            await client.post(f"{ADMIN}/groups/{GROUP}/resume")

    async def done(**params: Any) -> list[tuple[str, str]]:
        page = (await operator.get(actions, params={"since": since.isoformat(), **params})).json()
        return [(one["operator"].partition("-")[0], one["action"]) for one in page["items"]]

    whole = [("odin", "group.resume"), ("odin", "group.pause"), ("otto", "group.resume"), ("otto", "group.pause")]
    assert await done(target=GROUP) == whole
    assert await done(action="group") == whole
    assert await done(action="group.pause") == [whole[1], whole[3]]
    assert await done(operator=f"otto-{user_id}") == whole[2:]
    assert await done(action="dead_letter") == []
    first = (await operator.get(actions, params={"target": GROUP, "limit": 3})).json()
    rest = (await operator.get(actions, params={"target": GROUP, "limit": 100, "cursor": first["next_cursor"]})).json()
    seen = [one["id"] for one in first["items"] + rest["items"]]
    assert len(seen) == len(set(seen)) >= 4
    assert first["items"][1]["details"] == {"reason": "odin says so"}


async def test_the_schema_of_an_event_can_be_read(operator: httpx.AsyncClient) -> None:
    types = {one["type"]: one["groups"] for one in (await operator.get(f"{ADMIN}/event-types")).json()}
    assert types["test.pinged"] == [GROUP]
    assert types["quest.requested"] == []
    detail = (await operator.get(f"{ADMIN}/event-types/test.pinged")).json()
    assert detail["data_schema"]["properties"]["mode"]["type"] == "string"
    assert_error(await operator.get(f"{ADMIN}/event-types/nobody.knows"), 404, "not_found")
