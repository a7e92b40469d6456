"""Every date of every rule: a day before, on the day, and a day after (docs/reference/contract.md, section 3).

One table of cases. The dates are written out, counted on a calendar and not by the product: a rule that moved by a day
fails here by name. `since` is the first day on which it is owed; `met` is a fact that ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest

from pathway.events import RULES
from pathway.protocol import load
from pathway.states import OPEN
from tests.histories import (
    TEAM,
    Story,
    adjuvant,
    decided,
    neoadjuvant,
    operated,
    reassessment,
    registered,
    resectable,
    resection,
    surveillance,
    workup,
)

ALWAYS, NEVER = "always", ""
DAY = timedelta(days=1)


class Dates(NamedTuple):
    """When it opens, is due, and turns urgent (a day, ALWAYS or NEVER)."""

    opens: str
    due: str
    urgent: str = NEVER


class Owed(NamedTuple):
    """One case of a rule."""

    rule: str
    words: str
    told: Callable[[], Story]
    since: str
    dates: Dates
    met: tuple[str, str, dict[str, Any]] | None = None
    """The fact that ends it: its day, its type, its fields."""
    before: Dates | None = None
    """What the same rule says before `since`; None: nothing."""
    before_from: str = ""
    """The first day on which it says so, where that is asked."""
    then: Dates | None = None
    """What the same rule says once it is met; None: nothing."""


def told(*lines: tuple[str, str, dict[str, Any]], first: Callable[[], Story] = registered) -> Callable[[], Story]:
    """A patient, and what is recorded more."""

    def story() -> Story:
        found = first()
        for on, kind, fields in lines:
            found.tell(on, kind, **fields)
        return found

    return story


def over(on: str, state: str) -> tuple[str, str, dict[str, Any]]:
    return on, "taken_over", {"state": state}


def imaging(on: str, **fields: Any) -> tuple[str, str, dict[str, Any]]:
    return on, "imaging", {"modality": "ct", "purpose": "other", **fields}


def mdt(on: str, plan: str | None = None, **fields: Any) -> tuple[str, str, dict[str, Any]]:
    return on, "mdt_decision", {"present": TEAM, **({"plan": plan} if plan else {}), **fields}


def step(on: str, trigger: str) -> tuple[str, str, dict[str, Any]]:
    return on, "advanced", {"trigger": trigger}


def line(on: str, intent: str = "neoadjuvant", **fields: Any) -> tuple[str, str, dict[str, Any]]:
    return on, "systemic_started", {"intent": intent, "regimen": "FOLFOX", **fields}


def primary(name: str, on: str = "2027-03-02", **fields: Any) -> tuple[str, str, dict[str, Any]]:
    return on, "primary_identified", {"primary": name, "method": "liver_biopsy", **fields}


def plan(on: str, planned_for: str, procedure: str = "resection", **fields: Any) -> tuple[str, str, dict[str, Any]]:
    return on, "surgery_planned", {"planned_for": planned_for, "procedure": procedure, **fields}


def operation(on: str, procedure: str = "resection", **fields: Any) -> tuple[str, str, dict[str, Any]]:
    return on, "surgery_performed", {"procedure": procedure, **fields}


def referred(on: str, *, high_volume_centre: bool) -> tuple[str, str, dict[str, Any]]:
    return on, "referred", {"site": "hub" if high_volume_centre else "rural", "high_volume_centre": high_volume_centre}


def not_referred() -> Story:
    return Story().tell("2027-03-01", "registered", name="Ada Example", birth_date="1958-04-11", sex="female")


def decided_only() -> Story:
    """Neoadjuvant therapy decided and entered on 20 March 2027, nothing begun."""
    found = workup()
    found.tell("2027-03-10", "molecular_result", id="mol", mmr="proficient", ras="wild_type", braf="wild_type")
    decided(found, "2027-03-12", "start_neoadjuvant")
    return found.step("2027-03-20", "start_neoadjuvant", id="step-neo")


def begun(on: str, name: str = "colorectal") -> Callable[[], Story]:
    """Under systemic therapy since a day, the line begun that day."""
    return told(primary(name), over(on, "systemic"), line(on, "continued"))


def treated_at_once(on: str, *more: tuple[str, str, dict[str, Any]]) -> Callable[[], Story]:
    """Operated on a day without chemotherapy before it, adjuvant from that day on."""
    return told(
        primary("colorectal", resected=True),
        over("2027-04-01", "resection"),
        operation(on),
        over(on, "adjuvant"),
        *more,
    )


def followed(on: str, *more: tuple[str, str, dict[str, Any]]) -> Callable[[], Story]:
    """Operated on a day and in surveillance from that day on, the primary out."""
    return told(
        primary("colorectal", resected=True),
        over("2027-04-01", "resection"),
        operation(on),
        over(on, "surveillance"),
        *more,
    )


def adjuvant_without_primary() -> Story:
    return told(("2027-09-01", "primary_resected", {}), first=adjuvant)()


def second_stage_first() -> Story:
    """First stage on 10 June 2027."""
    return told(operation("2027-06-10", "two_stage", stage=1), first=resection)()


def bevacizumab() -> Story:
    """In resection since 26 May 2027, bevacizumab running, its last dose on 1 May."""
    return resection(biologic="bevacizumab", regimen="FOLFOXIRI")


def watched(on: str) -> tuple[str, str, dict[str, Any]]:
    return on, "imaging", {"modality": "ct", "purpose": "surveillance"}


def questioned() -> Story:
    """The profile that the neoadjuvant step rested on was another patient's."""
    return decided_only().tell("2027-04-10", "corrected", event="mol")


