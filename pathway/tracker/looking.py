"""A look at what is owed: each threshold that was passed is recorded once, and counted.

An obligation opens, falls due, goes overdue, or becomes urgent, each on a day that follows from the history. A look
records what was passed by its day and not seen before, in order of days; run twice, or after a week of sleep, it
raises nothing twice. What was met in between is not owed any more and is not raised; neither is what is snoozed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from pathway.alerts import SNOOZED, Kept, kept, seen
from pathway.case import DAY
from pathway.journey import walk
from pathway.protocol import Protocol
from pathway.store import Store, lists, protocols, records, tables

OPENED, DUE, OVERDUE, BECAME_URGENT = "opened", "due", "overdue", "urgent"
IN_ORDER = (OPENED, DUE, OVERDUE, BECAME_URGENT)
"""How the thresholds of one day follow each other."""


class Threshold(NamedTuple):
    """A day that an obligation of a record has passed. The five fields are its unique key."""

    day: date
    record_id: int
    rule: str
    event_id: str
    threshold: str


def passed(owed: Kept, day: date, record_id: int) -> Iterator[Threshold]:
    """The thresholds that an obligation has passed by a day. None lies before it opens: until then nobody is told."""
    days = {
        OPENED: owed.opens_on,
        DUE: max(owed.opens_on, owed.due_on),
        OVERDUE: max(owed.opens_on, owed.due_on + DAY),
    }
    if owed.urgent_on is not None:
        days[BECAME_URGENT] = max(owed.opens_on, owed.urgent_on)
    for threshold, reached in days.items():
        if reached <= day:
            yield Threshold(reached, record_id, owed.rule, owed.event_id, threshold)


def look(store: Store, *, day: date, now: datetime, protocol: Protocol) -> Counter[tuple[str, str]]:
    """Record what was passed by `day` and not seen before; how many of each rule and threshold.

    The histories are read and replayed outside the writing transaction: nobody who records waits for it.
    """
    with store.read() as connection:
        known = _known(connection)
        unseen = sorted((one for one in passed_by(connection, day, protocol) if one not in known), key=_order)
    new: Counter[tuple[str, str]] = Counter()
    with store.write() as connection:
        look_id = connection.execute(
            insert(tables.look).values(day=day, looked_at=now, found=0).returning(tables.look.c.id)
        ).scalar_one()
        for one in unseen:
            recorded = connection.execute(
                records.upsert(connection, tables.sighting)
                .values(**one._asdict(), look_id=look_id)
                .on_conflict_do_nothing()  # another process looked at the same time
                .returning(tables.sighting.c.id)
            )
            if recorded.first() is not None:
                new[one.rule, one.threshold] += 1
        if new:
            connection.execute(update(tables.look).where(tables.look.c.id == look_id).values(found=new.total()))
        # of looks that found nothing only the last says anything: that somebody looked
        connection.execute(delete(tables.look).where(tables.look.c.found == 0, tables.look.c.id < look_id))
    return new


def passed_by(connection: Connection, day: date, protocol: Protocol) -> Iterator[Threshold]:
    """Every threshold passed by a day and still owed: from the derived rows, and by replay where they do not hold."""
    replayed = lists.behind(connection, day, protocol)
    passed_over = set(replayed)
    for record_id, mrn, one in lists.opened(connection, day):
        if record_id not in passed_over and seen(one, mrn, day)["status"] != SNOOZED:
            yield from passed(one, day, record_id)
    for told in protocols.histories(connection, protocol, only=replayed):
        journey = walk(told.history, day, protocol, judged_by=told.judged_by)
        for one in kept(journey) if journey else ():
            if seen(one, told.whole.mrn, day)["status"] != SNOOZED:
                yield from passed(one, day, told.whole.id)


def _known(connection: Connection) -> set[Threshold]:
    """What earlier looks saw."""
    columns = [tables.sighting.c[name] for name in Threshold._fields]
    return {Threshold(*row) for row in connection.execute(select(*columns))}


def _order(one: Threshold) -> tuple[date, int, str, str, int]:
    return (one.day, one.record_id, one.rule, one.event_id, IN_ORDER.index(one.threshold))
