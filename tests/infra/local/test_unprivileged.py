"""The stack runs as root, although PostgreSQL will not, and as an ordinary user without anything of the machine."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from infra.local import jars, unprivileged
from infra.local.stack import EmbeddedStack, StackError
from infra.local.state import StackState

SOURCES = Path(__file__).parents[3]
AS_SOMEBODY = """
import os, sys
from pathlib import Path
from infra.local.stack import EmbeddedStack
with EmbeddedStack(Path(sys.argv[1])) as stack:
    print("started as", os.geteuid(), stack.addresses.kafka_bootstrap_servers)
"""


@pytest.fixture
def traversable_folder() -> Iterator[Path]:
    """A folder that another user can reach, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_postgres_runs_as_nobody_where_user_namespaces_are_forbidden(
    traversable_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = unprivileged.Identity(user=65_534)
    monkeypatch.setattr(unprivileged, "identity_for", lambda _executable: nobody)
    stack = EmbeddedStack(traversable_folder)
    stack.folder.mkdir(exist_ok=True)
    state = StackState(stack.folder)
    state.choose_ports()
    stack.postgres._state.reload()
    stack.postgres.start()
    try:
        assert psutil.Process(stack.postgres.pid).uids().real == 65_534
        assert stack.postgres.create_database("other").endswith("/other")
    finally:
        stack.postgres.stop()
    monkeypatch.undo()
    stack.postgres.restart()
    stack.postgres.stop()

    tmp_path.chmod(0o700)
    monkeypatch.setattr(unprivileged, "identity_for", lambda _executable: nobody)
    with pytest.raises(StackError, match=r"cannot pass .*Run as an ordinary user"):
        EmbeddedStack(tmp_path).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="this is what all other tests do when not root")
def test_an_ordinary_user_needs_no_java_of_the_machine(traversable_folder: Path) -> None:
    candidates = (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}")
    python = next((path for path in candidates if can_be_run_by_nobody(path)), None)
    if python is None:
        pytest.skip("no Python of this version can be run by another user")
    shutil.copytree(jars.cache_folder(), traversable_folder / "cache" / "kafka-4.3.1")
    for path in (traversable_folder, *traversable_folder.rglob("*")):
        os.chown(path, 65_534, 65_534)
    done = subprocess.run(
        [python, "-c", AS_SOMEBODY, str(traversable_folder / "stack")],
        user=65_534,
        group=65_534,
        extra_groups=[],
        cwd=traversable_folder,
        env={
            "HOME": str(traversable_folder),
            "PATH": str(traversable_folder),
            "DELIGHT_CACHE_DIR": str(traversable_folder / "cache"),
            "PYTHONPATH": os.pathsep.join([str(SOURCES), sysconfig.get_paths()["purelib"]]),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("started as 65534 127.0.0.1:")


def can_be_run_by_nobody(python: str) -> bool:
    try:
        done = subprocess.run([python, "-c", ""], user=65_534, group=65_534, extra_groups=[], cwd="/", check=False)
    except OSError:
        return False
    return done.returncode == 0
