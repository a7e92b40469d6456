"""Who decides, and where (M1, N1)."""

from __future__ import annotations

from pathway.case import Case
from pathway.criteria.verdict import Answer, Asked, met, not_met, unknown
from pathway.states import STEP_WORDS

ROLE_WORDS = {
    "medical_oncologist": "medical oncologist",
    "hepatobiliary_surgeon": "hepatobiliary surgeon",
    "colorectal_surgeon": "colorectal surgeon",
    "interventional_radiologist": "interventional radiologist",
    "diagnostic_radiologist": "diagnostic radiologist",
}
QUORUM = ("medical_oncologist", "hepatobiliary_surgeon", "interventional_radiologist", "diagnostic_radiologist")


def m1(case: Case, asked: Asked) -> Answer:
    """The whole team decided on this step, in the present state."""
    word = case.word()
    if not word:
        return unknown("No MDT decision since {}: bring the patient to the MDT", case.since)
    day = word[0].on
    plans = sorted({decision.plan for decision in word if decision.plan is not None})
    if len(plans) > 1:
        return not_met(
            "The MDT decisions of {} differ ({}): ask the MDT which holds",
            day,
            tuple(STEP_WORDS[plan] for plan in plans),
        )
    if plans and plans[0] != asked.trigger:
        return not_met(
            "The MDT of {} decided otherwise: {}. Another step needs another decision", day, STEP_WORDS[plans[0]]
        )
    needed: tuple[str, ...] = QUORUM
    if case.primary == "colorectal" and not case.primary_resected:
        needed = (*QUORUM, "colorectal_surgeon")
    absent = tuple(ROLE_WORDS[role] for role in needed if not all(role in decision.present for decision in word))
    if absent:
        return not_met("MDT of {} without {}: the whole team decides together", day, absent)
    return met("MDT of {}, all roles present", day)


def n1(case: Case, asked: Asked) -> Answer:
    """Treated at a high-volume hepatobiliary centre."""
    if not case.referred:
        return unknown("Treating centre not recorded: record the referral")
    day = case.referred[-1].on
    latest = [event for event in case.referred if event.on == day]
    small = [event for event in latest if not event.high_volume_centre]
    if small:
        return not_met("{} (since {}) is no high-volume centre: refer the patient to one", small[0].site, day)
    return met("{} (since {}) is a high-volume centre", latest[-1].site, day)
