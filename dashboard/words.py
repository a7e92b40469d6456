"""How a screen writes things: dates in text, signs with words, fields and their values as people say them."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

from pathway import words
from pathway.dates import say as say_date
from pathway.errors import Refused
from pathway.states import STEP_WORDS, State
from pathway.states import say as say_state

VERDICTS = {"met": "✔ met", "not_met": "✖ not met", "unknown": "? unknown"}
VERDICT_COLOURS = {"met": "green", "not_met": "red", "unknown": "orange"}

FIELDS = {
    "on": "day",
    "present": "present at the MDT",
    "plan": "plan",
    "review_on": "wants the patient back on",
    "reviewed": "steps reviewed",
    "r0_achievable": "R0 achievable?",
    "other_options_exhausted": "other options exhausted?",
    "comorbidity_prevents_surgery": "another illness prevents surgery?",
    "patient_refuses_surgery": "patient refuses surgery?",
    "high_tumour_burden": "high tumour burden?",
    "caveat_seen": "inferior survival discussed?",
    "lesion_count": "lesions",
    "largest_mm": "largest lesion, mm",
    "bilobar": "both lobes?",
    "infiltrative": "infiltrative?",
    "rim_enhancing_necrotic": "rim-enhancing, necrotic?",
    "extrahepatic": "outside the liver",
    "ct_contraindicated": "CT contraindicated?",
    "remnant_percent": "remnant, % of liver volume",
    "remnant_segments": "segments that remain",
    "estimated": "only estimated?",
    "new_specimen": "from a new specimen?",
    "ng_per_ml": "CEA, ng/ml",
    "ecog": "ECOG",
    "ablated_mm": "ablated lesions, mm",
    "biologic_given": "biologic given?",
    "number": "cycle number",
    "last_dose": "last dose of the biologic",
    "deviation_reason": "why not as advised",
    "residual_disease": "disease left?",
    "high_volume_centre": "high-volume centre?",
    "synchronous": "synchronous with the primary?",
    "functional": "functional tumour?",
    "resected": "primary resected?",
    "booked_for": "booked for",
    "birth_date": "born",
    "planned_for": "planned for",
}
"""A field's name as people say it, where it is not the name itself."""

VALUES = {
    "ct": "CT",
    "mri": "MRI",
    "pet_ct": "PET-CT",
    "cea": "CEA",
    "mdt": "MDT",
    "mdt_decision": "MDT decision",
    "ras": "RAS",
    "braf": "BRAF",
    "mmr": "MMR",
    "her2": "HER2",
    "rfa": "RFA",
    "mwa": "MWA",
    "tace": "TACE",
    "tae": "TAE",
    "sirt": "SIRT",
    "prrt": "PRRT",
    "proficient": "pMMR",
    "deficient": "dMMR",
    "no_answer": "no answer",
    "primary": "primary",
    "two_stage": "two-stage",
    "resection_with_ablation": "resection + ablation",
    "lost_to_follow_up": "lost to follow-up",
    "hepatobiliary_surgeon": "HPB surgeon",
    "molecular_workup": "molecular work-up",
    "more_than_5": "more than 5 lesions",
    "bilobar": "both lobes",
    "infiltrative_ivb_v": "infiltrative in segment IVB or V",
    "advanced": "step",
    "corrected": "correction",
    "systemic_started": "systemic therapy started",
    "systemic_stopped": "systemic therapy stopped",
    "locoregional_performed": "locoregional therapy",
    "surgery_performed": "operation",
    "surgery_planned": "operation planned",
    "surgery_cancelled": "operation cancelled",
    "portal_vein_embolisation": "portal vein embolisation",
    "True": "yes",
    "False": "no",
}

IN_A_LINE = {
    "ng_per_ml": "{} ng/ml",
    "remnant_percent": "remnant {} %",
    "remnant_segments": "{} segments remain",
    "lesion_count": "{} lesions",
    "largest_mm": "largest {} mm",
    "ecog": "ECOG {}",
    "number": "cycle {}",
    "extrahepatic": "outside the liver: {}",
    "response": "response: {}",
    "ablated_mm": "ablated {} mm",
}
"""How a field and its value stand in a line of the history."""
SPEAK_FOR_THEMSELVES = frozenset(
    {
        *("modality", "what", "purpose", "trigger", "regimen", "biologic", "intent", "kind", "outcome", "primary"),
        *("method", "side", "location", "procedure", "margin", "state", "status", "site", "rule", "present", "name"),
        *("sites", "sex"),
    }
)
"""Fields whose values need no name."""

