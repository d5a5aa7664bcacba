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
    quest = quests["items"]["properties"]
    about = quest["goal"]["description"]
    quest["goal"] = {"description": about, **({"type": "string", "enum": [*goals]} if goals else {"type": "null"})}
    quest["category"]["enum"] = sorted({goal.category.value for goal in goals.values()} or {*ValueCategory})
    return form
