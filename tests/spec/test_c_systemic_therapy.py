"""C. Systemic therapy, colorectal primary."""

from datetime import date
from typing import Any

import pytest

from pathway.journey import walk
from pathway.obligations import therapy
from tests.histories import TEAM, Story, decided, neoadjuvant, reassessment, registered, workup
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
@pytest.mark.parametrize("turn", [1, -1], ids=["in this order", "in the other"])
@pytest.mark.parametrize(
    ("first", "second", "missing"),
    [
        case("of its own day it sets nothing aside", ("2027-04-12", "old"), ("2027-04-12", "new"), ["ras"]),
        case("an earlier result it does", ("2027-04-11", "old"), ("2027-04-12", "new"), []),
        case("a later one that differs counts beside it", ("2027-04-13", "old"), ("2027-04-12", "new"), ["ras"]),
    ],
)
def test_a_new_specimen_sets_earlier_results_aside(
    turn: int, first: tuple[str, str], second: tuple[str, str], missing: list[str]
) -> None:
    """The results of earlier days, whatever the order of recording."""
    told = profiled(LEFT, mmr="proficient", braf="wild_type")
    for day, specimen in (first, second)[::turn]:
        new = specimen == "new"
        told.tell(day, "molecular_result", ras="mutated" if new else "wild_type", new_specimen=new)
    assert told.shown("2027-04-14")["recommendation"]["missing"] == missing


@pytest.mark.req("C1", "C2", "C3", "C4", "C5")
@pytest.mark.parametrize(
    ("about", "markers", "row"),
    [
        case("left, wild type", LEFT, WILD, "C1"),
        case("right, wild type", RIGHT, WILD, "C2"),
        case("mutated", RIGHT, {**WILD, "braf": "mutated"}, "C3"),
        case("deficient", LEFT, {"mmr": "deficient"}, "C4"),
        case("not known", LEFT, {"mmr": "proficient"}, "C5"),
    ],
)
def test_the_first_line_names_its_row(about: dict[str, Any], markers: dict[str, str], row: str) -> None:
    """Its source quotes the row of the guideline that names it."""
    told = profiled(about, **markers)
    assert told.shown("2027-04-11")["recommendation"]["source"] == told.protocol.source(row)
    assert told.protocol.source(row).startswith(row)


