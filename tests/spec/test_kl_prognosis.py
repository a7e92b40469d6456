"""K, L. Prognosis."""

from typing import Any

import pytest

from tests.histories import workup
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
