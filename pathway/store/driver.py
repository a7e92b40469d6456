"""One record read and written with the driver alone, on the connection of its transaction.

Recording one event is what a person waits for. SQLAlchemy's statements cost more there than the guideline does, so
they are compiled once to the driver's own text, with SQLAlchemy's own conversions of values, and run on the driver's
cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import Executable

from pathway import events
from pathway.alerts import Kept
from pathway.events import Advanced, Event
from pathway.protocol import Protocol
from pathway.store import chain, tables
from pathway.store.chain import EMPTY, Head
from pathway.store.derived import Derived
from pathway.store.records import OWN, Held, upsert

Convert = Callable[[Any], Any]


class Prepared(NamedTuple):
    """A statement in a driver's own words, and how its values are handed over."""

    sql: str
    names: tuple[str, ...]
    converts: tuple[Convert | None, ...]
    positional: bool
    constants: Mapping[str, Any] = MappingProxyType({})
    """Values that are the statement's own."""
    results: tuple[Convert | None, ...] = ()
    """How the values of each column are read."""

    def values(self, given: Mapping[str, Any]) -> Any:
        """The parameters as the driver wants them."""
        found = [
            value if convert is None or value is None else convert(value)
            for value, convert in zip(self._given(given), self.converts, strict=True)
        ]
        return tuple(found) if self.positional else dict(zip(self.names, found, strict=True))

    def many(self, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> list[Any]:
        """The parameters of many executions, given as rows of these columns."""
        given = dict(zip(columns, zip(*rows, strict=True), strict=True))
        whole = _converted([given[name] for name in self.names], self.converts)
        return list(whole) if self.positional else [dict(zip(self.names, row, strict=True)) for row in whole]

    def read(self, rows: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """Many rows that the driver fetched, as they are meant."""
        return _converted(list(zip(*rows, strict=True)), self.results)

    def _given(self, given: Mapping[str, Any]) -> list[Any]:
        if self.constants:
            return [self.constants[name] if name in self.constants else given[name] for name in self.names]
        return [given[name] for name in self.names]


def _converted(columns: list[Sequence[Any]], converts: Sequence[Convert | None]) -> Iterator[tuple[Any, ...]]:
    """Rows, from their columns: a column is converted as a whole, each of its values once."""
    for place, convert in enumerate(converts if columns else ()):
        if convert is not None:
            each = {value: None if value is None else convert(value) for value in set(columns[place])}
            columns[place] = [each[value] for value in columns[place]]
    return zip(*columns, strict=True)


def prepare(statement: Any, dialect: Dialect, columns: list[str] | None = None) -> Prepared:
    """A statement compiled for the driver; an insert of these columns, where they are named."""
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    names = tuple(compiled.positiontup or compiled.binds)
    converts = tuple(compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names)
    read = tuple(
        column.type.dialect_impl(dialect).result_processor(dialect, None)
        for column in getattr(statement, "selected_columns", ())
    )
    return Prepared(compiled.string, names, converts, bool(compiled.positiontup), results=read)


_OWED = tuple(Kept._fields)
_EVENT = [column.name for column in tables.event.c if column.name != "seq"]
_HEAD = ["record_id", "count", "hash", "mac"]
_PATIENT = [column.name for column in tables.patient.c]
_STEADY = tuple(name for name in _PATIENT if name not in ("last_on", "version"))
"""What an event seldom changes, in the order of the table."""


class Statements:
    """Every statement of the path, prepared for one kind of database."""

    def __init__(self, connection: Connection) -> None:
        dialect = connection.dialect
        record = (
            select(tables.record.c.id, tables.chain_head.c.count, tables.chain_head.c.hash)
            .outerjoin(tables.chain_head, tables.chain_head.c.record_id == tables.record.c.id)
            .where(tables.record.c.sender == OWN, tables.record.c.mrn == bindparam("mrn"))
        )
        self.lock = (
            _with_constants(
                select(tables.record.c.id)
                .where(tables.record.c.sender == OWN, tables.record.c.mrn == bindparam("mrn"))
                .with_for_update(key_share=True),
                dialect,
            )
            if dialect.name == "postgresql"
            else None
        )
        """By itself, and first: a statement that waited for the lock would still read the head as it was before."""
        whose = tables.patient.c.record_id == bindparam("record")
        of_record = tables.event.c.record_id == bindparam("record")
        owed = tables.obligation.c
        self.record = _with_constants(record, dialect)
        self.bodies = prepare(
            select(tables.event.c.body, tables.event.c.protocol_version).where(of_record).order_by(tables.event.c.seq),
            dialect,
        )
        self.owed = prepare(
            select(*(owed[name] for name in _OWED)).where(owed.record_id == bindparam("record")), dialect
        )
        self.append = prepare(insert(tables.event), dialect, _EVENT)
        self.keep = prepare(insert(tables.obligation), dialect, ["record_id", *_OWED, "look_on"])
        self.forget = prepare(
            delete(tables.obligation).where(
                owed.record_id == bindparam("record"),
                owed.rule == bindparam("rule"),
                owed.event_id == bindparam("event"),
            ),
            dialect,
        )
        self.head = prepare(_replacing(connection, tables.chain_head, _HEAD), dialect, _HEAD)
        self.patient = prepare(_replacing(connection, tables.patient, _PATIENT), dialect, _PATIENT)
        self.standing = prepare(select(*(tables.patient.c[name] for name in _STEADY)).where(whose), dialect)
        self.moved = prepare(
            update(tables.patient).where(whose).values(last_on=bindparam("day"), version=bindparam("count")), dialect
        )


def _replacing(connection: Connection, table: Any, columns: list[str]) -> Executable:
    statement = upsert(connection, table)
    found: Executable = statement.on_conflict_do_update(
        index_elements=["record_id"],
        set_={name: statement.excluded[name] for name in columns if name != "record_id"},
    )
    return found


def _with_constants(statement: Any, dialect: Dialect) -> Prepared:
    """A statement whose own constants are written into its text: only what is bound is handed over."""
    compiled = statement.compile(dialect=dialect)
    constants = {name: bind.value for name, bind in compiled.binds.items() if bind.value is not None}
    prepared = prepare(statement, dialect)
    return prepared._replace(constants=constants)


_known: dict[str, Statements] = {}
"""By the database's dialect."""


class Driver:
    """The driver's cursor on a transaction's connection."""

    def __init__(self, connection: Connection) -> None:
        name = connection.dialect.name
        if name not in _known:
            _known[name] = Statements(connection)
        self.statements = _known[name]
        self.cursor = connection.connection.cursor()

    def _run(self, prepared: Prepared, **given: Any) -> Any:
        self.cursor.execute(prepared.sql, prepared.values(given))
        return self.cursor

    def hold(self, mrn: str) -> Held | None:
        """A record with its events, kept from other writers until the transaction ends."""
        if self.statements.lock is not None:
            self._run(self.statements.lock, mrn=mrn)
        found = self._run(self.statements.record, mrn=mrn).fetchone()
        if found is None:
            return None
        record_id, count, head = found
        held = Held(record_id, [], Head(count, head) if count else EMPTY, {})
        for body, version in self._run(self.statements.bodies, record=record_id).fetchall():
            event = events.decode(body)
            held.events.append(event)
            if type(event) is Advanced:
                held.judged_by[event.id] = version
        return held

    def append(
        self, held: Held, mrn: str, event: Event, *, now: datetime, protocol: Protocol, key: bytes | None
    ) -> None:
        """Append one event to its record's chain, and move the head."""
        body = events.body(event)
        position = held.head.length + 1
        head = Head(position, chain.link(held.head.hash, position, now, protocol.version, body))
        self._run(
            self.statements.append,
            record_id=held.id,
            event_id=event.id,
            type=event.type,
            on_day=event.on,
            recorded_at=event.recorded_at,
            stored_at=now,
            author=event.by,
            body=body,
            content_hash=events.content_hash(event),
            protocol_version=protocol.version,
            position=position,
            hash=head.hash,
        )
        mac = chain.seal(key, chain.scope_of(mrn), head)
        self._run(self.statements.head, record_id=held.id, count=head.length, hash=head.hash, mac=mac)

    def save(self, found: Derived) -> None:
        """Write what is derived of the record, its obligations only where they differ."""
        record_id = found.patient["record_id"]
        keep = self.statements.keep
        order = [keep.names.index(name) for name in _OWED] if keep.positional else []
        standing = {tuple(row) for row in self._run(self.statements.owed, record=record_id).fetchall()}
        wanted: dict[tuple[Any, ...], Kept] = {}
        for one in found.owed:
            values = keep.values({"record_id": record_id, **one._asdict(), "look_on": one.opens_on})
            raw = tuple(values[place] for place in order) if keep.positional else tuple(values[name] for name in _OWED)
            wanted[raw] = one
        for raw in standing - wanted.keys():
            self._run(self.statements.forget, record=record_id, rule=raw[0], event=raw[1])
        for raw in wanted.keys() - standing:
            self._run(keep, record_id=record_id, **wanted[raw]._asdict(), look_on=wanted[raw].opens_on)
        whole = self.statements.patient
        steady = tuple(
            value if convert is None or value is None else convert(value)
            for name, convert in zip(whole.names, whole.converts, strict=True)
            if name in _STEADY
            for value in (found.patient[name],)
        )
        if self._run(self.statements.standing, record=record_id).fetchone() == steady:
            # most events leave her where she is: no index but that of the day is touched
            day, count = found.patient["last_on"], found.patient["version"]
            self._run(self.statements.moved, record=record_id, day=day, count=count)
        else:
            self._run(whole, **found.patient)
