"""Before treatment: the primary, what is missing, the centre (A1, A2, D6, N1)."""

from __future__ import annotations

from datetime import date

from pathway.case import DAY, latest_of
from pathway.criteria import AFTER_CHEMOTHERAPY, MET, MISSING_WORDS, UNKNOWN, Sentence, a1, n1
from pathway.events import Event
from pathway.journey import Journey
from pathway.obligations.obligation import ALWAYS, ASKED, Found, Obligation
from pathway.regimens import recommend
from pathway.states import FOLLOW_UP, OPEN, State


def identify_primary(journey: Journey) -> Found:
    """A1: the primary is found within two weeks."""
    case = journey.case
    if case.state is State.DIAGNOSIS and a1(case, ASKED).verdict is not MET:
        due = case.since + case.numbers.identify_primary_due_days * DAY
        yield Obligation(
            "identify_primary",
            case.since,
            due,
            case.entered,
            Sentence("Primary not yet identified: colonoscopy, upper endoscopy or biopsy by {}", (due,)),
            ALWAYS,
        )


def urgent_evaluation(journey: Journey) -> Found:
    """A2: rim-enhancing necrotic and infiltrative on one imaging is seen by an oncologist at once."""
    case = journey.case
    if case.state not in OPEN:
        return
    suspicious = [one for one in case.imaging if one.rim_enhancing_necrotic and one.infiltrative]
    if not suspicious:
        return
    answers = [event.on for events in (case.starts, case.cycles, case.surgery, case.locoregional) for event in events]
    answers += [visit.on for visit in case.visits if visit.kind == "oncology"]
    seen = max(answers, default=date.min)
    for one in suspicious:
        if one.on > seen:
            yield Obligation(
                "urgent_evaluation",
                one.on,
                one.on,
                one,
                Sentence("Rim-enhancing necrotic and infiltrative ({}): an oncologist sees the patient now", (one,)),
                ALWAYS,
            )


def criterion_missing(journey: Journey) -> Found:
    """D6: what nobody recorded is asked for."""
    case = journey.case
    if case.state is State.MOLECULAR_WORKUP:
        missing = recommend(case).missing
        words = tuple(MISSING_WORDS[name] for name in missing)
    elif case.state is State.REASSESSMENT:
        words = tuple(name for name, question in AFTER_CHEMOTHERAPY.items() if question(case, ASKED).verdict is UNKNOWN)
    else:
        return
    if words:
        due = case.since + case.numbers.criterion_missing_due_days * DAY
        yield Obligation(
            "criterion_missing",
            case.since,
            due,
            case.entered,
            Sentence("Still needed: {}. Record by {}", (words, due)),
        )


def refer_to_centre(journey: Journey) -> Found:
    """N1: treated at a high-volume centre before anything is decided."""
    case = journey.case
    if case.state not in OPEN or case.state in FOLLOW_UP:
        return
    answer = n1(case, ASKED)
    if answer.verdict is MET:
        return
    event: Event = latest_of(case.referred) if case.referred else case.registered
    due = event.on + case.numbers.refer_due_days * DAY
    yield Obligation("refer_to_centre", event.on, due, event, Sentence("{}, by {}", (answer.sentence, due)))
