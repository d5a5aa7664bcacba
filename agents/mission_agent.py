"""The mission agent: a short briefing for a mission that starts: how to begin, and what matters for the person's goal.

    gather ──▶ write ──▶ validate ──▶ end

Exactly one call of the chat model (MAX_MODEL_CALLS). A briefing that breaks the rules fails the attempt; the consumer's
policy decides about another.
"""

import re
from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from agents.context import AgentContext
from agents.prompt import goal_data, part_of_day, prompt_messages
from agents.unsafe_wording import find_unsafe
from infra.chat_model import model_name
from infra.exceptions import ModelUnavailable
from infra.model_errors import model_errors
from schemas.events import Envelope
from schemas.missions import MissionStarted
from services.mission_briefing import BriefingContext, WrittenBriefing, briefing_context

MAX_MODEL_CALLS = 1

TASK = "mission_briefing"

MIN_SENTENCES = 2
MAX_SENTENCES = 5
# Nobody reads more than this before they begin.
MAX_CHARACTERS = 1200

# A sentence ends before the capital that begins another, so that "e.g. this" and "3.5" end none.
_SENTENCE_END = re.compile(r"""[.!?…]["”)]*\s+(?=["“(]?[^\W\d_a-z])""")


async def write_briefing(event: Envelope[MissionStarted], context: AgentContext) -> WrittenBriefing:
    """The briefing of the mission that `event` starts, two to five sentences.

    Raises `JobRejected` when there is no such open mission, `ModelUnavailable` when the text breaks the rules, and what
    `infra.model_errors` says of the model.
    """
    final = await _GRAPH.ainvoke({"event": event}, context=context)
    return WrittenBriefing(text=final["text"], model=model_name(context.chat_model))


class _State(TypedDict, total=False):
    event: Envelope[MissionStarted]
    known: BriefingContext
    text: str


async def _gather(state: _State, runtime: Runtime[AgentContext]) -> _State:
    event = state["event"]
    async with runtime.context.sessions() as session:
        return {"known": await briefing_context(session, event.user_id, event.data.mission_id)}


async def _write(state: _State, runtime: Runtime[AgentContext]) -> _State:
    messages = prompt_messages("mission_briefing", task=TASK, data=_data(state))
    with model_errors():
        answer = await runtime.context.chat_model.ainvoke(messages, config={"callbacks": [runtime.context.usage]})
    return {"text": " ".join(answer.text.split())}


async def _validate(state: _State) -> _State:
    # Too many sentences are mended here: it costs nothing, and the first ones say how to begin.
    sentences = _sentences(state["text"])[:MAX_SENTENCES]
    text = " ".join(sentences)
    if len(sentences) < MIN_SENTENCES:
        raise ModelUnavailable(f"The chat model's briefing has {len(sentences)} sentences; {MIN_SENTENCES} are needed.")
    if len(text) > MAX_CHARACTERS:
        raise ModelUnavailable(f"The chat model's briefing has {len(text)} characters; {MAX_CHARACTERS} are allowed.")
    if unsafe := find_unsafe(text):
        raise ModelUnavailable(f"The chat model's briefing has wording that is {unsafe}.")
    return {"text": text}


def _sentences(text: str) -> list[str]:
    ends = [end.end() for end in _SENTENCE_END.finditer(text)]
    return [
        text[start:end].strip()
        for start, end in zip([0, *ends], [*ends, len(text)], strict=True)
        if text[start:end].strip()
    ]


def _data(state: _State) -> dict[str, Any]:
    known = state["known"]
    return {
        "now": part_of_day(state["event"].time, known.time_zone),
        "mission": {
            "title": known.title,
            "description": known.description,
            "duration_minutes": known.duration_minutes,
            "energy_level": known.energy_level.value,
            "category": known.category.value,
            "rationale": known.rationale,
        },
        "goal": goal_data(known.goal_title, known.goal_why or "") if known.goal_title is not None else None,
    }


_builder = StateGraph(_State, context_schema=AgentContext)
_builder.add_node("gather", _gather)
_builder.add_node("write", _write)
_builder.add_node("validate", _validate)
_builder.add_edge(START, "gather")
_builder.add_edge("gather", "write")
_builder.add_edge("write", "validate")
_builder.add_edge("validate", END)
_GRAPH = _builder.compile()
