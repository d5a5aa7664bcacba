"""Do once what makes every later start fast: download the Kafka jars and build the JVM's archive of their classes.

Run as `python -m infra.local.prepare`. A second run finds everything done.
"""

import logging
import sys
import tempfile
from pathlib import Path

import structlog

from infra.local.errors import StackError
from infra.local.jars import prepare_jars
from infra.local.kafka import KafkaServer, class_archive
from infra.local.progress import Reporter, RichReporter, SilentReporter
from infra.local.state import StackState


def prepare(reporter: Reporter | None = None) -> None:
    """Everything that a start needs from the network is on disk afterwards."""
    reporter = reporter or SilentReporter()
    jars = prepare_jars(reporter)
    if not class_archive().exists():
        reporter.note("Kafka starts once for practice, so that its later starts take a second.")
        _build_class_archive(jars)
    reporter.note("The embedded stack is prepared.")


def _build_class_archive(jars: tuple[Path, ...]) -> None:
    archive = class_archive()
    with tempfile.TemporaryDirectory(prefix="practice-", dir=archive.parent) as name:
        folder = Path(name)
        state = StackState(folder)
        state.choose_ports()
        kafka = KafkaServer(folder, state)
        kafka.jars = jars
        seen, draft = folder / "classes.seen", folder / "classes.aot"
        kafka.jvm_flags = ("-XX:AOTMode=record", f"-XX:AOTConfiguration={seen}")
        try:
            kafka.start()
        finally:
            kafka.stop()
        kafka.archive_classes(seen, draft)
        draft.replace(archive)


def main() -> int:
    # What a person should know is said by the reporter.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    try:
        prepare(RichReporter())
    except StackError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
