"""The quest agent: three to five quests from a person's goals, checked before anybody sees them.

    gather ──▶ draft ──▶ check ──▶ end
         │                 ▲ │
         ▼ enough          │ ▼ findings, at most MAX_REVISIONS times
        end               revise

At most three calls of the chat model (MAX_MODEL_CALLS): one draft and two revisions. What is still in breach after
them is dropped; with fewer than three quests left the attempt fails, and the consumer's policy decides about another.
"""

from typing import Any, Literal, TypedDict

import structlog
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import BaseMessage
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from pydantic import ValidationError

from agents.context import AgentContext
from agents.prompt import goal_data, part_of_day, prompt_messages
from agents.quest_form import quest_form
from agents.quest_rules import ProposedQuest, ProposedQuests, check_quests, goal_refs
from agents.resumable_graph import ResumableGraph
from infra.chat_model import model_name, structured
from infra.exceptions import ModelUnavailable
from infra.model_errors import model_errors
from schemas.events import Envelope
from schemas.quests import MIN_QUESTS, QuestDraft, QuestRequested
from services.quest_service import GeneratedQuests, QuestContext, gather_context
from services.quest_supply import is_enough

MAX_REVISIONS = 2
MAX_MODEL_CALLS = 1 + MAX_REVISIONS

TASK = "quest_proposals"

log = structlog.get_logger(__name__)


async def generate_quests(event: Envelope[QuestRequested], context: AgentContext) -> GeneratedQuests:
    """The quests to propose for `event`, as many as it asks for when the model manages, never fewer than three.

    None, without asking the model, when the system asked and the person has enough to choose from. Raises
    `ModelUnavailable` when too few pass the rules, and what `infra.model_errors` says of the model.
    """
    start = _State(event=event, revisions=0, quests=())
    end = await _GRAPH.run(start, event=event, context=context)
    quests = end["quests"]
    if len(quests) < MIN_QUESTS and not _has_enough(end):
        raise ModelUnavailable(
            f"Only {len(quests)} of the chat model's quests kept to the rules; {MIN_QUESTS} are needed."
        )
    return GeneratedQuests(quests=quests, model=model_name(context.chat_model))


class _State(TypedDict, total=False):
    event: Envelope[QuestRequested]
    known: QuestContext
    proposed: list[ProposedQuest]
    unreadable: str | None
    findings: tuple[str, ...]
    revisions: int
    quests: tuple[QuestDraft, ...]


async def _gather(state: _State, runtime: Runtime[AgentContext]) -> _State:
    async with runtime.context.sessions() as session:
        known = await gather_context(session, state["event"].user_id)
    return {"known": known}


def _has_enough(state: _State) -> bool:
    known = state["known"]
    return is_enough(state["event"].data.reason, missions=len(known.open_missions), proposals=len(known.proposed))


def _after_gather(state: _State) -> Literal["draft", "end"]:
    return "end" if _has_enough(state) else "draft"


async def _draft(state: _State, runtime: Runtime[AgentContext]) -> _State:
    return await _ask(state, runtime.context, prompt_messages("quest_draft", task=TASK, data=_data(state)))


async def _check(state: _State) -> _State:
    verdict = check_quests(state["proposed"], state["event"].data, state["known"])
    # A revision may come out worse than what it revised.
    best = max(verdict.quests, state["quests"], key=len)
    unreadable = state["unreadable"]
    findings = (unreadable,) if unreadable is not None else verdict.findings
    if findings:
        log.info("quest_agent.findings", findings=len(findings), fit=len(verdict.quests), revisions=state["revisions"])
    return {"quests": best, "findings": findings}


async def _revise(state: _State, runtime: Runtime[AgentContext]) -> _State:
    data = {
        **_data(state),
        "previous_quests": [quest.model_dump(mode="json") for quest in state["proposed"]],
        "findings": state["findings"],
    }
    answer = await _ask(state, runtime.context, prompt_messages("quest_draft", "quest_revision", task=TASK, data=data))
    return {**answer, "revisions": state["revisions"] + 1}


def _next(state: _State) -> Literal["revise", "end"]:
    return "revise" if state["findings"] and state["revisions"] < MAX_REVISIONS else "end"


async def _ask(state: _State, context: AgentContext, messages: list[BaseMessage]) -> _State:
    """One call of the chat model. An answer in no readable form is a finding, for a revision to mend."""
    form = quest_form(state["event"].data.count, goal_refs(state["known"].goals))
    try:
        with model_errors():
            answer = await structured(context.chat_model, form).ainvoke(messages, config={"callbacks": [context.usage]})
        return {"proposed": ProposedQuests.model_validate(answer).quests, "unreadable": None}
    except (OutputParserException, ValidationError) as error:
        return {"proposed": [], "unreadable": f"the answer does not fit the tool's schema: {_summary(error)}"}


def _data(state: _State) -> dict[str, Any]:
    event, known = state["event"], state["known"]
    return {
        # The same event gives the same prompt; another request of the same person does not.
        "request": {
            "id": str(event.id),
            **event.data.model_dump(mode="json", include={"count", "energy_level", "minutes_available"}),
        },
        "now": part_of_day(event.time, known.time_zone),
        "goals": [
            {"ref": ref, "category": goal.category.value, **goal_data(goal.title, goal.why)}
            for ref, goal in goal_refs(known.goals).items()
        ],
        "recent_completions": {category.value: count for category, count in known.recent_completions.items()},
        "open_missions": known.open_missions,
        "proposed": known.proposed,
        "declined": known.declined,
    }


def _summary(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)[:10])
    return "it is no valid JSON"


_builder = StateGraph(_State, context_schema=AgentContext)
_builder.add_node("gather", _gather)
_builder.add_node("draft", _draft)
_builder.add_node("check", _check)
_builder.add_node("revise", _revise)
_builder.add_edge(START, "gather")
_builder.add_conditional_edges("gather", _after_gather, {"draft": "draft", "end": END})
_builder.add_edge("draft", "check")
_builder.add_conditional_edges("check", _next, {"revise": "revise", "end": END})
_builder.add_edge("revise", "check")
_GRAPH = ResumableGraph(_builder)
