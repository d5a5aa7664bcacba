"""Dead letters over HTTP: for operators only, with every action on record."""

from collections.abc import AsyncIterator

import httpx
import pytest

from api.identity import Role
from schemas.ids import new_id
from tests.conftest import SettingsFactory
from tests.support.dead_letters import die, letter_of
from tests.support.envelope import assert_error
from tests.support.mending import Fault, make_mendable
from tests.support.running_api import RunningApi, running_api
from tests.support.system import System
from tests.support.waiting import until

PATH = "/api/v1/admin/dead-letters"
# Nobody's: fixed, so that every process that runs tests names them alike.
LETTER = f"{PATH}/00000000-0000-7000-8000-000000000001:test-pinging"
RUN = f"{PATH}/runs/00000000-0000-7000-8000-000000000002"
ENDPOINTS = [
    ("GET", PATH, None),
    ("GET", f"{PATH}/groups", None),
    ("GET", f"{PATH}/runs", None),
    ("GET", RUN, None),
    ("GET", LETTER, None),
    ("POST", f"{PATH}/plan", {}),
    ("POST", f"{PATH}/retry-all", {}),
    ("POST", f"{PATH}/rebuild", None),
    ("POST", f"{RUN}/stop", None),
    ("POST", f"{RUN}/resume", None),
    ("POST", f"{LETTER}/retry", None),
    ("PUT", f"{LETTER}/edit", {"data": {}}),
    ("POST", f"{LETTER}/edit", {"data": {}}),
    ("POST", f"{LETTER}/discard", {"reason": "why not"}),
]


@pytest.fixture(scope="module")
def fault() -> Fault:
    return Fault(broken=False)


@pytest.fixture(scope="module")
async def system(make_settings: SettingsFactory, fault: Fault) -> AsyncIterator[System]:
    system = System(make_settings(), [make_mendable(fault)])
    await system.start()
    async with system.worker(), system.relay():
        yield system
    await system.stop()


@pytest.fixture(scope="module")
async def api(system: System) -> AsyncIterator[RunningApi]:
    async with running_api(system.settings, [consumer.subscription for consumer in system.consumers]) as api:
        yield api


@pytest.mark.parametrize(("method", "path", "body"), ENDPOINTS)
async def test_only_an_operator_may(api: RunningApi, method: str, path: str, body: object) -> None:
    async with api.client() as anonymous:
        assert_error(await anonymous.request(method, path, json=body), 401, "unauthenticated")
    for role in (Role.USER, Role.PUBLISHER):
        async with api.client("ada", role) as other:
            assert_error(await other.request(method, path, json=body), 403, "not_permitted")
    async with api.client("olga", Role.OPERATOR) as client:
        assert (await client.request(method, path, json=body)).status_code in {200, 202, 404}


async def test_a_letter_is_listed_shown_and_retried(
    system: System, operator: httpx.AsyncClient, fault: Fault, user_id: str
) -> None:
    fault.broken_for.add(user_id)
    event = await die(system, user_id, "OK")
    fault.broken_for.discard(user_id)
    page = (await operator.get(PATH, params={"user_id": user_id, "error": "brokenpart", "limit": 5})).json()
    assert page["next_cursor"] is None
    [letter] = page["items"]
    assert (letter["id"], letter["life"], letter["reason"]) == (letter_of(event), 1, "exhausted")
    # The event's id is enough while it is dead in one group only.
    detail = (await operator.get(f"{PATH}/{event.id}")).json()
    assert (detail["id"], detail["data"]["user_id"], detail["obstacle"]) == (letter["id"], user_id, None)
    assert "is broken" in detail["stacktrace"]

    retried = await operator.post(f"{PATH}/{letter['id']}/retry")
    assert (retried.status_code, retried.json()["life"]) == (202, 2)
    await system.job_in(event, "succeeded")
    assert_error(await operator.post(f"{PATH}/{letter['id']}/retry"), 409, "conflict")
    after = (await operator.get(f"{PATH}/{letter['id']}")).json()
    assert [(one["life"], one["outcome"]) for one in after["attempts_made"]] == [(1, "dead"), (2, "succeeded")]
    [action] = after["actions"]
    assert (action["operator"], action["action"]) == ("olga", "dead_letter.retry")


