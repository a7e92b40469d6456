"""Histories for the sentences that no other table of cases draws out of the core (docs/reference/sentences.md)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from pathway import events
from tests.histories import (
    Story,
    adjuvant,
    decided,
    neoadjuvant,
    operated,
    reassessment,
    recurred,
    registered,
    resectable,
    resection,
    surveillance,
    workup,
)

TODAY = date(2027, 6, 1)


def taken_over(state: str, on: str = "2027-04-01", primary: str = "colorectal") -> Story:
    """In a state by take-over, of known primary."""
    told = registered().tell("2027-03-02", "primary_identified", primary=primary, method="liver_biopsy")
    return told.tell(on, "taken_over", state=state)


def measured(**fields: Any) -> Story:
    return reassessment().tell("2027-05-20", "volumetry", **fields)


def straight(**image: Any) -> Story:
    """In the work-up, of a disease seen so."""
    return workup(image={"lesion_count": 3, "bilobar": False, **image})


def back_after_surgery(*, adjuvant_therapy: bool) -> Story:
    """In reassessment again after an operation, nothing begun since but perhaps adjuvant therapy."""
    told = taken_over("resection").tell("2027-04-02", "surgery_performed", procedure="resection", margin="R2")
    if adjuvant_therapy:
        told.tell("2027-05-03", "systemic_started", intent="adjuvant", regimen="FOLFOX")
    told.tell("2027-05-20", "imaging", modality="ct", purpose="other", lesion_count=2, bilobar=False)
    return told.step("2027-05-21", "abandon_resection")


def used_but_a_day() -> Story:
    """183 of the 184 days from 20 March to 20 September are used."""
    told = resection()
    told.tell("2027-09-19", "systemic_stopped", reason="surgery")
    return told.tell("2027-10-20", "surgery_performed", procedure="resection", margin="R0")


HISTORIES: dict[str, tuple[str, Callable[[], Story]]] = {
    "another primary in the work-up": ("2027-03-06", lambda: workup(primary="other")),
    "a recurrence in the liver": ("2028-06-03", recurred),
    "a recurrence elsewhere too": ("2028-06-03", lambda: recurred(("liver", "lung"))),
    "adjuvant by take-over, never operated": ("2027-04-02", lambda: taken_over("adjuvant")),
    "operated without chemotherapy": (
        "2027-04-03",
        lambda: taken_over("resection").tell("2027-04-02", "surgery_performed", procedure="resection"),
    ),
    "a day left of the six months": ("2027-10-21", used_but_a_day),
    "never treated, in reassessment": ("2027-04-02", lambda: taken_over("reassessment")),
    "a remnant of one segment, too small": ("2027-05-20", lambda: measured(remnant_percent=28, remnant_segments=1)),
    "a remnant of no segment, too small": ("2027-05-20", lambda: measured(remnant_percent=28, remnant_segments=0)),
    "a remnant of one segment": ("2027-05-20", lambda: measured(remnant_percent=35, remnant_segments=1)),
    "a remnant of no segment": ("2027-05-20", lambda: measured(remnant_percent=35, remnant_segments=0)),
    "a large remnant, estimated": ("2027-05-20", lambda: measured(remnant_percent=45, estimated=True)),
    "a small remnant, estimated": ("2027-05-20", lambda: measured(remnant_percent=39, estimated=True)),
    "measured before the last operation": (
        "2028-06-03",
        recurred,
    ),
    "cycles, and no response": (
        "2027-05-10",
        lambda: decided(neoadjuvant(), "2027-05-10", "reassess").step("2027-05-10", "reassess"),
    ),
    "back under adjuvant therapy": (
        "2027-10-03",
        lambda: adjuvant().tell("2027-10-02", "recurrence", sites=["liver"]).step("2027-10-03", "restage"),
    ),
    "nothing since adjuvant therapy": ("2027-05-21", lambda: back_after_surgery(adjuvant_therapy=True)),
    "nothing since the operation": ("2027-05-21", lambda: back_after_surgery(adjuvant_therapy=False)),
    "resectable outside the liver": (
        "2027-05-20",
        lambda: resectable(image={"extrahepatic": "resectable"}),
    ),
    "two decisions of one day": (
        "2027-05-24",
        lambda: decided(decided(resectable(), "2027-05-24", "offer_resection"), "2027-05-24", "defer"),
    ),
    "one lobe or both, not said": ("2027-03-06", lambda: straight(bilobar=None)),
    "infiltrative, segments not said": ("2027-03-06", lambda: straight(infiltrative=True)),
    "another regimen than named": (
        "2027-03-21",
        lambda: neoadjuvant(regimen="CAPOX", biologic=None),
    ),
    "another regimen after the operation": (
        "2027-09-01",
        lambda: (
            operated()
            .step("2027-09-01", "start_adjuvant")
            .tell("2027-09-01", "systemic_started", intent="adjuvant", regimen="FOLFOX", deviation_reason="neuropathy")
        ),
    ),
    "adjuvant bevacizumab on day 41": (
        "2027-08-25",
        lambda: operated().tell(
            "2027-08-25", "systemic_started", intent="adjuvant", regimen="FOLFIRI", biologic="bevacizumab"
        ),
    ),
    "operated on day 41 after bevacizumab": (
        "2027-06-11",
        lambda: resection(biologic="bevacizumab", regimen="FOLFOXIRI").tell(
            "2027-06-11", "surgery_performed", procedure="resection"
        ),
    ),
    "an ablation of 45 mm": (
        "2027-06-11",
        lambda: resection().tell(
            "2027-06-11", "surgery_performed", procedure="resection_with_ablation", ablated_mm=[45]
        ),
    ),
    "a cycle after the death": (
        "2027-05-03",
        lambda: neoadjuvant().tell("2027-05-02", "died").tell("2027-05-03", "cycle_given", number=5),
    ),
    "operated in the work-up": (
        "2027-04-01",
        lambda: workup().tell("2027-04-01", "surgery_performed", procedure="resection"),
    ),
    "taken over again": ("2027-04-01", lambda: neoadjuvant().tell("2027-04-01", "taken_over", state="systemic")),
    "lost after one call": (
        "2027-05-03",
        lambda: (
            neoadjuvant()
            .tell("2027-05-02", "contact", outcome="no_answer")
            .tell("2027-05-03", "withdrawn", reason="lost_to_follow_up")
        ),
    ),
    "an operation planned without any ECOG": (
        "2027-04-03",
        lambda: taken_over("resection").tell(
            "2027-04-02", "surgery_planned", planned_for="2027-05-03", procedure="resection"
        ),
    ),
    "a step that no longer starts where the patient stood": (
        "2027-04-10",
        lambda: neoadjuvant().tell("2027-04-10", "corrected", event="step-workup"),
    ),
    "overridden": (
        "2027-03-12",
        lambda: workup().step(
            "2027-03-12", "start_neoadjuvant", override={"reason": "the results take too long", "by": "dr.a"}
        ),
    ),
    "HER2 known": (
        "2027-03-11",
        lambda: workup(primary="gastric").tell("2027-03-10", "molecular_result", her2="positive"),
    ),
}
"""A day and a patient, by what is told."""

ASKED: dict[str, tuple[str, str, str | None, Callable[[], Story]]] = {
    "no modality chosen": ("2027-05-24", "offer_locoregional", None, resectable),
    "not treated before locoregional therapy": (
        "2027-04-02",
        "offer_locoregional",
        "sirt",
        lambda: taken_over("reassessment"),
    ),
    "closing a patient who is on the pathway": ("2027-03-06", "close", None, workup),
    "taken back after a withdrawal, and asked to close": (
        "2027-03-10",
        "close",
        None,
        lambda: (
            workup()
            .tell("2027-03-08", "withdrawn", reason="transferred")
            .tell("2027-03-10", "taken_over", state="molecular_workup")
        ),
    ),
}
"""A step asked for, with its modality."""


def line(**fields: Any) -> Callable[[], object]:
    given = {"mrn": "A-100", "on": "2027-03-01", **fields}
    return lambda: events.read(given, today=TODAY)


def text(raw: str | bytes) -> Callable[[], object]:
    return lambda: events.parse(raw)


def told(first: Callable[[], Story], on: str, kind: str, **fields: Any) -> Callable[[], object]:
    return lambda: first().tell(on, kind, **fields)


ABOUT = {"name": "Ada Example", "birth_date": "1958-04-11", "sex": "female"}
REFUSALS: dict[str, Callable[[], object]] = {
    "a line in another encoding": text(b'{"mrn": "\xff"}'),
    "a line of ten thousand brackets": text("[" * 100_000),
    "a line cut off": text('{"mrn": "A-100"'),
    "a number of five thousand digits": text('{"number": ' + "1" * 5000 + "}"),
    "a list": text("[1]"),
    "a field twice": text('{"mrn": "A-100", "mrn": "A-101"}'),
    "a number that is none": text('{"ng_per_ml": NaN}'),
    "no type": line(),
    "an unknown type": line(type="horoscope"),
    "a replacement of null": line(type="corrected", event="e1", replacement=None),
    "a field of another type": line(type="cea", ecog=1),
    "a control character": line(type="died", cause="a\x07b"),
    "a nest of lists": line(type="imaging", segments=[[[[[[["V"]]]]]]]),
    "a field left out": line(type="cea"),
    "an ECOG of 7": line(type="performance_status", ecog=7),
    "a name of blanks": line(type="registered", **{**ABOUT, "name": " "}),
    "born after the registration": line(type="registered", **{**ABOUT, "birth_date": "2027-03-02"}),
    "a side that contradicts the place": line(
        type="primary_identified", primary="colorectal", method="colonoscopy", location="sigmoid", side="right"
    ),
    "a result of nothing": line(type="molecular_result"),
    "a modality for another step": line(type="advanced", trigger="reassess", modality="rfa"),
    "closed by a step": line(type="advanced", trigger="close"),
    "an override by nobody": line(type="advanced", trigger="reassess", override={"reason": "x", "by": " "}),
    "a year mistyped": line(type="surgery_planned", planned_for="3027-05-01", procedure="resection"),
    "a day that has not come": line(type="cea", ng_per_ml=3, on="2027-06-02"),
    "recorded tomorrow": line(type="cea", ng_per_ml=3, recorded_at="2027-06-02T08:00:00+00:00"),
    "a role without a name": line(type="mdt_decision", present=[" "]),
    "a role twice": line(type="mdt_decision", present=["oncologist", "oncologist"]),
    "the identity of an event, corrected": told(
        surveillance, "2028-01-02", "corrected", event="stop-2", replacement={"id": "another"}
    ),
    "registered twice": told(registered, "2027-03-02", "registered", **ABOUT),
    "never registered": told(Story, "2027-03-02", "cea", ng_per_ml=3),
    "a step before the registration": told(registered, "2027-02-28", "advanced", trigger="begin_workup"),
    "a registration moved behind a step": told(
        workup, "2027-03-10", "corrected", event="e001", replacement={**ABOUT, "on": "2027-03-06"}
    ),
    "a correction of nothing": told(workup, "2027-03-10", "corrected", event="nothing"),
    "a correction corrected": told(
        lambda: workup().tell("2027-03-10", "corrected", id="c-1", event="ecog-0"),
        "2027-03-11",
        "corrected",
        event="c-1",
        replacement={"event": "ecog-0"},
    ),
    "a registration taken away": told(workup, "2027-03-10", "corrected", event="e001"),
    "a step that does not start there": told(workup, "2027-03-10", "advanced", trigger="restage"),
}
"""What is not recorded, by what is wrong with it; each raises Refused."""
