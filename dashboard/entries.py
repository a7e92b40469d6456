"""What meets an obligation: for each rule the event to record, its few fields, and the verb on the button."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """One way in which something is done."""

    verb: str
    """What the button says will happen."""
    kind: str
    """The event type."""
    presets: dict[str, Any]
    """Fields whose value follows from the rule; they are recorded without being asked."""
    asked: tuple[str, ...]
    first: Mapping[str, Any] = MappingProxyType({})
    """What the asked fields hold at first."""


_IMAGE = ("modality", "lesion_count", "response", "extrahepatic")
CT = Entry("Record CT", "imaging", {"purpose": "surveillance"}, _IMAGE, {"modality": "ct"})
RESTAGING_CT = Entry(
    "Record CT",
    "imaging",
    {"purpose": "reassessment"},
    ("modality", "response", "lesion_count", "largest_mm", "bilobar", "extrahepatic"),
    {"modality": "ct"},
)
CEA = Entry("Record CEA", "cea", {}, ("ng_per_ml",))
ECOG = Entry("Record ECOG", "performance_status", {}, ("ecog",))
VOLUMETRY = Entry("Record volumetry", "volumetry", {}, ("remnant_percent", "remnant_segments"))
MOLECULAR = Entry("Record result", "molecular_result", {}, ("mmr", "ras", "braf", "her2"))
PRIMARY = Entry("Record primary", "primary_identified", {}, ("primary", "method", "location", "synchronous"))
VISIT = Entry("Record visit", "visit", {"kind": "oncology"}, ())
SURVEILLANCE_VISIT = Entry("Record visit", "visit", {"kind": "surveillance"}, ())
MDT = Entry("Record decision", "mdt_decision", {}, ("present", "plan", "r0_achievable", "review_on"))
PLANNED = Entry("Record date of operation", "surgery_planned", {}, ("procedure", "planned_for", "stage"))
OPERATED = Entry("Record operation", "surgery_performed", {}, ("procedure", "stage", "margin"))
CANCELLED = Entry("Record cancellation", "surgery_cancelled", {}, ("reason",))
LOCOREGIONAL = Entry("Record therapy", "locoregional_performed", {}, ("modality", "residual_disease"))
BEGUN = Entry("Record start of therapy", "systemic_started", {}, ("intent", "regimen", "biologic"))
ADJUVANT = Entry("Record start of therapy", "systemic_started", {"intent": "adjuvant"}, ("regimen", "biologic"))
BIOLOGIC_STOPPED = Entry("Record stop", "systemic_stopped", {"what": "biologic"}, ("last_dose", "reason"))
STOPPED = Entry("Record stop", "systemic_stopped", {"what": "all"}, ("reason",))
REFERRED = Entry("Record referral", "referred", {}, ("site", "high_volume_centre"))
PRIMARY_OUT = Entry("Record resection of the primary", "primary_resected", {}, ())


def step(trigger: str, verb: str) -> Entry:
    """A step that is itself what is awaited."""
    return Entry(verb, "advanced", {"trigger": trigger}, ())


ENTRIES: dict[str, tuple[Entry, ...]] = {
    "identify_primary": (PRIMARY,),
    "urgent_evaluation": (VISIT,),
    "criterion_missing": (VOLUMETRY, ECOG, RESTAGING_CT, MOLECULAR),
    "refer_to_centre": (REFERRED,),
    "act_awaited": (BEGUN, PLANNED, OPERATED, CANCELLED, LOCOREGIONAL),
    "reassessment": (RESTAGING_CT,),
    "remeasure_remnant": (VOLUMETRY,),
    "mdt_review": (MDT,),
    "bevacizumab_hold": (BIOLOGIC_STOPPED,),
    "bevacizumab_conflict": (PLANNED, CANCELLED),
    "stale_before_surgery": (RESTAGING_CT, ECOG),
    "second_stage": (OPERATED, PLANNED, CANCELLED),
    "adjuvant_start": (ADJUVANT,),
    "perioperative_complete": (STOPPED, step("begin_surveillance", "Begin surveillance")),
    "surveillance_ct": (CT,),
    "surveillance_cea": (CEA,),
    "cea_rising": (CT, MDT),
    "primary_in_place": (PRIMARY_OUT,),
    "follow_up_complete": (step("complete_follow_up", "Complete the follow-up"),),
    "guard_violated": (MDT,),
    "review_stalled": (VISIT, SURVEILLANCE_VISIT),
}
"""By rule, the likeliest first."""

BY_STATE = {
    "neoadjuvant": (BEGUN,),
    "systemic": (BEGUN,),
    "locoregional": (LOCOREGIONAL,),
    "resection": (PLANNED, OPERATED, CANCELLED),
}


def entries(rule: str, state: str) -> tuple[Entry, ...]:
    """What can meet an obligation of a patient who stands in a state."""
    if rule == "act_awaited":
        return BY_STATE.get(state, ENTRIES[rule])
    return ENTRIES[rule]
