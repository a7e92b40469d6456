"""A value is the latest fact that gives it; where facts of one day disagree, the one that allows less counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple


class Reading(NamedTuple):
    """A value and the fact that gives it."""

    value: Any
    event: Any


def order(scale: Sequence[str]) -> Callable[[Any], int]:
    return scale.index


def latest_of(events: Sequence[Any]) -> Any:
    """The latest event; of one day the one with the lowest id."""
    day = max(event.on for event in events)
    return min((event for event in events if event.on == day), key=lambda event: event.id)


def latest(
    events: Sequence[Any],
    field: str,
    *,
    since: date = date.min,
    until: date = date.max,
    by: Callable[[Any], Any] | None = None,
) -> Reading | None:
    """The latest value of a field, from facts in the order of the history; of one day the greatest by `by`, then the
    lowest id.
    """
    best: Reading | None = None
    for event in reversed(events):
        if event.on < since or (best is not None and event.on < best.event.on):
            break
        if event.on > until:
            continue
        value = getattr(event, field)
        if value is None:
            continue
        if best is None:
            best = Reading(value, event)
            continue
        this, other = (by(value), by(best.value)) if by else (value, best.value)
        if this >= other:
            best = Reading(value, event)
    return best


def worst(readings: list[Reading]) -> Reading | None:
    """The greatest value; of equal ones the latest fact."""
    best: Reading | None = None
    for reading in readings:
        if best is None or reading.value >= best.value:
            best = reading
    return best
