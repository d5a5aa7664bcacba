"""What is worth remembering of what a person wrote: sentences about themselves, recognised by how they begin."""

import re
from collections.abc import Mapping
from typing import Any

MAX_MEMORIES = 3

_SENTENCE = re.compile(r"[^.!?\n]+")
_LASTING = re.compile(
    r"^(?:and |but |so )?(i love|i like|i enjoy|i hate|i live|i work|i have|i've got|i grew up|i used to|i play|i am a|i'm a|"
    r"my \w+(?: \w+)? (?:is|are|was|has|loves?|likes?|lives?))\b",
    re.IGNORECASE,
)
_COMING = re.compile(
    r"\b(today|tonight|tomorrow|this (week|weekend|evening|morning)|next (week|monday|friday))\b", re.IGNORECASE
)
_ABOUT_ME = re.compile(r"^(?:and |but |so )?(i|my|we|our)\b", re.IGNORECASE)
_WORD = re.compile(r"\w{4,}")
_PERSONS = (
    (re.compile(r"\bI'm\b|\bI am\b", re.IGNORECASE), "you are"),
    (re.compile(r"\bI was\b", re.IGNORECASE), "you were"),
    (re.compile(r"\bI've\b|\bI have\b", re.IGNORECASE), "you have"),
    (re.compile(r"\bI\b"), "you"),
    (re.compile(r"\bmy\b", re.IGNORECASE), "your"),
    (re.compile(r"\bmyself\b", re.IGNORECASE), "yourself"),
    (re.compile(r"\bme\b", re.IGNORECASE), "you"),
)


def write_memories(data: Mapping[str, Any]) -> dict[str, Any]:
    """At most three memories from `data["messages"]`, as the arguments of the reflection's tool."""
    memories: list[dict[str, Any]] = []
    for message in data["messages"]:
        for sentence in _SENTENCE.findall(message.replace("’", "'")):
            memory = _memory(sentence.strip(), data["goals"])
            if memory is not None and memory not in memories:
                memories.append(memory)
    return {"memories": memories[:MAX_MEMORIES]}


def _memory(sentence: str, goals: list[Mapping[str, Any]]) -> dict[str, Any] | None:
    if not _ABOUT_ME.match(sentence) or len(sentence.split()) < 3:
        return None
    words = set(_WORD.findall(sentence.casefold()))
    goal = next((g["ref"] for g in goals if words & set(_WORD.findall(g["title"].casefold()))), None)
    if _LASTING.match(sentence):
        tier, importance = "personal", 0.6
    elif goal is not None:
        tier, importance = "project", 0.5
    elif _COMING.search(sentence):
        tier, importance = "task", 0.3
    else:
        return None
    return {
        "text": _to_you(sentence),
        "tier": tier,
        "importance": importance,
        "goal": goal if tier == "project" else None,
    }


def _to_you(sentence: str) -> str:
    for pattern, words in _PERSONS:
        sentence = pattern.sub(words, sentence)
    return f"{sentence[0].upper()}{sentence[1:]}."
