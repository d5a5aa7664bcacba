"""A character's answer in two to four sentences: to the mood of what was said, with something of the person's own."""

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import orjson

from infra.offline_model.dice import Dice

_PARTS: Mapping[str, Any] = orjson.loads((files("infra.offline_model") / "companion_replies.json").read_bytes())

_CRISIS = re.compile(
    r"\b(suicid\w*|self-?harm\w*|(kill|hurt)(ing)? myself|end (my life|it all)|want to die|(not|don'?t) want to live)\b"
)
_WORD = re.compile(r"[\w']+")


def write_reply(data: Mapping[str, Any]) -> str:
    """The answer to `data["messages"]`, as the character of `data`."""
    dice = Dice(data)
    name = data["character"]["name"].casefold()
    said = " ".join(message["text"] for message in data["messages"]).casefold().replace("’", "'")
    if _CRISIS.search(said):
        return str(dice.choose(_PARTS["crisis"], "crisis"))
    mood = _mood(said)
    before = next((spoken["text"] for spoken in reversed(data["conversation"]) if spoken["from"] == "character"), "")
    sentences = [dice.choose(_unsaid(mood["said"][name] if mood else _PARTS["plain"][name], before), "said")]
    if len(data["messages"]) > 1:
        sentences.insert(0, dice.choose(_PARTS["interrupted"], "interrupted"))
    sentences += _own_things(data, dice, said)
    if mood is None or mood["name"] != "thanks":
        sentences.append(dice.choose(_unsaid(_PARTS["ask"][name], before), "ask"))
    return " ".join(sentences)


def _unsaid(sentences: Sequence[str], before: str) -> Sequence[str]:
    """Those that the last answer did not have; all when it had every one."""
    return [sentence for sentence in sentences if sentence not in before] or sentences


def _mood(said: str) -> Mapping[str, Any] | None:
    """The first mood that one of the words tells: what weighs on somebody comes before what pleases them."""
    words = set(_WORD.findall(said))
    found = [mood for mood in _PARTS["moods"] if words & set(mood["words"])]
    # Somebody may greet and then say how they are: the order in the file is that of importance.
    return found[0] if found else None


def _own_things(data: Mapping[str, Any], dice: Dice, said: str) -> list[str]:
    """At most one sentence about a goal, a mission or a memory of the person's."""
    focus = data["character"]["focus"]
    goals = [goal for goal in data["goals"] if goal["quotable"] and goal["category"] in focus]
    words = set(_WORD.findall(said))
    meant = [goal for goal in goals if len(words & set(_WORD.findall(goal["title"].casefold()))) > 1]
    options = []
    if goals:
        options.append(("goal", dice.choose(meant or goals, "which goal")["title"]))
    if data["open_missions"]:
        options.append(("mission", dice.choose(data["open_missions"], "which mission")))
    if data["memories"]:
        options.append(("memory", ""))
    if not options:
        return []
    kind, name = options[0] if meant else dice.choose(options, "own thing")
    # One pass, without a template: a title that spells {goal} is quoted as it is.
    before, _, after = dice.choose(_PARTS[kind], "own words").partition(f"{{{kind}}}")
    return [f"{before}{name}{after}"]
