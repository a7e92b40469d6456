"""The six months of perioperative chemotherapy: what was used before the operation, what is left (G1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from pathway.case.case import DAY, Case
from pathway.case.operation import Operation, present_operation
from pathway.case.therapy import cycles_of, next_start, response_after
from pathway.dates import add_months
from pathway.events import (
    Event,
    SystemicStarted,
)


class Remaining(NamedTuple):
    """What is left of the six months of chemotherapy (G1): days, or None for the whole of them where no line went
    before.
    """

    days: int | None

    @property
    def something(self) -> bool:
        return self.days is None or self.days > 0


def lines_before(case: Case, operation: Operation) -> list[SystemicStarted]:
    """The lines before an operation and after the previous one of another stay, or of none (G1, G2, G4)."""
    if not case.starts:
        return []
    previous = max(
        (other.on for other in case.operations if other.on < operation.first and other not in operation.events),
        default=date.min,
    )
    return [start for start in case.starts if start.intent != "adjuvant" and previous < start.on <= operation.last]


def days_used(case: Case, line: SystemicStarted, lines: Sequence[SystemicStarted], operation: Operation) -> int:
    """The days of treatment that a line counts for (G1).

    To its last stop, else to the next line, else to its last cycle, else to the operation, which ends it; none where
    its last response was progression.
    """
    cut = next(event.on for event in operation.events if event.on >= line.on)
    following = next_start(case, line)
    until = min(cut, following.on) if following is not None else cut
    response = response_after(case, line.on, until)
    if response is not None and response.value == "progression":
        return 0
    stops = [stop.on for stop in case.stops if stop.what == "all" and line.on < stop.on <= until]
    if stops:
        return (stops[-1] - line.on).days
    next_line = next((other for other in lines[lines.index(line) + 1 :]), None)
    if next_line is not None and next_line.on <= cut:
        return (next_line.on - line.on).days
    cycles = [cycle.on for cycle in cycles_of(case, line) if cycle.on <= until]
    return ((cycles[-1] if cycles else cut) - line.on).days


def remaining_months(case: Case, operation: Operation | None) -> Remaining | None:
    """What is left of the six months after an operation; None while it is not done (G1)."""
    if operation is None or not operation.done:
        return None
    months = case.numbers.perioperative_months
    lines = lines_before(case, operation)
    if not lines:
        return Remaining(None)
    whole = (add_months(lines[0].on, months) - lines[0].on).days
    return Remaining(whole - sum(days_used(case, line, lines, operation) for line in lines))


def adjuvant_starts(case: Case, operation: Operation) -> list[SystemicStarted]:
    """The adjuvant therapies begun since an operation."""
    return [start for start in case.starts if start.intent == "adjuvant" and start.on >= operation.last]


def adjuvant_end(case: Case) -> tuple[date, Event] | None:
    """The day on which the six months are complete, and the fact from which it is counted; None while the operation
    is not done, since what is left is not known then (G1).
    """
    operation = present_operation(case)
    remaining = remaining_months(case, operation)
    if operation is None or remaining is None:
        return None
    starts = adjuvant_starts(case, operation)
    begun: Event = starts[0] if starts else case.entered
    if remaining.days is None:
        return add_months(begun.on, case.numbers.perioperative_months), begun
    return begun.on + max(remaining.days, 0) * DAY, begun
