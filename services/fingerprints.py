"""Fingerprints: dead letters that failed alike have the same one, whoever they are about and whenever it happened.

    job type + exception type + failing node + message without what varies → 16 hex digits

Pure: only the text that is stored with the failure goes in.
"""

import hashlib
import re
from pathlib import Path

_ROOT = Path(__file__).parents[1].as_posix()
_PACKAGES = "agents|api|consumers|infra|models|producers|schemas|services"

# LangGraph's note on an exception that left a node; with nested graphs the innermost comes first.
_NODE = re.compile(r"^During task with name '([^'\n]+)'", re.MULTILINE)
_FRAME = re.compile(r'^\s*File "([^"\n]+)", line \d+, in (\S+)', re.MULTILINE)
_OWN = re.compile(rf"{re.escape(_ROOT)}/((?:{_PACKAGES})/.+)\.py")
# The runtime is beneath every agent: it says nothing about which one failed.
_RUNTIME = "consumers/runtime/"

# In this order: the wider pattern first.
_VARYING = (
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE), "<id>"),
    (re.compile(r"\b\w+://\S+"), "<url>"),
    # An apostrophe within a word opens nothing.
    (re.compile(r"(?<!\w)'[^'\n]*'(?!\w)|\"[^\"\n]*\"|`[^`\n]*`|“[^”\n]*”|„[^“”\n]*[“”]|«[^»\n]*»"), "<text>"),
    (re.compile(r"\b\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"), "<time>"),
    (re.compile(r"\S+@\S+\.\w+"), "<address>"),
    (re.compile(r"\b0x[0-9a-f]+\b|\b(?=[a-f]*\d)[0-9a-f]{8,}\b", re.IGNORECASE), "<hex>"),
    (re.compile(r"\d+(?:[.,:]\d+)*"), "<n>"),
    (re.compile(r"\s+"), " "),
)
# The beginning of a message says what it is about; the rest of a long one is often the input.
_COMPARED = 300


def fingerprint_of(*, job_type: str, error_type: str, message: str, stacktrace: str | None) -> str:
    """The fingerprint of a failure."""
    node = failing_node(stacktrace or "")
    parts = (job_type, error_type, node, normalised_message(message))
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def failing_node(stacktrace: str) -> str:
    """Where it failed: the LangGraph node if there is one, else our last frame as `path:function`, else nothing."""
    nodes = _NODE.findall(stacktrace)
    if nodes:
        return str(nodes[0])
    places = [
        f"{own[1]}:{function}"
        for path, function in _FRAME.findall(stacktrace)
        if (own := _OWN.fullmatch(path.replace("\\", "/"))) is not None
    ]
    return next((place for place in reversed(places) if not place.startswith(_RUNTIME)), "")


def normalised_message(message: str) -> str:
    """The message without ids, numbers, quoted texts, hexadecimal values, times and addresses."""
    text = message[: 4 * _COMPARED]
    for pattern, stand_in in _VARYING:
        text = pattern.sub(stand_in, text)
    return text.strip()[:_COMPARED]
