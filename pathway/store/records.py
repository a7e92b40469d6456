"""Records and their events: found, locked, loaded, appended. Every function takes the connection of its transaction."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Text, any_, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from pathway import events
from pathway.errors import Changed
from pathway.events import Advanced, Event
from pathway.protocol import Protocol
from pathway.store import chain, tables
from pathway.store.chain import EMPTY, Head

OWN = ""
"""The sender of what this unit records itself."""
PAGE = 500
"""Records read at a time when all of them are walked: memory stays flat."""


class Held(NamedTuple):
    """A record in a transaction's hand: its id, its events in order of arrival, the head of its chain."""

    id: int
    events: list[Event]
    head: Head
    judged_by: dict[str, str]
    """Of each step the version of the protocol it was taken under."""


def upsert(connection: Connection, table: Any) -> Any:
    """An INSERT that can say `on_conflict_do_nothing()`, in the words of this database."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


# --- loading ---

_HEADS = (
    select(tables.record.c.id, tables.record.c.mrn, tables.chain_head.c.count, tables.chain_head.c.hash)
    .outerjoin(tables.chain_head, tables.chain_head.c.record_id == tables.record.c.id)
    .where(tables.record.c.sender == OWN, tables.record.c.mrn.in_(bindparam("mrns", expanding=True)))
    .order_by(tables.record.c.id)
)
_KNOWN = select(tables.record.c.id).where(
    tables.record.c.sender == OWN,
    tables.record.c.mrn == any_(bindparam("mrns", type_=postgresql.ARRAY(Text))),
)
# key_share: a row that only points to the record (a sighting) neither waits nor is waited for
_LOCKED = _KNOWN.order_by(tables.record.c.id).with_for_update(key_share=True)
_LOCKED_IDS = (
    select(tables.record.c.id)
    .where(tables.record.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(tables.record.c.id)
    .with_for_update(key_share=True)
)
_BODIES = (
    select(tables.event.c.record_id, tables.event.c.body, tables.event.c.protocol_version)
    .where(tables.event.c.record_id.in_(bindparam("ids", expanding=True)))
    .order_by(tables.event.c.seq)
)


def lock(connection: Connection, mrns: Sequence[str]) -> None:
    """Keep other writers from these records until the transaction ends.

    First in a transaction, and once for all that it will write: all take their locks in the order of the ids, so no
    two wait for each other; and a statement that waited for the lock would still read the heads as they were before.
    (SQLite locks the whole database at the beginning of a writing transaction.)
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCKED, {"mrns": list(mrns)})


def lock_ids(connection: Connection, ids: Sequence[int]) -> None:
    """The same by the records' ids."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCKED_IDS, {"ids": list(ids)})


def load(connection: Connection, mrns: Sequence[str]) -> dict[str, Held]:
    """The records of several MRNs with their events."""
    found: dict[str, Held] = {}
    by_id: dict[int, Held] = {}
    for record_id, mrn, count, head in connection.execute(_HEADS, {"mrns": list(mrns)}):
        found[mrn] = by_id[record_id] = Held(record_id, [], Head(count, head) if count else EMPTY, {})
    if by_id:
        for record_id, body, version in connection.execute(_BODIES, {"ids": list(by_id)}):
            held = by_id[record_id]
            event = events.decode(body)
            held.events.append(event)
            if type(event) is Advanced:
                held.judged_by[event.id] = version
    return found


class Whole(NamedTuple):
    """One record with everything stored of it."""

    id: int
    mrn: str
    key: str
    position: int
    hash: str
    rows: list[Any]

    @property
    def versions(self) -> dict[str, str]:
        """Of each step the version of the protocol it was taken under."""
        return {row.event_id: row.protocol_version for row in self.rows if row.type == "advanced"}


def pages(connection: Connection, *, only: Sequence[int] | None = None) -> Iterator[list[Whole]]:
    """Every record (or those named) with its event rows in order of arrival, a page at a time; memory stays flat."""
    wanted = None if only is None else sorted(only)
    last = 0
    while True:
        query = (
            select(tables.record, tables.person.c.key)
            .join(tables.person, tables.person.c.id == tables.record.c.person_id)
            .where(tables.record.c.sender == OWN)
            .order_by(tables.record.c.id)
        )
        if wanted is None:
            query = query.where(tables.record.c.id > last).limit(PAGE)
        else:
            named, wanted = wanted[:PAGE], wanted[PAGE:]
            if not named:
                return
            query = query.where(tables.record.c.id.in_(named))
        page = connection.execute(query).all()
        if not page:
            return
        rows: dict[int, list[Any]] = {found.id: [] for found in page}
        for found in connection.execute(
            select(tables.event).where(tables.event.c.record_id.in_(rows)).order_by(tables.event.c.seq)
        ):
            rows[found.record_id].append(found)
        yield [Whole(found.id, found.mrn, found.key, found.position, found.hash, rows[found.id]) for found in page]
        last = page[-1].id


def key_of(connection: Connection, record_id: int) -> str:
    """The key that stands in a patient's addresses."""
    return str(
        connection.execute(
            select(tables.person.c.key)
            .join(tables.record, tables.record.c.person_id == tables.person.c.id)
            .where(tables.record.c.id == record_id)
        ).scalar_one()
    )


def mrn_of(connection: Connection, key: str) -> str | None:
    """The MRN behind a key."""
    found = connection.execute(
        select(tables.record.c.mrn)
        .join(tables.person, tables.person.c.id == tables.record.c.person_id)
        .where(tables.person.c.key == key)
        .order_by(tables.record.c.id)
    ).scalar()
    return None if found is None else str(found)


