"""Lists read from the derived rows: patients, and what is owed to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, and_, bindparam, func, or_, select, union_all

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


_BEHIND = union_all(  # asked for in an order, or for each once, SQLite would walk through all of them
    *(
        select(tables.patient.c.record_id, tables.patient.c.version).where(one)
        for one in (
            tables.patient.c.last_on > bindparam("day"),
            tables.patient.c.protocol_version < bindparam("protocol"),
            tables.patient.c.protocol_version > bindparam("protocol"),
        )
    )
)


def behind(connection: Connection, day: date, protocol: Protocol) -> dict[int, int]:
    """The records whose derived rows do not speak for a day: an event lies after it, or another protocol derived
    them. Each with its version; three indexed questions.
    """
    rows = connection.execute(_BEHIND, {"day": day, "protocol": protocol.version})
    return {int(id_): int(version) for id_, version in rows}


def to_derive(connection: Connection, protocol: Protocol) -> list[int]:
    """The records that another protocol derived, or none; every record is looked at."""
    query = (
        select(tables.record.c.id)
        .outerjoin(tables.patient, tables.patient.c.record_id == tables.record.c.id)
        .where(
            or_(
                tables.patient.c.record_id.is_(None),
                tables.patient.c.protocol_version != protocol.version,
            )
        )
        .order_by(tables.record.c.id)
    )
    return [int(id_) for id_ in connection.execute(query).scalars()]


class Pressing(NamedTuple):
    """One obligation in a list, with the patient it is owed to."""

    owed: Kept
    name: str
    state: str
    since: date
    site: str | None
    version: int
    mrn: str
    key: str


def _pages() -> tuple[Any, ...]:
    """Urgent, routine, urgent but snoozed, snoozed: each in order of due dates, by index."""
    owed = tables.obligation.c
    day: BindParameter[date] = bindparam("day")
    about = (tables.patient.c[name] for name in ("name", "state", "since", "site", "version"))
    base = (
        select(*(owed[name] for name in Kept._fields), *about, tables.record.c.mrn, tables.person.c.key)
        .join(tables.patient, tables.patient.c.record_id == owed.record_id)
        .join(tables.record, tables.record.c.id == owed.record_id)
        .join(tables.person, tables.person.c.id == tables.record.c.person_id)
        .order_by(owed.due_on, owed.rule, owed.record_id)
        .limit(bindparam("room"))
    )
    urgent = and_(owed.urgent_on.is_not(None), owed.urgent_on <= day)
    quiet = or_(owed.urgent_on.is_(None), owed.urgent_on > day)
    held_quiet, held_urgent = owed.snoozed_until > day, owed.snoozed_until_if_urgent > day
    return (
        base.where(urgent, or_(owed.snoozed_until_if_urgent.is_(None), owed.snoozed_until_if_urgent <= day)),
        base.where(quiet, or_(owed.snoozed_until.is_(None), owed.snoozed_until <= day)),
        base.where(urgent, held_urgent),
        base.where(quiet, held_quiet),
    )


_PAGES = _pages()
_PAGES_OF_ONE = tuple(query.where(tables.obligation.c.owner == bindparam("owner")) for query in _PAGES)


def page(connection: Connection, day: date, *, owner: str | None, limit: int) -> list[Pressing]:
    """The obligations that press most on a day, with their patients: urgent ones first, then by due date; snoozed last.

    Four indexed questions, each asked only where the one before left room: no list is ever sorted as a whole.
    """
    width = len(Kept._fields)
    found: list[Pressing] = []
    for query in _PAGES if owner is None else _PAGES_OF_ONE:
        room = limit - len(found)
        if not room:
            break
        asked = {"day": day, "room": room} if owner is None else {"day": day, "room": room, "owner": owner}
        rows = connection.execute(query, asked)
        found += [Pressing(Kept(*row[:width]), *row[width:]) for row in rows]
    return found


def any_behind(connection: Connection, day: date, protocol: Protocol) -> bool:
    """Whether some derived row does not speak for a day: two indexed questions."""
    derived = tables.patient.c
    query = select(
        select(derived.record_id).where(derived.last_on > day).limit(1).scalar_subquery(),
        select(func.min(derived.protocol_version)).scalar_subquery(),
        select(func.max(derived.protocol_version)).scalar_subquery(),
    )
    later, lowest, highest = connection.execute(query).one()
    return later is not None or any(found not in (None, protocol.version) for found in (lowest, highest))


def recorded(connection: Connection) -> tuple[int, int]:
    """How many patients there are, and how many events of theirs: grows with every append, in whatever order the
    appends were committed.
    """
    derived = tables.patient.c
    query = select(func.count(), func.coalesce(func.sum(derived.version), 0)).select_from(tables.patient)
    patients_, events = connection.execute(query).one()
    return int(patients_), int(events)


def versions(connection: Connection) -> dict[int, int]:
    """How many events each record has."""
    derived = tables.patient.c
    return {int(id_): int(version) for id_, version in connection.execute(select(derived.record_id, derived.version))}
