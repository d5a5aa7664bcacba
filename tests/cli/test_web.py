"""Whether the web can be served on this machine, and what is said when not."""

import sys
from pathlib import Path

import pytest

from cli.web import WebMissing, WebServer, find_web


def node_of(folder: Path, version: str) -> str:
    """A PATH with a Node of `version` on it, and nothing else."""
    folder.mkdir()
    node = folder / "node"
    node.write_text(f"#!/bin/sh\necho '[{version.replace('.', ',')}]'\n")
    node.chmod(0o755)
    return str(folder)


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """A web that is built."""
    folder = tmp_path / "frontend"
    for path in ("package.json", ".next/BUILD_ID", "node_modules/next/package.json"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    return folder


@pytest.mark.parametrize("version", ["20.9.0", "22.1.0"])
def test_a_built_web_is_served_where_node_is(web: Path, tmp_path: Path, version: str) -> None:
    found = find_web(web, path=node_of(tmp_path / "bin", version))
    assert isinstance(found, WebServer)
    child = found.child({"DELIGHT_API_URL": "http://127.0.0.1:8000"}, 3000)
    assert child.folder == web
    assert child.command[0] == str(tmp_path / "bin" / "node")
    assert child.environment["DELIGHT_API_URL"] == "http://127.0.0.1:8000"
    assert child.ready_url.startswith("http://127.0.0.1:3000/")


def test_without_node_it_says_to_install_it(web: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Beside this Python there may be one, too.
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    found = find_web(web, path="")
    assert found == WebMissing("install Node.js 20.9 or newer, or `make node`; then run `make up`.")


@pytest.mark.parametrize("version", ["18.20.4", "20.8.1"])
def test_an_old_node_is_named(web: Path, tmp_path: Path, version: str) -> None:
    found = find_web(web, path=node_of(tmp_path / "bin", version))
    assert isinstance(found, WebMissing)
    assert found.reason.startswith(f"Node.js is {version.rpartition('.')[0]} here; install Node.js 20.9 or newer")


@pytest.mark.parametrize("missing", [".next/BUILD_ID", "node_modules/next/package.json"])
def test_a_web_that_is_not_built_says_how_to_build_it(web: Path, tmp_path: Path, missing: str) -> None:
    (web / missing).unlink()
    found = find_web(web, path=node_of(tmp_path / "bin", "22.1.0"))
    assert isinstance(found, WebMissing)
    assert "make web-build" in found.reason


def test_a_node_that_fails_is_none(web: Path, tmp_path: Path) -> None:
    path = node_of(tmp_path / "bin", "22.1.0")
    Path(path, "node").write_text("#!/bin/sh\nexit 1\n")
    assert isinstance(find_web(web, path=path), WebMissing)


def test_an_installation_without_the_web_says_so(tmp_path: Path) -> None:
    assert find_web(tmp_path) == WebMissing("it is not part of this installation.")
