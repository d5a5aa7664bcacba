"""Run `delight` as people do: a process of its own, seen only through its output and exit code."""

import os
import subprocess
import sys
from pathlib import Path

from infra.settings import Settings

REPOSITORY = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "cli")


def environment(**extra: str) -> dict[str, str]:
    """This process's environment without its DELIGHT_ settings, and with `extra`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DELIGHT_")}
    # The jars are shared between runs: their place is no setting of a system.
    cache = {"DELIGHT_CACHE_DIR": os.environ["DELIGHT_CACHE_DIR"]} if "DELIGHT_CACHE_DIR" in os.environ else {}
    return {**kept, **cache, "PYTHONPATH": str(REPOSITORY), **extra}


def reaching(settings: Settings) -> dict[str, str]:
    """The variables with which a command reaches the servers of `settings`."""
    return {
        "DELIGHT_ENVIRONMENT": settings.environment.value,
        "DELIGHT_KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "DELIGHT_KAFKA_TOPIC_PREFIX": settings.kafka_topic_prefix,
        "DELIGHT_KAFKA_PARTITIONS": str(settings.kafka_partitions),
        "DELIGHT_DATABASE_URL": settings.database_url,
        "DELIGHT_REDIS_URL": settings.redis_url,
    }


def delight(
    *arguments: str, folder: Path | None = None, standard_input: str = "", seconds: float = 240, **extra: str
) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end. `extra` are environment variables; the folder is never the repository's own."""
    where = {"DELIGHT_FOLDER": str(folder if folder is not None else "/nonexistent/delight")}
    return subprocess.run(
        [*COMMAND, *arguments],
        input=standard_input,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        env=environment(**where, **extra),
    )
