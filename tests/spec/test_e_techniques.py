"""E. Techniques if near-resectable."""

from typing import Any

import pytest

from tests.histories import reassessment, resection
from tests.spec.case import case


@pytest.mark.req("E1")
@pytest.mark.parametrize(
    ("percent", "ecog", "shown"),
    [
        case("the remnant alone fails", 26, 1, True),
        case("the remnant fails, another is unknown", 26, None, True),
        case("another fails too", 26, 2, False),
        case("the remnant is met", 30.1, 1, False),
        case("the remnant is unknown", None, 1, False),
    ],
)
def test_embolisation_is_shown_when_the_remnant_is_what_fails(
    percent: float | None, ecog: int | None, shown: bool
) -> None:
    """Portal vein embolisation: D2 not met, none of D3-D5 not met."""
    told = reassessment()
    if percent is not None:
        told.tell("2027-05-20", "volumetry", remnant_percent=percent)
    if ecog is not None:
        told.tell("2027-05-20", "performance_status", ecog=ecog)
    assert ("E1" in told.suggested("2027-05-21")) is shown


@pytest.mark.req("E1")
def test_the_remnant_is_measured_again_after_embolisation() -> None:
    """`remeasure_remnant`: 28 days after it (local), until a volumetry or an operation after its day."""
    told = reassessment().tell("2027-05-20", "portal_vein_embolisation")
    assert told.owed("2027-06-17", "remeasure_remnant") == ("due", "routine", "2027-05-20", "2027-06-17")
    assert told.owed("2027-06-18", "remeasure_remnant") == ("overdue", "routine", "2027-05-20", "2027-06-17")
    told.tell("2027-05-20", "volumetry", remnant_percent=25)
    assert told.owed("2027-06-18", "remeasure_remnant") is not None, "of its own day: measured before it grew"
    told.tell("2027-05-21", "volumetry", remnant_percent=25)
    assert told.owed("2027-06-18", "remeasure_remnant") is None


@pytest.mark.req("E2", "E3")
@pytest.mark.parametrize(
    ("image", "shown"),
    [
        case("both lobes, several lesions", {"bilobar": True, "lesion_count": 2}, {"E2", "E3"}),
        case("one lobe, two lesions", {"bilobar": False, "lesion_count": 2}, {"E3"}),
        case("one lobe, one lesion", {"bilobar": False, "lesion_count": 1}, set()),
    ],
)
def test_two_stages_and_combined_ablation_are_shown(image: dict[str, Any], shown: set[str]) -> None:
    """In reassessment: two-stage hepatectomy when bilobar, resection plus ablation from two lesions on."""
    assert set(reassessment(image=image).suggested("2027-05-19")) & {"E2", "E3"} == shown


@pytest.mark.req("E2")
def test_a_first_stage_is_followed_by_the_second() -> None:
    """`second_stage`: 42 days after the first (local), or the day planned; the stay goes on until then."""
    told = resection().tell("2027-07-01", "surgery_performed", procedure="two_stage", stage=1)
    assert told.owed("2027-08-12", "second_stage") == ("due", "routine", "2027-07-01", "2027-08-12")
    assert told.owed("2027-08-13", "second_stage") == ("overdue", "routine", "2027-07-01", "2027-08-12")
    assert told.owed("2027-07-30", "remeasure_remnant") == ("overdue", "routine", "2027-07-01", "2027-07-29")
    assert told.verdict("2027-07-02", "start_adjuvant", "fact") == (
        "not_met",
        "First stage on 1 Jul 2027: the second is not yet done",
    )
    told.tell("2027-07-05", "surgery_planned", planned_for="2027-08-20", procedure="two_stage", stage=2)
    assert told.owed("2027-07-06", "second_stage") == ("due", "routine", "2027-07-01", "2027-08-20")
    told.tell("2027-08-20", "surgery_performed", procedure="two_stage", stage=2)
    assert told.owed("2027-08-21", "second_stage") is None
    assert told.verdict("2027-08-21", "start_adjuvant", "fact")[0] == "met"


@pytest.mark.req("E2")
def test_a_cancellation_ends_the_wait_for_the_second_stage() -> None:
    """A liver operation cancelled since the first stage: nothing is waited for."""
    told = resection().tell("2027-07-01", "surgery_performed", procedure="two_stage")
    told.tell("2027-07-20", "surgery_cancelled", reason="progression")
    assert told.owed("2027-07-21", "second_stage") is None
    assert told.option("2027-07-21", "abandon_resection")["allowed"] is True


@pytest.mark.req("E3")
@pytest.mark.parametrize(
    ("sizes", "flagged"),
    [case("39.9 mm", [39.9], False), case("40 mm", [12, 40], True), case("41 mm", [41], True)],
)
def test_an_ablation_of_a_large_lesion_is_flagged(sizes: list[float], flagged: bool) -> None:
    """Ablation below 4 cm, strictly: a lesion of 40 mm or more in a plan or an operation is a deviation."""
    told = resection()
    told.tell(
        "2027-05-27", "surgery_planned", planned_for="2027-07-15", procedure="resection_with_ablation", ablated_mm=sizes
    )
    assert (("2027-05-27", "E3") in told.deviations("2027-05-28")) is flagged
