"""After the operation: adjuvant therapy, CT and CEA, the primary, five years (G1, G4, H1-H3, X9, X11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from pathway.case import DAY, Case, latest_of
from pathway.case.bevacizumab import BIOLOGIC_WITH_HOLD
from pathway.case.follow_up import follow_up_end, follow_up_start
from pathway.case.operation import present_operation
from pathway.case.six_months import adjuvant_end, adjuvant_starts, lines_before, remaining_months
from pathway.criteria import Sentence
from pathway.dates import add_months, add_years
from pathway.events import Cea, Event, Imaging
from pathway.journey import Journey
from pathway.obligations.obligation import ALWAYS, Found, Obligation
from pathway.states import FOLLOW_UP, State


def adjuvant_start(journey: Journey) -> Found:
    """G4: adjuvant therapy begins in its window."""
    case = journey.case
    if case.state not in (State.RESECTION, State.ADJUVANT) or case.primary == "neuroendocrine":
        return
    operation = present_operation(case)
    if operation is None or not operation.done or adjuvant_starts(case, operation):
        return
    remaining = remaining_months(case, operation)
    if remaining is None or not remaining.something:
        return
    numbers = case.numbers
    held = any(line.biologic == BIOLOGIC_WITH_HOLD for line in lines_before(case, operation))
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
    end = adjuvant_end(case)
    words = "The {} months of chemotherapy are complete on {}: plan the follow-up"
    stop = next((event for event in case.stops if event.what == "all" and event.on >= case.since), None)
    if stop is not None and (end is None or stop.on < end[0]):
        end = stop.on, stop
        words = "Adjuvant therapy stopped before its {} months were over, on {}: plan the follow-up"
    if end is None:
        return
    due, hangs = end
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
    start, event = follow_up_start(case)
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
    if opens > follow_up_end(case):
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
    start, _ = follow_up_start(case)
    end = follow_up_end(case)
    measured = case.cea[-1].on if case.cea else date.min
    for visit in case.visits:
        if visit.kind != "surveillance" or visit.on < start:
            continue
        if visit.on <= end and measured < visit.on - numbers.cea_before_visit_days * DAY:
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
    if case.state not in FOLLOW_UP or not case.cea or case.primary != "colorectal":
        return
    latest = _highest_of_the_latest_day(case.cea)
    before = _highest_of_the_latest_day([event for event in case.cea if event.on < latest.on])
    if before is None or latest.ng_per_ml <= case.numbers.cea_limit_ng_per_ml:
        return
    rise = Fraction(str(case.numbers.cea_rise_percent_above)) / 100 + 1
    if Fraction(str(latest.ng_per_ml)) <= Fraction(str(before.ng_per_ml)) * rise:
        return
    answered = [event.on for events in (case.imaging, case.decisions) for event in events]
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


def _highest_of_the_latest_day(events: Sequence[Cea]) -> Any:
    same_day = [event for event in events if event.on == events[-1].on]
    return max(same_day, key=lambda event: event.ng_per_ml, default=None)


def primary_in_place(journey: Journey) -> Found:
    """X11: after liver-first surgery the primary is not forgotten."""
    case = journey.case
    if case.state not in FOLLOW_UP or case.primary != "colorectal" or case.primary_resected:
        return
    operation = present_operation(case)
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
        Sentence(
            "Liver operated {}, primary not recorded as removed: by {} plan its operation, or record it", (last.on, due)
        ),
    )


def follow_up_complete(journey: Journey) -> Found:
    """H1: five years are over."""
    case = journey.case
    if case.state is not State.SURVEILLANCE:
        return
    start, hangs = follow_up_start(case)
    due = follow_up_end(case)
    opens = due - case.numbers.follow_up_opens_days_before * DAY
    yield Obligation(
        "follow_up_complete",
        opens,
        due,
        hangs,
        Sentence("{} years since {}: complete the follow-up on {}", (case.numbers.follow_up_years, start, due)),
    )
