"""X. What a tracker owes its users, beyond the text."""

from datetime import date
from typing import Any

import pytest

from pathway.alerts import alert_id
from pathway.criteria import Asked, judge
from pathway.journey import walk
from pathway.obligations import RULES, STALLED
from pathway.obligations.decision import act_awaited
from pathway.obligations.vigilance import review_stalled
from pathway.states import State
from tests.histories import (
    Story,
    adjuvant,
    decided,
    neoadjuvant,
    operated,
    reassessment,
    recurred,
    registered,
    resection,
    surveillance,
    workup,
)
from tests.spec.case import case

WINDOWS = {
    "diagnosis": 14, "molecular_workup": 21, "neoadjuvant": 75, "reassessment": 21, "resection": 56,
    "locoregional": 56, "systemic": 100, "adjuvant": 100, "surveillance": 200,
}  # fmt: skip


@pytest.mark.req("X1")
@pytest.mark.parametrize("state", WINDOWS)
def test_nobody_without_a_next_step(state: str) -> None:
    """Every open patient has a dated, owned obligation, due no later than the state's window after the last news."""
    from datetime import date, timedelta

    told = registered().tell("2027-04-01", "taken_over", state=state)
    step = told.shown("2027-04-01")["next_step"]
    assert step["owner"] == "nina"
    last = date(2027, 4, 1) + timedelta(days=WINDOWS[state])
    assert min(date.fromisoformat(one["due_on"]) for one in told.shown("2027-04-01")["alerts"]) <= last
    assert told.protocol.windows[state] == WINDOWS[state]


@pytest.mark.req("X1")
def test_silence_is_looked_into() -> None:
    """`review_stalled`: where nothing else is due in the state's window after the last news; a call is no news."""
    told = reassessment()
    told.tell("2027-05-19", "volumetry", remnant_percent=41).tell("2027-05-19", "performance_status", ecog=1)
    decided(told, "2027-05-20", "continue_systemic")
    assert told.owed("2027-05-21", STALLED) == ("upcoming", "routine", "2027-06-10", "2027-06-10")
    told.tell("2027-06-01", "contact", outcome="reached")
    assert told.owed("2027-06-10", STALLED) == ("due", "routine", "2027-06-10", "2027-06-10")
    told.tell("2027-06-05", "visit", kind="other")
    assert told.owed("2027-06-10", STALLED) == ("upcoming", "routine", "2027-06-26", "2027-06-26")


@pytest.mark.req("X1", "X4")
@pytest.mark.parametrize("kind", ["died", "withdrawn"])
def test_nothing_for_the_dead(kind: str) -> None:
    """Death and withdrawal close every obligation; correcting them brings everything back."""
    fields = {"reason": "transferred"} if kind == "withdrawn" else {}
    told = surveillance().tell("2028-02-01", kind, id="end", **fields)
    assert (told.state("2028-02-01"), told.shown("2028-02-01")["alerts"]) == ("closed", [])
    assert told.shown("2028-02-01")["next_step"] is None
    assert told.shown("2028-02-01")["options"] == []
    told.tell("2028-02-03", "corrected", event="end")
    assert told.state("2028-02-02") == "surveillance", "a correction holds for every day one asks about"
    assert told.owed("2028-02-04", "surveillance_ct") == ("overdue", "routine", "2027-10-15", "2028-01-15")


@pytest.mark.req("X2")
@pytest.mark.parametrize(
    ("tell", "counted"),
    [
        case(
            "a clinical fact after a death",
            [("2027-04-01", "died", {}), ("2027-04-02", "cea", {"ng_per_ml": 3})],
            ["2027-04-02"],
        ),
        case(
            "on the day of death it is none", [("2027-04-01", "died", {}), ("2027-04-01", "cea", {"ng_per_ml": 3})], []
        ),
        case("pathology comes later", [("2027-04-01", "died", {}), ("2027-04-09", "pathology", {"margin": "R0"})], []),
        case(
            "an operation outside resection",
            [("2027-04-01", "surgery_performed", {"procedure": "resection"})],
            ["2027-04-01"],
        ),
        case("of the bowel it is none", [("2027-04-01", "surgery_performed", {"procedure": "primary"})], []),
        case(
            "unless she was taken over since",
            [
                ("2027-04-01", "surgery_performed", {"procedure": "resection"}),
                ("2027-04-01", "taken_over", {"state": "surveillance"}),
            ],
            [],
        ),
        case(
            "lost after two calls",
            [
                ("2027-04-01", "contact", {"outcome": "no_answer"}),
                ("2027-04-02", "contact", {"outcome": "left_message"}),
                ("2027-04-03", "withdrawn", {"reason": "lost_to_follow_up"}),
            ],
            ["2027-04-03"],
        ),
        case(
            "lost after calls on three days",
            [
                ("2027-04-01", "contact", {"outcome": "no_answer"}),
                ("2027-04-02", "contact", {"outcome": "left_message"}),
                ("2027-04-03", "contact", {"outcome": "no_answer"}),
                ("2027-04-04", "withdrawn", {"reason": "lost_to_follow_up"}),
            ],
            [],
        ),
        case(
            "lost on the day of the third call",
            [
                ("2027-04-01", "contact", {"outcome": "no_answer"}),
                ("2027-04-02", "contact", {"outcome": "left_message"}),
                ("2027-04-04", "contact", {"outcome": "no_answer"}),
                ("2027-04-04", "withdrawn", {"reason": "lost_to_follow_up"}),
            ],
            [],
        ),
        case(
            "the third call came after it",
            [
                ("2027-04-01", "contact", {"outcome": "no_answer"}),
                ("2027-04-02", "contact", {"outcome": "left_message"}),
                ("2027-04-04", "withdrawn", {"reason": "lost_to_follow_up"}),
                ("2027-04-05", "contact", {"outcome": "no_answer"}),
            ],
            ["2027-04-04"],
        ),
        case(
            "reached is not lost",
            [
                ("2027-04-01", "contact", {"outcome": "reached"}),
                ("2027-04-02", "contact", {"outcome": "reached"}),
                ("2027-04-03", "contact", {"outcome": "no_answer"}),
                ("2027-04-04", "withdrawn", {"reason": "lost_to_follow_up"}),
            ],
            ["2027-04-04"],
        ),
        case(
            "several of several kinds",
            [
                ("2027-04-01", "surgery_performed", {"procedure": "resection"}),
                ("2027-04-02", "died", {}),
                ("2027-04-03", "cea", {"ng_per_ml": 3}),
                ("2027-04-04", "withdrawn", {"reason": "lost_to_follow_up"}),
            ],
            ["2027-04-01", "2027-04-03", "2027-04-04"],
        ),
        case(
            "two calls of one day are one",
            [
                ("2027-04-01", "contact", {"outcome": "no_answer"}),
                ("2027-04-01", "contact", {"outcome": "left_message"}),
                ("2027-04-03", "contact", {"outcome": "no_answer"}),
                ("2027-04-04", "withdrawn", {"reason": "lost_to_follow_up"}),
            ],
            ["2027-04-04"],
        ),
    ],
)
def test_facts_that_contradict_the_pathway_are_recorded_and_counted(
    tell: list[tuple[str, str, dict[str, Any]]], counted: list[str]
) -> None:
    """Facts are never refused for clinical reasons; those that contradict the pathway are deviations."""
    told = registered()
    for day, kind, fields in tell:
        told.tell(day, kind, **fields)
    assert [on for on, row in told.deviations("2028-01-01") if row == "X2"] == counted


@pytest.mark.req("X2")
def test_a_take_over_of_somebody_on_the_pathway_is_counted() -> None:
    """Taken over while open, with a step before it."""
    told = workup().tell("2027-03-10", "taken_over", state="surveillance")
    assert told.deviations("2027-03-11") == [("2027-03-10", "X2")]


@pytest.mark.req("X3")
def test_a_corrected_fact_calls_the_step_in_question_and_the_mdt_settles_it() -> None:
    """The step stands and raises `guard_violated`, urgent, of its own day; a correction or the MDT's review ends it."""
    told = resection().tell("2027-05-28", "corrected", id="fix", event="vol-1", replacement={"remnant_percent": 24})
    assert told.state("2027-05-29") == "resection"
    assert told.owed("2027-05-29", "guard_violated") == ("overdue", "urgent", "2027-05-26", "2027-05-26")
    found = told.alert("2027-05-29", "guard_violated")
    assert found is not None
    assert "Liver remnant 24 % (CT volumetry 20 May 2027), needs more than 30 %" in found["reason"]
    decided(told, "2027-06-02", "defer")
    assert told.owed("2027-06-03", "guard_violated") is not None
    told.tell("2027-06-04", "mdt_decision", present=[], reviewed=["step-res"])
    assert told.owed("2027-06-05", "guard_violated") is None


@pytest.mark.req("X3")
def test_a_correction_taken_away_leaves_no_trace_in_what_is_derived() -> None:
    """A correction of a correction brings the original back; the original always stays readable."""
    told = resection()
    before = {**told.shown("2027-06-01"), "history": None}
    told.tell("2027-05-28", "corrected", id="fix", event="vol-1", replacement={"remnant_percent": 24})
    assert {**told.shown("2027-06-01"), "history": None} != before
    told.tell("2027-05-29", "corrected", id="unfix", event="fix")
    assert {**told.shown("2027-06-01"), "history": None} == before
    rows = {one["id"]: one for one in told.shown("2027-06-01")["history"]}
    assert rows["vol-1"]["remnant_percent"] == 41
    assert "corrected_by" not in rows["vol-1"]
    assert rows["fix"]["corrected_by"] == "unfix"


