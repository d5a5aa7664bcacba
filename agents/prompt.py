"""Prompts: the rules from a file of `prompts/`, then the person's data in a block that they cannot leave."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from agents.unsafe_wording import find_unsafe
from infra.prompt_data import data_block
from services.local_time import local_time

# From which hour a part of the day lasts, until the next one begins.
_PARTS_OF_DAY = (
    (5, "early morning"),
    (8, "morning"),
    (12, "midday"),
    (14, "afternoon"),
    (18, "evening"),
    (22, "night"),
)


@cache
def load_prompt(name: str) -> str:
    """The text of `prompts/<name>.md`, read once per process. Raises `FileNotFoundError` when there is none."""
    return (files("agents") / "prompts" / f"{name}.md").read_text(encoding="utf-8").strip()


def prompt_messages(*names: str, task: str, data: Mapping[str, Any]) -> list[BaseMessage]:
    """The messages of one call: the named prompts as the system's, `data` as the block of `task`."""
    system = "\n\n".join(load_prompt(name) for name in ("data_rules", *names))
    return [SystemMessage(system), HumanMessage(data_block(task, data))]


def part_of_day(moment: datetime, time_zone: str) -> str:
    """When `moment` is for the person, such as "Sunday evening"; as much as a model needs to know of it."""
    clock = local_time(moment, time_zone)
    part = next((name for hour, name in reversed(_PARTS_OF_DAY) if clock.hour >= hour), "night")
    return f"{clock:%A} {part}"


def goal_data(title: str, why: str) -> dict[str, Any]:
    """A goal as prompts carry it. One in wording that we never send is not to be quoted, and still to be served."""
    return {"title": title, "why": why, "quotable": find_unsafe(f"{title}\n{why}") is None}
