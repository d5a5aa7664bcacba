from typing import Any

import pytest
from langchain_core.callbacks import UsageMetadataCallbackHandler
from langchain_core.messages import HumanMessage, SystemMessage
from pydantic import BaseModel

from infra.exceptions import ConfigurationError
from infra.offline_model.model import OfflineChatModel
from infra.prompt_data import data_block

MISSION = {
    "mission": {"title": "Sow one pot", "duration_minutes": 20, "energy_level": "low", "category": "growth"},
    "goal": {"title": "Green balcony {why}", "why": "I miss the garden {goal}", "quotable": True},
}


class Quests(BaseModel):
    quests: list[dict[str, Any]]


def prompt(task: str, data: dict[str, Any]) -> list[Any]:
    return [SystemMessage("Rules."), HumanMessage(data_block(task, data))]


async def test_the_same_prompt_gives_the_same_answer_and_another_gives_another() -> None:
    model = OfflineChatModel()
    answers = [await model.ainvoke(prompt("mission_briefing", {**MISSION, "now": now})) for now in ["a", "a", "b", "c"]]
    assert answers[0].text == answers[1].text
    assert len({answer.text for answer in answers}) > 1


async def test_a_stream_says_what_an_answer_says_word_by_word_with_the_same_usage() -> None:
    model, messages = OfflineChatModel(), prompt("mission_briefing", MISSION)
    whole, usage = await model.ainvoke(messages), UsageMetadataCallbackHandler()
    chunks = [chunk async for chunk in model.astream(messages, config={"callbacks": [usage]})]
    assert "".join(chunk.text for chunk in chunks) == whole.text
    assert len(chunks) > 10
    assert [chunk.usage_metadata for chunk in chunks if chunk.usage_metadata] == [whole.usage_metadata]
    assert usage.usage_metadata == {"offline": whole.usage_metadata}


async def test_tokens_are_counted_by_length() -> None:
    messages = prompt("mission_briefing", MISSION)
    answer = await OfflineChatModel().ainvoke(messages)
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["output_tokens"] == -(-len(answer.text) // 4)
    assert answer.usage_metadata["input_tokens"] == sum(-(-len(message.text) // 4) for message in messages)


@pytest.mark.parametrize("streamed", [False, True])
async def test_structured_output_fits_the_schema(streamed: bool) -> None:
    structured = OfflineChatModel().with_structured_output(Quests)
    messages = prompt("quest_proposals", {"request": {"count": 4}})
    answer = (
        [part async for part in structured.astream(messages)][-1] if streamed else await structured.ainvoke(messages)
    )
    assert isinstance(answer, Quests)
    assert len(answer.quests) == 4


def test_it_works_without_an_event_loop_too() -> None:
    model, messages = OfflineChatModel(), prompt("mission_briefing", MISSION)
    assert "".join(chunk.text for chunk in model.stream(messages)) == model.invoke(messages).text


def test_texts_of_the_person_are_quoted_and_never_filled_in() -> None:
    texts = {OfflineChatModel().invoke(prompt("mission_briefing", {**MISSION, "now": n})).text for n in range(20)}
    assert all("“Green balcony {why}”" in text for text in texts)
    assert any("“I miss the garden {goal}”" in text for text in texts)


@pytest.mark.parametrize("messages", [[HumanMessage("Hello")], prompt("tax_return", {})])
async def test_what_it_cannot_do_it_refuses_plainly(messages: list[Any]) -> None:
    with pytest.raises(ConfigurationError, match="offline model"):
        await OfflineChatModel().ainvoke(messages)
