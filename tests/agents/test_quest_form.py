from typing import Any

from agents.quest_form import quest_form
from schemas.goals import ValueCategory
from schemas.ids import new_id
from services.quest_service import GoalContext


def goal(category: ValueCategory) -> GoalContext:
    return GoalContext(new_id(), "A goal", "", category)


def quests_of(form: dict[str, Any]) -> dict[str, Any]:
    quests: dict[str, Any] = form["function"]["parameters"]["properties"]["quests"]
    return quests


def allowed(quest: dict[str, Any]) -> tuple[Any, Any]:
    return quest["properties"]["goal"].get("enum"), quest["properties"]["category"]["enum"]


def test_the_form_asks_for_as_many_quests_as_the_person() -> None:
    quests = quests_of(quest_form(4, {}))
    assert (quests["minItems"], quests["maxItems"]) == (4, 4)


def test_without_goals_a_quest_names_none_and_any_category() -> None:
    quest = quests_of(quest_form(3, {}))["items"]
    assert quest["properties"]["goal"] == {"type": "null"}
    assert quest["properties"]["category"]["enum"] == list(ValueCategory)


def test_a_quest_can_name_only_the_person_s_goals() -> None:
    health = ValueCategory.HEALTH
    assert allowed(quests_of(quest_form(3, {"g1": goal(health), "g2": goal(health)}))["items"]) == (
        ["g1", "g2"],
        ["health"],
    )


def test_a_goal_can_be_named_with_its_own_category_only() -> None:
    goals = {"g1": goal(ValueCategory.HEALTH), "g2": goal(ValueCategory.CRAFT), "g3": goal(ValueCategory.HEALTH)}
    kinds = quests_of(quest_form(3, goals))["items"]["anyOf"]
    assert [allowed(kind) for kind in kinds] == [(["g2"], ["craft"]), (["g1", "g3"], ["health"])]


def test_forms_of_different_people_are_independent() -> None:
    before = quest_form(3, {})
    quest_form(5, {"g1": goal(ValueCategory.CRAFT)})
    assert quest_form(3, {}) == before
