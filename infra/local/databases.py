"""Create and drop databases of a running PostgreSQL server, so that every test may have one of its own."""

from typing import LiteralString


def ensure_database(server_url: str, name: str) -> None:
    from psycopg.errors import DuplicateDatabase  # noqa: PLC0415 - see _execute

    try:
        create_database(server_url, name)
    except DuplicateDatabase:
        return


def create_database(server_url: str, name: str) -> None:
    """A fresh, empty database. The extension `vector` is there to be created."""
    _execute(server_url, "CREATE DATABASE {}", name)


def drop_database(server_url: str, name: str) -> None:
    """Gone, whoever is still connected to it."""
    _execute(server_url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _execute(server_url: str, statement: LiteralString, name: str) -> None:
    import psycopg  # noqa: PLC0415 - a stack whose database exists starts without loading a client
    from psycopg import sql  # noqa: PLC0415

    with psycopg.connect(server_url, autocommit=True, connect_timeout=10) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
