"""A chat model that answers word by word, stops in the middle of it when a test wants that, and remembers on the side."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import Field

from infra.prompt_data import read_data_block
from tests.support.scripted_model import ScriptedModel


class TalkingModel(ScriptedModel):
    """Streams one of `answers` per call; asked with a tool, it answers `memories` (or raises it) and counts that apart.

    With `pause_after` it says so many words of each answer, and the rest only when `go_on` is set; `paused` is set then.
    """

    memories: Any = Field(default_factory=lambda: {"memories": []})
    reflections: list[list[BaseMessage]] = Field(default_factory=list)
    pieces: str = r"\S+\s*"
    pause_after: int | None = None
    paused: asyncio.Event = Field(default_factory=asyncio.Event)
    go_on: asyncio.Event = Field(default_factory=asyncio.Event)

    @property
    def data(self) -> list[dict[str, Any]]:
        """What each prompt for an answer said as data."""
        found = [read_data_block(messages[-1].text) for messages in self.prompts]
        return [block[1] for block in found if block is not None]

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        if not kwargs.get("tools"):
            return super()._generate(messages, stop, run_manager, **kwargs)
        self.reflections.append(list(messages))
        return ScriptedModel.saying(self.memories)._generate(messages, **kwargs)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        message = self._generate(messages, stop, None, **kwargs).generations[0].message
        for number, piece in enumerate(re.findall(self.pieces, message.text)):
            if number == self.pause_after:
                self.paused.set()
                await self.go_on.wait()
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        facts = {"usage_metadata": message.usage_metadata, "response_metadata": message.response_metadata}
        yield ChatGenerationChunk(message=AIMessageChunk(content="", chunk_position="last", **facts))
