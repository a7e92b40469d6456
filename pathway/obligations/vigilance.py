"""What must not be overlooked: a step called in question, and silence (X1, X3)."""

from __future__ import annotations

from collections.abc import Sequence

from pathway.case import DAY
from pathway.criteria import MET, Sentence
from pathway.journey import Journey
from pathway.obligations.obligation import ALWAYS, Found, Obligation
from pathway.states import OPEN, STEP_WORDS, State


def guard_violated(journey: Journey) -> Found:
    """X3: a step taken no longer holds; the MDT or a correction settles it."""
    case = journey.case
    if not journey.questioned or case.state is State.CLOSED:
        return
    reviewed = {name for decision in case.decisions for name in decision.reviewed or ()}
    reasons = {step.event.id: step.findings for step in journey.steps}
    for event in journey.questioned:
        if event.id in reviewed:
            continue
        open_ones = [finding.reason for finding in reasons.get(event.id, ()) if finding.verdict is not MET]
        why = "; ".join(open_ones) or "it no longer starts from where the patient stood, and is left out"
        yield Obligation(
            "guard_violated",
            event.on,
            event.on,
            event,
            Sentence(
                "Step '{}' of {} is called in question: {}. Correct what is wrong, or the MDT reviews it",
                (STEP_WORDS[event.trigger], event.on, why),
            ),
            ALWAYS,
        )


def review_stalled(journey: Journey, others: Sequence[Obligation]) -> Found:
    """X1: no patient without a next step; where no rule speaks in the state's window, somebody looks."""
    case = journey.case
    if case.state not in OPEN:
        return
    day = max(case.since, case.last_fact[0].on)
    days = case.protocol.windows[case.state]
    due = day + days * DAY
    if any(other.due_on <= due for other in others):
        return
    hangs = [case.entered] if case.since == day else []
    hangs += [event for event in case.last_fact if event.on == day]
    yield Obligation(
        "review_stalled",
        due,
        due,
        min(hangs, key=lambda event: event.id),
        Sentence("No news since {}: look after the patient by {}, {} days later", (day, due, days)),
    )
