"""Cost: what a person's chat models took today, their budget, and what happens when it is spent."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class BudgetPolicy(StrEnum):
    """What happens to work that needs a chat model once the day's budget is spent."""

    DEFER = "defer"
    """It waits for the person's next day."""
    CHEAPER_MODEL = "cheaper_model"
    """It is done by a cheaper model."""
    OFF = "off"
    """It goes on; the budget is only shown."""


class ModelCost(BaseModel):
    model: str
    tokens_in: int
    tokens_out: int
    usd: float


class CostToday(BaseModel):
    """What a person has spent on their own calendar day."""

    day: date
    time_zone: str
    tokens_in: int
    tokens_out: int
    usd: float = Field(description="What the tokens cost, in US dollars; the built-in model costs nothing.")
    models: list[ModelCost]
    limited_tokens: int = Field(description="The tokens that count against `token_budget`: not the built-in model's.")
    budget_usd: float
    token_budget: int | None = Field(description="None: tokens are not limited.")
    own_budget: bool = Field(description="Whether the budget was set for this person, and is not everybody's.")
    policy: BudgetPolicy
    reached: bool = Field(description="Whether the budget is spent.")
    resets_at: datetime = Field(description="The person's next midnight.")
    message: str = Field(description="What that means, said to the person.")


class CostDay(BaseModel):
    """What a person spent on one of their calendar days."""

    day: date
    tokens_in: int
    tokens_out: int
    usd: float


class BudgetNotice(BaseModel):
    """The person's daily budget is spent: what happens to work that needs a chat model."""

    policy: BudgetPolicy = Field(description="`defer`: it waits until then. `cheaper_model`: a simpler model does it.")
    until: datetime = Field(description="The person's next midnight, when the budget is theirs anew.")
    message: str = Field(description="The same, said to the person.")


class BudgetWrite(BaseModel):
    """A person's own daily budget. The whole of it: what is left out falls back to the common budget."""

    model_config = ConfigDict(extra="forbid")

    daily_budget_usd: Decimal | None = Field(
        default=None,
        ge=0,
        max_digits=10,
        decimal_places=4,
        description="US dollars; 0 allows nothing.",
        examples=["2.50"],
    )
    daily_token_budget: int | None = Field(default=None, ge=0, le=10**15)


class BudgetRead(BaseModel):
    """What was set for a person (null: the common budget counts), and how they stand today."""

    user_id: str
    daily_budget_usd: float | None
    daily_token_budget: int | None
    today: CostToday
    released: int = Field(default=0, description="Jobs that waited for the person's next day and start now.")
