"""What must have happened for a step to be true. Nothing replaces it, no override passes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pathway.case import Case
from pathway.case.follow_up import untreated_recurrences
from pathway.case.operation import present_margin, present_operation
from pathway.case.six_months import adjuvant_end
from pathway.criteria.follow_up import g1
from pathway.criteria.team import m1
from pathway.criteria.verdict import MET, NOT_MET, Answer, Asked, met, not_met
from pathway.events import LIVER, Event, Imaging


def _here(case: Case, events: Sequence[Event]) -> bool:
    """Whether one of these facts, in order of days, lies in the present state."""
    return bool(events) and events[-1].on >= case.since


def baseline_imaging(case: Case, asked: Asked) -> Answer:
    found = [one for one in case.imaging if one.purpose == "baseline"]
    if found:
        return met("Baseline imaging: {}", found[-1])
    return not_met("No baseline imaging recorded: record the CT or MRI with purpose baseline")


def _responses(case: Case) -> list[Imaging]:
    return [one for one in case.imaging if one.response is not None]


def is_planned(case: Case, asked: Asked) -> bool:
    """The MDT's latest word in this state names this step, and nothing else."""
    plans = {decision.plan for decision in case.word() if decision.plan is not None}
    return plans == {asked.trigger}


def _treated_and_imaged(case: Case, asked: Asked, given: bool, missing: str) -> Answer:
    responses = _responses(case)
    imaged = _here(case, responses)
    if given and imaged:
        return met("Treated and imaged since {}: {}", case.since, responses[-1])
    if is_planned(case, asked):
        return met("The MDT of {} asks for it", case.word()[0].on)
    absent = [words for ok, words in ((given, missing), (imaged, "an imaging with its response")) if not ok]
    return not_met(
        "Since {} there is not yet {}. Record it, or an MDT decision with this plan", case.since, " nor ".join(absent)
    )


def cycle_and_response(case: Case, asked: Asked) -> Answer:
    return _treated_and_imaged(case, asked, _here(case, case.cycles), "a cycle given")


def locoregional_and_response(case: Case, asked: Asked) -> Answer:
    return _treated_and_imaged(case, asked, _here(case, case.locoregional), "a locoregional therapy")


def modality_named(case: Case, asked: Asked) -> Answer:
    if asked.modality:
        return met("Modality: {}", asked.modality.upper())
    return not_met("No modality named: choose one of TACE, TAE, RFA, MWA, SIRT, PRRT or other")


def operation_off(case: Case, asked: Asked) -> Answer:
    """The operation is cancelled, or the disease has come back, grown or stayed (R2), in this state."""
    cancelled = [event for event in case.cancelled if event.procedure is None or event.procedure in LIVER]
    if _here(case, cancelled):
        return met("Operation cancelled {}", cancelled[-1].on)
    if _here(case, case.recurrences):
        return met("Recurrence {}", case.recurrences[-1].on)
    grown = case.progressions()
    if _here(case, grown):
        return met("Progression on {}", grown[-1])
    margin = present_margin(case)
    if margin is not None and margin.value == "R2" and margin.event.on >= case.since:
        return met("Margin R2 ({})", margin.event.on)
    return not_met("Since {} neither cancelled, nor recurrence, progression or margin R2", case.since)


def operation_done(case: Case, asked: Asked) -> Answer:
    operation = present_operation(case)
    if operation is None:
        return not_met("No operation recorded in this stay: record it")
    if not operation.done:
        return not_met("First stage on {}: the second is not yet done", operation.first)
    return met("Operated {}", operation.last)


def done_and_used_up(case: Case, asked: Asked) -> Answer:
    """Operated, and nothing is left of the six months or the whole MDT plans it; after R2 only its plan."""
    done = operation_done(case, asked)
    if done.verdict is not MET:
        return done
    if is_planned(case, asked) and m1(case, asked).verdict is MET:
        return met("The MDT of {} plans surveillance", case.word()[0].on)
    margin = present_margin(case)
    if margin is not None and margin.value == "R2":
        return not_met("Margin R2 ({}): surveillance needs a quorate MDT decision with this plan", margin.event.on)
    left = g1(case, asked)
    if left.verdict is NOT_MET:
        return met("{}", left.sentence)
    return not_met("{}: surveillance now needs a quorate MDT decision with this plan", left.sentence)


def six_months_complete(case: Case, asked: Asked) -> Answer:
    found = adjuvant_end(case)
    if found is not None and case.day >= found[0]:
        return met("The six months were complete on {}", found[0])
    stopped = [event for event in case.stops if event.what == "all" and event.reason]
    if _here(case, stopped):
        last = stopped[-1]
        return met("Therapy stopped {}: {}", last.on, last.reason)
    if found is None:
        words = "Without the operation the end of the six months is not known: record it, or a stop with its reason"
        return not_met(words)
    return not_met("The six months last until {}, and no stop with a reason is recorded since {}", found[0], case.since)


def no_residual_disease(case: Case, asked: Asked) -> Answer:
    """The latest locoregional therapy of this state left no residual disease; of one day all of them."""
    here = [event for event in case.locoregional if event.on >= case.since]
    if not here:
        return not_met("No locoregional therapy recorded since {}", case.since)
    latest = [event for event in here if event.on == here[-1].on]
    said = [event.residual_disease for event in latest if event.residual_disease is not None]
    if said and not any(said):
        return met("No residual disease after the therapy of {}", here[-1].on)
    return not_met(
        "After the therapy of {} residual disease is {}",
        here[-1].on,
        "present" if any(event.residual_disease for event in latest) else "not ruled out: record whether there is any",
    )


def mdt_plan(case: Case, asked: Asked) -> Answer:
    if is_planned(case, asked):
        return met("The MDT of {} plans it", case.word()[0].on)
    return not_met("No MDT decision with this plan since {}", case.since)


def recurrence_or_progression(case: Case, asked: Asked) -> Answer:
    """The disease is back since the last operation, locoregional therapy or the day reassessment was last left."""
    days = [case.operated_on, case.reassessment_left, case.locoregional[-1].on if case.locoregional else None]
    since = max((day for day in days if day is not None), default=date.min)
    for event in (*case.recurrences, *case.progressions()):
        if event.on >= since:
            return met("Recurrence or progression on {}", event.on)
    if since == date.min:
        return not_met("No recurrence and no progression recorded")
    return not_met("No recurrence and no progression recorded since {}", since)


def no_untreated_recurrence(case: Case, asked: Asked) -> Answer:
    untreated = untreated_recurrences(case)
    if untreated:
        return not_met("Recurrence of {} is not yet treated", untreated[0].on)
    return met("No untreated recurrence")


def ended(case: Case, asked: Asked) -> Answer:
    if case.ended:
        return met("Recorded {}", case.ended[-1].on)
    return not_met("Neither a death nor a withdrawal is recorded")
