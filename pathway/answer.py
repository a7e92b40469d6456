"""The answer about one patient on one day, in the shape that `pathway show --json` prints
(docs/reference/contract.md)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from pathway.advice import classification, high_risk, risk_factors, suggestions
from pathway.case import Case
from pathway.criteria import FACT, Finding
from pathway.events import Appointment, Event, Registered, fields_of
from pathway.history import History
from pathway.journey import Journey, admit, deviations, options, walk
from pathway.obligations import ROW, RULES, STALLED, Obligation, owed
from pathway.protocol import GUIDELINE, Protocol
from pathway.regimens import Recommendation, recommend
from pathway.states import STEP_WORDS

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


class Alert(NamedTuple):
    """An obligation as seen on a day."""

    obligation: Obligation
    status: str
    severity: str
    booked_for: date | None

    @property
    def order(self) -> tuple[bool, bool, date, str]:
        """Urgent first, then by due date and rule; snoozed ones last."""
        return (self.status == SNOOZED, self.severity != URGENT, self.obligation.due_on, self.obligation.rule)


def alert_id(mrn: str, obligation: Obligation) -> str:
    """The identity of an obligation: the patient, the rule and the event it hangs on. It stays when the dates move."""
    return hashlib.sha256(f"{mrn}\n{obligation.rule}\n{obligation.hangs_on.id}".encode()).hexdigest()[:16]


def seen(obligation: Obligation, case: Case, day: date) -> Alert:
    """An obligation as seen on a day: its status, whether it is urgent by then, and what is booked for it."""
    booking = _booking(obligation, case)
    missed = booking is not None and booking.status == "missed"
    urgent = missed or (obligation.urgent_on is not None and obligation.urgent_on <= day)
    if _snoozed(obligation, case, day, urgent):
        status = SNOOZED
    elif day < obligation.opens_on:
        status = UPCOMING
    else:
        status = DUE if day <= obligation.due_on else OVERDUE
    booked = booking is not None and booking.status == "booked" and booking.booked_for >= day
    return Alert(obligation, status, URGENT if urgent else ROUTINE, booking.booked_for if booking and booked else None)


def _booking(obligation: Obligation, case: Case) -> Appointment | None:
    """The latest appointment that serves it, for the day of the event it hangs on or later."""
    what = SERVED.get(obligation.rule)
    if what is None or not case.appointments:
        return None
    found = [one for one in case.appointments if one.what == what and one.booked_for >= obligation.hangs_on.on]
    return max(found, key=lambda one: (one.on, one.booked_for, _AFTER_EACH_OTHER.index(one.status)), default=None)


def _snoozed(obligation: Obligation, case: Case, day: date, urgent: bool) -> bool:
    """Whether a snooze holds: for what was there on its day, until its day; something urgent for a week at most."""
    for snooze in case.snoozed:
        if snooze.rule != obligation.rule or not obligation.hangs_on.on <= snooze.on <= day < snooze.until:
            continue
        if not urgent or (snooze.until - snooze.on).days <= case.numbers.snooze_urgent_days_at_most:
            return True
    return False


def seen_alerts(journey: Journey, day: date) -> list[Alert]:
    """All that is owed as seen on a day, most pressing first."""
    return sorted((seen(obligation, journey.case, day) for obligation in owed(journey)), key=lambda alert: alert.order)


def source_of(obligation: Obligation, protocol: Protocol) -> str:
    """`guideline: ...` where the due date rests on the guideline's number or word, else `local default`."""
    row = ROW[obligation.rule]
    number = obligation.number or (RULES[obligation.rule].number if obligation.rule != STALLED else STALLED)
    by_guideline = row in protocol.rows if not number else number in guideline_numbers(protocol)
    return f"guideline: {protocol.source(row)}" if by_guideline else "local default"


def guideline_numbers(protocol: Protocol) -> frozenset[str]:
    """The names of the numbers that the guideline gives."""
    return frozenset(entry.name for entry in protocol.entries if entry.source == GUIDELINE)


def alert_row(alert: Alert, case: Case, protocol: Protocol) -> dict[str, Any]:
    """An alert in its JSON shape."""
    obligation = alert.obligation
    mrn = case.registered.mrn
    return {
        "id": alert_id(mrn, obligation),
        "rule": obligation.rule,
        "row": ROW[obligation.rule],
        "mrn": mrn,
        "status": alert.status,
        "severity": alert.severity,
        "opens_on": obligation.opens_on.isoformat(),
        "due_on": obligation.due_on.isoformat(),
        "booked_for": alert.booked_for.isoformat() if alert.booked_for else None,
        "reason": str(obligation.reason),
        "source": source_of(obligation, protocol),
        "owner": case.navigator,
    }


