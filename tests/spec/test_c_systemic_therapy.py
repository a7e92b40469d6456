"""C. Systemic therapy, colorectal primary."""

from typing import Any

import pytest

from tests.histories import Story, decided, neoadjuvant, reassessment, workup
from tests.spec.case import case

LEFT, RIGHT = {"location": None, "side": "left"}, {"location": None, "side": "right"}


def profiled(about: dict[str, Any], **markers: Any) -> Story:
    told = workup(**about)
    return told.tell("2027-03-10", "molecular_result", **markers) if markers else told


WILD = {"mmr": "proficient", "ras": "wild_type", "braf": "wild_type"}


@pytest.mark.req("C1", "C2", "C3", "C4")
@pytest.mark.parametrize(
    ("about", "markers", "regimens", "biologics"),
    [
        case("pMMR, wild type, left", LEFT, WILD, {"FOLFOX", "FOLFIRI"}, {"cetuximab", "panitumumab"}),
        case("pMMR, wild type, right", RIGHT, WILD, {"FOLFOXIRI", "FOLFIRINOX"}, set()),
        case("pMMR, RAS mutated, left", LEFT, {**WILD, "ras": "mutated"}, {"FOLFOXIRI", "FOLFIRINOX"}, {"bevacizumab"}),
        case(
            "pMMR, BRAF mutated, right",
            RIGHT,
            {**WILD, "braf": "mutated"},
            {"FOLFOXIRI", "FOLFIRINOX"},
            {"bevacizumab"},
        ),
        case("dMMR, wild type", LEFT, {**WILD, "mmr": "deficient"}, {"pembrolizumab", "nivolumab"}, set()),
        case(
            "dMMR, RAS mutated",
            RIGHT,
            {**WILD, "mmr": "deficient", "ras": "mutated"},
            {"pembrolizumab", "nivolumab"},
            set(),
        ),
    ],
)
def test_the_profile_decides_the_first_line(
    about: dict[str, Any], markers: dict[str, Any], regimens: set[str], biologics: set[str]
) -> None:
    """The first line follows from MMR, RAS, BRAF and side."""
    found = profiled(about, **markers).shown("2027-03-11")["recommendation"]
    assert (set(found["regimens"]), set(found["biologics"]), found["missing"]) == (regimens, biologics, [])


@pytest.mark.req("C5")
@pytest.mark.parametrize(
    ("about", "markers", "missing"),
    [
        case("nothing known, side known", LEFT, {}, ["mmr", "ras", "braf"]),
        case("nothing known, no side", {"location": None, "side": None}, {}, ["mmr", "ras", "braf", "side"]),
        case("dMMR asks for nothing more", {"location": None, "side": None}, {"mmr": "deficient"}, []),
        case(
            "RAS mutated asks for neither BRAF nor side", {"location": None, "side": None}, {"ras": "mutated"}, ["mmr"]
        ),
        case(
            "BRAF mutated asks for neither RAS nor side",
            {"location": None, "side": None},
            {"braf": "mutated", "mmr": "proficient"},
            [],
        ),
        case("RAS wild type still asks for BRAF", LEFT, {"mmr": "proficient", "ras": "wild_type"}, ["braf"]),
        case("all but the side", {"location": None, "side": None}, WILD, ["side"]),
    ],
)
def test_only_what_would_change_the_answer_is_asked_for(
    about: dict[str, Any], markers: dict[str, Any], missing: list[str]
) -> None:
    """Exactly the missing results are named; a part that cannot change the answer is not."""
    assert profiled(about, **markers).shown("2027-03-11")["recommendation"]["missing"] == missing


@pytest.mark.req("C5")
@pytest.mark.parametrize(
    ("location", "side"),
    [
        case("caecum is right", "caecum", "right"),
        case("transverse colon is right", "transverse", "right"),
        case("splenic flexure is left", "splenic_flexure", "left"),
        case("rectum is left", "rectum", "left"),
    ],
)
def test_the_place_gives_the_side(location: str, side: str) -> None:
    """Left is splenic flexure to rectum, right is caecum to transverse colon."""
    found = profiled({"location": location}, **WILD).shown("2027-03-11")["recommendation"]
    assert ("cetuximab" in found["biologics"]) is (side == "left")


