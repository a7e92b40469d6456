"""Each question and each fact of each step fails alone, in a real history, all others met.

`test_truth_tables.py` puts every combination of verdicts; here the verdicts come from facts, through the real
questions. A scenario is a patient for whom a step goes; a case changes what is recorded of her, and says what opens.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import pytest

from pathway.criteria import FACT, MET, Asked, judge
from pathway.journey import walk
from pathway.states import ROWS, STEP, State
from tests.histories import TEAM, Story
from tests.test_truth_tables import STEPS

Told = tuple[str, str, dict[str, Any]]
"""A line of a history: its day, its type, its fields."""


class Scenario(NamedTuple):
    """A patient for whom a step goes: what is recorded of her, in order, each line by a name that a case can change."""

    lines: dict[str, Told]
    on: str
    trigger: str
    modality: str | None = None


def mdt(on: str, plan: str | None, **said: bool) -> Told:
    return on, "mdt_decision", {"present": TEAM, **({"plan": plan} if plan else {}), **said}


def step(on: str, trigger: str) -> Told:
    return on, "advanced", {"trigger": trigger}


def over(on: str, state: str) -> Told:
    return on, "taken_over", {"state": state}


REGISTERED: dict[str, Told] = {
    "registered": ("2027-03-01", "registered", {"name": "Ada Example", "birth_date": "1958-04-11", "sex": "female"}),
    "referred": ("2027-03-01", "referred", {"site": "hub", "high_volume_centre": True}),
    "primary": (
        "2027-03-02",
        "primary_identified",
        {"primary": "colorectal", "method": "colonoscopy", "location": "sigmoid"},
    ),
    "baseline": (
        "2027-03-03",
        "imaging",
        {
            "modality": "ct",
            "purpose": "baseline",
            "lesion_count": 3,
            "largest_mm": 31,
            "bilobar": False,
            "infiltrative": False,
            "extrahepatic": "none",
        },
    ),
    "ecog": ("2027-03-03", "performance_status", {"ecog": 0}),
}
WORKUP = {**REGISTERED, "workup": step("2027-03-05", "begin_workup")}
PROFILED = {
    **WORKUP,
    "profile": ("2027-03-10", "molecular_result", {"mmr": "proficient", "ras": "wild_type", "braf": "wild_type"}),
}
NEOADJUVANT = {
    **PROFILED,
    "mdt-1": mdt("2027-03-12", "start_neoadjuvant"),
    "neoadjuvant": step("2027-03-20", "start_neoadjuvant"),
    "line": ("2027-03-20", "systemic_started", {"intent": "neoadjuvant", "regimen": "FOLFOX", "biologic": "cetuximab"}),
    "cycle": ("2027-03-20", "cycle_given", {"number": 1}),
}
IMAGED = {
    **NEOADJUVANT,
    "ct": (
        "2027-05-18",
        "imaging",
        {"modality": "ct", "purpose": "reassessment", "response": "partial", "extrahepatic": "none"},
    ),
}
REASSESSMENT: dict[str, Told] = {
    **IMAGED,
    "reassess": step("2027-05-18", "reassess"),
    "volumetry": ("2027-05-20", "volumetry", {"remnant_percent": 31}),
    "ecog-1": ("2027-05-20", "performance_status", {"ecog": 1}),
}
RESECTION = {
    **REASSESSMENT,
    "mdt-2": mdt("2027-05-24", "offer_resection", r0_achievable=True),
    "resection": step("2027-05-26", "offer_resection"),
}
OPERATED = {
    **RESECTION,
    "stop": ("2027-05-28", "systemic_stopped", {"reason": "surgery"}),
    "operation": ("2027-07-15", "surgery_performed", {"procedure": "resection", "margin": "R0"}),
}
ADJUVANT = {**OPERATED, "adjuvant": step("2027-09-01", "start_adjuvant")}
SURVEILLANCE = {
    **ADJUVANT,
    "adjuvant-stop": ("2027-12-20", "systemic_stopped", {"reason": "complete"}),
    "surveillance": step("2027-12-21", "begin_surveillance"),
}
RECURRENCE: Told = ("2028-06-02", "recurrence", {"sites": ["liver"]})
NOT_RESECTABLE = {**REASSESSMENT, "volumetry": ("2027-05-20", "volumetry", {"remnant_percent": 30})}


def of(primary: str, lines: dict[str, Told], **more: Told) -> dict[str, Told]:
    """The same of another primary; what is more comes right after the work-up has begun."""
    found: dict[str, Told] = {}
    for name, told in lines.items():
        found[name] = told
        if name == "workup":
            found.update(more)
    found["primary"] = of_primary("2027-03-02", primary)
    return found


def of_primary(on: str, primary: str) -> Told:
    return on, "primary_identified", {"primary": primary, "method": "liver_biopsy"}


HER2: Told = ("2027-03-10", "molecular_result", {"her2": "negative"})


def locoregional(modality: str, primary: str = "colorectal", **said: bool) -> Scenario:
    lines = of(primary, NOT_RESECTABLE) if primary != "colorectal" else NOT_RESECTABLE
    said = {"r0_achievable": True, "caveat_seen": True, **said}
    return Scenario(
        {**lines, "mdt": mdt("2027-05-24", "offer_locoregional", **said)}, "2027-05-26", "offer_locoregional", modality
    )


SCENARIOS = {
    "work-up": Scenario(REGISTERED, "2027-03-05", "begin_workup"),
    "neoadjuvant": Scenario(
        {**PROFILED, "mdt": mdt("2027-03-12", "start_neoadjuvant")}, "2027-03-20", "start_neoadjuvant"
    ),
    "neoadjuvant, gastric": Scenario(
        {**of("gastric", WORKUP, her2=HER2), "mdt": mdt("2027-03-12", "start_neoadjuvant")},
        "2027-03-20",
        "start_neoadjuvant",
    ),
    "neoadjuvant, neuroendocrine": Scenario(
        {**of("neuroendocrine", WORKUP), "mdt": mdt("2027-03-12", "start_neoadjuvant")},
        "2027-03-20",
        "start_neoadjuvant",
    ),
    "another line": Scenario(
        {**REASSESSMENT, "mdt": mdt("2027-05-24", "start_neoadjuvant")}, "2027-05-26", "start_neoadjuvant"
    ),
    "another line, gastric": Scenario(
        {**of("gastric", REASSESSMENT, her2=HER2), "mdt": mdt("2027-05-24", "start_neoadjuvant")},
        "2027-05-26",
        "start_neoadjuvant",
    ),
    "straight to resection": Scenario(
        {
            **WORKUP,
            "volumetry": ("2027-03-08", "volumetry", {"remnant_percent": 31}),
            "mdt": mdt("2027-03-12", "proceed_to_resection", r0_achievable=True),
        },
        "2027-03-20",
        "proceed_to_resection",
    ),
    "straight to resection, gastric": Scenario(
        {
            **of(
                "gastric",
                WORKUP,
                line=("2027-03-06", "systemic_started", {"intent": "neoadjuvant", "regimen": "FOLFOX"}),
            ),
            "baseline": (
                "2027-03-03",
                "imaging",
                {"modality": "ct", "purpose": "baseline", "lesion_count": 1, "infiltrative": False},
            ),
            "ct": ("2027-03-08", "imaging", {"modality": "ct", "purpose": "other", "extrahepatic": "none"}),
            "ecog-1": ("2027-03-08", "performance_status", {"ecog": 1}),
            "volumetry": ("2027-03-08", "volumetry", {"remnant_percent": 31}),
            "mdt": mdt("2027-03-12", "proceed_to_resection", r0_achievable=True),
        },
        "2027-03-20",
        "proceed_to_resection",
    ),
    "reassess": Scenario(IMAGED, "2027-05-18", "reassess"),
    "reassess, under systemic therapy": Scenario(
        {**REGISTERED, "over": over("2027-03-05", "systemic"), "cycle": NEOADJUVANT["cycle"], "ct": IMAGED["ct"]},
        "2027-05-18",
        "reassess",
    ),
    "reassess, after locoregional therapy": Scenario(
        {
            **REGISTERED,
            "over": over("2027-03-05", "locoregional"),
            "ablation": ("2027-03-20", "locoregional_performed", {"modality": "rfa"}),
            "ct": IMAGED["ct"],
        },
        "2027-05-18",
        "reassess",
    ),
    "resection": Scenario(
        {**REASSESSMENT, "mdt": mdt("2027-05-24", "offer_resection", r0_achievable=True)},
        "2027-05-26",
        "offer_resection",
    ),
    "resection, gastric": Scenario(
        {
            **of("gastric", REASSESSMENT, her2=HER2),
            "baseline": (
                "2027-03-03",
                "imaging",
                {"modality": "ct", "purpose": "baseline", "lesion_count": 1, "infiltrative": False},
            ),
            "mdt": mdt("2027-05-24", "offer_resection", r0_achievable=True),
        },
        "2027-05-26",
        "offer_resection",
    ),
    "TACE": locoregional("tace", high_tumour_burden=True),
    "TAE, neuroendocrine": locoregional("tae", "neuroendocrine", high_tumour_burden=True),
    "RFA": locoregional("rfa", patient_refuses_surgery=True),
    "MWA": locoregional("mwa", comorbidity_prevents_surgery=True),
    "SIRT": locoregional("sirt", other_options_exhausted=True),
    "PRRT": locoregional("prrt", "neuroendocrine"),
    "another modality": locoregional("other"),
    "systemic": Scenario(
        {**PROFILED, "mdt": mdt("2027-03-12", "continue_systemic")}, "2027-03-20", "continue_systemic"
    ),
    "systemic, gastric": Scenario(
        {**of("gastric", WORKUP, her2=HER2), "mdt": mdt("2027-03-12", "continue_systemic")},
        "2027-03-20",
        "continue_systemic",
    ),
    "systemic, reassessed": Scenario(
        {**REASSESSMENT, "mdt": mdt("2027-05-24", "continue_systemic")}, "2027-05-26", "continue_systemic"
    ),
    "systemic, after locoregional therapy": Scenario(
        {**REGISTERED, "over": over("2027-03-05", "locoregional"), "mdt": mdt("2027-05-24", "continue_systemic")},
        "2027-05-26",
        "continue_systemic",
    ),
    "abandoned": Scenario(
        {**RESECTION, "off": ("2027-06-10", "surgery_cancelled", {"reason": "found unresectable"})},
        "2027-06-10",
        "abandon_resection",
    ),
    "adjuvant": Scenario(OPERATED, "2027-09-01", "start_adjuvant"),
    "surveillance, operated": Scenario(
        {**OPERATED, "mdt": mdt("2027-08-01", "begin_surveillance")}, "2027-08-10", "begin_surveillance"
    ),
    "surveillance, after adjuvant therapy": Scenario(
        {**ADJUVANT, "adjuvant-stop": SURVEILLANCE["adjuvant-stop"]}, "2027-12-21", "begin_surveillance"
    ),
    "surveillance, after locoregional therapy": Scenario(
        {
            **REGISTERED,
            "over": over("2027-03-05", "locoregional"),
            "ablation": ("2027-03-20", "locoregional_performed", {"modality": "rfa", "residual_disease": False}),
        },
        "2027-05-18",
        "begin_surveillance",
    ),
    "surveillance, reassessed": Scenario(
        {**REASSESSMENT, "mdt": mdt("2027-05-24", "begin_surveillance")}, "2027-05-26", "begin_surveillance"
    ),
    "restaged": Scenario({**SURVEILLANCE, "recurrence": RECURRENCE}, "2028-06-03", "restage"),
    "restaged under adjuvant therapy": Scenario(
        {**ADJUVANT, "recurrence": ("2027-10-01", "recurrence", {"sites": ["liver"]})}, "2027-10-02", "restage"
    ),
    "restaged after the follow-up": Scenario(
        {**REGISTERED, "over": over("2027-03-05", "completed"), "recurrence": RECURRENCE}, "2028-06-03", "restage"
    ),
    "followed up": Scenario(SURVEILLANCE, "2032-07-15", "complete_follow_up"),
}
WITHOUT: dict[str, Any] = {}
"""A line left out."""


class Change(NamedTuple):
    """What is recorded otherwise, and the questions that are open then."""

    words: str
    scenario: str
    lines: Mapping[str, dict[str, Any] | Told]
    """Fields of a line (None: not given), a line more, or WITHOUT."""
    opens: dict[str, str]


NOBODY_SAYS = {"present": TEAM[:-1]}
INCOMPLETE = {"mdt": NOBODY_SAYS}
NO_MDT: dict[str, Any] = {"mdt": WITHOUT}


def _everywhere(scenario: str, *, also: Mapping[str, str] | None = None) -> list[Change]:
    """M1 not met and unknown; without a decision what it would have said is not known either."""
    return [
        Change("one of the team absent", scenario, INCOMPLETE, {"M1": "not_met"}),
        Change("no decision", scenario, NO_MDT, {"M1": "unknown", **(also or {})}),
    ]


def _five(scenario: str, image: str, ecog: str, *, also: Mapping[str, str] | None = None) -> list[Change]:
    return [
        *_everywhere(scenario, also={"D1": "unknown"}),
        Change("R0 not achievable", scenario, {"mdt": {"r0_achievable": False}}, {"D1": "not_met"}),
        Change("R0 not said", scenario, {"mdt": {"r0_achievable": None}}, {"D1": "unknown"}),
        Change("remnant of 30 %", scenario, {"volumetry": {"remnant_percent": 30}}, {"D2": "not_met"}),
        Change("no volumetry", scenario, {"volumetry": WITHOUT}, {"D2": "unknown"}),
        Change("unresectable elsewhere", scenario, {image: {"extrahepatic": "unresectable"}}, {"D4": "not_met"}),
        Change("nothing said of elsewhere", scenario, {image: {"extrahepatic": None}}, {"D4": "unknown"}),
        Change("ECOG 2", scenario, {ecog: {"ecog": 2}}, {"D5": "not_met"}),
        Change("no ECOG", scenario, {ecog: WITHOUT}, {"D5": "unknown"}),
        Change("a small centre", scenario, {"referred": {"high_volume_centre": False}}, {"N1": "not_met"}),
        Change("no referral", scenario, {"referred": WITHOUT}, {"N1": "unknown"}),
    ]


GASTRIC_TWO = {"baseline": {"lesion_count": 2, "bilobar": False}}
CHANGES = [
    Change("named without tissue", "work-up", {"primary": {"method": "other"}}, {"A1": "not_met"}),
    Change("no primary", "work-up", {"primary": WITHOUT}, {"A1": "unknown"}),
    Change("no baseline imaging", "work-up", {"baseline": {"purpose": "other"}}, {FACT: "not_met"}),
    Change(
        "neither", "work-up", {"primary": WITHOUT, "baseline": {"purpose": "other"}}, {"A1": "unknown", FACT: "not_met"}
    ),
    *_everywhere("neoadjuvant"),
    *_everywhere("neoadjuvant, gastric"),
    *_everywhere("neoadjuvant, neuroendocrine"),
    Change("no profile", "neoadjuvant", {"profile": WITHOUT}, {"C5": "unknown"}),
    Change(
        "two primaries that differ",
        "neoadjuvant",
        {"second": of_primary("2027-03-02", "gastric")},
        {"C5": "unknown"},
    ),
    Change("no HER2", "neoadjuvant, gastric", {"her2": WITHOUT}, {"J1": "unknown"}),
    *_everywhere("another line"),
    Change(
        "two results",
        "another line",
        {"more": ("2027-05-19", "molecular_result", {"ras": "mutated"})},
        {"C5": "unknown"},
    ),
    Change(
        "two results of HER2",
        "another line, gastric",
        {"more": ("2027-05-19", "molecular_result", {"her2": "positive"})},
        {"J1": "unknown"},
    ),
    *_five("straight to resection", "baseline", "ecog"),
    *_five("straight to resection, gastric", "ct", "ecog-1"),
    Change("six lesions", "straight to resection", {"baseline": {"lesion_count": 6}}, {"C7": "not_met"}),
    Change("both lobes", "straight to resection", {"baseline": {"bilobar": True}}, {"C7": "not_met"}),
    Change("no count", "straight to resection", {"baseline": {"lesion_count": None}}, {"C7": "unknown"}),
    Change(
        "infiltrative in V",
        "straight to resection",
        {"baseline": {"infiltrative": True, "segments": ["V"]}},
        {"L2": "not_met"},
    ),
    Change("infiltration not said", "straight to resection", {"baseline": {"infiltrative": None}}, {"L2": "unknown"}),
    Change(
        "six lesions, one of the team absent",
        "straight to resection",
        {"baseline": {"lesion_count": 6}, "mdt": NOBODY_SAYS},
        {"C7": "not_met", "M1": "not_met"},
    ),
    Change(
        "no count, no decision",
        "straight to resection",
        {"baseline": {"lesion_count": None}, "mdt": WITHOUT},
        {"C7": "unknown", "M1": "unknown", "D1": "unknown"},
    ),
    Change("two lesions", "straight to resection, gastric", GASTRIC_TWO, {"J2": "not_met"}),
    Change(
        "no count",
        "straight to resection, gastric",
        {"baseline": {"lesion_count": None}},
        {"J2": "unknown", "C7": "unknown"},
    ),
    Change("no cycle", "reassess", {"cycle": WITHOUT}, {FACT: "not_met"}),
    Change("no response", "reassess", {"ct": {"response": None}}, {FACT: "not_met"}),
    Change("no cycle, but the MDT asks", "reassess", {"cycle": WITHOUT, "mdt": mdt("2027-05-10", "reassess")}, {}),
    Change("no cycle", "reassess, under systemic therapy", {"cycle": WITHOUT}, {FACT: "not_met"}),
    Change("no therapy", "reassess, after locoregional therapy", {"ablation": WITHOUT}, {FACT: "not_met"}),
    *_five("resection", "ct", "ecog-1"),
    *_five("resection, gastric", "ct", "ecog-1"),
    Change("progression", "resection", {"ct": {"response": "progression"}}, {"D3": "not_met"}),
    Change(
        "no cycle",
        "resection",
        {"cycle": WITHOUT, "mdt-0": mdt("2027-05-10", "reassess")},
        {"D3": "unknown"},
    ),
    Change("two lesions", "resection, gastric", GASTRIC_TWO, {"J2": "not_met"}),
    Change("no count", "resection, gastric", {"baseline": {"lesion_count": None}}, {"J2": "unknown"}),
    *_everywhere("TACE", also={"F5": "not_met", "F2": "not_met"}),
    Change("resectable", "TACE", {"volumetry": {"remnant_percent": 31}}, {"F1": "not_met"}),
    Change("not known whether resectable", "TACE", {"volumetry": WITHOUT}, {"F1": "unknown"}),
    Change("caveat not seen", "TACE", {"mdt": {"caveat_seen": None}}, {"F5": "not_met"}),
    Change("one lesion", "TACE", {"baseline": {"lesion_count": 1}}, {"F2": "not_met"}),
    Change("no high burden", "TACE", {"mdt": {"high_tumour_burden": False}}, {"F2": "not_met"}),
    Change("no count", "TACE", {"baseline": {"lesion_count": None}}, {"F2": "unknown"}),
    Change("functional not said", "TAE, neuroendocrine", {"mdt": {"high_tumour_burden": None}}, {"F2": "unknown"}),
    Change(
        "functional", "TAE, neuroendocrine", {"mdt": {"high_tumour_burden": None}, "primary": {"functional": True}}, {}
    ),
    *_everywhere("RFA", also={"F5": "not_met", "F3": "not_met"}),
    Change("ten lesions", "RFA", {"baseline": {"lesion_count": 10}}, {"F3": "not_met"}),
    Change("41 mm", "RFA", {"baseline": {"largest_mm": 41}}, {"F3": "not_met"}),
    Change("surgery not ruled out", "RFA", {"mdt": {"patient_refuses_surgery": None}}, {"F3": "not_met"}),
    Change("no size", "RFA", {"baseline": {"largest_mm": None}}, {"F3": "unknown"}),
    Change("caveat not seen", "MWA", {"mdt": {"caveat_seen": False}}, {"F5": "not_met"}),
    Change("resectable, but not wished", "RFA", {"volumetry": {"remnant_percent": 31}}, {}),
    Change(
        "resectable, and nobody rules it out",
        "MWA",
        {"volumetry": {"remnant_percent": 31}, "mdt": {"comorbidity_prevents_surgery": None}},
        {"F1": "not_met", "F3": "not_met"},
    ),
    *_everywhere("SIRT", also={"F5": "not_met", "F4": "not_met"}),
    Change("not exhausted", "SIRT", {"mdt": {"other_options_exhausted": False}}, {"F4": "not_met"}),
    Change("resectable", "SIRT", {"volumetry": {"remnant_percent": 31}}, {"F1": "not_met"}),
    *_everywhere("PRRT", also={"F5": "not_met"}),
    Change("another primary after all", "PRRT", {"second": of_primary("2027-05-19", "other")}, {"I3": "not_met"}),
    Change(
        "two primaries that differ",
        "PRRT",
        {"second": of_primary("2027-05-19", "other"), "third": of_primary("2027-05-19", "gastric")},
        {"I3": "unknown"},
    ),
    *_everywhere("another modality", also={"F5": "not_met"}),
    *_everywhere("systemic"),
    Change("no profile", "systemic", {"profile": WITHOUT}, {"C5": "unknown"}),
    Change("no HER2", "systemic, gastric", {"her2": WITHOUT}, {"J1": "unknown"}),
    *_everywhere("systemic, reassessed"),
    *_everywhere("systemic, after locoregional therapy"),
    Change("nothing cancelled", "abandoned", {"off": WITHOUT}, {FACT: "not_met"}),
    Change("recurrence", "abandoned", {"off": ("2027-06-10", "recurrence", {"sites": ["liver"]})}, {}),
    Change(
        "progression",
        "abandoned",
        {"off": ("2027-06-10", "imaging", {"modality": "ct", "purpose": "other", "response": "progression"})},
        {},
    ),
    Change(
        "R2", "abandoned", {"off": ("2027-06-10", "surgery_performed", {"procedure": "resection", "margin": "R2"})}, {}
    ),
    Change("not operated", "adjuvant", {"operation": WITHOUT}, {"G1": "unknown", FACT: "not_met"}),
    # From 10 January (181 days to 10 July): 69 days of a first line, and 116 from 20 March to the last cycle.
    Change(
        "nothing left",
        "adjuvant",
        {
            "stop": WITHOUT,
            "before": ("2027-01-10", "systemic_started", {"intent": "neoadjuvant", "regimen": "FOLFOX"}),
            "cycle-9": ("2027-07-14", "cycle_given", {"number": 9}),
        },
        {"G1": "not_met"},
    ),
    Change("no decision", "surveillance, operated", NO_MDT, {FACT: "not_met"}),
    Change("one of the team absent", "surveillance, operated", INCOMPLETE, {FACT: "not_met"}),
    Change("not operated", "surveillance, operated", {"operation": WITHOUT}, {FACT: "not_met"}),
    Change(
        "stopped without a reason",
        "surveillance, after adjuvant therapy",
        {"adjuvant-stop": {"reason": None}},
        {FACT: "not_met"},
    ),
    Change(
        "disease left",
        "surveillance, after locoregional therapy",
        {"ablation": {"residual_disease": True}},
        {FACT: "not_met"},
    ),
    Change(
        "not said whether disease is left",
        "surveillance, after locoregional therapy",
        {"ablation": {"residual_disease": None}},
        {FACT: "not_met"},
    ),
    *_everywhere("surveillance, reassessed", also={FACT: "not_met"}),
    Change("a decision without a plan", "surveillance, reassessed", {"mdt": {"plan": None}}, {FACT: "not_met"}),
    Change("no recurrence", "restaged", {"recurrence": WITHOUT}, {FACT: "not_met"}),
    Change("no recurrence", "restaged under adjuvant therapy", {"recurrence": WITHOUT}, {FACT: "not_met"}),
    Change("no recurrence", "restaged after the follow-up", {"recurrence": WITHOUT}, {FACT: "not_met"}),
    Change(
        "operated a day later",
        "followed up",
        {"operation": ("2027-07-16", "surgery_performed", {"procedure": "resection"})},
        {"H1": "not_met"},
    ),
    Change("a recurrence", "followed up", {"recurrence": RECURRENCE}, {FACT: "not_met"}),
]
CHANGES += [Change("all met", name, {}, {}) for name in SCENARIOS]


def told(change: Change) -> tuple[Story, Scenario]:
    scenario = SCENARIOS[change.scenario]
    lines = dict(scenario.lines)
    for name, given in change.lines.items():
        if isinstance(given, tuple):
            lines[name] = given
        elif not given:
            del lines[name]
        else:
            on, kind, fields = lines[name]
            lines[name] = on, kind, {key: value for key, value in {**fields, **given}.items() if value is not None}
    story = Story()
    for on, kind, fields in sorted(lines.values(), key=lambda line: (line[1] != "registered", line[0])):
        story.tell(on, kind, **fields)
    return story, scenario


def fields_of(scenario: Scenario) -> dict[str, Any]:
    return {"modality": scenario.modality} if scenario.modality else {}


@pytest.mark.req("A1", "C5", "C7", "D1", "D2", "D3", "D4", "D5", "F1", "F2", "F3", "F4", "F5", "G1", "H1", "I3")
@pytest.mark.req("J1", "J2", "L2", "M1", "N1", "P1", "X2")
@pytest.mark.parametrize("change", CHANGES, ids=[f"{one.scenario}: {one.words}" for one in CHANGES])
def test_a_step_goes_or_not_for_what_is_recorded(change: Change) -> None:
    """What opens is exactly what was changed; without an override it is refused with each reason, with one it goes and
    leaves a deviation each: but for a fact, and for C7 without the whole team.
    """
    story, scenario = told(change)
    day = date.fromisoformat(scenario.on)
    journey = walk(story.history, day, story.protocol)
    assert journey is not None
    to = STEP[scenario.trigger, journey.case.state].to
    findings = judge(journey.case, Asked(scenario.trigger, scenario.modality))
    assert {one.id: one.verdict.value for one in findings if one.verdict is not MET} == change.opens
    asked = {"trigger": scenario.trigger, **fields_of(scenario)}
    if scenario.modality is None:
        assert story.option(scenario.on, scenario.trigger)["allowed"] is not bool(change.opens)
    if change.opens:
        said = story.refused(scenario.on, "advanced", id="asked", **asked)
        assert said == "trigger: " + "; ".join(one.reason for one in findings if one.verdict is not MET)
        asked["override"] = {"reason": "the MDT's wish", "by": "dr.a"}
        if FACT in change.opens or ("C7" in change.opens and "M1" in change.opens):
            assert story.refused(scenario.on, "advanced", id="asked", **asked) == said
            return
    before = story.shown(scenario.on)["deviations"]
    story.tell(scenario.on, "advanced", id="asked", **asked)
    after = story.shown(scenario.on)
    assert after["state"] == to.value
    more = [one for one in after["deviations"] if one not in before]
    assert sorted(one["id"] for one in more) == sorted(change.opens)
    assert {(one["reason"], one["by"]) for one in more} <= {("the MDT's wish", "dr.a")}


@pytest.mark.req("F1", "M1")
def test_no_override_names_the_modality() -> None:
    """The fact of the locoregional step: nothing replaces the choice."""
    story, scenario = told(Change("", "TACE", {}, {}))
    override = {"reason": "x", "by": "dr.a"}
    for fields in ({}, {"override": override}):
        assert "No modality named" in story.refused(scenario.on, "advanced", trigger=scenario.trigger, **fields)


# --- nothing is left out ---------------------------------------------------------------------------------------------

NEVER = {
    ("C5", "not_met"): "a profile is known or not",
    ("J1", "not_met"): "HER2 is known or not",
    ("F4", "unknown"): "a statement nobody made is not met",
    ("F5", "unknown"): "a statement nobody made is not met",
    ("H1", "unknown"): "the follow-up always has a beginning",
}
"""Verdicts that a question cannot give."""
NOT_ALONE = {
    ("start_adjuvant", "G1", "unknown"): "the operation is not done: its fact is open too",
    ("start_adjuvant", FACT, "not_met"): "the operation is not done: what is left is not known",
    ("proceed_to_resection", "M1", "unknown"): "no decision: D1 is unknown too",
    ("proceed_to_resection", "J2", "unknown"): "no count: C7 is unknown too",
    ("offer_resection", "M1", "unknown"): "no decision: D1 is unknown too",
    ("offer_locoregional", "M1", "unknown"): "no decision: F5 is not met too",
    ("begin_surveillance", "M1", "unknown"): "no decision: no plan either",
}
"""Verdicts that come with another."""


def test_every_question_and_fact_of_every_step_is_open_in_a_case() -> None:
    alone: set[tuple[str, State, str, str]] = set()
    among: set[tuple[str, State, str, str]] = set()
    for change in CHANGES:
        story, scenario = told(change)
        journey = walk(story.history, date.fromisoformat(scenario.on), story.protocol)
        assert journey is not None
        here = {(scenario.trigger, journey.case.state, *one) for one in change.opens.items()}
        among |= here
        if len(here) == 1:
            alone |= here
    wanted: set[tuple[str, State, str, str]] = set()
    for table in STEPS:
        for source in table.sources if table.trigger != "close" else ():
            asks = [(name, verdict) for name in table.questions for verdict in ("not_met", "unknown")]
            asks += [(FACT, "not_met")] * (
                len(table.columns) > len(table.questions) and table.trigger != "offer_locoregional"
            )
            wanted |= {(table.trigger, source, *one) for one in asks if one not in NEVER}
    together = {one for one in wanted if (one[0], *one[2:]) in NOT_ALONE}
    assert wanted - together - alone == set()
    assert together - among == set()
    assert {(row.trigger, source) for row in ROWS for source in row.sources if row.trigger != "close"} == {
        (SCENARIOS[change.scenario].trigger, _source(change)) for change in CHANGES
    }


def _source(change: Change) -> State:
    story, scenario = told(change)
    journey = walk(story.history, date.fromisoformat(scenario.on), story.protocol)
    assert journey is not None
    return journey.case.state
