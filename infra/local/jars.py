"""Have the pinned Kafka jars on disk, every one with its sha256 checked, and download only what is missing."""

import fcntl
import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from infra.local.errors import StackError, StartCancelled
from infra.local.progress import Reporter

KAFKA_VERSION = "4.3.1"
_PINNED = Path(__file__).with_name("kafka-jars.txt")
_DOWNLOADS_AT_ONCE = 8
_ATTEMPTS = 3

log = structlog.get_logger()


def cache_folder() -> Path:
    """Where jars and class archives live between runs; several projects share it."""
    # Read here and not in infra.settings: settings need the addresses of a stack that does not exist yet.
    if chosen := os.environ.get("DELIGHT_CACHE_DIR"):
        base = Path(chosen)
    elif xdg := os.environ.get("XDG_CACHE_HOME"):
        base = Path(xdg) / "delight"
    else:
        base = Path("~/.cache/delight").expanduser()
    return base.absolute() / f"kafka-{KAFKA_VERSION}"


@dataclass(frozen=True, slots=True)
class PinnedJar:
    group: str
    artifact: str
    version: str
    size: int
    sha256: str

    @property
    def filename(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    def matches(self, path: Path) -> bool:
        try:
            return hashlib.sha256(path.read_bytes()).hexdigest() == self.sha256
        except FileNotFoundError:
            return False


def pinned_jars() -> tuple[PinnedJar, ...]:
    lines = (line for line in _PINNED.read_text().splitlines() if line and not line.startswith("#"))
    jars = []
    for line in lines:
        coordinates, size, sha256 = line.split()
        group, artifact, version = coordinates.split(":")
        jars.append(PinnedJar(group, artifact, version, int(size), sha256))
    return tuple(jars)


def prepare_jars(
    reporter: Reporter, cancelled: threading.Event | None = None, jars: tuple[PinnedJar, ...] | None = None
) -> tuple[Path, ...]:
    """The paths of all jars (the broker's, when none are named), in their order.

    Raises StackError when one is missing and cannot be had.
    """
    cancelled = cancelled or threading.Event()
    folder = cache_folder() / "libs"
    jars = pinned_jars() if jars is None else jars
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(not jar.matches(folder / jar.filename) for jar in jars):
            with _one_download_at_a_time(folder):
                missing = [jar for jar in jars if not jar.matches(folder / jar.filename)]
                if missing:
                    _download(missing, folder, reporter, cancelled)
    except OSError as error:
        raise StackError(
            f"The Kafka jars cannot be kept in {folder} ({error.strerror or error}). "
            "Free some space there, or choose another folder with DELIGHT_CACHE_DIR."
        ) from error
    return tuple(folder / jar.filename for jar in jars)


@contextmanager
def _one_download_at_a_time(folder: Path) -> Iterator[None]:
    with (folder.parent / "download.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class _DownloadCount:
    """Adds up the bytes of parallel downloads and reports at most once per megabyte."""

    _STEP = 1_000_000

    def __init__(self, total: int, reporter: Reporter, cancelled: threading.Event) -> None:
        self._cancelled = cancelled
        self._total = total
        self._reporter = reporter
        self._done = 0
        self._reported = 0
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        if self._cancelled.is_set():
            raise StartCancelled("The download of the Kafka jars was cancelled. Start again to continue it.")
        with self._lock:
            self._done = min(self._done + count, self._total)
            if self._done - self._reported >= self._STEP:
                self._report()

    def finish(self) -> None:
        with self._lock:
            self._done = self._total
            self._report()

    def _report(self) -> None:
        self._reported = self._done
        self._reporter.download(self._done, self._total, f"Apache Kafka {KAFKA_VERSION}")

    @contextmanager
    def of_file(self, _filename: str, _size: int) -> Iterator[Callable[[int], None]]:
        """The shape jgo wants of a progress callback."""
        yield self.add


def _download(jars: list[PinnedJar], folder: Path, reporter: Reporter, cancelled: threading.Event) -> None:
    for jar in jars:
        if (folder / jar.filename).exists():
            log.warning("stack.jar_corrupt", jar=jar.filename)
            reporter.note(f"{jar.filename} is damaged: downloading it again.")
    count = _DownloadCount(sum(jar.size for jar in jars), reporter, cancelled)
    staging = folder.parent / "staging"
    shutil.rmtree(staging, ignore_errors=True)
    try:
        with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
            for done in [pool.submit(_download_one, jar, staging, folder, count) for jar in jars]:
                done.result()
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    count.finish()


def _download_one(jar: PinnedJar, staging: Path, folder: Path, count: _DownloadCount) -> None:
    # Imported when needed: a start with all jars present shall not pay for an HTTP client.
    import requests  # noqa: PLC0415
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415

    failure: Exception | None = None
    for attempt in range(1, _ATTEMPTS + 1):
        # A private repository per jar and attempt: a half-written file of a broken download is never found again.
        context = MavenContext(
            repo_cache=staging / jar.filename / str(attempt),
            timeout=30,
            resolver=PythonResolver(progress_callback=count.of_file),
        )
        try:
            path = context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
        except (requests.RequestException, RuntimeError) as error:
            failure = error
            continue
        if not jar.matches(path):
            failure = StackError("what arrived has another sha256 than the one we pinned")
            continue
        path.replace(folder / jar.filename)
        return
    raise StackError(
        f"{jar.filename} could not be downloaded ({failure}). Connect to the network and start again, "
        f"or copy the jars named in infra/local/kafka-jars.txt into {folder}."
    ) from failure
