from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from infra.model_prices import DEFAULT_PRICES, ModelPrice, ModelSpend, price_of, spends_of
from infra.settings import Settings, load_settings
from models.token_spend import TokenSpendModel
from models.user import UserModel
from schemas.cost import BudgetPolicy
from services.cost_service import add_spend, read_budget, read_cost_days, read_cost_today
from services.local_time import next_midnight
from services.user_service import set_time_zone

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


def spend(usd: str, model: str = "gpt-4o-mini", tokens_in: int = 1000, tokens_out: int = 100) -> ModelSpend:
    return ModelSpend(model, tokens_in, tokens_out, Decimal(usd))


async def book(sessions: Any, user_id: str, *spends: ModelSpend, at: datetime = NOW) -> None:
    async with sessions.begin() as session:
        await add_spend(session, [(user_id, one) for one in spends], at)


async def budget(sessions: Any, user_id: str, settings: Settings, at: datetime = NOW) -> Any:
    async with sessions() as session:
        return await read_budget(session, user_id, settings, at)


@pytest.mark.parametrize(
    ("model", "listed"),
    [
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
        ("gpt-4o-mini", "gpt-4o-mini"),
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("offline", "offline"),
        ("gemma", None),
    ],
)
def test_a_dated_name_has_the_price_of_its_model(model: str, listed: str | None) -> None:
    assert price_of(model, DEFAULT_PRICES) == (DEFAULT_PRICES[listed] if listed else None)


def test_the_longest_listed_name_counts() -> None:
    prices = {name: ModelPrice(input=price, output=price) for name, price in (("gpt", 9), ("gpt-4", 8), ("gpt-4o", 7))}
    assert price_of("gpt-4o-mini", prices) == prices["gpt-4o"]


def test_tokens_cost_what_the_prices_say() -> None:
    usage = {
        "gpt-4o-mini-2024-07-18": {"input_tokens": 2_000_000, "output_tokens": 1_000_000, "total_tokens": 3_000_000},
        "gemma": {"input_tokens": 5, "output_tokens": 6, "total_tokens": 11},
    }
    assert spends_of(usage, DEFAULT_PRICES) == [
        ModelSpend("gpt-4o-mini-2024-07-18", 2_000_000, 1_000_000, Decimal("0.90")),
        ModelSpend("gemma", 5, 6, Decimal(0)),
    ]


def test_prices_are_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DELIGHT_MODEL_PRICES", '{"mine": {"input": 1.5, "output": 2}}')
    assert load_settings().model_prices == {"mine": ModelPrice(input=Decimal("1.5"), output=Decimal(2))}


async def test_spending_adds_up_per_day_and_model(sessions: Any, user_id: str) -> None:
    await book(sessions, user_id, spend("0.10"), spend("0.05"), spend("0", "offline"))
    await book(sessions, user_id, spend("0.01"))
    await book(sessions, user_id, spend("0.02"), at=NOW + timedelta(days=1))
    async with sessions() as session:
        rows = await session.scalars(
            select(TokenSpendModel)
            .where(TokenSpendModel.user_id == user_id)
            .order_by(TokenSpendModel.day, TokenSpendModel.model)
        )
        booked = [(row.day.day, row.model, row.tokens_in, row.tokens_out, row.cost) for row in rows]
    assert booked == [
        (2, "gpt-4o-mini", 3000, 300, Decimal("0.16")),
        (2, "offline", 1000, 100, Decimal(0)),
        (3, "gpt-4o-mini", 1000, 100, Decimal("0.02")),
    ]


async def test_days_are_the_person_s_own(sessions: Any, user_id: str, settings: Settings) -> None:
    async with sessions.begin() as session:
        await set_time_zone(session, user_id, "Asia/Tokyo")
    # 23:59 on Monday and 0:01 on Tuesday in Tokyo.
    monday, tuesday = datetime(2026, 3, 2, 14, 59, tzinfo=UTC), datetime(2026, 3, 2, 15, 1, tzinfo=UTC)
    await book(sessions, user_id, spend("0.50"), at=monday)
    assert (await budget(sessions, user_id, settings, monday)).reached
    assert not (await budget(sessions, user_id, settings, tuesday)).reached


