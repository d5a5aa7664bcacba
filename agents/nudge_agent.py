"""The nudge agent: a short compassionate message for each moment of a person's day that suits one.

    gather ──▶ write ──▶ check ──▶ end
       │         ▲          │
       ▼         └──────────┘ findings, at most MAX_REVISIONS times
      end, when no moment is left

At most two calls of the chat model (MAX_MODEL_CALLS). Texts that are still in breach after them fail the attempt, and the
consumer's policy decides about another. When to nudge is no matter of opinion: `services/nudge_timing.py` decides it.
"""

from datetime import UTC, datetime
from typing import Any, Literal, TypedDict

import structlog
from langchain_core.exceptions import OutputParserException
from langchain_core.utils.function_calling import convert_to_openai_tool
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from pydantic import ValidationError

from agents.context import AgentContext
from agents.nudge_rules import ProposedNudges, check_nudges, find_guilt
from agents.prompt import goal_data, part_of_day, prompt_messages
from agents.unsafe_wording import find_unsafe
from infra.chat_model import model_name, structured
from infra.exceptions import ModelUnavailable
from infra.model_errors import model_errors
from schemas.events import Envelope
from schemas.nudges import NudgeSchedulingDue
from services.nudge_planning import NudgeContext, PlannedNudge, PlannedNudges, gather_context

MAX_REVISIONS = 1
MAX_MODEL_CALLS = 1 + MAX_REVISIONS

TASK = "nudges"

_TOOL = convert_to_openai_tool(ProposedNudges)

log = structlog.get_logger(__name__)


async def plan_nudges(event: Envelope[NudgeSchedulingDue], context: AgentContext) -> PlannedNudges:
    """The nudges of the event's day; none when no moment of it suits.

    Raises `JobRejected` unless the person opted in, `ModelUnavailable` when the texts break the rules, and what
    `infra.model_errors` says of the model.
    """
    final = await _GRAPH.ainvoke({"event": event, "texts": (), "findings": (), "revisions": -1}, context=context)
    if final["findings"]:
        raise ModelUnavailable(f"The chat model's nudges broke {len(final['findings'])} rules.")
    moments = final["known"].moments
    nudges = tuple(PlannedNudge(text, moment) for text, moment in zip(final["texts"], moments, strict=True))
    return PlannedNudges(nudges=nudges, model=model_name(context.chat_model))


class _State(TypedDict, total=False):
    event: Envelope[NudgeSchedulingDue]
    known: NudgeContext
    texts: tuple[str, ...]
    findings: tuple[str, ...]
    revisions: int


async def _gather(state: _State, runtime: Runtime[AgentContext]) -> _State:
    event = state["event"]
    async with runtime.context.sessions() as session:
        return {"known": await gather_context(session, event.user_id, event.data.day, datetime.now(UTC))}


async def _write(state: _State, runtime: Runtime[AgentContext]) -> _State:
    context = runtime.context
    messages = prompt_messages("nudges", task=TASK, data=_data(state))
    revisions = state["revisions"] + 1
    try:
        with model_errors():
            answer = await structured(context.chat_model, _TOOL).ainvoke(
                messages, config={"callbacks": [context.usage]}
            )
        texts = ProposedNudges.model_validate(answer).nudges
    except (OutputParserException, ValidationError):
        return {"texts": (), "revisions": revisions}
    return {"texts": tuple(" ".join(text.replace("\x00", "").split()) for text in texts), "revisions": revisions}


async def _check(state: _State) -> _State:
    known = state["known"]
    findings = check_nudges(state["texts"], len(known.moments), known.recent)
    if findings:
        log.info("nudge_agent.findings", findings=len(findings), revisions=state["revisions"])
    return {"findings": findings}


def _after_gathering(state: _State) -> Literal["write", "end"]:
    return "write" if state["known"].moments else "end"


def _after_checking(state: _State) -> Literal["write", "end"]:
    return "write" if state["findings"] and state["revisions"] < MAX_REVISIONS else "end"


def _data(state: _State) -> dict[str, Any]:
    event, known = state["event"], state["known"]
    return {
        "request": {"id": str(event.id), "count": len(known.moments)},
        "moments": [part_of_day(moment, known.quiet.time_zone) for moment in known.moments],
        "goals": [_goal(title, why) for title, why in known.goals],
        # Titles are written by models, from what people wrote: one that we would not send is not told.
        "missions": [title for title in known.pending if find_unsafe(title) is None and find_guilt(title) is None],
        "recent_nudges": known.recent,
        "findings": state["findings"],
    }


def _goal(title: str, why: str) -> dict[str, Any]:
    """A goal as prompts carry it; one in words that press is not to be quoted either."""
    goal = goal_data(title, why)
    return goal | {"quotable": goal["quotable"] and find_guilt(title) is None}


_builder = StateGraph(_State, context_schema=AgentContext)
_builder.add_node("gather", _gather)
_builder.add_node("write", _write)
_builder.add_node("check", _check)
_builder.add_edge(START, "gather")
_builder.add_conditional_edges("gather", _after_gathering, {"write": "write", "end": END})
_builder.add_edge("write", "check")
_builder.add_conditional_edges("check", _after_checking, {"write": "write", "end": END})
_GRAPH = _builder.compile()
