"""The Daily Consistency Index (DCI), 0-1: how steadily a person does what they chose. A pure function.

It is the weighted average of four factors, each 0-1, over a window of the person's last days, today included:

- streak: the days of the overall streak, measured against the window, at most FULL_STREAK_DAYS
- completion: completed missions among those that ended in the window; 0 when none ended
- engagement: the mean over completed missions of the share of the planned duration that was spent (at most all of it),
  weighted SPENT_WEIGHT, and whether a reflection was given, weighted REFLECTION_WEIGHT; 0 when none was completed
- response: answered nudges and messages among those sent. While there were none to answer, its weight is shared among
  the other factors in their proportion; that equals giving it their weighted average, which the breakdown then shows,
  so that breakdown and weights always reproduce the value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from models.mission import MissionModel
from schemas.missions import MissionStatus
from schemas.progress import DciBreakdown, DciRead, DciZone

STREAK_WEIGHT = 0.35
COMPLETION_WEIGHT = 0.30
ENGAGEMENT_WEIGHT = 0.20
RESPONSE_WEIGHT = 0.15
"""The four weights sum to one. Showing up counts most; what only answers us counts least."""

SPENT_WEIGHT = 0.7
REFLECTION_WEIGHT = 0.3
"""The parts of engagement; they sum to one."""

FULL_STREAK_DAYS = 30
"""A streak of this length, or of the whole window where that is shorter, is a full streak factor."""

YELLOW_FROM = 0.4
GREEN_FROM = 0.7
"""Zones: red < 0.4 ≤ yellow < 0.7 ≤ green."""

WINDOWS = (7, 30, 90)
"""The windows on offer, in days."""

DEFAULT_WINDOW = 30


@dataclass(frozen=True, slots=True)
class EndedMission:
    """What the index wants to know of a mission that ended in the window."""

    completed: bool
    planned: timedelta
    spent: timedelta
    reflected: bool


def calculate_dci(
    *,
    streak_days: int,
    window_days: int,
    missions: Sequence[EndedMission],
    response_rate: float | None = None,
) -> DciRead:
    """The index of a window of `window_days` days. `response_rate` is None while there was nothing to answer."""
    streak = min(1.0, streak_days / min(window_days, FULL_STREAK_DAYS))
    completed = [mission for mission in missions if mission.completed]
    completion = len(completed) / len(missions) if missions else 0.0
    engagement = sum(map(_engagement, completed)) / len(completed) if completed else 0.0
    told = streak * STREAK_WEIGHT + completion * COMPLETION_WEIGHT + engagement * ENGAGEMENT_WEIGHT
    response = told / (1.0 - RESPONSE_WEIGHT) if response_rate is None else response_rate
    # Rounded before the zone is chosen, so that the number shown and its zone never disagree.
    value = round(_within_unit(told + response * RESPONSE_WEIGHT), 4)
    return DciRead(
        value=value,
        zone=dci_zone(value),
        window_days=window_days,
        breakdown=DciBreakdown(
            streak=streak, completion=completion, engagement=_within_unit(engagement), response=_within_unit(response)
        ),
    )


def ended_mission(mission: MissionModel) -> EndedMission:
    """The mission as the index sees it."""
    spent = timedelta()
    if mission.started_at is not None and mission.ended_at is not None:
        spent = max(timedelta(), mission.ended_at - mission.started_at)
    return EndedMission(
        completed=mission.status is MissionStatus.COMPLETED,
        planned=timedelta(minutes=mission.duration_minutes),
        spent=spent,
        reflected=bool(mission.reflection),
    )


def dci_zone(value: float) -> DciZone:
    """The zone of an index."""
    if value < YELLOW_FROM:
        return DciZone.RED
    return DciZone.YELLOW if value < GREEN_FROM else DciZone.GREEN


def _engagement(mission: EndedMission) -> float:
    spent = _within_unit(mission.spent / mission.planned) if mission.planned else 1.0
    return spent * SPENT_WEIGHT + mission.reflected * REFLECTION_WEIGHT


def _within_unit(value: float) -> float:
    # Sums of weights may pass 1 by a rounding error.
    return min(1.0, max(0.0, value))
