"""A jar of Kafka is what we pinned, or it is not used."""

import json
import shutil
from pathlib import Path

import pytest

from infra.local import jars
from infra.local.progress import SilentReporter
from infra.local.stack import EmbeddedStack, StackError, running_addresses


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of our own with every jar in it, and no network."""
    good = jars.prepare_jars(SilentReporter())
    libs = tmp_path / "kafka-4.3.1" / "libs"
    libs.mkdir(parents=True)
    for path in good:
        shutil.copy(path, libs)
    monkeypatch.setenv("DELIGHT_CACHE_DIR", str(tmp_path))
    return libs


def deliver(monkeypatch: pytest.MonkeyPatch, content: bytes | None) -> None:
    """What the network delivers: the jar itself, other bytes, or nothing at all when `content` is None."""

    def resolve(artifact) -> Path:
        if content is None:
            raise RuntimeError("no route to host")
        path = artifact.context.repo_cache / artifact.filename
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        return path

    monkeypatch.setattr("jgo.maven.Artifact.resolve", resolve)


def test_a_corrupted_jar_is_replaced(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jar = next(cache.glob("kafka-clients-*.jar"))
    original = jar.read_bytes()
    jar.write_bytes(original[:-1] + b"?")
    deliver(monkeypatch, original)
    assert jar in jars.prepare_jars(SilentReporter())
    assert jar.read_bytes() == original


@pytest.mark.parametrize(
    ("delivered", "reason"), [(b"other bytes", "another sha256"), (None, "no route to host.*Connect to the network")]
)
def test_a_jar_that_cannot_be_had_is_refused(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, delivered: bytes | None, reason: str
) -> None:
    next(cache.glob("kafka-clients-*.jar")).write_bytes(b"rotten")
    deliver(monkeypatch, delivered)
    with pytest.raises(StackError, match=rf"kafka-clients-4\.3\.1\.jar could not be downloaded.*{reason}"):
        EmbeddedStack(tmp_path / "folder").start()
    assert running_addresses(tmp_path / "folder") is None
    assert json.loads((tmp_path / "folder" / "state.json").read_text())["processes"] == {}
