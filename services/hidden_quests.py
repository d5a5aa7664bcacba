"""Hidden quests: written by hand, kept from everybody until something that the person did unlocks them.

The triggers are pure functions of how the person stands; `services.progress_service` asks them when a mission is
completed. Each quest is unlocked once for each person, for good: it does not expire like a proposal.
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from schemas.goals import ValueCategory
from schemas.quests import EnergyLevel, QuestDraft

AUTHOR = "delight"
"""What stands for the chat model of a quest that none wrote."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands after a completed mission: their overall streak in days, and their completed missions."""

    streak_days: int
    completed: Mapping[ValueCategory, int]


Trigger = Callable[[Standing], bool]


@dataclass(frozen=True, slots=True)
class HiddenQuest:
    """`name` is the trigger's, unique and stored: it must never change its meaning."""

    name: str
    is_unlocked: Trigger
    draft: QuestDraft

    def __post_init__(self) -> None:
        if not 1 <= len(self.name) <= 32:
            raise ValueError(f"the trigger's name {self.name!r} must have 1 to 32 characters")


def unlocked_quests(standing: Standing, known: AbstractSet[str]) -> list[HiddenQuest]:
    """The hidden quests that `standing` unlocks, without those whose names are `known` already."""
    return [quest for quest in HIDDEN_QUESTS if quest.name not in known and quest.is_unlocked(standing)]


def streak_of(days: int) -> Trigger:
    """An overall streak of so many days, or longer: an event told late may let it jump."""
    return lambda standing: standing.streak_days >= days


def missions_in(category: ValueCategory, count: int) -> Trigger:
    """So many completed missions of the category."""
    return lambda standing: standing.completed.get(category, 0) >= count


def missions_in_each(count: int) -> Trigger:
    """So many completed missions in every category there is."""
    return lambda standing: all(standing.completed.get(category, 0) >= count for category in ValueCategory)


def _quest(
    title: str, description: str, rationale: str, *, minutes: int, category: ValueCategory, energy: EnergyLevel
) -> QuestDraft:
    return QuestDraft(
        title=title,
        description=description,
        rationale=rationale,
        duration_minutes=minutes,
        energy_level=energy,
        category=category,
    )


HIDDEN_QUESTS: tuple[HiddenQuest, ...] = (
    HiddenQuest(
        name="streak-7",
        is_unlocked=streak_of(7),
        draft=_quest(
            "Write a letter to yourself of last week",
            "Take pen and paper and tell the person you were seven days ago what changed. You are done with one page.",
            "Seven days in a row: the one who began would like to hear from you.",
            minutes=20,
            category=ValueCategory.GROWTH,
            energy=EnergyLevel.LOW,
        ),
    ),
    HiddenQuest(
        name="streak-14",
        is_unlocked=streak_of(14),
        draft=_quest(
            "See your street as a stranger would",
            "Walk along a street that you know well and find three things that you have never noticed. Stop at the third.",
            "Fourteen days: what you do every day deserves a fresh look.",
            minutes=30,
            category=ValueCategory.HEALTH,
            energy=EnergyLevel.MEDIUM,
        ),
    ),
    HiddenQuest(
        name="streak-30",
        is_unlocked=streak_of(30),
        draft=_quest(
            "Teach somebody the one thing",
            "Show somebody what helped you most to keep going this month. It is done when they have tried it once.",
            "Thirty days: now you know something that others would like to know.",
            minutes=45,
            category=ValueCategory.CONNECTION,
            energy=EnergyLevel.MEDIUM,
        ),
    ),
    HiddenQuest(
        name="streak-100",
        is_unlocked=streak_of(100),
        draft=_quest(
            "Spend an hour on what you love most",
            "Choose what gave you the most joy in these hundred days and do only that for an hour, without a purpose.",
            "A hundred days: this one is a present.",
            minutes=60,
            category=ValueCategory.GROWTH,
            energy=EnergyLevel.LOW,
        ),
    ),
    HiddenQuest(
        name="growth-10",
        is_unlocked=missions_in(ValueCategory.GROWTH, 10),
        draft=_quest(
            "Draw the map of what you learned",
            "Put what you learned lately on one sheet, and draw lines between what belongs together. One sheet is enough.",
            "Ten missions of growth: seen together they are more than ten.",
            minutes=25,
            category=ValueCategory.GROWTH,
            energy=EnergyLevel.MEDIUM,
        ),
    ),
    HiddenQuest(
        name="health-10",
        is_unlocked=missions_in(ValueCategory.HEALTH, 10),
        draft=_quest(
            "Greet the sunrise outdoors",
            "Be outside when the sun rises, and stay until you have taken ten slow breaths.",
            "Ten missions of health: your mornings are yours.",
            minutes=20,
            category=ValueCategory.HEALTH,
            energy=EnergyLevel.LOW,
        ),
    ),
    HiddenQuest(
        name="craft-10",
        is_unlocked=missions_in(ValueCategory.CRAFT, 10),
        draft=_quest(
            "Make something to give away",
            "Make one small thing with your hands, for somebody in particular. It is done when it is wrapped.",
            "Ten missions of craft: somebody should have something of it.",
            minutes=60,
            category=ValueCategory.CRAFT,
            energy=EnergyLevel.MEDIUM,
        ),
    ),
    HiddenQuest(
        name="connection-10",
        is_unlocked=missions_in(ValueCategory.CONNECTION, 10),
        draft=_quest(
            "Thank somebody who does not expect it",
            "Think of a person who once made something easier for you, and tell them so today, in your own words.",
            "Ten missions of connection: there is one more person in this story.",
            minutes=15,
            category=ValueCategory.CONNECTION,
            energy=EnergyLevel.LOW,
        ),
    ),
    HiddenQuest(
        name="all-round-5",
        is_unlocked=missions_in_each(5),
        draft=_quest(
            "Plan a day that has everything",
            "Write down a day with something for your mind, your body, your hands and somebody you like. Choose its date.",
            "Five missions of every kind: you know how to balance a day.",
            minutes=20,
            category=ValueCategory.GROWTH,
            energy=EnergyLevel.LOW,
        ),
    ),
)
"""Every hidden quest, in the order in which several that unlock at once are told of."""

if len({quest.name for quest in HIDDEN_QUESTS}) != len(HIDDEN_QUESTS):
    raise ValueError("the names of hidden quests must differ")
