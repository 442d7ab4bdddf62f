"""The engine that DATABASE_URL names, for benchmarks that run on both: `scripts/with-postgres python -m benchmarks.…`.

`scripts/with-postgres` starts a server without fsync: both sides of a ratio are spared it alike.
"""

import os
from urllib.parse import urlsplit

SERVER = os.environ.get("DATABASE_URL", "")


def database(name: str, *, like: str = "") -> str:
    """Make a database on the server, a copy of another when `like` names it; its address. One of that name goes."""
    _run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    _run(f"CREATE DATABASE {name} TEMPLATE {like or 'template0'} STRATEGY file_copy")
    return address(name)


def kept_database(name: str) -> str:
    """The address of a database that stays from one run to the next, made when it is missing."""
    import psycopg

    with psycopg.connect(SERVER, autocommit=True) as server:
        there = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    return address(name) if there else database(name)


def address(name: str) -> str:
    """The address of that database of the server."""
    return urlsplit(SERVER)._replace(path=f"/{name}").geturl()


def _run(statement: str) -> None:
    import psycopg

    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(statement.encode())
