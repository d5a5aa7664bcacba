"""The offline writers of conversation, openings and memories, over everything that they can be asked."""

from collections.abc import Iterator
from importlib.resources import files

import orjson
import pytest

from agents.unsafe_wording import find_unsafe
from infra.offline_model.companion_writer import write_reply
from infra.offline_model.opening_writer import write_opening
from infra.offline_model.reflection_writer import write_memories
from schemas.characters import Character, InitiationReason
from schemas.goals import ValueCategory
from services.characters import PROFILES

MESSAGES = ["Hello", "I am tired", "I finished it!", "I am stuck", "Thanks", "What should I do?", "The sky is grey."]


def prompt(character: Character, *messages: str, **fields: object) -> dict[str, object]:
    profile = PROFILES[character]
    return {
        "character": {"name": profile.name, "focus": [c.value for c in profile.focus], "level": 3},
        "messages": [{"text": message, "quotable": True} for message in messages],
        "memories": [],
        "goals": [],
        "open_missions": [],
        "conversation": [],
        **fields,
    }


def texts_in(parts: object) -> Iterator[str]:
    if isinstance(parts, str):
        yield parts
    elif isinstance(parts, dict):
        for name, part in parts.items():
            yield from texts_in(part if name != "words" else [])
    elif isinstance(parts, list):
        for part in parts:
            yield from texts_in(part)


@pytest.mark.parametrize("name", ["companion_replies.json", "openings.json"])
def test_nothing_that_can_be_said_is_unsafe(name: str) -> None:
    texts = list(texts_in(orjson.loads((files("infra.offline_model") / name).read_bytes())))
    assert len(texts) > 10
    assert {text: unsafe for text in texts if (unsafe := find_unsafe(text))} == {}


@pytest.mark.parametrize("character", Character)
def test_replies_are_safe_short_and_differ_by_mood_and_character(character: Character) -> None:
    replies = [write_reply(prompt(character, message)) for message in MESSAGES]
    assert len(set(replies)) == len(replies)
    for reply in replies:
        assert find_unsafe(reply) is None
        assert 5 < len(reply) < 400
        assert "{" not in reply
    others = [write_reply(prompt(other, "I am tired")) for other in Character]
    assert len(set(others)) == len(others)


def test_a_reply_names_what_the_person_has() -> None:
    goals = [
        {"title": "Carve {goal} spoons", "why": "", "category": "craft", "quotable": True},
        {"title": "Stop being lazy", "why": "", "category": "craft", "quotable": False},
    ]
    reply = write_reply(prompt(Character.LYRA, "I want to carve spoons again", goals=goals))
    assert "“Carve {goal} spoons”" in reply
    assert "“Sweep”" in write_reply(prompt(Character.THORNE, "Hm, well", goals=goals, open_missions=["Sweep"]))


def test_an_answer_does_not_repeat_the_last_one() -> None:
    conversation: list[dict[str, str]] = []
    for number in range(6):
        reply = write_reply(prompt(Character.LYRA, f"I am tired, {number}", conversation=conversation))
        if conversation:
            assert reply.split(".")[0] not in conversation[-1]["text"]
        conversation.append({"from": "character", "text": reply})


def test_several_messages_are_answered_as_several() -> None:
    reply = write_reply(prompt(Character.ELIZA, "I am tired", "and proud"))
    assert "both" in reply or "added" in reply


@pytest.mark.parametrize("message", ["I don’t want to live", "I think of killing myself", "suicidal again"])
def test_somebody_in_danger_is_taken_seriously(message: str) -> None:
    reply = write_reply(prompt(Character.THORNE, message, open_missions=["Sweep"]))
    assert "emergency" in reply
    assert "Sweep" not in reply
    assert find_unsafe(reply) is None


@pytest.mark.parametrize("reason", InitiationReason)
@pytest.mark.parametrize("character", Character)
@pytest.mark.parametrize("category", [None, *ValueCategory])
def test_openings_are_safe_and_say_why(
    character: Character, reason: InitiationReason, category: ValueCategory | None
) -> None:
    why = {"reason": reason.value, "days": 14, "category": category.value if category else None}
    opening = write_opening({"character": {"name": PROFILES[character].name}, "why": why})
    assert find_unsafe(opening) is None
    assert "14" in opening
    assert "{" not in opening


def test_what_lasts_is_remembered_and_what_passes_is_not() -> None:
    written = write_memories(
        {
            "messages": [
                "I love the sea. The weather is bad. My sister lives in Lyon! I practise the guitar a lot.",
                "I meet Ada tomorrow. I ran. And one more: my dog is old.",
            ],
            "goals": [{"ref": "g1", "title": "Play the guitar"}],
        }
    )
    assert [(m["text"], m["tier"], m["goal"]) for m in written["memories"]] == [
        ("You love the sea.", "personal", None),
        ("Your sister lives in Lyon.", "personal", None),
        ("You practise the guitar a lot.", "project", "g1"),
    ]
    assert write_memories({"messages": ["I meet Ada tomorrow"], "goals": []})["memories"][0]["tier"] == "task"
    assert write_memories({"messages": ["Hello there, what a day"], "goals": []}) == {"memories": []}
