"""The database's schema: migrate it up and down, and tell where it stands. Blocking; needs no alembic.ini.

Migrations of one call commit together or not at all, and callers take turns: any number of processes may upgrade at
once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

_MIGRATIONS = Path(__file__).parent / "migrations"
# Any fixed number; it must differ from other advisory locks in the same database.
_MIGRATION_LOCK = 5_482_137_001


def upgrade(database_url: str, revision: str = "head") -> None:
    """Migrate up to `revision`; does nothing when the database is there already."""
    with _migrating(database_url) as config:
        command.upgrade(config, revision)


def downgrade(database_url: str, revision: str) -> None:
    """Migrate down to `revision`; `base` removes every table of ours with its data."""
    with _migrating(database_url) as config:
        command.downgrade(config, revision)


def current(database_url: str) -> str | None:
    """The revision that the database stands at; None before the first migration."""
    with _connected(database_url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def pending(database_url: str) -> bool:
    """Whether migrations of this version of the program are still to be applied."""
    return current(database_url) != ScriptDirectory.from_config(_config()).get_current_head()


@contextmanager
def _migrating(database_url: str) -> Iterator[Config]:
    with _connected(database_url) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
        config = _config()
        config.attributes["connection"] = connection
        yield config


@contextmanager
def _connected(database_url: str) -> Iterator[Connection]:
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _config() -> Config:
    config = Config()
    # A per cent sign in the folder's name would be taken for an interpolation.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config