@pytest.mark.req("C5")
def test_two_results_that_differ_count_as_none() -> None:
    """Differing results of one marker are missing, on whatever days, until corrected or measured on a new specimen."""
    told = profiled(LEFT, **WILD).tell("2027-04-10", "molecular_result", id="second", ras="mutated")
    assert told.shown("2027-04-11")["recommendation"]["missing"] == ["ras"]
    assert told.verdict("2027-04-11", "start_neoadjuvant", "C5") == (
        "unknown",
        "Missing to choose the regimen: RAS. Record it; of two that differ, correct one",
    )
    told.tell("2027-04-12", "molecular_result", id="third", ras="mutated", new_specimen=True)
    assert told.shown("2027-04-12")["recommendation"]["biologics"] == ["bevacizumab"]
    told.tell("2027-04-13", "corrected", event="third")
    told.tell("2027-04-13", "corrected", event="second")
    assert told.shown("2027-04-14")["recommendation"]["missing"] == []


@pytest.mark.req("C6")
@pytest.mark.parametrize(
    ("start", "opens", "due", "urgent"),
    [
        case("two calendar months", "2027-03-20", "2027-05-06", "2027-05-20", "2027-06-20"),
        case("at the end of a short month", "2027-12-31", "2028-02-15", "2028-02-29", "2028-03-31"),
    ],
)
def test_reassessment_is_due_two_months_after_the_start(start: str, opens: str, due: str, urgent: str) -> None:
    """`reassessment`: opens 14 days before, due 2 calendar months after, urgent from 3 months on."""
    from datetime import date, timedelta

    told = workup()
    told.tell("2027-03-10", "molecular_result", **WILD)
    decided(told, "2027-03-12", "start_neoadjuvant")
    told.step(start, "start_neoadjuvant")
    told.tell(start, "systemic_started", intent="neoadjuvant", regimen="FOLFIRI", biologic="cetuximab")

    def day(iso: str, shift: int) -> str:
        return (date.fromisoformat(iso) + timedelta(days=shift)).isoformat()

    assert told.owed(day(opens, -1), "reassessment") == ("upcoming", "routine", opens, due)
    assert told.owed(opens, "reassessment") == ("due", "routine", opens, due)
    assert told.owed(due, "reassessment") == ("due", "routine", opens, due)
    assert told.owed(day(due, 1), "reassessment") == ("overdue", "routine", opens, due)
    assert told.owed(day(urgent, -1), "reassessment") == ("overdue", "routine", opens, due)
    assert told.owed(urgent, "reassessment") == ("overdue", "urgent", opens, due)


@pytest.mark.req("C6")
def test_a_response_moves_it_and_progression_is_due_that_day() -> None:
    """Counted from the last imaging with response; an imaging with progression is due that day, urgent."""
    told = neoadjuvant().tell("2027-05-10", "imaging", modality="ct", purpose="other", response="stable")
    assert told.owed("2027-05-11", "reassessment") == ("upcoming", "routine", "2027-06-26", "2027-07-10")
    told.tell("2027-06-10", "imaging", modality="ct", purpose="other", response="progression")
    assert told.owed("2027-06-10", "reassessment") == ("due", "urgent", "2027-06-10", "2027-06-10")


@pytest.mark.req("C6")
def test_neuroendocrine_tumours_are_reassessed_every_three_months() -> None:
    """Neuroendocrine: 3 and 6 calendar months (local)."""
    told = workup(primary="neuroendocrine")
    decided(told, "2027-03-12", "start_neoadjuvant")
    told.step("2027-03-20", "start_neoadjuvant")
    told.tell("2027-03-20", "systemic_started", intent="neoadjuvant", regimen="octreotide")
    assert told.owed("2027-06-21", "reassessment") == ("overdue", "routine", "2027-06-06", "2027-06-20")
    assert told.owed("2027-09-20", "reassessment") == ("overdue", "urgent", "2027-06-06", "2027-06-20")


