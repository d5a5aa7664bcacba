"""The companion agent: a character answers a person, word by word while it is written, and keeps what is worth it.

    recall ─┬▶ answer ───┬▶ end
            └▶ reflect ──┘

At most two calls of the chat model (MAX_MODEL_CALLS): the answer, and beside it the reflection on what the person wrote,
which needs no answer and begins when the first words are out, so that it delays none. Memory is a courtesy: where recalling
or reflecting fails, the answer is given without it. The words of an answer are checked before they go out; one with wording
that we never send is replaced by `REPLACEMENT`. A newer message may interrupt: then what was written so far is the result.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypedDict, cast

import structlog
from langchain_core.messages import AIMessageChunk, BaseMessage
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from agents.context import AgentContext
from agents.memory_reflection import reflect
from agents.prompt import goal_data, part_of_day, prompt_messages
from agents.unsafe_wording import find_unsafe
from infra.answer_stream import AnswerStream, Question
from infra.chat_model import model_name
from infra.exceptions import DelightException, ModelUnavailable
from infra.model_errors import model_errors
from schemas.companion import CompanionMessaged
from schemas.events import Envelope
from schemas.memories import MemoryCandidate
from services import memory_service
from services.characters import PROFILES
from services.companion_context import Conversation, read_conversation
from services.companion_service import CompanionAnswer
from services.local_time import local_time

MAX_MODEL_CALLS = 2

TASK = "companion_reply"

MAX_CHARACTERS = 4000
"""A model that does not end is cut off here."""

RECALLED = 5
"""The memories that an answer may draw on."""

RECALL_WITHIN = timedelta(seconds=1)
"""Somebody waits for the first word: memories that take longer are not waited for."""

REPLACEMENT = (
    "I started to say something that I would rather not put into words like that. "
    "I am here, and I would like to hear more: what matters most about this to you?"
)
"""What is said instead of an answer with wording that we never send."""

# Longer than any wording that is looked for, so that a check per word need not read the whole answer.
_CHECKED = 200

_LAST_WORD = re.compile(r"\S*\Z")

log = structlog.get_logger(__name__)


async def answer_message(event: Envelope[CompanionMessaged], context: AgentContext) -> CompanionAnswer:
    """The character's answer to the message that `event` is, and to earlier ones whose answer was interrupted.

    Raises `ModelUnavailable` when the model says nothing, and what `infra.model_errors` says of the model.
    """
    assert context.streams is not None, "an answer needs a stream to be written to"
    model = model_name(context.chat_model)
    question = Question(event.id, event.time, event.user_id, event.data.character)
    final: dict[str, Any] = {}
    async with context.streams.open(question, attempt=context.attempt) as stream, stream.until_interrupted():
        final = await _GRAPH.ainvoke({"event": event}, context=_Surroundings(context, stream))
    if stream.interrupted or final["known"].is_answered:
        return CompanionAnswer(text=stream.text.strip(), model=model, answers=(), interrupted=True)
    return CompanionAnswer(
        text=final["text"],
        model=model,
        answers=(event.id, *(message.id for message in final["known"].interrupted)),
        memories=final["memories"],
    )


@dataclass(frozen=True, slots=True)
class _Surroundings:
    agent: AgentContext
    stream: AnswerStream


class _State(TypedDict, total=False):
    event: Envelope[CompanionMessaged]
    known: Conversation
    recalled: tuple[str, ...]
    text: str
    memories: tuple[MemoryCandidate, ...]


async def _recall(state: _State, runtime: Runtime[_Surroundings]) -> _State:
    context, event = runtime.context.agent, state["event"]
    known, recalled = await asyncio.gather(_read(event, context), _memories(event, context))
    return {"known": known, "recalled": recalled}


async def _answer(state: _State, runtime: Runtime[_Surroundings]) -> _State:
    if state["known"].is_answered:
        return {"text": ""}
    context, stream = runtime.context.agent, runtime.context.stream
    name = state["event"].data.character.value
    messages = prompt_messages("companion_reply", f"characters/{name}", task=TASK, data=_data(state))
    words = _Words(stream)
    await _speak(messages, words, context)
    if words.unsafe is not None:
        log.warning("companion_agent.answer_replaced", found=words.unsafe)
        stream.restart()
        await stream.write(REPLACEMENT)
    text = stream.text.strip()
    if not text:
        raise ModelUnavailable("The chat model's answer is empty.")
    return {"text": text}


async def _speak(messages: list[BaseMessage], words: "_Words", context: AgentContext) -> None:
    """Hand the model's words over until it ends or no more are wanted; what was used of it is counted in any case."""
    answer = context.chat_model.astream(messages, config={"callbacks": [context.usage]})
    heard, ended = "", False
    try:
        with model_errors():
            # Closed at once when it is left early: a generator that waits for its collection keeps the provider busy.
            async with aclosing(cast("AsyncGenerator[AIMessageChunk, None]", answer)):
                async for chunk in answer:
                    heard += chunk.text
                    if not await words.take(chunk.text):
                        break
                else:
                    ended = True
                    await words.end()
    finally:
        if heard and not ended:
            context.usage.estimate(model_name(context.chat_model), messages, heard)


