"""The words that screens and tables share: due in words, rules and rows as people say them."""

from __future__ import annotations

from datetime import date

RULES = {
    "identify_primary": "Identify the primary",
    "urgent_evaluation": "Urgent oncology visit",
    "criterion_missing": "Record what is missing",
    "refer_to_centre": "Refer to a high-volume centre",
    "act_awaited": "Decision not yet acted on",
    "reassessment": "Reassess: CT and MDT",
    "remeasure_remnant": "Measure the remnant again",
    "mdt_review": "MDT decision",
    "bevacizumab_hold": "Stop bevacizumab",
    "bevacizumab_conflict": "Bevacizumab too close to surgery",
    "stale_before_surgery": "Renew imaging or ECOG before surgery",
    "second_stage": "Second stage of the hepatectomy",
    "adjuvant_start": "Begin adjuvant therapy",
    "perioperative_complete": "Six months complete: plan follow-up",
    "surveillance_ct": "Surveillance CT",
    "surveillance_cea": "CEA",
    "cea_rising": "CEA is rising",
    "primary_in_place": "Primary still in place",
    "follow_up_complete": "Complete the follow-up",
    "guard_violated": "A step is called in question",
    "review_stalled": "Nothing is moving",
}
"""What is owed, as it stands in a line of the worklist."""


def due(opens_on: date, due_on: date, day: date) -> str:
    """When something is due, seen from a day: `6 days late`, `today`, `in 12 days`."""
    days = (due_on - day).days
    if days < 0:
        return f"{_days(-days)} late"
    if days == 0:
        return "today"
    if day < opens_on:
        return f"opens in {_days((opens_on - day).days)}"
    return f"in {_days(days)}"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def share(numerator: int, denominator: int) -> str:
    """A share in whole per cent: `71 %`; empty where there is nothing to share."""
    return f"{round(100 * numerator / denominator)} %" if denominator else ""


def of(numerator: int, denominator: int) -> str:
    """A share with both counts: `71 %, 52 of 73`."""
    counts = f"{numerator} of {denominator}"
    return f"{share(numerator, denominator)}, {counts}" if denominator else counts
