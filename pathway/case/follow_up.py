"""The follow-up: from when its years count, and what came back untreated (H1, H4)."""

from __future__ import annotations

from datetime import date

from pathway.case.case import Case
from pathway.case.reading import latest_of
from pathway.dates import add_years
from pathway.events import (
    Event,
    Recurrence,
)


def follow_up_start(case: Case) -> tuple[date, Event]:
    """The day from which the five years count, and the fact of that day (H1)."""
    found: list[Event] = [event for event in case.operations if event.on == case.operated_on]
    found += [event for event in case.locoregional if event.residual_disease is False]
    first = latest_of(found) if found else case.entered
    return first.on, first


def follow_up_end(case: Case) -> date:
    return add_years(follow_up_start(case)[0], case.numbers.follow_up_years)


def untreated_recurrences(case: Case) -> list[Recurrence]:
    """The recurrences after which, on a later day, nothing was operated, ablated or begun."""
    if not case.recurrences:
        return []
    treated = last_treated(case)
    return [event for event in case.recurrences if treated is None or treated <= event.on]


def last_treated(case: Case) -> date | None:
    days = [events[-1].on for events in (case.operations, case.locoregional, case.starts) if events]
    return max(days, default=None)
