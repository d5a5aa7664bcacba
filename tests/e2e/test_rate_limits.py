"""A provider that says 429 for ever, over real HTTP: each delivery asks it once, and the job ends by its age."""

from datetime import timedelta

import pytest
from pydantic import SecretStr

from infra.chat_model import create_chat_model
from tests.conftest import SettingsFactory
from tests.support.openai_server import Reply, openai_server
from tests.support.quest_system import asks_for_quests, quest_system

pytestmark = pytest.mark.slow

BUSY = Reply(status=429, headers={"Retry-After": "1"})


async def test_a_provider_that_is_busy_for_ever_costs_no_attempt_and_ends_in_a_dead_letter(
    make_settings: SettingsFactory, user_id: str
) -> None:
    with openai_server(*[BUSY] * 20) as server:
        settings = make_settings(
            chat_model="openai:gpt-4o-mini",
            chat_model_base_url=server.url,
            chat_model_api_key=SecretStr("sk-test"),
            max_job_age=timedelta(seconds=2.5),
        )
        async with quest_system(settings) as system:
            async with system.worker(chat_model=create_chat_model(settings)), system.relay():
                row = await system.job_in(await asks_for_quests(system, user_id), "dead")
            history = await system.rows("SELECT outcome, attempt FROM job_attempts ORDER BY delivery")
            [letter] = await system.dead_letters()
    assert [one.outcome for one in history] == ["snoozed"] * (len(history) - 1) + ["dead"]
    assert {one.attempt for one in history} == {1}
    assert 3 <= len(history) == len(server.requests)
    assert row.dead_reason == "too_old"
    assert "put off for longer than DELIGHT_MAX_JOB_AGE (2.5 s)" in row.error_message
    assert letter["reason"] == b"too_old"
