"""Answers of a model that was asked for quests by a person with one goal, about health."""

from agents.quest_rules import ProposedQuest, ProposedQuests
from schemas.goals import ValueCategory
from schemas.quests import EnergyLevel


def proposals(*titles: str) -> ProposedQuests:
    return ProposedQuests(
        quests=[
            ProposedQuest(
                title=title,
                description="Do this one small thing, and then stop.",
                duration_minutes=20,
                energy_level=EnergyLevel.LOW,
                category=ValueCategory.HEALTH,
                goal="g1",
                rationale="It is a small step.",
            )
            for title in titles
        ]
    )


GOOD = proposals("Jog to the park", "Stretch your calves", "Choose a route")
FLAWED = proposals("Jog to the park", "Stretch your calves", "Stop being lazy")
