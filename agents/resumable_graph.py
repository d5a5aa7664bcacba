"""A graph of several costly steps that goes on where it stopped, so that no finished call of a model is paid twice.

With checkpoints in the context, every step is saved before the next begins. The next run of the same job then finds

    nothing                                  and starts at the beginning
    an unfinished run                        and goes on at the step that failed or was cut off
    a finished run of this very delivery     and returns its result: only the settlement was missing
    a finished run of an earlier delivery    and starts anew: what it came to was refused

Without checkpoints (`context.checkpoints` is None) it is the plain graph. An agent with one costly step uses that.
"""

import copy
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from typing import Any, TypeVar, cast, get_type_hints

import structlog
from langchain_core.runnables import RunnableConfig
from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph
from pydantic import TypeAdapter, ValidationError

from agents.context import AgentContext
from infra.checkpoints import ChannelTypes, Checkpoints
from schemas.events import Envelope, Event
from services.checkpoint_service import thread_id

S = TypeVar("S", bound=Mapping[str, Any])

log = structlog.get_logger(__name__)


class ResumableGraph:
    """A `StateGraph` over a TypedDict, in which JSON can say everything that its annotations allow."""

    def __init__(self, builder: StateGraph[Any, AgentContext, Any, Any]) -> None:
        self._graph: CompiledStateGraph[Any, AgentContext, Any, Any] = builder.compile()

    async def run(self, start: S, *, event: Envelope[Event], context: AgentContext) -> S:
        """The state at the end, from `start` or from where an earlier run of this job stopped.

        Raises what the steps raise, and psycopg's errors when PostgreSQL is away.
        """
        if context.checkpoints is None:
            return cast("S", await self._graph.ainvoke(start, context=context))
        return cast("S", await self._resume(start, event, context, context.checkpoints))

    async def _resume(
        self, start: Mapping[str, Any], event: Envelope[Event], context: AgentContext, checkpoints: Checkpoints
    ) -> Any:
        saver = checkpoints.saver(self._channel_types)
        thread = thread_id(event.id, context.job_type)
        config: RunnableConfig = {
            "configurable": {"thread_id": thread},
            "metadata": {"user_id": event.user_id, "delivery": context.delivery, "graph": self._shape},
        }
        graph = copy.copy(self._graph)
        graph.checkpointer = saver
        try:
            found = await graph.aget_state(config)
        except ValidationError:
            # The state of another version of this program.
            await saver.adelete_thread(thread)
            found = await graph.aget_state(config)
        if found.metadata is not None:
            facts = cast("Mapping[str, Any]", found.metadata)
            # Not `next`: that leaves out a step whose result is saved but not taken in yet.
            finished = not found.tasks
            if finished and facts.get("delivery") == context.delivery:
                return found.values
            if not finished and facts.get("graph") == self._shape:
                log.info("agent.resumed", at=[task.name for task in found.tasks])
                return await graph.ainvoke(None, config, context=context, durability="sync")
            await saver.adelete_thread(thread)
        return await graph.ainvoke(start, config, context=context, durability="sync")

    @cached_property
    def _channel_types(self) -> ChannelTypes:
        hints = get_type_hints(self._graph.builder.state_schema)
        return {name: TypeAdapter(hint) for name, hint in hints.items()}

    @cached_property
    def _shape(self) -> str:
        """Changes when steps or channels do: a run of another shape cannot go on in this one."""
        names = ",".join([*sorted(self._graph.nodes), *sorted(self._graph.channels)])
        return sha256(names.encode()).hexdigest()[:16]