ORDER = (
    *("reached", "left_message", "no_answer"),
    *("complete", "partial", "stable", "progression"),
    *("caecum", "ascending", "hepatic_flexure", "transverse", "splenic_flexure", "descending", "sigmoid"),
    *("rectosigmoid", "rectum"),
    *("colorectal", "neuroendocrine", "gastric", "colonoscopy", "upper_endoscopy", "liver_biopsy"),
    *("surgical_specimen", "ct", "mri", "pet_ct", "ultrasound", "neoadjuvant", "continued", "adjuvant"),
    *("baseline", "reassessment", "surveillance", "resection", "two_stage", "resection_with_ablation", "primary"),
    *("none", "resectable", "unresectable", "proficient", "wild_type", "negative", "booked", "missed", "oncology"),
    *("start_neoadjuvant", "proceed_to_resection", "reassess", "offer_resection", "offer_locoregional"),
    *("continue_systemic", "begin_surveillance", "start_adjuvant", "abandon_resection", "defer"),
)
"""Values in the order in which a clinician expects them; others follow in that of the alphabet, `other` last."""


def rank(value: Any) -> tuple[bool, int, str]:
    """Where a value stands among the others of its field."""
    return value == "other", ORDER.index(value) if value in ORDER else len(ORDER), str(value)


def name(of: str) -> str:
    """A field's name as people say it."""
    return FIELDS.get(of) or value(of)


def value(of: Any) -> str:
    """A field's value, an event's type or a step as people say it."""
    text = str(of)
    return VALUES.get(text) or STEP_WORDS.get(text, text.replace("_", " "))


def in_a_line(field: str, said: str) -> str:
    """A field and its value in a line of the history: `remnant 26 %`, `both lobes: yes`, `CT`."""
    if field in SPEAK_FOR_THEMSELVES:
        return said
    shape = IN_A_LINE.get(field)
    return shape.format(said) if shape else f"{name(field).rstrip('?')}: {said}"


def title(text: str) -> str:
    """To begin a line with."""
    return text[:1].upper() + text[1:]


def ended(text: str) -> str:
    """A sentence with its full stop. It may begin with a name, which stays as it is written."""
    return text if text.endswith((".", "?")) else f"{text}."


def sentence(text: str) -> str:
    """A reason as a sentence: it begins large and ends with a full stop."""
    return title(ended(text))


def state(of: str) -> str:
    """A state as people say it."""
    return say_state(State(of))


def day(iso: str) -> str:
    """An ISO date in text: 12 May 2026."""
    return say_date(date.fromisoformat(iso))


def window(alert: dict[str, Any]) -> str:
    """From when until when something is to be done: `12 May – 12 Aug 2026`, or the one day."""
    first, last = day(alert["opens_on"]), day(alert["due_on"])
    if first == last:
        return first
    return f"{first.removesuffix(last[-5:])} – {last}"


def due(alert: dict[str, Any], today: date) -> str:
    """When an alert is due, in words, with ▲ where it is urgent."""
    if alert["status"] == "snoozed":
        return "snoozed"
    said = words.due(date.fromisoformat(alert["opens_on"]), date.fromisoformat(alert["due_on"]), today)
    return f"▲ {said}" if alert["severity"] == "urgent" else said


def due_colour(alert: dict[str, Any]) -> str:
    """Red: late or urgent. Orange: its window is open. Gray: not yet."""
    if alert["status"] == "snoozed":
        return "gray"
    if alert["status"] == "overdue" or alert["severity"] == "urgent":
        return "red"
    return "orange" if alert["status"] == "due" else "gray"


def rule(of: str) -> str:
    """What is owed, as it stands in a line."""
    return words.RULES[of]


def days(count: int) -> str:
    """`1 day`, `12 days`."""
    return "1 day" if count == 1 else f"{count} days"


def refused(error: Refused) -> str:
    """Why an entry cannot be recorded, in words: the field as the form calls it, and what it wants."""
    field = error.field.removeprefix("replacement.")
    if error.expected.startswith("is needed"):
        return f"{name(field).rstrip('?')} is still missing"
    return f"{name(field)}: {error.expected}" if field and field not in ("type", "trigger") else error.expected


def source(text: str) -> str:
    """Where an answer comes from, with the guideline's words in their own quotes."""
    return text.removeprefix("guideline: ").replace(' "', " “", 1).removesuffix('"') + ("”" if '"' in text else "")


def folded(text: str) -> str:
    """A name as it is searched: without case and accents."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))


def plain(text: str) -> str:
    """A text as it is, with nothing in it that Markdown would obey: a name is a name."""
    bound = text.replace(" %", "\u00a0%").replace(" mm", "\u00a0mm")
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+-.!|<>$~:" else sign for sign in bound)
