"""What chat models cost: USD per million tokens in and out, by the model's name.

A name's price is that of the longest listed name that it begins with, since providers answer with dated names:
`gpt-4o-mini-2024-07-18` costs what `gpt-4o-mini` costs. Discounts for cached prompts and batches are not counted, so what
is booked is rather too much than too little.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    # Settings import this module, and must not take a second for LangChain.
    from langchain_core.messages.ai import UsageMetadata

OFFLINE_MODEL = "offline"
"""The built-in model's name; it costs nothing."""

_MILLION = 1_000_000


class ModelPrice(BaseModel):
    """USD per million tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: Decimal = Field(ge=0, allow_inf_nan=False)
    output: Decimal = Field(ge=0, allow_inf_nan=False)


ModelPrices = Mapping[str, ModelPrice]

DEFAULT_PRICES: ModelPrices = MappingProxyType(
    {
        OFFLINE_MODEL: ModelPrice(input=Decimal(0), output=Decimal(0)),
        # List prices as of November 2025. Prices change: set DELIGHT_MODEL_PRICES to what your contract says.
        "gpt-4o-mini": ModelPrice(input=Decimal("0.15"), output=Decimal("0.60")),
        "claude-haiku-4-5": ModelPrice(input=Decimal("1.00"), output=Decimal("5.00")),
    }
)


@dataclass(frozen=True, slots=True)
class ModelSpend:
    """What one attempt spent on one model; `cost` in USD."""

    model: str
    tokens_in: int
    tokens_out: int
    cost: Decimal


def price_of(model: str, prices: ModelPrices) -> ModelPrice | None:
    """The price of `model`; None when none is listed."""
    listed = [name for name in prices if model.startswith(name)]
    return prices[max(listed, key=len)] if listed else None


def spends_of(usage: Mapping[str, "UsageMetadata"], prices: ModelPrices) -> list[ModelSpend]:
    """What the tokens of each model cost; a model without a price costs nothing."""
    spends = []
    for model, tokens in usage.items():
        tokens_in, tokens_out = tokens["input_tokens"], tokens["output_tokens"]
        price = price_of(model, prices)
        cost = (tokens_in * price.input + tokens_out * price.output) / _MILLION if price is not None else Decimal(0)
        spends.append(ModelSpend(model[:128], tokens_in, tokens_out, cost))
    return spends
