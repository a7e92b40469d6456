"""Deciding one patient, and one step through the machine."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from bench.measure import Result, compare
from pathway import events
from pathway.history import History
from pathway.journey import MACHINE, Attempt, options, walk
from pathway.obligations import owed
from pathway.protocol import load
from pathway.states import State

TEAM = [
    "medical_oncologist",
    "hepatobiliary_surgeon",
    "colorectal_surgeon",
    "interventional_radiologist",
    "diagnostic_radiologist",
]


def patient() -> list[dict[str, Any]]:
    """A patient of 40 events, from registration to the second year of surveillance."""
    rows: list[tuple[str, str, dict[str, Any]]] = [
        (
            "2027-03-01",
            "registered",
            {"name": "Ada Example", "birth_date": "1958-04-11", "sex": "female"},
        ),
        ("2027-03-01", "referred", {"site": "hub", "high_volume_centre": True}),
        ("2027-03-02", "primary_identified", {"primary": "colorectal", "method": "colonoscopy", "location": "sigmoid"}),
        ("2027-03-03", "imaging", {"modality": "ct", "purpose": "baseline", "lesion_count": 7, "bilobar": True}),
        ("2027-03-03", "performance_status", {"ecog": 0}),
        ("2027-03-05", "advanced", {"trigger": "begin_workup"}),
        ("2027-03-10", "molecular_result", {"mmr": "proficient", "ras": "wild_type", "braf": "wild_type"}),
        ("2027-03-12", "mdt_decision", {"present": TEAM, "plan": "start_neoadjuvant"}),
        ("2027-03-20", "advanced", {"trigger": "start_neoadjuvant"}),
        ("2027-03-20", "systemic_started", {"intent": "neoadjuvant", "regimen": "FOLFIRI", "biologic": "panitumumab"}),
        *[(f"2027-0{4 + n // 2}-{3 + 14 * (n % 2):02}", "cycle_given", {"number": n + 1}) for n in range(3)],
        (
            "2027-05-18",
            "imaging",
            {
                "modality": "ct",
                "purpose": "reassessment",
                "lesion_count": 6,
                "response": "partial",
                "extrahepatic": "none",
            },
        ),
        ("2027-05-18", "advanced", {"trigger": "reassess"}),
        ("2027-05-20", "volumetry", {"remnant_percent": 41, "remnant_segments": 3}),
        ("2027-05-20", "performance_status", {"ecog": 1}),
        ("2027-05-24", "mdt_decision", {"present": TEAM, "plan": "offer_resection", "r0_achievable": True}),
        ("2027-05-26", "advanced", {"trigger": "offer_resection"}),
        ("2027-05-27", "surgery_planned", {"planned_for": "2027-07-15", "procedure": "resection"}),
        ("2027-05-28", "systemic_stopped", {"reason": "surgery"}),
        ("2027-07-15", "surgery_performed", {"procedure": "resection", "margin": "R0"}),
        ("2027-09-01", "advanced", {"trigger": "start_adjuvant"}),
        ("2027-09-01", "systemic_started", {"intent": "adjuvant", "regimen": "FOLFIRI", "biologic": "panitumumab"}),
        *[(f"2027-{9 + n:02}-15", "cycle_given", {"number": n + 4}) for n in range(4)],
        ("2027-12-20", "systemic_stopped", {"reason": "complete"}),
        ("2027-12-21", "advanced", {"trigger": "begin_surveillance"}),
        *[(f"2028-0{1 + 3 * n}-10", "imaging", {"modality": "ct", "purpose": "surveillance"}) for n in range(3)],
        *[(f"2028-0{1 + 3 * n}-10", "cea", {"ng_per_ml": 2.1 + n / 10}) for n in range(3)],
        *[(f"2028-0{1 + 3 * n}-12", "visit", {"kind": "surveillance"}) for n in range(3)],
        ("2028-07-20", "contact", {"outcome": "reached"}),
    ]
    return [{"mrn": "A-100", "on": on, "type": kind, **fields} for on, kind, fields in rows]


def run() -> list[Result]:
    """Deciding against reading the same lines; a step against the bare machine."""
    rows = patient()
    assert len(rows) == 40, len(rows)
    day, protocol = date(2028, 8, 1), load()
    decoded = [events.identified(events.read(row, today=day)) for row in rows]
    lines = [json.dumps(row) for row in rows]

    def decide() -> object:
        journey = walk(History.of(decoded), day, protocol)
        assert journey is not None
        return options(journey), owed(journey)

    journey = walk(History.of(decoded), day, protocol)
    assert journey is not None
    assert journey.case.state is State.SURVEILLANCE, "the patient walks the whole way"
    findings = next(step for step in journey.steps if step.event.trigger == "offer_resection").findings

    class Bare:
        def __init__(self) -> None:
            self.state = State.REASSESSMENT.value

        def goes(self) -> bool:
            return True

    return [
        compare("decide 40 events / json.loads of their lines", decide, lambda: [*map(json.loads, lines)], 4),
        compare(
            "a step through the machine / the bare trigger",
            lambda: MACHINE.fire(Attempt(State.REASSESSMENT, findings, None), "offer_resection"),
            lambda: MACHINE.events["offer_resection"].trigger(Bare()),
            2,
            times=2_000,
        ),
    ]
