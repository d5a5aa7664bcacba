"""Alembic's entry: run the migrations on the connection of `models.schema`.

Without one (the `alembic` command, for writing a new revision), connect to the database of the settings.
"""

from alembic import context
from sqlalchemy import Connection, create_engine
from sqlalchemy.engine import make_url

from infra.settings import load_settings
from models.registry import METADATA


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=METADATA, compare_server_default=True)
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    engine = create_engine(make_url(load_settings().database_url).set(drivername="postgresql+psycopg"))
    with engine.begin() as own:
        migrate(own)
