"""K, L. Prognosis."""

from typing import Any

import pytest

from tests.histories import neoadjuvant, reassessment, workup
from tests.spec.case import case

PLAIN: dict[str, Any] = {"lesion_count": 3, "bilobar": False, "infiltrative": False}


@pytest.mark.req("K1", "K2", "K3")
def test_the_outcomes_of_the_guideline_stand_ready_for_the_chart() -> None:
    """Converted 20-45 %, perioperative 30-50 % alive at 5 years, chemotherapy alone 18-24 months: bands, quoted."""
    references = workup().protocol.references
    bands = {
        name: (references[name].low, references[name].high, references[name].row)
        for name in ("survival_converted", "survival_perioperative", "survival_chemotherapy_alone")
    }
    assert bands == {
        "survival_converted": (20, 45, "K1"),
        "survival_perioperative": (30, 50, "K2"),
        "survival_chemotherapy_alone": (18, 24, "K3"),
    }


@pytest.mark.req("L1")
@pytest.mark.parametrize(
    ("image", "about", "flags"),
    [
        case("five lesions", {"lesion_count": 5}, {}, []),
        case("six lesions", {"lesion_count": 6}, {}, ["more_than_5"]),
        case("both lobes", {"bilobar": True}, {}, ["bilobar"]),
        case("infiltrative in IVB", {"infiltrative": True, "segments": ["IVB"]}, {}, ["infiltrative_ivb_v"]),
        case("infiltrative elsewhere", {"infiltrative": True, "segments": ["II"]}, {}, []),
        case("synchronous", {}, {"synchronous": True}, ["synchronous"]),
    ],
)
def test_the_adverse_features_are_flagged(image: dict[str, Any], about: dict[str, Any], flags: list[str]) -> None:
    """More than 5 metastases, bilobar, infiltrative in IVB or V, synchronous: flags, and L2 is said for each."""
    told = workup(image={**PLAIN, **image}, **about)
    assert told.shown("2027-03-06")["risk_factors"] == flags
    assert ("L2" in told.suggested("2027-03-06")) is bool(flags)


@pytest.mark.req("L2")
@pytest.mark.parametrize(
    ("image", "verdict", "reason"),
    [
        case(
            "infiltrative in V",
            {"infiltrative": True, "segments": ["V", "VI"]},
            "not_met",
            "Infiltrative in segment V (CT 3 Mar 2027): aggressive chemotherapy comes before surgery",
        ),
        case(
            "infiltrative, segments not recorded",
            {"infiltrative": True},
            "unknown",
            "Infiltrative (CT 3 Mar 2027), but in which segments is not recorded: record them",
        ),
        case(
            "infiltrative in VI alone",
            {"infiltrative": True, "segments": ["VI"]},
            "met",
            "Not infiltrative in segment IVB or V (CT 3 Mar 2027)",
        ),
        case(
            "not recorded",
            {"infiltrative": None},
            "unknown",
            "Whether the growth is infiltrative is not recorded: record it",
        ),
    ],
)
def test_infiltrative_growth_asks_for_chemotherapy_first(image: dict[str, Any], verdict: str, reason: str) -> None:
    """No straight resection with an infiltrative pattern in IVB or V, of the same imaging."""
    assert workup(image={**PLAIN, **image}).verdict("2027-03-06", "proceed_to_resection", "L2") == (verdict, reason)


@pytest.mark.req("C7", "L1")
@pytest.mark.parametrize(
    ("image", "high"),
    [
        case("five in one lobe", {"lesion_count": 5}, False),
        case("six", {"lesion_count": 6}, True),
        case("no count", {"lesion_count": None}, None),
    ],
)
def test_high_risk_is_what_c7_says(image: dict[str, Any], high: bool | None) -> None:
    """`high_risk`: C7 not met is true, met is false, else not known."""
    assert workup(image={**PLAIN, **image}).shown("2027-03-06")["high_risk"] is high


@pytest.mark.req("L1", "L2")
def test_each_adverse_feature_is_named_in_words() -> None:
    """All four at once, in the work-up and under neoadjuvant therapy; in no state after."""
    image = {"lesion_count": 6, "bilobar": True, "infiltrative": True, "segments": ["V"]}
    found = workup(image=image, synchronous=True).shown("2027-03-06")
    assert found["risk_factors"] == ["more_than_5", "bilobar", "infiltrative_ivb_v", "synchronous"]
    assert next(one["text"] for one in found["suggestions"] if one["id"] == "L2") == (
        "Adverse features (many lesions, both lobes, infiltrative in segment IVB or V, synchronous with the primary): "
        "aggressive chemotherapy before any thought of surgery"
    )
    assert "L2" in neoadjuvant(image=image).suggested("2027-05-02")
    assert "L2" not in reassessment().suggested("2027-05-19")


@pytest.mark.req("L1")
def test_the_features_are_those_from_before_treatment() -> None:
    """More lesions under chemotherapy flag nobody; the segment has to stand on the imaging that is infiltrative."""
    told = reassessment(image={"lesion_count": 9, "bilobar": True})
    told.tell("2027-03-03", "corrected", event="baseline", replacement={
        "modality": "ct", "purpose": "baseline", "lesion_count": 2, "bilobar": False, "infiltrative": True,
        "segments": ["II"],
    })  # fmt: skip
    told.tell("2027-03-04", "imaging", modality="mri", purpose="other", infiltrative=False, segments=["IVB"])
    assert told.shown("2027-05-19")["risk_factors"] == []


@pytest.mark.req("L2")
@pytest.mark.parametrize(
    ("images", "verdict"),
    [
        case("infiltrative in II, another imaging shows IVB",
             [{"infiltrative": True, "segments": ["II"]}, {"infiltrative": False, "segments": ["IVB"]}], "met"),
        case("one without segments leaves it open",
             [{"infiltrative": True, "segments": ["II"]}, {"infiltrative": True}], "unknown"),
        case("the worst of the episode",
             [{"infiltrative": True, "segments": ["IVB"]}, {"infiltrative": False}], "not_met"),
    ],
)  # fmt: skip
def test_growth_and_segment_stand_on_one_imaging(images: list[dict[str, Any]], verdict: str) -> None:
    """Infiltrative in IVB or V of the same imaging; the worst of the episode counts."""
    told = workup(image={**PLAIN, "infiltrative": None})
    for place, image in enumerate(images):
        told.tell(f"2027-03-0{6 + place}", "imaging", modality="mri", purpose="other", **image)
    assert told.verdict("2027-03-09", "proceed_to_resection", "L2")[0] == verdict


@pytest.mark.req("K1", "K2", "K3", "O1")
def test_each_figure_is_quoted_from_the_guideline() -> None:
    """Every band names its row, its unit and the guideline's own words."""
    for one in workup().protocol.references.values():
        assert one.low <= one.high
        assert one.unit
        assert f"{one.low:g}" in one.quote
        assert f"{one.high:g}" in one.quote


@pytest.mark.req("L2")
@pytest.mark.parametrize(
    ("day", "verdict"),
    [
        case("the day before the recurrence", "2027-04-01", "unknown"),
        case("its day", "2027-04-02", "not_met"),
    ],
)
def test_infiltration_is_read_in_the_episode(day: str, verdict: str) -> None:
    """The episode begins on the day of the last recurrence."""
    told = workup(image={"infiltrative": None})
    told.tell(day, "imaging", modality="ct", purpose="other", infiltrative=True, segments=["V"])
    told.tell("2027-04-02", "recurrence", sites=["liver"])
    assert told.verdict("2027-04-03", "proceed_to_resection", "L2")[0] == verdict
