"""After the operation (G1, H1)."""

from __future__ import annotations

from pathway.case import Case
from pathway.case.follow_up import follow_up_end, follow_up_start
from pathway.case.operation import present_operation
from pathway.case.six_months import remaining_months
from pathway.criteria.verdict import Answer, Asked, met, not_met, unknown


def g1(case: Case, asked: Asked) -> Answer:
    """Something is left of the six months of perioperative chemotherapy."""
    months = case.numbers.perioperative_months
    left = remaining_months(case, present_operation(case))
    if left is None:
        return unknown(
            "Not operated yet, so what is left of the {} months is not known: record the operation once it is done",
            months,
        )
    if left.days is None:
        return met("No chemotherapy before the operation: all {} months are left", months)
    if left.something:
        words = "{} day is left of {} months" if left.days == 1 else "{} days are left of {} months"
        return met(words + " of chemotherapy", left.days, months)
    return not_met("The {} months of chemotherapy were given before the operation: nothing is left", months)


def h1(case: Case, asked: Asked) -> Answer:
    """Five years of follow-up are over."""
    start, _ = follow_up_start(case)
    end = follow_up_end(case)
    if case.day >= end:
        return met("{} years of follow-up since {} were over on {}", case.numbers.follow_up_years, start, end)
    return not_met("Follow-up since {} goes on until {}", start, end)