@pytest.mark.req("X3")
def test_of_two_corrections_the_later_recorded_stands() -> None:
    """By the instant of recording, not by the order of arrival."""
    told = reassessment().tell("2027-05-20", "volumetry", id="v", remnant_percent=41)
    told.tell(
        "2027-05-21", "corrected", event="v", replacement={"remnant_percent": 20}, recorded_at="2027-05-23T08:00:00Z"
    )
    told.tell(
        "2027-05-21", "corrected", event="v", replacement={"remnant_percent": 50}, recorded_at="2027-05-22T08:00:00Z"
    )
    assert told.verdict("2027-05-24", "offer_resection", "D2")[0] == "not_met"


@pytest.mark.req("X3")
def test_a_step_that_no_longer_starts_from_where_she_is_drops_out() -> None:
    """A step taken away lets those behind it drop out, and each is called in question."""
    told = resection().tell("2027-06-01", "corrected", event="step-re")
    assert told.state("2027-06-01") == "neoadjuvant"
    found = told.alert("2027-06-02", "guard_violated")
    assert found is not None
    assert "it no longer starts from where the patient stood" in found["reason"]
    assert found["due_on"] == "2027-05-26"


@pytest.mark.req("X3")
@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        case("of an event that is none", "corrected", {"event": "nothing"}, "no event of this patient has that id"),
        case(
            "with a replacement, of a correction",
            "corrected",
            {"event": "fix", "replacement": {}},
            "a correction is only taken away",
        ),
        case(
            "with fields that are none",
            "corrected",
            {"event": "vol-1", "replacement": {"ecog": 1}},
            "replacement.ecog: is no field of volumetry",
        ),
        case(
            "with fields missing",
            "corrected",
            {"event": "vol-1", "replacement": {}},
            "replacement.remnant_percent: is needed",
        ),
        case(
            "with another type",
            "corrected",
            {"event": "vol-1", "replacement": {"type": "cea"}},
            "type cannot be corrected",
        ),
        case(
            "that takes the registration away",
            "corrected",
            {"event": "e001"},
            "a registration is corrected, not taken away",
        ),
        case(
            "a second registration",
            "registered",
            {"name": "B", "birth_date": "1950-01-01", "sex": "male"},
            "the patient is registered already",
        ),
        case("a step before the registration", "taken_over", {"state": "surveillance"}, "lies before the registration"),
    ],
)
def test_what_cannot_be_part_of_any_history_is_refused(kind: str, fields: dict[str, Any], said: str) -> None:
    """Corrections of nothing, second registrations, steps before the registration."""
    told = resection().tell("2027-05-28", "corrected", id="fix", event="vol-1", replacement={"remnant_percent": 40})
    day = "2027-02-01" if kind == "taken_over" else "2027-06-01"
    assert said in told.refused(day, kind, **fields)


@pytest.mark.req("X5")
def test_within_a_day_facts_come_first_whatever_the_order_of_recording() -> None:
    """A step recorded before the fact of its day is still judged with it."""
    told = workup()
    decided(told, "2027-03-12", "start_neoadjuvant")
    assert "Still needed to choose the regimen" in told.refused("2027-03-12", "advanced", trigger="start_neoadjuvant")
    told.tell("2027-03-12", "molecular_result", mmr="deficient")
    told.step("2027-03-12", "start_neoadjuvant")
    told.tell("2027-03-12", "died")
    assert [one["type"] for one in told.shown("2027-03-12")["history"]][-1] == "died"
    assert told.state("2027-03-12") == "closed"


@pytest.mark.req("X6")
def test_only_the_fact_that_meets_it_ends_an_obligation() -> None:
    """A CT closes the CT reminder; calls, bookings and snoozes close nothing."""
    told = surveillance()
    for kind, fields in (
        ("contact", {"outcome": "reached"}),
        ("appointment", {"what": "ct", "booked_for": "2028-02-10"}),
        ("snoozed", {"rule": "surveillance_ct", "until": "2028-02-10", "reason": "booked"}),
    ):
        told.tell("2028-02-01", kind, **fields)
        assert told.owed("2028-02-10", "surveillance_ct") is not None
    told.tell("2028-02-10", "imaging", modality="ct", purpose="surveillance")
    assert told.owed("2028-02-10", "surveillance_ct") == ("upcoming", "routine", "2028-05-10", "2028-08-10")


@pytest.mark.req("X7")
@pytest.mark.parametrize(
    ("told", "day", "owed"),
    [
        case("a response", reassessment, "2027-05-19", ("due", "routine", "2027-05-18", "2027-06-01")),
        case("an operation", operated, "2027-07-16", ("due", "routine", "2027-07-15", "2027-07-29")),
        case("a recurrence, urgent", recurred, "2028-06-03", ("due", "urgent", "2028-06-02", "2028-06-16")),
    ],
)
def test_a_decision_is_awaited(told: Any, day: str, owed: tuple[str, str, str, str]) -> None:
    """`mdt_review`: 14 days (local) after the first fact that calls for a decision and has none since."""
    assert told().owed(day, "mdt_review") == owed


@pytest.mark.req("X7")
def test_the_molecular_result_and_the_remnant_call_for_a_decision() -> None:
    """In the work-up the last result once the profile is complete; in reassessment a volumetry of this state."""
    told = workup().tell("2027-03-10", "molecular_result", mmr="proficient")
    assert told.owed("2027-03-11", "mdt_review") is None
    told.tell("2027-03-12", "molecular_result", ras="wild_type", braf="wild_type")
    assert told.owed("2027-03-13", "mdt_review") == ("due", "routine", "2027-03-12", "2027-03-26")
    decided(told, "2027-03-12", "start_neoadjuvant")
    assert told.owed("2027-03-13", "mdt_review") is None
    later = decided(reassessment(), "2027-05-19", "defer").tell("2027-05-20", "volumetry", remnant_percent=40)
    assert later.owed("2027-05-21", "mdt_review") == ("due", "routine", "2027-05-20", "2027-06-03")


@pytest.mark.req("X7")
def test_the_day_on_which_the_mdt_wants_her_back() -> None:
    """`mdt_review` on the latest decision's `review_on`; a later decision replaces it."""
    told = decided(reassessment(), "2027-05-19", "defer", review_on="2027-06-10")
    assert told.owed("2027-06-09", "mdt_review") == ("upcoming", "routine", "2027-06-10", "2027-06-10")
    assert told.owed("2027-06-11", "mdt_review") == ("overdue", "routine", "2027-06-10", "2027-06-10")
    decided(told, "2027-06-05", "defer")
    assert told.owed("2027-06-11", "mdt_review") is None


@pytest.mark.req("X8")
@pytest.mark.parametrize(
    ("state", "due", "act"),
    [
        case(
            "therapy decided",
            "neoadjuvant",
            "2027-04-15",
            ("systemic_started", {"intent": "neoadjuvant", "regimen": "FOLFOX"}),
        ),
        case(
            "systemic therapy continued",
            "systemic",
            "2027-04-15",
            ("systemic_started", {"intent": "continued", "regimen": "FOLFOX"}),
        ),
        case(
            "an operation decided",
            "resection",
            "2027-04-15",
            ("surgery_planned", {"planned_for": "2027-06-01", "procedure": "resection"}),
        ),
        case(
            "a locoregional therapy decided",
            "locoregional",
            "2027-04-29",
            ("locoregional_performed", {"modality": "rfa"}),
        ),
    ],
)
def test_a_decision_is_followed_by_its_act(state: str, due: str, act: tuple[str, dict[str, Any]]) -> None:
    """`act_awaited`: 14 days (28 for locoregional therapy, local) from the day the state was entered."""
    told = registered().tell("2027-04-01", "taken_over", state=state)
    assert told.owed(due, "act_awaited") == ("due", "routine", "2027-04-01", due)
    told.tell("2027-04-02", act[0], **act[1])
    found = told.alert("2027-04-03", "act_awaited")
    assert found is None or found["opens_on"] == "2027-06-01"


@pytest.mark.req("X8")
def test_the_planned_day_passes_without_word_and_a_cancellation_begins_anew() -> None:
    """Seven days after the planned day (local); after a cancellation fourteen days for another date."""
    told = resection().tell("2027-05-27", "surgery_planned", planned_for="2027-07-15", procedure="resection")
    assert told.owed("2027-07-14", "act_awaited") == ("upcoming", "routine", "2027-07-15", "2027-07-22")
    assert told.owed("2027-07-23", "act_awaited") == ("overdue", "routine", "2027-07-15", "2027-07-22")
    told.tell("2027-07-20", "surgery_cancelled", reason="fever")
    assert told.owed("2027-07-21", "act_awaited") == ("due", "routine", "2027-07-20", "2027-08-03")