CASES = [
    # A1: since -> + 14 d, urgent
    Owed(
        "identify_primary",
        "registered on 1 March",
        registered,
        "2027-03-01",
        Dates("2027-03-01", "2027-03-15", ALWAYS),
        ("2027-03-20", "primary_identified", {"primary": "other", "method": "liver_biopsy"}),
    ),
    Owed(
        "identify_primary",
        "taken over in diagnosis over the end of February",
        told(over("2028-02-20", "diagnosis")),
        "2028-02-20",
        Dates("2028-02-20", "2028-03-05", ALWAYS),
        ("2028-02-22", "primary_identified", {"primary": "gastric", "method": "upper_endoscopy"}),
        before=Dates("2027-03-01", "2027-03-15", ALWAYS),
    ),
    # A2: its day, urgent
    Owed(
        "urgent_evaluation",
        "necrotic and infiltrative on 3 March",
        told(imaging("2027-03-03", rim_enhancing_necrotic=True, infiltrative=True)),
        "2027-03-03",
        Dates("2027-03-03", "2027-03-03", ALWAYS),
        ("2027-03-06", "visit", {"kind": "oncology"}),
    ),
    # D6: since -> + 14 d
    Owed(
        "criterion_missing",
        "no profile in the work-up",
        workup,
        "2027-03-05",
        Dates("2027-03-05", "2027-03-19"),
        ("2027-03-15", "molecular_result", {"mmr": "deficient"}),
    ),
    Owed(
        "criterion_missing",
        "no HER2 in gastric cancer",
        lambda: workup(primary="gastric"),
        "2027-03-05",
        Dates("2027-03-05", "2027-03-19"),
        ("2027-03-19", "molecular_result", {"her2": "negative"}),
    ),
    Owed(
        "criterion_missing",
        "no volumetry at reassessment",
        told(("2027-05-18", "performance_status", {"ecog": 1}), first=reassessment),
        "2027-05-18",
        Dates("2027-05-18", "2027-06-01"),
        ("2027-06-02", "volumetry", {"remnant_percent": 41}),
    ),
    # N1: last referred, else registered -> + 14 d
    Owed(
        "refer_to_centre",
        "never referred",
        not_referred,
        "2027-03-01",
        Dates("2027-03-01", "2027-03-15"),
        referred("2027-03-10", high_volume_centre=True),
    ),
    Owed(
        "refer_to_centre",
        "at a small hospital since 4 March",
        told(referred("2027-03-04", high_volume_centre=False), first=not_referred),
        "2027-03-04",
        Dates("2027-03-04", "2027-03-18"),
        referred("2027-03-18", high_volume_centre=True),
        before=Dates("2027-03-01", "2027-03-15"),
    ),
    # X8: since -> + 14 d (locoregional + 28 d); a plan: the planned day -> + 7 d
    Owed(
        "act_awaited",
        "neoadjuvant therapy decided, not begun",
        decided_only,
        "2027-03-20",
        Dates("2027-03-20", "2027-04-03"),
        line("2027-04-01"),
    ),
    Owed(
        "act_awaited",
        "systemic therapy decided, not begun",
        told(primary("colorectal"), over("2027-04-20", "systemic")),
        "2027-04-20",
        Dates("2027-04-20", "2027-05-04"),
        line("2027-05-04", "continued"),
    ),
    Owed(
        "act_awaited",
        "resection decided, nothing planned",
        resection,
        "2027-05-26",
        Dates("2027-05-26", "2027-06-09"),
        plan("2027-06-09", "2027-07-15"),
        then=Dates("2027-07-15", "2027-07-22"),
    ),
    Owed(
        "act_awaited",
        "cancelled on 10 June",
        told(
            plan("2027-05-27", "2027-07-15"),
            ("2027-06-10", "surgery_cancelled", {"reason": "no bed"}),
            first=resection,
        ),
        "2027-06-10",
        Dates("2027-06-10", "2027-06-24"),
        before=Dates("2027-07-15", "2027-07-22"),
    ),
    Owed(
        "act_awaited",
        "planned for 15 July",
        told(plan("2027-05-27", "2027-07-15"), first=resection),
        "2027-05-27",
        Dates("2027-07-15", "2027-07-22"),
        operation("2027-07-16"),
        before=Dates("2027-05-26", "2027-06-09"),
    ),
    Owed(
        "act_awaited",
        "locoregional therapy decided",
        told(over("2027-04-20", "locoregional")),
        "2027-04-20",
        Dates("2027-04-20", "2027-05-18"),
        ("2027-05-19", "locoregional_performed", {"modality": "rfa"}),
    ),
    # C6: 14 d before -> 2 calendar months; urgent from 3 on
    Owed(
        "reassessment",
        "a line begun on 20 March",
        neoadjuvant,
        "2027-03-20",
        Dates("2027-05-06", "2027-05-20", "2027-06-20"),
        over("2027-06-21", "reassessment"),
    ),
    Owed(
        "reassessment",
        "a line begun on 31 December: the end of February in a leap year",
        begun("2027-12-31"),
        "2027-12-31",
        Dates("2028-02-15", "2028-02-29", "2028-03-31"),
        over("2028-03-01", "reassessment"),
    ),
    Owed(
        "reassessment",
        "a line begun on 31 August: urgent on the last of November",
        begun("2027-08-31"),
        "2027-08-31",
        Dates("2027-10-17", "2027-10-31", "2027-11-30"),
    ),
    Owed(
        "reassessment",
        "counted from the last response",
        told(imaging("2027-05-10", response="stable"), first=neoadjuvant),
        "2027-05-10",
        Dates("2027-06-26", "2027-07-10", "2027-08-10"),
        before=Dates("2027-05-06", "2027-05-20", "2027-06-20"),
    ),
    Owed(
        "reassessment",
        "neuroendocrine: three and six months",
        begun("2027-11-30", "neuroendocrine"),
        "2027-11-30",
        Dates("2028-02-15", "2028-02-29", "2028-05-30"),
    ),
    Owed(
        "reassessment",
        "another line decided, not begun",
        told(
            mdt("2027-05-24", "start_neoadjuvant"),
            step("2027-05-26", "start_neoadjuvant"),
            first=reassessment,
        ),
        "2027-05-26",
        Dates("2027-07-12", "2027-07-26", "2027-08-26"),
        line("2027-06-01"),
        then=Dates("2027-07-18", "2027-08-01", "2027-09-01"),
    ),
    Owed(
        "reassessment",
        "taken over without a line",
        told(primary("colorectal"), over("2027-04-30", "systemic")),
        "2027-04-30",
        Dates("2027-06-16", "2027-06-30", "2027-07-30"),
    ),
    Owed(
        "reassessment",
        "progression is not waited for",
        told(imaging("2027-04-20", response="progression"), first=neoadjuvant),
        "2027-04-20",
        Dates("2027-04-20", "2027-04-20", ALWAYS),
        step("2027-04-22", "reassess"),
        before=Dates("2027-05-06", "2027-05-20", "2027-06-20"),
    ),
    # E1: its day -> + 28 d
    Owed(
        "remeasure_remnant",
        "embolised on 21 May",
        told(("2027-05-21", "portal_vein_embolisation", {}), first=resectable),
        "2027-05-21",
        Dates("2027-05-21", "2027-06-18"),
        ("2027-06-18", "volumetry", {"remnant_percent": 38}),
    ),
    Owed(
        "remeasure_remnant",
        "first stage on 10 June",
        second_stage_first,
        "2027-06-10",
        Dates("2027-06-10", "2027-07-08"),
        operation("2027-07-09", "two_stage", stage=2),
    ),
    # X7: review_on; or the first fact that calls for a decision -> + 14 d
    Owed(
        "mdt_review",
        "the MDT wants the patient back",
        told(mdt("2027-05-24", "defer", review_on="2027-06-30"), first=resectable),
        "2027-05-24",
        Dates("2027-06-30", "2027-06-30"),
        mdt("2027-07-02", "defer"),
        before=Dates("2027-05-18", "2027-06-01"),
    ),
    Owed(
        "mdt_review",
        "a response",
        reassessment,
        "2027-05-18",
        Dates("2027-05-18", "2027-06-01"),
        mdt("2027-06-01", "defer"),
    ),
    Owed(
        "mdt_review",
        "progression",
        told(imaging("2027-05-10", response="progression"), first=neoadjuvant),
        "2027-05-10",
        Dates("2027-05-10", "2027-05-24", ALWAYS),
        mdt("2027-05-10", "continue_systemic"),
    ),
    Owed(
        "mdt_review",
        "a recurrence",
        told(("2028-06-02", "recurrence", {"sites": ["liver"]}), first=surveillance),
        "2028-06-02",
        Dates("2028-06-02", "2028-06-16", ALWAYS),
        mdt("2028-06-17", "defer"),
    ),
    Owed(
        "mdt_review",
        "a recurrence after the follow-up",
        told(over("2027-04-01", "completed"), ("2027-12-20", "recurrence", {"sites": ["lung"]})),
        "2027-12-20",
        Dates("2027-12-20", "2028-01-03", ALWAYS),
        mdt("2027-12-22", "restage"),
    ),
    Owed(
        "mdt_review",
        "the profile is complete",
        told(
            ("2027-03-10", "molecular_result", {"mmr": "proficient", "ras": "wild_type", "braf": "wild_type"}),
            first=workup,
        ),
        "2027-03-10",
        Dates("2027-03-10", "2027-03-24"),
        mdt("2027-03-25", "start_neoadjuvant"),
    ),
    Owed(
        "mdt_review",
        "a volumetry at reassessment",
        told(mdt("2027-05-19", "defer"), ("2027-05-20", "volumetry", {"remnant_percent": 41}), first=reassessment),
        "2027-05-20",
        Dates("2027-05-20", "2027-06-03"),
        mdt("2027-05-20", "offer_resection"),
    ),
    Owed(
        "mdt_review",
        "an operation",
        operated,
        "2027-07-15",
        Dates("2027-07-15", "2027-07-29"),
        step("2027-07-30", "start_adjuvant"),
    ),
    Owed(
        "mdt_review",
        "an operation that left the margin involved",
        lambda: operated(margin="R2"),
        "2027-07-15",
        Dates("2027-07-15", "2027-07-29", ALWAYS),
        mdt("2027-07-15", "abandon_resection"),
    ),
    Owed(
        "mdt_review",
        "pathology finds the margin involved",
        told(
            mdt("2027-07-16"),
            ("2027-07-25", "pathology", {"margin": "R1"}),
            first=lambda: operated(margin=None),
        ),
        "2027-07-25",
        Dates("2027-07-25", "2027-08-08", ALWAYS),
        mdt("2027-08-08", "start_adjuvant"),
    ),
    # G3: 14 d before -> planned day - 42 d
    Owed(
        "bevacizumab_hold",
        "planned for 15 August",
        told(plan("2027-05-27", "2027-08-15"), first=bevacizumab),
        "2027-05-27",
        Dates("2027-06-20", "2027-07-04"),
        ("2027-06-25", "systemic_stopped", {"what": "biologic"}),
    ),
    Owed(
        "bevacizumab_hold",
        "an operation on the primary, over the end of February",
        told(plan("2028-01-10", "2028-03-20", "primary"), first=bevacizumab),
        "2028-01-10",
        Dates("2028-01-24", "2028-02-07"),
        ("2028-02-01", "surgery_cancelled", {"procedure": "primary"}),
    ),
    # G3: the later of plan's and dose's day, urgent, where last dose + 42 d is after the planned day
    Owed(
        "bevacizumab_conflict",
        "planned for day 41 after the last dose",
        told(plan("2027-05-27", "2027-06-11"), first=bevacizumab),
        "2027-05-27",
        Dates("2027-05-27", "2027-05-27", ALWAYS),
        plan("2027-05-28", "2027-06-12"),
    ),
    Owed(
        "bevacizumab_conflict",
        "a dose after the plan",
        told(plan("2027-05-27", "2027-07-12"), ("2027-06-01", "cycle_given", {"number": 5}), first=bevacizumab),
        "2027-06-01",
        Dates("2027-06-01", "2027-06-01", ALWAYS),
        ("2027-06-03", "surgery_cancelled", {}),
    ),
    Owed(
        "bevacizumab_conflict",
        "stopped 29 days after the last dose on record: the stop counts as one",
        told(plan("2027-05-27", "2027-07-10"), ("2027-05-30", "systemic_stopped", {}), first=bevacizumab),
        "2027-05-30",
        Dates("2027-05-30", "2027-05-30", ALWAYS),
        plan("2027-06-01", "2027-07-11"),
    ),
    # X10: plan's day -> 7 d before the planned day
    Owed(
        "stale_before_surgery",
        "a CT of 57 days before the operation",
        told(plan("2027-05-27", "2027-07-14"), first=resection),
        "2027-05-27",
        Dates("2027-05-27", "2027-07-07"),
        imaging("2027-07-07"),
    ),
    Owed(
        "stale_before_surgery",
        "an ECOG of 57 days before the operation",
        told(imaging("2027-06-20"), plan("2027-06-21", "2027-07-16"), first=resection),
        "2027-06-21",
        Dates("2027-06-21", "2027-07-09"),
        ("2027-07-10", "performance_status", {"ecog": 0}),
    ),
    # E2: stage 1 -> + 42 d, or the day planned for stage 2
    Owed(
        "second_stage",
        "first stage on 10 June",
        second_stage_first,
        "2027-06-10",
        Dates("2027-06-10", "2027-07-22"),
        operation("2027-07-22", "two_stage", stage=2),
    ),
    Owed(
        "second_stage",
        "second stage planned for 5 July",
        told(plan("2027-06-12", "2027-07-05", "two_stage", stage=2), first=second_stage_first),
        "2027-06-12",
        Dates("2027-06-10", "2027-07-05"),
        ("2027-07-06", "surgery_cancelled", {"reason": "progression"}),
        before=Dates("2027-06-10", "2027-07-22"),
        before_from="2027-06-10",
    ),
    # G4: last day of the operation + 42 d (no line with bevacizumab: + 28 d) -> + 56 d
    Owed(
        "adjuvant_start",
        "no bevacizumab before the operation",
        operated,
        "2027-07-15",
        Dates("2027-08-12", "2027-09-09"),
        line("2027-09-10", "adjuvant"),
    ),
    Owed(
        "adjuvant_start",
        "bevacizumab before the operation",
        lambda: operated(biologic="bevacizumab", regimen="FOLFOXIRI"),
        "2027-07-15",
        Dates("2027-08-26", "2027-09-09"),
        line("2027-08-26", "adjuvant"),
    ),
    # G1: 14 d before -> adjuvant end, or the day of an earlier stop
    Owed(
        "perioperative_complete",
        "115 days left on 1 September",
        adjuvant,
        "2027-09-01",
        Dates("2027-12-11", "2027-12-25"),
        ("2027-12-26", "advanced", {"trigger": "begin_surveillance"}),
    ),
    Owed(
        "perioperative_complete",
        "no chemotherapy before: six calendar months from 31 August",
        treated_at_once("2027-08-31", line("2027-08-31", "adjuvant")),
        "2027-08-31",
        Dates("2028-02-15", "2028-02-29"),
        ("2028-02-29", "advanced", {"trigger": "begin_surveillance"}),
    ),
    Owed(
        "perioperative_complete",
        "stopped on 10 November",
        told(("2027-11-10", "systemic_stopped", {"reason": "neuropathy"}), first=adjuvant),
        "2027-11-10",
        Dates("2027-10-27", "2027-11-10"),
        ("2027-11-12", "advanced", {"trigger": "begin_surveillance"}),
        before=Dates("2027-12-11", "2027-12-25"),
    ),
    # H2: 3 -> 6 calendar months after the last one; 6 -> 12 from the second anniversary on
    Owed(
        "surveillance_ct",
        "the first, from the operation",
        adjuvant,
        "2027-09-01",
        Dates("2027-10-15", "2028-01-15"),
        watched("2027-11-20"),
        then=Dates("2028-02-20", "2028-05-20"),
    ),
    Owed(
        "surveillance_ct",
        "operated on 31 August: the last days of November and February",
        followed("2027-08-31"),
        "2027-08-31",
        Dates("2027-11-30", "2028-02-29"),
        imaging("2027-11-30"),
        then=Dates("2028-02-29", "2028-05-30"),
    ),
    Owed(
        "surveillance_ct",
        "a day before the second anniversary",
        followed("2027-07-15", watched("2029-07-14")),
        "2029-07-14",
        Dates("2029-10-14", "2030-01-14"),
        before=Dates("2027-10-15", "2028-01-15"),
    ),
    Owed(
        "surveillance_ct",
        "on the second anniversary",
        followed("2027-07-15", watched("2029-07-15")),
        "2029-07-15",
        Dates("2030-01-15", "2030-07-15"),
        before=Dates("2027-10-15", "2028-01-15"),
    ),
    Owed(
        "surveillance_ct",
        "the last that opens within the five years",
        followed("2027-07-15", watched("2032-01-15")),
        "2032-01-15",
        Dates("2032-07-15", "2033-01-15"),
        watched("2032-03-01"),
        before=Dates("2027-10-15", "2028-01-15"),
    ),
    # H3: a visit without CEA: its day -> + 14 d; else the CT's window
    Owed(
        "surveillance_cea",
        "a visit without CEA",
        followed("2027-07-15", ("2027-12-20", "visit", {"kind": "surveillance"})),
        "2027-12-20",
        Dates("2027-12-20", "2028-01-03"),
        ("2028-01-04", "cea", {"ng_per_ml": 2.1}),
        before=Dates("2027-10-15", "2028-01-15"),
    ),
    Owed(
        "surveillance_cea",
        "a CEA 15 days before the visit is too old",
        followed(
            "2027-07-15", ("2027-12-05", "cea", {"ng_per_ml": 2.1}), ("2027-12-20", "visit", {"kind": "surveillance"})
        ),
        "2027-12-20",
        Dates("2027-12-20", "2028-01-03"),
    ),
    Owed(
        "surveillance_cea",
        "with the next CT",
        followed("2027-08-31"),
        "2027-08-31",
        Dates("2027-11-30", "2028-02-29"),
        ("2027-11-30", "cea", {"ng_per_ml": 2.1}),
    ),
    # X9: its day -> + 14 d, urgent
    Owed(
        "cea_rising",
        "from 5 to 6.1",
        followed("2027-07-15", ("2027-10-01", "cea", {"ng_per_ml": 5}), ("2027-12-20", "cea", {"ng_per_ml": 6.1})),
        "2027-12-20",
        Dates("2027-12-20", "2028-01-03", ALWAYS),
        imaging("2027-12-28"),
    ),
    # X11: last operation -> + 90 d, or the review_on of a decision since it
    Owed(
        "primary_in_place",
        "operated on 15 July",
        adjuvant,
        "2027-09-01",
        Dates("2027-07-15", "2027-10-13"),
        ("2027-10-14", "primary_resected", {}),
    ),
    Owed(
        "primary_in_place",
        "the MDT looks again on 30 November",
        told(mdt("2027-09-20", review_on="2027-11-30"), first=adjuvant),
        "2027-09-20",
        Dates("2027-07-15", "2027-11-30"),
        operation("2027-12-01", "primary"),
        before=Dates("2027-07-15", "2027-10-13"),
        before_from="2027-09-01",
    ),
    # H1: 14 d before -> five calendar years
    Owed(
        "follow_up_complete",
        "operated on 15 July 2027",
        surveillance,
        "2027-12-21",
        Dates("2032-07-01", "2032-07-15"),
        step("2032-07-16", "complete_follow_up"),
    ),
    Owed(
        "follow_up_complete",
        "operated on 29 February",
        followed("2028-02-29"),
        "2028-02-29",
        Dates("2033-02-14", "2033-02-28"),
        step("2033-02-28", "complete_follow_up"),
    ),
    # X3: the step's day, urgent
    Owed(
        "guard_violated",
        "a result that was another patient's",
        questioned,
        "2027-03-20",
        Dates("2027-03-20", "2027-03-20", ALWAYS),
        mdt("2027-04-12", reviewed=["step-neo"]),
    ),
    # X1: the later of since and the last fact -> + the state's window, where nothing else is due by then
    Owed(
        "review_stalled",
        "diagnosis: 14 days",
        told(primary("colorectal")),
        "2027-03-02",
        Dates("2027-03-16", "2027-03-16"),
        imaging("2027-03-17", lesion_count=3),
        then=Dates("2027-03-31", "2027-03-31"),
    ),
    Owed(
        "review_stalled",
        "molecular_workup: 21 days",
        told(
            ("2027-03-10", "molecular_result", {"mmr": "deficient"}),
            mdt("2027-03-12", "start_neoadjuvant"),
            first=workup,
        ),
        "2027-03-12",
        Dates("2027-04-02", "2027-04-02"),
        step("2027-03-20", "start_neoadjuvant"),
    ),
    Owed(
        "review_stalled",
        "neoadjuvant: 75 days, before the neuroendocrine three months",
        told(primary("neuroendocrine"), over("2027-04-01", "neoadjuvant"), line("2027-04-01")),
        "2027-04-01",
        Dates("2027-06-15", "2027-06-15"),
        ("2027-06-15", "cycle_given", {"number": 4}),
        before=Dates("2027-03-16", "2027-03-16"),
    ),
    Owed(
        "review_stalled",
        "reassessment: 21 days",
        told(mdt("2027-05-24", "offer_resection", r0_achievable=True), first=resectable),
        "2027-05-24",
        Dates("2027-06-14", "2027-06-14"),
        step("2027-05-26", "offer_resection"),
    ),
    Owed(
        "review_stalled",
        "resection: 56 days",
        told(plan("2027-05-27", "2027-09-30"), first=resection),
        "2027-05-27",
        Dates("2027-07-22", "2027-07-22"),
        ("2027-07-23", "surgery_cancelled", {}),
    ),
    Owed(
        "review_stalled",
        "locoregional: 56 days",
        told(over("2027-04-01", "locoregional"), ("2027-04-10", "locoregional_performed", {"modality": "sirt"})),
        "2027-04-10",
        Dates("2027-06-05", "2027-06-05"),
        over("2027-06-05", "surveillance"),
    ),
    Owed(
        "review_stalled",
        "adjuvant: 100 days",
        adjuvant_without_primary,
        "2027-09-01",
        Dates("2027-12-10", "2027-12-10"),
        ("2027-12-11", "died", {}),
    ),
    Owed(
        "review_stalled",
        "surveillance: 200 days",
        followed("2027-07-15", watched("2029-07-15"), ("2029-07-15", "cea", {"ng_per_ml": 2.1})),
        "2029-07-15",
        Dates("2030-01-31", "2030-01-31"),
        ("2030-01-31", "withdrawn", {"reason": "declined"}),
    ),
]
IDS = [f"{one.rule}: {one.words}" for one in CASES]


