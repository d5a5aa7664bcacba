"""Databases for runs: each a copy of one that was migrated, and filled with jobs of the past, once."""

import psycopg
from psycopg import sql

from benchmarks.workload import CREATE_RESULTS
from infra.local.stack import EmbeddedStack
from models.schema import upgrade

# From here on copying files is faster than writing every page to the log.
_MANY_ROWS = 50_000

# So many jobs of other persons' past, as a settled job leaves them.
_PREFILL = """
    INSERT INTO jobs (event_id, job_type, status, delivery, attempt, life, user_id, event_type, accepted_at,
                      started_at, finished_at, tokens_in, tokens_out)
    SELECT uuidv7(make_interval(secs => n - %(rows)s - 3600)), 'bench', 'succeeded', 1, 1, 1,
           'person-' || n %% 5000, 'bench.requested', moment, moment, moment, 0, 0
    FROM generate_series(1, %(rows)s) AS n, LATERAL (SELECT now() - make_interval(secs => %(rows)s - n) AS moment)
"""
_SECONDARY_INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = 'jobs'::regclass AND NOT indisprimary
      AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
"""


class Databases:
    """Makes and drops databases of one stack."""

    def __init__(self, stack: EmbeddedStack) -> None:
        self._postgres = stack.postgres
        self._server = stack.addresses.database_url
        self._templates: dict[int, str] = {}

    def create(self, name: str, *, rows: int = 0) -> str:
        """A database with the schema, the table of results and so many settled jobs; its URL."""
        template = self._templates.get(rows) or self._make_template(rows)
        strategy = "file_copy" if rows >= _MANY_ROWS else "wal_log"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY {}")
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement.format(*map(sql.Identifier, (name, template, strategy))))
        return f"{self._server.rpartition('/')[0]}/{name}"

    def drop(self, name: str) -> None:
        self._postgres.drop_database(name)

    def _make_template(self, rows: int) -> str:
        name = self._templates[rows] = f"bench_template_{rows}"
        url = self._postgres.create_database(name)
        upgrade(url)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(CREATE_RESULTS)
            if rows:
                _prefill(connection, rows)
        return name


def _prefill(connection: psycopg.Connection[tuple[str, str]], rows: int) -> None:
    # Building an index at the end takes a third of the time that keeping it does.
    indexes = connection.execute(_SECONDARY_INDEXES).fetchall()
    for index, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(*index.split("."))))
    connection.execute(_PREFILL, {"rows": rows})
    for _, definition in indexes:
        connection.execute(definition.encode())
    # Otherwise autovacuum would do so in the middle of a measurement.
    connection.execute("VACUUM (FREEZE, ANALYZE) jobs")
    connection.execute("CHECKPOINT")
