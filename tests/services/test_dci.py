from datetime import timedelta
from itertools import product

import pytest

from schemas.progress import DciZone
from services.dci import (
    COMPLETION_WEIGHT,
    ENGAGEMENT_WEIGHT,
    REFLECTION_WEIGHT,
    RESPONSE_WEIGHT,
    SPENT_WEIGHT,
    STREAK_WEIGHT,
    WINDOWS,
    EndedMission,
    calculate_dci,
    dci_zone,
)

FULL = EndedMission(completed=True, planned=timedelta(minutes=20), spent=timedelta(minutes=25), reflected=True)
BARE = EndedMission(completed=True, planned=timedelta(minutes=20), spent=timedelta(), reflected=False)
ABANDONED = EndedMission(completed=False, planned=timedelta(minutes=20), spent=timedelta(), reflected=False)


def test_weights_sum_to_one() -> None:
    assert pytest.approx(1) == STREAK_WEIGHT + COMPLETION_WEIGHT + ENGAGEMENT_WEIGHT + RESPONSE_WEIGHT
    assert pytest.approx(1) == SPENT_WEIGHT + REFLECTION_WEIGHT


@pytest.mark.parametrize("window", WINDOWS)
def test_nothing_is_zero_and_everything_is_one(window: int) -> None:
    assert calculate_dci(streak_days=0, window_days=window, missions=[]).value == 0
    for response in (None, 1.0):
        full = calculate_dci(streak_days=365, window_days=window, missions=[FULL], response_rate=response)
        assert full.value == 1
        assert full.zone is DciZone.GREEN


def test_the_breakdown_and_the_weights_reproduce_the_value() -> None:
    inputs = product(
        (0, 3, 40), WINDOWS, ([], [FULL], [BARE, ABANDONED], [FULL, BARE, ABANDONED]), (None, 0.0, 0.5, 1.0)
    )
    for streak_days, window, missions, response in inputs:
        dci = calculate_dci(streak_days=streak_days, window_days=window, missions=missions, response_rate=response)
        parts = dci.breakdown
        weighted = (
            parts.streak * STREAK_WEIGHT
            + parts.completion * COMPLETION_WEIGHT
            + parts.engagement * ENGAGEMENT_WEIGHT
            + parts.response * RESPONSE_WEIGHT
        )
        assert dci.value == pytest.approx(weighted, abs=1e-4)
        assert 0 <= dci.value <= 1
        assert dci.zone is dci_zone(dci.value)


def test_the_weight_of_an_unknown_response_rate_is_shared_in_proportion() -> None:
    dci = calculate_dci(streak_days=15, window_days=30, missions=[FULL, ABANDONED])
    known = 1 - RESPONSE_WEIGHT
    expected = (0.5 * STREAK_WEIGHT + 0.5 * COMPLETION_WEIGHT + 1.0 * ENGAGEMENT_WEIGHT) / known
    assert dci.value == pytest.approx(expected, abs=1e-4)


def test_more_of_anything_never_lowers_the_index() -> None:
    values = [calculate_dci(streak_days=days, window_days=30, missions=[BARE]).value for days in range(40)]
    assert values == sorted(values)
    by_missions = [
        calculate_dci(streak_days=1, window_days=30, missions=missions).value
        for missions in ([ABANDONED], [BARE, ABANDONED], [BARE], [FULL, BARE], [FULL])
    ]
    assert by_missions == sorted(by_missions)


def test_a_short_window_is_full_with_a_streak_of_its_length() -> None:
    assert calculate_dci(streak_days=7, window_days=7, missions=[]).breakdown.streak == 1
    assert calculate_dci(streak_days=7, window_days=30, missions=[]).breakdown.streak == pytest.approx(7 / 30)
    assert calculate_dci(streak_days=30, window_days=90, missions=[]).breakdown.streak == 1


def test_engagement_counts_spent_time_and_reflection_of_completed_missions_only() -> None:
    half = EndedMission(completed=True, planned=timedelta(minutes=20), spent=timedelta(minutes=10), reflected=False)
    dci = calculate_dci(streak_days=0, window_days=30, missions=[half, ABANDONED])
    assert dci.breakdown.engagement == pytest.approx(0.5 * SPENT_WEIGHT)


@pytest.mark.parametrize(
    ("value", "zone"),
    [
        (0.0, DciZone.RED),
        (0.3999, DciZone.RED),
        (0.4, DciZone.YELLOW),
        (0.6999, DciZone.YELLOW),
        (0.7, DciZone.GREEN),
        (1.0, DciZone.GREEN),
    ],
)
def test_zones(value: float, zone: DciZone) -> None:
    assert dci_zone(value) is zone