def expected(dates: Dates | None, day: date) -> tuple[str, str, str, str] | None:
    """How an obligation with these dates is seen on a day (contract: `status`)."""
    if dates is None:
        return None
    today = day.isoformat()
    status = "upcoming" if today < dates.opens else "due" if today <= dates.due else "overdue"
    urgent = dates.urgent == ALWAYS or (dates.urgent != NEVER and dates.urgent <= today)
    return status, "urgent" if urgent else "routine", dates.opens, dates.due


def around(*days: str) -> list[date]:
    """Each day, the one before it and the one after it."""
    return sorted({date.fromisoformat(day) + DAY * offset for day in days for offset in (-1, 0, 1)})


@pytest.mark.req("X1", "X3", "X6", "X7", "X8", "X9", "X10", "X11")
@pytest.mark.req("A1", "A2", "C6", "D6", "E1", "E2", "G1", "G3", "G4", "H1", "H2", "H3", "N1")
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_each_date_a_day_before_on_it_and_a_day_after(case: Owed) -> None:
    """Presence, status, severity and both dates; also that it is one obligation on all these days, by its id."""
    story = case.told()
    assert story.history.registered is not None
    first = story.history.registered.on
    marked = [case.since, case.dates.opens, case.dates.due]
    marked += [case.dates.urgent] if case.dates.urgent not in (ALWAYS, NEVER) else []
    ids = set()
    for day in around(*marked):
        if day < first:
            continue
        since = day.isoformat() >= case.since
        before = case.before if day.isoformat() >= case.before_from else None
        assert story.owed(day.isoformat(), case.rule) == expected(case.dates if since else before, day), day
        if since:
            ids.add(story.alert(day.isoformat(), case.rule)["id"])  # type: ignore[index]
    assert len(ids) == 1


