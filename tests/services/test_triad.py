from datetime import UTC, datetime, time, timedelta

import pytest

from models.mission import MissionModel
from schemas.goals import ValueCategory
from schemas.ids import new_id
from schemas.missions import TriadReason
from schemas.quests import EnergyLevel
from services.triad import TRIAD_SIZE, Candidate, rank_triad, typical_energy

NOON = time(12)
CREATED = datetime(2026, 3, 2, tzinfo=UTC)


def candidate(
    title: str = "Sketch a cup",
    *,
    minutes: int = 20,
    energy: EnergyLevel = EnergyLevel.MEDIUM,
    category: ValueCategory = ValueCategory.CRAFT,
    serves_goal: bool = False,
    age: int = 0,
) -> Candidate:
    mission = MissionModel(
        id=new_id(),
        title=title,
        duration_minutes=minutes,
        energy_level=energy,
        category=category,
        created_at=CREATED - timedelta(days=age),
    )
    return Candidate(mission, serves_goal)


def ranked(*candidates: Candidate, clock: time = NOON, at_risk: frozenset[ValueCategory] = frozenset()) -> list[str]:
    return [ranked.mission.title for ranked in rank_triad(candidates, clock=clock, at_risk=at_risk)]


def test_there_are_at_most_three() -> None:
    assert ranked() == []
    assert len(ranked(*(candidate() for _ in range(5)))) == TRIAD_SIZE


def test_a_streak_at_risk_comes_first_then_an_active_goal() -> None:
    titles = ranked(
        candidate("other"),
        candidate("goal", serves_goal=True),
        candidate("streak", category=ValueCategory.HEALTH),
        at_risk=frozenset({ValueCategory.HEALTH}),
    )
    assert titles == ["streak", "goal", "other"]


@pytest.mark.parametrize(
    ("clock", "first"), [(time(7), "high"), (time(14), "medium"), (time(21), "low"), (time(2), "low")]
)
def test_the_time_of_day_prefers_its_energy(clock: time, first: str) -> None:
    assert typical_energy(clock).value == first
    assert ranked(*(candidate(energy.value, energy=energy) for energy in EnergyLevel), clock=clock)[0] == first


def test_between_equals_the_shorter_then_the_older_comes_first() -> None:
    titles = ranked(
        candidate("long", minutes=30), candidate("short new", minutes=10), candidate("short old", minutes=10, age=1)
    )
    assert titles == ["short old", "short new", "long"]


def test_each_says_what_speaks_for_it() -> None:
    first, second = rank_triad(
        [
            candidate("plain", energy=EnergyLevel.LOW),
            candidate("everything", category=ValueCategory.HEALTH, serves_goal=True),
        ],
        clock=NOON,
        at_risk={ValueCategory.HEALTH},
    )
    assert first.reasons == (TriadReason.STREAK_AT_RISK, TriadReason.SERVES_GOAL, TriadReason.FITS_ENERGY)
    assert second.reasons == ()
