"""Nudges from templates: about a mission or a goal of the person's where they may be quoted, else a kind word."""

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import orjson

from infra.offline_model.dice import Dice
from schemas.titles import alike, title_key

_PARTS: Mapping[str, Any] = orjson.loads((files("infra.offline_model") / "nudges.json").read_bytes())

# A longer title would be the whole nudge when quoted.
_QUOTED = 100


def write_nudges(data: Mapping[str, Any]) -> dict[str, Any]:
    """As many nudges as `data["request"]["count"]`, as the arguments of the nudge agent's answer."""
    dice = Dice(data)
    known = [title_key(text) for text in data.get("recent_nudges", ())]
    options = sorted(_options(data), key=dice.throw)
    # Something of the person's own comes first, a kind word is the endless supply.
    plain = sorted(_PARTS["plain"], key=dice.throw)
    nudges: list[str] = []
    for text in (*options, *plain):
        if len(nudges) == data["request"]["count"]:
            break
        if not alike(title_key(text), known):
            nudges.append(text)
            known.append(title_key(text))
    return {"nudges": nudges}


def _options(data: Mapping[str, Any]) -> Iterator[str]:
    for mission in data.get("missions", ()):
        if len(mission) <= _QUOTED:
            yield from (_filled(text, "mission", mission) for text in _PARTS["mission"])
    for goal in data.get("goals", ()):
        if goal.get("quotable") and len(goal["title"]) <= _QUOTED:
            yield from (_filled(text, "goal", goal["title"]) for text in _PARTS["goal"])


def _filled(text: str, part: str, value: str) -> str:
    return re.sub(rf"\{{{part}\}}", lambda _: value, text)