@pytest.mark.req("X6")
@pytest.mark.parametrize("case", [pytest.param(one, id=id_) for id_, one in zip(IDS, CASES, strict=True) if one.met])
def test_the_fact_that_meets_it_ends_it_on_its_day(case: Owed) -> None:
    """Owed the day before, met from the fact's day on."""
    assert case.met is not None
    on, kind, fields = case.met
    story = case.told().tell(on, kind, **fields)
    for day in around(on):
        met = day.isoformat() >= on
        if not met and day.isoformat() < case.since:
            continue
        assert story.owed(day.isoformat(), case.rule) == expected(case.then if met else case.dates, day), day


def test_every_rule_has_a_case_and_a_fact_that_ends_it() -> None:
    assert {one.rule for one in CASES} == set(RULES)
    assert {one.rule for one in CASES if one.met} == set(RULES)
    assert len(set(IDS)) == len(IDS)


@pytest.mark.req("X1")
def test_every_window_has_a_case() -> None:
    """Of all open states but systemic, where the reassessment is always due before the window ends."""
    windows = {one.words.partition(":")[0]: int(one.words.split()[1]) for one in CASES if one.rule == "review_stalled"}
    protocol = load()
    assert windows == {state: days for state, days in protocol.windows.items() if state != "systemic"}
    assert set(protocol.windows) == OPEN
    for name in ("colorectal", "neuroendocrine"):
        story = begun("2027-11-30", name)()
        for day in around("2028-02-28", "2028-03-09"):
            assert story.owed(day.isoformat(), "review_stalled") is None


