"""`dlq`: an operator at the command line, on the servers themselves."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from typing import Any

import pytest

from schemas.events import Envelope, Event
from schemas.quests import QuestRequested
from tests.conftest import SettingsFactory
from tests.support.command import delight, reaching
from tests.support.dead_letters import dead, in_stream, letter_of, make_desk
from tests.support.mending import Fault, make_mendable_quests
from tests.support.system import System

pytestmark = pytest.mark.slow

GROUP = "quest-generation"


@pytest.fixture(scope="module")
def fault() -> Fault:
    return Fault(broken=False)


@pytest.fixture(scope="module")
async def system(make_settings: SettingsFactory, fault: Fault) -> AsyncIterator[System]:
    system = System(make_settings(), [make_mendable_quests(fault)])
    await system.start()
    async with system.worker(), system.relay():
        yield system
    await system.stop()


async def dlq(system: System, *arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    # In a thread: the worker under test shares the event loop.
    return await asyncio.to_thread(delight, "dlq", *arguments, **options, **reaching(system.settings))


async def answer(system: System, *arguments: str) -> Any:
    done = await dlq(system, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


async def die(system: System, fault: Fault, *users: str) -> list[Envelope[Event]]:
    """Dead letters of these persons, whose jobs would succeed now."""
    fault.broken_for |= set(users)
    events = [await system.publish(QuestRequested(user_id=user)) for user in users]
    await dead(system, events)
    fault.broken_for.clear()
    return events


async def test_a_letter_is_listed_and_shown_plainly_in_a_pipe(system: System, fault: Fault, user_id: str) -> None:
    [event] = await die(system, fault, user_id)
    listed = await dlq(system, "list", "--user", user_id, "--job-type", GROUP, "--newer-than", "1h")
    assert listed.returncode == 0, listed.stderr
    header, line = listed.stdout.splitlines()
    assert header.split() == ["ID", "PERSON", "DIED", "LIFE", "ATTEMPTS", "FAILURE", "ERROR"]
    assert line.startswith(letter_of(event, GROUP))
    # What went wrong has the room, and not the module of the error.
    assert "  BrokenPartError: " in line
    assert "\x1b" not in listed.stdout
    shown = await dlq(system, "show", str(event.id))
    assert "BrokenPartError" in shown.stdout
    assert "Attempts" in shown.stdout


async def test_a_retry_is_recorded_under_the_operators_name(system: System, fault: Fault, user_id: str) -> None:
    [event] = await die(system, fault, user_id)
    letter = letter_of(event, GROUP)
    retried = await answer(system, "retry", letter, "--operator", "olga")
    assert (retried["id"], retried["life"]) == (letter, 2)
    await system.job_in(event, "succeeded")
    shown = await make_desk(system).show(letter)
    assert [(action.operator, action.action) for action in shown.actions] == [("olga", "dead_letter.retry")]
    again = await dlq(system, "retry", letter)
    assert again.returncode == 1
    assert again.stderr == "The job is not dead any more: it is succeeded.\n"


async def test_an_edit_reads_standard_input_and_is_checked(system: System, fault: Fault, user_id: str) -> None:
    [event] = await die(system, fault, user_id)
    letter = letter_of(event, GROUP)
    refused = await dlq(system, "edit", letter, "--data", '{"count": 99}')
    assert refused.returncode == 1
    assert "count: Input should be less than or equal to 5" in refused.stderr
    edited = await dlq(system, "edit", letter, "--data", "-", "--retry", standard_input='{"count": 4}')
    assert edited.stdout == f"{letter} is edited and begins life 2.\n"
    await system.job_in(event, "succeeded")
    [effect] = await system.rows("SELECT number FROM effects WHERE event_id = :id", id=event.id)
    assert effect.number == 4


async def test_a_group_is_retried_after_its_plan_was_shown(system: System, fault: Fault, user_id: str) -> None:
    events = await die(system, fault, *(f"{user_id}-{n}" for n in range(3)))
    wanted = ("--error", user_id)
    [group] = await answer(system, "groups", *wanted)
    assert (group["count"], group["people"]) == (3, 3)
    of_group = (*wanted, "--failure", group["fingerprint"])
    unasked = await dlq(system, "retry-all", *of_group)
    assert unasked.returncode == 1
    assert "3 dead letters of 3 people" in unasked.stdout
    assert "say --yes" in unasked.stderr
    done = await dlq(system, "retry-all", *of_group, "--yes", "--rate", "50", "--canary", "1")
    assert done.returncode == 0, done.stderr
    assert "3 dead letters of 3 people" in done.stdout
    for event in events:
        await system.job_in(event, "succeeded")
    [run] = [run for run in await answer(system, "runs") if run["filter"].get("error") == user_id]
    assert (run["state"], run["planned"], run["retried"]) == ("done", 3, 3)


async def test_a_discard_wants_a_reason_and_a_yes(system: System, fault: Fault, user_id: str) -> None:
    [event] = await die(system, fault, user_id)
    letter = letter_of(event, GROUP)
    assert "say --yes" in (await dlq(system, "discard", letter, "--reason", "no use")).stderr
    done = await dlq(system, "discard", letter, "--reason", "no use", "--yes")
    assert done.stdout == f"{letter} is discarded.\n"
    assert (await make_desk(system).show(letter)).status == "cancelled"


async def test_a_lost_stream_is_rebuilt(system: System, fault: Fault, user_id: str) -> None:
    [event] = await die(system, fault, user_id)
    before = await in_stream(system, event)
    await system.redis.flushdb()
    rebuilt = await answer(system, "rebuild")
    assert rebuilt["letters"] == rebuilt["added"] > 0
    assert await in_stream(system, event) == before


@pytest.mark.parametrize("command", [["list"], ["groups"], ["retry-all", "--plan"]], ids=" ".join)
async def test_a_misspelt_job_type_is_said_and_not_taken_for_none(system: System, command: list[str]) -> None:
    done = await dlq(system, *command, "--job-type", "quest-genration")
    assert done.returncode == 1
    assert "There is no job type 'quest-genration'. There are: quest-generation, " in done.stderr
    there_are_none = await dlq(system, *command, "--job-type", "nudge-delivery")
    assert there_are_none.returncode == 0
    assert there_are_none.stdout.startswith("No dead letters")


async def test_a_wrong_age_is_a_sentence(system: System) -> None:
    done = await dlq(system, "list", "--older-than", "soon")
    assert done.returncode == 2
    assert "write 30s, 15m, 2h or 7d" in done.stderr
