"""The cohort in figures: where patients stand, what is overdue, whether the guideline is kept."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from pathway.answer import show
from pathway.protocol import Protocol
from pathway.states import OPEN, State
from pathway.store import Store, protocols


def cohort(store: Store, *, day: date, protocol: Protocol) -> dict[str, Any]:
    """Counts by state and figures with numerator and denominator, of everybody registered by that day."""
    by_state: Counter[str] = Counter()
    overdue: Counter[str] = Counter()
    deviations: Counter[str] = Counter()
    patients_overdue = patients_urgent = patients_deviating = called_in_question = 0
    with store.read() as connection:
        for told in protocols.histories(connection, protocol):
            answer = show(told.history, day, protocol, judged_by=told.judged_by)
            if answer is None:
                continue
            by_state[answer["state"]] += 1
            late = [alert["rule"] for alert in answer["alerts"] if alert["status"] == "overdue"]
            overdue.update(late)
            deviations.update(one["id"] for one in answer["deviations"])
            patients_overdue += bool(late)
            patients_urgent += any(alert["severity"] == "urgent" for alert in answer["alerts"])
            patients_deviating += bool(answer["deviations"])
            called_in_question += any(alert["rule"] == "guard_violated" for alert in answer["alerts"])
    total = sum(by_state.values())
    open_ = sum(count for state, count in by_state.items() if State(state) in OPEN)
    return {
        "as_of": day.isoformat(),
        "patients": total,
        "open": open_,
        "states": {state.value: by_state[state.value] for state in State},
        "overdue": dict(sorted(overdue.items())),
        "deviations": dict(sorted(deviations.items())),
        "kpis": [
            _kpi("overdue", "Open patients with something overdue", patients_overdue, open_),
            _kpi("urgent", "Open patients with something urgent", patients_urgent, open_),
            _kpi("deviating", "Patients with a deviation from the guideline", patients_deviating, total),
            _kpi("questioned", "Patients with a step called in question", called_in_question, total),
        ],
    }


def _kpi(name: str, text: str, numerator: int, denominator: int) -> dict[str, Any]:
    return {"id": name, "text": text, "numerator": numerator, "denominator": denominator}