@pytest.mark.req("X9")
@pytest.mark.parametrize(
    ("values", "rising"),
    [
        case("above 5 and more than 20 % higher", [4.1, 9.6], True),
        case("5.0 is not above 5", [1, 5], False),
        case("exactly 20 % higher", [6, 7.2], False),
        case("a little more", [6, 7.3], True),
        case("the first one", [9.6], False),
    ],
)
def test_a_rising_marker_is_acted_on(values: list[float], rising: bool) -> None:
    """`cea_rising`: above 5 ng/ml and more than 20 % above the one before (local), until imaging or a decision."""
    told = surveillance()
    for place, value in enumerate(values):
        told.tell(f"2028-0{1 + 3 * place}-10", "cea", ng_per_ml=value)
    day = f"2028-0{1 + 3 * (len(values) - 1)}"
    assert (told.owed(f"{day}-11", "cea_rising") == ("due", "urgent", f"{day}-10", f"{day}-24")) is rising
    told.tell(f"{day}-10", "imaging", modality="ultrasound", purpose="other")
    assert told.owed(f"{day}-11", "cea_rising") is None


@pytest.mark.req("X9")
def test_a_margin_with_tumour_makes_the_decision_urgent() -> None:
    """R1 or R2, by the operation or by pathology; progression likewise."""
    told = operated(margin=None)
    assert told.owed("2027-07-27", "mdt_review") == ("due", "routine", "2027-07-15", "2027-07-29")
    told.tell("2027-07-26", "pathology", margin="R1")
    assert told.owed("2027-07-27", "mdt_review") == ("due", "urgent", "2027-07-15", "2027-07-29")
    grown = neoadjuvant().tell("2027-05-18", "imaging", modality="ct", purpose="reassessment", response="progression")
    assert grown.owed("2027-05-18", "mdt_review") == ("due", "urgent", "2027-05-18", "2027-06-01")


@pytest.mark.req("X10")
@pytest.mark.parametrize(
    ("scan", "ecog", "stale"),
    [
        case("both 56 days old", "2027-05-20", "2027-05-20", False),
        case("imaging 57 days old", "2027-05-19", "2027-05-20", True),
        case("ECOG 57 days old", "2027-05-20", "2027-05-19", True),
    ],
)
def test_fresh_before_the_knife(scan: str, ecog: str, stale: bool) -> None:
    """`stale_before_surgery`: imaging or ECOG more than 56 days old on the planned day; due 7 days before it (local)."""
    told = reassessment().tell(scan, "imaging", modality="mri", purpose="other", extrahepatic="none")
    told.tell(ecog, "performance_status", ecog=1).tell("2027-05-20", "volumetry", remnant_percent=41)
    decided(told, "2027-05-24", "offer_resection", r0_achievable=True)
    told.step("2027-05-26", "offer_resection")
    told.tell("2027-05-27", "surgery_planned", planned_for="2027-07-15", procedure="resection")
    owed = ("due", "routine", "2027-05-27", "2027-07-08") if stale else None
    assert told.owed("2027-05-28", "stale_before_surgery") == owed


@pytest.mark.req("X11")
def test_the_primary_is_not_forgotten_after_liver_first_surgery() -> None:
    """`primary_in_place`: 90 days after the operation (local), or the day on which the MDT wants to see it."""
    told = adjuvant()
    assert told.owed("2027-10-13", "primary_in_place") == ("due", "routine", "2027-07-15", "2027-10-13")
    decided(told, "2027-09-20", None, review_on="2027-12-01")
    assert told.owed("2027-10-14", "primary_in_place") == ("due", "routine", "2027-07-15", "2027-12-01")
    told.tell("2027-11-01", "primary_resected")
    assert told.owed("2027-11-02", "primary_in_place") is None


@pytest.mark.req("X12")
@pytest.mark.parametrize(
    ("booking", "day", "booked", "severity"),
    [
        case("booked ahead", {"booked_for": "2028-01-12"}, "2028-01-12", "2028-01-12", "routine"),
        case("the day after it is no longer shown", {"booked_for": "2028-01-12"}, "2028-01-13", None, "routine"),
        case("cancelled", {"booked_for": "2028-01-12", "status": "cancelled"}, "2028-01-10", None, "routine"),
        case("missed is urgent", {"booked_for": "2028-01-12", "status": "missed"}, "2028-01-13", None, "urgent"),
        case(
            "for a day before the obligation it serves another",
            {"booked_for": "2027-07-14", "status": "missed"},
            "2028-01-13",
            None,
            "routine",
        ),
    ],
)
def test_an_appointment_shows_on_what_it_serves(
    booking: dict[str, str], day: str, booked: str | None, severity: str
) -> None:
    """The latest of its kind counts: booked ahead it is shown, missed it makes the alert urgent."""
    told = surveillance().tell("2028-01-03", "appointment", what="ct", **booking)
    found = told.alert(day, "surveillance_ct")
    assert found is not None
    assert (found["booked_for"], found["severity"]) == (booked, severity)


@pytest.mark.req("X12")
@pytest.mark.parametrize(
    ("until", "day", "status"),
    [
        case("quiet until the day before", "2028-01-18", "2028-01-17", "snoozed"),
        case("back on the day itself", "2028-01-18", "2028-01-18", "overdue"),
        case("urgent: seven days hold", "2028-01-20", "2028-01-19", "snoozed"),
        case("urgent: eight days do not hold at all", "2028-01-21", "2028-01-14", "due"),
    ],
)
def test_a_snooze_ends_by_itself(until: str, day: str, status: str) -> None:
    """With a reason, up to but not including its day; something urgent for 7 days at most (local)."""
    told = surveillance()
    if until > "2028-01-18":
        told.tell("2028-01-12", "appointment", what="ct", booked_for="2028-01-12", status="missed")
    told.tell("2028-01-13", "snoozed", rule="surveillance_ct", until=until, reason="new date")
    found = told.alert(day, "surveillance_ct")
    assert found is not None
    assert found["status"] == status


@pytest.mark.req("X12")
def test_a_snooze_holds_for_what_was_there_and_reassigning_moves_the_owner() -> None:
    """A new obligation of the same rule is not quiet; the owner is the navigator, else the site."""
    told = surveillance().tell("2028-01-01", "snoozed", rule="surveillance_ct", until="2029-01-01", reason="abroad")
    assert told.owed("2028-02-01", "surveillance_ct") == ("snoozed", "routine", "2027-10-15", "2028-01-15")
    told.tell("2028-02-01", "imaging", modality="ct", purpose="surveillance")
    assert told.owed("2028-08-02", "surveillance_ct") == ("overdue", "routine", "2028-05-01", "2028-08-01")
    told.tell("2028-08-02", "reassigned", navigator="omar")
    assert {one["owner"] for one in told.shown("2028-08-02")["alerts"]} == {"omar"}
    bare = Story().tell("2027-03-01", "registered", name="B", birth_date="1950-01-01", sex="male", site="north")
    assert bare.shown("2027-03-01")["next_step"]["owner"] == "north"


@pytest.mark.req("X1")
def test_every_rule_and_state_is_specified_here() -> None:
    """A rule or a state without a case in this folder fails."""
    from pathlib import Path

    text = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [rule for rule in (*RULES, STALLED) if rule not in text and rule != STALLED] == []
    assert [state.value for state in State if state.value not in text] == []


@pytest.mark.req("X1")
@pytest.mark.parametrize(
    ("tell", "day", "due"),
    [
        case("from the day the state was entered", [], "1 Apr 2027", "2027-05-27"),
        case("a fact later than that", [("2027-04-20", "cea", {"ng_per_ml": 3})], "20 Apr 2027", "2027-06-15"),
        case("a fact from before", [("2027-03-20", "cea", {"ng_per_ml": 3})], "1 Apr 2027", "2027-05-27"),
        case("a call is no news", [("2027-04-20", "contact", {"outcome": "reached"})], "1 Apr 2027", "2027-05-27"),
        case("a booking is none", [("2027-04-20", "appointment", {"what": "other", "booked_for": "2027-05-01"})],
             "1 Apr 2027", "2027-05-27"),
        case("a snooze is none",
             [("2027-04-20", "snoozed", {"rule": "cea_rising", "until": "2027-05-01", "reason": "x"})], "1 Apr 2027",
             "2027-05-27"),
        case("another navigator is none", [("2027-04-20", "reassigned", {"navigator": "omar"})], "1 Apr 2027",
             "2027-05-27"),
        case("a decision is news", [("2027-04-20", "mdt_decision", {"present": []})], "20 Apr 2027", "2027-06-15"),
        case("a visit is news", [("2027-04-20", "visit", {"kind": "other"})], "20 Apr 2027", "2027-06-15"),
        case("a fact taken away is none again",
             [("2027-04-20", "cea", {"ng_per_ml": 3, "id": "wrong"}), ("2027-04-21", "corrected", {"event": "wrong"})],
             "1 Apr 2027", "2027-05-27"),
    ],
)  # fmt: skip
def test_from_what_silence_is_counted(tell: list[tuple[str, str, dict[str, Any]]], day: str, due: str) -> None:
    """The later of the day the state was entered and the last fact that says something of the patient."""
    told = registered().tell("2027-04-01", "taken_over", state="locoregional")
    told.tell("2027-04-01", "locoregional_performed", modality="rfa")
    for when, kind, fields in tell:
        told.tell(when, kind, **fields)
    found = told.alert("2027-04-30", STALLED)
    assert found is not None
    assert (found["opens_on"], found["due_on"]) == (due, due)
    assert found["reason"].startswith(f"No news since {day}: look after the patient by ")