def alerts(history: History, day: date, protocol: Protocol) -> list[dict[str, Any]]:
    """What a patient is owed on a day, most pressing first, in the alert's JSON shape; nothing where she is not
    registered.
    """
    journey = walk(history, day, protocol)
    if journey is None:
        return []
    return [alert_row(alert, journey.case, protocol) for alert in seen_alerts(journey, day)]


class Preview(NamedTuple):
    """What an event would change if it were recorded: what it closes, and what it opens or moves."""

    closes: list[dict[str, Any]]
    opens: list[dict[str, Any]]
    state: str | None
    """The state it would lead to, where that is another."""


def preview(history: History, event: Event, day: date, protocol: Protocol) -> Preview:
    """What recording an event would change on a day. Raises Refused or StepRefused where it would not be recorded."""
    after = admit(history, event, protocol, today=day)
    old = {alert["id"]: alert for alert in alerts(history, day, protocol)}
    new = {alert["id"]: alert for alert in alerts(after, day, protocol)}
    before, then = walk(history, day, protocol), walk(after, day, protocol)
    state = then.case.state.value if before and then and before.case.state is not then.case.state else None
    moved = [alert for id_, alert in new.items() if id_ not in old or _dates(old[id_]) != _dates(alert)]
    return Preview([alert for id_, alert in old.items() if id_ not in new], moved, state)


def _dates(alert: Mapping[str, Any]) -> tuple[Any, ...]:
    return alert["opens_on"], alert["due_on"], alert["severity"], alert["status"]


def show(
    history: History, day: date, protocol: Protocol, *, judged_by: Mapping[str, Protocol] | None = None
) -> dict[str, Any] | None:
    """Everything about one patient on a day, as known now; None where she is not registered by then."""
    journey = walk(history, day, protocol, judged_by=judged_by)
    if journey is None:
        return None
    case = journey.case
    rows = [alert_row(alert, case, protocol) for alert in seen_alerts(journey, day)]
    classified = classification(case)
    return {
        "mrn": case.registered.mrn,
        "state": case.state.value,
        "since": case.since.isoformat(),
        "next_step": rows[0] if rows else None,
        "classification": {
            "initially_unresectable": classified.initially_unresectable,
            "reasons": list(classified.reasons),
        },
        "risk_factors": risk_factors(case),
        "high_risk": high_risk(case),
        "recommendation": _recommendation(recommend(case), protocol),
        "suggestions": [
            {"id": one.id, "text": one.text, "source": protocol.source(one.id)} for one in suggestions(case)
        ],
        "options": [
            {
                "trigger": option.trigger,
                "to": option.to.value,
                "allowed": option.allowed,
                "criteria": [finding_row(finding, protocol, option.trigger) for finding in option.findings],
            }
            for option in options(journey)
        ],
        "alerts": rows,
        "deviations": [
            {"on": one.on.isoformat(), "what": str(one.what), "id": one.id, "reason": one.reason, "by": one.by}
            for one in deviations(journey, history)
        ],
        "history": history_rows(history, day),
    }


def _recommendation(found: Recommendation, protocol: Protocol) -> dict[str, Any]:
    source = protocol.source(found.row)
    return {
        "regimens": list(found.regimens),
        "biologics": list(found.biologics),
        "missing": list(found.missing),
        "source": f"{source}; the guideline gives no regimen for this primary" if found.row == "J4" else source,
    }


def finding_row(finding: Finding, protocol: Protocol, trigger: str) -> dict[str, str]:
    """A question with its answer, in its JSON shape."""
    if finding.id == FACT:
        source = f"what '{STEP_WORDS[trigger]}' rests on; nothing replaces it"
    else:
        source = protocol.source(finding.id)
    return {
        "name": finding.name.format(n=protocol.numbers),
        "id": finding.id,
        "verdict": finding.verdict.value,
        "reason": finding.reason,
        "source": source,
    }


def history_rows(history: History, day: date) -> list[dict[str, Any]]:
    """Every event of that day or earlier as it was recorded, the original of a corrected one with `corrected_by`."""
    moved = {event.id: event.on for event in history.order}
    rows = []
    for event in sorted(history.events, key=lambda event: (event.on, type(event) is not Registered)):
        if event.on > day and moved.get(event.id, event.on) > day:
            continue
        fields = fields_of(event)
        row = {name: fields.pop(name, None) for name in ("id", "on", "recorded_at", "type", "by")}
        row.update(fields)
        if event.id in history.corrected_by:
            row["corrected_by"] = history.corrected_by[event.id]
        rows.append(row)
    return rows