async def test_an_edit_is_checked_against_the_schema(system: System, operator: httpx.AsyncClient, user_id: str) -> None:
    event = await die(system, user_id)
    path = f"{PATH}/{letter_of(event)}/edit"
    error = assert_error(await operator.put(path, json={"data": {"number": "many"}}), 422, "invalid_request")
    assert "number" in error.message
    edited = await operator.put(path, json={"data": {"mode": "OK", "number": 3}, "retry": True})
    assert edited.status_code == 200, edited.text
    assert edited.json()["event_id"] == str(event.id)
    await system.job_in(event, "succeeded")
    [effect] = await system.rows("SELECT number FROM effects WHERE event_id = :id", id=event.id)
    assert effect.number == 3


async def test_a_discard_needs_a_reason(system: System, operator: httpx.AsyncClient, user_id: str) -> None:
    event = await die(system, user_id)
    path = f"{PATH}/{letter_of(event)}/discard"
    assert_error(await operator.post(path, json={"reason": " "}), 422, "invalid_request")
    assert (await operator.post(path, json={"reason": "sent by mistake"})).status_code == 204
    assert (await operator.get(f"{PATH}/{letter_of(event)}")).json()["status"] == "cancelled"


async def test_a_group_is_planned_and_retried_in_the_background(
    system: System, operator: httpx.AsyncClient, fault: Fault, user_id: str
) -> None:
    users = [f"{user_id}-{n}" for n in range(3)]
    fault.broken_for |= set(users)
    events = [await die(system, user, "OK") for user in users]
    fault.broken_for.clear()
    groups = (await operator.get(f"{PATH}/groups", params={"error": user_id})).json()
    [group] = groups
    assert (group["count"], group["people"], group["job_type"]) == (3, 3, "test-pinging")
    wanted = {"fingerprint": group["fingerprint"], "error": user_id}
    plan = (await operator.post(f"{PATH}/plan", json=wanted)).json()
    assert (plan["letters"], plan["people"], plan["skipped"]) == (3, 3, 0)

    ordered = await operator.post(f"{PATH}/retry-all", json={"filter": wanted, "rate": 50, "canary": 1})
    assert ordered.status_code == 202
    location = ordered.headers["location"]
    assert location == f"{PATH}/runs/{ordered.json()['id']}"

    async def done() -> bool:
        return bool((await operator.get(location)).json()["jobs"] == {"succeeded": 3})

    await until(done)
    run = (await operator.get(location)).json()
    assert (run["operator"], run["planned"], run["retried"]) == ("olga", 3, 3)
    assert [await system.effects(event) for event in events] == [1] * 3
    assert run["id"] in [one["id"] for one in (await operator.get(f"{PATH}/runs")).json()]


async def test_chosen_letters_are_planned_and_retried(
    system: System, operator: httpx.AsyncClient, fault: Fault, user_id: str
) -> None:
    fault.broken_for.add(user_id)
    events = [await die(system, user_id, "OK") for _ in range(3)]
    fault.broken_for.discard(user_id)
    chosen = [letter_of(event) for event in events[:2]]
    listed = (await operator.get(PATH, params={"ids": chosen})).json()["items"]
    assert {letter["id"] for letter in listed} == set(chosen)
    plan = (await operator.post(f"{PATH}/plan", json={"ids": chosen})).json()
    assert (plan["letters"], plan["people"], plan["estimated_usd"]) == (2, 1, 0.0)
    ordered = await operator.post(f"{PATH}/retry-all", json={"filter": {"ids": chosen}})
    assert ordered.status_code == 202, ordered.text
    for event in events[:2]:
        await system.job_in(event, "succeeded")
    assert (await system.job(events[2])).status == "dead"
    for wrong in (["nonsense"], [str(new_id())]):
        assert_error(await operator.post(f"{PATH}/plan", json={"ids": wrong}), 422, "invalid_request")


async def test_a_rebuild_says_what_it_did(system: System, operator: httpx.AsyncClient, user_id: str) -> None:
    await die(system, user_id)
    await system.redis.delete("dead-letters", "dead-letters:index")
    rebuilt = (await operator.post(f"{PATH}/rebuild")).json()
    assert rebuilt["letters"] == rebuilt["added"] > 0


async def test_what_is_not_understood_is_refused(operator: httpx.AsyncClient) -> None:
    assert_error(await operator.get(PATH, params={"colour": "red"}), 422, "invalid_request")
    assert_error(await operator.get(PATH, params={"cursor": "nonsense"}), 422, "invalid_request")
    assert_error(await operator.get(f"{PATH}/nonsense"), 404, "not_found")
    assert_error(await operator.post(f"{PATH}/retry-all", json={"rate": 0}), 422, "invalid_request")
    assert_error(await operator.post(f"{PATH}/plan", json={"user": "ada"}), 422, "invalid_request")