@pytest.mark.req("X2")
@pytest.mark.parametrize(
    ("lines", "what"),
    [
        case("after a death", [("2027-04-01", "died", {}), ("2027-04-02", "visit", {"kind": "oncology"})],
             "Recorded for 2 Apr 2027, after the death on 1 Apr 2027: one of the two dates is wrong"),
        case("outside resection", [("2027-04-02", "surgery_performed", {"procedure": "resection"})],
             "Operated on 2 Apr 2027 while the patient was not in resection"),
        case("lost without a call", [("2027-04-02", "withdrawn", {"reason": "lost_to_follow_up"})],
             "Lost to follow-up after unanswered calls on 0 days; 3 days are asked for"),
        case("lost after a call on one day",
             [("2027-04-01", "contact", {"outcome": "no_answer"}),
              ("2027-04-02", "withdrawn", {"reason": "lost_to_follow_up"})],
             "Lost to follow-up after unanswered calls on 1 day; 3 days are asked for"),
        case("lost after calls on two days",
             [("2027-04-01", "contact", {"outcome": "no_answer"}), ("2027-04-02", "contact", {"outcome": "no_answer"}),
              ("2027-04-03", "withdrawn", {"reason": "lost_to_follow_up"})],
             "Lost to follow-up after unanswered calls on 2 days; 3 days are asked for"),
    ],
)  # fmt: skip
def test_a_contradiction_in_words(lines: list[tuple[str, str, dict[str, Any]]], what: str) -> None:
    """What contradicts what."""
    told = registered()
    for day, kind, fields in lines:
        told.tell(day, kind, **fields)
    assert [one["what"] for one in told.shown("2027-05-01")["deviations"]] == [what]


@pytest.mark.req("X2")
@pytest.mark.parametrize(
    ("kind", "fields", "counted"),
    [
        case("imaging", "imaging", {"modality": "ct", "purpose": "other"}, True),
        case("a cycle", "cycle_given", {"number": 2}, True),
        case("an operation", "surgery_performed", {"procedure": "other"}, True),
        case("a plan", "surgery_planned", {"planned_for": "2027-05-01", "procedure": "primary"}, True),
        case("a recurrence", "recurrence", {"sites": ["liver"]}, True),
        case("pathology", "pathology", {"margin": "R0"}, False),
        case("an MDT decision", "mdt_decision", {"present": []}, False),
        case("a referral", "referred", {"site": "hub", "high_volume_centre": True}, False),
        case("a call", "contact", {"outcome": "reached"}, False),
        case("an appointment", "appointment", {"what": "ct", "booked_for": "2027-05-01"}, False),
        case("a snooze", "snoozed", {"rule": "reassessment", "until": "2027-05-01", "reason": "x"}, False),
        case("another navigator", "reassigned", {"navigator": "omar"}, False),
    ],
)
def test_what_contradicts_a_death(kind: str, fields: dict[str, Any], counted: bool) -> None:
    """A clinical fact after it does; reports, and what steers the work, do not."""
    told = registered().tell("2027-04-01", "died").tell("2027-04-02", kind, **fields)
    assert [row for _, row in told.deviations("2027-04-03")] == (["X2"] if counted else [])


@pytest.mark.req("X4")
@pytest.mark.parametrize("state", [state.value for state in State if state is not State.CLOSED])
def test_death_closes_every_state_and_its_correction_brings_her_back_to_where_she_was(state: str) -> None:
    """Whatever she was owed; and everything she was owed is back."""
    told = registered().tell("2027-04-01", "taken_over", state=state)
    before = told.shown("2027-05-01")
    told.tell("2027-04-20", "died", id="death")
    assert (told.state("2027-04-19"), told.state("2027-04-20")) == (state, "closed")
    assert (told.shown("2027-05-01")["alerts"], told.shown("2027-05-01")["options"]) == ([], [])
    told.tell("2027-05-01", "corrected", event="death")
    after = told.shown("2027-05-01")
    assert {**after, "history": None} == {**before, "history": None}


@pytest.mark.req("X4")
def test_a_take_over_brings_a_closed_patient_back() -> None:
    """Withdrawn to another unit, and back: no guard is asked, nothing is counted."""
    told = surveillance().tell("2028-02-01", "withdrawn", reason="transferred")
    assert "no step" in told.refused("2028-03-01", "advanced", trigger="restage")
    told.tell("2028-03-01", "taken_over", state="surveillance")
    assert (told.state("2028-02-20"), told.state("2028-03-01")) == ("closed", "surveillance")
    assert told.owed("2028-03-01", "surveillance_ct") == ("overdue", "routine", "2027-10-15", "2028-01-15")
    assert [row for _, row in told.deviations("2028-03-01") if row == "X2"] == []


@pytest.mark.req("X3")
def test_a_fact_entered_late_settles_a_step_called_in_question() -> None:
    """Judged with what is known now of its day: the decision comes to light, and nothing is called in question."""
    told = workup().tell("2027-03-10", "molecular_result", mmr="deficient")
    decided(told, "2027-03-12", "start_neoadjuvant", id="mdt")
    told.step("2027-03-20", "start_neoadjuvant").tell("2027-03-21", "corrected", event="mdt")
    assert told.owed("2027-03-22", "guard_violated") == ("overdue", "urgent", "2027-03-20", "2027-03-20")
    decided(told, "2027-03-19", "start_neoadjuvant")
    assert told.owed("2027-03-22", "guard_violated") is None


@pytest.mark.req("X3")
def test_the_words_of_a_step_called_in_question() -> None:
    """The step, its day, every reason, and the two ways to settle it."""
    told = resection().tell("2027-05-28", "corrected", event="vol-1", replacement={"remnant_percent": 24})
    told.tell("2027-05-28", "corrected", event="ecog-1", replacement={"ecog": 2})
    found = told.alert("2027-05-29", "guard_violated")
    assert found is not None
    assert found["reason"] == (
        "Step 'offer resection' of 26 May 2027 is called in question: Liver remnant 24 % (CT volumetry 20 May 2027), "
        "needs more than 30 %; ECOG 2 (20 May 2027), needs 1 at most. Correct what is wrong, or the MDT reviews it"
    )


@pytest.mark.req("X3")
def test_a_step_called_in_question_is_owed_after_completion_too() -> None:
    """In every state but closed."""
    told = registered().tell("2022-01-01", "locoregional_performed", modality="rfa", residual_disease=False, id="rfa")
    told.tell("2027-03-02", "taken_over", state="surveillance").step("2027-03-03", "complete_follow_up")
    assert told.shown("2027-03-04")["alerts"] == []
    told.tell("2027-03-05", "corrected", event="rfa")
    assert told.owed("2027-03-06", "guard_violated") == ("overdue", "urgent", "2027-03-03", "2027-03-03")
    told.tell("2027-03-07", "died")
    assert told.shown("2027-03-08")["alerts"] == []


@pytest.mark.req("X6", "X5")
def test_an_alert_keeps_its_id_while_its_dates_move() -> None:
    """The identity is the rule and the event it hangs on: a first stage with and without a planned second."""
    told = resection().tell("2027-07-01", "surgery_performed", procedure="two_stage", stage=1)
    before = told.alert("2027-07-02", "second_stage")
    told.tell("2027-07-02", "surgery_planned", planned_for="2027-08-20", procedure="two_stage", stage=2)
    after = told.alert("2027-07-02", "second_stage")
    assert before is not None
    assert after is not None
    assert (before["id"], before["due_on"], after["due_on"]) == (after["id"], "2027-08-12", "2027-08-20")


@pytest.mark.req("X6")
@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_of_two_facts_of_one_day_the_one_with_the_lowest_id_carries_the_obligation(order: tuple[str, str]) -> None:
    """Two images of one day show progression: the reassessment hangs on one of them, whichever was recorded first."""
    alone = neoadjuvant().tell("2027-05-18", "imaging", id="a", modality="ct", purpose="other", response="progression")
    wanted = alone.alert("2027-05-18", "reassessment")
    told = neoadjuvant()
    for name in order:
        told.tell("2027-05-18", "imaging", id=name, modality="ct", purpose="other", response="progression")
    found = told.alert("2027-05-18", "reassessment")
    assert wanted is not None
    assert found is not None
    assert found["id"] == wanted["id"]


@pytest.mark.req("X6", "G4")
def test_of_two_operations_of_one_day_outside_resection_the_one_with_the_lowest_id_is_the_last() -> None:
    """Each stands for itself; adjuvant therapy is owed after the one with the lowest id."""

    def operated_on_one_day(*names: str) -> str:
        told = registered().tell("2027-04-01", "taken_over", state="adjuvant")
        for name in names:
            told.tell("2027-06-01", "surgery_performed", id=name, procedure="resection")
        found = told.alert("2027-07-15", "adjuvant_start")
        assert found is not None
        return str(found["id"])

    assert operated_on_one_day("a", "b") == operated_on_one_day("a") != operated_on_one_day("b")


