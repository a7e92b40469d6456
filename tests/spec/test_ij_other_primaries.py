"""I, J. Other primaries."""

from typing import Any

import pytest

from tests.histories import decided, neoadjuvant, reassessment, registered, resectable, workup
from tests.spec.case import case


@pytest.mark.req("I1")
def test_neuroendocrine_tumours_get_a_somatostatin_analogue_first() -> None:
    """Octreotide or lanreotide as first line, for symptom control; no RAS, BRAF or MSI is asked for."""
    told = workup(primary="neuroendocrine")
    found = told.shown("2027-03-06")
    assert found["recommendation"]["regimens"] == ["octreotide", "lanreotide"]
    assert found["recommendation"]["missing"] == []
    assert any(one["id"] == "I1" and "for symptom control" in one["text"] for one in found["suggestions"])
    assert [one["id"] for one in told.option("2027-03-06", "start_neoadjuvant")["criteria"]] == ["M1"]


@pytest.mark.req("I2")
@pytest.mark.parametrize(
    ("primary", "shown"), [case("neuroendocrine", "neuroendocrine", True), case("colorectal", "colorectal", False)]
)
def test_tace_is_particularly_effective_in_neuroendocrine_tumours(primary: str, shown: bool) -> None:
    """Shown at the locoregional choice, with F1 met."""
    told = decided(resectable(primary=primary), "2027-05-24", "offer_locoregional", r0_achievable=False)
    assert ("I2" in told.suggested("2027-05-24")) is shown
    assert told.protocol.references["tace_symptomatic_response"].high == 95


@pytest.mark.req("J1")
@pytest.mark.parametrize(
    ("markers", "verdict", "biologics"),
    [
        case("HER2 not known", {"mmr": "proficient"}, "unknown", []),
        case("HER2 positive", {"her2": "positive"}, "met", ["trastuzumab"]),
        case("HER2 negative", {"her2": "negative"}, "met", []),
    ],
)
def test_her2_is_tested_in_gastric_cancer(markers: dict[str, str], verdict: str, biologics: list[str]) -> None:
    """HER2 testing is mandatory; positive shows trastuzumab."""
    told = workup(primary="gastric", method="upper_endoscopy").tell("2027-03-10", "molecular_result", **markers)
    assert told.verdict("2027-03-11", "start_neoadjuvant", "J1")[0] == verdict
    assert told.shown("2027-03-11")["recommendation"]["biologics"] == biologics
    assert told.shown("2027-03-11")["recommendation"]["missing"] == (["her2"] if verdict == "unknown" else [])


@pytest.mark.req("J2")
@pytest.mark.parametrize(
    ("before", "after", "verdict", "reason"),
    [
        case("one lesion", 1, 1, "met", "A solitary metastasis (CT 18 May 2027), after chemotherapy"),
        case(
            "two lesions at first",
            2,
            1,
            "not_met",
            "2 lesions (CT 3 Mar 2027): in gastric cancer only a solitary metastasis is resected",
        ),
        case(
            "two lesions now",
            1,
            2,
            "not_met",
            "2 lesions (CT 18 May 2027): in gastric cancer only a solitary metastasis is resected",
        ),
        case("no count", None, None, "unknown", "Number of lesions not recorded: record a CT or MRI with their number"),
    ],
)
def test_gastric_cancer_only_a_solitary_metastasis(
    before: int | None, after: int | None, verdict: str, reason: str
) -> None:
    """Resection only of a solitary metastasis, after chemotherapy; the worst count of the episode decides."""
    told = reassessment(primary="gastric", image={"lesion_count": after}, biologic=None)
    if before is None:
        told.tell("2027-05-19", "corrected", event="baseline", replacement={"modality": "ct", "purpose": "baseline"})
    else:
        fields = {"modality": "ct", "purpose": "baseline", "lesion_count": before}
        told.tell("2027-05-19", "corrected", event="baseline", replacement=fields)
    assert told.verdict("2027-05-20", "offer_resection", "J2") == (verdict, reason)


@pytest.mark.req("J2")
def test_gastric_cancer_not_before_chemotherapy() -> None:
    """`proceed_to_resection` asks for chemotherapy first."""
    told = workup(primary="gastric", image={"lesion_count": 1, "bilobar": False})
    assert told.verdict("2027-03-06", "proceed_to_resection", "J2") == (
        "not_met",
        "No chemotherapy yet: in gastric cancer it comes before resection",
    )


@pytest.mark.req("J3", "J4")
@pytest.mark.parametrize(
    ("primary", "image", "shown"),
    [
        case("gastric, several lesions", "gastric", {"lesion_count": 2}, "J3"),
        case("gastric, one lesion", "gastric", {"lesion_count": 1}, None),
        case("another primary", "other", {}, "J4"),
    ],
)
def test_what_is_said_of_other_primaries(primary: str, image: dict[str, Any], shown: str | None) -> None:
    """Gastric with several metastases: surgery is rarely indicated; another primary: the guideline gives no regimen."""
    told = workup(primary=primary, image=image)
    assert [one for one in told.suggested("2027-03-06") if one.startswith("J")] == ([shown] if shown else [])
    if primary == "other":
        found = told.shown("2027-03-06")["recommendation"]
        assert (found["regimens"], found["missing"]) == ([], [])
        assert "gives no regimen" in found["source"]


