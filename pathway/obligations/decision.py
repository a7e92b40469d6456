"""A decision is awaited, and followed by its act (X7, X8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from pathway.case import DAY, Case, latest_of
from pathway.case.operation import liver_plans, owner_of
from pathway.case.therapy import running_on
from pathway.criteria import Sentence
from pathway.events import LIVER, Event, SurgeryPlanned
from pathway.journey import Journey
from pathway.obligations.obligation import ALWAYS, Found, Obligation
from pathway.regimens import recommend
from pathway.states import OPEN, TREATMENT, State
from pathway.states import say as say_state

ROUTINE_STEPS = TREATMENT | {State.SURVEILLANCE, State.COMPLETED}


def act_awaited(journey: Journey) -> Found:
    """X8: a decision is followed by its act; the commonest way in which patients vanish."""
    case = journey.case
    state = case.state
    days = case.numbers.act_due_days
    hangs: Event = case.entered
    if state in (State.NEOADJUVANT, State.SYSTEMIC):
        if line_here(case) or running_on(case, case.since):
            return
        words = "{} decided on {}, and no therapy begun: give it a date by {}"
    elif state is State.RESECTION:
        plans = liver_plans(case)
        if plans:
            yield from _word_awaited(case, plans[0])
            return
        if any(case.stays[-1] is owner_of(case, operation) for operation in case.operations):
            return
        cancelled = [
            event
            for event in case.cancelled
            if event.on >= case.since and (event.procedure is None or event.procedure in LIVER)
        ]
        hangs = latest_of([case.entered, *cancelled])
        words = "{} decided, nothing planned since {}: give the operation a date by {}"
    elif state is State.LOCOREGIONAL:
        if case.locoregional and case.locoregional[-1].on >= case.since:
            return
        days = case.numbers.act_due_days_locoregional
        words = "{} decided on {}, and not done yet: give it a date by {}"
    else:
        return
    due = hangs.on + days * DAY
    yield Obligation(
        "act_awaited", hangs.on, due, hangs, Sentence(words, (say_state(state).capitalize(), hangs.on, due))
    )


def line_here(case: Case) -> bool:
    return any(start.intent != "adjuvant" and start.on >= case.since for start in reversed(case.starts))


def _word_awaited(case: Case, plan: SurgeryPlanned) -> Found:
    due = plan.planned_for + case.numbers.act_due_days_after_planned * DAY
    yield Obligation(
        "act_awaited",
        plan.planned_for,
        due,
        plan,
        Sentence(
            "Operation planned for {}: by {} record that it was done, cancelled or moved", (plan.planned_for, due)
        ),
    )


def mdt_review(journey: Journey) -> Found:
    """X7: a decision is awaited: on the day the MDT asked for, or after what calls for one."""
    case = journey.case
    if case.state is State.CLOSED:
        return
    if case.state in OPEN or _back_since_completed(case):
        yield from _review_asked_for(case)
    yield from _decision_called_for(journey)


def _back_since_completed(case: Case) -> bool:
    return any(event.on >= case.since for event in (*case.recurrences, *case.progressions()))


def _review_asked_for(case: Case) -> Found:
    if not case.decisions:
        return
    day = case.decisions[-1].on
    asked = [one for one in case.decisions if one.on == day and one.review_on is not None and one.review_on > day]
    for one in asked:
        assert one.review_on is not None
        yield Obligation(
            "mdt_review",
            one.review_on,
            one.review_on,
            one,
            Sentence("The MDT of {} wants the patient back on {}", (one.on, one.review_on)),
        )


def _decision_called_for(journey: Journey) -> Found:
    case = journey.case
    decided = case.decisions[-1].on if case.decisions else date.min
    settled = max([decided, *(entry.on for entry in journey.entries if entry.state in ROUTINE_STEPS)])
    for event, words, urgent in _calls(case):
        if event.on <= (decided if urgent else settled):
            continue
        due = event.on + case.numbers.mdt_review_due_days * DAY
        yield Obligation(
            "mdt_review",
            event.on,
            due,
            event,
            Sentence("{} on {}: the MDT decides by {}", (words, event.on, due)),
            ALWAYS if urgent else None,
        )


_RESPONSE_WORDS = {
    "complete": "Complete response",
    "partial": "Partial response",
    "stable": "Stable disease",
    "progression": "Progression",
}


def _calls(case: Case) -> Iterator[tuple[Event, str, bool]]:
    """What calls for a decision, whether it is urgent, and in which words."""
    completed = case.state is State.COMPLETED
    for image in case.imaging:
        if image.response == "progression" or (image.response is not None and not completed):
            yield image, _RESPONSE_WORDS[image.response], image.response == "progression"
    for recurrence in case.recurrences:
        yield recurrence, "Recurrence", True
    if completed:
        return
    if case.state is State.MOLECULAR_WORKUP and case.molecular and not recommend(case).missing:
        yield latest_of(case.molecular), "Molecular profile complete", False
    if case.state is State.REASSESSMENT:
        for volumetry in case.volumetry:
            if volumetry.on >= case.since:
                yield volumetry, "Liver remnant measured", False
    for operation in case.operations:
        left = operation.margin in _LEFT
        yield operation, f"Margin {operation.margin}" if left else "Operation", left
    for report in case.pathology:
        yield report, f"Pathology, margin {report.margin},", report.margin in _LEFT


_LEFT = ("R1", "R2")
