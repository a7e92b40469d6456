"""An obligation with its owner, bookings and snoozes: what is kept of it, and how it is seen on a day.

What is kept follows from the history alone and can be stored; the day one asks adds only the status, and an urgency
that comes with a date. The answer about one patient and a stored list of a hundred thousand go through the same two
functions.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any, NamedTuple

from pathway.case import Case
from pathway.events import Appointment, Snoozed
from pathway.journey import Journey
from pathway.obligations import ROW, RULES, STALLED, Obligation, owed
from pathway.obligations.obligation import ALWAYS
from pathway.protocol import Protocol

URGENT, ROUTINE = "urgent", "routine"
UPCOMING, DUE, OVERDUE, SNOOZED = "upcoming", "due", "overdue", "snoozed"

SERVED = {
    "reassessment": "ct",
    "surveillance_ct": "ct",
    "remeasure_remnant": "volumetry",
    "surveillance_cea": "cea",
    "urgent_evaluation": "visit",
    "act_awaited": "surgery",
    "second_stage": "surgery",
    "mdt_review": "mdt",
}
"""Which appointment serves which rule (X12)."""
_AFTER_EACH_OTHER = ("booked", "cancelled", "missed")


class Kept(NamedTuple):
    """An obligation as it is kept: it depends on the history, not on the day one asks."""

    rule: str
    event_id: str
    """The event it hangs on; with the rule, its identity."""
    opens_on: date
    due_on: date
    urgent_on: date | None
    """From this day on it is urgent: `date.min` for always, None for never."""
    booked_for: date | None
    snoozed_until: date | None
    snoozed_until_if_urgent: date | None
    """Until when it is quiet once it is urgent: only a snooze of a week at most holds then (X12)."""
    owner: str
    reason: str
    source: str


def kept(journey: Journey) -> list[Kept]:
    """All that a patient is owed, in the order of the rules."""
    case = journey.case
    owner = case.navigator
    return [_kept(obligation, case, owner) for obligation in owed(journey)]


def _kept(obligation: Obligation, case: Case, owner: str) -> Kept:
    booking = _booking(obligation, case) if case.appointments else None
    quiet = _snoozes(obligation, case) if case.snoozed else []
    longest = case.numbers.snooze_urgent_days_at_most
    return Kept(
        obligation.rule,
        obligation.hangs_on.id,
        obligation.opens_on,
        obligation.due_on,
        ALWAYS if booking is not None and booking.status == "missed" else obligation.urgent_on,
        booking.booked_for if booking is not None and booking.status == "booked" else None,
        max((snooze.until for snooze in quiet), default=None),
        max((snooze.until for snooze in quiet if (snooze.until - snooze.on).days <= longest), default=None),
        owner,
        str(obligation.reason),
        source_of(obligation, case.protocol),
    )


def _booking(obligation: Obligation, case: Case) -> Appointment | None:
    """The latest appointment that serves it, for the day of the event it hangs on or later."""
    what = SERVED.get(obligation.rule)
    found = [one for one in case.appointments if one.what == what and one.booked_for >= obligation.hangs_on.on]
    return max(found, key=lambda one: (one.on, one.booked_for, _AFTER_EACH_OTHER.index(one.status)), default=None)


def _snoozes(obligation: Obligation, case: Case) -> list[Snoozed]:
    """The snoozes that hold for it: it was there on their day, since it hangs on an event of that day or earlier."""
    return [one for one in case.snoozed if one.rule == obligation.rule and obligation.hangs_on.on <= one.on]


def source_of(obligation: Obligation, protocol: Protocol) -> str:
    """`guideline: ...` where the due date rests on the guideline's number or word, else `local default`."""
    row = ROW[obligation.rule]
    number = obligation.number or (RULES[obligation.rule].number if obligation.rule != STALLED else STALLED)
    by_guideline = number in protocol.by_guideline if number else row in protocol.rows
    return f"guideline: {protocol.source(row)}" if by_guideline else "local default"


def alert_id(mrn: str, rule: str, event_id: str) -> str:
    """The identity of an obligation: the patient, the rule and the event it hangs on. It stays when the dates move."""
    return hashlib.sha256(f"{mrn}\n{rule}\n{event_id}".encode()).hexdigest()[:16]


def is_urgent(one: Kept, day: date) -> bool:
    """Whether it is urgent by a day."""
    return one.urgent_on is not None and one.urgent_on <= day


def quiet_until(one: Kept, day: date) -> date | None:
    """Until when it is snoozed, as seen on a day; None where it is not."""
    until = one.snoozed_until_if_urgent if is_urgent(one, day) else one.snoozed_until
    return until if until is not None and day < until else None


def seen(one: Kept, mrn: str, day: date) -> dict[str, Any]:
    """An obligation as seen on a day, in the alert's JSON shape: its status, and whether it is urgent by then."""
    if quiet_until(one, day) is not None:
        status = SNOOZED
    elif day < one.opens_on:
        status = UPCOMING
    else:
        status = DUE if day <= one.due_on else OVERDUE
    booked = one.booked_for is not None and one.booked_for >= day
    return {
        "id": alert_id(mrn, one.rule, one.event_id),
        "rule": one.rule,
        "row": ROW[one.rule],
        "mrn": mrn,
        "status": status,
        "severity": URGENT if is_urgent(one, day) else ROUTINE,
        "opens_on": one.opens_on.isoformat(),
        "due_on": one.due_on.isoformat(),
        "booked_for": one.booked_for.isoformat() if one.booked_for is not None and booked else None,
        "reason": one.reason,
        "source": one.source,
        "owner": one.owner,
    }


def pressing(alert: dict[str, Any]) -> tuple[bool, bool, str, str, str]:
    """The order of alerts: urgent first, then by due date, rule and MRN; snoozed ones last."""
    return (
        alert["status"] == SNOOZED,
        alert["severity"] != URGENT,
        alert["due_on"],
        alert["rule"],
        alert["mrn"],
    )


def seen_on(journey: Journey, day: date) -> list[dict[str, Any]]:
    """All that a patient is owed as seen on a day, most pressing first."""
    mrn = journey.case.registered.mrn
    return sorted((seen(one, mrn, day) for one in kept(journey)), key=pressing)