@pytest.mark.req("H2")
def test_no_ct_is_owed_that_would_open_after_the_five_years() -> None:
    story = followed("2027-07-15", watched("2032-01-16"))()
    assert [story.owed(day.isoformat(), "surveillance_ct") for day in around("2032-01-17", "2032-07-16")] == [None] * 6


@pytest.mark.req("X10", "G3", "X9", "H3", "G1")
@pytest.mark.parametrize(
    ("words", "story", "rule"),
    [
        ("a CT of 56 days", told(plan("2027-05-27", "2027-07-13"), first=resection), "stale_before_surgery"),
        (
            "day 42 after the last dose",
            told(plan("2027-05-27", "2027-06-12"), first=bevacizumab),
            "bevacizumab_conflict",
        ),
        (
            "stopped 28 days after the last dose",
            told(plan("2027-05-27", "2027-06-12"), ("2027-05-29", "systemic_stopped", {}), first=bevacizumab),
            "bevacizumab_conflict",
        ),
        (
            "a CEA 14 days before the visit",
            followed(
                "2027-07-15",
                ("2027-12-06", "cea", {"ng_per_ml": 2.1}),
                ("2027-12-20", "visit", {"kind": "surveillance"}),
            ),
            "surveillance_cea",
        ),
        (
            "a CEA of 20 % more",
            followed("2027-07-15", ("2027-10-01", "cea", {"ng_per_ml": 5}), ("2027-12-20", "cea", {"ng_per_ml": 6})),
            "cea_rising",
        ),
        (
            "a CEA of 5",
            followed("2027-07-15", ("2027-10-01", "cea", {"ng_per_ml": 2}), ("2027-12-20", "cea", {"ng_per_ml": 5})),
            "cea_rising",
        ),
        ("neuroendocrine", lambda: operated(primary="neuroendocrine"), "adjuvant_start"),
    ],
)
def test_a_day_or_a_value_on_the_limit_owes_nothing(words: str, story: Callable[[], Story], rule: str) -> None:
    found = story()
    last = found.history.order[-1].on
    assert [found.owed((last + DAY * days).isoformat(), rule) for days in range(3)] == [None] * 3, words


