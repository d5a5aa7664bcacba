"""The product's rules for nudges, checked on every answer of every model: short, safe, and never guilt."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from pydantic import BaseModel, Field

from agents.unsafe_wording import find_unsafe
from schemas.nudges import MAX_NUDGE_CHARACTERS
from schemas.titles import alike, title_key

# What makes people feel that they owe us something. It knows English wordings and prefers to refuse too much.
_PRESSING = (
    r"\byou (still |just )?(have not|haven't|did not|didn't|never) \w+",
    r"\byou('re| are) (behind|late|slipping|falling behind|overdue)\b",
    r"\byou (should|could) have\b|\byou (forgot|promised|missed|skipped|neglected|broke)\b",
    r"\b(we|i) (miss|missed|are waiting|were waiting|'re waiting|am waiting|expected)\b",
    r"\b(lose|losing|break|breaking|ruin|ruining|keep) (your|the|that) streak\b",
    r"\bstreak (is|will be) (lost|gone|at risk|over)\b",
    r"\bdon't (give up|quit|fail|let|waste|forget|be)\b|\bdo not (give up|quit|fail|waste|forget)\b",
    r"\b(last chance|only \d+ \w+ left|before it's too late|time is running out|overdue|must not)\b",
    r"\b(others|everyone else|everybody else) (are|is|have|has|already)\b",
    r"\b(you must|you have to|you need to|no matter how)\b",
)
_GUILT = re.compile("|".join(_PRESSING))
_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d", "''\"\"")


# Models read this as the schema of their answer, docstring included.
class ProposedNudges(BaseModel):
    """The nudges for the person's day."""

    nudges: list[str] = Field(description="One or two short sentences each, in the order of the moments.")


def check_nudges(proposed: Sequence[str], count: int, recent: Sequence[str]) -> tuple[str, ...]:
    """What is wrong with the `proposed` texts, for a revision to mend; nothing when they may go to a person."""
    findings = [f"{count} nudges were asked for, not {len(proposed)}"] if len(proposed) != count else []
    known = [title_key(text) for text in recent]
    for number, text in enumerate(proposed, start=1):
        findings.extend(f"nudge {number} {breach}" for breach in _breaches(text))
        if alike(title_key(text), known):
            findings.append(f"nudge {number} repeats another one")
        known.append(title_key(text))
    return tuple(findings)


def find_guilt(text: str) -> str | None:
    """The words of `text` that press; None when there are none."""
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().translate(_QUOTES).split())
    found = _GUILT.search(plain)
    return found[0] if found else None


def _breaches(text: str) -> Iterator[str]:
    if not text.strip():
        yield "is empty"
    if len(text) > MAX_NUDGE_CHARACTERS:
        yield f"has {len(text)} characters; {MAX_NUDGE_CHARACTERS} are allowed"
    if unsafe := find_unsafe(text):
        yield f"has wording that is {unsafe}"
    if guilt := find_guilt(text):
        yield f"presses the person ({guilt!r})"