async def _reflect(state: _State, runtime: Runtime[_Surroundings]) -> _State:
    known, event = state["known"], state["event"]
    if known.is_answered:
        return {"memories": ()}
    # What it costs to ask would delay the first word.
    await runtime.context.stream.begun.wait()
    messages = [*(message.text for message in known.interrupted), event.data.message]
    try:
        return {"memories": await reflect(messages, known, state["recalled"], runtime.context.agent)}
    except DelightException as error:
        log.warning("companion_agent.not_reflected", error=repr(error))
        return {"memories": ()}


class _Words:
    """Writes what a model says to the stream, whole words only, until the answer is too long or `unsafe`."""

    def __init__(self, stream: AnswerStream) -> None:
        self.unsafe: str | None = None
        """The kind of wording that was found, which was not written."""
        self._stream = stream
        self._begun = ""

    async def take(self, text: str) -> bool:
        """Take the next piece; false when no more is wanted."""
        self._begun += text
        # "gun" may become "gunner": a word counts when it is over.
        last = _LAST_WORD.search(self._begun)
        assert last is not None, "it matches nothing at least"
        whole, self._begun = self._begun[: last.start()], last[0]
        if whole:
            await self._write(whole)
        return self.unsafe is None and len(self._stream.text) < MAX_CHARACTERS

    async def end(self) -> None:
        """Write the last word."""
        if self.unsafe is None and self._begun:
            await self._write(self._begun)

    async def _write(self, words: str) -> None:
        said = self._stream.text
        words = words if said else words.lstrip()
        if found := find_unsafe(said[-_CHECKED:] + words):
            # Its kind without its words, which are nobody's to read in a log.
            self.unsafe = found.partition(" (")[0]
        elif words:
            await self._stream.write(words[: MAX_CHARACTERS - len(said)])


async def _read(event: Envelope[CompanionMessaged], context: AgentContext) -> Conversation:
    async with context.sessions() as session:
        return await read_conversation(session, event)


async def _memories(event: Envelope[CompanionMessaged], context: AgentContext) -> tuple[str, ...]:
    try:
        async with asyncio.timeout(RECALL_WITHIN.total_seconds()), context.sessions() as session:
            found = await memory_service.recall(
                session, event.user_id, event.data.message, limit=RECALLED, embeddings=context.embeddings
            )
    except (DelightException, TimeoutError) as error:
        log.warning("companion_agent.not_recalled", error=repr(error))
        return ()
    return tuple(memory.text for memory in found)


def _data(state: _State) -> dict[str, Any]:
    event, known = state["event"], state["known"]
    profile = PROFILES[event.data.character]
    clock = local_time(event.time, known.time_zone).time()
    return {
        "character": {
            "name": profile.name,
            "focus": [category.value for category in profile.focus],
            "level": known.level,
            "place": profile.place.name,
            "place_is_open": profile.place.is_open(clock),
        },
        "now": part_of_day(event.time, known.time_zone),
        "memories": state["recalled"],
        "goals": [{"category": goal.category.value, **goal_data(goal.title, goal.why)} for goal in known.goals],
        "open_missions": known.open_missions,
        "conversation": [{"from": spoken.author.value, "text": spoken.text} for spoken in known.earlier],
        "messages": _messages([*(message.text for message in known.interrupted), event.data.message]),
    }


def _messages(texts: Sequence[str]) -> list[dict[str, Any]]:
    return [{"text": text, "quotable": find_unsafe(text) is None} for text in texts]


_builder = StateGraph(_State, context_schema=_Surroundings)
_builder.add_node("recall", _recall)
_builder.add_node("answer", _answer)
_builder.add_node("reflect", _reflect)
_builder.add_edge(START, "recall")
_builder.add_edge("recall", "answer")
_builder.add_edge("recall", "reflect")
_builder.add_edge(["answer", "reflect"], END)
_GRAPH = _builder.compile()
