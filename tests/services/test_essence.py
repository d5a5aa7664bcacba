from itertools import pairwise

import pytest

from schemas.quests import MAX_DURATION_MINUTES, MIN_DURATION_MINUTES, EnergyLevel
from services.essence import MAX_REWARD, MIN_REWARD, calculate_reward

DURATIONS = range(MIN_DURATION_MINUTES, MAX_DURATION_MINUTES + 1)


@pytest.mark.parametrize("energy", EnergyLevel)
def test_the_reward_grows_with_duration_and_is_bounded(energy: EnergyLevel) -> None:
    rewards = [calculate_reward(minutes, energy) for minutes in DURATIONS]
    assert all(shorter <= longer for shorter, longer in pairwise(rewards))
    assert rewards[0] < rewards[-1]
    assert all(MIN_REWARD <= reward <= MAX_REWARD for reward in rewards)


@pytest.mark.parametrize("minutes", DURATIONS)
def test_the_reward_grows_with_energy(minutes: int) -> None:
    low, medium, high = (calculate_reward(minutes, energy) for energy in EnergyLevel)
    assert low < medium < high


def test_extremes_are_bounded() -> None:
    assert calculate_reward(0, EnergyLevel.LOW) == MIN_REWARD
    assert calculate_reward(10_000, EnergyLevel.HIGH) == MAX_REWARD
