"""A chat model that says what a test tells it to, in order, and remembers what it was asked."""

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, ToolCall
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel, Field

# Each call counts as this many tokens, so that tests can tell how many calls were counted.
TOKENS_IN, TOKENS_OUT = 100, 10

Answer = str | dict[str, Any] | BaseModel | Exception


class ScriptedModel(BaseChatModel):
    """Gives one of `answers` per call: a text, the arguments of the tool it was given, or an exception to raise.

    One call more than there are answers fails the test.
    """

    model_name: str = "scripted"
    answers: list[Any] = Field(default_factory=list)
    prompts: list[list[BaseMessage]] = Field(default_factory=list)

    @classmethod
    def saying(cls, *answers: Answer) -> "ScriptedModel":
        return cls(answers=list(answers))

    @property
    def calls(self) -> int:
        """How often the model was asked so far."""
        return len(self.prompts)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        number = len(self.prompts)
        self.prompts.append(list(messages))
        if number >= len(self.answers):
            raise AssertionError(f"the script has {len(self.answers)} answers, and the model was asked once more")
        answer = self.answers[number]
        if isinstance(answer, Exception):
            raise answer
        facts: dict[str, Any] = {
            "usage_metadata": UsageMetadata(
                input_tokens=TOKENS_IN, output_tokens=TOKENS_OUT, total_tokens=TOKENS_IN + TOKENS_OUT
            ),
            "response_metadata": {"model_name": self.model_name},
        }
        if isinstance(answer, str):
            return ChatResult(generations=[ChatGeneration(message=AIMessage(content=answer, **facts))])
        arguments = answer.model_dump(mode="json") if isinstance(answer, BaseModel) else answer
        call = ToolCall(name=kwargs["tools"][0]["function"]["name"], args=arguments, id="call", type="tool_call")
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content="", tool_calls=[call], **facts))])
