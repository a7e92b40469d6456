"""Every rule by its name, and all that is owed together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from pathway.journey import Journey
from pathway.obligations import decision, follow_up, operation, therapy, vigilance, workup
from pathway.obligations.obligation import Found, Obligation


class Rule(NamedTuple):
    """A rule with its row, and the protocol's number on which its due date rests ("" where it is due on the day
    itself).
    """

    row: str
    number: str
    find: Callable[[Journey], Found]


RULES: dict[str, Rule] = {
    "identify_primary": Rule("A1", "identify_primary_due_days", workup.identify_primary),
    "urgent_evaluation": Rule("A2", "", workup.urgent_evaluation),
    "criterion_missing": Rule("D6", "criterion_missing_due_days", workup.criterion_missing),
    "refer_to_centre": Rule("N1", "refer_due_days", workup.refer_to_centre),
    "act_awaited": Rule("X8", "act_due_days", decision.act_awaited),
    "reassessment": Rule("C6", "reassessment_months", therapy.reassessment),
    "remeasure_remnant": Rule("E1", "remeasure_remnant_due_days", therapy.remeasure_remnant),
    "mdt_review": Rule("X7", "mdt_review_due_days", decision.mdt_review),
    "bevacizumab_hold": Rule("G3", "bevacizumab_hold_days", operation.bevacizumab_hold),
    "bevacizumab_conflict": Rule("G3", "bevacizumab_hold_days", operation.bevacizumab_conflict),
    "stale_before_surgery": Rule("X10", "stale_due_days_before", operation.stale_before_surgery),
    "second_stage": Rule("E2", "second_stage_due_days", operation.second_stage),
    "adjuvant_start": Rule("G4", "adjuvant_due_days", follow_up.adjuvant_start),
    "perioperative_complete": Rule("G1", "perioperative_months", follow_up.perioperative_complete),
    "surveillance_ct": Rule("H2", "ct_due_months", follow_up.surveillance_ct),
    "surveillance_cea": Rule("H3", "ct_due_months", follow_up.surveillance_cea),
    "cea_rising": Rule("X9", "cea_rising_due_days", follow_up.cea_rising),
    "primary_in_place": Rule("X11", "primary_in_place_due_days", follow_up.primary_in_place),
    "follow_up_complete": Rule("H1", "follow_up_years", follow_up.follow_up_complete),
    "guard_violated": Rule("X3", "", vigilance.guard_violated),
}
"""Every rule but the last: `review_stalled` (X1) speaks where no other does."""

STALLED = "review_stalled"
ROW = {**{name: rule.row for name, rule in RULES.items()}, STALLED: "X1"}


def owed(journey: Journey) -> list[Obligation]:
    """All that is owed: one a rule, by the one due first, and urgent when one of them is."""
    found: list[Obligation] = []
    for rule in RULES.values():
        several = list(rule.find(journey))
        if several:
            found.append(_first(several))
    found += vigilance.review_stalled(journey, found)
    return found


def _first(several: Sequence[Obligation]) -> Obligation:
    """The one due first, of several the one that hangs on the lowest id; urgent as early as one of them is."""
    first = min(several, key=lambda one: (one.due_on, one.hangs_on.id))
    urgent = [one.urgent_on for one in several if one.urgent_on is not None]
    return first._replace(urgent_on=min(urgent)) if urgent else first
