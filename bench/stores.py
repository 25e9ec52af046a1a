"""PostgreSQL and Redis for the servers under test, and databases that are seeded once."""

import uuid
from typing import Self

import psycopg
import redis

from tests.harness.stack import Production


class Stores:
    """Our own throw-away stores. Give databases back with `drop`: a run makes hundreds."""

    def __init__(self) -> None:
        self._production = Production()
        self.redis_url = self._production.redis_url
        self.pids = self._production.pids

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._production.stop()

    def empty(self) -> str:
        return self._production.new_database()

    def copy(self, url: str) -> str:
        """A database with what is in that one, whose connections must be closed."""
        server, _, template = url.rpartition("/")
        name = f"copy_{uuid.uuid4().hex}"
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(
                f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'.encode()
            )
            # Else the copy's pages are written while the server is measured.
            connection.execute("CHECKPOINT")
        return f"{server}/{name}"

    def forget(self) -> None:
        """Empty Redis: groups of channels outlive a server that was killed."""
        redis.Redis.from_url(self.redis_url).flushall()

    def drop(self, url: str) -> None:
        server, _, name = url.rpartition("/")
        with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
