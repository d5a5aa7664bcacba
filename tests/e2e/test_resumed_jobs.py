"""A job that is retried goes on where it stopped, and leaves nothing behind when it is done."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import SettingsFactory
from tests.support.proposals import FLAWED, GOOD
from tests.support.quest_system import asks_for_quests, quest_system
from tests.support.scripted_model import TOKENS_IN, ScriptedModel
from tests.support.system import System

KEPT = """
    SELECT (SELECT count(*) FROM agent_state.checkpoints) + (SELECT count(*) FROM agent_state.checkpoint_blobs)
         + (SELECT count(*) FROM agent_state.checkpoint_writes) AS rows
"""


@pytest.fixture
async def system(make_settings: SettingsFactory) -> AsyncIterator[System]:
    async with quest_system(make_settings()) as system:
        yield system


async def test_a_retry_pays_only_for_what_is_missing(system: System, user_id: str) -> None:
    model = ScriptedModel.saying(FLAWED, ConnectionResetError(), GOOD)
    async with system.worker(chat_model=model), system.relay():
        event = await asks_for_quests(system, user_id)
        job = await system.job_in(event, "retrying")
        assert (job.attempt, job.tokens_in) == (1, TOKENS_IN)
        assert (await system.rows(KEPT))[0].rows > 0
        job = await system.job_in(event, "succeeded")
    # The draft, the revision that failed, and the revision: no second draft.
    assert (job.attempt, job.tokens_in, model.calls) == (2, 2 * TOKENS_IN, 3)
    assert (await system.rows(KEPT))[0].rows == 0


async def test_a_dead_job_keeps_its_steps_for_an_operator_s_retry(system: System, user_id: str) -> None:
    model = ScriptedModel.saying(FLAWED, *[ConnectionResetError()] * 4)
    async with system.worker(chat_model=model), system.relay():
        event = await asks_for_quests(system, user_id)
        await system.job_in(event, "dead", within=40)
    assert model.calls == 5
    assert (await system.rows(KEPT))[0].rows > 0


async def test_a_worker_that_takes_over_goes_on_where_the_other_was(system: System, user_id: str) -> None:
    async with system.worker(chat_model=ScriptedModel.saying(FLAWED, ConnectionResetError())):
        event = await asks_for_quests(system, user_id)
        await system.job_in(event, "retrying")
    model = ScriptedModel.saying(GOOD)
    async with system.worker(chat_model=model), system.relay():
        await system.job_in(event, "succeeded")
    assert model.calls == 1


async def test_the_built_in_model_keeps_no_steps(system: System, user_id: str) -> None:
    from infra.offline_model.model import OfflineChatModel

    async with system.worker(chat_model=OfflineChatModel()) as worker:
        event = await asks_for_quests(system, user_id)
        job = await system.job_in(event, "succeeded")
        assert worker._checkpoints is None
    assert (job.model, job.cost) == ("offline", 0)
    [spent] = await system.rows("SELECT * FROM token_spend WHERE user_id = :id", id=user_id)
    assert (spent.model, spent.tokens_in, spent.cost) == ("offline", job.tokens_in, 0)
