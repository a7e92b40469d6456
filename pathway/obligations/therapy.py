"""While therapy runs: reassessment, and the remnant measured again (C6, E1)."""

from __future__ import annotations

from datetime import date

from pathway.case import DAY, Case, latest_of
from pathway.case.operation import is_first_stage
from pathway.case.therapy import response_after
from pathway.criteria import Sentence
from pathway.dates import add_months
from pathway.events import Event, SurgeryPerformed, TakenOver
from pathway.journey import Journey
from pathway.obligations.decision import line_here
from pathway.obligations.obligation import ALWAYS, Found, Obligation
from pathway.states import State


def reassessment(journey: Journey) -> Found:
    """C6: every two months while systemic therapy runs; progression is not waited for."""
    case = journey.case
    if case.state not in (State.NEOADJUVANT, State.SYSTEMIC):
        return
    latest = response_after(case, date.min)
    if latest is not None and latest.value == "progression" and latest.event.on > case.since:
        yield Obligation(
            "reassessment",
            latest.event.on,
            latest.event.on,
            latest.event,
            Sentence("Progression on {}: reassess now", (latest.event,)),
            ALWAYS,
        )
        return
    numbers = case.numbers
    slow = case.primary == "neuroendocrine"
    months = numbers.neuroendocrine_reassessment_months if slow else numbers.reassessment_months
    urgent = numbers.neuroendocrine_reassessment_urgent_months if slow else numbers.reassessment_urgent_months
    anchor = _reassessed_from(case)
    due = add_months(anchor.on, months)
    yield Obligation(
        "reassessment",
        due - numbers.reassessment_opens_days_before * DAY,
        due,
        anchor,
        Sentence("CT and MDT every {} months; counted from {}, due {}", (months, anchor.on, due)),
        add_months(anchor.on, urgent),
        "neuroendocrine_reassessment_months" if slow else "",
    )


def _reassessed_from(case: Case) -> Event:
    """The event from which the interval runs."""
    line = case.line
    if line is None:
        return case.entered
    found: list[Event] = [line]
    found += [one for one in case.imaging if one.response is not None and one.on > line.on]
    by_step = type(case.entered) is not TakenOver
    if case.state is State.NEOADJUVANT and by_step and not line_here(case):
        found.append(case.entered)
    anchor: Event = latest_of(found)
    return anchor


def remeasure_remnant(journey: Journey) -> Found:
    """E1, E2: the remnant is measured again after an embolisation or a first stage."""
    case = journey.case
    if case.state not in (State.NEOADJUVANT, State.SYSTEMIC, State.REASSESSMENT, State.RESECTION):
        return
    grown: list[Event] = [*case.pve, *(event for event in case.operations if is_first_stage(event))]
    if not grown:
        return
    settled = max(
        [
            *(event.on for event in case.volumetry),
            *(event.on for event in case.operations if not is_first_stage(event)),
        ],
        default=date.min,
    )
    for event in grown:
        if event.on >= settled:
            due = event.on + case.numbers.remeasure_remnant_due_days * DAY
            yield Obligation(
                "remeasure_remnant",
                event.on,
                due,
                event,
                Sentence(
                    "{} on {}: measure the liver remnant again by {}",
                    ("First stage" if type(event) is SurgeryPerformed else "Portal vein embolisation", event.on, due),
                ),
            )
