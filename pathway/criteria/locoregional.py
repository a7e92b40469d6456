"""When surgery stays out of reach (F1-F5, I3)."""

from __future__ import annotations

from pathway.case import Case
from pathway.criteria.resection import d1, d2, d3, d4, d5
from pathway.criteria.verdict import NOT_MET, UNKNOWN, Answer, Asked, Lesions, met, not_met, unknown


def _surgery_ruled_out(case: Case) -> str | None:
    """The MDT's word that the patient refuses surgery or that another illness prevents it (F3)."""
    if case.stated("patient_refuses_surgery"):
        return "the patient refuses surgery"
    if case.stated("comorbidity_prevents_surgery"):
        return "another illness prevents surgery"
    return None


def f1(case: Case, asked: Asked) -> Answer:
    """Only for disease that stays unresectable after systemic therapy."""
    if not case.starts:
        return not_met("No systemic therapy yet: it comes before locoregional therapy")
    five = [question(case, asked) for question in (d1, d2, d3, d4, d5)]
    failing = next((answer for answer in five if answer.verdict is NOT_MET), None)
    if failing is not None:
        return met("Not resectable after systemic therapy: {}", failing.sentence)
    if asked.modality in (None, "rfa", "mwa"):
        ruled_out = _surgery_ruled_out(case)
        if ruled_out:
            return met("The MDT of {} says that {}", case.word()[0].on, ruled_out)
    open_ones = [answer for answer in five if answer.verdict is UNKNOWN]
    if open_ones:
        return unknown("Whether surgery is out of reach is not known: {}", open_ones[0].sentence)
    return not_met("All five conditions of resection are met: surgery comes first")


def f2(case: Case, asked: Asked) -> Answer:
    """TACE, TAE: several lesions with high tumour burden, or a functional neuroendocrine primary."""
    several = case.numbers.several_lesions_from
    count = case.latest_size("lesion_count")
    burden = _burden(case)
    if count is not None and count.value < several:
        return not_met("{} ({}): TACE and TAE are for {} or more", Lesions(count.value), count.event, several)
    if burden is False:
        return not_met(
            "The MDT states no high tumour burden, and no functional neuroendocrine primary is recorded: one is needed"
        )
    if count is None:
        return unknown("Number of lesions not recorded: record a CT or MRI with their number")
    if burden is None:
        return unknown(
            "The MDT states no high tumour burden, and whether the primary is functional is not recorded: record it"
        )
    return met("{} ({}), with high tumour burden or a functional primary", Lesions(count.value), count.event)


def _burden(case: Case) -> bool | None:
    if case.stated("high_tumour_burden"):
        return True
    primary = case.primary
    functional = case.of_primary(lambda event: event.functional)
    if functional is False or primary not in (None, "neuroendocrine"):
        return False
    return True if functional and primary else None


def f3(case: Case, asked: Asked) -> Answer:
    """RFA, MWA: up to nine lesions of up to 4 cm each, in patients whom another illness or their own wish keeps from
    surgery.
    """
    most, largest = case.numbers.ablation_lesions_at_most, case.numbers.ablation_mm_at_most
    count, size = case.latest_size("lesion_count"), case.latest_size("largest_mm")
    if count is not None and not 1 <= count.value <= most:
        return not_met("{} ({}): RFA and MWA are for 1 to {}", Lesions(count.value), count.event, most)
    if size is not None and size.value > largest:
        return not_met("Largest lesion {} mm ({}): RFA and MWA are for {} mm at most", size.value, size.event, largest)
    if _surgery_ruled_out(case) is None:
        return not_met("The MDT has not said that the patient refuses surgery or that another illness prevents it")
    if count is None or size is None:
        return unknown("Number or size of the lesions not recorded: record a CT or MRI with both")
    return met("{}, the largest {} mm ({})", Lesions(count.value), size.value, size.event)


def f4(case: Case, asked: Asked) -> Answer:
    """SIRT: when the MDT says that other options are exhausted."""
    if case.stated("other_options_exhausted"):
        return met("The MDT of {} says that other options are exhausted", case.word()[0].on)
    return not_met("The MDT has not said that other options are exhausted: SIRT is only for then")


def f5(case: Case, asked: Asked) -> Answer:
    """The MDT has seen that survival is inferior to complete resection."""
    if case.stated("caveat_seen"):
        return met("The MDT of {} has seen that survival is inferior to complete resection", case.word()[0].on)
    return not_met("The MDT has not said that it has seen that survival is inferior to complete resection: ask it")


def i3(case: Case, asked: Asked) -> Answer:
    """PRRT: for neuroendocrine tumours."""
    primary = case.primary
    if primary is None:
        return unknown("Primary not known, and PRRT is for neuroendocrine tumours: record the primary")
    if primary != "neuroendocrine":
        return not_met("The primary is not neuroendocrine ({}): PRRT is for neuroendocrine tumours", primary)
    return met("Neuroendocrine primary")
