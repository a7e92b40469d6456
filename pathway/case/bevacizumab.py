"""Bevacizumab: the days on which it was given or has to be taken for given, and whether it runs (G3)."""

from __future__ import annotations

from datetime import date

from pathway.case.case import DAY, Case
from pathway.events import SystemicStarted

BIOLOGIC_WITH_HOLD = "bevacizumab"


def bevacizumab_doses(case: Case) -> list[date]:
    """Every day on which bevacizumab was given or has to be taken for given (G3), whatever the line and its
    intent.
    """
    found: list[date] = []
    for start in case.starts:
        if start.biologic == BIOLOGIC_WITH_HOLD:
            found += _doses_of(case, start)
    return found


def _doses_of(case: Case, start: SystemicStarted) -> list[date]:
    following = next((other for other in case.starts if other.on > start.on), None)
    until = following.on if following is not None else date.max
    stops = [stop for stop in case.stops if start.on < stop.on <= until]
    first_stop = stops[0].on if stops else date.max
    found = [
        cycle.on
        for cycle in case.cycles
        if start.on <= cycle.on < until
        and (cycle.biologic_given or (cycle.biologic_given is None and cycle.on <= first_stop))
    ]
    found += [stop.last_dose for stop in stops if stop.last_dose is not None]
    end = stops[0] if stops else following
    if end is None:
        return found or [start.on]
    within = case.numbers.bevacizumab_dose_within_days * DAY
    stated = any(stop.last_dose is not None for stop in stops if stop.on == first_stop)
    if not stated and not any(end.on - within <= dose <= end.on for dose in found):
        found.append(end.on)
    return found


def last_bevacizumab(case: Case) -> date | None:
    return max(bevacizumab_doses(case), default=None)


def bevacizumab_runs(case: Case) -> bool:
    """The latest therapy (of its day one of them) has it, and it is not stopped, or was given after the stop."""
    if not case.starts:
        return False
    begun = case.starts[-1].on
    if not any(start.biologic == BIOLOGIC_WITH_HOLD for start in case.starts if start.on == begun):
        return False
    stops = [stop for stop in case.stops if stop.on > begun]
    return not stops or any(cycle.biologic_given and cycle.on > stops[-1].on for cycle in case.cycles)
