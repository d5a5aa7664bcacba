"""What a run leaves: results.json, which is added to part by part, and table.md, which is written from it."""

import json
import statistics
from pathlib import Path
from typing import Any

from benchmarks.table import render

FILE = "results.json"


def merge_part(folder: Path, name: str, measured: dict[str, Any], *, add: bool) -> None:
    """Put a part into the folder's results, in place of what was there or, with `add`, with the rounds of both."""
    folder.mkdir(parents=True, exist_ok=True)
    results = load_results(folder)
    before = results.get(name)
    results[name] = _added(name, before, measured) if add and before else measured
    (folder / FILE).write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")


def load_results(folder: Path) -> dict[str, Any]:
    path = folder / FILE
    return json.loads(path.read_text()) if path.exists() else {}


def write_results(folder: Path) -> None:
    """Write the table anew."""
    (folder / "table.md").write_text(render(load_results(folder)))


def _added(name: str, before: dict[str, Any], measured: dict[str, Any]) -> dict[str, Any]:
    if name == "queues":
        contenders = before["contenders"] | measured["contenders"]
        for known in before["contenders"].keys() & measured["contenders"].keys():
            rates = before["contenders"][known]["rates"] + measured["contenders"][known]["rates"]
            contenders[known] = measured["contenders"][known] | {"rates": rates, "median": statistics.median(rates)}
        absent = {who: why for who, why in (before["not_run"] | measured["not_run"]).items() if who not in contenders}
        return measured | {"contenders": contenders, "not_run": absent}
    if name == "growth":
        added = dict(measured)
        for kind in ("rows", "workers"):
            added[kind] = {
                key: before[kind].get(key, []) + measured[kind].get(key, []) for key in before[kind] | measured[kind]
            }
        medians = {key: statistics.median(rates) for key, rates in added["rows"].items()}
        first = medians[min(medians, key=int)]
        return added | {"flatness": round(min(medians.values()) / first, 3)}
    return measured
