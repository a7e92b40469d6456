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
from pathway.states import STEP_WORDS


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


def _treated_and_imaged(case: Case, asked: Asked, given: bool, treatment: str) -> Answer:
    responses = _responses(case)
    imaged = _here(case, responses)
    if given and imaged:
        return met("Treated and imaged since {}: {}", case.since, responses[-1])
    if is_planned(case, asked):
        return met("The MDT of {} asks for it", case.word()[0].on)
    absent = [words for ok, words in ((given, treatment), (imaged, "imaging with its response")) if not ok]
    return not_met(
        "No {} recorded since {}: record what was done, or the MDT's decision to reassess",
        " and no ".join(absent),
        case.since,
    )


def cycle_and_response(case: Case, asked: Asked) -> Answer:
    return _treated_and_imaged(case, asked, _here(case, case.cycles), "cycle")


def locoregional_and_response(case: Case, asked: Asked) -> Answer:
    return _treated_and_imaged(case, asked, _here(case, case.locoregional), "locoregional therapy")


def modality_named(case: Case, asked: Asked) -> Answer:
    if asked.modality:
        return met("Modality: {}", asked.modality.upper())
    return not_met("No modality named: choose one of TACE, TAE, RFA, MWA, SIRT, PRRT or other")


def operation_off(case: Case, asked: Asked) -> Answer:
    """The operation is cancelled, or the disease has come back, grown or stayed (R2), in this state."""
    cancelled = [event for event in case.cancelled if event.procedure is None or event.procedure in LIVER]
    if _here(case, cancelled):
        return met("Operation cancelled on {}", cancelled[-1].on)
    if _here(case, case.recurrences):
        return met("Recurrence on {}", case.recurrences[-1].on)
    grown = case.progressions()
    if _here(case, grown):
        return met("Progression on {}", grown[-1])
    margin = present_margin(case)
    if margin is not None and margin.value == "R2" and margin.event.on >= case.since:
        return met("Margin R2 ({})", margin.event.on)
    return not_met(
        "No cancellation, recurrence, progression or margin R2 recorded since {}: record what happened", case.since
    )


def operation_done(case: Case, asked: Asked) -> Answer:
    operation = present_operation(case)
    if operation is None:
        return not_met("Not operated yet: record the operation once it is done")
    if not operation.done:
        return not_met("First stage on {}: record the second stage once it is done", operation.first)
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
        return not_met("Margin R2 ({}): only the whole MDT can decide on surveillance", margin.event.on)
    left = g1(case, asked)
    if left.verdict is NOT_MET:
        return met("{}", left.sentence)
    return not_met("{}: surveillance now only if the whole MDT decides on it", left.sentence)


def six_months_complete(case: Case, asked: Asked) -> Answer:
    months = case.numbers.perioperative_months
    found = adjuvant_end(case)
    if found is not None and case.day >= found[0]:
        return met("The {} months were complete on {}", months, found[0])
    stopped = [event for event in case.stops if event.what == "all" and event.reason]
    if _here(case, stopped):
        last = stopped[-1]
        return met("Therapy stopped on {}: {}", last.on, last.reason)
    if found is None:
        return not_met(
            "No operation recorded, so the end of the {} months is not known: record it, or why therapy was stopped",
            months,
        )
    return not_met("The {} months last until {}: if therapy was stopped earlier, record why", months, found[0])


def no_residual_disease(case: Case, asked: Asked) -> Answer:
    """The latest locoregional therapy of this state left no residual disease; of one day all of them."""
    here = [event for event in case.locoregional if event.on >= case.since]
    if not here:
        return not_met("No locoregional therapy recorded since {}: record it once it is done", case.since)
    latest = [event for event in here if event.on == here[-1].on]
    said = [event.residual_disease for event in latest if event.residual_disease is not None]
    if said and not any(said):
        return met("No residual disease after the therapy of {}", here[-1].on)
    return not_met(
        "The therapy of {} left residual disease: the MDT decides what follows"
        if any(said)
        else "Whether the therapy of {} left residual disease is not recorded: record it",
        here[-1].on,
    )


def mdt_plan(case: Case, asked: Asked) -> Answer:
    if is_planned(case, asked):
        return met("The MDT of {} plans it", case.word()[0].on)
    return not_met(
        "The MDT has not decided to {} since {}: bring the patient to the MDT", STEP_WORDS[asked.trigger], case.since
    )


def recurrence_or_progression(case: Case, asked: Asked) -> Answer:
    """The disease is back since the last operation, locoregional therapy or the day reassessment was last left."""
    days = [case.operated_on, case.reassessment_left, case.locoregional[-1].on if case.locoregional else None]
    since = max((day for day in days if day is not None), default=date.min)
    for event in (*case.recurrences, *case.progressions()):
        if event.on >= since:
            return met("Recurrence or progression on {}", event.on)
    if since == date.min:
        return not_met("No recurrence or progression recorded: record it first")
    return not_met("No recurrence or progression recorded since {}: record it first", since)


def no_untreated_recurrence(case: Case, asked: Asked) -> Answer:
    untreated = untreated_recurrences(case)
    if untreated:
        return not_met("Recurrence of {} is not yet treated", untreated[0].on)
    return met("No untreated recurrence")


def ended(case: Case, asked: Asked) -> Answer:
    if case.ended:
        return met("Died or withdrawn on {}", case.ended[-1].on)
    return not_met("Neither a death nor a withdrawal is recorded")
