"""What a look of the scheduler reads and writes: which obligations it has to look at, and what was seen of them.

All of it is found by indexes, so that it costs what is due and not what is stored; what there may be a thousand of goes
through the driver's own statements. Every function takes the connection of its transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, text, update

from pathway.alerts import Kept
from pathway.store import tables
from pathway.store.driver import Prepared, prepare
from pathway.store.records import PAGE, upsert


class Threshold(NamedTuple):
    """A day that an obligation of a record has passed. The five fields are its unique key."""

    day: date
    record_id: int
    rule: str
    event_id: str
    threshold: str


Seen = dict[tuple[Any, ...], date]
"""Of a threshold (record, rule, event, which) the day of the last look that saw it."""
Moved = tuple[int, str, str, date | None]
"""An obligation (record, rule, event), and the day on which it has to be looked at next."""

_owed, _sighting, _look = tables.obligation.c, tables.sighting.c, tables.look.c
_IN_SPAN = and_(_owed.look_on > bindparam("after"), _owed.look_on <= bindparam("until"))
_SIGHTING = [*Threshold._fields, "look_id"]
_MOVED = ["its_record", "its_rule", "its_event", "next"]


class _Statements(NamedTuple):
    """What is asked and written of each obligation that is due, prepared for one kind of database."""

    due: Prepared
    hold: Prepared
    seen: Prepared
    see: Prepared
    move: Prepared


def _prepared(connection: Connection) -> _Statements:
    due = select(_owed.record_id, *(_owed[name] for name in Kept._fields)).where(_IN_SPAN)
    theirs = (_sighting[name] == _owed[name] for name in ("record_id", "rule", "event_id"))
    seen_ = _SEEN.join_from(tables.sighting, tables.obligation, and_(*theirs)).join(
        tables.look, _look.id == _sighting.look_id
    )
    move = (
        update(tables.obligation)
        .where(
            _owed.record_id == bindparam("its_record"),
            _owed.rule == bindparam("its_rule"),
            _owed.event_id == bindparam("its_event"),
        )
        .values(look_on=bindparam("next"))
    )
    dialect = connection.dialect
    return _Statements(
        prepare(due, dialect),
        # Who is writing a row now has the later word: it is left to the next look, and nobody waits for another.
        prepare(due.with_for_update(skip_locked=True), dialect),
        prepare(seen_.where(_IN_SPAN), dialect),
        prepare(upsert(connection, tables.sighting).on_conflict_do_nothing(), dialect, _SIGHTING),
        prepare(move, dialect),
    )


_SEEN = select(_sighting.record_id, _sighting.rule, _sighting.event_id, _sighting.threshold, _look.day)
_known: dict[str, _Statements] = {}
"""By the database's dialect."""


def _statements(connection: Connection) -> _Statements:
    name = connection.dialect.name
    if name not in _known:
        _known[name] = _prepared(connection)
    return _known[name]


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


def due(connection: Connection, *, after: date, until: date, hold: bool) -> list[tuple[int, Kept]]:
    """What has to be looked at in a span of days, with its record; kept from other writers with `hold`."""
    statements = _statements(connection)
    rows = _read(connection, statements.hold if hold else statements.due, after=after, until=until)
    return [(row[0], Kept._make(row[1:])) for row in rows]


def seen(connection: Connection, *, after: date, until: date) -> Seen:
    """What earlier looks saw of that which has to be looked at in a span of days."""
    return _latest(_read(connection, _statements(connection).seen, after=after, until=until))


_SEEN_OF = _SEEN.join_from(tables.sighting, tables.look, _look.id == _sighting.look_id).where(
    _sighting.record_id.in_(bindparam("ids", expanding=True))
)


def seen_of(connection: Connection, ids: Sequence[int]) -> Seen:
    """What earlier looks saw of some records."""
    pages = (list(ids[start : start + PAGE]) for start in range(0, len(ids), PAGE))
    return _latest(tuple(row) for page in pages for row in connection.execute(_SEEN_OF, {"ids": page}))


def _read(connection: Connection, asked: Prepared, **given: date) -> Iterator[tuple[Any, ...]]:
    cursor = connection.connection.cursor()
    cursor.execute(asked.sql, asked.values(given))
    return asked.read(cursor.fetchall())


def _latest(rows: Iterator[tuple[Any, ...]]) -> Seen:
    found: Seen = {}
    for row in rows:
        key, day = row[:-1], row[-1]
        if key not in found or found[key] < day:
            found[key] = day
    return found


# --- writing ---

_BEGIN = insert(tables.look).returning(_look.id)
_FOUND = update(tables.look).where(_look.id == bindparam("this")).values(found=bindparam("count"))
_FORGET = delete(tables.look).where(
    _look.found == 0, _look.id == select(func.max(_look.id)).where(_look.id < bindparam("this")).scalar_subquery()
)


def begin(connection: Connection, *, day: date, now: datetime) -> int:
    """A look, alone: another waits until this transaction ends, and then reads what it wrote.

    (SQLite has one writer at a time anyway. Whoever records is not waited for, and does not wait.)
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE look IN SHARE ROW EXCLUSIVE MODE"))
    return int(connection.execute(_BEGIN, {"day": day, "looked_at": now, "found": 0}).scalar_one())


def save(connection: Connection, look_id: int, unseen: Sequence[Threshold], moved: Sequence[Moved]) -> None:
    """Record what a look saw, in that order, and when each obligation has to be looked at next."""
    statements = _statements(connection)
    cursor = connection.connection.cursor()
    if unseen:
        see = statements.see
        cursor.executemany(see.sql, see.many(_SIGHTING, [(*one, look_id) for one in unseen]))
        connection.execute(_FOUND, {"this": look_id, "count": len(unseen)})
    if moved:
        cursor.executemany(statements.move.sql, statements.move.many(_MOVED, moved))
    # of looks that found nothing only the last says anything: that somebody looked
    connection.execute(_FORGET, {"this": look_id})
