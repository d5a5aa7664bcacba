"""The offline model as LangChain sees it: a chat model that answers, streams, calls the tool given and counts tokens.

It reads the task and the data from the prompt's data block (`infra.prompt_data`), as any provider reads them, and
leaves the words to the task's writer. The same messages give the same answer.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any

import orjson
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolCall
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from infra.exceptions import ConfigurationError
from infra.model_prices import OFFLINE_MODEL
from infra.offline_model.writers import WRITERS
from infra.prompt_data import read_data_block

OFFLINE = OFFLINE_MODEL

# About what providers count for English.
CHARACTERS_PER_TOKEN = 4

_PIECE = re.compile(r"\S+\s*|\s+")


class OfflineChatModel(BaseChatModel):
    """Answers the tasks for which `infra.offline_model.writers` has a writer."""

    model_name: str = OFFLINE
    pause: float = 0.01
    """Seconds between two words when it streams: about the pace of a fast provider, so that clients see what they will."""

    @property
    def _llm_type(self) -> str:
        return OFFLINE

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """The same model, which answers by calling the first of `tools`."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], tool_choice=tool_choice, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 - the signature is LangChain's
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=_answer(messages, **kwargs))])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 - the signature is LangChain's
        **kwargs: Any,
    ) -> ChatResult:
        # Not left to the base class, which would hop to a thread for a millisecond of work.
        return self._generate(messages, stop, None, **kwargs)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 - the signature is LangChain's
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        yield from _chunks(_answer(messages, **kwargs))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 - the signature is LangChain's
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for number, chunk in enumerate(_chunks(_answer(messages, **kwargs))):
            if number and self.pause:
                await asyncio.sleep(self.pause)
            yield chunk


def _answer(messages: list[BaseMessage], *, tools: Sequence[dict[str, Any]] = (), **_: Any) -> AIMessage:
    task, data = _task_and_data(messages)
    writer = WRITERS.get(task)
    if writer is None:
        raise ConfigurationError(f"The offline model cannot do {task!r}: set DELIGHT_CHAT_MODEL to another model.")
    written = writer(data)
    text = written if isinstance(written, str) else orjson.dumps(written).decode()
    facts: dict[str, Any] = {"usage_metadata": _usage(messages, text), "response_metadata": {"model_name": OFFLINE}}
    if not tools:
        return AIMessage(content=text, **facts)
    arguments = written if isinstance(written, dict) else {"text": written}
    # Derived, not drawn, so that the same prompt gives the same message.
    identifier = f"call_{sha256(text.encode()).hexdigest()[:24]}"
    call = ToolCall(name=tools[0]["function"]["name"], args=arguments, id=identifier, type="tool_call")
    return AIMessage(content="", tool_calls=[call], **facts)


def _task_and_data(messages: Sequence[BaseMessage]) -> tuple[str, dict[str, Any]]:
    for message in reversed(messages):
        found = read_data_block(message.text)
        if found is not None:
            return found
    raise ConfigurationError("The offline model reads data blocks only, and the prompt has none.")


def _usage(messages: Sequence[BaseMessage], answer: str) -> UsageMetadata:
    tokens_in = sum(_tokens(message.text) for message in messages)
    tokens_out = _tokens(answer)
    return UsageMetadata(input_tokens=tokens_in, output_tokens=tokens_out, total_tokens=tokens_in + tokens_out)


def _tokens(text: str) -> int:
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def _chunks(answer: AIMessage) -> Iterator[ChatGenerationChunk]:
    """`answer` word by word (a tool call in one piece); the last chunk is empty and has the usage."""
    for call in answer.tool_calls:
        arguments = orjson.dumps(call["args"]).decode()
        piece = tool_call_chunk(name=call["name"], args=arguments, id=call["id"], index=0)
        yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[piece]))
    for word in _PIECE.findall(answer.text):
        yield ChatGenerationChunk(message=AIMessageChunk(content=word))
    yield ChatGenerationChunk(
        message=AIMessageChunk(
            content="",
            usage_metadata=answer.usage_metadata,
            response_metadata=answer.response_metadata,
            chunk_position="last",
        )
    )
