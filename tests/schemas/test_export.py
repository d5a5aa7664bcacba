"""The schema files beside the models: complete, current, and refusing what old events do not fit."""

import json
from pathlib import Path

import pytest

from schemas.catalogue import EVENT_TYPES, EVENTS_BY_TYPE
from schemas.compatibility import find_incompatibilities
from schemas.export import event_schemas, read_schemas, write_schemas
from tests.support.command import delight


def test_the_committed_files_are_those_of_the_models() -> None:
    kept = read_schemas()
    assert set(kept) == set(EVENTS_BY_TYPE)
    assert kept == event_schemas(), "run `make schemas`"
    assert find_incompatibilities(kept, event_schemas()) == []


def test_writing_makes_the_folder_hold_exactly_the_schemas(tmp_path: Path) -> None:
    (tmp_path / "gone.event.json").write_text("{}")
    changed = write_schemas(event_schemas(), tmp_path)
    assert {path.stem for path in changed} == {"gone.event", *EVENTS_BY_TYPE}
    assert read_schemas(tmp_path) == event_schemas()
    assert write_schemas(event_schemas(), tmp_path) == []


@pytest.mark.parametrize("event", EVENT_TYPES, ids=lambda event: event.type)
def test_every_event_says_whom_it_is_about(event: type) -> None:
    schema = event_schemas()[event.type]  # type: ignore[attr-defined]
    assert "user_id" in schema["required"]


def test_check_passes_on_the_committed_files() -> None:
    done = delight("schemas", "check")
    assert done.returncode == 0, done.stderr
    assert "old events fit them" in done.stdout


def test_check_names_a_stale_file(tmp_path: Path) -> None:
    write_schemas(event_schemas(), tmp_path)
    path = tmp_path / "quest.requested.json"
    schema = json.loads(path.read_text())
    del schema["properties"]["reason"]
    path.write_text(json.dumps(schema))
    done = delight("schemas", "check", "--output", str(tmp_path))
    assert done.returncode == 1
    assert "Stale schema files: quest.requested" in done.stderr


def test_an_incompatible_change_is_neither_checked_in_nor_written_over(tmp_path: Path) -> None:
    write_schemas(event_schemas(), tmp_path)
    path = tmp_path / "quest.requested.json"
    schema = json.loads(path.read_text())
    schema["properties"]["mood"] = {"type": "string"}
    text = json.dumps(schema)
    path.write_text(text)
    for command in ("check", "export"):
        done = delight("schemas", command, "--output", str(tmp_path))
        assert done.returncode == 1
        assert "quest.requested.mood: the property is gone" in done.stderr
        assert path.read_text() == text
    done = delight("schemas", "export", "--output", str(tmp_path), "--allow-incompatible")
    assert done.returncode == 0, done.stderr
    assert read_schemas(tmp_path) == event_schemas()
