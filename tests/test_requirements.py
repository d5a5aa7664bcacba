"""The lock files: everything that pyproject.toml asks for, at a version that it allows, each file with hashes only."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

REPOSITORY = Path(__file__).parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
RUNTIME = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
LOCAL_LLM = [Requirement(text) for text in PROJECT["dependency-groups"]["local-llm"]]
NODE = [Requirement(text) for text in PROJECT["dependency-groups"]["node"]]
DEVELOPMENT = [Requirement(text) for text in PROJECT["dependency-groups"]["dev"]]

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)", re.MULTILINE)


def locked(name: str) -> dict[str, Version]:
    text = (REPOSITORY / "requirements" / name).read_text()
    return {canonicalize_name(pin["name"]): Version(pin["version"]) for pin in _PIN.finditer(text)}


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("runtime.txt", RUNTIME),
        ("dev.txt", [*RUNTIME, *DEVELOPMENT]),
        ("local-llm.txt", LOCAL_LLM),
        ("node.txt", NODE),
    ],
    ids=["runtime", "dev", "local-llm", "node"],
)
def test_the_lock_has_what_the_project_asks_for(file: str, wanted: list[Requirement]) -> None:
    versions = locked(file)
    missing = [str(one) for one in wanted if canonicalize_name(one.name) not in versions]
    outdated = [
        f"{one} is locked at {versions[canonicalize_name(one.name)]}"
        for one in wanted
        if canonicalize_name(one.name) in versions
        and not one.specifier.contains(versions[canonicalize_name(one.name)], prereleases=True)
    ]
    assert (missing, outdated) == ([], []), "run `make lock`"


def test_production_and_development_run_the_same_versions() -> None:
    development = locked("dev.txt")
    assert {name: development.get(name) for name in locked("runtime.txt")} == locked("runtime.txt")


@pytest.mark.parametrize("file", ["runtime.txt", "dev.txt", "local-llm.txt"])
def test_every_pin_has_hashes_and_no_registry_is_named(file: str) -> None:
    text = (REPOSITORY / "requirements" / file).read_text()
    assert "--index-url" not in text
    assert "--find-links" not in text
    assert "://" not in text
    for entry in re.split(r"\n(?=[A-Za-z0-9])", text.partition("\n")[2]):
        if _PIN.match(entry):
            assert "--hash=sha256:" in entry, entry.partition("\n")[0]
