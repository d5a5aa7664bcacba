"""The commands that need no server: what they answer, and how they refuse."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
import typer
from typer.testing import CliRunner

from cli.main import app
from consumers.registry import CONSUMERS
from infra.settings import Settings
from tests.support.command import REPOSITORY, delight


def _all_commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _all_commands(command, (*path, name))
        else:
            yield (*path, name)


COMMANDS = sorted(_all_commands(typer.main.get_command(app)))
DEVELOPMENT = {
    "DELIGHT_ENVIRONMENT": "development",
    "DELIGHT_AUTH_DEVELOPMENT_SECRET": "a-secret-for-tests-only-0123456789abcdef",
}
NOBODY_LISTENS = {
    "DELIGHT_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
    "DELIGHT_DATABASE_URL": "postgresql://delight@127.0.0.1:1/delight",
    "DELIGHT_REDIS_URL": "redis://127.0.0.1:1/0",
}


@pytest.fixture
def logs_as_before() -> Iterator[None]:
    """A command that runs inside this process silences its logs, and tests that come later may read theirs."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.mark.usefixtures("logs_as_before")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_an_example(command: tuple[str, ...]) -> None:
    # Inside this process: so many commands would spend minutes on starting Python.
    done = CliRunner().invoke(app, [*command, "--help"], prog_name="delight")
    assert done.exit_code == 0
    assert f"Usage: delight {' '.join(command)}" in done.stdout
    assert re.search(rf"Example: .*delight {' '.join(command)}\b", done.stdout)


def test_the_overview_lists_every_command() -> None:
    done = delight("--help")
    assert done.returncode == 0
    assert {("demo",), ("up",), ("down",), ("env",), ("topics", "apply"), ("db", "upgrade")} <= set(COMMANDS)
    for name, *_ in COMMANDS:
        assert re.search(rf"^  {name}\b", done.stdout, re.MULTILINE), name


def test_an_unknown_command_is_refused() -> None:
    done = delight("fly")
    assert done.returncode == 2
    assert "No such command 'fly'" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("env",), "Start it with `delight up`"),
        (("token", "--user", "ada"), "Tokens are minted in development only"),
        (("publish", "quest.wanted", "--user", "ada"), "There is no event type 'quest.wanted'"),
        (("publish", "quest.requested", "--user", "ada", "--data", "{"), "The data are no JSON"),
        (("publish", "quest.requested", "--user", "ada", "--data", "[]"), "must be a JSON object"),
        (
            ("publish", "quest.requested", "--user", "ada", "--data", '{"count": 99}'),
            "count: Input should be less than",
        ),
        (("publish", "quest.requested", "--user", "ada", "--data", '{"mood": 1}'), "quest.requested has no mood"),
        (("schemas", "show", "quest.wanted"), "There is no event type 'quest.wanted'"),
        (("worker", "no-such-group"), "There is no consumer group 'no-such-group'"),
    ],
)
def test_a_refusal_is_one_sentence_on_standard_error(arguments: tuple[str, ...], sentence: str) -> None:
    done = delight(*arguments)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stdout == ""


def test_wrong_settings_are_named() -> None:
    done = delight("settings", DELIGHT_LOG_LEVEL="LOUD", DELIGHT_KAFKA_PARTITIONS="0")
    assert done.returncode == 1
    assert "DELIGHT_LOG_LEVEL" in done.stderr
    assert "DELIGHT_KAFKA_PARTITIONS" in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_the_trace() -> None:
    done = delight("env", DELIGHT_LOG_LEVEL="DEBUG")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_settings_hide_secrets_and_passwords() -> None:
    done = delight("settings", "--json", DELIGHT_DATABASE_URL="postgresql://ada:hunter2@db/delight", **DEVELOPMENT)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert set(shown) == {f"DELIGHT_{name.upper()}" for name in Settings.model_fields}
    assert shown["DELIGHT_DATABASE_URL"] == "postgresql://ada:***@db/delight"
    assert DEVELOPMENT["DELIGHT_AUTH_DEVELOPMENT_SECRET"] not in done.stdout


def test_the_readme_has_the_settings_as_they_are() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    _, found, rest = readme.partition("<!-- settings: delight settings --markdown -->\n")
    table, found_end, _ = rest.partition("\n<!-- end of settings -->")
    assert found
    assert found_end
    assert table == delight("settings", "--markdown").stdout.strip(), "paste `delight settings --markdown` there"


def test_policies_are_those_of_the_registry() -> None:
    done = delight("policies", "--json")
    assert done.returncode == 0, done.stderr
    shown = {entry["job_type"]: entry for entry in json.loads(done.stdout)}
    assert set(shown) == {consumer.name for consumer in CONSUMERS}
    assert shown["quest-generation"]["backoff_seconds"] == [2, 4, 8]
    assert shown["quest-generation"]["criticality"] == "critical"


def test_policies_are_plain_lines_in_a_pipe() -> None:
    done = delight("policies")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    header, *rows = done.stdout.splitlines()
    assert header.split() == [
        "JOB",
        "TYPE",
        "EVENTS",
        "RETRIES",
        "BACK-OFF",
        "TIMEOUT",
        "CONCURRENCY",
        "ON",
        "EXHAUSTION",
    ]
    assert len(rows) == len(CONSUMERS)


def test_a_dry_run_prints_the_record_and_reads_standard_input() -> None:
    done = delight(
        "publish", "quest.requested", "--user", "ada", "--data", "-", "--dry-run", standard_input='{"count": 4}'
    )
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["topic"] == "quest.requested"
    assert record["key"] == "ada"
    assert record["headers"]["ce_type"] == "quest.requested"
    assert record["value"]["count"] == 4


def test_a_given_id_is_kept() -> None:
    given = "0190a1b2-0000-7000-8000-000000000001"
    done = delight("publish", "quest.requested", "--user", "ada", "--id", given, "--dry-run")
    assert json.loads(done.stdout)["headers"]["ce_id"] == given


def test_doctor_says_what_to_do_about_each_server_that_is_away() -> None:
    done = delight("doctor", "--json", **NOBODY_LISTENS, **DEVELOPMENT)
    assert done.returncode == 1
    findings = {finding["check"]: finding for finding in json.loads(done.stdout)}
    assert findings["authentication"]["verdict"] == "ok"
    for server, variable in (("kafka", "KAFKA_BOOTSTRAP"), ("postgresql", "DATABASE"), ("redis", "REDIS")):
        assert findings[server]["verdict"] == "wrong"
        assert variable in findings[server]["advice"]


def test_doctor_counts_what_is_wrong() -> None:
    done = delight("doctor", **NOBODY_LISTENS, **DEVELOPMENT)
    assert done.returncode == 1
    assert "No Kafka broker answers at 127.0.0.1:1" in done.stdout
    assert "3 of 6 checks found something wrong" in done.stderr


@pytest.mark.parametrize("command", [("topics", "list"), ("topics", "apply"), ("db", "current")], ids=" ".join)
def test_a_server_that_is_away_is_a_sentence(command: tuple[str, ...]) -> None:
    done = delight(*command, **NOBODY_LISTENS)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "127.0.0.1" in done.stderr