@pytest.mark.req("X7")
@pytest.mark.parametrize(
    ("tell", "owed"),
    [
        case("a response", [("2027-05-18", "imaging", {"response": "stable"})], ("2027-05-18", "routine")),
        case("an imaging without one", [("2027-05-18", "imaging", {})], None),
        case("progression", [("2027-05-18", "imaging", {"response": "progression"})], ("2027-05-18", "urgent")),
        case("decided on its day", [("2027-05-18", "imaging", {"response": "progression"}),
                                    ("2027-05-18", "mdt_decision", {})], None),
        case("decided the day before", [("2027-05-17", "mdt_decision", {}),
                                        ("2027-05-18", "imaging", {"response": "stable"})], ("2027-05-18", "routine")),
        case("of two the first, urgent when one of them is",
             [("2027-05-10", "imaging", {"response": "stable"}),
              ("2027-05-18", "imaging", {"response": "progression"})], ("2027-05-10", "urgent")),
        case("the first decided, the second not",
             [("2027-05-10", "imaging", {"response": "stable"}), ("2027-05-12", "mdt_decision", {}),
              ("2027-05-18", "imaging", {"response": "partial"})], ("2027-05-18", "routine")),
        case("an operation", [("2027-05-18", "surgery_performed", {"procedure": "resection"})],
             ("2027-05-18", "routine")),
        case("an operation on the bowel calls for none", [("2027-05-18", "surgery_performed", {"procedure": "primary"})],
             None),
        case("an operation with margin R1", [("2027-05-18", "surgery_performed",
                                              {"procedure": "resection", "margin": "R1"})], ("2027-05-18", "urgent")),
        case("pathology", [("2027-05-18", "pathology", {"margin": "R0"})], ("2027-05-18", "routine")),
        case("pathology with margin R2", [("2027-05-18", "pathology", {"margin": "R2"})], ("2027-05-18", "urgent")),
        case("a response from before the first entry into treatment: settled",
             [("2027-04-20", "imaging", {"response": "stable"})], None),
        case("a response of that day: settled", [("2027-05-01", "imaging", {"response": "stable"})], None),
        case("one of the day after is not", [("2027-05-02", "imaging", {"response": "stable"})],
             ("2027-05-02", "routine")),
        case("a volumetry on the day reassessment was entered",
             [("2027-05-19", "volumetry", {"remnant_percent": 20}),
              ("2027-05-19", "taken_over", {"state": "reassessment"})], ("2027-05-19", "routine")),
        case("a volumetry from the day before it",
             [("2027-05-18", "volumetry", {"remnant_percent": 20}),
              ("2027-05-19", "taken_over", {"state": "reassessment"})], None),
        case("wanted back on the day of the decision itself",
             [("2027-05-18", "mdt_decision", {"review_on": "2027-05-18"})], None),
        case("wanted back the day after", [("2027-05-18", "mdt_decision", {"review_on": "2027-05-19"})],
             ("2027-05-19", "routine")),
        case("a volumetry outside reassessment", [("2027-05-18", "volumetry", {"remnant_percent": 20})], None),
        case("a molecular result outside the work-up", [("2027-05-18", "molecular_result", {"mmr": "deficient"})], None),
        case("taken over into treatment since: settled",
             [("2027-05-18", "imaging", {"response": "stable"}), ("2027-05-19", "taken_over", {"state": "systemic"})],
             None),
        case("but progression is not",
             [("2027-05-18", "imaging", {"response": "progression"}),
              ("2027-05-19", "taken_over", {"state": "systemic"})], ("2027-05-18", "urgent")),
        case("taken over into reassessment settles nothing",
             [("2027-05-18", "imaging", {"response": "stable"}),
              ("2027-05-19", "taken_over", {"state": "reassessment"})], ("2027-05-18", "routine")),
    ],
)  # fmt: skip
def test_what_calls_for_a_decision(tell: list[tuple[str, str, dict[str, Any]]], owed: tuple[str, str] | None) -> None:
    """From the first fact that has none since; progression, a recurrence and R1 or R2 are urgent, and only decided."""
    needed: dict[str, dict[str, Any]] = {
        "imaging": {"modality": "ct", "purpose": "other"},
        "mdt_decision": {"present": []},
    }
    told = registered().tell("2027-05-01", "taken_over", state="neoadjuvant")
    for day, kind, fields in tell:
        told.tell(day, kind, **needed.get(kind, {}), **fields)
    found = told.alert("2027-05-20", "mdt_review")
    assert (None if found is None else (found["opens_on"], found["severity"])) == owed


@pytest.mark.req("X7")
@pytest.mark.parametrize(
    ("kind", "fields", "reason"),
    [
        case("a response", "imaging", {"modality": "ct", "purpose": "other", "response": "stable"},
             "Stable disease on 2 Jun 2027: the MDT decides by 16 Jun 2027"),
        case("an operation", "surgery_performed", {"procedure": "resection"},
             "Operation on 2 Jun 2027: the MDT decides by 16 Jun 2027"),
        case("a margin", "surgery_performed", {"procedure": "resection", "margin": "R2"},
             "Margin R2 on 2 Jun 2027: the MDT decides by 16 Jun 2027"),
        case("pathology", "pathology", {"margin": "R1"},
             "Pathology, margin R1, on 2 Jun 2027: the MDT decides by 16 Jun 2027"),
        case("a recurrence", "recurrence", {"sites": ["liver"]},
             "Recurrence on 2 Jun 2027: the MDT decides by 16 Jun 2027"),
        case("the day the MDT named", "mdt_decision", {"present": [], "review_on": "2027-06-20"},
             "The MDT of 2 Jun 2027 wants the patient back on 20 Jun 2027"),
    ],
)  # fmt: skip
def test_why_a_decision_is_awaited_in_words(kind: str, fields: dict[str, Any], reason: str) -> None:
    """What happened, when, and by when the MDT decides."""
    found = resection().tell("2027-06-02", kind, **fields).alert("2027-06-03", "mdt_review")
    assert found is not None
    assert found["reason"] == reason


@pytest.mark.req("X8")
@pytest.mark.parametrize(
    ("state", "reason"),
    [
        case("neoadjuvant", "neoadjuvant",
             "Neoadjuvant therapy decided on 1 Apr 2027, and no therapy begun: give it a date by 15 Apr 2027"),
        case("systemic", "systemic",
             "Systemic therapy decided on 1 Apr 2027, and no therapy begun: give it a date by 15 Apr 2027"),
        case("resection", "resection",
             "Resection decided, nothing planned since 1 Apr 2027: give the operation a date by 15 Apr 2027"),
        case("locoregional", "locoregional",
             "Locoregional therapy decided on 1 Apr 2027, and not done yet: give it a date by 29 Apr 2027"),
    ],
)  # fmt: skip
def test_the_act_that_is_awaited_in_words(state: str, reason: str) -> None:
    """What was decided, when, and by when it gets a date."""
    found = registered().tell("2027-04-01", "taken_over", state=state).alert("2027-04-02", "act_awaited")
    assert found is not None
    assert found["reason"] == reason


@pytest.mark.req("X9")
@pytest.mark.parametrize(
    ("values", "reason"),
    [
        case("5.1 after 4.2", [4.2, 5.1],
             "CEA 5.1 ng/ml on 10 Apr 2028, before that 4.2 (10 Jan 2028): imaging or an MDT decision by 24 Apr 2028"),
        case("the latest decides", [9, 5.5], None),
        case("exactly a fifth higher", [5, 6], None),
        case("0.1 to 0.12 would be a fifth too, and is below 5", [0.1, 0.13], None),
        case("from nothing", [0, 5.1],
             "CEA 5.1 ng/ml on 10 Apr 2028, before that 0 (10 Jan 2028): imaging or an MDT decision by 24 Apr 2028"),
    ],
)  # fmt: skip
def test_the_rise_in_words(values: list[float], reason: str | None) -> None:
    """Both values with their days, and by when somebody looks."""
    told = surveillance()
    for place, value in enumerate(values):
        told.tell(f"2028-0{1 + 3 * place}-10", "cea", ng_per_ml=value)
    found = told.alert("2028-04-11", "cea_rising")
    assert (None if found is None else found["reason"]) == reason


@pytest.mark.req("X9")
@pytest.mark.parametrize(
    ("kind", "fields", "answered"),
    [
        case("imaging of its day", "imaging", {"modality": "ct", "purpose": "surveillance"}, True),
        case("a decision", "mdt_decision", {"present": []}, True),
        case("a visit does not answer it", "visit", {"kind": "surveillance"}, False),
    ],
)
def test_what_answers_a_rise(kind: str, fields: dict[str, Any], answered: bool) -> None:
    """An imaging or an MDT decision since it; one from the day before does not."""
    told = surveillance().tell("2028-01-10", "cea", ng_per_ml=4).tell("2028-04-10", "cea", ng_per_ml=8)
    told.tell("2028-04-09", "imaging", modality="ct", purpose="surveillance")
    assert told.owed("2028-04-11", "cea_rising") is not None
    told.tell("2028-04-10", kind, **fields)
    assert (told.owed("2028-04-11", "cea_rising") is None) is answered


STALE = "stale_before_surgery"


@pytest.mark.req("X10")
@pytest.mark.parametrize(
    ("facts", "said"),
    [
        pytest.param(
            [("2027-05-18", "imaging"), ("2027-05-20", "performance_status")],
            "Imaging of 18 May 2027 and ECOG of 20 May 2027 would be older than 56 days at the operation on 15 Sep "
            "2027: renew by 8 Sep "
            "2027",
            id="both too old",
        ),
        pytest.param(
            [("2027-05-18", "imaging"), ("2027-09-01", "performance_status")],
            "Imaging of 18 May 2027 would be older than 56 days at the operation on 15 Sep 2027: renew by 8 Sep 2027",
            id="imaging too old",
        ),
        pytest.param(
            [("2027-09-01", "imaging"), ("2027-05-20", "performance_status")],
            "ECOG of 20 May 2027 would be older than 56 days at the operation on 15 Sep 2027: renew by 8 Sep 2027",
            id="ECOG too old",
        ),
        case("both fresh", [("2027-07-21", "imaging"), ("2027-07-21", "performance_status")], None),
    ],
)
def test_what_is_stale_in_words(facts: list[tuple[str, str]], said: str | None) -> None:
    """What is too old, from when it is, and by when to renew it."""
    needed: dict[str, dict[str, Any]] = {
        "imaging": {"modality": "ct", "purpose": "other"},
        "performance_status": {"ecog": 1},
    }
    told = registered().tell("2027-05-01", "taken_over", state="resection")
    for day, kind in facts:
        told.tell(day, kind, **needed[kind])
    told.tell("2027-05-27", "surgery_planned", planned_for="2027-09-15", procedure="resection")
    found = told.alert("2027-09-02", STALE)
    assert (None if found is None else found["reason"]) == said


