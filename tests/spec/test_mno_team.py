"""M, N, O. Team, centre, responsibility."""

from typing import Any

import pytest

from tests.histories import TEAM, Story, decided, registered, resectable, workup
from tests.spec.case import case

START = "start_neoadjuvant"


@pytest.mark.req("M1")
@pytest.mark.parametrize("absent", TEAM)
def test_the_whole_team_decides(absent: str) -> None:
    """All five roles, the colorectal surgeon for a colorectal primary that is not resected; who is missing is named."""
    told = workup().tell("2027-03-12", "mdt_decision", present=[role for role in TEAM if role != absent], plan=START)
    assert told.verdict("2027-03-12", START, "M1") == (
        "not_met",
        f"MDT of 12 Mar 2027 without {absent.replace('_', ' ')}: the whole team decides together",
    )


@pytest.mark.req("M1")
@pytest.mark.parametrize(
    ("about", "verdict"),
    [
        case("colorectal, in place", {}, "not_met"),
        case("colorectal, resected", {"resected": True}, "met"),
        case("neuroendocrine", {"primary": "neuroendocrine"}, "met"),
    ],
)
def test_when_the_colorectal_surgeon_is_needed(about: dict[str, Any], verdict: str) -> None:
    """Only for a colorectal primary, until a fact says that it is resected."""
    told = workup(**about)
    without = [role for role in TEAM if role != "colorectal_surgeon"]
    told.tell("2027-03-12", "mdt_decision", present=without, plan=START)
    assert told.verdict("2027-03-12", START, "M1")[0] == verdict


@pytest.mark.req("M1")
@pytest.mark.parametrize(
    ("plans", "verdict", "reason"),
    [
        case("for this step", [START], "met", "MDT of 12 Mar 2027, all roles present"),
        case("for any step", [None], "met", "MDT of 12 Mar 2027, all roles present"),
        case(
            "for another",
            ["continue_systemic"],
            "not_met",
            "The MDT of 12 Mar 2027 decided otherwise: continue systemic therapy. Another step needs another decision",
        ),
        case(
            "deferred",
            ["defer"],
            "not_met",
            "The MDT of 12 Mar 2027 decided otherwise: defer the decision. Another step needs another decision",
        ),
        case(
            "two that differ",
            [START, "defer"],
            "not_met",
            "The MDT decisions of 12 Mar 2027 differ (defer the decision, start neoadjuvant therapy): ask the MDT "
            "which holds",
        ),
        case(
            "one with and one without: the plan stands", [None, START], "met", "MDT of 12 Mar 2027, all roles present"
        ),
        case("none", [], "unknown", "No MDT decision since 5 Mar 2027: bring the patient to the MDT"),
    ],
)
def test_a_decision_serves_the_step_that_it_names(plans: list[str | None], verdict: str, reason: str) -> None:
    """With a plan it serves that step and no other; without one any."""
    told = workup()
    for plan in plans:
        decided(told, "2027-03-12", plan)
    assert told.verdict("2027-03-12", START, "M1") == (verdict, reason)


@pytest.mark.req("M1")
def test_the_latest_day_speaks_alone_and_only_in_its_state() -> None:
    """A decision counts in the state in which it was taken; an older one is replaced by the latest, whatever its
    plan.
    """
    told = resectable()
    assert told.verdict("2027-05-21", "offer_resection", "M1")[0] == "unknown", (
        "the one of the work-up does not count here"
    )
    decided(told, "2027-05-22", "offer_resection", r0_achievable=True)
    assert told.option("2027-05-22", "offer_resection")["allowed"] is True
    told.tell("2027-05-23", "mdt_decision", present=["medical_oncologist"])
    assert told.verdict("2027-05-23", "offer_resection", "M1")[0] == "not_met"
    assert told.verdict("2027-05-23", "offer_resection", "D1")[0] == "unknown"


@pytest.mark.req("M1")
def test_a_role_counts_where_every_decision_of_the_day_names_it() -> None:
    """Several decisions of one day: the roles present in all of them."""
    told = decided(workup(), "2027-03-12", START)
    told.tell("2027-03-12", "mdt_decision", present=TEAM[:4], plan=START)
    assert told.verdict("2027-03-12", START, "M1") == (
        "not_met",
        "MDT of 12 Mar 2027 without diagnostic radiologist: the whole team decides together",
    )


