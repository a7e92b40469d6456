"""Records and their events: found, locked, loaded, appended. Every function takes the connection of its transaction."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from pathway import events
from pathway.events import Event
from pathway.protocol import Protocol
from pathway.store import tables

OWN = ""
"""The sender of what this unit records itself."""
PAGE = 500
"""Records read at a time when all of them are walked: memory stays flat."""


class Known(NamedTuple):
    """A record as loaded: its id, and its events in order of arrival."""

    id: int
    events: list[Event]


def upsert(connection: Connection, table: Any) -> Any:
    """An INSERT that can say `on_conflict_do_nothing()`, in the words of this database."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def content_hash(event: Event) -> str:
    """What two events of one id must share to be the same event."""
    return hashlib.sha256(events.content(event).encode()).hexdigest()


def find(connection: Connection, mrn: str, *, lock: bool = False) -> int | None:
    """The record of an MRN; `lock` keeps other writers from it until the transaction ends (SQLite locks the whole)."""
    query = select(tables.record.c.id).where(tables.record.c.sender == OWN, tables.record.c.mrn == mrn)
    if lock and connection.dialect.name == "postgresql":
        query = query.with_for_update()
    found = connection.execute(query).scalar()
    return None if found is None else int(found)


def create(connection: Connection, mrn: str) -> int:
    """A new record, and the person it is of; the key in her addresses is random. The one there already, if there is
    one.
    """
    found = find(connection, mrn, lock=True)
    if found is not None:
        return found
    person = connection.execute(insert(tables.person).values(key=new_key()).returning(tables.person.c.id)).scalar_one()
    made = connection.execute(
        upsert(connection, tables.record)
        .values(person_id=person, sender=OWN, mrn=mrn)
        .on_conflict_do_nothing()
        .returning(tables.record.c.id)
    ).scalar()
    if made is None:  # somebody else registered her a moment ago
        found = find(connection, mrn, lock=True)
        assert found is not None
        return found
    return int(made)


def new_key() -> str:
    """A key for addresses: random, without meaning, safe in a URL."""
    return secrets.token_urlsafe(12)


_BODIES = (
    select(tables.event.c.body).where(tables.event.c.record_id == bindparam("record")).order_by(tables.event.c.seq)
)


def load(connection: Connection, record_id: int) -> list[Event]:
    """A record's events in order of arrival."""
    return [events.decode(body) for (body,) in connection.execute(_BODIES, {"record": record_id})]


def load_many(connection: Connection, mrns: Sequence[str]) -> dict[str, Known]:
    """The records of several MRNs with their events, locked where the database locks rows."""
    query = select(tables.record.c.id, tables.record.c.mrn).where(
        tables.record.c.sender == OWN, tables.record.c.mrn.in_(mrns)
    )
    if connection.dialect.name == "postgresql":
        query = query.order_by(tables.record.c.id).with_for_update()
    ids = {int(id_): str(mrn) for id_, mrn in connection.execute(query)}
    found = {mrn: Known(id_, []) for id_, mrn in ids.items()}
    if ids:
        rows = connection.execute(
            select(tables.event.c.record_id, tables.event.c.body)
            .where(tables.event.c.record_id.in_(ids))
            .order_by(tables.event.c.seq)
        )
        for record_id, body in rows:
            found[ids[record_id]].events.append(events.decode(body))
    return found


def row(record_id: int, event: Event, *, now: datetime, protocol: Protocol, position: int) -> dict[str, Any]:
    """An event as it is stored. `position` is its place in the record's chain, from 1."""
    return {
        "record_id": record_id,
        "event_id": event.id,
        "type": event.type,
        "on_day": event.on,
        "recorded_at": event.recorded_at,
        "stored_at": now,
        "author": event.by,
        "body": events.body(event),
        "content_hash": content_hash(event),
        "protocol_version": protocol.version,
        "position": position,
    }


