from typing import Any
from uuid import uuid4

import pytest

from agents.quest_rules import ProposedQuest, check_quests
from schemas.goals import ValueCategory
from schemas.quests import EnergyLevel, QuestRequested
from services.quest_service import GoalContext, QuestContext

HEALTH = GoalContext(uuid4(), "Run farther", "", ValueCategory.HEALTH)
CRAFT = GoalContext(uuid4(), "Play the cello", "", ValueCategory.CRAFT)
TITLES = ("Jog to the park", "Tune the strings", "Stretch your calves", "Listen to Casals", "Choose a route")


def known(*goals: GoalContext, **changes: Any) -> QuestContext:
    fields: dict[str, Any] = {
        "open_missions": (),
        "proposed": (),
        "declined": (),
        "recent_completions": dict.fromkeys(ValueCategory, 0),
        "time_zone": "UTC",
    }
    return QuestContext(goals=goals, **(fields | changes))


def asked(count: int = 3, **changes: Any) -> QuestRequested:
    return QuestRequested(user_id="someone", count=count, **changes)


def proposed(title: str, **changes: Any) -> ProposedQuest:
    fields: dict[str, Any] = {
        "title": title,
        "description": "Do this one small thing, and then stop.",
        "duration_minutes": 20,
        "energy_level": "low",
        "category": "health",
        "goal": "g1",
        "rationale": "It is a small step.",
    }
    return ProposedQuest(**(fields | changes))


def good_three(**changes: Any) -> list[ProposedQuest]:
    """Three quests without fault for HEALTH; the second has `changes`."""
    return [proposed(TITLES[0]), proposed(**{"title": TITLES[1]} | changes), proposed(TITLES[2])]


def test_good_quests_pass_and_name_the_goal_by_its_id() -> None:
    verdict = check_quests(good_three(), asked(), known(HEALTH))
    assert verdict.findings == ()
    assert [quest.title for quest in verdict.quests] == list(TITLES[:3])
    assert {quest.goal_id for quest in verdict.quests} == {HEALTH.id}


@pytest.mark.parametrize(
    ("breach", "finding"),
    [
        ({"duration_minutes": 9}, "duration_minutes"),
        ({"duration_minutes": 61}, "duration_minutes"),
        ({"duration_minutes": 45}, "45 minutes"),
        ({"energy_level": "high"}, "high energy"),
        ({"goal": "g7"}, "'g7'"),
        ({"goal": None}, "none of the refs"),
        ({"category": "craft"}, "its goal's is health"),
        ({"title": "JOG to a park!"}, "repeats"),
        ({"title": "Count the birds outside"}, "repeats"),
        ({"title": "Carry the shopping home"}, "repeats"),
        ({"title": "Ask for the way"}, "repeats"),
        ({"title": "x"}, "title"),
        ({"title": "Long " * 40}, "title"),
        ({"description": "Short."}, "description"),
        ({"description": "Get up and stop being lazy about it."}, "shaming"),
        ({"rationale": "It treats your depression."}, "medical"),
        ({"rationale": "Read http://evil.example first."}, "link"),
    ],
)
def test_a_quest_in_breach_is_left_out_and_the_finding_says_why(breach: dict[str, Any], finding: str) -> None:
    context = known(
        HEALTH,
        open_missions=("Count birds outside",),
        proposed=("Carry shopping home",),
        declined=("Ask for the way!",),
    )
    request = asked(minutes_available=40, energy_level=EnergyLevel.MEDIUM)
    if finding == "duration_minutes":
        request = asked()
    verdict = check_quests(good_three(**breach), request, context)
    assert [quest.title for quest in verdict.quests] == [TITLES[0], TITLES[2]]
    assert len(verdict.findings) == 1
    assert verdict.findings[0].startswith("quest 2")
    assert finding in verdict.findings[0]


def test_too_few_quests_are_a_finding_and_too_many_are_cut() -> None:
    too_few = check_quests(good_three(), asked(4), known(HEALTH))
    assert too_few.findings == ("4 quests were asked for, not 3",)
    too_many = check_quests([proposed(title) for title in TITLES], asked(3), known(HEALTH))
    assert too_many.findings == ("3 quests were asked for, not 5",)
    assert len(too_many.quests) == 3


def test_a_category_that_takes_more_than_its_share_is_a_finding_but_its_quests_are_kept() -> None:
    verdict = check_quests(good_three(), asked(), known(HEALTH, CRAFT))
    assert verdict.findings == ("3 quests are health, at most 2 should be; spread them over craft, health",)
    assert len(verdict.quests) == 3
    balanced = good_three(goal="g2", category="craft")
    assert check_quests(balanced, asked(), known(HEALTH, CRAFT)).findings == ()


def test_without_goals_quests_serve_none_and_are_spread_over_all_categories() -> None:
    categories = ("growth", "health", "connection")
    quests = [proposed(title, goal=None, category=c) for title, c in zip(TITLES, categories, strict=False)]
    verdict = check_quests(quests, asked(), known())
    assert verdict.findings == ()
    assert [quest.goal_id for quest in verdict.quests] == [None, None, None]
    assert "there are no goals" in check_quests([proposed("Invented goal")], asked(), known()).findings[0]