@pytest.mark.req("C7")
@pytest.mark.parametrize(
    ("image", "verdict", "reason"),
    [
        case(
            "five lesions in one lobe",
            {"lesion_count": 5, "bilobar": False},
            "met",
            "5 lesions (CT 3 Mar 2027), 5 at most, not in both lobes",
        ),
        case(
            "six lesions",
            {"lesion_count": 6, "bilobar": False},
            "not_met",
            "6 lesions (CT 3 Mar 2027), more than 5: chemotherapy comes before surgery",
        ),
        case(
            "both lobes",
            {"lesion_count": 2, "bilobar": True},
            "not_met",
            "Both lobes affected (CT 3 Mar 2027): chemotherapy comes before surgery",
        ),
        case(
            "one lesion, lobes not recorded",
            {"lesion_count": 1, "bilobar": None},
            "met",
            "1 lesion (CT 3 Mar 2027), 5 at most, not in both lobes",
        ),
        case(
            "two lesions, lobes not recorded",
            {"lesion_count": 2, "bilobar": None},
            "unknown",
            "2 lesions (CT 3 Mar 2027), but whether both lobes are affected is not recorded: record it",
        ),
        case(
            "no count",
            {"lesion_count": None, "bilobar": False},
            "unknown",
            "Number of lesions not recorded: record an imaging with the count",
        ),
    ],
)
def test_never_straight_to_surgery_in_multifocal_disease(image: dict[str, Any], verdict: str, reason: str) -> None:
    """More than 5 metastases or both lobes, either is enough: chemotherapy first."""
    assert workup(image=image).verdict("2027-03-06", "proceed_to_resection", "C7") == (verdict, reason)


@pytest.mark.req("C7")
def test_the_worst_imaging_of_the_episode_counts_and_ultrasound_only_alone() -> None:
    """The largest count counts; an ultrasound's only where no other imaging gives one."""
    told = workup(image={"lesion_count": 3, "bilobar": False})
    told.tell("2027-03-04", "imaging", modality="ultrasound", purpose="other", lesion_count=9)
    assert told.verdict("2027-03-06", "proceed_to_resection", "C7")[0] == "met"
    told.tell("2027-03-07", "imaging", modality="mri", purpose="other", lesion_count=6)
    told.tell("2027-03-08", "imaging", modality="mri", purpose="other", lesion_count=2)
    assert told.verdict("2027-03-09", "proceed_to_resection", "C7")[0] == "not_met"
    alone = workup(image={"lesion_count": None, "bilobar": False})
    alone.tell("2027-03-04", "imaging", modality="ultrasound", purpose="other", lesion_count=9)
    assert alone.verdict("2027-03-06", "proceed_to_resection", "C7")[0] == "not_met"


@pytest.mark.req("C7", "M1")
def test_an_override_of_c7_needs_the_whole_team_too() -> None:
    """A reason alone does not pass it: the MDT is quorate as well."""
    override = {"reason": "bleeding", "by": "dr.a"}
    told = workup()
    told.tell(
        "2027-03-12", "mdt_decision", present=["hepatobiliary_surgeon"], plan="proceed_to_resection", r0_achievable=True
    )
    refused = told.refused("2027-03-12", "advanced", trigger="proceed_to_resection", override=override)
    assert "MDT of 12 Mar 2027 without medical oncologist" in refused
    decided(told, "2027-03-13", "proceed_to_resection", r0_achievable=True)
    told.step("2027-03-13", "proceed_to_resection", override=override)
    assert told.state("2027-03-13") == "resection"
    assert ("2027-03-13", "C7") in told.deviations("2027-03-13")


@pytest.mark.req("C8")
@pytest.mark.parametrize(
    ("regimen", "biologic", "counted"),
    [
        case("as recommended", "FOLFIRI", "cetuximab", False),
        case("in small letters", "folfox", "panitumumab", False),
        case("another regimen", "CAPOX", "cetuximab", True),
        case("without the biologic", "FOLFOX", None, True),
        case("another biologic", "FOLFOX", "bevacizumab", True),
    ],
)
def test_another_regimen_than_recommended_is_counted(regimen: str, biologic: str | None, counted: bool) -> None:
    """The first neoadjuvant line against that day's recommendation; allowed, and a deviation with its reason."""
    told = workup()
    told.tell("2027-03-20", "molecular_result", **WILD)
    fields = {"biologic": biologic} if biologic else {}
    told.tell(
        "2027-03-20", "systemic_started", intent="neoadjuvant", regimen=regimen, deviation_reason="trial", **fields
    )
    assert (("2027-03-20", "C8") in told.deviations("2027-04-01")) is counted


@pytest.mark.req("C8")
def test_where_nothing_is_recommended_nothing_is_counted() -> None:
    """No recommendation that day, no deviation."""
    told = workup().tell("2027-03-20", "systemic_started", intent="neoadjuvant", regimen="CAPOX")
    told.tell("2027-03-21", "molecular_result", **WILD)
    assert told.deviations("2027-04-01") == []
    assert reassessment(regimen="CAPOX").deviations("2027-06-01") == [("2027-03-20", "C8")]
