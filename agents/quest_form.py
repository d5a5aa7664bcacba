"""The form in which a chat model proposes quests: the schema of `ProposedQuests`, narrowed to what one person may be told.

Models that are made to keep to a schema cannot breach what it says; for the others `agents.quest_rules` checks it all.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from langchain_core.utils.function_calling import convert_to_openai_tool

from agents.quest_rules import ProposedQuests
from schemas.goals import ValueCategory
from services.quest_service import GoalContext

# Converted once: making a schema costs more than the rest of an offline run.
_TOOL = convert_to_openai_tool(ProposedQuests)


def quest_form(count: int, goals: Mapping[str, GoalContext]) -> dict[str, Any]:
    """An OpenAI tool for `count` quests that serve `goals`, by their refs."""
    form: dict[str, Any] = deepcopy(_TOOL)
    quests = form["function"]["parameters"]["properties"]["quests"]
    quests["minItems"] = quests["maxItems"] = count
    quest = quests["items"]
    categories = sorted({goal.category for goal in goals.values()})
    if not categories:
        quest["properties"]["goal"] = {"type": "null"}
    elif len(categories) == 1:
        quests["items"] = _of_category(quest, categories[0], goals)
    else:
        quests["items"] = {"anyOf": [_of_category(quest, category, goals) for category in categories]}
    return form


def _of_category(quest: dict[str, Any], category: ValueCategory, goals: Mapping[str, GoalContext]) -> dict[str, Any]:
    """The schema of a quest that serves one of the goals of this category."""
    refs = [ref for ref, goal in goals.items() if goal.category is category]
    narrowed = {"goal": {"type": "string", "enum": refs}, "category": {"type": "string", "enum": [category.value]}}
    return {**quest, "properties": {**quest["properties"], **narrowed}}
