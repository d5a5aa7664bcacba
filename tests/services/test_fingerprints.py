"""Fingerprints: alike failures share one, different failures do not."""

import traceback

import pytest
from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

from schemas.cloudevents import UndecodableEventError, decode
from services.fingerprints import failing_node, fingerprint_of, normalised_message


@pytest.mark.parametrize(
    ("message", "normalised"),
    [
        ("goal 0190a1b2-0000-7000-8000-000000000001 is gone", "goal <id> is gone"),
        ("took 3.5 s after 12 tries", "took <n> s after <n> tries"),
        ('no \'Ada"s secret\' and no "other" text', "no <text> and no <text> text"),
        ("can't reach it, don't ask", "can't reach it, don't ask"),
        ("at 2026-01-02T03:04:05.678+01:00 it broke", "at <time> it broke"),
        ("pointer 0xdeadBEEF and digest d41d8cd98f00b204e9800998", "pointer <hex> and digest <hex>"),
        ("the facade was defaced", "the facade was defaced"),
        ("GET https://models.example/v1?key=1 failed", "GET <url> failed"),
        ("mail to ada@example.org", "mail to <address>"),
        ("two\n  lines", "two lines"),
    ],
)
def test_what_varies_is_stripped(message: str, normalised: str) -> None:
    assert normalised_message(message) == normalised


def fingerprint(**changes: str) -> str:
    failure = {"job_type": "quest-generation", "error_type": "ValueError", "message": "7 is bad", "stacktrace": ""}
    return fingerprint_of(**(failure | changes))


def test_alike_failures_share_a_fingerprint() -> None:
    assert fingerprint(message="8 is bad") == fingerprint()
    assert len(fingerprint()) == 16


def test_each_part_tells_failures_apart() -> None:
    node = "During task with name 'draft' and id '1'"
    others = [
        fingerprint(job_type="mission-briefing"),
        fingerprint(error_type="KeyError"),
        fingerprint(message="7 is good"),
        fingerprint(stacktrace=node),
        fingerprint(stacktrace=node.replace("draft", "check")),
    ]
    assert len({fingerprint(), *others}) == 6


def stacktrace_of(error: Exception) -> str:
    return "".join(traceback.format_exception(error))


def test_our_last_frame_is_the_failing_node() -> None:
    with pytest.raises(UndecodableEventError) as raised:
        decode(None, [], {})
    assert failing_node(stacktrace_of(raised.value)) == "schemas/cloudevents:decode"


async def test_a_graphs_innermost_node_is_the_failing_node() -> None:
    class State(TypedDict, total=False):
        n: int

    async def draft(_state: State) -> State:
        raise ValueError("no")

    inner = StateGraph(State).add_node("draft", draft).add_edge(START, "draft").compile()

    async def outer(_state: State) -> State:
        await inner.ainvoke({})
        return {}

    graph = StateGraph(State).add_node("outer", outer).add_edge(START, "outer").compile()
    with pytest.raises(ValueError, match="no") as raised:
        await graph.ainvoke({})
    assert failing_node(stacktrace_of(raised.value)) == "draft"


def test_a_failure_elsewhere_has_no_node() -> None:
    assert failing_node("") == ""
    assert failing_node('  File "/usr/lib/python3/json/decoder.py", line 1, in decode') == ""
