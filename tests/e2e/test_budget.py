"""A daily budget, from the settlement that books what a job cost to the job that has to wait."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from api.identity import Role
from infra.frame_publisher import stream_key
from infra.model_prices import ModelPrice, ModelSpend
from models.user import UserModel
from schemas.cost import BudgetPolicy
from schemas.events import Envelope
from schemas.quests import QuestRequested
from services.cost_service import add_spend
from services.local_time import next_midnight
from services.user_service import set_time_zone
from tests.conftest import SettingsFactory
from tests.support.proposals import FLAWED, GOOD
from tests.support.quest_system import asks_for_quests, quest_system
from tests.support.running_api import running_api
from tests.support.scripted_model import ScriptedModel
from tests.support.system import System
from tests.support.waiting import until

# A call of the scripted model takes 100 tokens and gives 10: 0.12 USD.
PRICES = {"scripted": ModelPrice(input=Decimal(1000), output=Decimal(2000))}


@pytest.fixture
async def system(make_settings: SettingsFactory) -> AsyncIterator[System]:
    async with quest_system(make_settings(model_prices=PRICES)) as system:
        yield system


async def spends_everything(system: System, user_id: str) -> None:
    async with system.sessions.begin() as session:
        await add_spend(session, [(user_id, ModelSpend("scripted", 500, 50, Decimal("0.60")))], datetime.now(UTC))


def cost_counted() -> float:
    labels = {"job_type": "quest-generation", "model": "scripted"}
    return REGISTRY.get_sample_value("delight_cost_usd_total", labels) or 0.0


async def test_what_a_job_cost_is_booked_with_its_result(system: System, user_id: str) -> None:
    counted = cost_counted()
    async with system.worker(chat_model=ScriptedModel.saying(FLAWED, GOOD)):
        event = await asks_for_quests(system, user_id)
        job = await system.job_in(event, "succeeded")
    assert (job.model, job.tokens_in, job.tokens_out, job.cost) == ("scripted", 200, 20, Decimal("0.24"))
    # The gauges hear of it after the transaction.
    await until(lambda: cost_counted() == pytest.approx(counted + 0.24), what="the cost is on the metrics")
    [spent] = await system.rows("SELECT * FROM token_spend WHERE user_id = :id", id=user_id)
    assert (spent.model, spent.tokens_in, spent.tokens_out, spent.cost) == ("scripted", 200, 20, Decimal("0.24"))
    async with running_api(system.settings) as api, api.client(user_id) as client:
        status = (await client.get(f"/api/v1/jobs/{event.id}")).json()
        today = (await client.get("/api/v1/cost/today")).json()
    assert status["jobs"][0]["cost_usd"] == 0.24
    assert (today["usd"], today["budget_usd"], today["policy"], today["reached"]) == (0.24, 0.5, "defer", False)


async def test_failed_attempts_cost_too(system: System, user_id: str) -> None:
    async with system.worker(chat_model=ScriptedModel.saying(FLAWED, FLAWED, FLAWED, GOOD)), system.relay():
        event = await asks_for_quests(system, user_id)
        job = await system.job_in(event, "succeeded")
    assert (job.attempt, job.cost) == (2, Decimal("0.48"))
    assert (await system.rows("SELECT cost FROM token_spend WHERE user_id = :id", id=user_id))[0].cost == Decimal(
        "0.48"
    )


async def test_over_the_budget_work_waits_for_the_person_s_next_day(system: System, user_id: str) -> None:
    async with system.sessions.begin() as session:
        await set_time_zone(session, user_id, "Pacific/Auckland")
    await spends_everything(system, user_id)
    model = ScriptedModel.saying(GOOD)
    async with system.worker(chat_model=model), system.relay():
        event = await asks_for_quests(system, user_id)
        job = await system.job_in(event, "snoozed")
        midnight = next_midnight(job.finished_at, "Pacific/Auckland")
        assert timedelta() < job.next_attempt_at - midnight < timedelta(seconds=5)
        assert (job.attempt, model.calls) == (0, 0)
        frames = await until(lambda: system.redis.xrange(stream_key(user_id, "updates")))
        assert "Your daily budget is reached" in str(frames)
        async with running_api(system.settings) as api, api.client(user_id) as client:
            status = (await client.get(f"/api/v1/jobs/{event.id}")).json()
            today = (await client.get("/api/v1/cost/today")).json()
        assert (status["status"], status["jobs"][0]["status"]) == ("snoozed", "snoozed")
        assert "Your daily budget is reached" in status["jobs"][0]["error"]["message"]
        assert datetime.fromisoformat(status["jobs"][0]["next_attempt_at"]) == job.next_attempt_at
        assert today["reached"] is True
        assert "waits for your next day" in today["message"]
        assert datetime.fromisoformat(today["resets_at"]) == midnight
        # The day passes: yesterday's spending counts no more.
        async with system.sessions.begin() as session:
            await session.execute(text("UPDATE token_spend SET day = day - 1 WHERE user_id = :id"), {"id": user_id})
            await session.execute(text("UPDATE outbox_events SET available_at = now()"))
        job = await system.job_in(event, "succeeded")
    assert (job.attempt, model.calls) == (1, 1)


async def test_an_operator_s_larger_budget_lets_what_waits_start(system: System, user_id: str) -> None:
    await spends_everything(system, user_id)
    async with system.worker(chat_model=ScriptedModel.saying(GOOD)), system.relay():
        event = await asks_for_quests(system, user_id)
        await system.job_in(event, "snoozed")
        async with running_api(system.settings) as api, api.client("operator-1", Role.OPERATOR) as operator:
            still = await operator.put(f"/api/v1/admin/budgets/{user_id}", json={"daily_budget_usd": "0.55"})
            assert (still.json()["released"], still.json()["today"]["reached"]) == (0, True)
            raised = await operator.put(f"/api/v1/admin/budgets/{user_id}", json={"daily_budget_usd": "5"})
            assert (raised.json()["released"], raised.json()["today"]["reached"]) == (1, False)
        job = await system.job_in(event, "succeeded")
    assert job.model == "scripted"


async def test_a_person_s_own_budget_goes_before_the_common_one(system: System, user_id: str) -> None:
    async with system.sessions.begin() as session:
        session.add(UserModel(id=user_id, daily_budget_usd=Decimal(5)))
    await spends_everything(system, user_id)
    async with system.worker(chat_model=ScriptedModel.saying(GOOD)):
        event = await asks_for_quests(system, user_id)
        job = await system.job_in(event, "succeeded")
    assert job.model == "scripted"


@pytest.mark.parametrize(("policy", "used"), [(BudgetPolicy.CHEAPER_MODEL, "offline"), (BudgetPolicy.OFF, "scripted")])
async def test_over_the_budget_the_policy_decides(
    system: System, user_id: str, policy: BudgetPolicy, used: str
) -> None:
    await spends_everything(system, user_id)
    async with system.worker(chat_model=ScriptedModel.saying(GOOD), budget_policy=policy):
        event = await asks_for_quests(system, user_id)
        job = await system.job_in(event, "succeeded")
    assert job.model == used


async def test_what_waited_too_long_is_not_put_off_again(system: System, user_id: str) -> None:
    await spends_everything(system, user_id)
    asked = Envelope.mint(QuestRequested(user_id=user_id))
    old = replace(asked, time=asked.time - timedelta(days=2))
    async with system.worker(chat_model=ScriptedModel.saying()):
        await system.publisher.publish(old)
        job = await system.job_in(old, "expired")
    assert job.dead_reason is None
    assert await system.dead_letters() == []