@pytest.mark.req("J1")
@pytest.mark.parametrize(
    ("results", "verdict", "reason"),
    [
        case("not tested", [], "unknown",
             "HER2 not known: testing is mandatory in gastric cancer, record the result"),
        case("positive", ["positive"], "met", "HER2 positive"),
        case("negative", ["negative"], "met", "HER2 negative"),
        case("two that differ", ["positive", "negative"], "unknown",
             "HER2 not known: testing is mandatory in gastric cancer, record the result"),
    ],
)  # fmt: skip
def test_her2_in_words(results: list[str], verdict: str, reason: str) -> None:
    """Known or not; two results that differ count as none."""
    told = workup(primary="gastric")
    for place, result in enumerate(results):
        told.tell(f"2027-03-1{place}", "molecular_result", her2=result)
    assert told.verdict("2027-03-12", "start_neoadjuvant", "J1") == (verdict, reason)


@pytest.mark.req("J1")
def test_her2_is_owed_in_the_work_up() -> None:
    """`criterion_missing` asks for HER2 in gastric cancer, and for nothing in neuroendocrine tumours."""
    found = workup(primary="gastric").alert("2027-03-06", "criterion_missing")
    assert found is not None
    assert found["reason"] == "Still needed: HER2. Record by 19 Mar 2027"
    assert workup(primary="neuroendocrine").alert("2027-03-06", "criterion_missing") is None


@pytest.mark.req("J2")
@pytest.mark.parametrize(
    ("primary", "asked"), [case("gastric", "gastric", True), case("colorectal", "colorectal", False)]
)
def test_both_ways_to_resection_ask_for_a_solitary_metastasis_in_gastric_cancer(primary: str, asked: bool) -> None:
    """J2 stands at `proceed_to_resection` and at `offer_resection`, for a gastric primary only."""
    first = workup(primary=primary).option("2027-03-06", "proceed_to_resection")["criteria"]
    second = reassessment(primary=primary).option("2027-05-19", "offer_resection")["criteria"]
    assert [[one["id"] for one in found].count("J2") for found in (first, second)] == [int(asked)] * 2


@pytest.mark.req("I1", "J3", "J4")
@pytest.mark.parametrize(
    ("primary", "row", "text"),
    [
        case("neuroendocrine", "neuroendocrine", "I1",
             "Somatostatin analogue (octreotide, lanreotide) first, for symptom control"),
        case("gastric", "gastric", "J3",
             "Several metastases of gastric cancer: systemic therapy, surgery is rarely indicated"),
        case("another", "other", "J4", "The guideline gives no regimen for this primary: the MDT chooses"),
    ],
)  # fmt: skip
def test_what_is_shown_in_words(primary: str, row: str, text: str) -> None:
    """In the work-up and under neoadjuvant therapy, with its source."""
    for told, day in ((workup(primary=primary), "2027-03-06"), (neoadjuvant(primary=primary), "2027-05-02")):
        found = next(one for one in told.shown(day)["suggestions"] if one["id"] == row)
        assert found["text"] == text
        assert found["source"].startswith(f"{row}, ")


@pytest.mark.req("I1", "J1", "J4", "C5")
@pytest.mark.parametrize(
    ("primary", "her2", "row"),
    [
        case("neuroendocrine", "neuroendocrine", None, "I1"),
        case("gastric, not tested", "gastric", None, "J1"),
        case("gastric, tested", "gastric", "negative", "J1"),
        case("another", "other", None, "J4"),
        case("colorectal, without a profile", "colorectal", None, "C5"),
        case("none known", None, None, "C5"),
    ],
)
def test_the_recommendation_names_its_row(primary: str | None, her2: str | None, row: str) -> None:
    """Each recommendation, and each that is still missing something, quotes the guideline's row."""
    told = workup(primary=primary) if primary else registered()
    if her2:
        told.tell("2027-03-06", "molecular_result", her2=her2)
    source = told.shown("2027-03-07")["recommendation"]["source"]
    assert source.startswith(told.protocol.source(row))
    assert source.startswith(row)


@pytest.mark.req("J3")
@pytest.mark.parametrize(
    ("images", "shown"),
    [
        case("an ultrasound alone", [("ultrasound", 3)], True),
        case("a CT before it", [("ct", 1), ("ultrasound", 3)], False),
        case("a CT after it", [("ultrasound", 1), ("ct", 3)], True),
        case("of two CTs the later", [("ct", 3), ("mri", 1)], False),
    ],
)
def test_an_ultrasound_counts_where_nothing_else_counts_the_lesions(images: list[tuple[str, int]], shown: bool) -> None:
    """Gastric cancer with several metastases: the latest count of all, an ultrasound's only where there is no other."""
    told = workup(primary="gastric", image={"lesion_count": None})
    for place, (modality, count) in enumerate(images):
        told.tell(f"2027-03-{10 + place}", "imaging", modality=modality, purpose="other", lesion_count=count)
    assert ("J3" in told.suggested("2027-03-20")) is shown
