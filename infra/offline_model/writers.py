"""Who writes what: one writer per task. A new kind of prompt is a writer in its own file and a line here."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from infra.offline_model.briefing_writer import write_briefing
from infra.offline_model.quest_writer import write_quests

# From the data of a prompt to the answer: text, or the arguments of the tool that the prompt asks to call.
Writer = Callable[[Mapping[str, Any]], str | dict[str, Any]]

WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        "quest_proposals": write_quests,
        "mission_briefing": write_briefing,
    }
)
