"""Which versions were compared."""

import platform
import subprocess
from functools import cache

import psycopg
from redis import Redis

from benchmarks.catalogue import BIN, Contender
from infra.local.stack import EmbeddedStack


def version_of(contender: Contender) -> str:
    """The version of the contender's package, in the environment that it runs in."""
    interpreter = contender.work[0] if contender.name == "delight" else str(BIN / "python")
    return _installed(interpreter, contender.package)


def of_servers(stack: EmbeddedStack) -> dict[str, str]:
    """The versions of the servers that run, and of Python."""
    with psycopg.connect(stack.addresses.database_url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    info = Redis.from_url(stack.addresses.redis_url).info("server")
    kafka = next(jar.name for jar in stack.kafka.jars if jar.name.startswith("kafka-clients-"))
    return {
        "Python": platform.python_version(),
        "Kafka": kafka.removeprefix("kafka-clients-").removesuffix(".jar"),
        "PostgreSQL": row[0].split()[0] if row else "unknown",
        "Valkey": info.get("valkey_version") or info["redis_version"],
    }


@cache
def _installed(interpreter: str, package: str) -> str:
    code = f"from importlib.metadata import version; print(version({package!r}))"
    done = subprocess.run([interpreter, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
