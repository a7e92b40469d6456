"""What an auditor runs: every chain followed, every history replayed, every derived row compared. Memory stays flat.

It names a row edited, deleted or inserted, a patient removed, and a derived row that differs. What it cannot find is
said in docs/decisions/0009-tamper-evidence.md.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from pathway import events
from pathway.errors import PathwayError
from pathway.history import History
from pathway.protocol import Protocol
from pathway.store import Store, chain, derived, protocols, records, tables
from pathway.store.chain import EMPTY, Head

Difference = tuple[str, str]
"""Of whom (an MRN, or `the roll of patients`), and what differs."""
ROLL = "the roll of patients"


def differences(store: Store, *, protocol: Protocol) -> Iterator[Difference]:
    """Everything that differs from what was recorded or follows from it; nothing where all is well."""
    with store.read() as connection:
        roll = EMPTY
        for page in records.pages(connection):
            stored = _Stored(connection, page, protocol, store.key)
            for whole in page:
                if whole.position != roll.length + 1:
                    yield ROLL, f"place {roll.length + 1} is missing: a patient was removed before {whole.mrn}"
                elif whole.hash != chain.roll_link(roll.hash, whole.position, whole.mrn):
                    yield whole.mrn, "she is not who was entered at her place in the roll of patients"
                roll = Head(whole.position, whole.hash)
                yield from ((whole.mrn, problem) for problem in _of_record(whole, stored))
        yield from ((ROLL, problem) for problem in _of_roll(connection, roll, store.key))


class _Stored:
    """What is stored of a page of records beside their events."""

    def __init__(
        self, connection: Connection, page: list[records.Whole], protocol: Protocol, key: bytes | None
    ) -> None:
        self.connection = connection
        self.protocol = protocol
        self.key = key
        ids = [whole.id for whole in page]

        def by_record(table: Any) -> dict[int, Any]:
            return {row.record_id: row for row in connection.execute(select(table).where(table.c.record_id.in_(ids)))}

        self.heads = by_record(tables.chain_head)
        self.patients = by_record(tables.patient)
        self.owed = derived.owed(connection, ids)


def _of_roll(connection: Connection, found: Head, key: bytes | None) -> Iterator[str]:
    """What is wrong with the head of the roll, whose records lead to `found`."""
    row = connection.execute(select(tables.roll)).one_or_none()
    if row is None:
        if found != EMPTY:
            yield "its head is missing"
        return
    head = Head(int(row[1]), row.hash)
    if head != found:
        yield f"it is anchored at {head.length} patients and ends at place {found.length}: one was removed or added"
    yield from _sealed(row.mac, chain.ROLL, head, key)


def _sealed(mac: str | None, scope: str, head: Head, key: bytes | None) -> Iterator[str]:
    if key is None:
        return
    if mac is None:
        yield "its head was never sealed: it was written without PATHWAY_KEY"
    elif not hmac.compare_digest(mac, chain.seal(key, scope, head) or ""):
        yield "the seal of its head is not ours: it was changed by somebody without the key"


def _of_record(whole: records.Whole, stored: _Stored) -> Iterator[str]:
    known: list[events.Event] = []
    head = EMPTY
    broken = False
    for row in whole.rows:
        if row.position != head.length + 1:
            yield f"event {head.length + 1} of her record is missing"
        elif row.hash != chain.link(head.hash, row.position, row.stored_at, row.protocol_version, row.body):
            broken = True
            yield f"event {row.event_id} (place {row.position}) is not what was recorded, or was put in later"
        head = Head(row.position, row.hash)
        try:
            event = events.decode(row.body)
        except ValueError:
            yield f"event {row.event_id} cannot be read"
            return
        said = (event.id, event.on, event.type, event.by, event.recorded_at, events.content_hash(event))
        if said != (row.event_id, row.on_day, row.type, row.author, row.recorded_at, row.content_hash):
            yield f"event {row.event_id} differs from its own columns"
        known.append(event)
    yield from _of_head(whole, head, stored)
    if not broken:
        yield from _of_derived(whole, known, stored)


def _of_head(whole: records.Whole, found: Head, stored: _Stored) -> Iterator[str]:
    """What is wrong with the head of a record whose events lead to `found`."""
    row = stored.heads.get(whole.id)
    if row is None:
        yield "the head of her chain is missing"
        return
    head = Head(int(row[1]), row.hash)
    if head != found:
        yield f"her chain is anchored at {head.length} events, and {found.length} are there or they differ"
    yield from _sealed(row.mac, chain.scope_of(whole.mrn), head, stored.key)


def _of_derived(whole: records.Whole, known: list[events.Event], stored: _Stored) -> Iterator[str]:
    protocol = stored.protocol
    try:
        judged = protocols.judged_by(stored.connection, whole.versions, protocol)
        follows = derived.derive(whole.id, History.of(known), protocol, judged_by=judged)
    except (PathwayError, LookupError, ValueError) as error:
        yield f"her history does not replay: {type(error).__name__}"
        return
    if follows is None:
        yield "no registration is left of her"
        return
    row = stored.patients.get(whole.id)
    if row is None:
        yield "what is derived of her is missing; `pathway verify --rebuild` derives it anew"
        return
    if row.protocol_version != protocol.version:
        return  # derived under an earlier protocol: `pathway protocol --adopt` brings it up to date
    for name, value in follows.patient.items():
        if getattr(row, name) != value:
            yield f"her derived {name.replace('_', ' ')} differs from her history"
    standing = set(stored.owed[whole.id])
    for one in sorted(standing ^ set(follows.owed), key=lambda one: (one.rule, one.event_id)):
        side = "is stored and does not follow from her history" if one in standing else "follows and is not stored"
        yield f"what is owed, {one.rule} due {one.due_on}, {side}"


def rebuild(store: Store, *, protocol: Protocol) -> int:
    """Derive everything anew from the events, a page of patients a transaction; how many obligations changed.

    It can be stopped and run again. The scheduler then looks at everything once more, and raises nothing twice.
    """
    changed = 0
    last = 0
    while True:
        with store.write() as connection:
            page = [
                int(id_)
                for id_ in connection.execute(
                    select(tables.record.c.id).where(tables.record.c.id > last).order_by(tables.record.c.id).limit(PAGE)
                ).scalars()
            ]
            if not page:
                return changed
            changed += rederive_page(connection, page, protocol=protocol)
            derived.look_anew(connection, page)
            last = page[-1]


PAGE = 200


def rederive_page(connection: Connection, ids: list[int], *, protocol: Protocol) -> int:
    """Derive some records anew; how many obligations changed."""
    records.lock_ids(connection, ids)
    rows = []
    for told in protocols.histories(connection, protocol, only=ids):
        one = derived.derive(told.whole.id, told.history, protocol, judged_by=told.judged_by)
        if one is None:
            derived.drop_strays(connection, told.whole.id)
        else:
            rows.append(one)
    return derived.save(connection, rows)
