"""Transactions that write, and what the ORM has no fast word for."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Field, Model
from django.db.models.sql.compiler import SQLCompiler
from psycopg import Cursor

from .errors import Unavailable

M = TypeVar("M", bound=Model)

TURN_SECONDS = 3.0
_turn = threading.RLock()


@contextmanager
def atomic() -> Iterator[None]:
    """`transaction.atomic`, in turn with this process's other writers on SQLite.

    SQLite lets one write at a time, and those who wait for its lock poll, so that some wait for
    seconds while others pass. Always the outermost transaction: taken inside of another one, the
    turn and SQLite's lock could be held by two threads that wait for each other.
    """
    if connection.vendor != "sqlite":
        with transaction.atomic():
            yield
        return
    # Waiting for the turn and for SQLite's own lock ends before a socket's action gives up, so
    # that what was answered with `unavailable` is not stored a moment later.
    if not _turn.acquire(timeout=TURN_SECONDS):
        raise Unavailable
    try:
        with transaction.atomic():
            yield
    finally:
        _turn.release()


def update_rows(
    model: type[Model], attnames: Sequence[str], values: Mapping[int, Sequence[Any]]
) -> None:
    """Set columns of several rows, each row to values of its own by its pk, none of them NULL.

    `bulk_update` says the same with a CASE for each column, which costs some 50 µs a value.
    """
    known = {field.attname: field for field in model._meta.concrete_fields}
    fields = [known[name] for name in attnames]
    quote: Callable[[Any], str] = connection.ops.quote_name
    table = quote(model._meta.db_table)
    sets = ", ".join(f"{quote(f.column)} = new.column{n}" for n, f in enumerate(fields, start=2))
    row = f"({', '.join(['%s'] * (len(fields) + 1))})"
    parameters: list[Any] = []
    for pk, new in values.items():
        parameters.append(pk)
        parameters += [f.get_db_prep_save(v, connection) for f, v in zip(fields, new, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {sets} FROM (VALUES {', '.join([row] * len(values))}) AS new"  # noqa: S608
            f" WHERE {table}.id = new.column1",
            parameters,
        )


def columns(model: type[Model]) -> str:
    """All columns of a model, for `select`; not `*`, which a new column breaks while it is used."""
    table = model._meta.db_table
    return ", ".join(f"{table}.{field.column}" for field in model._meta.concrete_fields)


def select(
    fields: "tuple[Field[Any, Any], ...]", sql: str, parameters: Sequence[Any]
) -> list[Sequence[Any]]:
    """The rows of a statement whose first columns are these fields, with Python's values."""
    compiler, converters = _converters(fields)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[Sequence[Any]] = cursor.fetchall()
    return list(compiler.apply_converters(rows, converters)) if converters else rows


@cache
def _converters(fields: "tuple[Field[Any, Any], ...]") -> tuple[SQLCompiler, Any]:
    compiler = fields[0].model._base_manager.all().query.get_compiler(connection=connection)
    return compiler, compiler.get_converters([field.cached_col for field in fields])


def instance(model: type[M], row: Sequence[Any]) -> M:
    """The object of a row that begins with `columns(model)`."""
    names = [field.attname for field in model._meta.concrete_fields]
    return model.from_db(connection.alias, names, row[: len(names)])


def read_together(*statements: tuple[str, Sequence[Any]]) -> list[list[tuple[Any, ...]]]:
    """The rows of several statements, which PostgreSQL gets with one round trip, in this order.

    A statement without parameters is not run, and has no rows.
    """
    connection.ensure_connection()
    raw: Any = connection.connection
    with connection.wrap_database_errors, raw.pipeline():
        cursors = [
            Cursor(raw).execute(sql, parameters, prepare=True) if parameters else None
            for sql, parameters in statements
        ]
    return [cursor.fetchall() if cursor else [] for cursor in cursors]
