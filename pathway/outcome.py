"""What came of a patient: the group on the survival chart, and whether the disease came back (H5, K1-K3).

It decides nothing. The guideline's figures are for colorectal metastases, so nobody else is in a group.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NamedTuple

from pathway.advice import classification
from pathway.case import Case
from pathway.case.operation import MARGINS, Operation, operation_of
from pathway.case.reading import latest, order
from pathway.case.six_months import lines_before
from pathway.events import Died, Event, Withdrawn


class Group(StrEnum):
    """Whose survival the guideline gives a figure for."""

    CONVERTED = "survival_converted"
    """Initially unresectable, then resected R0 (K1); from the operation."""
    PERIOPERATIVE = "survival_perioperative"
    """Resectable, operated, with chemotherapy before or after it (K2); from the operation."""
    CHEMOTHERAPY_ALONE = "survival_chemotherapy_alone"
    """Initially unresectable and never operated on the liver (K3); from the first line."""


class Outcome(NamedTuple):
    """How it went, as far as is known by the day asked."""

    group: Group | None
    since: date | None
    """From when the group's time counts."""
    operated_on: date | None
    """The first operation on the liver that was completed: its last day."""
    recurred_on: date | None
    """The first recurrence after it."""
    sites: tuple[str, ...]
    """Where that was."""
    resected_again: bool
    died_on: date | None
    last_seen: date
    """The last day on which anything is known of the patient: a patient who left is followed until then."""


def outcome(case: Case) -> Outcome:
    """What came of a patient."""
    first = operation_of(case, case.operations[0]) if case.operations else None
    done = first if first is not None and first.done else None
    group, since = _group(case, first, done)
    back = [event for event in case.recurrences if done is not None and event.on >= done.last]
    died = [event.on for event in case.ended if isinstance(event, Died)]
    left = [event.on for event in case.ended if isinstance(event, Withdrawn)]
    news = case.last_fact[0].on if case.last_fact else case.registered.on
    return Outcome(
        group,
        since,
        done.last if done else None,
        back[0].on if back else None,
        tuple(sorted({site for event in back if event.on == back[0].on for site in event.sites})),
        bool(back) and any(event.on > back[0].on for event in case.operations),
        min(died, default=None),
        max([news, case.since, *left]),
    )


def _group(case: Case, first: Operation | None, done: Operation | None) -> tuple[Group | None, date | None]:
    if case.primary != "colorectal":
        return None, None
    unresectable = _initially_unresectable(case)
    if unresectable is None:
        return None, None
    lines = [start for start in case.starts if start.intent != "adjuvant"]
    if first is None:
        return (Group.CHEMOTHERAPY_ALONE, lines[0].on) if unresectable and lines else (None, None)
    if done is None:
        return None, None
    if unresectable:
        return (Group.CONVERTED, done.last) if _margin(case, done) == "R0" else (None, None)
    following = _next_operation(case, done)
    after = any(start.intent == "adjuvant" and done.last <= start.on < following for start in case.starts)
    if lines_before(case, done) or after:
        return Group.PERIOPERATIVE, done.last
    return None, None


def _initially_unresectable(case: Case) -> bool | None:
    """B1-B3 of the disease before its first treatment, whatever came later."""
    begun = [events[0].on for events in (case.starts, case.locoregional, case.operations) if events]
    until = min(begun, default=date.max)
    then = Case(case.registered, case.protocol)
    then.imaging = [event for event in case.imaging if event.on <= until]
    then.volumetry = [event for event in case.volumetry if event.on <= until]
    return classification(then).initially_unresectable


def _next_operation(case: Case, operation: Operation) -> date:
    return next((event.on for event in case.operations if event.on > operation.last), date.max)


def _margin(case: Case, operation: Operation) -> str | None:
    """The margin of one operation: its latest word before the next one."""
    until = _next_operation(case, operation)
    found: list[Event] = [event for event in operation.events if event.margin is not None]
    found += [event for event in case.pathology if operation.first <= event.on < until]
    found.sort(key=lambda event: event.on)
    reading = latest(found, "margin", by=order(MARGINS))
    return str(reading.value) if reading else None
