"""How a screen writes things: dates in text, signs with words, values of fields as people say them."""

from __future__ import annotations

from datetime import date
from typing import Any

from pathway import words
from pathway.dates import say as say_date
from pathway.states import STEP_WORDS, State
from pathway.states import say as say_state

NOT_STATED = "not stated"
VERDICTS = {"met": "✔ met", "not_met": "✖ not met", "unknown": "? unknown"}
VERDICT_COLOURS = {"met": "green", "not_met": "red", "unknown": "orange"}

ABBREVIATIONS = {
    "ct": "CT",
    "mri": "MRI",
    "pet_ct": "PET-CT",
    "cea": "CEA",
    "mdt": "MDT",
    "mdt_decision": "MDT decision",
    "ecog": "ECOG",
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
    "ng_per_ml": "ng/ml",
    "largest_mm": "largest lesion, mm",
    "lesion_count": "lesions",
    "ablated_mm": "ablated lesions, mm",
    "remnant_percent": "remnant, % of liver volume",
    "r0_achievable": "R0 achievable?",
    "present": "present at the MDT",
    "on": "on",
    "True": "yes",
    "False": "no",
}


def field(name: Any) -> str:
    """A field's name or value as people say it."""
    text = str(name)
    if text in ABBREVIATIONS:
        return ABBREVIATIONS[text]
    return STEP_WORDS.get(text, text.replace("_", " "))


def title(name: Any) -> str:
    """The same, to begin a line with."""
    said = field(name)
    return said[:1].upper() + said[1:]


def state(name: str) -> str:
    """A state as people say it."""
    return say_state(State(name))


def day(iso: str) -> str:
    """An ISO date in text: 12 May 2026."""
    return say_date(date.fromisoformat(iso))


def due(alert: dict[str, Any], today: date) -> str:
    """When an alert is due, in words, with ▲ where it is urgent."""
    if alert["status"] == "snoozed":
        return "snoozed"
    said = words.due(date.fromisoformat(alert["opens_on"]), date.fromisoformat(alert["due_on"]), today)
    return f"▲ {said}" if alert["severity"] == "urgent" else said


def rule(name: str) -> str:
    """What is owed, as it stands in a line."""
    return words.RULES[name]


def days(count: int) -> str:
    """`1 day`, `12 days`."""
    return "1 day" if count == 1 else f"{count} days"


def plain(text: str) -> str:
    """A text as it is, with nothing in it that Markdown would obey: a name is a name."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+-.!|<>$~:" else sign for sign in text)
