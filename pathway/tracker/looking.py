"""A look at what is owed: each threshold that was passed is recorded once, and counted.

An obligation opens, falls due, goes overdue, or becomes urgent, each on a day that follows from the history. A look
records what was passed by its day and not seen before, in order of days; run twice, or after a week of sleep, it
raises nothing twice. What was met in between is not owed any more and is not raised; neither is what is snoozed.

It costs what is due: each obligation says on which day it has to be looked at next (`look_on`).
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection

from pathway.alerts import Kept, kept, quiet_until
from pathway.case import DAY
from pathway.journey import walk
from pathway.protocol import Protocol
from pathway.store import Store, lists, looks, protocols
from pathway.store.looks import Moved, Seen, Threshold

OPENED, DUE, OVERDUE, BECAME_URGENT = "opened", "due", "overdue", "urgent"
IN_ORDER = (OPENED, DUE, OVERDUE, BECAME_URGENT)
"""How the thresholds of one day follow each other."""
STEP = 5_000
"""Obligations looked at in one transaction, or those of one day if there are more: who records waits no longer."""

Found = Counter[tuple[str, str]]
"""How many of each rule and threshold."""


def days(owed: Kept) -> list[tuple[str, date]]:
    """Each threshold with its day. None lies before it opens: until then nobody is told."""
    opens, due, urgent = owed.opens_on, owed.due_on, owed.urgent_on
    found = [(OPENED, opens), (DUE, max(opens, due)), (OVERDUE, max(opens, due + DAY))]
    if urgent is not None:
        found.append((BECAME_URGENT, max(opens, urgent)))
    return found


def passed(owed: Kept, day: date, record_id: int) -> list[Threshold]:
    """The thresholds that an obligation has passed by a day."""
    rule, event_id = owed.rule, owed.event_id
    return [Threshold(reached, record_id, rule, event_id, which) for which, reached in days(owed) if reached <= day]


def look_at(owed: Kept, record_id: int, *, day: date, until: date, known: Seen) -> tuple[list[Threshold], date | None]:
    """What an obligation has passed up to `until` that nobody saw, as it is on `day`; and when to look at it again."""
    quiet = quiet_until(owed, day)
    if quiet is not None:
        # what becomes urgent meanwhile may not be snoozed any more
        return [], min(quiet, owed.urgent_on) if owed.urgent_on is not None and owed.urgent_on > day else quiet
    unseen: list[Threshold] = []
    again: date | None = None
    rule, event_id = owed.rule, owed.event_id
    for which, reached in days(owed):
        if reached > until:
            again = reached if again is None else min(again, reached)
        elif _is_new(reached, known.get((record_id, rule, event_id, which))):
            unseen.append(Threshold(reached, record_id, rule, event_id, which))
    return unseen, again


def _is_new(reached: date, seen_on: date | None) -> bool:
    """Whether a threshold has to be raised: nobody saw it, or its day has moved past the day of the look that did."""
    return seen_on is None or seen_on < reached


def look(store: Store, *, day: date, now: datetime, protocol: Protocol) -> Found:
    """Record what was passed by `day` and not seen before; how many of each rule and threshold.

    The histories are read and replayed outside the writing transaction: nobody who records waits for it. What somebody
    records at this very moment is left to the next look.
    """
    with store.read() as connection:
        replayed = _replay(connection, day, protocol)
    found: Found = Counter()
    after = date.min
    while after < day:
        with store.write() as connection:
            look_id = looks.begin(connection, day=day, now=now)
            until = looks.end_of_step(connection, after=after, day=day, size=STEP)
            span = _Span(after, until, day, protocol)
            unseen, moved = _unseen(connection, span, replayed, hold=True)
            looks.save(connection, look_id, unseen, moved)
        found.update((one.rule, one.threshold) for one in unseen)
        after = until
    return found


def foresee(store: Store, *, day: date, protocol: Protocol) -> Found:
    """What a look on `day` would raise, if nothing were recorded until then. Nothing is written."""
    with store.read() as connection:
        replayed = _replay(connection, day, protocol)
        unseen, _ = _unseen(connection, _Span(date.min, day, day, protocol), replayed, hold=False)
    return Counter((one.rule, one.threshold) for one in unseen)


class _Span(NamedTuple):
    """The days whose thresholds are looked for, and the day on which one asks."""

    after: date
    until: date
    day: date
    protocol: Protocol


class _Replayed(NamedTuple):
    """What the patients passed whose derived rows do not speak for a day, and the version of each that was read."""

    passed: list[Threshold]
    versions: dict[int, int]


def _replay(connection: Connection, day: date, protocol: Protocol) -> _Replayed:
    versions = lists.behind(connection, day, protocol)
    found: list[Threshold] = []
    for told in protocols.histories(connection, protocol, only=list(versions)):
        journey = walk(told.history, day, protocol, judged_by=told.judged_by)
        for one in kept(journey) if journey else ():
            if quiet_until(one, day) is None:
                found += passed(one, day, told.whole.id)
    return _Replayed(found, versions)


def _unseen(
    connection: Connection, span: _Span, replayed: _Replayed, *, hold: bool
) -> tuple[list[Threshold], list[Moved]]:
    """What was passed and not seen, from the derived rows and from what was replayed; and when to look at each row
    again.
    """
    rows = looks.due(connection, after=span.after, until=span.until, hold=hold)
    known = looks.seen(connection, after=span.after, until=span.until) if rows else {}
    behind = lists.behind(connection, span.day, span.protocol)  # asked after the rows: whose row it names is left alone
    unseen: list[Threshold] = []
    moved: list[Moved] = []
    for record_id, owed in rows:
        if record_id not in behind:
            new, again = look_at(owed, record_id, day=span.day, until=span.until, known=known)
            unseen += new
            moved.append((record_id, owed.rule, owed.event_id, again))
    # only of those that nobody changed since they were replayed
    found = [
        one
        for one in replayed.passed
        if span.after < one.day <= span.until and behind.get(one.record_id) == replayed.versions[one.record_id]
    ]
    known = looks.seen_of(connection, sorted({one.record_id for one in found})) if found else {}
    unseen += [one for one in found if _is_new(one.day, known.get(one[1:]))]
    return sorted(unseen, key=_order), moved


def _order(one: Threshold) -> tuple[date, int, str, str, int]:
    return (one.day, one.record_id, one.rule, one.event_id, IN_ORDER.index(one.threshold))
