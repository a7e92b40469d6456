"""Operations and their plans: to which stay one belongs, whether it is done, what is planned (E2, G3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from pathway.case.case import Case, Stay
from pathway.case.reading import Reading, latest, latest_of, order
from pathway.events import (
    LIVER,
    Event,
    SurgeryPerformed,
    SurgeryPlanned,
)
from pathway.states import State

MARGINS = ("R0", "R1", "R2")


class Operation(NamedTuple):
    """The liver operations of one stay, which are one; or one that stands for itself."""

    events: tuple[SurgeryPerformed, ...]
    done: bool

    @property
    def first(self) -> date:
        return self.events[0].on

    @property
    def last(self) -> date:
        return self.events[-1].on


def kind_of(procedure: str | None) -> str:
    """What is operated on: the liver (also where a cancellation names nothing), the primary, or something else."""
    return "liver" if procedure is None or procedure in LIVER else procedure


def stage_of(event: SurgeryPlanned | SurgeryPerformed) -> int:
    """The stage of an operation; left out, it is the first."""
    return event.stage or 1


def is_first_stage(event: SurgeryPlanned | SurgeryPerformed) -> bool:
    return event.procedure == "two_stage" and stage_of(event) == 1


def owner_of(case: Case, operation: SurgeryPerformed) -> Stay | None:
    """The stay in resection that an operation belongs to.

    The one in whose days it falls; else the one that began with `taken_over` after it, where it is the last
    operation before it and no recurrence and no line lies between.
    """
    for stay in case.stays:
        if stay.holds(operation.on):
            return stay
    taken_over = next((stay for stay in case.stays if stay.taken_over and operation.on < stay.entered), None)
    if taken_over is None or any(operation.on < other.on < taken_over.entered for other in case.operations):
        return None
    between: Iterable[Event] = (*case.recurrences, *(start for start in case.starts if start.intent != "adjuvant"))
    return None if any(operation.on < event.on <= taken_over.entered for event in between) else taken_over


def _of_stay(case: Case, stay: Stay) -> Operation | None:
    events = tuple(operation for operation in case.operations if owner_of(case, operation) is stay)
    if not events:
        return None
    staged = [event for event in events if event.procedure == "two_stage"]
    return Operation(events, not staged or any(stage_of(event) != 1 for event in staged))


def present_operation(case: Case) -> Operation | None:
    """The operation that the present state is about: of this stay while in resection, else the last one."""
    if case.state is State.RESECTION:
        return _of_stay(case, case.stays[-1])
    return operation_of(case, latest_of(case.operations)) if case.operations else None


def operation_of(case: Case, event: SurgeryPerformed) -> Operation:
    """The operation that one surgery is part of. One in no stay stands for itself, and is done unless a stay
    followed.
    """
    stay = owner_of(case, event)
    if stay is not None:
        found = _of_stay(case, stay)
        assert found is not None
        return found
    return Operation((event,), not any(other.entered >= event.on for other in case.stays))


def present_margin(case: Case) -> Reading | None:
    """The latest margin of the last operation, all of its surgeries; pathology comes days later and counts, also where
    it alone is on record.
    """
    operation = present_operation(case)
    operated = operation.first if operation else case.operated_on or date.min
    found: list[Event] = [event for event in case.operations if event.on >= operated and event.margin is not None]
    found += [event for event in case.pathology if event.on >= operated]
    found.sort(key=lambda event: event.on)
    return latest(found, "margin", by=order(MARGINS))


def standing_plans(case: Case) -> list[SurgeryPlanned]:
    """The plans that stand, the earliest planned day first.

    A plan stands until a later one of its kind and stage, an operation of its kind (a first stage leaves the plan
    for the second), or a cancellation of its kind on a later day.
    """
    newest: dict[tuple[str, int], SurgeryPlanned] = {}
    for plan in case.planned:
        key = kind_of(plan.procedure), stage_of(plan)
        other = newest.get(key)
        if other is None or plan.on > other.on or plan.planned_for < other.planned_for:
            newest[key] = plan
    standing = [plan for (kind, stage), plan in newest.items() if not _plan_ended(case, plan, kind, stage)]
    return sorted(standing, key=lambda plan: (plan.planned_for, plan.id))


def _plan_ended(case: Case, plan: SurgeryPlanned, kind: str, stage: int) -> bool:
    for event in case.surgery:
        if event.on >= plan.on and kind_of(event.procedure) == kind and not (is_first_stage(event) and stage != 1):
            return True
    return any(event.on > plan.on and kind_of(event.procedure) == kind for event in case.cancelled)


def liver_plans(case: Case) -> list[SurgeryPlanned]:
    return [plan for plan in standing_plans(case) if plan.procedure in LIVER]
