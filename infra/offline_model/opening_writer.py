"""The message with which a character writes first: why now, and an open invitation."""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import orjson

from infra.offline_model.dice import Dice

_OPENINGS: Mapping[str, Any] = orjson.loads((files("infra.offline_model") / "openings.json").read_bytes())


def write_opening(data: Mapping[str, Any]) -> str:
    """The opening of the character in `data`, for the reason in `data["why"]`."""
    why = data["why"]
    category = why["category"] or ""
    parts = {"days": str(why["days"]), "category": category, "of": f" for {category}" if category else ""}
    text = Dice(data).choose(_OPENINGS[why["reason"]][data["character"]["name"].casefold()], "opening")
    return re.sub(r"\{(\w+)\}", lambda part: parts[part[1]], text)
