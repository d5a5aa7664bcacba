"""The character agent: decides by the rules whether a character writes to a person first, and writes the message.

    decide ──▶ write ──▶ validate ──▶ end
       └───────── nobody should write ──▶ end

At most one call of the chat model (MAX_MODEL_CALLS), and none when nobody should write. Rules decide who writes and why
(`services.initiation`); the model only finds the words. A text that breaks the rules fails the attempt.
"""

from datetime import UTC, datetime
from typing import Any, Literal, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from agents.context import AgentContext
from agents.prompt import goal_data, part_of_day, prompt_messages
from agents.unsafe_wording import find_unsafe
from infra.chat_model import model_name
from infra.exceptions import ModelUnavailable
from infra.model_errors import model_errors
from schemas.characters import CharacterInitiationDue
from schemas.events import Envelope
from services.character_service import level_of
from services.characters import PROFILES
from services.initiation import Initiation, decide_initiation
from services.initiation_service import Opening, Surroundings, read_surroundings, refuse_in_quiet_hours

MAX_MODEL_CALLS = 1

TASK = "character_opening"

# Nobody reads more from somebody who comes unasked.
MAX_CHARACTERS = 800

LATEST_DAYS = 1
"""An event about a day that lies further back is not worth a message any more."""


async def reach_out(event: Envelope[CharacterInitiationDue], context: AgentContext) -> Opening | None:
    """The message with which a character reaches out, and why; None when nobody should.

    Raises `JobSnoozed` in the person's quiet hours, `ModelUnavailable` when the text breaks the rules, and what
    `infra.model_errors` says of the model.
    """
    final = await _GRAPH.ainvoke({"event": event, "now": datetime.now(UTC)}, context=context)
    initiation: Initiation | None = final["initiation"]
    return Opening(initiation, final["text"], model_name(context.chat_model)) if initiation else None


class _State(TypedDict, total=False):
    event: Envelope[CharacterInitiationDue]
    now: datetime
    known: Surroundings
    initiation: Initiation | None
    text: str


async def _decide(state: _State, runtime: Runtime[AgentContext]) -> _State:
    event, now = state["event"], state["now"]
    async with runtime.context.sessions() as session:
        known = await read_surroundings(session, event.user_id, now=now)
    if known is None or known.opened_today:
        return {"initiation": None}
    if not 0 <= (known.activity.today - event.data.day).days <= LATEST_DAYS:
        return {"initiation": None}
    initiation = decide_initiation(known.activity)
    if initiation is not None:
        refuse_in_quiet_hours(known.quiet_hours, now)
    return {"known": known, "initiation": initiation}


async def _write(state: _State, runtime: Runtime[AgentContext]) -> _State:
    initiation = state["initiation"]
    assert initiation is not None, "somebody writes"
    messages = prompt_messages(
        "character_opening", f"characters/{initiation.character.value}", task=TASK, data=_data(state, initiation)
    )
    with model_errors():
        answer = await runtime.context.chat_model.ainvoke(messages, config={"callbacks": [runtime.context.usage]})
    return {"text": " ".join(answer.text.split())}


async def _validate(state: _State) -> _State:
    text = state["text"]
    if not text:
        raise ModelUnavailable("The chat model's opening is empty.")
    if len(text) > MAX_CHARACTERS:
        raise ModelUnavailable(f"The chat model's opening has {len(text)} characters; {MAX_CHARACTERS} are allowed.")
    if unsafe := find_unsafe(text):
        raise ModelUnavailable(f"The chat model's opening has wording that is {unsafe}.")
    return {"text": text}


def _next(state: _State) -> Literal["write", "end"]:
    return "write" if state["initiation"] is not None else "end"


def _data(state: _State, initiation: Initiation) -> dict[str, Any]:
    known = state["known"]
    profile = PROFILES[initiation.character]
    return {
        "character": {
            "name": profile.name,
            "focus": [category.value for category in profile.focus],
            "level": level_of(known.points.get(initiation.character, 0)),
            "place": profile.place.name,
        },
        "why": {
            "reason": initiation.reason.value,
            "text": initiation.why,
            "days": initiation.days,
            "category": initiation.category.value if initiation.category else None,
        },
        "now": part_of_day(state["now"], known.quiet_hours.time_zone),
        "goals": [{"category": category.value, **goal_data(title, why)} for title, why, category in known.goals],
    }


_builder = StateGraph(_State, context_schema=AgentContext)
_builder.add_node("decide", _decide)
_builder.add_node("write", _write)
_builder.add_node("validate", _validate)
_builder.add_edge(START, "decide")
_builder.add_conditional_edges("decide", _next, {"write": "write", "end": END})
_builder.add_edge("write", "validate")
_builder.add_edge("validate", END)
_GRAPH = _builder.compile()