# --- the day on which a fact falls -----------------------------------------------------------------------------------

FIRST_STEP = told(("2027-04-20", "taken_over", {"state": "locoregional"}))
STARTED = told(("2027-03-20", "cycle_given", {"number": 1}), line("2027-03-20"), first=decided_only)


class Falls(NamedTuple):
    """A fact that falls a day before, on, or a day after a day that decides; what is due then, each time."""

    words: str
    rule: str
    first: Callable[[], Story]
    on: str
    fact: tuple[str, dict[str, Any]]
    asked: str
    due: tuple[str | None, str | None, str | None]


SURVEILLED = followed("2027-07-15")
VISIT = ("visit", {"kind": "surveillance"})
SCAN = ("imaging", {"modality": "ct", "purpose": "surveillance"})
FALLS = [
    Falls(
        "ablated in the state, its first day included",
        "act_awaited",
        FIRST_STEP,
        "2027-04-20",
        ("locoregional_performed", {"modality": "rfa"}),
        "2027-04-22",
        ("2027-05-18", None, None),
    ),
    Falls(
        "cancelled in the state, its first day included",
        "act_awaited",
        resection,
        "2027-05-26",
        ("surgery_cancelled", {}),
        "2027-05-28",
        ("2027-06-09", "2027-06-09", "2027-06-10"),
    ),
    Falls(
        "measured after the embolisation, not on its day",
        "remeasure_remnant",
        told(("2027-05-21", "portal_vein_embolisation", {}), first=reassessment),
        "2027-05-21",
        ("volumetry", {"remnant_percent": 38}),
        "2027-05-23",
        ("2027-06-18", "2027-06-18", None),
    ),
    Falls(
        "progression after the day of entry",
        "reassessment",
        STARTED,
        "2027-03-20",
        ("imaging", {"modality": "ct", "purpose": "other", "response": "progression"}),
        "2027-03-22",
        ("2027-05-20", "2027-05-20", "2027-03-21"),
    ),
    Falls(
        "a response after the day on which the line began",
        "reassessment",
        STARTED,
        "2027-03-20",
        ("imaging", {"modality": "ct", "purpose": "other", "response": "stable"}),
        "2027-03-22",
        ("2027-05-20", "2027-05-20", "2027-05-21"),
    ),
    Falls(
        "decided on the day of the response or later",
        "mdt_review",
        reassessment,
        "2027-05-18",
        ("mdt_decision", {"present": TEAM, "plan": "defer"}),
        "2027-05-20",
        ("2027-06-01", None, None),
    ),
    Falls(
        "seen by an oncologist on the day of the imaging or later",
        "urgent_evaluation",
        told(imaging("2027-03-03", rim_enhancing_necrotic=True, infiltrative=True)),
        "2027-03-03",
        ("visit", {"kind": "oncology"}),
        "2027-03-05",
        ("2027-03-03", None, None),
    ),
    Falls(
        "given up on the day of the first stage or later",
        "second_stage",
        second_stage_first,
        "2027-06-10",
        ("surgery_cancelled", {}),
        "2027-06-12",
        ("2027-07-22", None, None),
    ),
    Falls(
        "adjuvant therapy since the operation",
        "adjuvant_start",
        operated,
        "2027-07-15",
        ("systemic_started", {"intent": "adjuvant", "regimen": "FOLFIRI"}),
        "2027-07-17",
        ("2027-09-09", None, None),
    ),
    Falls(
        "a decision since the operation names another day for the primary",
        "primary_in_place",
        told(("2027-07-15", "taken_over", {"state": "surveillance"}), first=operated),
        "2027-07-15",
        ("mdt_decision", {"present": TEAM, "review_on": "2027-11-30"}),
        "2027-07-17",
        ("2027-10-13", "2027-11-30", "2027-11-30"),
    ),
    Falls(
        "a scan after the operation, not on its day",
        "surveillance_ct",
        SURVEILLED,
        "2027-07-15",
        SCAN,
        "2027-07-17",
        ("2028-01-15", "2028-01-15", "2028-01-16"),
    ),
    Falls(
        "a scan for another purpose, once the window is open",
        "surveillance_ct",
        SURVEILLED,
        "2027-10-15",
        ("imaging", {"modality": "ct", "purpose": "other"}),
        "2027-10-17",
        ("2028-01-15", "2028-04-15", "2028-04-16"),
    ),
    Falls(
        "a visit from the follow-up's first day on",
        "surveillance_cea",
        SURVEILLED,
        "2027-07-15",
        VISIT,
        "2027-07-17",
        ("2028-01-15", "2027-07-29", "2027-07-30"),
    ),
    Falls(
        "a visit up to the follow-up's last day",
        "surveillance_cea",
        SURVEILLED,
        "2032-07-15",
        VISIT,
        "2032-07-17",
        ("2032-07-28", "2032-07-29", "2028-01-15"),
    ),
    Falls(
        "a CEA from 14 days before the visit on",
        "surveillance_cea",
        followed("2027-07-15", ("2027-12-20", *VISIT)),
        "2027-12-06",
        ("cea", {"ng_per_ml": 2.1}),
        "2027-12-20",
        ("2028-01-03", None, None),
    ),
    Falls(
        "a CEA once the window is open",
        "surveillance_cea",
        SURVEILLED,
        "2027-10-15",
        ("cea", {"ng_per_ml": 2.1}),
        "2027-10-17",
        ("2028-01-15", None, None),
    ),
    Falls(
        "imaged on the day of the CEA or later",
        "cea_rising",
        followed("2027-07-15", ("2027-10-01", "cea", {"ng_per_ml": 5}), ("2027-12-20", "cea", {"ng_per_ml": 6.1})),
        "2027-12-20",
        ("imaging", {"modality": "mri", "purpose": "other"}),
        "2027-12-22",
        ("2028-01-03", None, None),
    ),
    Falls(
        "operated on the day of the plan or later",
        "act_awaited",
        told(plan("2027-05-27", "2027-07-15"), first=resection),
        "2027-05-27",
        ("surgery_performed", {"procedure": "resection"}),
        "2027-05-29",
        ("2027-07-22", None, None),
    ),
    Falls(
        "a plan cancelled on a later day",
        "bevacizumab_hold",
        told(plan("2027-05-27", "2027-08-15"), first=bevacizumab),
        "2027-05-27",
        ("surgery_cancelled", {}),
        "2027-05-29",
        ("2027-07-04", "2027-07-04", None),
    ),
]


@pytest.mark.req("X6", "X8", "C6", "E1", "E2", "A2", "G3", "G4", "H2", "H3", "X7", "X9", "X11")
@pytest.mark.parametrize("case", FALLS, ids=[f"{one.rule}: {one.words}" for one in FALLS])
def test_a_fact_of_the_day_before_of_the_day_and_of_the_day_after(case: Falls) -> None:
    """Whether a fact of the boundary's own day counts is the contract's to say, rule by rule."""
    kind, fields = case.fact
    found = []
    for on in around(case.on):
        owed = case.first().tell(on.isoformat(), kind, **fields).owed(case.asked, case.rule)
        found.append(None if owed is None else owed[-1])
    assert tuple(found) == case.due
