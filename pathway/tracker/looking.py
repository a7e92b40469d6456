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

from sqlalchemy import Connection, delete, insert, update

from pathway.alerts import SNOOZED, Kept, kept, seen
from pathway.case import DAY
from pathway.history import History
from pathway.journey import walk
from pathway.protocol import Protocol
from pathway.store import Store, records, tables

OPENED, DUE, OVERDUE, BECAME_URGENT = "opened", "due", "overdue", "urgent"


class Threshold(NamedTuple):
    """A day that an obligation of a record has passed."""

    day: date
    record_id: int
    rule: str
    event_id: str
    threshold: str


def passed(owed: Kept, day: date, record_id: int) -> Iterator[Threshold]:
    """The thresholds that an obligation has passed by a day."""
    days = [(OPENED, owed.opens_on), (DUE, owed.due_on), (OVERDUE, owed.due_on + DAY)]
    if owed.urgent_on is not None:
        days.append((BECAME_URGENT, max(owed.urgent_on, owed.opens_on)))
    for threshold, reached in days:
        if reached <= day:
            yield Threshold(reached, record_id, owed.rule, owed.event_id, threshold)


def look(store: Store, *, day: date, now: datetime, protocol: Protocol) -> Counter[tuple[str, str]]:
    """Record what was passed by `day` and not seen before; how many of each rule and threshold."""
    with store.read() as connection:
        found = sorted(_all_passed(connection, day, protocol))
    new: Counter[tuple[str, str]] = Counter()
    with store.write() as connection:
        look_id = connection.execute(
            insert(tables.look).values(day=day, looked_at=now, found=0).returning(tables.look.c.id)
        ).scalar_one()
        for threshold in found:
            recorded = connection.execute(
                records.upsert(connection, tables.sighting)
                .values(
                    record_id=threshold.record_id,
                    rule=threshold.rule,
                    event_id=threshold.event_id,
                    threshold=threshold.threshold,
                    day=threshold.day,
                    look_id=look_id,
                )
                .on_conflict_do_nothing()
            )
            if recorded.rowcount:
                new[threshold.rule, threshold.threshold] += 1
        if new:
            connection.execute(update(tables.look).where(tables.look.c.id == look_id).values(found=sum(new.values())))
        # of looks that found nothing only the last says anything: that somebody looked
        connection.execute(delete(tables.look).where(tables.look.c.found == 0, tables.look.c.id < look_id))
    return new


def _all_passed(connection: Connection, day: date, protocol: Protocol) -> Iterator[Threshold]:
    for whole, known in records.histories(connection):
        journey = walk(History.of(known), day, protocol)
        if journey is None:
            continue
        for one in kept(journey):
            if seen(one, whole.mrn, day)["status"] != SNOOZED:
                yield from passed(one, day, whole.id)