def append(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Append events; the store's own sequence is their order of arrival."""
    if rows:
        connection.execute(insert(tables.event), list(rows))


def keep_protocol(connection: Connection, protocol: Protocol, *, now: datetime) -> None:
    """Store the protocol whole the first time it decides anything."""
    connection.execute(
        upsert(connection, tables.protocol)
        .values(version=protocol.version, text=protocol.text, site=protocol.site, first_used_at=now)
        .on_conflict_do_nothing()
    )


def attempted(
    connection: Connection,
    record_id: int,
    event: Event,
    refusal: str,
    findings: Sequence[dict[str, str]],
    *,
    now: datetime,
    protocol: Protocol,
) -> None:
    """Keep a refused step apart, for audit; the same attempt refused for the same reasons is kept once."""
    body = events.body(event)
    connection.execute(
        upsert(connection, tables.attempt)
        .values(
            record_id=record_id,
            on_day=event.on,
            stored_at=now,
            author=event.by,
            body=body,
            refusal=refusal,
            findings=json.dumps(findings, ensure_ascii=False),
            fingerprint=hashlib.sha256(f"{events.content(event)}\n{refusal}".encode()).hexdigest(),
            protocol_version=protocol.version,
        )
        .on_conflict_do_nothing()
    )


class Whole(NamedTuple):
    """One record with everything stored of it."""

    id: int
    mrn: str
    key: str
    rows: list[Any]


def every(connection: Connection) -> Iterator[Whole]:
    """Every record with its event rows in order of arrival, a page at a time, in order of MRN."""
    last = None
    while True:
        query = (
            select(tables.record.c.id, tables.record.c.mrn, tables.person.c.key)
            .join(tables.person, tables.person.c.id == tables.record.c.person_id)
            .where(tables.record.c.sender == OWN)
            .order_by(tables.record.c.mrn)
            .limit(PAGE)
        )
        if last is not None:
            query = query.where(tables.record.c.mrn > last)
        page = connection.execute(query).all()
        if not page:
            return
        rows: dict[int, list[Any]] = {record_id: [] for record_id, _, _ in page}
        for found in connection.execute(
            select(tables.event).where(tables.event.c.record_id.in_(rows)).order_by(tables.event.c.seq)
        ):
            rows[found.record_id].append(found)
        for record_id, mrn, key in page:
            yield Whole(record_id, mrn, key, rows[record_id])
        last = page[-1].mrn


def histories(connection: Connection) -> Iterator[tuple[Whole, list[Event]]]:
    """Every record with its events decoded."""
    for whole in every(connection):
        yield whole, [events.decode(found.body) for found in whole.rows]


def key_of(connection: Connection, record_id: int) -> str:
    """The key that stands in a patient's addresses."""
    return str(
        connection.execute(
            select(tables.person.c.key)
            .join(tables.record, tables.record.c.person_id == tables.person.c.id)
            .where(tables.record.c.id == record_id)
        ).scalar_one()
    )


def by_key(connection: Connection, key: str) -> tuple[int, str] | None:
    """The record behind a key, and its MRN."""
    found = connection.execute(
        select(tables.record.c.id, tables.record.c.mrn)
        .join(tables.person, tables.person.c.id == tables.record.c.person_id)
        .where(tables.person.c.key == key)
        .order_by(tables.record.c.id)
    ).first()
    return None if found is None else (int(found.id), str(found.mrn))


def count_events(connection: Connection, record_ids: Iterable[int]) -> dict[int, int]:
    """How many events each record has: its version."""
    counted = connection.execute(
        select(tables.event.c.record_id, func.count())
        .where(tables.event.c.record_id.in_(list(record_ids)))
        .group_by(tables.event.c.record_id)
    )
    return {int(record_id): int(count) for record_id, count in counted}


def last_look(connection: Connection) -> datetime | None:
    """The instant of the scheduler's last look."""
    found = connection.execute(select(tables.look.c.looked_at).order_by(tables.look.c.id.desc()).limit(1)).scalar()
    return found if isinstance(found, datetime) else None