async def test_a_person_has_the_budget_of_the_settings_or_their_own(
    sessions: Any, user_id: str, settings: Settings
) -> None:
    assert settings.daily_budget_usd == Decimal("0.50")
    await book(sessions, user_id, spend("0.49"))
    assert not (await budget(sessions, user_id, settings)).reached
    await book(sessions, user_id, spend("0.01"))
    assert (await budget(sessions, user_id, settings)).reached
    async with sessions.begin() as session:
        session.add(UserModel(id=user_id, daily_budget_usd=Decimal("2.00")))
    assert not (await budget(sessions, user_id, settings)).reached


async def test_tokens_are_limited_only_where_a_limit_is_set(sessions: Any, user_id: str, settings: Settings) -> None:
    await book(sessions, user_id, spend("0", tokens_in=900, tokens_out=100), spend("0", "offline", 5000, 5000))
    assert not (await budget(sessions, user_id, settings)).reached
    for limit, reached in ((1001, False), (1000, True)):
        limited = settings.model_copy(update={"daily_token_budget": limit})
        assert (await budget(sessions, user_id, limited)).reached is reached
    async with sessions.begin() as session:
        session.add(UserModel(id=user_id, daily_token_budget=10))
    assert (await budget(sessions, user_id, settings)).reached


async def test_the_days_that_cost_something_are_listed_latest_first(sessions: Any, user_id: str) -> None:
    await book(sessions, user_id, spend("0.10"), spend("0", "offline"))
    await book(sessions, user_id, spend("0.20"), at=NOW - timedelta(days=2))
    await book(sessions, user_id, spend("0.40"), at=NOW - timedelta(days=3))
    async with sessions() as session:
        days = await read_cost_days(session, user_id, days=3, now=NOW)
    assert [(day.day.day, day.tokens_in, day.usd) for day in days] == [(2, 2000, 0.1), (28, 1000, 0.2)]


async def test_a_stranger_has_spent_nothing(sessions: Any, user_id: str, settings: Settings) -> None:
    async with sessions() as session:
        today = await read_cost_today(session, user_id, settings, NOW)
    assert (today.usd, today.tokens_in, today.models, today.reached, today.time_zone) == (0, 0, [], False, "UTC")
    assert today.resets_at == datetime(2026, 3, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (BudgetPolicy.DEFER, "waits for your next day"),
        (BudgetPolicy.CHEAPER_MODEL, "simpler model"),
        (BudgetPolicy.OFF, "goes on all the same"),
    ],
)
async def test_today_says_what_was_spent_and_what_it_means(
    sessions: Any, user_id: str, settings: Settings, policy: BudgetPolicy, said: str
) -> None:
    await book(sessions, user_id, spend("0.60"), spend("0", "offline"))
    async with sessions() as session:
        today = await read_cost_today(session, user_id, settings.model_copy(update={"budget_policy": policy}), NOW)
    assert (today.usd, today.budget_usd, today.reached, today.policy) == (0.6, 0.5, True, policy)
    assert [(model.model, model.tokens_in, model.usd) for model in today.models] == [
        ("gpt-4o-mini", 1000, 0.6),
        ("offline", 1000, 0.0),
    ]
    assert said in today.message


@pytest.mark.parametrize(
    ("moment", "zone", "midnight"),
    [
        (datetime(2026, 3, 28, 22, 30, tzinfo=UTC), "Europe/Berlin", datetime(2026, 3, 28, 23, 0, tzinfo=UTC)),
        # The day on which the clocks change has 23 hours.
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), "Europe/Berlin", datetime(2026, 3, 29, 22, 0, tzinfo=UTC)),
        (datetime(2026, 3, 2, 12, 0, tzinfo=UTC), "Asia/Tokyo", datetime(2026, 3, 2, 15, 0, tzinfo=UTC)),
    ],
)
def test_the_next_day_begins_at_the_person_s_midnight(moment: datetime, zone: str, midnight: datetime) -> None:
    assert next_midnight(moment, zone) == midnight
