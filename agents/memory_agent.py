"""The memory agent: finds what is remembered twice, sums up what belongs together, and embeds what lacks it.

    gather ──▶ summarise ──▶ embed ──▶ end
                 ▲   │
                 └───┘ one cluster at a time

At most MAX_SUMMARIES calls of the chat model, one per cluster, and one of the embeddings. A summary that breaks the
rules is no failure: its memories stay as they are.
"""

from collections.abc import Sequence
from typing import Any, Literal, TypedDict

import structlog
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from agents.context import AgentContext
from agents.prompt import prompt_messages
from agents.resumable_graph import ResumableGraph
from agents.unsafe_wording import find_unsafe
from infra.embeddings import embed_texts, embedding_model_name
from infra.model_errors import model_errors
from schemas.events import Envelope
from schemas.memories import MAX_MEMORY_CHARACTERS, MemoryConsolidationDue
from services.memory_consolidation import ConsolidationPlan, KnownMemory, MemoryState, Summary, read_state

MAX_SUMMARIES = 4

TASK = "memory_summary"

log = structlog.get_logger(__name__)


async def consolidate_memories(event: Envelope[MemoryConsolidationDue], context: AgentContext) -> ConsolidationPlan:
    """What to do about the memories of the event's person.

    Raises what `infra.model_errors` says of the chat model and the embeddings.
    """
    start = _State(event=event, asked=0, summarised=())
    return (await _GRAPH.run(start, event=event, context=context))["plan"]


class _State(TypedDict, total=False):
    event: Envelope[MemoryConsolidationDue]
    known: MemoryState
    asked: int
    summarised: tuple[tuple[tuple[KnownMemory, ...], str], ...]
    plan: ConsolidationPlan


async def _gather(state: _State, runtime: Runtime[AgentContext]) -> _State:
    context = runtime.context
    async with context.sessions() as session:
        return {"known": await read_state(session, state["event"].user_id, embedding_model_name(context.embeddings))}


async def _summarise(state: _State, runtime: Runtime[AgentContext]) -> _State:
    cluster = state["known"].clusters[state["asked"]]
    asked = state["asked"] + 1
    text = await _ask(cluster, runtime.context)
    if refusal := _refusal(text):
        log.info("memory_agent.summary_refused", why=refusal, memories=len(cluster))
        return {"asked": asked}
    return {"asked": asked, "summarised": (*state["summarised"], (cluster, text))}


def _next(state: _State) -> Literal["summarise", "embed"]:
    return "summarise" if state["asked"] < min(len(state["known"].clusters), MAX_SUMMARIES) else "embed"


async def _embed(state: _State, runtime: Runtime[AgentContext]) -> _State:
    known, summarised = state["known"], state["summarised"]
    texts = [*(memory.text for memory in known.unembedded), *(text for _, text in summarised)]
    made = await embed_texts(runtime.context.embeddings, texts)
    count = len(known.unembedded)
    return {
        "plan": ConsolidationPlan(
            embedded=tuple(zip(known.unembedded, made[:count], strict=True)),
            duplicates=known.duplicates,
            summaries=tuple(
                Summary(cluster, text, embedding)
                for (cluster, text), embedding in zip(summarised, made[count:], strict=True)
            ),
        )
    }


async def _ask(cluster: Sequence[KnownMemory], context: AgentContext) -> str:
    data: dict[str, Any] = {
        "tier": cluster[0].tier.value,
        "memories": [memory.text for memory in sorted(cluster, key=lambda memory: memory.created_at)],
        "longest": MAX_MEMORY_CHARACTERS,
    }
    with model_errors():
        answer = await context.chat_model.ainvoke(
            prompt_messages("memory_summary", task=TASK, data=data), config={"callbacks": [context.usage]}
        )
    return " ".join(answer.text.replace("\x00", "").split())


def _refusal(text: str) -> str | None:
    if not text:
        return "empty"
    if len(text) > MAX_MEMORY_CHARACTERS:
        return "too long"
    # Also what a memory smuggled in: a summary with instructions would be read by every later prompt.
    return find_unsafe(text)


_builder = StateGraph(_State, context_schema=AgentContext)
_builder.add_node("gather", _gather)
_builder.add_node("summarise", _summarise)
_builder.add_node("embed", _embed)
_builder.add_edge(START, "gather")
_builder.add_conditional_edges("gather", _next, ["summarise", "embed"])
_builder.add_conditional_edges("summarise", _next, ["summarise", "embed"])
_builder.add_edge("embed", END)
_GRAPH = ResumableGraph(_builder)
