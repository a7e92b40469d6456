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
    when: str
    """What its day is called."""
    presets: dict[str, Any]
    """Fields whose value follows from the rule; they are recorded without being asked."""
    asked: tuple[str, ...]
    first: Mapping[str, Any] = MappingProxyType({})
    """What the asked fields hold at first."""

    @property
    def what(self) -> str:
        """What is recorded, to begin a line with: `CT`, `Start of therapy`."""
        noun = self.verb.removeprefix("Record ")
        return noun[:1].upper() + noun[1:]


CT = Entry(
    "Record CT",
    "imaging",
    "CT done on",
    {"purpose": "surveillance"},
    ("modality", "lesion_count", "extrahepatic"),
    {"modality": "ct"},
)
RESTAGING_CT = Entry(
    "Record CT",
    "imaging",
    "CT done on",
    {"purpose": "reassessment"},
    ("modality", "response", "lesion_count", "largest_mm", "extrahepatic", "bilobar"),
    {"modality": "ct"},
)
CEA = Entry("Record CEA", "cea", "Taken on", {}, ("ng_per_ml",))
ECOG = Entry("Record ECOG", "performance_status", "Seen on", {}, ("ecog",))
VOLUMETRY = Entry("Record volumetry", "volumetry", "Measured on", {}, ("remnant_percent", "remnant_segments"))
MOLECULAR = Entry("Record molecular result", "molecular_result", "Reported on", {}, ("mmr", "ras", "braf", "her2"))
PRIMARY = Entry(
    "Record primary", "primary_identified", "Found on", {}, ("primary", "method", "location", "synchronous")
)
VISIT = Entry("Record oncology visit", "visit", "Seen on", {"kind": "oncology"}, ())
SURVEILLANCE_VISIT = Entry("Record surveillance visit", "visit", "Seen on", {"kind": "surveillance"}, ())
MDT = Entry("Record decision", "mdt_decision", "Met on", {}, ("plan", "present", "r0_achievable", "review_on"))
PLANNED = Entry(
    "Record date of operation",
    "surgery_planned",
    "Decided on",
    {},
    ("planned_for", "procedure", "stage"),
    {"procedure": "resection"},
)
OPERATED = Entry(
    "Record operation",
    "surgery_performed",
    "Operated on",
    {},
    ("procedure", "stage", "margin"),
    {"procedure": "resection"},
)
CANCELLED = Entry("Record cancellation", "surgery_cancelled", "Cancelled on", {}, ("reason",))
LOCOREGIONAL = Entry("Record therapy", "locoregional_performed", "Done on", {}, ("modality", "residual_disease"))
_THERAPY = ("regimen", "biologic")
NEOADJUVANT = Entry("Record start of therapy", "systemic_started", "Started on", {"intent": "neoadjuvant"}, _THERAPY)
CONTINUED = Entry("Record start of therapy", "systemic_started", "Started on", {"intent": "continued"}, _THERAPY)
ADJUVANT = Entry("Record start of therapy", "systemic_started", "Started on", {"intent": "adjuvant"}, _THERAPY)
BIOLOGIC_STOPPED = Entry(
    "Record stop of bevacizumab", "systemic_stopped", "Stopped on", {"what": "biologic"}, ("last_dose", "reason")
)
STOPPED = Entry("Record end of therapy", "systemic_stopped", "Stopped on", {"what": "all"}, ("reason",))
REFERRED = Entry("Record referral", "referred", "Referred on", {}, ("site", "high_volume_centre"))
PRIMARY_OUT = Entry("Record resection of the primary", "primary_resected", "Resected on", {}, ())


def step(trigger: str, verb: str) -> Entry:
    """A step that is itself what is awaited."""
    return Entry(verb, "advanced", "On", {"trigger": trigger}, ())


ENTRIES: dict[str, tuple[Entry, ...]] = {
    "identify_primary": (PRIMARY,),
    "urgent_evaluation": (VISIT,),
    "criterion_missing": (VOLUMETRY, ECOG, RESTAGING_CT),
    "refer_to_centre": (REFERRED,),
    "act_awaited": (NEOADJUVANT, PLANNED, OPERATED, CANCELLED, LOCOREGIONAL),
    "reassessment": (RESTAGING_CT, step("reassess", "Move to reassessment")),
    "remeasure_remnant": (VOLUMETRY,),
    "mdt_review": (MDT,),
    "bevacizumab_hold": (BIOLOGIC_STOPPED,),
    "bevacizumab_conflict": (PLANNED, CANCELLED),
    "stale_before_surgery": (RESTAGING_CT, ECOG),
    "second_stage": (OPERATED, PLANNED, CANCELLED),
    "adjuvant_start": (ADJUVANT,),
    "perioperative_complete": (step("begin_surveillance", "Begin surveillance"), STOPPED),
    "surveillance_ct": (CT,),
    "surveillance_cea": (CEA,),
    "cea_rising": (CT, MDT),
    "primary_in_place": (PRIMARY_OUT, MDT),
    "follow_up_complete": (step("complete_follow_up", "Complete the follow-up"),),
    "guard_violated": (MDT,),
    "review_stalled": (VISIT, MDT),
}
"""By rule, the likeliest first."""

BY_STATE = {
    ("act_awaited", "neoadjuvant"): (NEOADJUVANT,),
    ("act_awaited", "systemic"): (CONTINUED,),
    ("act_awaited", "locoregional"): (LOCOREGIONAL,),
    ("act_awaited", "resection"): (PLANNED, OPERATED, CANCELLED),
    ("criterion_missing", "molecular_workup"): (MOLECULAR, PRIMARY),
    ("review_stalled", "surveillance"): (SURVEILLANCE_VISIT, MDT),
}


def entries(rule: str, state: str) -> tuple[Entry, ...]:
    """What can meet an obligation of a patient who stands in a state."""
    return BY_STATE.get((rule, state), ENTRIES[rule])


NAMED = {
    VOLUMETRY.verb: "remnant",
    ECOG.verb: "ecog",
    MOLECULAR.verb: "",
    PRIMARY.verb: "primary",
    RESTAGING_CT.verb: "imaging",
}
"""How the reason of an obligation names what an entry would give."""


def fitting(rule: str, state: str, reason: str) -> tuple[Entry, ...]:
    """The same, what the reason names as missing first: `Still needed: ECOG`."""
    ways = entries(rule, state)
    if rule not in ("criterion_missing", "stale_before_surgery"):
        return ways
    return tuple(sorted(ways, key=lambda way: NAMED[way.verb] not in reason.casefold()))
