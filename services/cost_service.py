"""Cost: what persons' jobs spend on chat models, counted on their own calendar, and whether a day's budget is spent.

The built-in model's tokens are counted too, but they cost nothing and no budget limits them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from infra.model_prices import OFFLINE_MODEL, ModelSpend
from infra.settings import Settings
from models.token_spend import TokenSpendModel
from models.user import DEFAULT_TIME_ZONE
from schemas.cost import BudgetPolicy, CostDay, CostToday, ModelCost
from schemas.events import UserId
from services.local_time import local_day, next_midnight
from services.user_service import read_time_zone

# In one order, so that settlements of several groups cannot deadlock over the same persons.
_ADD_SPEND = text("""
    INSERT INTO token_spend (user_id, day, model, tokens_in, tokens_out, cost)
    SELECT u.user_id, (CAST(:now AS timestamptz) AT TIME ZONE coalesce(users.time_zone, :default_zone))::date, u.model,
           sum(u.tokens_in), sum(u.tokens_out), sum(u.cost)
    FROM unnest(
        CAST(:user_ids AS text[]), CAST(:models AS text[]), CAST(:tokens_in AS int[]), CAST(:tokens_out AS int[]),
        CAST(:costs AS numeric[])
    ) AS u(user_id, model, tokens_in, tokens_out, cost)
    LEFT JOIN users ON users.id = u.user_id
    GROUP BY 1, 2, 3
    ORDER BY 1, 2, 3
    ON CONFLICT (user_id, day, model) DO UPDATE SET
        tokens_in = token_spend.tokens_in + excluded.tokens_in,
        tokens_out = token_spend.tokens_out + excluded.tokens_out,
        cost = token_spend.cost + excluded.cost
""")

_READ_BUDGET = text("""
    SELECT coalesce(users.time_zone, :default_zone) AS time_zone, users.daily_budget_usd, users.daily_token_budget,
           coalesce(spent.usd, 0) AS usd, coalesce(spent.tokens, 0) AS tokens
    FROM (SELECT CAST(:user_id AS text) AS id) AS person
    LEFT JOIN users USING (id)
    LEFT JOIN LATERAL (
        SELECT sum(cost) AS usd, sum(tokens_in + tokens_out) FILTER (WHERE model <> :offline) AS tokens
        FROM token_spend
        WHERE user_id = person.id
          AND day = (CAST(:now AS timestamptz) AT TIME ZONE coalesce(users.time_zone, :default_zone))::date
    ) AS spent ON true
""")


@dataclass(frozen=True, slots=True)
class Budget:
    """A person's budget on one of their days, and what they have spent of it. A limit of 0 allows nothing."""

    time_zone: str
    limit_usd: Decimal
    limit_tokens: int | None
    is_own: bool
    spent_usd: Decimal
    spent_tokens: int

    @property
    def reached(self) -> bool:
        if self.spent_usd >= self.limit_usd:
            return True
        return self.limit_tokens is not None and self.spent_tokens >= self.limit_tokens


async def add_spend(session: AsyncSession, spends: Sequence[tuple[UserId, ModelSpend]], now: datetime) -> None:
    """Book what was spent at the moment `now`, in one statement for any number of persons."""
    await session.execute(
        _ADD_SPEND,
        {
            "now": now,
            "default_zone": DEFAULT_TIME_ZONE,
            "user_ids": [user_id for user_id, _ in spends],
            "models": [spend.model for _, spend in spends],
            "tokens_in": [spend.tokens_in for _, spend in spends],
            "tokens_out": [spend.tokens_out for _, spend in spends],
            "costs": [spend.cost for _, spend in spends],
        },
    )


async def read_budget(session: AsyncSession, user_id: UserId, settings: Settings, now: datetime) -> Budget:
    """The budget of the person's day that `now` falls on: their own, or that of the settings."""
    found = await session.execute(
        _READ_BUDGET,
        {"user_id": user_id, "now": now, "default_zone": DEFAULT_TIME_ZONE, "offline": OFFLINE_MODEL},
    )
    row = found.one()
    own_usd, own_tokens = row.daily_budget_usd, row.daily_token_budget
    return Budget(
        time_zone=row.time_zone,
        limit_usd=settings.daily_budget_usd if own_usd is None else own_usd,
        limit_tokens=settings.daily_token_budget if own_tokens is None else own_tokens,
        is_own=own_usd is not None or own_tokens is not None,
        spent_usd=row.usd,
        spent_tokens=int(row.tokens),
    )


async def read_cost_today(session: AsyncSession, user_id: UserId, settings: Settings, now: datetime) -> CostToday:
    """What the person has spent today, a model at a time, against their budget."""
    budget = await read_budget(session, user_id, settings, now)
    day = local_day(now, budget.time_zone)
    models = await _read_models(session, user_id, day)
    return CostToday(
        day=day,
        time_zone=budget.time_zone,
        tokens_in=sum(model.tokens_in for model in models),
        tokens_out=sum(model.tokens_out for model in models),
        usd=float(budget.spent_usd),
        models=models,
        limited_tokens=budget.spent_tokens,
        budget_usd=float(budget.limit_usd),
        token_budget=budget.limit_tokens,
        own_budget=budget.is_own,
        policy=settings.budget_policy,
        reached=budget.reached,
        resets_at=next_midnight(now, budget.time_zone),
        message=message_of(settings.budget_policy, reached=budget.reached),
    )


async def read_cost_days(session: AsyncSession, user_id: UserId, *, days: int, now: datetime) -> list[CostDay]:
    """What the person spent on each of their last `days` days on which they spent anything, the latest first."""
    today = local_day(now, await read_time_zone(session, user_id))
    rows = await session.execute(
        select(
            TokenSpendModel.day,
            func.sum(TokenSpendModel.tokens_in),
            func.sum(TokenSpendModel.tokens_out),
            func.sum(TokenSpendModel.cost),
        )
        .where(TokenSpendModel.user_id == user_id, TokenSpendModel.day > today - timedelta(days=days))
        .group_by(TokenSpendModel.day)
        .order_by(TokenSpendModel.day.desc())
    )
    return [
        CostDay(day=day, tokens_in=int(tokens_in), tokens_out=int(tokens_out), usd=float(usd))
        for day, tokens_in, tokens_out, usd in rows
    ]


async def _read_models(session: AsyncSession, user_id: UserId, day: date) -> list[ModelCost]:
    rows = await session.scalars(
        select(TokenSpendModel)
        .where(TokenSpendModel.user_id == user_id, TokenSpendModel.day == day)
        .order_by(TokenSpendModel.model)
    )
    return [
        ModelCost(model=row.model, tokens_in=row.tokens_in, tokens_out=row.tokens_out, usd=float(row.cost))
        for row in rows
    ]


def message_of(policy: BudgetPolicy, *, reached: bool) -> str:
    """What a budget that is spent, or not, means to the person."""
    if not reached:
        return "You are within your daily budget."
    match policy:
        case BudgetPolicy.DEFER:
            return "Your daily budget is reached: new work waits for your next day."
        case BudgetPolicy.CHEAPER_MODEL:
            return "Your daily budget is reached: a simpler model does new work until your next day."
        case BudgetPolicy.OFF:
            return "Your daily budget is reached; work goes on all the same."