# --- appending ---


def create(connection: Connection, mrns: Sequence[str], *, key: bytes | None) -> dict[str, int]:
    """New records, each with its person (whose key in addresses is random), added to the roll of all records.

    Raises Changed where another writer made one of them a moment ago.
    """
    if not mrns:
        return {}
    head = _locked_roll(connection)
    # asked without a lock: whoever holds such a record may be waiting for the roll
    if connection.dialect.name == "postgresql" and connection.execute(_KNOWN, {"mrns": list(mrns)}).first():
        raise Changed("somebody else registered the patient a moment ago: look the MRN up, then enter yours again")
    people = connection.execute(
        insert(tables.person).returning(tables.person.c.id, sort_by_parameter_order=True),
        [{"key": secrets.token_urlsafe(12)} for _ in mrns],
    ).scalars()
    rows = []
    for person_id, mrn in zip(people, mrns, strict=True):
        head = Head(head.length + 1, chain.roll_link(head.hash, head.length + 1, mrn))
        rows.append({"person_id": person_id, "sender": OWN, "mrn": mrn, "position": head.length, "hash": head.hash})
    made = connection.execute(
        insert(tables.record).returning(tables.record.c.id, sort_by_parameter_order=True), rows
    ).scalars()
    connection.execute(
        update(tables.roll)
        .where(tables.roll.c.id == 1)
        .values(count=head.length, hash=head.hash, mac=chain.seal(key, chain.ROLL, head))
    )
    return dict(zip(mrns, made, strict=True))


def _locked_roll(connection: Connection) -> Head:
    connection.execute(
        upsert(connection, tables.roll).values(id=1, count=0, hash=chain.FIRST, mac=None).on_conflict_do_nothing()
    )
    query = select(tables.roll.c.count, tables.roll.c.hash).where(tables.roll.c.id == 1)
    if connection.dialect.name == "postgresql":
        query = query.with_for_update()
    found = connection.execute(query).one()
    return Head(int(found[0]), str(found[1]))


class Appended(NamedTuple):
    """Events to append to one record."""

    record_id: int
    mrn: str
    head: Head
    events: Sequence[Event]


_APPEND = insert(tables.event)


def append(
    connection: Connection, arrived: Iterable[Appended], *, now: datetime, protocol: Protocol, key: bytes | None
) -> None:
    """Append events to their records' chains, and move the heads. The store's sequence is their order of arrival."""
    rows: list[dict[str, Any]] = []
    heads: list[dict[str, Any]] = []
    for one in arrived:
        head = one.head
        for event in one.events:
            body = events.body(event)
            position = head.length + 1
            head = Head(position, chain.link(head.hash, position, now, protocol.version, body))
            rows.append(
                {
                    "record_id": one.record_id,
                    "event_id": event.id,
                    "type": event.type,
                    "on_day": event.on,
                    "recorded_at": event.recorded_at,
                    "stored_at": now,
                    "author": event.by,
                    "body": body,
                    "content_hash": events.content_hash(event),
                    "protocol_version": protocol.version,
                    "position": position,
                    "hash": head.hash,
                }
            )
        mac = chain.seal(key, chain.scope_of(one.mrn), head)
        heads.append({"record_id": one.record_id, "count": head.length, "hash": head.hash, "mac": mac})
    if not rows:
        return
    connection.execute(_APPEND, rows)
    statement = upsert(connection, tables.chain_head)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["record_id"],
            set_={name: statement.excluded[name] for name in ("count", "hash", "mac")},
        ),
        heads,
    )


def keep_protocol(connection: Connection, protocol: Protocol, *, now: datetime) -> None:
    """Store the protocol whole the first time it decides anything."""
    known = connection.execute(
        select(tables.protocol.c.version).where(tables.protocol.c.version == protocol.version)
    ).scalar()
    if known is None:
        connection.execute(
            upsert(connection, tables.protocol)
            .values(version=protocol.version, text=protocol.text, site=protocol.site, first_used_at=now)
            .on_conflict_do_nothing()
        )


def protocol_texts(connection: Connection) -> dict[str, tuple[str, str]]:
    """Every protocol that has decided something: by version its text, and the site's over it."""
    rows = connection.execute(select(tables.protocol))
    return {found.version: (found.text, found.site) for found in rows}


def attempted(
    connection: Connection,
    record_id: int,
    event: Event,
    refusal: str,
    findings: Sequence[Mapping[str, str]],
    *,
    now: datetime,
    protocol: Protocol,
) -> None:
    """Keep a refused step apart, for audit; the same attempt refused for the same reasons is kept once."""
    connection.execute(
        upsert(connection, tables.attempt)
        .values(
            record_id=record_id,
            on_day=event.on,
            stored_at=now,
            author=event.by,
            body=events.body(event),
            refusal=refusal,
            findings=json.dumps(findings, ensure_ascii=False),
            fingerprint=hashlib.sha256(events.content(event) + refusal.encode()).hexdigest(),
            protocol_version=protocol.version,
        )
        .on_conflict_do_nothing()
    )


def last_look(connection: Connection) -> datetime | None:
    """The instant of the scheduler's last look."""
    found = connection.execute(select(tables.look.c.looked_at).order_by(tables.look.c.id.desc()).limit(1)).scalar()
    return found if isinstance(found, datetime) else None