@pytest.mark.req("X10")
def test_what_was_never_recorded_is_not_called_old() -> None:
    """Neither imaging nor ECOG: they are asked for, not renewed."""
    told = registered().tell("2027-05-01", "taken_over", state="resection")
    told.tell("2027-05-27", "surgery_planned", planned_for="2027-09-15", procedure="resection")
    found = told.alert("2027-05-28", STALE)
    assert found is not None
    assert "older than" not in found["reason"]
    assert "ECOG" in found["reason"]


@pytest.mark.req("X10")
@pytest.mark.parametrize(
    ("modality", "fresh"),
    [case("CT", "ct", True), case("MRI", "mri", True), case("PET-CT", "pet_ct", True),
     case("ultrasound", "ultrasound", False)],
)  # fmt: skip
def test_which_imaging_is_fresh_enough(modality: str, fresh: bool) -> None:
    """CT, MRI or PET-CT; an ultrasound does not renew it."""
    told = resection().tell("2027-09-01", "performance_status", ecog=0)
    told.tell("2027-09-01", "imaging", modality=modality, purpose="other")
    told.tell("2027-05-27", "surgery_planned", planned_for="2027-09-15", procedure="resection")
    assert (told.owed("2027-09-02", STALE) is None) is fresh


@pytest.mark.req("X11")
def test_the_primary_in_place_in_words() -> None:
    """When the liver was operated on, and by when the primary gets its plan."""
    found = adjuvant().alert("2027-09-02", "primary_in_place")
    assert found is not None
    assert (found["opens_on"], found["due_on"], found["reason"]) == (
        "2027-07-15",
        "2027-10-13",
        "Liver operated 15 Jul 2027, primary not recorded as removed: by 13 Oct 2027 plan its operation, or record it",
    )
    assert operated().alert("2027-09-02", "primary_in_place") is None, "not before adjuvant therapy or surveillance"


@pytest.mark.req("X12")
@pytest.mark.parametrize(
    ("what", "rule", "told", "day"),
    [
        case("CT: reassessment", "ct", "reassessment", neoadjuvant, "2027-05-02"),
        case("CT: surveillance", "ct", "surveillance_ct", surveillance, "2028-01-02"),
        case("CEA", "cea", "surveillance_cea", surveillance, "2028-01-02"),
        case("MDT", "mdt", "mdt_review", reassessment, "2027-05-19"),
        case("surgery", "surgery", "act_awaited", resection, "2027-05-27"),
    ],
)
def test_which_appointment_serves_what(what: str, rule: str, told: Any, day: str) -> None:
    """A booking of its kind shows; of another kind it does not."""
    story = told().tell(day, "appointment", what="other", booked_for="2028-03-01")
    found = story.alert(day, rule)
    assert found is not None
    assert found["booked_for"] is None
    story.tell(day, "appointment", what=what, booked_for="2028-03-02")
    found = story.alert(day, rule)
    assert found is not None
    assert found["booked_for"] == "2028-03-02"


@pytest.mark.req("X12")
@pytest.mark.parametrize(
    ("bookings", "booked", "severity"),
    [
        case("missed, then booked again",
             [("2028-01-05", "2028-01-12", "missed"), ("2028-01-13", "2028-01-20", "booked")], "2028-01-20", "routine"),
        case("booked, then missed",
             [("2028-01-05", "2028-01-12", "booked"), ("2028-01-12", "2028-01-12", "missed")], None, "urgent"),
        case("booked, then cancelled",
             [("2028-01-05", "2028-01-20", "booked"), ("2028-01-12", "2028-01-20", "cancelled")], None, "routine"),
        case("of one day the one booked for later",
             [("2028-01-12", "2028-01-25", "booked"), ("2028-01-12", "2028-01-12", "missed")], "2028-01-25", "routine"),
    ],
)  # fmt: skip
def test_the_latest_appointment_counts(bookings: list[tuple[str, str, str]], booked: str | None, severity: str) -> None:
    """The last that was entered; a missed one makes the alert urgent until there is another."""
    told = surveillance()
    for day, booked_for, status in bookings:
        told.tell(day, "appointment", what="ct", booked_for=booked_for, status=status)
    found = told.alert("2028-01-14", "surveillance_ct")
    assert found is not None
    assert (found["booked_for"], found["severity"]) == (booked, severity)


@pytest.mark.req("X12")
def test_what_becomes_urgent_ends_a_long_snooze() -> None:
    """A routine obligation may be put off for long; from the day it is urgent, only a week holds."""
    told = neoadjuvant().tell("2027-05-10", "snoozed", rule="reassessment", until="2027-07-10", reason="abroad")
    assert told.owed("2027-06-19", "reassessment") == ("snoozed", "routine", "2027-05-06", "2027-05-20")
    assert told.owed("2027-06-20", "reassessment") == ("overdue", "urgent", "2027-05-06", "2027-05-20")
    told.tell("2027-06-20", "snoozed", rule="reassessment", until="2027-06-27", reason="CT booked")
    assert told.owed("2027-06-26", "reassessment") == ("snoozed", "urgent", "2027-05-06", "2027-05-20")
    assert told.owed("2027-06-27", "reassessment") == ("overdue", "urgent", "2027-05-06", "2027-05-20")


@pytest.mark.req("X12", "X6")
def test_alerts_stand_in_the_order_of_need() -> None:
    """Urgent first, then by due date, then by name; snoozed ones last. The next step is the first."""
    told = registered().tell("2027-04-01", "taken_over", state="neoadjuvant")
    told.tell("2027-04-02", "referred", site="village", high_volume_centre=False)
    told.tell("2027-04-05", "recurrence", sites=["liver"])
    told.tell("2027-04-05", "snoozed", rule="act_awaited", until="2027-05-01", reason="bed booked")
    found = told.shown("2027-04-20")
    assert [one["rule"] for one in found["alerts"]] == ["mdt_review", "refer_to_centre", "reassessment", "act_awaited"]
    assert found["next_step"] == found["alerts"][0]


@pytest.mark.req("X1")
def test_every_name_of_the_product_has_a_case_here() -> None:
    """Steps, event types, questions, suggestions and deviations: a new one without a case fails."""
    from pathlib import Path

    from pathway.criteria import QUESTIONS
    from pathway.events import TYPES
    from pathway.states import CLOSE, TRIGGERS

    text = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    text += (Path(__file__).parent.parent / "histories.py").read_text(encoding="utf-8")

    def absent(names: Any) -> list[str]:
        return [name for name in names if f'"{name}"' not in text]

    assert absent(trigger for trigger in TRIGGERS if trigger != CLOSE) == []
    assert absent(TYPES) == []
    assert absent(QUESTIONS) == []
    assert absent(["E1", "E2", "E3", "F2", "F3", "F4", "F5", "G2", "H4", "I1", "I2", "I3", "J3", "J4", "L2"]) == []
    assert absent(["C8", "G2", "G3", "G4", "E3", "X2"]) == []


