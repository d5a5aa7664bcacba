"""Who writes what: one writer per task. A new kind of prompt is a writer in its own file and a line here."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from infra.offline_model.briefing_writer import write_briefing
from infra.offline_model.companion_writer import write_reply
from infra.offline_model.memory_writer import write_summary
from infra.offline_model.nudge_writer import write_nudges
from infra.offline_model.opening_writer import write_opening
from infra.offline_model.quest_writer import write_quests
from infra.offline_model.reflection_writer import write_memories

# From the data of a prompt to the answer: text, or the arguments of the tool that the prompt asks to call.
Writer = Callable[[Mapping[str, Any]], str | dict[str, Any]]

WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "quest_proposals": write_quests,
        "mission_briefing": write_briefing,
        "companion_reply": write_reply,
        "memory_candidates": write_memories,
        "character_opening": write_opening,
        "memory_summary": write_summary,
        "nudges": write_nudges,
    }
)
