"""Many rows into a table, or out by their keys: a statement is prepared once, values go through the columns' types.

SQLAlchemy does the same with a dictionary for each row, and builds an expression for each key of an IN list: together
a third of what an import costs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Boolean, Connection, Dialect, LargeBinary, Table, bindparam, insert, select
from sqlalchemy.types import TypeEngine

from storage.tables import Base, UtcDateTime

#: How many keys one query has, the next of these: few statements, each prepared once.
_KEYS = (1, 16, 128, 512)
#: Times that are remembered as they are written: most of a batch are the same few.
_RECENT_TIMES = 1_024


@dataclass(frozen=True)
class _Prepared:
    """An INSERT in the words of one dialect.

    `picks` are where its parameters stand in the rows given; `writers` turn some of them into what the driver takes.
    """

    sql: str
    names: tuple[str, ...]
    picks: Callable[[Sequence[Any]], tuple[Any, ...]]
    writers: tuple[tuple[int, Callable[[Any], Any]], ...]


def insert_rows(
    connection: Connection, table: type[Base], columns: tuple[str, ...], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert *rows*, whose values stand in the order of *columns* (two or more)."""
    prepared = _prepared(connection.dialect, table, columns)
    written = [_written(prepared, row) for row in rows]
    if not written:
        return
    if connection.dialect.positional:
        connection.exec_driver_sql(prepared.sql, written)
    else:
        connection.exec_driver_sql(prepared.sql, [dict(zip(prepared.names, row, strict=True)) for row in written])


def _written(prepared: _Prepared, row: Sequence[Any]) -> tuple[Any, ...]:
    values = list(prepared.picks(row))
    for at, write in prepared.writers:
        values[at] = write(values[at])
    return tuple(values)


@lru_cache(maxsize=32)
def _prepared(dialect: Dialect, table: type[Base], columns: tuple[str, ...]) -> _Prepared:
    made = cast("Table", table.__table__)
    statement = insert(made).inline().compile(dialect=dialect, column_keys=list(columns))
    names = tuple(statement.positiontup or columns)
    types = (made.c[name].type.dialect_impl(dialect) for name in names)
    writers = ((at, _writer(of_type, dialect)) for at, of_type in enumerate(types))
    return _Prepared(
        sql=statement.string,
        names=names,
        picks=itemgetter(*(columns.index(name) for name in names)),
        writers=tuple((at, write) for at, write in writers if write is not None),
    )


def _writer(of_type: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return what turns a value into what the driver takes; bytes and truth values all drivers take as they are."""
    if isinstance(of_type, LargeBinary | Boolean):
        return None
    write = of_type.bind_processor(dialect)
    return lru_cache(maxsize=_RECENT_TIMES)(write) if write and isinstance(of_type, UtcDateTime) else write


@dataclass(frozen=True)
class _Query:
    """A SELECT by so many keys in the words of one dialect; `readers` turn what the driver gives into values."""

    sql: str
    names: tuple[str, ...]
    readers: tuple[tuple[int, Callable[[Any], Any]], ...]


def rows_by(
    connection: Connection, table: type[Base], columns: tuple[str, ...], key: str, keys: Collection[Any]
) -> Iterator[tuple[Any, ...]]:
    """Yield the values of *columns* of all rows whose column *key* is one of *keys*."""
    wanted = list(keys)
    for start in range(0, len(wanted), _KEYS[-1]):
        part = wanted[start : start + _KEYS[-1]]
        size = next(size for size in _KEYS if size >= len(part))
        query = _query(connection.dialect, table, columns, key, size)
        values = (*part, *part[-1:] * (size - len(part)))
        parameters = values if connection.dialect.positional else dict(zip(query.names, values, strict=True))
        found = connection.exec_driver_sql(query.sql, parameters).all()
        yield from (_read(query, row) for row in found) if query.readers else map(tuple, found)


def _read(query: _Query, row: Sequence[Any]) -> tuple[Any, ...]:
    values = list(row)
    for at, read in query.readers:
        values[at] = read(values[at])
    return tuple(values)


@lru_cache(maxsize=128)
def _query(dialect: Dialect, table: type[Base], columns: tuple[str, ...], key: str, size: int) -> _Query:
    made = cast("Table", table.__table__)
    names = tuple(f"key_{number}" for number in range(size))
    chosen = made.c[key].in_([bindparam(name, type_=made.c[key].type) for name in names])
    statement = select(*(made.c[name] for name in columns)).where(chosen).compile(dialect=dialect)
    types = (made.c[name].type.dialect_impl(dialect) for name in columns)
    readers = ((at, of_type.result_processor(dialect, None)) for at, of_type in enumerate(types))
    return _Query(statement.string, names, tuple((at, read) for at, read in readers if read is not None))