@pytest.mark.req("X8")
@pytest.mark.parametrize(
    ("lines", "owed"),
    [
        case("a line that runs", [("2027-04-01", "systemic_started", {})], False),
        case("operated on the bowel since", [("2027-04-01", "systemic_started", {}),
                                             ("2027-04-10", "surgery_performed", {"procedure": "primary"})], False),
        case("the biologic alone stopped", [("2027-04-01", "systemic_started", {}),
                                            ("2027-04-10", "systemic_stopped", {"what": "biologic"})], False),
        case("stopped on the day it began: that stop is the one before's",
             [("2027-04-01", "systemic_started", {}), ("2027-04-01", "systemic_stopped", {})], False),
        case("stopped on the day of entry", [("2027-04-01", "systemic_started", {}),
                                             ("2027-05-01", "systemic_stopped", {})], True),
        case("stopped the day after", [("2027-04-01", "systemic_started", {}),
                                       ("2027-05-02", "systemic_stopped", {})], False),
        case("followed by adjuvant therapy", [("2027-04-01", "systemic_started", {}),
                                              ("2027-04-10", "systemic_started", {"intent": "adjuvant"})], True),
        case("followed by adjuvant therapy on the day of entry",
             [("2027-04-01", "systemic_started", {}), ("2027-05-01", "systemic_started", {"intent": "adjuvant"})], True),
        case("operated since", [("2027-04-01", "systemic_started", {}),
                                ("2027-04-10", "surgery_performed", {"procedure": "resection"})], True),
        case("operated on the day of entry", [("2027-04-01", "systemic_started", {}),
                                              ("2027-05-01", "surgery_performed", {"procedure": "resection"})], True),
        case("operated on the day it began", [("2027-04-01", "systemic_started", {}),
                                              ("2027-04-01", "surgery_performed", {"procedure": "resection"})], True),
        case("operated before it began", [("2027-03-31", "surgery_performed", {"procedure": "resection"}),
                                          ("2027-04-01", "systemic_started", {})], False),
        case("adjuvant therapy is no line", [("2027-04-01", "systemic_started", {"intent": "adjuvant"})], True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("state", ["neoadjuvant", "systemic"])
def test_a_line_that_runs_on_the_day_of_entry_is_the_act(
    state: str, lines: list[tuple[str, str, dict[str, Any]]], owed: bool
) -> None:
    """A line runs until it is stopped, until the next therapy, or until an operation on the liver."""
    told = registered()
    for day, kind, fields in lines:
        line = {"intent": "neoadjuvant", "regimen": "FOLFOX"} if kind == "systemic_started" else {}
        told.tell(day, kind, **{**line, **fields})
    told.tell("2027-05-01", "taken_over", state=state)
    found = told.owed("2027-05-03", "act_awaited")
    assert found == (("due", "routine", "2027-05-01", "2027-05-15") if owed else None)


@pytest.mark.req("X8")
@pytest.mark.parametrize(
    ("day", "intent", "owed"),
    [
        case("the day before, and stopped", "2027-04-30", "continued", True),
        case("on the day of entry", "2027-05-01", "continued", False),
        case("adjuvant therapy is not meant", "2027-05-01", "adjuvant", True),
    ],
)
def test_a_line_begun_on_the_day_of_entry_is_the_act(day: str, intent: str, owed: bool) -> None:
    """A line started in the state, its first day included; a stop of that day is not its own."""
    told = registered().tell("2027-05-01", "taken_over", state="systemic")
    told.tell(day, "systemic_started", intent=intent, regimen="FOLFOX").tell("2027-05-01", "systemic_stopped")
    assert (told.owed("2027-05-03", "act_awaited") is not None) is owed


@pytest.mark.req("X9")
@pytest.mark.parametrize("turn", [1, -1], ids=["in this order", "in the other"])
@pytest.mark.parametrize(
    ("values", "rising"),
    [
        case("of the latest day the higher", [("01", 4), ("04", 8), ("04", 4.5)], True),
        case("of the day before the higher, too", [("01", 4), ("01", 7), ("04", 8)], False),
        case("both of one day: there is none before", [("04", 4), ("04", 8)], False),
        case("of three days the two latest", [("01", 4), ("02", 7), ("04", 8)], False),
    ],
)
def test_of_two_values_of_one_day_the_higher_counts(turn: int, values: list[tuple[str, float]], rising: bool) -> None:
    """The latest CEA and the one before are those of days; whatever the order of recording."""
    told = surveillance()
    for month, value in values[::turn]:
        told.tell(f"2028-{month}-10", "cea", ng_per_ml=value)
    assert (told.owed("2028-04-11", "cea_rising") is not None) is rising


@pytest.mark.req("X7")
@pytest.mark.parametrize(
    ("back", "owed"),
    [
        case("back on the day of completion", "2027-05-01", ("2027-06-20", "2027-06-20")),
        case("back before it: only what came back is asked about", "2027-04-30", None),
    ],
)
def test_the_day_the_mdt_named_counts_after_completion_where_it_is_back(
    back: str, owed: tuple[str, str] | None
) -> None:
    """Completed: after a recurrence or progression since, its day included."""
    told = registered().tell(back, "recurrence", sites=["liver"])
    told.tell("2027-05-01", "taken_over", state="completed")
    told.tell("2027-05-02", "mdt_decision", present=[], review_on="2027-06-20")
    found = told.owed("2027-06-20", "mdt_review")
    assert (None if found is None else found[2:]) == owed


@pytest.mark.req("X1")
def test_closing_names_the_day_of_the_last_word() -> None:
    """A death and later withdrawals of one who was taken back: the fact that closes is the latest."""
    told = registered().tell("2027-04-01", "died").tell("2027-04-02", "withdrawn", reason="declined")
    told.tell("2027-04-03", "withdrawn", reason="hospice").tell("2027-04-04", "taken_over", state="surveillance")
    journey = walk(told.history, date(2027, 4, 4), told.protocol)
    assert journey is not None
    assert [(one.verdict, one.reason) for one in judge(journey.case, Asked("close"))] == [
        ("met", "Died or withdrawn on 3 Apr 2027")
    ]


@pytest.mark.req("X7")
@pytest.mark.parametrize(
    ("kind", "fields", "owed"),
    [
        case("a response calls for nothing", "imaging", {"modality": "ct", "purpose": "other", "response": "stable"}, None),
        case("progression does", "imaging", {"modality": "ct", "purpose": "other", "response": "progression"},
             "2027-06-02"),
        case("another recurrence does", "recurrence", {"sites": ["lung"]}, "2027-06-02"),
        case("an operation does not", "surgery_performed", {"procedure": "resection"}, None),
        case("nor does pathology", "pathology", {"margin": "R1"}, None),
    ],
)  # fmt: skip
def test_after_completion_only_what_is_back_calls_for_a_decision(
    kind: str, fields: dict[str, Any], owed: str | None
) -> None:
    """A recurrence decided on, and what is recorded after it."""
    told = registered().tell("2027-05-01", "taken_over", state="completed")
    told.tell("2027-05-10", "recurrence", sites=["liver"]).tell("2027-05-11", "mdt_decision", present=[])
    assert told.owed("2027-06-01", "mdt_review") is None
    found = told.tell("2027-06-02", kind, **fields).owed("2027-06-03", "mdt_review")
    assert (None if found is None else found[2]) == owed


@pytest.mark.req("X2")
def test_a_contradiction_of_the_day_one_asks_about_is_counted_with_who_and_why() -> None:
    """The fact's own note and author; on its own day it counts already, and not before."""
    told = registered().tell("2027-04-01", "died").tell("2027-04-03", "cea", ng_per_ml=3, by="lab", note="old sample")
    assert told.deviations("2027-04-02") == []
    found = told.shown("2027-04-03")["deviations"]
    assert [(one["on"], one["reason"], one["by"]) for one in found] == [("2027-04-03", "old sample", "lab")]


@pytest.mark.req("X2", "X5")
def test_a_take_over_and_an_operation_outside_resection_are_both_counted() -> None:
    """Each in its own words."""
    told = workup().tell("2027-03-10", "taken_over", state="surveillance")
    told.tell("2027-03-20", "surgery_performed", procedure="resection")
    assert [(one["on"], one["what"]) for one in told.shown("2027-03-21")["deviations"]] == [
        ("2027-03-10", "Taken over on 10 Mar 2027 although the patient was on the pathway already"),
        ("2027-03-20", "Operated on 20 Mar 2027 while the patient was not in resection"),
    ]


@pytest.mark.req("X3")
def test_a_review_of_one_step_leaves_the_others_in_question() -> None:
    """Two steps called in question, and the MDT has looked at the first."""
    told = (
        reassessment().tell("2027-05-19", "corrected", event="baseline").tell("2027-05-19", "corrected", event="ct-2")
    )
    found = told.alert("2027-05-20", "guard_violated")
    assert found is not None
    assert found["opens_on"] == "2027-03-05"
    told.tell("2027-05-20", "mdt_decision", present=[], reviewed=["step-workup"])
    found = told.alert("2027-05-20", "guard_violated")
    assert found is not None
    assert (found["opens_on"], found["reason"].partition(" is called")[0]) == (
        "2027-05-18",
        "Step 'reassess' of 18 May 2027",
    )
    told.tell("2027-05-20", "mdt_decision", present=[], reviewed=["step-re"])
    assert told.owed("2027-05-20", "guard_violated") is None


@pytest.mark.req("X1")
def test_silence_is_not_looked_into_where_something_is_due_on_that_day() -> None:
    """Nothing else due by then, the day itself included: in diagnosis the primary is owed on the same day."""
    told = registered()
    assert told.owed("2027-03-16", "identify_primary") == ("overdue", "urgent", "2027-03-01", "2027-03-15")
    assert told.owed("2027-03-16", STALLED) is None
    told.tell("2027-03-01", "primary_identified", primary="colorectal", method="colonoscopy")
    assert told.owed("2027-03-16", STALLED) == ("overdue", "routine", "2027-03-15", "2027-03-15")


@pytest.mark.req("X1")
@pytest.mark.parametrize(
    ("entry", "fact", "hangs"),
    [
        case("the fact is later: it alone", "2027-04-01", "2027-04-02", "z-fact"),
        case("both of one day: the lowest id", "2027-04-02", "2027-04-02", "a-entry"),
        case("the fact is earlier: the entry", "2027-04-02", "2027-04-01", "a-entry"),
    ],
)
def test_on_what_silence_hangs(entry: str, fact: str, hangs: str) -> None:
    """On the event from which it is counted; of several the one with the lowest id."""
    told = registered().tell(entry, "taken_over", id="a-entry", state="surveillance")
    told.tell(fact, "visit", id="z-fact", kind="other")
    journey = walk(told.history, date(2027, 4, 3), told.protocol)
    assert journey is not None
    assert [one.hangs_on.id for one in review_stalled(journey, [])] == [hangs]


@pytest.mark.req("X8")
@pytest.mark.parametrize(
    ("lines", "opens"),
    [
        case("nothing yet", [], "2027-05-26"),
        case("operated", [("2027-06-01", "surgery_performed", {"procedure": "resection"})], None),
        case("operated on the bowel", [("2027-06-01", "surgery_performed", {"procedure": "primary"})], "2027-05-26"),
        case("cancelled", [("2027-06-01", "surgery_cancelled", {})], "2027-06-01"),
        case("the liver's cancelled by its name", [("2027-06-01", "surgery_cancelled", {"procedure": "resection"})],
             "2027-06-01"),
        case("the bowel's cancelled", [("2027-06-01", "surgery_cancelled", {"procedure": "primary"})], "2027-05-26"),
        case("cancelled on the day of entry", [("2027-05-26", "surgery_cancelled", {})], "2027-05-26"),
        case("cancelled before it", [("2027-05-25", "surgery_cancelled", {})], "2027-05-26"),
        case("cancelled twice: the last", [("2027-06-01", "surgery_cancelled", {}), ("2027-06-05", "surgery_cancelled", {})],
             "2027-06-05"),
        case("operated in an earlier stay",
             [("2027-06-01", "surgery_performed", {"procedure": "resection"}),
              ("2027-06-05", "recurrence", {"sites": ["liver"]}),
              ("2027-06-06", "taken_over", {"state": "reassessment"}),
              ("2027-06-10", "taken_over", {"state": "resection"})], "2027-06-10"),
        case("operated again",
             [("2027-06-01", "surgery_performed", {"procedure": "resection"}),
              ("2027-06-06", "taken_over", {"state": "reassessment"}),
              ("2027-06-10", "taken_over", {"state": "resection"}),
              ("2027-06-11", "surgery_performed", {"procedure": "resection"})], None),
    ],
)  # fmt: skip
def test_from_what_the_operation_is_awaited(lines: list[tuple[str, str, dict[str, Any]]], opens: str | None) -> None:
    """From the day of entry or the liver's last cancellation in the state, until an operation of this stay."""
    told = resection()
    for day, kind, fields in lines:
        told.tell(day, kind, **fields)
    found = told.owed("2027-06-12", "act_awaited")
    assert (None if found is None else found[2]) == opens


@pytest.mark.req("X8")
@pytest.mark.parametrize(("name", "hangs"), [("a-cancelled", "a-cancelled"), ("z-cancelled", "step-res")])
def test_of_entry_and_cancellation_of_one_day_the_one_with_the_lowest_id_carries_the_operation(
    name: str, hangs: str
) -> None:
    """Both say since when it is awaited."""
    told = resection().tell("2027-05-26", "surgery_cancelled", id=name)
    found = told.alert("2027-05-27", "act_awaited")
    assert found is not None
    assert found["id"] == alert_id("A-100", "act_awaited", hangs)


@pytest.mark.req("X1", "X7")
def test_nothing_is_decided_for_the_dead() -> None:
    """Neither what came back, nor the day that the MDT named, is owed once a patient is closed."""
    told = recurred().tell("2028-06-05", "mdt_decision", present=[], review_on="2028-07-01")
    told.tell("2028-06-06", "recurrence", sites=["lung"])
    assert told.owed("2028-06-07", "mdt_review") is not None
    told.tell("2028-06-07", "died")
    assert told.shown("2028-07-02")["alerts"] == []


@pytest.mark.req("X9")
@pytest.mark.parametrize(
    ("state", "primary", "rising"),
    [
        case("surveillance", "surveillance", "colorectal", True),
        case("adjuvant therapy", "adjuvant", "colorectal", True),
        case("another state", "reassessment", "colorectal", False),
        case("another primary", "surveillance", "gastric", False),
        case("no primary known", "surveillance", None, False),
    ],
)
def test_whose_rise_is_acted_on(state: str, primary: str | None, rising: bool) -> None:
    """Of a colorectal primary, after the operation; also where neither imaging nor a decision was ever recorded."""
    told = registered().tell("2027-04-01", "taken_over", state=state)
    if primary:
        told.tell("2027-04-01", "primary_identified", primary=primary, method="colonoscopy")
    assert told.owed("2027-04-01", "cea_rising") is None
    told.tell("2027-04-02", "cea", ng_per_ml=4).tell("2027-07-02", "cea", ng_per_ml=8)
    found = told.owed("2027-07-02", "cea_rising")
    assert found == (("due", "urgent", "2027-07-02", "2027-07-16") if rising else None)


@pytest.mark.req("X11")
@pytest.mark.parametrize(
    ("primary", "lines", "owed"),
    [
        case("operated on the liver", "colorectal", [], "2027-08-29"),
        case("another primary", "gastric", [], None),
        case("resected with the liver", "colorectal", [("2027-05-31", "surgery_performed", {"procedure": "primary"})], None),
        case("the day the MDT named since", "colorectal",
             [("2027-06-02", "mdt_decision", {"review_on": "2027-07-01"})], "2027-07-01"),
        case("on the day of the operation, too", "colorectal",
             [("2027-05-31", "mdt_decision", {"review_on": "2027-07-01"})], "2027-07-01"),
        case("one from before it does not count", "colorectal",
             [("2027-05-30", "mdt_decision", {"review_on": "2027-07-01"})], "2027-08-29"),
        case("one that names no day changes nothing", "colorectal",
             [("2027-06-02", "mdt_decision", {"review_on": "2027-07-01"}), ("2027-06-03", "mdt_decision", {})],
             "2027-07-01"),
        case("the latest that names one speaks", "colorectal",
             [("2027-06-02", "mdt_decision", {"review_on": "2027-07-01"}),
              ("2027-06-03", "mdt_decision", {"review_on": "2027-07-20"})], "2027-07-20"),
        case("of one day the earlier", "colorectal",
             [("2027-06-03", "mdt_decision", {"review_on": "2027-07-20"}),
              ("2027-06-03", "mdt_decision", {"review_on": "2027-07-01"})], "2027-07-01"),
    ],
)  # fmt: skip
def test_by_when_the_primary_in_place_is_planned(
    primary: str, lines: list[tuple[str, str, dict[str, Any]]], owed: str | None
) -> None:
    """90 days after the last operation (local), or the day that a decision since it named."""
    told = registered().tell("2027-05-01", "primary_identified", primary=primary, method="colonoscopy")
    told.tell("2027-05-31", "surgery_performed", procedure="resection")
    for day, kind, fields in lines:
        told.tell(day, kind, **({"present": [], **fields} if kind == "mdt_decision" else fields))
    found = told.tell("2027-06-10", "taken_over", state="surveillance").owed("2027-06-11", "primary_in_place")
    assert (None if found is None else found[2:]) == (None if owed is None else ("2027-05-31", owed))


@pytest.mark.req("X11")
@pytest.mark.parametrize(
    ("lines", "owed"),
    [
        case("never operated", [], False),
        case("a first stage alone", [("2027-05-31", {"procedure": "two_stage", "stage": 1})], False),
        case("both stages", [("2027-05-31", {"procedure": "two_stage", "stage": 1}),
                             ("2027-06-05", {"procedure": "two_stage", "stage": 2})], True),
    ],
)  # fmt: skip
def test_the_primary_is_planned_once_the_liver_is_done(lines: list[tuple[str, dict[str, Any]]], owed: bool) -> None:
    """Taken over into surveillance from a stay in resection."""
    told = registered().tell("2027-05-01", "primary_identified", primary="colorectal", method="colonoscopy")
    told.tell("2027-05-30", "taken_over", state="resection")
    for day, fields in lines:
        told.tell(day, "surgery_performed", **fields)
    told.tell("2027-06-10", "taken_over", state="surveillance")
    assert (told.owed("2027-06-11", "primary_in_place") is not None) is owed


@pytest.mark.req("X10")
@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        case("no ECOG", "imaging", {"modality": "ct", "purpose": "other"},
             "ECOG not recorded: record by 8 Sep 2027 what is at most 56 days old at the operation on 15 Sep 2027"),
        case("no imaging", "performance_status", {"ecog": 1},
             "Imaging not recorded: record by 8 Sep 2027 what is at most 56 days old at the operation on 15 Sep "
             "2027"),
        case("an ultrasound is none", "imaging", {"modality": "ultrasound", "purpose": "other"},
             "Imaging not recorded and ECOG not recorded: record by 8 Sep 2027 what is at most 56 days old at "
             "the operation on 15 Sep 2027"),
    ],
)  # fmt: skip
def test_what_is_needed_before_an_operation_in_words(kind: str, fields: dict[str, Any], said: str) -> None:
    """What was never recorded is asked for beside what is fresh."""
    told = registered().tell("2027-05-01", "taken_over", state="resection").tell("2027-09-01", kind, **fields)
    told.tell("2027-05-27", "surgery_planned", planned_for="2027-09-15", procedure="resection")
    found = told.alert("2027-09-02", STALE)
    assert found is not None
    assert found["reason"] == said


@pytest.mark.req("X6", "X8")
@pytest.mark.parametrize(
    ("day", "hangs"),
    [
        case("cancelled before the state", "2027-05-25", "step-res"),
        case("on the day of entry: both say since when, the lowest id", "2027-05-26", "step-res"),
        case("later", "2027-05-27", "z-off"),
    ],
)
def test_on_what_the_awaited_operation_hangs(day: str, hangs: str) -> None:
    """On the last cancellation in the state, else on the event that led into it."""
    told = resection().tell(day, "surgery_cancelled", id="z-off")
    journey = walk(told.history, date(2027, 5, 28), told.protocol)
    assert journey is not None
    assert [one.hangs_on.id for one in act_awaited(journey)] == [hangs]
