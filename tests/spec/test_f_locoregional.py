"""F. Locoregional therapy when surgery stays out of reach."""

from typing import Any

import pytest

from tests.histories import Story, decided, reassessment, resectable
from tests.spec.case import case

OFFER = "offer_locoregional"
SEEN = {"caveat_seen": True, "comorbidity_prevents_surgery": True, "r0_achievable": False}


@pytest.mark.req("F1")
@pytest.mark.parametrize(
    ("statements", "verdict", "reason"),
    [
        case(
            "R0 is not achievable",
            {"r0_achievable": False},
            "met",
            "Not resectable after systemic therapy: The MDT of 24 May 2027 says R0 is not achievable",
        ),
        case(
            "she refuses surgery",
            {"r0_achievable": True, "patient_refuses_surgery": True},
            "met",
            "The MDT of 24 May 2027 says that she refuses surgery",
        ),
        case(
            "another illness prevents it",
            {"r0_achievable": True, "comorbidity_prevents_surgery": True},
            "met",
            "The MDT of 24 May 2027 says that another illness prevents surgery",
        ),
        case(
            "all five are met",
            {"r0_achievable": True},
            "not_met",
            "All five conditions of resection are met: surgery comes first",
        ),
        case(
            "the MDT did not say",
            {},
            "unknown",
            "Whether surgery is out of reach is not known: The MDT of 24 May 2027 did not say whether R0 is achievable: ask it",
        ),
    ],
)
def test_only_when_surgery_is_out_of_reach(statements: dict[str, bool], verdict: str, reason: str) -> None:
    """Systemic therapy given, and one of D1-D5 not met; for RFA and MWA also refusal or comorbidity."""
    told = decided(resectable(), "2027-05-24", OFFER, **statements)
    assert told.verdict("2027-05-24", OFFER, "F1") == (verdict, reason)


@pytest.mark.req("F1")
def test_not_without_systemic_therapy() -> None:
    """No systemic therapy ever: not met, whatever else."""
    from tests.histories import registered

    told = registered().tell("2027-03-02", "taken_over", state="reassessment")
    decided(told, "2027-03-03", OFFER, r0_achievable=False)
    assert told.verdict("2027-03-03", OFFER, "F1") == (
        "not_met",
        "No systemic therapy yet: it comes before locoregional therapy",
    )


def offered(modality: str, told: Story, **statements: Any) -> str:
    """What refuses a modality on 26 May; empty where it is taken."""
    decided(told, "2027-05-26", OFFER, **{**SEEN, **statements})
    try:
        told.step("2027-05-26", OFFER, modality=modality)
    except Exception as error:  # noqa: BLE001 - its words are the case
        return str(error)
    return ""


@pytest.mark.req("F2")
@pytest.mark.parametrize(
    ("modality", "count", "burden", "refused"),
    [
        case("two lesions and high burden", "tace", 2, True, ""),
        case("TAE likewise", "tae", 2, True, ""),
        case("one lesion", "tace", 1, True, "for 2 or more"),
        case("nobody speaks of high burden", "tace", 2, None, "Neither high tumour burden"),
    ],
)
def test_tace_for_multifocal_disease_with_high_burden(
    modality: str, count: int, burden: bool | None, refused: str
) -> None:
    """TACE and TAE: two lesions or more, and high tumour burden or a functional neuroendocrine primary."""
    said = {} if burden is None else {"high_tumour_burden": burden}
    found = offered(modality, resectable(image={"lesion_count": count}), **said)
    assert (found == "") if not refused else (refused in found)


@pytest.mark.req("F2")
@pytest.mark.parametrize(
    ("functional", "refused"),
    [
        case("functional", True, ""),
        case("not functional", False, "Neither high tumour burden"),
        case("not recorded: unknown", None, "whether the primary is functional is not recorded"),
    ],
)
def test_a_functional_neuroendocrine_primary_is_enough(functional: bool | None, refused: str) -> None:
    """Hormonal activity stands for high burden; what nobody recorded is unknown."""
    about: dict[str, Any] = {} if functional is None else {"functional": functional}
    told = reassessment(primary="neuroendocrine", regimen="octreotide", biologic=None, **about)
    found = offered("tace", told)
    assert (found == "") if not refused else (refused in found)


