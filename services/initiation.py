"""Character initiation: who should write to a person first today, and why. A pure function of what they did.

The rules, in their order; the first that holds decides:

1. Milestone: a streak has reached one of its milestones today or yesterday, and nobody has said so yet. The overall
   streak is the guide's to celebrate, that of a category its character's; the longer streak comes first.
2. Silence: nothing was heard of the person for SILENCE_DAYS days. The character they are closest to writes. Each message
   that stays without an answer doubles the wait for the next; after MAX_UNANSWERED of them nobody writes any more
   until the person is back.
3. Neglect: a category with an active goal had no completed mission for NEGLECT_DAYS days, and the person is around. Its
   character writes, about the category that waits longest; not more often than once in NEGLECT_DAYS days.

That it happens at most once a day, and never in quiet hours, is decided by who saves it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from schemas.characters import Character, InitiationReason
from schemas.goals import ValueCategory
from services.characters import character_for
from services.streaks import MILESTONES

SILENCE_DAYS = 3
MAX_UNANSWERED = 3
NEGLECT_DAYS = 10


@dataclass(frozen=True, slots=True)
class Run:
    """A streak as it stands: overall when `category` is None."""

    category: ValueCategory | None
    days: int
    last_day: date


@dataclass(frozen=True, slots=True)
class Activity:
    """What the rules look at. Days are the person's own; `waiting_since` is, for each category with an active goal, the
    day of the last completed mission, or of the goal when there was none. `unanswered` counts openings since the person
    was last heard of.
    """

    today: date
    last_active_on: date
    closest: Character = Character.ELIZA
    runs: Sequence[Run] = ()
    waiting_since: Mapping[ValueCategory, date] = field(default_factory=dict)
    unanswered: int = 0
    last_opening_on: date | None = None
    milestone_told_on: date | None = None
    neglect_told_on: date | None = None


@dataclass(frozen=True, slots=True)
class Initiation:
    """Who writes, and why; `why` is the reason in words for the person, `days` the number in it."""

    character: Character
    reason: InitiationReason
    why: str
    days: int
    category: ValueCategory | None = None


def decide_initiation(activity: Activity) -> Initiation | None:
    """What the rules say; None when nobody should write."""
    return _milestone(activity) or _silence(activity) or _neglect(activity)


def _milestone(activity: Activity) -> Initiation | None:
    reached = [
        run
        for run in activity.runs
        if run.days in MILESTONES
        and 0 <= (activity.today - run.last_day).days <= 1
        and (activity.milestone_told_on is None or activity.milestone_told_on < run.last_day)
    ]
    if not reached:
        return None
    # Of equally long ones the overall streak says most.
    run = max(reached, key=lambda run: (run.days, run.category is None))
    if run.category is None:
        character, of = Character.ELIZA, ""
    else:
        character, of = character_for(run.category), f" for {run.category.value}"
    why = f"You have done something{of} on {run.days} days in a row."
    return Initiation(character, InitiationReason.MILESTONE, why, run.days, run.category)


def _silence(activity: Activity) -> Initiation | None:
    silent = (activity.today - activity.last_active_on).days
    if silent < SILENCE_DAYS or activity.unanswered >= MAX_UNANSWERED:
        return None
    if activity.unanswered and activity.last_opening_on is not None:
        waited = (activity.today - activity.last_opening_on).days
        if waited < SILENCE_DAYS * 2**activity.unanswered:
            return None
    why = f"Nothing was heard from you for {silent} days."
    return Initiation(activity.closest, InitiationReason.SILENCE, why, silent)


def _neglect(activity: Activity) -> Initiation | None:
    if (activity.today - activity.last_active_on).days >= SILENCE_DAYS:
        return None
    told = activity.neglect_told_on
    if told is not None and (activity.today - told).days < NEGLECT_DAYS:
        return None
    waiting = {category: (activity.today - since).days for category, since in activity.waiting_since.items()}
    category = max(waiting, key=lambda category: (waiting[category], category.value), default=None)
    if category is None or waiting[category] < NEGLECT_DAYS:
        return None
    why = f"There has been nothing for {category.value} in {waiting[category]} days."
    return Initiation(character_for(category), InitiationReason.NEGLECT, why, waiting[category], category)
