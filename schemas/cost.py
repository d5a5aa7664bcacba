"""Cost: what a person's chat models took today, their budget, and what happens when it is spent."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, Field


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
    budget_usd: float
    token_budget: int | None = Field(description="None: tokens are not limited.")
    policy: BudgetPolicy
    reached: bool = Field(description="Whether the budget is spent.")
    resets_at: datetime = Field(description="The person's next midnight.")
    message: str = Field(description="What that means, said to the person.")
