"""Lines of therapy: what belongs to one, and whether it runs (contract: how facts are read)."""

from __future__ import annotations

from datetime import date

from pathway.case.case import DAY, Case
from pathway.case.reading import Reading, latest, order
from pathway.events import (
    CycleGiven,
    SystemicStarted,
)

RESPONSES = ("complete", "partial", "stable", "progression")


def next_start(case: Case, start: SystemicStarted) -> SystemicStarted | None:
    """The therapy that follows, of any intent."""
    place = case.starts.index(start)
    return case.starts[place + 1] if place + 1 < len(case.starts) else None


def line_end(case: Case, line: SystemicStarted) -> date:
    """The day a line gives way to the next therapy or a liver operation; far ahead while it is the last."""
    following = next_start(case, line)
    ends = [] if following is None else [following.on]
    ends += [operation.on for operation in case.operations if operation.on >= line.on]
    return min(ends, default=date.max)


def cycles_of(case: Case, start: SystemicStarted) -> list[CycleGiven]:
    """The cycles from a start until the next one; a cycle on the day of a start is that start's."""
    following = next_start(case, start)
    until = following.on if following else date.max
    return [cycle for cycle in case.cycles if start.on <= cycle.on < until]


def response_after(case: Case, after: date, until: date = date.max) -> Reading | None:
    """The worst response of the latest day with one, after a day."""
    return latest(case.imaging, "response", since=after + DAY, until=until, by=order(RESPONSES))


def running_on(case: Case, day: date) -> bool:
    """Whether a line was running on a day: begun by then, and neither stopped nor followed by another or an
    operation.
    """
    return any(
        not any(stop.what == "all" and line.on < stop.on <= day for stop in case.stops)
        for line in case.starts
        if line.intent != "adjuvant" and line.on <= day < line_end(case, line)
    )
