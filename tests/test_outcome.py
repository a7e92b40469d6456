"""Whom a patient is compared with, and whether the disease came back: K1 to K3 and H5, at their edges."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pathway.journey import walk
from pathway.outcome import Group, Outcome, outcome
from tests.histories import Story, decided, neoadjuvant, reassessment, workup

LIMITED: dict[str, Any] = {"lesion_count": 3, "bilobar": False, "infiltrative": False}
EXTENSIVE: dict[str, Any] = {"lesion_count": 11, "bilobar": False, "infiltrative": False}
LONG_AFTER = "2033-01-01"


def came(told: Story, day: str = LONG_AFTER) -> Outcome:
    journey = walk(told.history, date.fromisoformat(day), told.protocol)
    assert journey is not None
    return outcome(journey.case)


def operated(image: dict[str, Any], *, margin: str | None = "R0", **fields: Any) -> Story:
    """Operated on 20 July 2027 after two months of chemotherapy."""
    told = neoadjuvant(image=image)
    told.tell("2027-05-18", "imaging", modality="ct", purpose="reassessment", lesion_count=2, bilobar=False, response="partial", extrahepatic="none")  # fmt: skip  # noqa: E501
    told.step("2027-05-18", "reassess")
    told.tell("2027-05-20", "volumetry", remnant_percent=44)
    told.tell("2027-05-20", "performance_status", ecog=0)
    decided(told, "2027-05-22", "offer_resection", r0_achievable=True)
    told.step("2027-05-22", "offer_resection")
    told.tell("2027-07-20", "surgery_performed", procedure="resection", **fields)
    return told.tell("2027-07-28", "pathology", margin=margin) if margin else told


@pytest.mark.req("K1")
@pytest.mark.parametrize(
    ("image", "margin", "group"),
    [
        pytest.param(EXTENSIVE, "R0", Group.CONVERTED, id="11 lesions, R0"),
        pytest.param(EXTENSIVE, "R1", None, id="11 lesions, R1"),
        pytest.param(EXTENSIVE, None, None, id="11 lesions, margin not known"),
        pytest.param({**EXTENSIVE, "lesion_count": 10}, "R0", Group.PERIOPERATIVE, id="10 lesions"),
        pytest.param({**LIMITED, "bilobar": True, "infiltrative": True}, "R0", Group.CONVERTED, id="B2"),
        pytest.param(
            {**LIMITED, "bilobar": None, "infiltrative": None}, "R0", None, id="not known whether it was unresectable"
        ),
    ],
)
def test_converted_is_initially_unresectable_then_resected_r0(
    image: dict[str, Any], margin: str | None, group: Group | None
) -> None:
    found = came(operated(image, margin=margin))
    assert found.group is group
    assert found.since == (date(2027, 7, 20) if group else None)


@pytest.mark.req("K1")
def test_what_the_disease_was_before_treatment_does_not_change_with_a_recurrence() -> None:
    told = operated(LIMITED)
    told.tell("2028-03-01", "imaging", modality="ct", purpose="surveillance", lesion_count=14, bilobar=True)
    told.tell("2028-03-01", "recurrence", sites=["liver"])
    assert came(told).group is Group.PERIOPERATIVE


@pytest.mark.req("K2")
def test_perioperative_needs_chemotherapy_before_or_after_this_operation() -> None:
    def upfront() -> Story:
        told = workup(image=LIMITED)
        told.tell("2027-03-06", "volumetry", remnant_percent=55)
        told.tell("2027-03-10", "molecular_result", mmr="proficient", ras="mutated", braf="wild_type")
        decided(told, "2027-03-12", "proceed_to_resection", r0_achievable=True)
        told.step("2027-03-12", "proceed_to_resection")
        return told.tell("2027-04-02", "surgery_performed", procedure="resection", margin="R0")

    assert came(upfront()).group is None, "nothing before, nothing after"
    after = upfront().tell("2027-05-10", "systemic_started", intent="adjuvant", regimen="FOLFOX")
    assert came(after).group is Group.PERIOPERATIVE
    next_time = decided(upfront(), "2027-04-20", "begin_surveillance").step("2027-04-20", "begin_surveillance")
    next_time.tell("2028-05-02", "surgery_performed", procedure="resection", margin="R0")
    next_time.tell("2028-06-10", "systemic_started", intent="adjuvant", regimen="FOLFOX")
    assert came(next_time).group is None, "that was after another operation"


@pytest.mark.req("K3")
def test_chemotherapy_alone_is_unresectable_and_never_operated_on_the_liver() -> None:
    told = neoadjuvant(image=EXTENSIVE)
    found = came(told)
    assert (found.group, found.since) == (Group.CHEMOTHERAPY_ALONE, date(2027, 3, 20))
    told.tell("2027-06-02", "surgery_performed", procedure="primary")
    assert came(told).group is Group.CHEMOTHERAPY_ALONE, "the bowel is not the liver"
    told.tell("2027-09-02", "surgery_performed", procedure="two_stage", stage=1)
    assert came(told).group is None
    assert came(neoadjuvant(image=LIMITED)).group is None, "resectable, and on the way"
    assert came(workup(image=EXTENSIVE)).group is None, "nothing begun"


def test_the_guidelines_figures_are_for_colorectal_primaries() -> None:
    told = workup(primary="gastric", image=EXTENSIVE)
    told.tell("2027-03-20", "systemic_started", intent="continued", regimen="FLOT")
    assert came(told).group is None


@pytest.mark.req("H5")
def test_a_recurrence_is_the_first_one_after_the_operation_and_its_day() -> None:
    told = operated(LIMITED)
    decided(told, "2027-08-20", "begin_surveillance").step("2027-08-20", "begin_surveillance")
    assert came(told).recurred_on is None
    told.tell("2028-02-01", "recurrence", sites=["liver"])
    told.tell("2028-02-01", "recurrence", sites=["lung"])
    told.tell("2029-02-01", "recurrence", sites=["peritoneum"])
    found = came(told)
    assert (found.operated_on, found.recurred_on) == (date(2027, 7, 20), date(2028, 2, 1))
    assert found.sites == ("liver", "lung")
    assert found.resected_again is False
    told.tell("2029-05-01", "surgery_performed", procedure="resection")
    assert came(told).resected_again is True


def test_a_first_stage_alone_is_no_operation_that_was_done() -> None:
    told = reassessment()
    told.tell("2027-05-20", "volumetry", remnant_percent=44)
    told.tell("2027-05-20", "performance_status", ecog=0)
    decided(told, "2027-05-22", "offer_resection", r0_achievable=True)
    told.step("2027-05-22", "offer_resection")
    told.tell("2027-07-20", "surgery_performed", procedure="two_stage", stage=1)
    assert came(told).operated_on is None
    told.tell("2027-09-01", "surgery_performed", procedure="two_stage", stage=2)
    assert came(told).operated_on == date(2027, 9, 1)


def test_a_patient_is_followed_until_death_or_the_last_news() -> None:
    told = operated(LIMITED)
    assert (came(told).died_on, came(told).last_seen) == (None, date(2027, 7, 28))
    told.tell("2028-01-10", "contact", outcome="no_answer")
    assert came(told).last_seen == date(2027, 7, 28), "a call that reached nobody is no news"
    told.tell("2028-03-01", "withdrawn", reason="transferred")
    assert came(told).last_seen == date(2028, 3, 1)
    told.tell("2029-04-05", "died")
    assert came(told).died_on == date(2029, 4, 5), "known although the patient had left"
