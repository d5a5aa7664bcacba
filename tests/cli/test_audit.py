"""`audit` as an operator runs it: balanced, or not, with names and an exit code."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from infra.chat_model import create_chat_model
from schemas.quests import QuestRequested
from tests.conftest import SettingsFactory
from tests.support.command import delight, reaching
from tests.support.quest_system import quest_system
from tests.support.system import System
from tests.support.waiting import until

pytestmark = pytest.mark.slow


@pytest.fixture
async def system(make_settings: SettingsFactory) -> AsyncIterator[System]:
    async with quest_system(make_settings()) as system:
        yield system


async def test_what_a_job_caused_and_nobody_published_is_named_and_fails(system: System) -> None:
    async with system.worker(chat_model=create_chat_model(system.settings)), system.relay():
        published = await system.publish(QuestRequested(user_id="ada"))
        await system.job_in(published, "succeeded")
        await until(lambda: _is_empty(system))
    async with system.worker(chat_model=create_chat_model(system.settings)):
        event = await system.publish(QuestRequested(user_id="bob"))
        await system.job_in(event, "succeeded")
    [[headers]] = await system.rows("SELECT headers FROM outbox_events")
    lost = UUID(headers["ce_id"])
    async with system.engine.begin() as connection:
        await connection.execute(text("DELETE FROM outbox_events"))

    plain = await _audit(system)
    assert plain.returncode == 1
    assert f"quest-generation: {lost} caused and never published" in plain.stdout
    assert "The ledger is NOT balanced." in plain.stdout

    machine = await _audit(system, "--json")
    assert machine.returncode == 1
    answer = json.loads(machine.stdout)
    [group] = [group for group in answer["groups"] if group["group"] == "quest-generation"]
    assert (answer["balanced"], group["completed"], group["unpublished"]) == (False, 2, [str(lost)])


async def _audit(system: System, *arguments: str) -> Any:
    return await asyncio.to_thread(delight, "audit", *arguments, **reaching(system.settings))


async def _is_empty(system: System) -> bool:
    return not await system.rows("SELECT 1 FROM outbox_events")
