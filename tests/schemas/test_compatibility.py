"""What may change in an event's schema, and what may not."""

from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from schemas.compatibility import find_incompatibilities


class Colour(BaseModel):
    name: str
    shade: int = 0


class Before(BaseModel):
    title: str = Field(max_length=100)
    count: int = Field(default=3, ge=1, le=5)
    level: Literal["low", "high"] = "low"
    note: str | None = None
    colours: list[Colour] = Field(default_factory=list)
    weights: dict[str, int] = Field(default_factory=dict)


def problems(new: type[BaseModel], old: type[BaseModel] = Before) -> list[str]:
    return find_incompatibilities({"thing.done": old.model_json_schema()}, {"thing.done": new.model_json_schema()})


def test_the_same_schema_is_compatible() -> None:
    assert problems(Before) == []


class WithOptional(Before):
    extra: str | None = None


class Wider(BaseModel):
    title: str
    count: float = Field(default=3, ge=0, le=10)
    level: Literal["low", "medium", "high"] = "low"
    note: str | int | None = None
    colours: list[Colour] = Field(default_factory=list)
    weights: dict[str, float] = Field(default_factory=dict)


class LessRequired(Before):
    title: str = Field(default="", max_length=100)


@pytest.mark.parametrize("new", [WithOptional, Wider, LessRequired])
def test_accepting_more_is_compatible(new: type[BaseModel]) -> None:
    assert problems(new) == []


class NewRequired(Before):
    extra: str


class NowRequired(Before):
    note: str | None


class Shorter(Before):
    title: str = Field(max_length=50)


class HigherMinimum(Before):
    count: int = Field(default=3, ge=2, le=5)


class FewerValues(Before):
    level: Literal["low"] = "low"


class OtherType(Before):
    count: str = "3"  # type: ignore[assignment]


class NullNoMore(Before):
    note: str = ""  # type: ignore[assignment]


class NarrowerMap(Before):
    weights: dict[str, bool] = Field(default_factory=dict)  # type: ignore[assignment]


class Patterned(Before):
    title: str = Field(max_length=100, pattern="^[a-z]+$")


class BareColour(BaseModel):
    name: str


class NestedGone(Before):
    colours: list[BareColour] = Field(default_factory=list)  # type: ignore[assignment]


class Gone(BaseModel):
    title: str = Field(max_length=100)
    count: int = Field(default=3, ge=1, le=5)
    level: Literal["low", "high"] = "low"
    colours: list[Colour] = Field(default_factory=list)
    weights: dict[str, int] = Field(default_factory=dict)


@pytest.mark.parametrize(
    ("new", "complaint"),
    [
        (NewRequired, "thing.done.extra: the property is new and is required now"),
        (NowRequired, "thing.done.note: the property was optional and is required now"),
        (Shorter, "thing.done.title: maxLength fell from 100 to 50"),
        (HigherMinimum, "thing.done.count: minimum rose from 1 to 2"),
        (FewerValues, "thing.done.level: the value 'high' is no longer accepted"),
        (OtherType, "thing.done.count: the type integer is no longer accepted"),
        (NullNoMore, "thing.done.note: the type null is no longer accepted"),
        (NarrowerMap, "thing.done.weights.additionalProperties: the type integer is no longer accepted"),
        (Patterned, "thing.done.title: pattern changed from none to ^[a-z]+$"),
        (NestedGone, "thing.done.colours.items.shade: the property is gone"),
        (Gone, "thing.done.note: the property is gone"),
    ],
)
def test_accepting_less_is_incompatible(new: type[BaseModel], complaint: str) -> None:
    found = problems(new)
    assert any(problem.startswith(complaint) for problem in found), found


def test_an_event_type_that_is_gone_is_incompatible() -> None:
    old: dict[str, Any] = {"thing.done": Before.model_json_schema()}
    assert find_incompatibilities(old, {}) == [
        "thing.done: the event type is gone, and its events may still be on the topic"
    ]


def test_a_new_event_type_is_compatible() -> None:
    assert find_incompatibilities({}, {"thing.done": Before.model_json_schema()}) == []


class Tree(BaseModel):
    name: str
    children: list["Tree"] = Field(default_factory=list)


class PickyTree(BaseModel):
    name: str = Field(min_length=1)
    children: list["PickyTree"] = Field(default_factory=list)


def test_a_schema_that_contains_itself_is_compared_to_its_end() -> None:
    assert problems(Tree, Tree) == []
    assert any("name: minLength rose from none to 1" in problem for problem in problems(PickyTree, Tree))
