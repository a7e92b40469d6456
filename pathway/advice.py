"""What is shown beside the decision, always with its source: techniques, therapies, warnings (contract: what is shown).

Nothing here allows or refuses anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pathway.case import Case
from pathway.case.follow_up import untreated_recurrences
from pathway.case.operation import present_operation
from pathway.case.six_months import lines_before
from pathway.criteria import (
    AFTER_CHEMOTHERAPY,
    CLUSTER_SEGMENTS,
    MET,
    NOT_MET,
    Asked,
    c7,
    d2,
    f1,
    f2,
    f3,
    f4,
    i3,
    measured_remnant,
)
from pathway.states import State


class Suggestion(NamedTuple):
    """A sentence of the guideline that fits this patient now, by its row."""

    id: str
    text: str


class Classification(NamedTuple):
    """Whether the disease was unresectable before treatment (B1-B3), and why; None while that is not known."""

    initially_unresectable: bool | None
    reasons: tuple[str, ...]


ASKED = Asked("offer_locoregional", None, taken=False)
WORKING_UP = (State.MOLECULAR_WORKUP, State.NEOADJUVANT)


def classification(case: Case) -> Classification:
    """B1-B3: of the disease before treatment; shrinking under chemotherapy does not change what it was."""
    until = case.first_treated
    count = case.worst_count(until)
    many = None if count is None else count.value > case.numbers.unresectable_lesions_above
    bilobar, infiltrative = case.worst_flag("bilobar", until), case.worst_flag("infiltrative", until)
    flags = [None if reading is None else bool(reading.value) for reading in (bilobar, infiltrative)]
    clustered = False if False in flags else None if None in flags else True
    remnant = measured_remnant(case)
    small = remnant is not None and remnant.value <= case.numbers.remnant_percent_above
    reasons = tuple(row for row, holds in (("B1", many), ("B2", clustered), ("B3", small)) if holds)
    if reasons:
        return Classification(True, reasons)
    return Classification(False if many is False and clustered is False else None, ())


def risk_factors(case: Case) -> list[str]:
    """L1: the adverse features, of the disease before its first treatment."""
    until = case.first_treated
    count, bilobar = case.worst_count(until), case.worst_flag("bilobar", until)
    start = case.episode_from
    clustered = any(
        one.infiltrative and one.segments and any(name in one.segments for name in CLUSTER_SEGMENTS)
        for one in case.imaging
        if start <= one.on <= until
    )
    return [
        name
        for name, holds in (
            ("more_than_5", count is not None and count.value > case.numbers.multifocal_lesions_above),
            ("bilobar", bilobar is not None and bilobar.value),
            ("infiltrative_ivb_v", clustered),
            ("synchronous", case.of_primary(lambda event: event.synchronous) is True),
        )
        if holds
    ]


def high_risk(case: Case) -> bool | None:
    """C7: more than five lesions or both lobes; None while that is not known."""
    verdict = c7(case, ASKED).verdict
    return True if verdict is NOT_MET else False if verdict is MET else None


def suggestions(case: Case) -> list[Suggestion]:
    """What the guideline has to say to this patient where she stands."""
    return [*_first_line(case), *_techniques(case), *_locoregional(case), *_afterwards(case)]


def _first_line(case: Case) -> Iterator[Suggestion]:
    if case.state not in WORKING_UP:
        return
    primary = case.primary
    if primary == "neuroendocrine":
        yield Suggestion("I1", "Somatostatin analogue (octreotide, lanreotide) first, for symptom control")
    count = case.latest_count_ever()
    if primary == "gastric" and count is not None and count.value > case.numbers.gastric_lesions:
        yield Suggestion("J3", "Several metastases of gastric cancer: systemic therapy, surgery is rarely indicated")
    if primary == "other":
        yield Suggestion("J4", "The guideline gives no regimen for this primary: the MDT chooses")
    factors = risk_factors(case)
    if factors:
        words = ", ".join(_FACTOR_WORDS[factor] for factor in factors)
        yield Suggestion("L2", f"Adverse features ({words}): aggressive chemotherapy before any thought of surgery")


_FACTOR_WORDS = {
    "more_than_5": "many lesions",
    "bilobar": "both lobes",
    "infiltrative_ivb_v": "infiltrative in segment IVB or V",
    "synchronous": "synchronous with the primary",
}


def _techniques(case: Case) -> Iterator[Suggestion]:
    if case.state in (State.REASSESSMENT, State.RESECTION) and d2(case, ASKED).verdict is NOT_MET:
        others = (question for question in AFTER_CHEMOTHERAPY.values() if question is not d2)
        if all(question(case, ASKED).verdict is not NOT_MET for question in others):
            yield Suggestion("E1", "The remnant is what fails: portal vein embolisation can make it grow")
    if case.state is not State.REASSESSMENT:
        return
    bilobar = case.latest_bilobar()
    if bilobar is not None and bilobar.value:
        yield Suggestion("E2", "Both lobes: a two-stage hepatectomy clears one lobe first, then the other")
    count = case.latest_size("lesion_count")
    if count is not None and count.value >= case.numbers.several_lesions_from:
        limit = case.numbers.ablation_below_mm
        yield Suggestion("E3", f"Resect the larger lesions and ablate smaller ones, below {limit} mm")


def _locoregional(case: Case) -> Iterator[Suggestion]:
    if case.state is not State.REASSESSMENT or f1(case, ASKED).verdict is not MET:
        return
    modalities = [
        (f2, Suggestion("F2", "TACE or TAE: for several lesions with high tumour burden, above all when functional")),
        (
            f3,
            Suggestion(
                "F3",
                "RFA or MWA: for few and small lesions where another illness or the patient's wish rules surgery out",
            ),
        ),
        (f4, Suggestion("F4", "SIRT: when other options are exhausted; response rates vary")),
        (i3, Suggestion("I3", "Peptide receptor radionuclide therapy: the MDT considers it")),
    ]
    found = [one for question, one in modalities if question(case, ASKED).verdict is not NOT_MET]
    if case.primary == "neuroendocrine":
        found.append(Suggestion("I2", "TACE or TAE is particularly effective in neuroendocrine tumours"))
    if found:
        found.append(Suggestion("F5", "Local control, but survival is inferior to complete resection"))
    order = ("F2", "F3", "F4", "I2", "I3", "F5")
    yield from sorted(found, key=lambda one: order.index(one.id))


def _afterwards(case: Case) -> Iterator[Suggestion]:
    if case.state in (State.RESECTION, State.ADJUVANT):
        operation = present_operation(case)
        if operation is not None and (operation.done or case.state is State.ADJUVANT):
            lines = lines_before(case, operation)
            if lines:
                therapy = lines[-1].regimen + (f" + {lines[-1].biologic}" if lines[-1].biologic else "")
                yield Suggestion("G2", f"After the operation the same regimen as before it: {therapy}")
    if case.state is State.REASSESSMENT:
        sites = {site for recurrence in untreated_recurrences(case) for site in recurrence.sites}
        if sites == {"liver"}:
            yield Suggestion("H4", "Recurrence in the liver alone: consider re-resection")
        elif sites:
            yield Suggestion("H4", "Recurrence also outside the liver: systemic therapy")
