"""Spans of what an agent does: the nodes of its graph and its calls of models. LangChain tells; no text is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.outputs import ChatGeneration, LLMResult
from langchain_core.tracers.context import register_configure_hook
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, get_current_span, set_span_in_context

from infra.tracing import get_tracer

_HIDDEN = "langsmith:hidden"


class _AgentSpans(BaseCallbackHandler):
    """The runs of one job. Parts that LangGraph marks as its own plumbing pass their parent's span on."""

    # Called where the run happens, not in a thread.
    run_inline = True

    def __init__(self, root: Span) -> None:
        self._root = root
        self._spans: dict[UUID, Span] = {}
        self._own: set[UUID] = set()

    def on_chain_start(
        self,
        serialized: dict[str, Any] | None,  # noqa: ARG002 - LangChain's signature
        inputs: Any,  # noqa: ARG002
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        tags: list[str] | None = None,
        **kwargs: Any,
    ) -> None:
        if tags and _HIDDEN in tags:
            self._spans[run_id] = self._parent(parent_run_id)
        else:
            self._begin(run_id, parent_run_id, kwargs.get("name") or "chain", SpanKind.INTERNAL)

    def on_chat_model_start(
        self,
        serialized: dict[str, Any] | None,  # noqa: ARG002
        messages: list[list[Any]],  # noqa: ARG002
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        model = str((metadata or {}).get("ls_model_name") or kwargs.get("name") or "model")
        span = self._begin(run_id, parent_run_id, f"chat {model}", SpanKind.CLIENT)
        span.set_attributes({"gen_ai.operation.name": "chat", "gen_ai.request.model": model})

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **_kwargs: Any) -> None:
        span = self._spans.get(run_id)
        for generation in response.generations[0] if span is not None and response.generations else ():
            usage = (
                getattr(generation.message, "usage_metadata", None) if isinstance(generation, ChatGeneration) else None
            )
            if span is not None and usage:
                span.set_attribute("gen_ai.usage.input_tokens", usage["input_tokens"])
                span.set_attribute("gen_ai.usage.output_tokens", usage["output_tokens"])
        self._end(run_id)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **_kwargs: Any) -> None:  # noqa: ARG002
        self._end(run_id)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **_kwargs: Any) -> None:
        self._end(run_id, error)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **_kwargs: Any) -> None:
        self._end(run_id, error)

    def end_all(self) -> None:
        """End what a cancelled job left open."""
        for run_id in list(self._spans):
            self._end(run_id)

    def _parent(self, run_id: UUID | None) -> Span:
        return self._spans.get(run_id, self._root) if run_id is not None else self._root

    def _begin(self, run_id: UUID, parent: UUID | None, name: str, kind: SpanKind) -> Span:
        span = get_tracer().start_span(name, context=set_span_in_context(self._parent(parent)), kind=kind)
        self._spans[run_id] = span
        self._own.add(run_id)
        return span

    def _end(self, run_id: UUID, error: BaseException | None = None) -> None:
        span = self._spans.pop(run_id, None)
        if span is None or run_id not in self._own:
            return
        self._own.discard(run_id)
        if error is not None:
            # What it says may quote a person.
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
        span.end()


_listening: ContextVar[_AgentSpans | None] = ContextVar("delight_agent_spans", default=None)
register_configure_hook(_listening, inheritable=True)


@contextmanager
def agent_spans() -> Iterator[None]:
    """Graphs and models that run in the block have spans below the one that is under way."""
    handler = _AgentSpans(get_current_span())
    token = _listening.set(handler)
    try:
        yield
    finally:
        _listening.reset(token)
        handler.end_all()