@pytest.mark.req("F3")
@pytest.mark.parametrize(
    ("image", "statements", "refused"),
    [
        case("nine lesions of 40 mm", {"lesion_count": 9, "largest_mm": 40}, {}, ""),
        case("ten lesions", {"lesion_count": 10, "largest_mm": 40}, {}, "10 lesions"),
        case("41 mm", {"lesion_count": 9, "largest_mm": 41}, {}, "Largest lesion 41 mm"),
        case("no lesion", {"lesion_count": 0, "largest_mm": 0}, {}, "for 1 to 9"),
        case(
            "she refuses surgery",
            {"lesion_count": 1, "largest_mm": 10},
            {"comorbidity_prevents_surgery": False, "patient_refuses_surgery": True},
            "",
        ),
        case(
            "neither statement",
            {"lesion_count": 1, "largest_mm": 10},
            {"comorbidity_prevents_surgery": False},
            "The MDT has not said that she refuses surgery",
        ),
        case("no size recorded since", {"lesion_count": 1, "largest_mm": None}, {}, ""),
    ],
)
@pytest.mark.parametrize("modality", ["rfa", "mwa"])
def test_ablation_for_few_and_small_lesions(
    modality: str, image: dict[str, Any], statements: dict[str, bool], refused: str
) -> None:
    """RFA and MWA: 1 to 9 lesions, none above 40 mm, and comorbidity or refusal; the latest value of the episode
    counts.
    """
    found = offered(modality, resectable(image=image), **statements)
    assert (found == "") if not refused else (refused in found)


@pytest.mark.req("F4", "I3")
@pytest.mark.parametrize(
    ("modality", "statements", "refused"),
    [
        case("SIRT, others exhausted", "sirt", {"other_options_exhausted": True}, ""),
        case("SIRT, nobody says so", "sirt", {}, "other options are exhausted"),
        case("PRRT, colorectal", "prrt", {}, "Primary is colorectal: this therapy is for neuroendocrine tumours"),
        case("another modality has no row of its own", "other", {}, ""),
    ],
)
def test_each_modality_has_its_own_row(modality: str, statements: dict[str, bool], refused: str) -> None:
    """SIRT when other options are exhausted; peptide receptor radionuclide therapy for neuroendocrine tumours."""
    found = offered(modality, resectable(), **statements)
    assert (found == "") if not refused else (refused in found)


@pytest.mark.req("I3")
def test_prrt_for_neuroendocrine_tumours() -> None:
    """The MDT considers it: with its decision the step is open."""
    assert offered("prrt", reassessment(primary="neuroendocrine", regimen="octreotide", biologic=None)) == ""


@pytest.mark.req("F5")
def test_the_caveat_is_seen_before_the_choice() -> None:
    """Local control, but survival inferior to resection: the decision records that it was seen; the caveat is shown."""
    assert "has not recorded that it saw the caveat" in offered("rfa", resectable(), caveat_seen=False)
    told = decided(resectable(), "2027-05-24", OFFER, r0_achievable=False, high_tumour_burden=True)
    assert "F5" in told.suggested("2027-05-24")


@pytest.mark.req("F2", "F3", "F4")
def test_modalities_are_suggested_where_their_own_row_is_not_failing() -> None:
    """In reassessment with F1 met: the modality's own row met or unknown, and the caveat with any of them."""
    said = {"r0_achievable": False, "other_options_exhausted": True, "high_tumour_burden": True}
    told = decided(resectable(), "2027-05-24", OFFER, **said, patient_refuses_surgery=True)
    assert told.suggested("2027-05-24") == ["E2", "E3", "F2", "F3", "F4", "F5"]
    met = decided(resectable(), "2027-05-24", OFFER, r0_achievable=True)
    assert not {"F2", "F3", "F4", "F5"} & set(met.suggested("2027-05-24"))


@pytest.mark.req("F1")
def test_in_the_options_no_modality_is_asked_for_and_to_take_it_one_is() -> None:
    """Where none is named yet F1 and M1 alone decide; the step itself names one."""
    told = decided(resectable(), "2027-05-24", OFFER, **SEEN)
    assert [one["id"] for one in told.option("2027-05-24", OFFER)["criteria"]] == ["F1", "M1"]
    assert told.option("2027-05-24", OFFER)["allowed"] is True
    assert "No modality named" in told.refused("2027-05-24", "advanced", trigger=OFFER)
