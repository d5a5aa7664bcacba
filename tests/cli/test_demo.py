"""The demonstration, from nothing to a ledger that adds up."""

import re
from pathlib import Path

import psutil
import pytest

from consumers.subscriptions import SUBSCRIPTIONS
from schemas.missions import MissionCompleted, MissionStarted
from schemas.quests import QuestAccepted, QuestDeclined, QuestRequested
from tests.support.command import delight

# What each person of the demonstration does.
ACTIONS = (QuestRequested, QuestAccepted, QuestDeclined, MissionStarted, MissionCompleted)


@pytest.mark.slow
def test_the_demo_tells_three_stories_and_leaves_nothing_running(tmp_path: Path) -> None:
    done = delight("demo", folder=tmp_path / "data", seconds=110)
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout
    for person in ("Ada", "Tomás", "Mei"):
        assert f"Quests for {person}" in said
        assert f"{person}'s mission: " in said
    accepted, completed, dead, in_flight = map(
        int,
        re.search(r"(\d+) accepted = (\d+) completed \+ (\d+) dead \+ (\d+) in flight", said).groups(),  # type: ignore[union-attr]
    )
    jobs = 3 * sum(action in subscription.events for action in ACTIONS for subscription in SUBSCRIPTIONS)
    assert (accepted, completed, dead, in_flight) == (jobs, jobs, 0, 0)
    assert "3 missions completed, 3 booked. It adds up." in said
    assert "quest.generated reaches the client over SSE" in said
    assert "\x1b" not in said
    assert "Traceback" not in said + done.stderr
    mentions = [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(tmp_path) in " ".join(process.info["cmdline"] or ())
    ]
    assert mentions == []
