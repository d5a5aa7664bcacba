"""A briefing in four sentences or so: how to begin, how long, what matters for the goal, and a kind word."""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import orjson

from infra.offline_model.dice import Dice

_PARTS: Mapping[str, Any] = orjson.loads((files("infra.offline_model") / "briefings.json").read_bytes())

# A longer reason would be the whole briefing when quoted.
_QUOTED_WHY = 160


def write_briefing(data: Mapping[str, Any]) -> str:
    """The briefing of `data["mission"]`, which serves `data["goal"]` or none."""
    dice = Dice(data)
    mission, goal = data["mission"], data.get("goal") or {}
    why = goal.get("why", "").strip().rstrip(".!?…")
    # A reason of several sentences would make the briefing too long.
    quotes_why = why and len(why) <= _QUOTED_WHY and not re.search(r"[.!?…]", why)
    matter = "matter_plain" if not goal.get("quotable") else "matter_why" if quotes_why else "matter"
    sentences = (
        dice.choose(_PARTS["begin"][mission["category"]], "begin"),
        dice.choose(_PARTS["pace"], "pace"),
        dice.choose(_PARTS[matter], "matter"),
        dice.choose(_PARTS["close"][mission["energy_level"]], "close"),
    )
    parts = {
        "mission": mission["title"],
        "minutes": str(mission["duration_minutes"]),
        "goal": goal.get("title", ""),
        "why": why,
    }
    # One pass: a goal that spells {why} is quoted as it is.
    return re.sub(r"\{(\w+)\}", lambda part: parts[part[1]], " ".join(sentences))
