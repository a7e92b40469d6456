"""E. Techniques if near-resectable."""

from typing import Any

import pytest

from tests.histories import reassessment, registered, resection
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
        "First stage on 1 Jul 2027: record the second stage once it is done",
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


@pytest.mark.req("E1", "E2")
@pytest.mark.parametrize(
    ("tell", "owed"),
    [
        case("embolised", [("2027-06-01", "portal_vein_embolisation", {})], ("2027-06-01", "2027-06-29")),
        case("a first stage does not answer it: of two the first",
             [("2027-06-01", "portal_vein_embolisation", {}),
              ("2027-06-10", "surgery_performed", {"procedure": "two_stage", "stage": 1})],
             ("2027-06-01", "2027-06-29")),
        case("measured between: the first stage alone",
             [("2027-06-01", "portal_vein_embolisation", {}), ("2027-06-05", "volumetry", {"remnant_percent": 28}),
              ("2027-06-10", "surgery_performed", {"procedure": "two_stage", "stage": 1})],
             ("2027-06-10", "2027-07-08")),
        case("an estimate is a volumetry too",
             [("2027-06-01", "portal_vein_embolisation", {}),
              ("2027-06-05", "volumetry", {"remnant_percent": 28, "estimated": True})], None),
        case("the second stage answers it",
             [("2027-06-10", "surgery_performed", {"procedure": "two_stage", "stage": 1}),
              ("2027-06-11", "surgery_performed", {"procedure": "two_stage", "stage": 2})], None),
    ],
)  # fmt: skip
def test_what_is_measured_again(tell: list[tuple[str, str, dict[str, Any]]], owed: tuple[str, str] | None) -> None:
    """After an embolisation or a first stage, until a volumetry or another operation on a later day."""
    told = resection()
    for day, kind, fields in tell:
        told.tell(day, kind, **fields)
    found = told.alert("2027-06-20", "remeasure_remnant")
    assert (None if found is None else (found["opens_on"], found["due_on"])) == owed


@pytest.mark.req("E1", "E2")
def test_the_words_of_embolisation_and_second_stage() -> None:
    """What was done, when, and by when the next thing is wanted."""
    told = resection().tell("2027-06-01", "portal_vein_embolisation")
    found = told.alert("2027-06-02", "remeasure_remnant")
    assert found is not None
    assert found["reason"] == "Portal vein embolisation on 1 Jun 2027: measure the liver remnant again by 29 Jun 2027"
    told.tell("2027-06-20", "volumetry", remnant_percent=35)
    told.tell("2027-07-01", "surgery_performed", procedure="two_stage", stage=1)
    reasons = {one["rule"]: one["reason"] for one in told.shown("2027-07-02")["alerts"]}
    assert reasons["remeasure_remnant"] == "First stage on 1 Jul 2027: measure the liver remnant again by 29 Jul 2027"
    assert reasons["second_stage"] == "First stage on 1 Jul 2027: second stage by 12 Aug 2027"


@pytest.mark.req("E1")
def test_the_newer_volumetry_counts_after_embolisation() -> None:
    """25 % before, 33 % after: the condition is met, and nothing is owed."""
    told = reassessment().tell("2027-05-20", "volumetry", remnant_percent=25)
    told.tell("2027-05-25", "portal_vein_embolisation").tell("2027-06-20", "volumetry", remnant_percent=33)
    assert told.verdict("2027-06-21", "offer_resection", "D2")[0] == "met"
    assert "E1" not in told.suggested("2027-06-21")


@pytest.mark.req("E3")
@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        case("in a plan", "surgery_planned", {"planned_for": "2027-07-15"}),
        case("in an operation", "surgery_performed", {}),
    ],
)
def test_the_words_of_an_ablation_that_is_too_large(kind: str, fields: dict[str, Any]) -> None:
    """The largest of them and the limit."""
    told = resection().tell(
        "2027-06-20",
        kind,
        procedure="resection_with_ablation",
        ablated_mm=[12, 40, 41.5],
        note="no other way",
        **fields,
    )
    found = [one for one in told.shown("2027-06-21")["deviations"] if one["id"] == "E3"]
    assert [(one["what"], one["reason"]) for one in found] == [
        ("Ablation of a lesion of 41.5 mm; it is advised only below 40 mm", "no other way")
    ]


@pytest.mark.req("E2")
@pytest.mark.parametrize(
    ("lines", "due"),
    [
        case("a first stage", [("2027-07-01", "surgery_performed", 1)], "2027-08-12"),
        case("the second on its day", [("2027-07-01", "surgery_performed", 1), ("2027-07-01", "surgery_performed", 2)],
             None),
        case("given up on its day", [("2027-07-01", "surgery_performed", 1), ("2027-07-01", "surgery_cancelled", None)],
             None),
        case("given up the day before: that was another plan",
             [("2027-06-30", "surgery_cancelled", None), ("2027-07-01", "surgery_performed", 1)], "2027-08-12"),
        case("the first one given up, and another begun",
             [("2027-07-01", "surgery_performed", 1), ("2027-07-05", "surgery_cancelled", None),
              ("2027-07-10", "surgery_performed", 1)], "2027-08-21"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("cancelled", [{}, {"procedure": "two_stage"}], ids=["nothing named", "named"])
def test_what_ends_the_wait_for_the_second_stage(
    cancelled: dict[str, str], lines: list[tuple[str, str, int | None]], due: str | None
) -> None:
    """The second stage or a cancellation of the liver's since the first, its day included."""
    told = resection()
    for day, kind, stage in lines:
        told.tell(day, kind, **({"procedure": "two_stage", "stage": stage} if stage else cancelled))
    found = told.owed("2027-07-11", "second_stage")
    assert (None if found is None else found[3]) == due


@pytest.mark.req("E2")
def test_a_cancelled_operation_on_the_bowel_does_not_end_it() -> None:
    """The second stage is still owed."""
    told = resection().tell("2027-07-01", "surgery_performed", procedure="two_stage", stage=1)
    told.tell("2027-07-02", "surgery_cancelled", procedure="primary")
    assert told.owed("2027-07-03", "second_stage") == ("due", "routine", "2027-07-01", "2027-08-12")


@pytest.mark.req("E2")
@pytest.mark.parametrize(
    ("day", "shown"),
    [
        case("from before the recurrence", "2027-05-19", False),
        case("of its day", "2027-05-20", True),
    ],
)
def test_both_lobes_are_read_in_the_episode(day: str, shown: bool) -> None:
    """What the disease before was says nothing of the present one."""
    told = registered().tell("2027-05-01", "taken_over", state="reassessment")
    told.tell(day, "imaging", modality="ct", purpose="other", bilobar=True)
    told.tell("2027-05-20", "recurrence", sites=["liver"])
    assert ("E2" in told.suggested("2027-05-21")) is shown
