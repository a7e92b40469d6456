"""Before anything is treated: the primary, the profile, and never straight to surgery (A1, C5, C7, J1, L2)."""

from __future__ import annotations

from pathway.case import Case
from pathway.criteria.verdict import Answer, Asked, Lesions, met, not_met, unknown
from pathway.regimens import recommend

MISSING_WORDS = {
    "primary": "primary tumour",
    "mmr": "MMR/MSI",
    "ras": "RAS",
    "braf": "BRAF",
    "side": "side of the primary",
    "her2": "HER2",
}
A1_METHODS = ("colonoscopy", "upper_endoscopy", "liver_biopsy", "surgical_specimen")
CLUSTER_SEGMENTS = ("IVB", "V")


def a1(case: Case, asked: Asked) -> Answer:
    """The primary is identified by endoscopy or tissue before systemic therapy."""
    for event in reversed(case.primaries):
        if event.method in A1_METHODS:
            return met("Primary identified by {} ({})", event.method.replace("_", " "), event.on)
    if case.primaries:
        last = case.primaries[-1]
        return not_met(
            "Primary named on {} without endoscopy or tissue: record colonoscopy, upper endoscopy, biopsy or specimen",
            last.on,
        )
    return unknown(
        "Primary not yet identified: record colonoscopy, upper endoscopy, liver biopsy or a surgical specimen"
    )


def c5(case: Case, asked: Asked) -> Answer:
    """Nothing is missing that would change the recommended regimen."""
    missing = recommend(case).missing
    if missing:
        return unknown(
            "Still needed to choose the regimen: {}. Record the result; where two differ, correct one",
            tuple(MISSING_WORDS[name] for name in missing),
        )
    return met("All that decides the regimen is known")


def j1(case: Case, asked: Asked) -> Answer:
    """HER2 is known in gastric cancer."""
    her2 = case.marker("her2")
    if her2 is None:
        return unknown("HER2 not known: testing is mandatory in gastric cancer, record the result")
    return met("HER2 {}", her2)


def c7(case: Case, asked: Asked) -> Answer:
    """Not straight to surgery with more than five lesions or both lobes affected."""
    limit = case.numbers.multifocal_lesions_above
    count, bilobar = case.worst_count(), case.worst_flag("bilobar")
    if count is not None and count.value > limit:
        return not_met(
            "{} ({}), more than {}: chemotherapy comes before surgery", Lesions(count.value), count.event, limit
        )
    if bilobar is not None and bilobar.value:
        return not_met("Both lobes affected ({}): chemotherapy comes before surgery", bilobar.event)
    if count is None:
        return unknown("Number of lesions not recorded: record a CT or MRI with their number")
    if bilobar is None and count.value > 1:
        return unknown(
            "{} ({}), but whether both lobes are affected is not recorded: record it", Lesions(count.value), count.event
        )
    return met("{} ({}), {} at most, not in both lobes", Lesions(count.value), count.event, limit)


def l2(case: Case, asked: Asked) -> Answer:
    """No infiltrative pattern in segments IVB or V without chemotherapy first."""
    start = case.episode_from
    found = [one for one in case.imaging if one.on >= start and one.infiltrative is not None]
    infiltrative = [one for one in found if one.infiltrative]
    for one in reversed(infiltrative):
        if one.segments and any(name in one.segments for name in CLUSTER_SEGMENTS):
            return not_met(
                "Infiltrative in segment {} ({}): aggressive chemotherapy comes before surgery",
                tuple(name for name in one.segments if name in CLUSTER_SEGMENTS),
                one,
            )
    for one in reversed(infiltrative):
        if not one.segments:
            return unknown("Infiltrative ({}), but in which segments is not recorded: record them", one)
    if not found:
        return unknown("Whether the growth is infiltrative is not recorded: record it")
    return met("Not infiltrative in segment IVB or V ({})", found[-1])
