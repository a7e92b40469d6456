"""What a look of the scheduler reads and writes: which obligations it has to look at, and what was seen of them.

All of it is found by indexes, so that it costs what is due and not what is stored. Every function takes the connection
of its transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, text, update

from pathway.alerts import Kept
from pathway.protocol import Protocol
from pathway.store import tables
from pathway.store.records import PAGE, upsert


class Threshold(NamedTuple):
    """A day that an obligation of a record has passed. The five fields are its unique key."""

    day: date
    record_id: int
    rule: str
    event_id: str
    threshold: str


Seen = dict[tuple[int, str, str, str], date]
"""Of a threshold (record, rule, event, which) the day of the last look that saw it."""


class Moved(NamedTuple):
    """An obligation, and the day on which it has to be looked at next."""

    record_id: int
    rule: str
    event_id: str
    look_on: date | None


_owed, _sighting, _look = tables.obligation.c, tables.sighting.c, tables.look.c
_IN_SPAN = and_(_owed.look_on > bindparam("after"), _owed.look_on <= bindparam("until"))

# --- reading ---

_END = (
    select(_owed.look_on)
    .where(_owed.look_on > bindparam("after"), _owed.look_on <= bindparam("day"))
    .order_by(_owed.look_on)
    .offset(bindparam("size"))
    .limit(1)
)


def end_of_step(connection: Connection, *, after: date, day: date, size: int) -> date:
    """Up to which day a step has to go to look at some `size` obligations and no day by halves; `day` at the most."""
    found = connection.execute(_END, {"after": after, "day": day, "size": size}).scalar()
    return found if isinstance(found, date) else day


# What the patient must be is asked of the rows that are found, never of the index: there she would be one of all.
_DUE = (
    select(_owed.record_id, tables.patient.c.last_on, tables.patient.c.protocol_version)
    .add_columns(*(_owed[name] for name in Kept._fields))
    .join_from(tables.obligation, tables.patient, tables.patient.c.record_id == _owed.record_id)
    .where(_IN_SPAN)
)
# Who is writing them now has the later word: they are left for the next look, and nobody waits for another.
_HELD = _DUE.with_for_update(of=tables.obligation, skip_locked=True)


def due(
    connection: Connection, *, after: date, until: date, day: date, protocol: Protocol, hold: bool
) -> Iterator[tuple[int, Kept]]:
    """What has to be looked at in a span of days, of the patients whose derived rows speak for `day`; kept from other
    writers with `hold`.
    """
    query = _HELD if hold and connection.dialect.name == "postgresql" else _DUE
    for record_id, last_on, version, *kept in connection.execute(query, {"after": after, "until": until}):
        if last_on <= day and version == protocol.version:
            yield record_id, Kept(*kept)


_THEIRS = and_(
    _sighting.record_id == _owed.record_id, _sighting.rule == _owed.rule, _sighting.event_id == _owed.event_id
)
_SEEN = select(_sighting.record_id, _sighting.rule, _sighting.event_id, _sighting.threshold, func.max(_look.day))
_BY = (_sighting.record_id, _sighting.rule, _sighting.event_id, _sighting.threshold)
_SEEN_IN_SPAN = (
    _SEEN.select_from(tables.obligation)
    .join(tables.sighting, _THEIRS)
    .join(tables.look, _look.id == _sighting.look_id)
    .where(_IN_SPAN)
    .group_by(*_BY)
)
_SEEN_OF = (
    _SEEN.select_from(tables.sighting)
    .join(tables.look, _look.id == _sighting.look_id)
    .where(_sighting.record_id.in_(bindparam("ids", expanding=True)))
    .group_by(*_BY)
)


def seen(connection: Connection, *, after: date, until: date) -> Seen:
    """What earlier looks saw of that which has to be looked at in a span of days."""
    return _seen(connection.execute(_SEEN_IN_SPAN, {"after": after, "until": until}))


def seen_of(connection: Connection, ids: Sequence[int]) -> Seen:
    """What earlier looks saw of some records."""
    found: Seen = {}
    for start in range(0, len(ids), PAGE):
        found |= _seen(connection.execute(_SEEN_OF, {"ids": list(ids[start : start + PAGE])}))
    return found


def _seen(rows: Iterable[Any]) -> Seen:
    return {(record_id, rule, event_id, which): day for record_id, rule, event_id, which, day in rows}


# --- writing ---


def begin(connection: Connection, *, day: date, now: datetime) -> int:
    """A look, alone: another waits until this transaction ends, and then reads what it wrote.

    (SQLite has one writer at a time anyway. Whoever records is not waited for, and does not wait.)
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE look IN SHARE ROW EXCLUSIVE MODE"))
    made = connection.execute(insert(tables.look).values(day=day, looked_at=now, found=0).returning(_look.id))
    return int(made.scalar_one())


_MOVE = (
    update(tables.obligation)
    .where(
        _owed.record_id == bindparam("its_record"),
        _owed.rule == bindparam("its_rule"),
        _owed.event_id == bindparam("its_event"),
    )
    .values(look_on=bindparam("next"))
)


def save(connection: Connection, look_id: int, unseen: Sequence[Threshold], moved: Sequence[Moved]) -> None:
    """Record what a look saw, in that order, and when each obligation has to be looked at next."""
    if unseen:
        statement = upsert(connection, tables.sighting).on_conflict_do_nothing()
        connection.execute(statement, [{**one._asdict(), "look_id": look_id} for one in unseen])
        connection.execute(update(tables.look).where(_look.id == look_id).values(found=len(unseen)))
    if moved:
        connection.execute(
            _MOVE,
            [dict(zip(("its_record", "its_rule", "its_event", "next"), one, strict=True)) for one in moved],
        )
    # of looks that found nothing only the last says anything: that somebody looked
    before = select(func.max(_look.id)).where(_look.id < look_id).scalar_subquery()
    connection.execute(delete(tables.look).where(_look.id == before, _look.found == 0))
