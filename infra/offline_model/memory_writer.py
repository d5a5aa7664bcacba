"""A summary of notes: each of them once, as it is, in one text; empty when they do not all fit.

Nothing is left out, since a summary replaces what it sums up.
"""

from collections.abc import Mapping
from typing import Any


def write_summary(data: Mapping[str, Any]) -> str:
    """The notes of `data["memories"]` as one text of at most `data["longest"]` characters, or an empty one."""
    notes: dict[str, str] = {}
    for note in data["memories"]:
        plain = " ".join(note.split()).rstrip(".")
        # Said twice, the newer wording stands.
        notes.pop(plain.casefold(), None)
        notes[plain.casefold()] = plain
    text = "; ".join(notes.values()) + "."
    return text if len(text) <= data["longest"] else ""
