"""The triad: the three pending missions to look at now, ranked high, medium, low. A pure ranking.

A mission scores for serving an active goal, for asking the energy that the time of day usually has, and most for
keeping a streak of its category that would end today. Between equals the shorter comes first, then the older.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import time
from types import MappingProxyType

from models.mission import MissionModel
from schemas.goals import ValueCategory
from schemas.missions import TriadReason
from schemas.quests import EnergyLevel

TRIAD_SIZE = 3

STREAK_POINTS = 3
"""A streak of the mission's category ends unless something is done today."""

GOAL_POINTS = 2
"""It serves a goal that is still active."""

ENERGY_POINTS = 2
"""It asks exactly the energy that the time of day has; a neighbouring level scores one point less."""

MORNING = time(5)
AFTERNOON = time(12)
EVENING = time(17)
"""The parts of the day, by the person's own clock; the night belongs to the evening."""

_ENERGY_RANK: Mapping[EnergyLevel, int] = MappingProxyType(
    {EnergyLevel.LOW: 0, EnergyLevel.MEDIUM: 1, EnergyLevel.HIGH: 2}
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pending mission, and whether the goal of its quest is active."""

    mission: MissionModel
    serves_goal: bool


@dataclass(frozen=True, slots=True)
class Ranked:
    """A mission of the triad, and what speaks for it now."""

    mission: MissionModel
    reasons: tuple[TriadReason, ...]


def rank_triad(candidates: Sequence[Candidate], *, clock: time, at_risk: AbstractSet[ValueCategory]) -> list[Ranked]:
    """The best three, best first. `clock` is the person's own; `at_risk` are the categories whose streak ends today."""

    def place(candidate: Candidate) -> tuple[object, ...]:
        mission = candidate.mission
        return (
            -_score(candidate, typical_energy(clock), at_risk),
            mission.duration_minutes,
            mission.created_at,
            mission.id,
        )

    best = sorted(candidates, key=place)[:TRIAD_SIZE]
    return [Ranked(candidate.mission, tuple(_reasons(candidate, typical_energy(clock), at_risk))) for candidate in best]


def typical_energy(clock: time) -> EnergyLevel:
    """The energy that people usually have at this time of day: high in the morning, low in the evening and at night."""
    if MORNING <= clock < AFTERNOON:
        return EnergyLevel.HIGH
    return EnergyLevel.MEDIUM if AFTERNOON <= clock < EVENING else EnergyLevel.LOW


def _score(candidate: Candidate, energy: EnergyLevel, at_risk: AbstractSet[ValueCategory]) -> int:
    mission = candidate.mission
    distance = abs(_ENERGY_RANK[mission.energy_level] - _ENERGY_RANK[energy])
    return (
        STREAK_POINTS * (mission.category in at_risk)
        + GOAL_POINTS * candidate.serves_goal
        + max(0, ENERGY_POINTS - distance)
    )


def _reasons(candidate: Candidate, energy: EnergyLevel, at_risk: AbstractSet[ValueCategory]) -> Iterator[TriadReason]:
    if candidate.mission.category in at_risk:
        yield TriadReason.STREAK_AT_RISK
    if candidate.serves_goal:
        yield TriadReason.SERVES_GOAL
    if candidate.mission.energy_level is energy:
        yield TriadReason.FITS_ENERGY
