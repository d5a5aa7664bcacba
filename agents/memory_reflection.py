"""Reflection: what a person wrote becomes candidates for memory, with one call of the chat model.

Short messages hold nothing lasting and are not asked about.
"""

from collections.abc import Sequence
from typing import Any

from langchain_core.exceptions import OutputParserException
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel, Field, ValidationError

from agents.context import AgentContext
from agents.prompt import prompt_messages
from agents.quest_rules import goal_refs
from agents.unsafe_wording import find_unsafe
from infra.chat_model import structured
from infra.embeddings import embed_candidates
from infra.exceptions import ModelUnavailable
from infra.model_errors import model_errors
from schemas.memories import MemoryCandidate, MemoryTier
from services.companion_context import Conversation

TASK = "memory_candidates"

MIN_CHARACTERS = 20
"""Shorter messages, such as a greeting or thanks, are not worth a call."""

MAX_MEMORIES = 3


# Models read these two as the schema of their answer, docstrings included. Bounds are checked here, as not every provider
# knows them.
class ProposedMemory(BaseModel):
    """One thing worth remembering about the person."""

    text: str = Field(description="One short sentence that can be understood alone, addressed to the person.")
    tier: MemoryTier
    importance: float = Field(description="0 to 1.")
    goal: str | None = Field(default=None, description="The ref of the goal that a project memory is about.")


class ProposedMemories(BaseModel):
    """What is worth remembering; often nothing."""

    memories: list[ProposedMemory]


# Converted once: making a schema costs more than the rest of an offline run.
_TOOL = convert_to_openai_tool(ProposedMemories)


async def reflect(
    messages: Sequence[str], known: Conversation, recalled: Sequence[str], context: AgentContext
) -> tuple[MemoryCandidate, ...]:
    """At most MAX_MEMORIES candidates from `messages`, embedded.

    Raises `ModelUnavailable` for an answer in no readable form, and what `infra.model_errors` says of the models.
    """
    if sum(map(len, messages)) < MIN_CHARACTERS:
        return ()
    goals = goal_refs(known.goals)
    data: dict[str, Any] = {
        "messages": messages,
        "memories": recalled,
        "goals": [{"ref": ref, "title": goal.title} for ref, goal in goals.items()],
    }
    try:
        with model_errors():
            answer = await structured(context.chat_model, _TOOL).ainvoke(
                prompt_messages("memory_reflection", task=TASK, data=data), config={"callbacks": [context.usage]}
            )
        proposed = ProposedMemories.model_validate(answer).memories
    except (OutputParserException, ValidationError) as error:
        raise ModelUnavailable("The chat model's memories do not fit the tool's schema.") from error
    known_texts = {text.casefold() for text in recalled}
    candidates = []
    for memory in proposed:
        # What is remembered comes back in later prompts: smuggled instructions must not last.
        if find_unsafe(memory.text) or memory.text.casefold() in known_texts:
            continue
        goal = goals.get(memory.goal or "")
        try:
            candidate = MemoryCandidate(
                text=memory.text,
                tier=memory.tier if memory.tier is not MemoryTier.PROJECT or goal else MemoryTier.TASK,
                importance=min(1.0, max(0.0, memory.importance)),
                goal_id=goal.id if goal and memory.tier is MemoryTier.PROJECT else None,
            )
        except ValidationError:
            continue
        candidates.append(candidate)
    return await embed_candidates(context.embeddings, candidates[:MAX_MEMORIES])
