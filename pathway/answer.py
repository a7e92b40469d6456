"""The answer about one patient on one day, in the shape that `pathway show --json` prints
(docs/reference/contract.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from pathway.advice import classification, high_risk, risk_factors, suggestions
from pathway.alerts import seen_on
from pathway.criteria import FACT, Finding
from pathway.events import Event, Registered, fields_of
from pathway.history import History
from pathway.journey import Journey, admit, deviations, options, walk
from pathway.protocol import Protocol
from pathway.regimens import Recommendation, recommend
from pathway.states import STEP_WORDS


class Preview(NamedTuple):
    """What an event would change if it were recorded: what it closes, and what it opens or moves."""

    closes: list[dict[str, Any]]
    opens: list[dict[str, Any]]
    state: str | None
    """The state it would lead to, where that is another."""


def preview(
    history: History, event: Event, day: date, protocol: Protocol, *, judged_by: Mapping[str, Protocol] | None = None
) -> Preview:
    """What recording an event would change on a day. Raises Refused or StepRefused where it would not be recorded."""
    after = admit(history, event, protocol, today=day)
    before = walk(history, day, protocol, judged_by=judged_by)
    then = walk(after, day, protocol, judged_by=judged_by)
    old = {alert["id"]: alert for alert in seen_on(before, day)} if before else {}
    new = {alert["id"]: alert for alert in seen_on(then, day)} if then else {}
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
    return None if journey is None else shown(journey, history, protocol)


def shown(journey: Journey, history: History, protocol: Protocol) -> dict[str, Any]:
    """The same of a way that has been walked already."""
    case = journey.case
    day = case.day
    rows = seen_on(journey, day)
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
        if moved.get(event.id, event.on) > day:
            continue
        fields = fields_of(event)
        row = {name: fields.pop(name, None) for name in ("id", "on", "recorded_at", "type", "by")}
        row.update(fields)
        if event.id in history.corrected_by:
            row["corrected_by"] = history.corrected_by[event.id]
        rows.append(row)
    return rows