@pytest.mark.req("C5")
def test_two_results_that_differ_count_as_none() -> None:
    """Differing results of one marker are missing, on whatever days, until corrected or measured on a new specimen."""
    told = profiled(LEFT, **WILD).tell("2027-04-10", "molecular_result", id="second", ras="mutated")
    assert told.shown("2027-04-11")["recommendation"]["missing"] == ["ras"]
    assert told.verdict("2027-04-11", "start_neoadjuvant", "C5") == (
        "unknown",
        "Still needed to choose the regimen: RAS. Record the result; where two differ, correct one",
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
    from datetime import timedelta

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
            "Number of lesions not recorded: record a CT or MRI with their number",
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
@pytest.mark.parametrize(
    ("regimen", "biologic", "counted"),
    [
        case("without a biologic, as recommended", "FOLFOXIRI", None, False),
        case("with one that nobody recommends", "FOLFOXIRI", "cetuximab", True),
    ],
)
def test_a_biologic_is_counted_where_none_is_recommended(regimen: str, biologic: str | None, counted: bool) -> None:
    """Right-sided and wild-type: triple chemotherapy alone."""
    told = workup(side="right").tell("2027-03-20", "molecular_result", **WILD)
    fields = {"biologic": biologic} if biologic else {}
    told.tell("2027-03-20", "systemic_started", intent="neoadjuvant", regimen=regimen, **fields)
    assert (("2027-03-20", "C8") in told.deviations("2027-04-01")) is counted


@pytest.mark.req("C8")
@pytest.mark.parametrize(
    ("side", "what"),
    [
        case("with biologics", "left",
             "CAPOX begun; the guideline names FOLFOX or FOLFIRI + cetuximab or panitumumab"),
        case("without", "right", "CAPOX begun; the guideline names FOLFOXIRI or FOLFIRINOX"),
    ],
)  # fmt: skip
def test_what_the_guideline_names_instead_in_words(side: str, what: str) -> None:
    """All that was known by that day counts, what was recorded as of the day itself included."""
    told = registered().tell("2027-03-20", "systemic_started", intent="neoadjuvant", regimen="CAPOX", by="dr.a",
                             deviation_reason="trial")  # fmt: skip
    told.tell("2027-03-20", "primary_identified", primary="colorectal", method="colonoscopy", side=side)
    told.tell("2027-03-20", "molecular_result", **WILD)
    assert told.shown("2027-03-21")["deviations"] == [
        {"on": "2027-03-20", "what": what, "id": "C8", "reason": "trial", "by": "dr.a"}
    ]


@pytest.mark.req("C8")
def test_where_nothing_is_recommended_nothing_is_counted() -> None:
    """No recommendation that day, no deviation."""
    told = workup().tell("2027-03-20", "systemic_started", intent="neoadjuvant", regimen="CAPOX")
    told.tell("2027-03-21", "molecular_result", **WILD)
    assert told.deviations("2027-04-01") == []
    assert reassessment(regimen="CAPOX").deviations("2027-06-01") == [("2027-03-20", "C8")]


@pytest.mark.req("C5")
@pytest.mark.parametrize(
    ("trigger", "primary", "asks"),
    [
        case("neoadjuvant, colorectal", "start_neoadjuvant", "colorectal", ["M1", "C5"]),
        case("neoadjuvant, gastric", "start_neoadjuvant", "gastric", ["M1", "J1"]),
        case("neoadjuvant, neuroendocrine", "start_neoadjuvant", "neuroendocrine", ["M1"]),
        case("neoadjuvant, another", "start_neoadjuvant", "other", ["M1"]),
        case("systemic therapy from the start, colorectal", "continue_systemic", "colorectal", ["M1", "C5"]),
        case("systemic therapy from the start, gastric", "continue_systemic", "gastric", ["M1", "J1"]),
        case("systemic therapy from the start, another", "continue_systemic", "other", ["M1"]),
    ],
)
def test_which_profile_is_asked_for(trigger: str, primary: str, asks: list[str]) -> None:
    """MMR, RAS, BRAF and side for a colorectal primary, HER2 for a gastric one, nothing for others."""
    found = workup(primary=primary).option("2027-03-06", trigger)["criteria"]
    assert [one["id"] for one in found] == asks


@pytest.mark.req("C5")
def test_an_unknown_primary_is_asked_for_like_a_colorectal_one() -> None:
    """Without a primary C5 is asked, and names it; the colorectal surgeon is not."""
    told = registered().tell("2027-03-02", "taken_over", state="molecular_workup")
    assert told.verdict("2027-03-03", "start_neoadjuvant", "C5") == (
        "unknown",
        "Still needed to choose the regimen: primary tumour. Record the result; where two differ, correct one",
    )
    told.tell("2027-03-03", "mdt_decision", present=[role for role in TEAM if role != "colorectal_surgeon"])
    assert told.verdict("2027-03-03", "start_neoadjuvant", "M1")[0] == "met"


@pytest.mark.req("C6")
@pytest.mark.parametrize(
    ("lines", "due"),
    [
        case("a response of the day it began belongs to what came before", [("2027-03-20", "stable")], "2027-05-20"),
        case("a response of the day after counts", [("2027-03-21", "stable")], "2027-05-21"),
        case("an imaging without a response does not", [("2027-04-10", None)], "2027-05-20"),
        case("the last one", [("2027-04-10", "stable"), ("2027-05-15", "partial")], "2027-07-15"),
        case("progression of the day of entry is waited for like any", [("2027-03-20", "progression")], "2027-05-20"),
        case("progression that a later response followed", [("2027-04-10", "progression"), ("2027-04-20", "stable")],
             "2027-06-20"),
    ],
)  # fmt: skip
def test_from_what_the_interval_is_counted(lines: list[tuple[str, str | None]], due: str) -> None:
    """The latest of the line's start and the last imaging with a response after its day."""
    told = neoadjuvant()
    for day, response in lines:
        told.tell(day, "imaging", modality="ct", purpose="other", **({"response": response} if response else {}))
    found = told.alert("2027-05-16", "reassessment")
    assert found is not None
    assert found["due_on"] == due


@pytest.mark.req("C6", "X8")
def test_therapy_decided_and_not_begun_is_reassessed_from_the_step() -> None:
    """Entered by its step, no line in it: two months from that day, even where an earlier line stands."""
    told = reassessment()
    decided(told, "2027-05-20", "start_neoadjuvant")
    told.step("2027-05-25", "start_neoadjuvant")
    found = told.alert("2027-05-26", "reassessment")
    assert found is not None
    assert (found["due_on"], found["reason"]) == (
        "2027-07-25",
        "CT and MDT every 2 months; counted from 25 May 2027, due 25 Jul 2027",
    )
    assert told.owed("2027-05-26", "act_awaited") is None, "FOLFIRI is still running"
    told.tell("2027-05-24", "systemic_stopped", reason="change of line")
    assert told.owed("2027-06-09", "act_awaited") == ("overdue", "routine", "2027-05-25", "2027-06-08")


@pytest.mark.req("C6")
@pytest.mark.parametrize(
    ("line", "due"),
    [case("with a line from before", "2027-03-10", "2027-05-10"), case("without one", None, "2027-06-01")],
)
def test_taken_over_in_therapy_the_interval_runs_from_the_line(line: str | None, due: str) -> None:
    """Taken over: from the line's start, where there is one; else from the day she was taken over."""
    told = registered()
    if line:
        told.tell(line, "systemic_started", intent="neoadjuvant", regimen="FOLFOX")
    told.tell("2027-04-01", "taken_over", state="neoadjuvant")
    found = told.alert("2027-04-02", "reassessment")
    assert found is not None
    assert found["due_on"] == due


@pytest.mark.req("C6")
@pytest.mark.parametrize(
    ("tell", "reason"),
    [
        case("no cycle, no imaging", [],
             "No cycle and no imaging with its response recorded since 20 Mar 2027: record what was done, or the "
             "MDT's decision to reassess"),
        case("a cycle", [("cycle_given", {"number": 1})],
             "No imaging with its response recorded since 20 Mar 2027: record what was done, or the MDT's "
             "decision to reassess"),
        case("an imaging", [("imaging", {"modality": "ct", "purpose": "other", "response": "stable"})],
             "No cycle recorded since 20 Mar 2027: record what was done, or the MDT's decision to reassess"),
        case("both", [("cycle_given", {"number": 1}),
                      ("imaging", {"modality": "ct", "purpose": "other", "response": "stable"})],
             "Treated and imaged since 20 Mar 2027: CT 20 Mar 2027"),
        case("the MDT asks for it", [("mdt_decision", {"present": [], "plan": "reassess"})],
             "The MDT of 20 Mar 2027 asks for it"),
        case("the MDT asks for something else", [("mdt_decision", {"present": [], "plan": "defer"})],
             "No cycle and no imaging with its response recorded since 20 Mar 2027: record what was done, or the "
             "MDT's decision to reassess"),
    ],
)  # fmt: skip
def test_what_makes_a_reassessment_true(tell: list[tuple[str, dict[str, Any]]], reason: str) -> None:
    """A cycle and an imaging with its response in this state, its first day included; or the MDT's plan."""
    told = registered().tell("2027-03-20", "taken_over", state="neoadjuvant")
    for kind, fields in tell:
        told.tell("2027-03-20", kind, **fields)
    assert told.verdict("2027-03-21", "reassess", "fact")[1] == reason


@pytest.mark.req("C8")
def test_only_the_first_line_of_a_colorectal_primary_is_compared() -> None:
    """A second line is the MDT's choice; the words name both therapies."""
    told = workup()
    told.tell("2027-03-10", "molecular_result", **WILD)
    told.tell(
        "2027-03-20", "systemic_started", intent="neoadjuvant", regimen="CAPOX", by="dr.a", deviation_reason="trial"
    )
    told.tell("2027-06-20", "systemic_started", intent="neoadjuvant", regimen="FOLFOX", biologic="bevacizumab")
    assert told.shown("2027-07-01")["deviations"] == [
        {
            "on": "2027-03-20",
            "what": "CAPOX begun; the guideline names FOLFOX or FOLFIRI + cetuximab or panitumumab",
            "id": "C8",
            "reason": "trial",
            "by": "dr.a",
        }
    ]
    other = workup(primary="other").tell("2027-03-20", "systemic_started", intent="neoadjuvant", regimen="CAPOX")
    assert other.deviations("2027-07-01") == []


@pytest.mark.req("C6")
@pytest.mark.parametrize(
    ("primary", "response", "reason", "source"),
    [
        case("every two months", "colorectal", "stable",
             "CT and MDT every 2 months; counted from 18 May 2027, due 18 Jul 2027", "guideline: C6"),
        case("neuroendocrine: every three, a local default", "neuroendocrine", "stable",
             "CT and MDT every 3 months; counted from 18 May 2027, due 18 Aug 2027", "local default"),
        case("progression", "colorectal", "progression", "Progression on CT 18 May 2027: reassess now", "guideline: C6"),
    ],
)  # fmt: skip
def test_the_reassessment_in_words_with_its_source(primary: str, response: str, reason: str, source: str) -> None:
    """From what it is counted, and whose interval it is."""
    told = neoadjuvant(primary=primary).tell("2027-05-18", "imaging", modality="ct", purpose="other", response=response)
    found = told.alert("2027-05-19", "reassessment")
    assert found is not None
    assert found["reason"] == reason
    assert found["source"].startswith(source)


@pytest.mark.req("C6", "X6")
@pytest.mark.parametrize(
    ("step", "image"),
    [
        case("the line has the lowest id", "z-step", "z-image"),
        case("the step has a lower one", "a-step", "z-image"),
        case("an image of that day has", "z-step", "a-image"),
    ],
)
def test_the_interval_hangs_on_the_line_where_it_began_with_the_step(step: str, image: str) -> None:
    """A response of the day on which the line began belongs to what came before, and a step whose line has begun waits
    for nothing.
    """
    told = decided(workup(), "2027-03-12", "start_neoadjuvant").tell("2027-03-12", "molecular_result", **WILD)
    told.step("2027-03-20", "start_neoadjuvant", id=step)
    told.tell("2027-03-20", "imaging", id=image, modality="ct", purpose="other", response="stable")
    told.tell("2027-03-20", "systemic_started", id="m-line", intent="neoadjuvant", regimen="FOLFOX")
    journey = walk(told.history, date(2027, 3, 21), told.protocol)
    assert journey is not None
    assert [(one.hangs_on.id, one.due_on) for one in therapy.reassessment(journey)] == [("m-line", date(2027, 5, 20))]
