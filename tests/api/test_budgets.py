"""Budgets over HTTP: operators set a person's own, the person sees it, and a 202 says when it is spent."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from api.identity import Role
from infra.model_prices import ModelSpend
from infra.settings import Settings
from schemas.cost import BudgetPolicy
from schemas.jobs import Subscription
from schemas.missions import MissionCompleted
from schemas.quests import QuestRequested
from services.cost_service import add_spend
from tests.support.envelope import assert_error
from tests.support.running_api import RunningApi, running_api
from tests.support.seeds import Sessions

GROUPS = (
    Subscription("quest-generation", (QuestRequested,), uses_model=True),
    Subscription("progress-tracking", (MissionCompleted,)),
)
URL = "/api/v1/admin/budgets"


@pytest.fixture
async def operator(api: RunningApi) -> AsyncIterator[httpx.AsyncClient]:
    async with api.client("operator-1", Role.OPERATOR) as operator:
        yield operator


async def spends(sessions: Sessions, user_id: str, usd: str) -> None:
    async with sessions.begin() as session:
        await add_spend(session, [(user_id, ModelSpend("gpt-4o-mini", 500, 50, Decimal(usd)))], datetime.now(UTC))


async def asks_for_quests(
    settings: Settings, user_id: str, *, policy: BudgetPolicy = BudgetPolicy.DEFER, model: str = "openai:gpt-4o-mini"
) -> Any:
    """The answer 202 of a system with a model that costs something."""
    settings = settings.model_copy(update={"chat_model": model, "budget_policy": policy})
    async with running_api(settings, GROUPS) as api, api.client(user_id) as client:
        response = await client.post("/api/v1/quests/request", json={})
        assert response.status_code == 202
        today = (await client.get("/api/v1/cost/today")).json()
    notice = response.json()["budget"]
    assert notice is None or notice["until"] == today["resets_at"]
    return notice


@pytest.mark.parametrize(
    ("policy", "said"),
    [(BudgetPolicy.DEFER, "waits for your next day"), (BudgetPolicy.CHEAPER_MODEL, "simpler model")],
)
async def test_a_spent_budget_is_said_with_the_acceptance(
    topics: None, settings: Settings, sessions: Sessions, user_id: str, policy: BudgetPolicy, said: str
) -> None:
    await spends(sessions, user_id, "0.60")
    notice = await asks_for_quests(settings, user_id, policy=policy)
    assert notice["policy"] == policy
    assert said in notice["message"]


async def test_nothing_is_said_where_nothing_is_limited(
    topics: None, settings: Settings, sessions: Sessions, user_id: str
) -> None:
    assert await asks_for_quests(settings, user_id) is None
    await spends(sessions, user_id, "0.60")
    assert await asks_for_quests(settings, user_id, policy=BudgetPolicy.OFF) is None
    assert await asks_for_quests(settings, user_id, model="offline") is None


async def test_what_needs_no_model_is_not_concerned(
    api: RunningApi, sessions: Sessions, user_id: str, client: httpx.AsyncClient
) -> None:
    await spends(sessions, user_id, "0.60")
    assert (await client.post("/api/v1/quests/request", json={})).json()["budget"] is None


async def test_an_operator_sets_a_budget_and_the_person_sees_it(
    operator: httpx.AsyncClient, client: httpx.AsyncClient, sessions: Sessions, user_id: str
) -> None:
    await spends(sessions, user_id, "0.60")
    assert (await client.get("/api/v1/cost/today")).json()["own_budget"] is False
    body = {"daily_budget_usd": "2.50", "daily_token_budget": 1000}
    answer = await operator.put(f"{URL}/{user_id}", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json() == (await operator.get(f"{URL}/{user_id}")).json()
    today = (await client.get("/api/v1/cost/today")).json()
    assert (today["budget_usd"], today["token_budget"], today["own_budget"], today["reached"]) == (
        2.5,
        1000,
        True,
        False,
    )
    [cost] = (await client.get("/api/v1/cost/days")).json()
    assert (cost["usd"], cost["tokens_in"]) == (0.6, 500)
    [action, *_] = (await operator.get("/api/v1/admin/actions")).json()["items"]
    assert (action["action"], action["target"], action["operator"]) == ("budget.set", user_id, "operator-1")
    assert action["details"] == {"daily_budget_usd": "2.50", "daily_token_budget": 1000}
    # What is left out falls back to everybody's.
    await operator.put(f"{URL}/{user_id}", json={})
    today = (await client.get("/api/v1/cost/today")).json()
    assert (today["budget_usd"], today["token_budget"], today["own_budget"], today["reached"]) == (
        0.5,
        None,
        False,
        True,
    )


async def test_a_subject_may_be_an_address(operator: httpx.AsyncClient, user_id: str) -> None:
    subject = f"https://id.example.org/{user_id}"
    answer = await operator.put(f"{URL}/{subject}", json={"daily_budget_usd": 1})
    assert (answer.status_code, answer.json()["user_id"]) == (200, subject)


@pytest.mark.parametrize("body", [{"daily_budget_usd": -1}, {"daily_budget_usd": "much"}, {"budget": 1}])
async def test_a_budget_that_is_none_is_refused(
    operator: httpx.AsyncClient, user_id: str, body: dict[str, object]
) -> None:
    assert_error(await operator.put(f"{URL}/{user_id}", json=body), 422, "invalid_request")


@pytest.mark.parametrize("role", [Role.USER, Role.PUBLISHER])
async def test_budgets_are_for_operators(api: RunningApi, user_id: str, role: Role) -> None:
    async with api.client(user_id, role) as client:
        assert_error(await client.get(f"{URL}/{user_id}"), 403, "not_permitted")
        assert_error(await client.put(f"{URL}/{user_id}", json={"daily_budget_usd": 100}), 403, "not_permitted")
