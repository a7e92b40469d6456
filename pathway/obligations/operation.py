"""Around the operation: bevacizumab, fresh imaging, the second stage (G3, X10, E2)."""

from __future__ import annotations

from pathway.case import DAY
from pathway.case.bevacizumab import bevacizumab_runs, last_bevacizumab
from pathway.case.operation import is_first_stage, liver_plans, owner_of, stage_of, standing_plans
from pathway.criteria import Sentence
from pathway.dates import say
from pathway.events import LIVER
from pathway.journey import Journey
from pathway.obligations.obligation import ALWAYS, Found, Obligation
from pathway.states import OPEN, State


def bevacizumab_hold(journey: Journey) -> Found:
    """G3: bevacizumab stops six weeks before an operation, whatever is operated on."""
    case = journey.case
    if case.state not in OPEN or not bevacizumab_runs(case):
        return
    numbers = case.numbers
    for plan in standing_plans(case):
        due = plan.planned_for - numbers.bevacizumab_hold_days * DAY
        yield Obligation(
            "bevacizumab_hold",
            due - numbers.bevacizumab_hold_opens_days_before * DAY,
            due,
            plan,
            Sentence(
                "Operation planned for {}: last bevacizumab by {}, {} days before; record the stop",
                (plan.planned_for, due, numbers.bevacizumab_hold_days),
            ),
        )


def bevacizumab_conflict(journey: Journey) -> Found:
    """G3: a dose lies too late before a planned day."""
    case = journey.case
    if case.state not in OPEN:
        return
    dose = last_bevacizumab(case)
    if dose is None:
        return
    safe = dose + case.numbers.bevacizumab_hold_days * DAY
    for plan in standing_plans(case):
        if safe > plan.planned_for:
            day = max(plan.on, dose)
            yield Obligation(
                "bevacizumab_conflict",
                day,
                day,
                plan,
                Sentence(
                    "Operation planned for {}, last bevacizumab {}: the first safe day is {}. Move the operation",
                    (plan.planned_for, dose, safe),
                ),
                ALWAYS,
            )


def stale_before_surgery(journey: Journey) -> Found:
    """X10: imaging and ECOG are fresh on the day of the operation."""
    case = journey.case
    if case.state is not State.RESECTION:
        return
    numbers = case.numbers
    scans = [one for one in case.imaging if one.modality != "ultrasound"]
    for plan in liver_plans(case):
        oldest = plan.planned_for - numbers.stale_days * DAY
        stale = [
            f"{words} of {say(events[-1].on)}" if events else f"{words} not recorded"
            for words, events in (("imaging", scans), ("ECOG", case.performance))
            if not events or events[-1].on < oldest
        ]
        if stale:
            said = " and ".join(stale)
            said = said[0].upper() + said[1:]
            day, most = plan.planned_for, numbers.stale_days
            due = plan.planned_for - numbers.stale_due_days_before * DAY
            yield Obligation(
                "stale_before_surgery",
                plan.on,
                due,
                plan,
                Sentence("{} would be older than {} days at the operation on {}: renew by {}", (said, most, day, due))
                if scans and case.performance
                else Sentence(
                    "{}: record by {} what is at most {} days old at the operation on {}", (said, due, most, day)
                ),
            )


def second_stage(journey: Journey) -> Found:
    """E2: a first stage is followed by the second, or by the word that it is given up."""
    case = journey.case
    if case.state is not State.RESECTION:
        return
    stay = case.stays[-1]
    own = [operation for operation in case.operations if owner_of(case, operation) is stay]
    firsts = [operation for operation in own if is_first_stage(operation)]
    if not firsts:
        return
    ended = [event.on for event in own if event.procedure == "two_stage" and stage_of(event) != 1]
    ended += [event.on for event in case.cancelled if event.procedure is None or event.procedure in LIVER]
    for first in firsts:
        if any(day >= first.on for day in ended):
            continue
        planned = next((plan for plan in liver_plans(case) if stage_of(plan) != 1), None)
        due = planned.planned_for if planned else first.on + case.numbers.second_stage_due_days * DAY
        yield Obligation(
            "second_stage", first.on, due, first, Sentence("First stage on {}: second stage by {}", (first.on, due))
        )