@pytest.mark.req("N1")
@pytest.mark.parametrize(
    ("referrals", "verdict", "reason"),
    [
        case("a high-volume centre", [("2027-03-04", True)], "met", "hub (since 4 Mar 2027) is a high-volume centre"),
        case(
            "no high-volume centre",
            [("2027-03-04", False)],
            "not_met",
            "hub (since 4 Mar 2027) is no high-volume centre: refer the patient to one",
        ),
        case(
            "two of one day: the one that is none",
            [("2027-03-04", True), ("2027-03-04", False)],
            "not_met",
            "hub (since 4 Mar 2027) is no high-volume centre: refer the patient to one",
        ),
        case(
            "the latest counts",
            [("2027-03-04", False), ("2027-03-05", True)],
            "met",
            "hub (since 5 Mar 2027) is a high-volume centre",
        ),
    ],
)
def test_not_outside_a_high_volume_centre(referrals: list[tuple[str, bool]], verdict: str, reason: str) -> None:
    """The latest referral says whether the treating centre is a high-volume one."""
    told = workup()
    for day, high in referrals:
        told.tell(day, "referred", site="hub", high_volume_centre=high)
    assert told.verdict("2027-03-06", "proceed_to_resection", "N1") == (verdict, reason)


@pytest.mark.req("N1")
def test_she_is_referred_before_anything_is_decided() -> None:
    """`refer_to_centre`: 14 days after the last referral, else registration (local), until adjuvant or surveillance."""
    told = registered().tell("2027-03-04", "referred", site="village", high_volume_centre=False)
    assert told.owed("2027-03-18", "refer_to_centre") == ("due", "routine", "2027-03-04", "2027-03-18")
    assert told.owed("2027-03-19", "refer_to_centre") == ("overdue", "routine", "2027-03-04", "2027-03-18")
    told.tell("2027-03-20", "taken_over", state="surveillance")
    assert told.owed("2027-03-20", "refer_to_centre") is None


@pytest.mark.req("O1")
def test_an_override_stays_visible_for_as_long_as_the_step_stands() -> None:
    """Every guard can be overridden with a reason and a name; each passed criterion is a deviation, as known now."""
    told = resectable()
    override = {"reason": "her wish", "by": "dr.a"}
    told.step("2027-05-26", "offer_resection", id="step", override=override)
    found = told.shown("2027-05-27")["deviations"]
    assert [(one["id"], one["reason"], one["by"]) for one in found] == [
        ("D1", "her wish", "dr.a"),
        ("M1", "her wish", "dr.a"),
    ]
    assert found[0]["what"].startswith("Offer resection, although: No MDT decision since 18 May 2027")
    decided(told, "2027-05-25", "offer_resection", r0_achievable=True)
    assert told.shown("2027-05-27")["deviations"] == [], "the decision came to light later"
    told.tell("2027-05-28", "corrected", event="step")
    assert told.state("2027-05-28") == "reassessment"


@pytest.mark.req("O1")
def test_the_guideline_says_what_it_is() -> None:
    """Pending human review, last updated November 23, 2025; the disclaimer stands in the protocol."""
    about = registered().protocol.about
    assert (about["review"], about["updated"].isoformat()) == ("pending human review", "2025-11-23")
    assert "does not replace" in about["disclaimer"]


@pytest.mark.req("M1")
@pytest.mark.parametrize(
    ("trigger", "state", "asks"),
    [
        case("start neoadjuvant therapy, from the work-up", "start_neoadjuvant", "molecular_workup", True),
        case("start neoadjuvant therapy, a change of line", "start_neoadjuvant", "reassessment", True),
        case("proceed to resection", "proceed_to_resection", "molecular_workup", True),
        case("offer resection", "offer_resection", "reassessment", True),
        case("offer locoregional therapy", "offer_locoregional", "reassessment", True),
        case("continue systemic therapy, from the work-up", "continue_systemic", "molecular_workup", True),
        case("continue systemic therapy, from reassessment", "continue_systemic", "reassessment", True),
        case("continue systemic therapy, from locoregional therapy", "continue_systemic", "locoregional", True),
        case("begin surveillance, from reassessment", "begin_surveillance", "reassessment", True),
        case("reassess", "reassess", "neoadjuvant", False),
        case("begin the work-up", "begin_workup", "diagnosis", False),
        case("start adjuvant therapy", "start_adjuvant", "resection", False),
        case("abandon resection", "abandon_resection", "resection", False),
        case("restage", "restage", "surveillance", False),
        case("complete the follow-up", "complete_follow_up", "surveillance", False),
    ],
)
def test_which_steps_the_whole_team_decides(trigger: str, state: str, asks: bool) -> None:
    """All treatment decisions, and no other step."""
    told = registered().tell("2027-04-01", "taken_over", state=state)
    found = [one["id"] for one in told.option("2027-04-02", trigger)["criteria"]]
    assert ("M1" in found) is asks


