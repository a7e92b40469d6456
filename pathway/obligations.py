"""What is owed: by when, by whom, and why. One function a rule; what it yields follows from the history alone.

An obligation hangs on the fact or step from which its dates run; it keeps its identity (rule and that event) when they
move. It ends by the fact that meets it, never by a tick-box (X6). The day one asks decides only how it is seen:
upcoming, due, overdue, snoozed, and an urgency that comes with a date. Adding a rule: write its function, name it in
RULES and in `events.RULES`, test each of its dates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from pathway.case import BIOLOGIC_WITH_HOLD, DAY, Case, is_first_stage, latest_of, stage_of
from pathway.criteria import AFTER_CHEMOTHERAPY, MET, MISSING_WORDS, UNKNOWN, Asked, Sentence, a1, n1
from pathway.dates import add_months, add_years, say
from pathway.events import (
    LIVER,
    Cea,
    Event,
    Imaging,
    SurgeryPerformed,
    SurgeryPlanned,
    TakenOver,
)
from pathway.journey import Journey
from pathway.regimens import recommend
from pathway.states import FOLLOW_UP, OPEN, STEP_WORDS, TREATMENT, State
from pathway.states import say as say_state

ALWAYS = date.min
"""`urgent_on` of what is urgent from the start."""


class Obligation(NamedTuple):
    """Something owed to one patient: its rule, its dates, and the event on which it hangs."""

    rule: str
    opens_on: date
    due_on: date
    hangs_on: Event
    reason: Sentence
    urgent_on: date | None = None
    """From this day on it is urgent; None: never by itself."""
    number: str = ""
    """The protocol's number on which `due_on` rests, where it is not the rule's own."""


Found = Iterator[Obligation]
_ASKED = Asked("", None, taken=False)
ROUTINE_STEPS = TREATMENT | {State.SURVEILLANCE, State.COMPLETED}


# --- the work-up and the centre --------------------------------------------------------------------------------------


def identify_primary(journey: Journey) -> Found:
    """A1: the primary is found within two weeks."""
    case = journey.case
    if case.state is State.DIAGNOSIS and a1(case, _ASKED).verdict is not MET:
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
    answers = [
        event.on for events in (case.starts, case.cycles, case.surgery, case.locoregional) for event in events[-1:]
    ]
    answers += [visit.on for visit in case.visits if visit.kind == "oncology"]
    seen = max(answers, default=date.min)
    for one in suspicious:
        if one.on > seen:
            yield Obligation(
                "urgent_evaluation",
                one.on,
                one.on,
                one,
                Sentence("Rim-enhancing necrotic and infiltrative ({}): an oncologist sees her now", (one,)),
                ALWAYS,
            )


def criterion_missing(journey: Journey) -> Found:
    """D6: what nobody recorded is asked for."""
    case = journey.case
    if case.state is State.MOLECULAR_WORKUP:
        missing = recommend(case).missing
        words = tuple(MISSING_WORDS[name] for name in missing)
    elif case.state is State.REASSESSMENT:
        words = tuple(
            name for name, question in AFTER_CHEMOTHERAPY.items() if question(case, _ASKED).verdict is UNKNOWN
        )
    else:
        return
    if words:
        due = case.since + case.numbers.criterion_missing_due_days * DAY
        yield Obligation(
            "criterion_missing",
            case.since,
            due,
            case.entered,
            Sentence("Not recorded yet: {}. Record it by {}", (words, due)),
        )


def refer_to_centre(journey: Journey) -> Found:
    """N1: treated at a high-volume centre before anything is decided."""
    case = journey.case
    if case.state not in OPEN or case.state in FOLLOW_UP:
        return
    answer = n1(case, _ASKED)
    if answer.verdict is MET:
        return
    event: Event = latest_of(case.referred) if case.referred else case.registered
    due = event.on + case.numbers.refer_due_days * DAY
    yield Obligation("refer_to_centre", event.on, due, event, Sentence("{}. By {}", (answer.sentence, due)))


# --- decisions and their acts ----------------------------------------------------------------------------------------


def act_awaited(journey: Journey) -> Found:
    """X8: a decision is followed by its act; the commonest way in which patients vanish."""
    case = journey.case
    state = case.state
    days = case.numbers.act_due_days
    hangs: Event = case.entered
    if state in (State.NEOADJUVANT, State.SYSTEMIC):
        if _line_here(case) or case.running_on(case.since):
            return
        words = "{} decided on {}, and no therapy begun: give it a date by {}"
    elif state is State.RESECTION:
        plans = case.liver_plans()
        if plans:
            yield from _word_awaited(case, plans[0])
            return
        if any(case.stays[-1] is case.owner(operation) for operation in case.operations):
            return
        cancelled = [
            event
            for event in case.cancelled
            if event.on >= case.since and (event.procedure is None or event.procedure in LIVER)
        ]
        if cancelled:
            hangs = latest_of(cancelled)
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


def _line_here(case: Case) -> bool:
    return any(start.intent != "adjuvant" and start.on >= case.since for start in reversed(case.starts))


def _word_awaited(case: Case, plan: SurgeryPlanned) -> Found:
    due = plan.planned_for + case.numbers.act_due_days_after_planned * DAY
    yield Obligation(
        "act_awaited",
        plan.planned_for,
        due,
        plan,
        Sentence(
            "Operation planned for {}: record that it was done, cancelled or moved by {}", (plan.planned_for, due)
        ),
    )


def mdt_review(journey: Journey) -> Found:
    """X7: a decision is awaited: on the day the MDT asked for, or after what calls for one."""
    case = journey.case
    if case.state not in OPEN and not (case.state is State.COMPLETED and (case.recurrences or case.progressions())):
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
            Sentence("The MDT of {} wants her back on {}", (one.on, one.review_on)),
        )


def _decision_called_for(journey: Journey) -> Found:
    case = journey.case
    decided = case.decisions[-1].on if case.decisions else date.min
    settled = max(
        [decided, *(entry.on for entry in journey.entries[1:] if entry.state in ROUTINE_STEPS)], default=date.min
    )
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


# --- during therapy --------------------------------------------------------------------------------------------------


def reassessment(journey: Journey) -> Found:
    """C6: every two months while systemic therapy runs; progression is not waited for."""
    case = journey.case
    if case.state not in (State.NEOADJUVANT, State.SYSTEMIC):
        return
    latest = case.response(date.min)
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
    if case.state is State.NEOADJUVANT and by_step and not _line_here(case):
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
            *(event.on for event in case.volumetry[-1:]),
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


# --- before the operation --------------------------------------------------------------------------------------------


def bevacizumab_hold(journey: Journey) -> Found:
    """G3: bevacizumab stops six weeks before an operation, whatever is operated on."""
    case = journey.case
    if not case.planned or case.state not in OPEN or not case.bevacizumab_runs():
        return
    numbers = case.numbers
    for plan in case.plans():
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
    if not case.planned or case.state not in OPEN:
        return
    dose = case.last_dose()
    if dose is None:
        return
    safe = dose.on + case.numbers.bevacizumab_hold_days * DAY
    for plan in case.plans():
        if safe > plan.planned_for:
            day = max(plan.on, dose.on)
            hangs: list[Event] = [plan] if plan.on == day else []
            hangs += [dose.event] if dose.on == day else []
            yield Obligation(
                "bevacizumab_conflict",
                day,
                day,
                min(hangs, key=lambda event: event.id),
                Sentence(
                    "Operation planned for {}, last bevacizumab {}: the first safe day is {}. Move the operation",
                    (plan.planned_for, dose.on, safe),
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
    for plan in case.liver_plans():
        oldest = plan.planned_for - numbers.stale_days * DAY
        stale = [
            f"{words} of {say(events[-1].on)}" if events else f"no {words}"
            for words, events in (("imaging", scans), ("ECOG", case.performance))
            if not events or events[-1].on < oldest
        ]
        if stale:
            due = plan.planned_for - numbers.stale_due_days_before * DAY
            yield Obligation(
                "stale_before_surgery",
                plan.on,
                due,
                plan,
                Sentence(
                    "{} would be older than {} days on {}: renew by {}",
                    (" and ".join(stale).capitalize(), numbers.stale_days, plan.planned_for, due),
                ),
            )


def second_stage(journey: Journey) -> Found:
    """E2: a first stage is followed by the second, or by the word that it is given up."""
    case = journey.case
    if case.state is not State.RESECTION:
        return
    stay = case.stays[-1]
    own = [operation for operation in case.operations if case.owner(operation) is stay]
    firsts = [operation for operation in own if is_first_stage(operation)]
    if not firsts:
        return
    ended = [event.on for event in own if event.procedure == "two_stage" and stage_of(event) != 1]
    ended += [event.on for event in case.cancelled if event.procedure is None or event.procedure in LIVER]
    for first in firsts:
        if any(day >= first.on for day in ended):
            continue
        planned = next((plan for plan in case.liver_plans() if stage_of(plan) != 1), None)
        due = planned.planned_for if planned else first.on + case.numbers.second_stage_due_days * DAY
        yield Obligation(
            "second_stage", first.on, due, first, Sentence("First stage on {}: second stage by {}", (first.on, due))
        )


# --- after the operation ---------------------------------------------------------------------------------------------


def adjuvant_start(journey: Journey) -> Found:
    """G4: adjuvant therapy begins in its window."""
    case = journey.case
    if case.state not in (State.RESECTION, State.ADJUVANT) or not case.operations or case.primary == "neuroendocrine":
        return
    operation = case.operation()
    if operation is None or not operation.done or case.adjuvant_starts(operation):
        return
    remaining = case.remaining(operation)
    if remaining is None or not remaining.something:
        return
    numbers = case.numbers
    held = any(line.biologic == BIOLOGIC_WITH_HOLD for line in case.lines_before(operation))
    wait = numbers.adjuvant_from_days if held else numbers.adjuvant_from_days_without_bevacizumab
    opens = operation.last + wait * DAY
    due = operation.last + numbers.adjuvant_due_days * DAY
    yield Obligation(
        "adjuvant_start",
        opens,
        due,
        latest_of(operation.events),
        Sentence("Operated {}: begin adjuvant therapy between {} and {}", (operation.last, opens, due)),
    )


def perioperative_complete(journey: Journey) -> Found:
    """G1: the six months are complete, or therapy was stopped earlier."""
    case = journey.case
    if case.state is not State.ADJUVANT:
        return
    due, hangs = case.adjuvant_end()
    words = "The {} months of chemotherapy are complete on {}: plan the follow-up"
    stops = [event for event in case.stops if event.what == "all" and event.on >= case.since]
    if stops and stops[0].on < due:
        due, hangs = stops[0].on, stops[0]
        words = "Adjuvant therapy stopped before its {} months were over, on {}: plan the follow-up"
    opens = due - case.numbers.perioperative_opens_days_before * DAY
    months = case.numbers.perioperative_months
    yield Obligation("perioperative_complete", opens, due, hangs, Sentence(words, (months, due)))


class Window(NamedTuple):
    """When the next surveillance CT is wanted, counted from the last one."""

    opens_on: date
    due_on: date
    event: Event
    number: str


def ct_window(case: Case) -> Window | None:
    """H2: the window of the next CT; None where it would open after the five years."""
    numbers = case.numbers
    start, event = case.follow_up()
    close_until = add_years(start, numbers.ct_close_years)
    anchor = start
    opens = add_months(start, numbers.ct_from_months)
    later = False
    for scan in case.imaging:
        if scan.on <= anchor or not _counts_as_ct(scan):
            continue
        if scan.purpose == "surveillance" or scan.on >= opens:
            anchor, event = scan.on, scan
            later = anchor >= close_until
            opens = add_months(anchor, numbers.ct_from_months_later if later else numbers.ct_from_months)
    if opens > add_years(start, numbers.follow_up_years):
        return None
    due = add_months(anchor, numbers.ct_due_months_later if later else numbers.ct_due_months)
    return Window(opens, due, event, "ct_due_months_later" if later else "")


def _counts_as_ct(scan: Imaging) -> bool:
    return scan.modality in ("ct", "pet_ct") or (scan.modality == "mri" and scan.ct_contraindicated is True)


def surveillance_ct(journey: Journey) -> Found:
    """H2: CT chest, abdomen and pelvis in its window, counted from the last one."""
    case = journey.case
    if case.state not in FOLLOW_UP:
        return
    window = ct_window(case)
    if window is not None:
        yield Obligation(
            "surveillance_ct",
            window.opens_on,
            window.due_on,
            window.event,
            Sentence(
                "CT chest, abdomen, pelvis between {} and {}, counted from {}",
                (window.opens_on, window.due_on, window.event.on),
            ),
            number=window.number,
        )


def surveillance_cea(journey: Journey) -> Found:
    """H3: CEA at each visit, and with each CT."""
    case = journey.case
    if case.state not in FOLLOW_UP or case.primary != "colorectal":
        return
    numbers = case.numbers
    start, _ = case.follow_up()
    end = add_years(start, numbers.follow_up_years)
    measured = case.cea[-1].on if case.cea else date.min
    for visit in case.visits:
        if visit.kind != "surveillance" or visit.on < start:
            continue
        if measured < visit.on - numbers.cea_before_visit_days * DAY:
            if visit.on <= end:
                due = visit.on + numbers.cea_due_days * DAY
                yield Obligation(
                    "surveillance_cea",
                    visit.on,
                    due,
                    visit,
                    Sentence("Visit of {} without CEA: measure it by {}", (visit.on, due)),
                    number="cea_due_days",
                )
            return
    window = ct_window(case)
    if window is not None and measured < window.opens_on:
        yield Obligation(
            "surveillance_cea",
            window.opens_on,
            window.due_on,
            window.event,
            Sentence("CEA with the next CT, between {} and {}", (window.opens_on, window.due_on)),
            number=window.number,
        )


def cea_rising(journey: Journey) -> Found:
    """X9: a marker is measured to be acted on."""
    case = journey.case
    if case.state not in FOLLOW_UP or len(case.cea) <= 1 or case.primary != "colorectal":
        return
    latest = _highestlatest_of(case.cea)
    before = _highestlatest_of([event for event in case.cea if event.on < latest.on])
    if before is None or latest.ng_per_ml <= case.numbers.cea_limit_ng_per_ml:
        return
    rise = Fraction(str(case.numbers.cea_rise_percent_above)) / 100 + 1
    if Fraction(str(latest.ng_per_ml)) <= Fraction(str(before.ng_per_ml)) * rise:
        return
    answered = [event.on for events in (case.imaging, case.decisions) for event in events[-1:]]
    if max(answered, default=date.min) >= latest.on:
        return
    due = latest.on + case.numbers.cea_rising_due_days * DAY
    yield Obligation(
        "cea_rising",
        latest.on,
        due,
        latest,
        Sentence(
            "CEA {} ng/ml on {}, before that {} ({}): imaging or an MDT decision by {}",
            (latest.ng_per_ml, latest.on, before.ng_per_ml, before.on, due),
        ),
        ALWAYS,
    )


def _highestlatest_of(events: Sequence[Cea]) -> Any:
    same_day = [event for event in events if event.on == events[-1].on] if events else []
    return max(same_day, key=lambda event: event.ng_per_ml, default=None)


def primary_in_place(journey: Journey) -> Found:
    """X11: after liver-first surgery the primary is not forgotten."""
    case = journey.case
    if case.state not in FOLLOW_UP or not case.operations or case.primary != "colorectal" or case.primary_resected:
        return
    operation = case.operation()
    if operation is None or not operation.done:
        return
    last = latest_of(case.operations)
    reviews = [one for one in case.decisions if one.on >= last.on and one.review_on is not None]
    asked = [one.review_on for one in reviews if one.on == reviews[-1].on and one.review_on is not None]
    due = min(asked) if asked else last.on + case.numbers.primary_in_place_due_days * DAY
    yield Obligation(
        "primary_in_place",
        last.on,
        due,
        last,
        Sentence("Liver operated {}, primary still in place: plan its operation by {}", (last.on, due)),
    )


def follow_up_complete(journey: Journey) -> Found:
    """H1: five years are over."""
    case = journey.case
    if case.state is not State.SURVEILLANCE:
        return
    start, hangs = case.follow_up()
    due = case.follow_up_end()
    opens = due - case.numbers.follow_up_opens_days_before * DAY
    yield Obligation(
        "follow_up_complete",
        opens,
        due,
        hangs,
        Sentence("{} years since {}: complete the follow-up on {}", (case.numbers.follow_up_years, start, due)),
    )


# --- what must not be overlooked -------------------------------------------------------------------------------------


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
        why = "; ".join(open_ones) or "it no longer starts from where she was, and is left out"
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
    last = case.last_fact[0].on if case.last_fact else case.since
    day = max(case.since, last)
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
        Sentence("No news since {}: look after her by {}, {} days later", (day, due, days)),
    )


# --- together --------------------------------------------------------------------------------------------------------


class Rule(NamedTuple):
    """A rule with its row, and the protocol's number on which its due date rests ("" where it is due on the day
    itself).
    """

    row: str
    number: str
    find: Callable[[Journey], Found]


RULES: dict[str, Rule] = {
    "identify_primary": Rule("A1", "identify_primary_due_days", identify_primary),
    "urgent_evaluation": Rule("A2", "", urgent_evaluation),
    "criterion_missing": Rule("D6", "criterion_missing_due_days", criterion_missing),
    "refer_to_centre": Rule("N1", "refer_due_days", refer_to_centre),
    "act_awaited": Rule("X8", "act_due_days", act_awaited),
    "reassessment": Rule("C6", "reassessment_months", reassessment),
    "remeasure_remnant": Rule("E1", "remeasure_remnant_due_days", remeasure_remnant),
    "mdt_review": Rule("X7", "mdt_review_due_days", mdt_review),
    "bevacizumab_hold": Rule("G3", "bevacizumab_hold_days", bevacizumab_hold),
    "bevacizumab_conflict": Rule("G3", "bevacizumab_hold_days", bevacizumab_conflict),
    "stale_before_surgery": Rule("X10", "stale_due_days_before", stale_before_surgery),
    "second_stage": Rule("E2", "second_stage_due_days", second_stage),
    "adjuvant_start": Rule("G4", "adjuvant_due_days", adjuvant_start),
    "perioperative_complete": Rule("G1", "perioperative_months", perioperative_complete),
    "surveillance_ct": Rule("H2", "ct_due_months", surveillance_ct),
    "surveillance_cea": Rule("H3", "ct_due_months", surveillance_cea),
    "cea_rising": Rule("X9", "cea_rising_due_days", cea_rising),
    "primary_in_place": Rule("X11", "primary_in_place_due_days", primary_in_place),
    "follow_up_complete": Rule("H1", "follow_up_years", follow_up_complete),
    "guard_violated": Rule("X3", "", guard_violated),
}
"""Every rule but the last: `review_stalled` (X1) speaks where no other does."""

STALLED = "review_stalled"
ROW = {**{name: rule.row for name, rule in RULES.items()}, STALLED: "X1"}


def owed(journey: Journey) -> list[Obligation]:
    """All that is owed: one a rule, by the one due first, and urgent when one of them is."""
    found: list[Obligation] = []
    for rule in RULES.values():
        several = list(rule.find(journey))
        if several:
            found.append(several[0] if len(several) == 1 else _first(several))
    found += review_stalled(journey, found)
    return found


def _first(several: Sequence[Obligation]) -> Obligation:
    """The one due first, of several the one that hangs on the lowest id; urgent as early as one of them is."""
    first = min(several, key=lambda one: (one.due_on, one.hangs_on.id))
    urgent = [one.urgent_on for one in several if one.urgent_on is not None]
    return first._replace(urgent_on=min(urgent)) if urgent else first
