"""The offline model's quests, read once from `quests/`: per category, per topic of a goal, and composed ones.

    quests/<category>.json   quests that suit any goal of the category, and the parts of composed ones
    quests/topics.json       quests for goals whose words name a topic: running, languages, music, …

A text may name the goal as {goal}; such a quest is for goals that may be quoted. Titles name no duration, since
a quest lasts one of its `minutes`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import product
from types import MappingProxyType
from typing import Any

import orjson

from schemas.goals import ValueCategory
from schemas.quests import EnergyLevel
from schemas.titles import TitleKey, title_key

_FOLDER = files("infra.offline_model") / "quests"

# Composed quests are the endless supply for a person who has seen everything else.
# One meaningful word of start and moment and two of the subject keep any two of them apart.
_MOMENTS = ("before breakfast", "at midday", "in the afternoon", "at teatime", "at sunset", "after supper")
_COMPOSED_TEXT = (
    "{start} {subject}, {moment}. Keep it light: there is nothing to finish, and the time you give it is all it needs."
)


@dataclass(frozen=True, slots=True)
class QuestTemplate:
    """A quest before it knows whose it is."""

    title: str
    text: str
    minutes: tuple[int, ...]
    energy: EnergyLevel
    key: TitleKey = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", title_key(self.title))

    @property
    def names_goal(self) -> bool:
        return "{goal}" in self.text


@dataclass(frozen=True, slots=True)
class Topic:
    """Quests for goals in which one of `words` occurs."""

    words: frozenset[str]
    quests: tuple[QuestTemplate, ...]


def _load(name: str) -> Any:
    return orjson.loads((_FOLDER / f"{name}.json").read_bytes())


def _templates(rows: Sequence[Mapping[str, Any]]) -> tuple[QuestTemplate, ...]:
    return tuple(
        QuestTemplate(row["title"], row["text"], tuple(row["minutes"]), EnergyLevel(row["energy"])) for row in rows
    )


def _composed(start: str, subjects: Sequence[str]) -> tuple[QuestTemplate, ...]:
    return tuple(
        QuestTemplate(
            f"{start} {subject} {moment}",
            _COMPOSED_TEXT.format(start=start, subject=subject, moment=moment),
            (10, 15, 20),
            EnergyLevel.LOW,
        )
        for subject, moment in product(subjects, _MOMENTS)
    )


_FILES = {category: _load(category.value) for category in ValueCategory}

GENERAL: Mapping[ValueCategory, tuple[QuestTemplate, ...]] = MappingProxyType(
    {category: _templates(content["quests"]) for category, content in _FILES.items()}
)
# Grouped by how they start, so that the quests of one list can each start differently.
COMPOSED: Mapping[ValueCategory, tuple[tuple[QuestTemplate, ...], ...]] = MappingProxyType(
    {
        category: tuple(_composed(start, content["subjects"]) for start in content["starts"])
        for category, content in _FILES.items()
    }
)
TOPICS: tuple[Topic, ...] = tuple(
    Topic(frozenset(topic["words"]), _templates(topic["quests"])) for topic in _load("topics")
)
