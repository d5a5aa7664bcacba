"""`budget`: a person's own daily budget, at the command line."""

import json
from typing import Any

import pytest

from infra.settings import Settings
from tests.support.command import delight, reaching

pytestmark = pytest.mark.slow


def test_a_budget_is_set_shown_and_cleared(settings: Settings, user_id: str) -> None:
    def budget(*arguments: str) -> Any:
        return delight("budget", *arguments, **reaching(settings))

    done = budget("set", user_id, "--usd", "2.5", "--tokens", "1000", "--operator", "olga")
    assert done.returncode == 0, done.stderr
    assert ["USD", "0.0000", "2.5000", "this", "person"] in [line.split() for line in done.stdout.splitlines()]
    shown = json.loads(budget("show", user_id, "--json").stdout)
    assert (shown["daily_budget_usd"], shown["daily_token_budget"]) == (2.5, 1000)
    cleared = budget("clear", user_id)
    assert ["USD", "0.0000", "0.5000", "everybody"] in [line.split() for line in cleared.stdout.splitlines()]


def test_it_says_what_is_missing(settings: Settings, user_id: str) -> None:
    done = delight("budget", "set", user_id, **reaching(settings))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Say how much: --usd, --tokens, or both.")
