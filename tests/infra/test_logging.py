"""Logs: one line per event with its facts, and not thousands of the same under trouble."""

import json
import logging
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from infra.logging import RepeatFilter
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]


def record(template: Any, *, name: str = "test", level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord(name, level, __file__, 1, template, (), None)


def test_what_repeats_is_held_back_by_template_logger_and_level() -> None:
    repeats = RepeatFilter(burst=2, every=3600)
    assert [repeats.filter(record("no broker %s")) for _ in range(4)] == [True, True, False, False]
    assert repeats.filter(record("another"))
    assert repeats.filter(record("no broker %s", name="other"))
    assert repeats.filter(record("no broker %s", level=logging.ERROR))


def test_our_events_are_known_by_their_name_and_not_by_their_facts() -> None:
    repeats = RepeatFilter(burst=1, every=3600)
    assert repeats.filter(record({"event": "job.failed", "attempt": 1}))
    assert not repeats.filter(record({"event": "job.failed", "attempt": 2}))


def test_libraries_are_held_back_sooner_and_information_never() -> None:
    repeats = RepeatFilter(burst=3, burst_of_libraries=1, every=3600)
    assert [repeats.filter(record("no broker", name="aiokafka.client")) for _ in range(2)] == [True, False]
    assert [repeats.filter(record("no broker", name="producers")) for _ in range(4)] == [True, True, True, False]
    assert all(repeats.filter(record("http.request", level=logging.INFO)) for _ in range(10))


async def test_the_next_one_says_how_many_were_held_back() -> None:
    repeats = RepeatFilter(burst=1, every=0.05)
    for _ in range(5):
        repeats.filter(record({"event": "job.failed"}))
        repeats.filter(record("no broker"))
    ours, theirs = record({"event": "job.failed"}), record("no broker")
    await until(lambda: repeats.filter(ours) and repeats.filter(theirs), within=5)
    assert ours.msg["similar_suppressed"] >= 4  # type: ignore[index]
    assert "similar suppressed]" in theirs.msg


def test_templates_without_number_cost_bounded_memory() -> None:
    repeats = RepeatFilter(burst=1, every=3600)
    assert all(repeats.filter(record(f"value {number}")) for number in range(5_000))
    assert len(repeats._seen) <= 1_001


PROGRAM = """
import logging, structlog
from infra.line_facts import line_facts
from infra.logging import configure_logging
from infra.settings import Environment, Settings

configure_logging(Settings(environment=Environment.{environment}), process="worker")
log = structlog.get_logger("consumers.test")

class Job:
    def facts(self):
        return {{"job_id": "j", "user_id": "ada", "request_id": "r", "attempt": 2}}

structlog.contextvars.bind_contextvars(job_type="quest-generation", agent_name="generate_quests")
log.info("worker.started")
line_facts.set(Job())
log.warning("job.retry_scheduled", delay_s=4.0)
logging.getLogger("aiokafka.consumer").warning("broker %s is away", 1)
logging.getLogger("aiokafka.consumer").info("narrated")
log.debug("hidden")
try:
    secret = "what a person wrote"
    raise RuntimeError("it broke")
except RuntimeError:
    log.exception("job.failed")
for number in range(200):
    log.warning("many", number=number)
    log.error("worse", number=number)
    log.info("all", number=number)
"""


def lines_of(environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(environment=environment)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_in_production_each_line_is_json_with_the_facts_of_its_job() -> None:
    lines = [json.loads(line) for line in lines_of("PRODUCTION")]
    started, retried, theirs, failed = lines[:4]
    assert (started["event"], started["process"], started["level"]) == ("worker.started", "worker", "info")
    assert started["timestamp"].endswith("Z")
    assert "user_id" not in started
    facts = {
        "event": "job.retry_scheduled",
        "level": "warning",
        "logger": "consumers.test",
        "job_type": "quest-generation",
        "agent_name": "generate_quests",
        "job_id": "j",
        "user_id": "ada",
        "request_id": "r",
        "attempt": 2,
        "delay_s": 4.0,
    }
    assert facts.items() <= retried.items()
    assert (theirs["event"], theirs["logger"], theirs["user_id"]) == ("broker 1 is away", "aiokafka.consumer", "ada")
    assert failed["exception"][0]["exc_type"] == "RuntimeError"
    assert "what a person wrote" not in json.dumps(failed)
    assert Counter(line["event"] for line in lines[4:]) == {"many": 10, "worse": 50, "all": 200}


def test_in_development_lines_are_readable() -> None:
    lines = lines_of("DEVELOPMENT")
    assert "worker.started" in lines[0]
    assert not lines[0].startswith("{")
    assert any("RuntimeError: it broke" in line for line in lines)
