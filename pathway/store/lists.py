"""Lists read from the derived rows: patients, and what is owed to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, or_, select

from pathway.alerts import Kept
from pathway.protocol import Protocol
from pathway.store import tables
from pathway.store.derived import kept_of

_PATIENTS = (
    select(tables.patient, tables.record.c.mrn, tables.person.c.key)
    .join(tables.record, tables.record.c.id == tables.patient.c.record_id)
    .join(tables.person, tables.person.c.id == tables.record.c.person_id)
)


def patients(connection: Connection) -> Iterator[Any]:
    """Every derived patient with her MRN and key."""
    yield from connection.execute(_PATIENTS)


def owed_by_record(connection: Connection) -> dict[int, list[Kept]]:
    """All that is owed, by record."""
    found: dict[int, list[Kept]] = {}
    for row in connection.execute(select(tables.obligation)):
        found.setdefault(row.record_id, []).append(kept_of(row))
    return found


def opened(connection: Connection, day: date) -> Iterator[tuple[int, str, Kept]]:
    """What has opened by a day, with the record and its MRN."""
    query = (
        select(tables.obligation, tables.record.c.mrn)
        .join(tables.record, tables.record.c.id == tables.obligation.c.record_id)
        .where(tables.obligation.c.opens_on <= day)
    )
    for row in connection.execute(query):
        yield row.record_id, row.mrn, kept_of(row)


def behind(connection: Connection, day: date, protocol: Protocol) -> list[int]:
    """The records whose derived rows do not speak for a day: an event lies after it, or another protocol derived
    them.
    """
    query = (
        select(tables.record.c.id)
        .outerjoin(tables.patient, tables.patient.c.record_id == tables.record.c.id)
        .where(
            or_(
                tables.patient.c.record_id.is_(None),
                tables.patient.c.last_on > day,
                tables.patient.c.protocol_version != protocol.version,
            )
        )
        .order_by(tables.record.c.id)
    )
    return [int(id_) for id_ in connection.execute(query).scalars()]
