"""Quests for one person, chosen from the templates: the goals decide, what is known is avoided, the rest is dice.

The dice are seeded with the whole prompt, so that two people, and two requests of one person, get different quests,
while the same request gets the same ones again.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.offline_model.dice import Dice
from infra.offline_model.quest_templates import COMPOSED, GENERAL, TOPICS, QuestTemplate
from schemas.goals import ValueCategory
from schemas.quests import MAX_DURATION_MINUTES, MIN_QUESTS, EnergyLevel
from schemas.titles import TitleKey, alike, title_key

_ENERGIES = tuple(EnergyLevel)
_WORD = re.compile(r"[\w-]+")

# A longer reason would bury the quest when quoted.
_QUOTED_WHY = 160

_WITH_WHY = (
    "You wrote why “{goal}” matters to you: “{why}”. This is one small way to honour that.",
    "“{why}”: that is what you said about “{goal}”. Here is a step in that direction.",
)
_WITH_GOAL = (
    "A small, real step towards “{goal}”.",
    "It keeps “{goal}” moving without asking for much of your day.",
    "“{goal}” grows out of moments like this one.",
    "You chose “{goal}”; this gives it a little of your day, and no more than that.",
)
_WITHOUT_WORDS = (
    "A small, kind step for something that matters to you.",
    "It gives your goal a little room today, and asks for nothing else.",
)
_RESTED = (
    "Your {category} side has had a rest lately; this is a soft way back in.",
    "Other things had their turn lately. This one brings a little {category} into your day.",
)
_STARTERS = (
    "A gentle place to begin while your own goals take shape.",
    "No goal needed: try it, and notice whether you would like more of this.",
    "A small taste of {category}, to find out what is good for you.",
)


@dataclass(frozen=True, slots=True)
class _Slot:
    """One quest to be: its category, and the goal that it serves."""

    category: ValueCategory
    goal: Mapping[str, Any] | None

    @property
    def quotable(self) -> bool:
        return self.goal is not None and bool(self.goal.get("quotable"))


def write_quests(data: Mapping[str, Any]) -> dict[str, Any]:
    """As many quests as `data["request"]["count"]`, as the arguments of the quest agent's answer."""
    dice = Dice(data)
    request = data.get("request", {})
    minutes = int(request.get("minutes_available") or MAX_DURATION_MINUTES)
    energy = request.get("energy_level")
    energies = _ENERGIES[: _ENERGIES.index(EnergyLevel(energy)) + 1] if energy else _ENERGIES
    known = [title_key(title) for name in ("open_missions", "proposed", "declined") for title in data.get(name, ())]
    quests = []
    for number, slot in enumerate(_slots(data, int(request.get("count", MIN_QUESTS)), dice)):
        template = _pick(slot, energies, minutes, known, dice=dice, number=number)
        if template is None:
            continue
        known.append(template.key)
        fitting = [length for length in template.minutes if length <= minutes]
        quests.append(
            {
                "title": template.title,
                "description": template.text.replace("{goal}", slot.goal["title"] if slot.goal else ""),
                "duration_minutes": dice.choose(fitting, f"minutes {number}"),
                "energy_level": template.energy.value,
                "category": slot.category.value,
                "goal": slot.goal["ref"] if slot.goal else None,
                "rationale": _rationale(slot, data.get("recent_completions", {}), dice, number),
            }
        )
    return {"quests": quests}


def _slots(data: Mapping[str, Any], count: int, dice: Dice) -> Iterator[_Slot]:
    """Round robin over the categories, those least looked after first, and over the goals within each."""
    goals: dict[ValueCategory, list[Mapping[str, Any]]] = {}
    for goal in data.get("goals", ()):
        goals.setdefault(ValueCategory(goal["category"]), []).append(goal)
    completions = data.get("recent_completions", {})
    categories = sorted(goals or ValueCategory, key=lambda c: (completions.get(c.value, 0), dice.throw(f"order {c}")))
    for number in range(count):
        category = categories[number % len(categories)]
        own = goals.get(category)
        turn = number // len(categories) + dice.throw(f"first {category}") if own else 0
        yield _Slot(category, own[turn % len(own)] if own else None)


def _pick(
    slot: _Slot, energies: Sequence[EnergyLevel], minutes: int, known: Sequence[TitleKey], *, dice: Dice, number: int
) -> QuestTemplate | None:
    """A template that fits and says nothing known; None when not one is left."""
    topical, general = _topical(slot.goal), GENERAL[slot.category]
    # Two in three from the goal's own topic, so that the quests are close to it and yet not all alike.
    first, second = (general, topical) if dice.throw(f"topic {number}") % 3 == 0 else (topical, general)
    for options in (first, second, *dice.rotate(COMPOSED[slot.category], "composed", number)):
        for template in sorted(options, key=lambda t: dice.throw(f"{number} {t.title}")):
            fits = template.energy in energies and template.minutes[0] <= minutes
            speakable = slot.quotable or not template.names_goal
            gentle = slot.goal is not None or template.energy is EnergyLevel.LOW
            if fits and speakable and gentle and not alike(template.key, known):
                return template
    return None


def _topical(goal: Mapping[str, Any] | None) -> Sequence[QuestTemplate]:
    if goal is None:
        return ()
    # The title says what it is about; the reason is asked only when the title names no topic.
    for text in (goal["title"], goal.get("why", "")):
        words = set(_WORD.findall(text.casefold()))
        found = [template for topic in TOPICS if words & topic.words for template in topic.quests]
        if found:
            return found
    return ()


def _rationale(slot: _Slot, completions: Mapping[str, int], dice: Dice, number: int) -> str:
    options: tuple[str, ...]
    goal, why = (slot.goal["title"], slot.goal.get("why", "").strip().rstrip(".")) if slot.goal else ("", "")
    # The first slot is the category least looked after; to say so once is enough.
    rested = number == 0 and not completions.get(slot.category.value) and any(completions.values())
    if slot.goal is None:
        options = _STARTERS
    elif not slot.quotable:
        options = _WITHOUT_WORDS
    elif rested and dice.throw("rested") % 2:
        options = _RESTED
    elif why and len(why) <= _QUOTED_WHY and dice.throw(f"why {number}") % 2:
        options = _WITH_WHY
    else:
        options = _WITH_GOAL
    # One pass: a reason that spells {goal} is quoted as it is.
    parts = {"goal": goal, "why": why, "category": slot.category.value}
    return re.sub(r"\{(\w+)\}", lambda part: parts[part[1]], dice.rotate(options, "rationale", number)[0])
