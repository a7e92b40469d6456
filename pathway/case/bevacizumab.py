"""Bevacizumab: the days on which it was given or has to be taken for given, and whether it runs (G3)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from pathway.case.case import DAY, Case
from pathway.case.therapy import cycles_of, next_start, stops_of
from pathway.events import (
    Event,
    SystemicStarted,
)

BIOLOGIC_WITH_HOLD = "bevacizumab"


class Dose(NamedTuple):
    """A day on which bevacizumab was given, or has to be taken for given; and the fact that says so."""

    on: date
    event: Event


def bevacizumab_doses(case: Case) -> list[Dose]:
    """Every day on which bevacizumab was given or has to be taken for given (G3), whatever the line and its
    intent.
    """
    found: list[Dose] = []
    for start in case.starts:
        if start.biologic == BIOLOGIC_WITH_HOLD:
            found += _doses_of(case, start)
    return found


def _doses_of(case: Case, start: SystemicStarted) -> list[Dose]:
    stops = stops_of(case, start)
    following = next_start(case, start)
    first_stop = stops[0].on if stops else date.max
    found = [
        Dose(cycle.on, cycle)
        for cycle in cycles_of(case, start)
        if cycle.biologic_given or (cycle.biologic_given is None and cycle.on <= first_stop)
    ]
    found += [Dose(stop.last_dose, stop) for stop in stops if stop.last_dose is not None]
    end = stops[0] if stops else following
    if end is None:
        return found or [Dose(start.on, start)]
    within = case.numbers.bevacizumab_dose_within_days * DAY
    stated = any(stop.last_dose is not None for stop in stops if stop.on == first_stop)
    if not stated and not any(end.on - within <= dose.on <= end.on for dose in found):
        found.append(Dose(end.on, end))
    return found


def last_bevacizumab(case: Case) -> Dose | None:
    return max(bevacizumab_doses(case), key=lambda dose: dose.on, default=None)


def bevacizumab_runs(case: Case) -> bool:
    """The latest therapy has it, and it is not stopped, or was given after the stop."""
    if not case.starts or case.starts[-1].biologic != BIOLOGIC_WITH_HOLD:
        return False
    stops = stops_of(case, case.starts[-1])
    if not stops:
        return True
    return any(cycle.biologic_given and cycle.on > stops[-1].on for cycle in case.cycles)
