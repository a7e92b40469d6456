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
        heads = _Heads(connection, store.key)
        roll = EMPTY
        for whole in records.every(connection):
            expected = chain.roll_link(roll.hash, roll.length + 1, whole.mrn)
            if whole.position != roll.length + 1:
                yield ROLL, f"place {roll.length + 1} is missing: a patient was removed before {whole.mrn}"
            elif whole.hash != expected:
                yield whole.mrn, "she is not who was entered at her place in the roll of patients"
            roll = Head(whole.position, whole.hash)
            yield from ((whole.mrn, problem) for problem in _of_record(connection, whole, heads, protocol))
        yield from ((ROLL, problem) for problem in heads.of_roll(roll))


class _Heads:
    """The anchored heads, a page ahead of nobody: each is asked for once."""

    def __init__(self, connection: Connection, key: bytes | None) -> None:
        self.connection = connection
        self.key = key

    def of(self, whole: records.Whole, found: Head) -> Iterator[str]:
        """What is wrong with the head of a record whose events lead to `found`."""
        row = self.connection.execute(
            select(tables.chain_head).where(tables.chain_head.c.record_id == whole.id)
        ).one_or_none()
        if row is None:
            yield "the head of her chain is missing"
            return
        if (row[1], row.hash) != found:
            yield f"her chain is anchored at {row[1]} events, and {found.length} are there or they differ"
        yield from self._sealed(row, chain.scope_of(whole.mrn), Head(int(row[1]), row.hash))

    def of_roll(self, found: Head) -> Iterator[str]:
        """What is wrong with the head of the roll."""
        row = self.connection.execute(select(tables.roll)).one_or_none()
        if row is None:
            if found != EMPTY:
                yield "its head is missing"
            return
        if (row[1], row.hash) != found:
            yield f"it is anchored at {row[1]} patients and ends at place {found.length}: one was removed or added"
        yield from self._sealed(row, chain.ROLL, Head(int(row[1]), row.hash))

    def _sealed(self, row: Any, scope: str, head: Head) -> Iterator[str]:
        if self.key is None:
            return
        if row.mac is None:
            yield "its head was never sealed: it was written without PATHWAY_KEY"
        elif not hmac.compare_digest(row.mac, chain.seal(self.key, scope, head) or ""):
            yield "the seal of its head is not ours: it was changed by somebody without the key"


def _of_record(connection: Connection, whole: records.Whole, heads: _Heads, protocol: Protocol) -> Iterator[str]:
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
        if (event.id, event.on, event.type) != (row.event_id, row.on_day, row.type):
            yield f"event {row.event_id} differs from its own columns"
        known.append(event)
    yield from heads.of(whole, head)
    if not broken:
        yield from _derived(connection, whole, known, protocol)


def _derived(
    connection: Connection, whole: records.Whole, known: list[events.Event], protocol: Protocol
) -> Iterator[str]:
    versions = {row.event_id: row.protocol_version for row in whole.rows if row.type == "advanced"}
    try:
        judged = protocols.judged_by(connection, versions, protocol)
        follows = derived.derive(whole.id, History.of(known), protocol, version=len(known), judged_by=judged)
    except (PathwayError, LookupError, ValueError) as error:
        yield f"her history does not replay: {type(error).__name__}"
        return
    if follows is None:
        yield "no registration is left of her"
        return
    row = connection.execute(select(tables.patient).where(tables.patient.c.record_id == whole.id)).one_or_none()
    if row is None:
        yield "what is derived of her is missing; `pathway verify --rebuild` derives it anew"
        return
    if row.protocol_version != protocol.version:
        return  # derived under an earlier protocol: `pathway protocol --adopt` brings it up to date
    for name, value in follows.patient.items():
        if getattr(row, name) != value:
            yield f"her derived {name.replace('_', ' ')} differs from her history"
    stored = set(derived.owed(connection, [whole.id])[whole.id])
    for one in sorted(stored ^ set(follows.owed), key=lambda one: (one.rule, one.event_id)):
        side = "is stored and does not follow from her history" if one in stored else "follows and is not stored"
        yield f"what is owed, {one.rule} due {one.due_on}, {side}"


def rebuild(store: Store, *, protocol: Protocol) -> int:
    """Derive everything anew from the events, a page of patients a transaction; how many obligations changed.

    It can be stopped and run again.
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
            last = page[-1]


PAGE = 200


def rederive_page(connection: Connection, ids: list[int], *, protocol: Protocol) -> int:
    """Derive some records anew; how many obligations changed."""
    rows = []
    for whole, known, versions in records.histories(connection, only=ids):
        judged = protocols.judged_by(connection, versions, protocol)
        one = derived.derive(whole.id, History.of(known), protocol, version=len(known), judged_by=judged)
        if one is None:
            derived.drop_strays(connection, whole.id)
        else:
            rows.append(one)
    return derived.save(connection, rows)
