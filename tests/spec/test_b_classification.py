"""B. Classification: of the disease before treatment."""

from typing import Any

import pytest

from tests.histories import recurred, resectable, workup
from tests.spec.case import case

PLAIN = {"lesion_count": 3, "bilobar": False, "infiltrative": False}


@pytest.mark.req("B1", "B2")
@pytest.mark.parametrize(
    ("image", "unresectable", "reasons"),
    [
        case("ten lesions are not too many", {"lesion_count": 10}, False, []),
        case("eleven lesions are", {"lesion_count": 11}, True, ["B1"]),
        case("both lobes and infiltrative together", {"bilobar": True, "infiltrative": True}, True, ["B2"]),
        case("both lobes alone are no reason", {"bilobar": True}, False, []),
        case("infiltrative alone is no reason", {"infiltrative": True}, False, []),
        case("no count: not known", {"lesion_count": None}, None, []),
        case("whether infiltrative is not recorded: not known", {"bilobar": True, "infiltrative": None}, None, []),
        case("one lobe settles it whatever else", {"infiltrative": None}, False, []),
        case("one reason is enough", {"lesion_count": None, "bilobar": True, "infiltrative": True}, True, ["B2"]),
        case("both reasons are named", {"lesion_count": 11, "bilobar": True, "infiltrative": True}, True, ["B1", "B2"]),
    ],
)
def test_what_makes_it_initially_unresectable(
    image: dict[str, Any], unresectable: bool | None, reasons: list[str]
) -> None:
    """Initially unresectable: more than 10 lesions, or bilobar with infiltrative pattern."""
    told = workup(image={**PLAIN, **image})
    assert told.shown("2027-03-06")["classification"] == {"initially_unresectable": unresectable, "reasons": reasons}


@pytest.mark.req("B1")
def test_what_chemotherapy_does_to_it_changes_nothing() -> None:
    """Imaging after the first line does not reclassify the disease, neither way; imaging of its day still does."""
    told = resectable(image={"lesion_count": 12})
    assert told.shown("2027-05-21")["classification"]["initially_unresectable"] is False
    told.tell("2027-03-20", "imaging", modality="ct", purpose="other", lesion_count=11)
    assert told.shown("2027-05-21")["classification"]["reasons"] == ["B1"]


@pytest.mark.req("B3")
@pytest.mark.parametrize(
    ("percent", "estimated", "unresectable"),
    [
        case("30 % is insufficient", 30, False, True),
        case("30.1 % is not", 30.1, False, False),
        case("an estimate is no reason", 20, True, False),
    ],
)
def test_an_insufficient_remnant_makes_it_unresectable(percent: float, estimated: bool, unresectable: bool) -> None:
    """Initially unresectable: a measured remnant that is not above 30 %."""
    told = workup(image=PLAIN).tell("2027-03-08", "volumetry", remnant_percent=percent, estimated=estimated)
    found = told.shown("2027-03-09")["classification"]
    assert found["initially_unresectable"] is unresectable
    assert found["reasons"] == (["B3"] if unresectable else [])


@pytest.mark.req("B1")
def test_a_recurrence_is_classified_anew() -> None:
    """The episode begins with the recurrence: seven lesions of the first disease do not count."""
    assert (
        recurred(image={"infiltrative": False}).shown("2028-06-05")["classification"]["initially_unresectable"] is False
    )
    assert recurred(image={"lesion_count": 11}).shown("2028-06-05")["classification"]["reasons"] == ["B1"]


@pytest.mark.req("B3")
def test_a_measurement_from_before_an_operation_is_no_reason() -> None:
    """The remnant of a liver that was since operated on says nothing; without one B3 is no reason."""
    told = recurred(image={"infiltrative": False})
    told.tell("2027-06-01", "volumetry", remnant_percent=20)
    assert told.shown("2028-06-05")["classification"] == {"initially_unresectable": False, "reasons": []}
    told.tell("2028-06-04", "volumetry", remnant_percent=20)
    assert told.shown("2028-06-05")["classification"] == {"initially_unresectable": True, "reasons": ["B3"]}


@pytest.mark.req("B1")
def test_an_ultrasound_classifies_only_where_nothing_else_counts_the_lesions() -> None:
    """What an ultrasound says of the count counts only where no other imaging up to treatment gives it."""
    told = workup(image=PLAIN).tell("2027-03-04", "imaging", modality="ultrasound", purpose="other", lesion_count=11)
    assert told.shown("2027-03-06")["classification"]["reasons"] == []
    alone = workup(image={**PLAIN, "lesion_count": None})
    alone.tell("2027-03-04", "imaging", modality="ultrasound", purpose="other", lesion_count=11)
    assert alone.shown("2027-03-06")["classification"]["reasons"] == ["B1"]
