"""F. Locoregional therapy when surgery stays out of reach."""

from datetime import date
from typing import Any

import pytest

from pathway.criteria import Asked, judge
from pathway.journey import walk
from tests.histories import Story, decided, reassessment, registered, resectable
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
            "the patient refuses surgery",
            {"r0_achievable": True, "patient_refuses_surgery": True},
            "met",
            "The MDT of 24 May 2027 says that the patient refuses surgery",
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
            "Whether surgery is out of reach is not known: The MDT of 24 May 2027 did not say whether R0 is "
            "achievable: ask it",
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
        case("nobody speaks of high burden", "tace", 2, None, "The MDT states no high tumour burden"),
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
        case("not functional", False, "The MDT states no high tumour burden"),
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
            "the patient refuses surgery",
            {"lesion_count": 1, "largest_mm": 10},
            {"comorbidity_prevents_surgery": False, "patient_refuses_surgery": True},
            "",
        ),
        case(
            "neither statement",
            {"lesion_count": 1, "largest_mm": 10},
            {"comorbidity_prevents_surgery": False},
            "The MDT has not said that the patient refuses surgery",
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
        case(
            "PRRT, colorectal",
            "prrt",
            {},
            "The primary is not neuroendocrine (colorectal): PRRT is for neuroendocrine tumours",
        ),
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
    assert "has not said that it has seen that survival is inferior" in offered("rfa", resectable(), caveat_seen=False)
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


def asked(told: Story, modality: str) -> dict[str, tuple[str, str]]:
    """Each question of the step with a modality on 26 May, by its row."""
    day = date(2027, 5, 26)
    journey = walk(told.history, day, told.protocol)
    assert journey is not None
    return {one.id: (one.verdict.value, one.reason) for one in judge(journey.case, Asked(OFFER, modality))}


@pytest.mark.req("F2", "F3", "F4", "F5", "I3")
@pytest.mark.parametrize(
    ("modality", "image", "said", "row", "verdict", "reason"),
    [
        case("TACE, two lesions and high burden", "tace", {"lesion_count": 2}, {"high_tumour_burden": True}, "F2",
             "met", "2 lesions (CT 18 May 2027), with high tumour burden or a functional primary"),
        case("TACE, one lesion", "tace", {"lesion_count": 1}, {"high_tumour_burden": True}, "F2", "not_met",
             "1 lesion (CT 18 May 2027): TACE and TAE are for 2 or more"),
        case("TAE, no burden", "tae", {"lesion_count": 2}, {}, "F2", "not_met",
             "The MDT states no high tumour burden, and no functional neuroendocrine primary is recorded: one is "
             "needed"),
        case("RFA, nine lesions of 40 mm", "rfa", {"lesion_count": 9, "largest_mm": 40}, {}, "F3", "met",
             "9 lesions, the largest 40 mm (CT 18 May 2027)"),
        case("RFA, ten lesions", "rfa", {"lesion_count": 10, "largest_mm": 40}, {}, "F3", "not_met",
             "10 lesions (CT 18 May 2027): RFA and MWA are for 1 to 9"),
        case("RFA, 40.1 mm", "rfa", {"lesion_count": 9, "largest_mm": 40.1}, {}, "F3", "not_met",
             "Largest lesion 40.1 mm (CT 18 May 2027): RFA and MWA are for 40 mm at most"),
        case("MWA, neither refusal nor illness", "mwa", {"lesion_count": 1}, {"comorbidity_prevents_surgery": None},
             "F3", "not_met", "The MDT has not said that the patient refuses surgery or that another illness prevents it"),
        case("SIRT, others exhausted", "sirt", {}, {"other_options_exhausted": True}, "F4", "met",
             "The MDT of 26 May 2027 says that other options are exhausted"),
        case("SIRT, denied", "sirt", {}, {"other_options_exhausted": False}, "F4", "not_met",
             "The MDT has not said that other options are exhausted: SIRT is only for then"),
        case("PRRT, colorectal", "prrt", {}, {}, "I3", "not_met",
             "The primary is not neuroendocrine (colorectal): PRRT is for neuroendocrine tumours"),
        case("any, caveat seen", "other", {}, {}, "F5", "met",
             "The MDT of 26 May 2027 has seen that survival is inferior to complete resection"),
        case("any, caveat not seen", "other", {}, {"caveat_seen": None}, "F5", "not_met",
             "The MDT has not said that it has seen that survival is inferior to complete resection: ask it"),
    ],
)  # fmt: skip
def test_each_modality_in_words(
    modality: str, image: dict[str, Any], said: dict[str, Any], row: str, verdict: str, reason: str
) -> None:
    """The row of the modality chosen, at its boundary; a statement nobody made is not met."""
    statements = {name: value for name, value in {**SEEN, **said}.items() if value is not None}
    told = decided(resectable(image=image), "2027-05-26", OFFER, **statements)
    assert asked(told, modality)[row] == (verdict, reason)


@pytest.mark.req("F1")
@pytest.mark.parametrize(
    ("modality", "rows"),
    [
        case("TACE", "tace", {"F1", "M1", "F5", "F2", "fact"}),
        case("TAE", "tae", {"F1", "M1", "F5", "F2", "fact"}),
        case("RFA", "rfa", {"F1", "M1", "F5", "F3", "fact"}),
        case("MWA", "mwa", {"F1", "M1", "F5", "F3", "fact"}),
        case("SIRT", "sirt", {"F1", "M1", "F5", "F4", "fact"}),
        case("PRRT", "prrt", {"F1", "M1", "F5", "I3", "fact"}),
        case("another", "other", {"F1", "M1", "F5", "fact"}),
    ],
)
def test_which_rows_a_modality_asks(modality: str, rows: set[str]) -> None:
    """F1, M1 and F5 for all of them, and the modality's own row."""
    assert set(asked(resectable(), modality)) == rows


@pytest.mark.req("F1")
@pytest.mark.parametrize(
    ("modality", "verdict"),
    [
        case("RFA: who refuses surgery stays without it", "rfa", "met"),
        case("MWA likewise", "mwa", "met"),
        case("TACE: all five are met, surgery comes first", "tace", "not_met"),
        case("SIRT likewise", "sirt", "not_met"),
    ],
)
def test_refusing_surgery_opens_ablation_only(modality: str, verdict: str) -> None:
    """Refusal and comorbidity stand for an unmet condition for RFA and MWA, for no other modality."""
    told = decided(resectable(), "2027-05-26", OFFER, r0_achievable=True, patient_refuses_surgery=True)
    assert asked(told, modality)["F1"][0] == verdict


@pytest.mark.req("F2", "I3")
def test_an_unknown_primary_is_unknown_and_no_refusal() -> None:
    """Where no primary is known: whether it is neuroendocrine, or functional, is not known either."""
    told = registered().tell("2027-03-20", "systemic_started", intent="neoadjuvant", regimen="FOLFOX")
    told.tell("2027-03-21", "imaging", modality="ct", purpose="other", lesion_count=4)
    told.tell("2027-03-22", "taken_over", state="reassessment")
    assert asked(told, "prrt")["I3"] == (
        "unknown",
        "Primary not known, and PRRT is for neuroendocrine tumours: record the primary",
    )
    assert asked(told, "tace")["F2"] == (
        "unknown",
        "The MDT states no high tumour burden, and whether the primary is functional is not recorded: record it",
    )


@pytest.mark.req("F3")
def test_what_is_not_recorded_is_asked_for_before_an_ablation() -> None:
    """Refusal said, count and size never recorded: unknown."""
    told = registered().tell("2027-03-20", "taken_over", state="reassessment")
    told.tell("2027-03-21", "mdt_decision", present=[], patient_refuses_surgery=True)
    assert asked(told, "rfa")["F3"] == (
        "unknown",
        "Number or size of the lesions not recorded: record a CT or MRI with both",
    )


@pytest.mark.req("F2", "F3", "I3")
@pytest.mark.parametrize(
    ("modality", "primary", "image", "row", "verdict", "reason"),
    [
        case("TACE, high burden, never counted", "tace", "colorectal", {}, "F2", "unknown",
             "Number of lesions not recorded: record a CT or MRI with their number"),
        case("TACE, one lesion: what else is not recorded does not matter", "tace", None, {"lesion_count": 1}, "F2",
             "not_met", "1 lesion (CT 21 Mar 2027): TACE and TAE are for 2 or more"),
        case("RFA, counted and not measured", "rfa", "colorectal", {"lesion_count": 2}, "F3", "unknown",
             "Number or size of the lesions not recorded: record a CT or MRI with both"),
        case("RFA, measured and not counted", "rfa", "colorectal", {"largest_mm": 20}, "F3", "unknown",
             "Number or size of the lesions not recorded: record a CT or MRI with both"),
        case("RFA, too large: how many does not matter", "rfa", "colorectal", {"largest_mm": 41}, "F3", "not_met",
             "Largest lesion 41 mm (CT 21 Mar 2027): RFA and MWA are for 40 mm at most"),
        case("PRRT", "prrt", "neuroendocrine", {}, "I3", "met", "Neuroendocrine primary"),
        case("the modality is said", "tace", "colorectal", {}, "fact", "met", "Modality: TACE"),
    ],
)  # fmt: skip
def test_what_a_modality_asks_where_something_is_not_recorded(
    modality: str, primary: str | None, image: dict[str, Any], row: str, verdict: str, reason: str
) -> None:
    """Unknown, unless what is known rules it out already."""
    told = registered().tell("2027-03-20", "taken_over", state="reassessment")
    if primary:
        told.tell("2027-03-20", "primary_identified", primary=primary, method="colonoscopy")
    told.tell("2027-03-21", "imaging", modality="ct", purpose="other", **image)
    told.tell("2027-03-21", "mdt_decision", present=[], patient_refuses_surgery=True, high_tumour_burden=True)
    assert asked(told, modality)[row] == (verdict, reason)


@pytest.mark.req("F1")
@pytest.mark.parametrize(
    ("tell", "allowed", "reason"),
    [
        case("not treated yet", [], False, "No locoregional therapy recorded since 1 Apr 2027: record it once it is done"),
        case("no residual disease", [("2027-04-10", False)], True, "No residual disease after the therapy of 10 Apr 2027"),
        case("residual disease", [("2027-04-10", True)], False,
             "The therapy of 10 Apr 2027 left residual disease: the MDT decides what follows"),
        case("nobody said", [("2027-04-10", None)], False,
             "Whether the therapy of 10 Apr 2027 left residual disease is not recorded: record it"),
        case("the latest counts", [("2027-04-10", True), ("2027-04-20", False)], True,
             "No residual disease after the therapy of 20 Apr 2027"),
        case("one of the day of entry counts", [("2027-04-01", False)], True,
             "No residual disease after the therapy of 1 Apr 2027"),
        case("of one day all of them", [("2027-04-10", True), ("2027-04-10", False)], False,
             "The therapy of 10 Apr 2027 left residual disease: the MDT decides what follows"),
        case("of one day one says so", [("2027-04-10", None), ("2027-04-10", False)], True,
             "No residual disease after the therapy of 10 Apr 2027"),
        case("one of an earlier state does not", [("2027-03-31", False)], False,
             "No locoregional therapy recorded since 1 Apr 2027: record it once it is done"),
    ],
)  # fmt: skip
def test_surveillance_after_a_locoregional_therapy(
    tell: list[tuple[str, bool | None]], allowed: bool, reason: str
) -> None:
    """The latest one of this state left no residual disease."""
    told = registered().tell("2027-04-01", "taken_over", state="locoregional")
    for day, residual in tell:
        told.tell(day, "locoregional_performed", modality="rfa", residual_disease=residual)
    assert told.option("2027-04-21", "begin_surveillance")["allowed"] is allowed
    assert told.verdict("2027-04-21", "begin_surveillance", "fact")[1] == reason


@pytest.mark.req("F1")
@pytest.mark.parametrize(
    ("tell", "reason"),
    [
        case("nothing yet", [],
             "No locoregional therapy and no imaging with its response recorded since 1 Apr 2027: record what "
             "was done, or the MDT's decision to reassess"),
        case("a cycle is no locoregional therapy",
             [("cycle_given", {"number": 1}), ("imaging", {"modality": "ct", "purpose": "other", "response": "stable"})],
             "No locoregional therapy recorded since 1 Apr 2027: record what was done, or the MDT's decision to "
             "reassess"),
        case("treated and imaged",
             [("locoregional_performed", {"modality": "tace"}),
              ("imaging", {"modality": "mri", "purpose": "other", "response": "stable"})],
             "Treated and imaged since 1 Apr 2027: MRI 10 Apr 2027"),
    ],
)  # fmt: skip
def test_reassessment_after_a_locoregional_therapy(tell: list[tuple[str, dict[str, Any]]], reason: str) -> None:
    """The therapy and an imaging with its response in this state, or the MDT's plan."""
    told = registered().tell("2027-04-01", "taken_over", state="locoregional")
    for kind, fields in tell:
        told.tell("2027-04-10", kind, **fields)
    assert told.verdict("2027-04-11", "reassess", "fact")[1] == reason
