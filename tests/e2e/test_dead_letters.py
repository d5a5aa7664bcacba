"""From a failure to its repair: what dies is seen, mended and retried, and nothing is lost or done twice on the way."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import pytest

from api.identity import Role
from consumers.quest_generation import quest_generation
from consumers.runtime.policy import RetryPolicy
from schemas.dead_letters import DeadLetterEdit
from schemas.quests import QuestGenerated, QuestRequested
from tests.conftest import SettingsFactory
from tests.support.command import COMMAND, delight, environment, reaching
from tests.support.dead_letters import dead, die, in_stream, letter_of, make_desk, make_runs
from tests.support.mending import Fault, make_mendable_quests
from tests.support.pinged import Calls, make_pinged
from tests.support.proposals import FLAWED
from tests.support.quest_system import asks_for_quests
from tests.support.running_api import running_api
from tests.support.scripted_model import ScriptedModel
from tests.support.system import System
from tests.support.waiting import until

LETTERS = 200
PATH = "/api/v1/admin/dead-letters"


@pytest.fixture
async def pinged(make_settings: SettingsFactory) -> AsyncIterator[tuple[System, Calls]]:
    calls = Calls()
    system = System(make_settings(), [make_pinged(calls)])
    await system.start()
    yield system, calls
    await system.stop()


async def test_an_operator_mends_a_payload_and_the_job_succeeds(pinged: tuple[System, Calls]) -> None:
    system, calls = pinged
    subscriptions = [consumer.subscription for consumer in system.consumers]
    async with running_api(system.settings, subscriptions) as api, system.worker(), system.relay():
        event = await die(system, "ada", "ERROR", number=1)
        async with api.client("ada") as ada, api.client("olga", Role.OPERATOR) as olga:
            mine = (await ada.get(f"/api/v1/jobs/{event.id}")).json()
            assert mine["status"] == "dead"
            # What went wrong in detail is the operator's.
            assert "mode ERROR" not in json.dumps(mine)
            [letter] = (await olga.get(PATH)).json()["items"]
            assert (letter["event_id"], letter["error"]["message"]) == (str(event.id), "mode ERROR")
            data = (await olga.get(f"{PATH}/{letter['id']}")).json()["data"]
            edited = await olga.put(
                f"{PATH}/{letter['id']}/edit", json={"data": data | {"mode": "OK", "number": 2}, "retry": True}
            )
            assert edited.status_code == 200, edited.text
            await system.job_in(event, "succeeded")
            history = (await olga.get(f"{PATH}/{letter['id']}")).json()
            assert (await ada.get(f"/api/v1/jobs/{event.id}")).json()["status"] == "succeeded"
    assert [(one["life"], one["attempt"], one["outcome"]) for one in history["attempts_made"]] == [
        (1, 1, "retrying"),
        (1, 2, "retrying"),
        (1, 3, "dead"),
        (2, 1, "succeeded"),
    ]
    assert [action["action"] for action in history["actions"]] == ["dead_letter.edit", "dead_letter.retry"]
    assert {call.id for call in calls.started} == {event.id}
    [effect] = await system.rows("SELECT * FROM effects")
    assert (effect.event_id, effect.number) == (event.id, 2)
    assert await in_stream(system, event) == []


async def test_an_edited_event_begins_anew_and_not_from_the_steps_of_the_old_one(
    make_settings: SettingsFactory, user_id: str
) -> None:
    at_once = replace(quest_generation, policy=replace(quest_generation.policy, retry=RetryPolicy(())))
    system = System(make_settings(), [at_once], events=[QuestGenerated])
    await system.start()
    async with system.worker(chat_model=ScriptedModel.saying(FLAWED, ConnectionResetError())):
        event = await asks_for_quests(system, user_id)
        await dead(system, [event])
    [steps] = await system.rows("SELECT count(*) FROM agent_state.checkpoints")
    assert steps.count > 0
    edit = DeadLetterEdit(data={"energy_level": "high"}, retry=True)
    await make_desk(system).edit(letter_of(event, "quest-generation"), edit, operator="olga")
    [steps] = await system.rows("SELECT count(*) FROM agent_state.checkpoints")
    assert steps.count == 0
    await system.stop()


@pytest.mark.slow
async def test_a_retry_of_many_that_is_killed_goes_on_and_does_each_once(make_settings: SettingsFactory) -> None:
    fault = Fault()
    system = System(make_settings(), [make_mendable_quests(fault)])
    await system.start()
    reached = reaching(system.settings)
    async with system.worker(), system.relay():
        events = await asyncio.gather(
            *(system.publish(QuestRequested(user_id=f"person-{n % 50}")) for n in range(LETTERS))
        )
        await dead(system, events)
        fault.broken = False

        command = [*COMMAND, "dlq", "retry-all", "--job-type", "quest-generation", "--rate", "40", "--yes", "--json"]
        process = await asyncio.to_thread(
            subprocess.Popen,
            command,
            env=environment(**reached),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        runs = make_runs(system)

        async def in_the_middle() -> bool:
            assert process.poll() is None
            found = await runs.list_runs()
            return bool(found) and found[0].retried >= LETTERS / 4

        await until(in_the_middle, within=150)
        process.kill()
        await asyncio.to_thread(process.wait)
        [run] = await runs.list_runs()
        assert (run.state, run.planned) == ("running", LETTERS)
        assert run.retried < LETTERS

        resumed = await asyncio.to_thread(delight, "dlq", "retry-all", "--resume", str(run.id), "--json", **reached)
        assert resumed.returncode == 0, resumed.stderr
        answer = json.loads(resumed.stdout)["run"]
        assert (UUID(answer["id"]), answer["state"], answer["retried"]) == (run.id, "done", LETTERS)

        async def all_succeeded() -> bool:
            return (await runs.read(run.id)).jobs == {"succeeded": LETTERS}

        await until(all_succeeded, within=150)
    assert await system.dead_letters() == []
    effects = await system.rows("SELECT event_id, count(*) FROM effects GROUP BY event_id")
    assert dict(map(tuple, effects)) == {event.id: 1 for event in events}
    lives = await system.rows("SELECT DISTINCT life, delivery FROM jobs")
    assert [(row.life, row.delivery) for row in lives] == [(2, 2)]
    await system.stop()
