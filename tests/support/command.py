"""Run `delight` as people do: a process of its own, seen only through its output and exit code."""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "cli")


def environment(**extra: str) -> dict[str, str]:
    """This process's environment without its DELIGHT_ settings, and with `extra`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DELIGHT_")}
    # The jars are shared between runs: their place is no setting of a system.
    cache = {"DELIGHT_CACHE_DIR": os.environ["DELIGHT_CACHE_DIR"]} if "DELIGHT_CACHE_DIR" in os.environ else {}
    return {**kept, **cache, "PYTHONPATH": str(REPOSITORY), **extra}


def delight(
    *arguments: str, folder: Path | None = None, standard_input: str = "", seconds: float = 90, **extra: str
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