@pytest.mark.req("N1")
@pytest.mark.parametrize(
    ("trigger", "state", "asks"),
    [
        case("proceed to resection", "proceed_to_resection", "molecular_workup", True),
        case("offer resection", "offer_resection", "reassessment", True),
        case("start neoadjuvant therapy", "start_neoadjuvant", "molecular_workup", False),
        case("offer locoregional therapy", "offer_locoregional", "reassessment", False),
    ],
)
def test_which_steps_ask_for_the_centre(trigger: str, state: str, asks: bool) -> None:
    """Both ways to resection."""
    told = registered().tell("2027-04-01", "taken_over", state=state)
    found = [one["id"] for one in told.option("2027-04-02", trigger)["criteria"]]
    assert ("N1" in found) is asks


@pytest.mark.req("N1")
def test_the_centre_in_words() -> None:
    """Not recorded: unknown, and asked for from the registration on; else the site by its name."""
    told = Story().tell("2027-03-01", "registered", name="Ben", birth_date="1950-01-01", sex="male")
    told.tell("2027-03-02", "taken_over", state="reassessment")
    assert told.verdict("2027-03-02", "offer_resection", "N1") == (
        "unknown",
        "Treating centre not recorded: record the referral",
    )
    found = told.alert("2027-03-02", "refer_to_centre")
    assert found is not None
    assert (found["opens_on"], found["due_on"], found["reason"]) == (
        "2027-03-01",
        "2027-03-15",
        "Treating centre not recorded: record the referral, by 15 Mar 2027",
    )


@pytest.mark.req("M1")
@pytest.mark.parametrize(
    ("tell", "verdict"),
    [
        case("operated on that day", [("2027-03-12", "surgery_performed", {"procedure": "primary"})], "met"),
        case("said to be out on that day", [("2027-03-12", "primary_resected", {})], "met"),
        case("operated on a day later", [("2027-03-13", "primary_resected", {})], "not_met"),
        case("a liver operation does not take it out", [("2027-03-12", "surgery_performed", {"procedure": "other"})],
             "not_met"),
    ],
)  # fmt: skip
def test_until_when_the_colorectal_surgeon_is_needed(tell: list[tuple[str, str, dict[str, Any]]], verdict: str) -> None:
    """Unless a fact up to the step's day says that the primary is resected."""
    told = workup()
    told.tell("2027-03-12", "mdt_decision", present=[role for role in TEAM if role != "colorectal_surgeon"], plan=START)
    for day, kind, fields in tell:
        told.tell(day, kind, **fields)
    assert told.verdict("2027-03-12", START, "M1")[0] == verdict


@pytest.mark.req("M1")
def test_two_roles_missing_are_both_named() -> None:
    """Everybody who is missing is named; a guest changes nothing."""
    told = workup().tell("2027-03-12", "mdt_decision", present=[*TEAM[:3], "pathologist"], plan=START)
    assert told.verdict("2027-03-12", START, "M1") == (
        "not_met",
        (
            "MDT of 12 Mar 2027 without interventional radiologist, diagnostic radiologist: the whole team decides "
            "together"
        ),
    )


@pytest.mark.req("O1")
@pytest.mark.parametrize(
    ("override", "said"),
    [
        case("without a reason", {"by": "dr.a"}, "override.reason"),
        case("by nobody", {"reason": "her wish"}, "override.by"),
    ],
)
def test_an_override_names_a_reason_and_a_person(override: dict[str, str], said: str) -> None:
    """Neither can be left out."""
    assert said in resectable().refused("2027-05-26", "advanced", trigger="offer_resection", override=override)


@pytest.mark.req("O1")
def test_an_override_passes_no_fact_and_no_missing_step() -> None:
    """What must have happened is replaced by nothing; nor is a step that the pathway does not have."""
    override = {"reason": "her wish", "by": "dr.a"}
    told = resectable()
    assert "The MDT has not decided to begin surveillance" in told.refused(
        "2027-05-26", "advanced", trigger="begin_surveillance", override=override
    )
    assert told.refused("2027-05-26", "advanced", trigger="complete_follow_up", override=override) == (
        "trigger: no step 'complete follow-up' from reassessment; steps from there: start neoadjuvant therapy, offer "
        "resection, offer locoregional therapy, continue systemic therapy, begin surveillance"
    )
