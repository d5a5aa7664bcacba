from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from models import schema
from models.registry import METADATA, MODELS
from schemas.ids import new_id


@pytest.fixture
def empty_database(stack):
    name = f"schema_{new_id().hex}"
    yield stack.postgres.create_database(name)
    stack.postgres.drop_database(name)


def connected(url: str):
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool).connect()


def table_names(url: str) -> set[str]:
    with connected(url) as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_the_migrated_schema_equals_the_models(empty_database) -> None:
    schema.upgrade(empty_database)
    with connected(empty_database) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_every_migration_goes_up_and_down_again(empty_database) -> None:
    script = ScriptDirectory(str(schema._MIGRATIONS))
    revisions = [revision.revision for revision in script.walk_revisions()][::-1]
    for revision in revisions:
        schema.upgrade(empty_database, revision)
        schema.downgrade(empty_database, "-1")
        schema.upgrade(empty_database, revision)
        assert schema.current(empty_database) == revision
    assert not schema.pending(empty_database)
    schema.downgrade(empty_database, "base")
    assert table_names(empty_database) == set()
    assert schema.current(empty_database) is None
    assert schema.pending(empty_database)


def test_upgrading_twice_and_at_once_is_upgrading(empty_database) -> None:
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(schema.upgrade, empty_database) for _ in range(3)]:
            done.result()
    assert not schema.pending(empty_database)
    assert table_names(empty_database) == {model.__tablename__ for model in MODELS}


def test_the_registry_knows_every_table() -> None:
    assert {model.__table__ for model in MODELS} == set(METADATA.tables.values())
