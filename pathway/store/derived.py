"""What is derived from a record's events, kept in rows: where she stands, and what is owed.

Written in the transaction of the event, diffed, and rebuilt from the events by `pathway verify --rebuild`. It holds
for every day from her last event on, since what is owed follows from the history alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from pathway.alerts import Kept, kept
from pathway.history import History
from pathway.journey import walk
from pathway.protocol import Protocol
from pathway.store import tables
from pathway.store.records import upsert

PAGE = 500


class Derived(NamedTuple):
    """What follows from one record's events under a protocol."""

    patient: dict[str, Any]
    owed: list[Kept]


def derive(
    record_id: int, history: History, protocol: Protocol, *, judged_by: dict[str, Protocol] | None = None
) -> Derived | None:
    """A record's derived rows as of its last event; None where nobody is registered."""
    registered = history.registered
    if registered is None:
        return None
    last_on = max(history.order[-1].on, registered.on)
    journey = walk(history, last_on, protocol, judged_by=judged_by)
    assert journey is not None
    case = journey.case
    patient = {
        "record_id": record_id,
        "name": registered.name,
        "name_folded": registered.name.casefold(),
        "birth_date": registered.birth_date,
        "registered_on": registered.on,
        "state": case.state.value,
        "since": case.since,
        "owner": case.navigator,
        "site": registered.site,
        "last_on": last_on,
        "version": len(history.events),
        "protocol_version": protocol.version,
    }
    return Derived(patient, kept(journey))


_OWED = select(tables.obligation).where(tables.obligation.c.record_id.in_(bindparam("ids", expanding=True)))
_FORGET = delete(tables.obligation).where(
    tables.obligation.c.record_id == bindparam("record"),
    tables.obligation.c.rule == bindparam("its_rule"),
    tables.obligation.c.event_id == bindparam("its_event"),
)
_KEEP = insert(tables.obligation)


def owed(connection: Connection, ids: Sequence[int]) -> dict[int, list[Kept]]:
    """What is kept of the obligations of some records."""
    found: dict[int, list[Kept]] = {id_: [] for id_ in ids}
    for row in connection.execute(_OWED, {"ids": list(ids)}):
        found[row.record_id].append(kept_of(row))
    return found


def kept_of(row: Any) -> Kept:
    """What is kept of an obligation, from its row."""
    return Kept(*(getattr(row, name) for name in Kept._fields))


def save(connection: Connection, found: Iterable[Derived], *, fresh: Sequence[int] = ()) -> int:
    """Write what is derived, only where it differs from what stands; how many rows of obligations changed.

    `fresh` names records that were just made: nothing stands of them yet.
    """
    derived = list(found)
    made = set(fresh)
    known = [one.patient["record_id"] for one in derived if one.patient["record_id"] not in made]
    standing: dict[int, list[Kept]] = {}
    for start in range(0, len(known), PAGE):
        standing |= owed(connection, known[start : start + PAGE])
    gone: list[dict[str, Any]] = []
    new: list[dict[str, Any]] = []
    for one in derived:
        record_id = one.patient["record_id"]
        before, after = set(standing.get(record_id, ())), set(one.owed)
        gone += [
            {"record": record_id, "its_rule": old.rule, "its_event": old.event_id}
            for old in sorted(before - after, key=_order)
        ]
        new += [
            {"record_id": record_id, **row._asdict(), "look_on": row.opens_on}
            for row in sorted(after - before, key=_order)
        ]
    if gone:
        connection.execute(_FORGET, gone)
    if new:
        connection.execute(_KEEP, new)
    if derived:
        statement = upsert(connection, tables.patient)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["record_id"],
                set_={name: statement.excluded[name] for name in derived[0].patient if name != "record_id"},
            ),
            [one.patient for one in derived],
        )
    return len(gone) + len(new)


def look_anew(connection: Connection, ids: Sequence[int]) -> None:
    """Let the scheduler look once more at all that some records owe; what it has seen it does not raise again."""
    owed_ = tables.obligation
    connection.execute(update(owed_).where(owed_.c.record_id.in_(ids)).values(look_on=owed_.c.opens_on))


def _order(one: Kept) -> tuple[str, str]:
    return one.rule, one.event_id


def drop_strays(connection: Connection, record_id: int) -> None:
    """Take away whatever is derived of a record from which nothing follows."""
    connection.execute(delete(tables.obligation).where(tables.obligation.c.record_id == record_id))
    connection.execute(delete(tables.patient).where(tables.patient.c.record_id == record_id))
