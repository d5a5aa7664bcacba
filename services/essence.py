"""Essence rewards: what a mission earns grows with its duration and energy, and is bounded.

reward = minutes x ESSENCE_PER_MINUTE x the multiplier of its energy, rounded, within MIN_REWARD and MAX_REWARD
"""

from collections.abc import Mapping
from types import MappingProxyType

from schemas.quests import EnergyLevel

ESSENCE_PER_MINUTE = 1.0
"""What a minute of a low-energy mission earns."""

ENERGY_MULTIPLIERS: Mapping[EnergyLevel, float] = MappingProxyType(
    {EnergyLevel.LOW: 1.0, EnergyLevel.MEDIUM: 1.25, EnergyLevel.HIGH: 1.5}
)
"""How much more a minute earns when the mission asks for more energy."""

MIN_REWARD = 10
"""Even the smallest mission earns this."""

MAX_REWARD = 100
"""No mission earns more: many small steps beat one heroic day."""


def calculate_reward(duration_minutes: int, energy_level: EnergyLevel) -> int:
    """The essence that completing such a mission earns, in points."""
    earned = round(duration_minutes * ESSENCE_PER_MINUTE * ENERGY_MULTIPLIERS[energy_level])
    return max(MIN_REWARD, min(MAX_REWARD, earned))
