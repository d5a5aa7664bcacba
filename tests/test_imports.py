"""What starts quickly because it leaves the agents and their libraries alone."""

import subprocess
import sys

import pytest

from tests.support.command import REPOSITORY

# Each takes longer to import than all of ours together.
HEAVY = ("langchain_core", "langgraph", "langsmith")


@pytest.mark.parametrize(
    "modules",
    ["cli.main", "api.server, consumers.subscriptions", "services.monitor, producers.relay, producers.scheduler"],
)
def test_only_workers_import_what_agents_need(modules: str) -> None:
    code = f"import sys, {modules}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == ""
