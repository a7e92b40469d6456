"""G. After resection."""

import pytest

from tests.histories import TEAM, Story, adjuvant, decided, operated, registered, resection
from tests.spec.case import case


@pytest.mark.req("G1")
def test_the_six_months_are_counted_in_days_of_treatment() -> None:
    """20 March to 28 May are 69 of the 184 days to 20 September: 115 are left, from 1 September to 25 December."""
    told = adjuvant()
    assert told.owed("2027-09-02", "perioperative_complete") == ("upcoming", "routine", "2027-12-11", "2027-12-25")
    assert told.owed("2027-12-11", "perioperative_complete") == ("due", "routine", "2027-12-11", "2027-12-25")
    assert told.owed("2027-12-26", "perioperative_complete") == ("overdue", "routine", "2027-12-11", "2027-12-25")
    assert operated().verdict("2027-07-20", "start_adjuvant", "G1") == (
        "met",
        "115 days are left of 6 months of chemotherapy",
    )


def _lines(told: Story, *lines: tuple[str, str | None]) -> Story:
    """Lines of therapy from a start to a stop, then an operation on 1 January 2028."""
    for start, stop in lines:
        told.tell(start, "systemic_started", intent="neoadjuvant", regimen="FOLFIRI")
        if stop:
            told.tell(stop, "systemic_stopped", reason="pause")
    told.tell("2028-01-01", "taken_over", state="resection")
    return told.tell("2028-01-01", "surgery_performed", id="op", procedure="resection")


@pytest.mark.req("G1")
@pytest.mark.parametrize(
    ("lines", "left"),
    [
        case("a pause is no treatment", [("2027-03-20", "2027-04-24"), ("2027-06-01", "2027-07-20")], 184 - 35 - 49),
        case(
            "without a stop a line lasts to the next",
            [("2027-03-20", None), ("2027-06-01", "2027-07-20")],
            184 - 73 - 49,
        ),
        case("the last without a stop or cycle lasts to the operation", [("2027-11-01", None)], 182 - 61),
        case("six calendar months from 31 August", [("2027-08-31", "2027-09-30")], 182 - 30),
        case("everything used", [("2027-03-20", "2027-12-20")], None),
    ],
)
def test_what_is_left_of_the_six_months(lines: list[tuple[str, str | None]], left: int | None) -> None:
    """Six calendar months from the first line, less each line's days; pauses are not counted."""
    told = _lines(registered(), *lines)
    verdict, reason = told.verdict("2028-01-05", "start_adjuvant", "G1")
    if left is None:
        assert (verdict, reason) == (
            "not_met",
            "The 6 months of chemotherapy were given before the operation: nothing is left",
        )
        assert told.option("2028-01-05", "begin_surveillance")["allowed"] is True
    else:
        assert (verdict, reason) == ("met", f"{left} days are left of 6 months of chemotherapy")


@pytest.mark.req("G1")
def test_cycles_end_a_line_and_progression_does_not_count() -> None:
    """To the last cycle where nothing else ends it; a line whose last response was progression is not counted."""
    told = registered().tell("2027-03-20", "systemic_started", intent="neoadjuvant", regimen="FOLFOX")
    told.tell("2027-05-01", "imaging", modality="ct", purpose="other", response="progression")
    told.tell("2027-06-01", "systemic_started", intent="neoadjuvant", regimen="FOLFIRI")
    told.tell("2027-08-01", "cycle_given", number=5)
    told.tell("2028-01-01", "taken_over", state="resection")
    told.tell("2028-01-01", "surgery_performed", procedure="resection")
    assert (
        told.verdict("2028-01-05", "start_adjuvant", "G1")[1] == f"{184 - 61} days are left of 6 months of chemotherapy"
    )


@pytest.mark.req("G1")
def test_no_line_before_leaves_all_six_months_and_before_the_operation_nothing_is_known() -> None:
    """No line: six calendar months; not yet operated: unknown."""
    told = registered().tell("2027-08-31", "taken_over", state="resection")
    assert told.verdict("2027-09-01", "start_adjuvant", "G1")[0] == "unknown"
    told.tell("2027-08-31", "surgery_performed", procedure="resection")
    assert told.verdict("2027-09-01", "start_adjuvant", "G1") == (
        "met",
        "No chemotherapy before the operation: all 6 months are left",
    )
    told.step("2027-10-31", "start_adjuvant")
    assert told.owed("2027-11-01", "perioperative_complete") == ("upcoming", "routine", "2028-04-16", "2028-04-30")


@pytest.mark.req("G1")
@pytest.mark.parametrize(
    ("stop", "day", "allowed"),
    [
        case("a day before they are complete", None, "2027-12-24", False),
        case("complete", None, "2027-12-25", True),
        case("stopped with a reason", {"reason": "neuropathy"}, "2027-11-01", True),
        case("stopped without a reason", {}, "2027-11-01", False),
        case("the biologic alone stopped", {"reason": "rash", "what": "biologic"}, "2027-11-01", False),
    ],
)
def test_surveillance_begins_when_they_are_complete_or_stopped(
    stop: dict[str, str] | None, day: str, allowed: bool
) -> None:
    """From adjuvant therapy: the six months complete, or all of it stopped with a reason."""
    told = adjuvant()
    if stop is not None:
        told.tell("2027-11-01", "systemic_stopped", **stop)
    assert told.option(day, "begin_surveillance")["allowed"] is allowed


@pytest.mark.req("G2")
@pytest.mark.parametrize(
    ("regimen", "biologic", "counted"),
    [
        case("the same", "FOLFIRI", "panitumumab", False),
        case("in other letters", "folfiri", "panitumumab", False),
        case("the biologic left out", "FOLFIRI", None, False),
        case("another regimen", "FOLFOX", "panitumumab", True),
        case("another biologic", "FOLFIRI", "cetuximab", True),
    ],
)
def test_the_same_regimen_that_worked_before(regimen: str, biologic: str | None, counted: bool) -> None:
    """It is shown; another one is a deviation with its reason, leaving the biologic out is none."""
    told = operated()
    assert "G2" in told.suggested("2027-07-20")
    fields = {"biologic": biologic} if biologic else {}
    told.tell("2027-09-01", "systemic_started", intent="adjuvant", regimen=regimen, **fields)
    assert (("2027-09-01", "G2") in told.deviations("2027-09-02")) is counted


def _planned(day: str, *, dose: str | None = None, procedure: str = "resection") -> Story:
    """Bevacizumab running, an operation planned on 27 May for a day."""
    told = resection(biologic="bevacizumab", regimen="FOLFOXIRI")
    if dose:
        told.tell(dose, "cycle_given", number=9)
    return told.tell("2027-05-27", "surgery_planned", id="plan", planned_for=day, procedure=procedure)


@pytest.mark.req("G3")
@pytest.mark.parametrize(
    ("day", "status"),
    [
        case("a day before it opens", "2027-05-19", "upcoming"),
        case("14 days before", "2027-05-20", "due"),
        case("42 days before the operation", "2027-06-03", "due"),
        case("a day later", "2027-06-04", "overdue"),
    ],
)
def test_bevacizumab_stops_six_weeks_before_surgery(day: str, status: str) -> None:
    """`bevacizumab_hold`: due 42 days before the planned day, while the therapy has it and it is not stopped."""
    told = resection(biologic="bevacizumab", regimen="FOLFOXIRI")
    told.tell("2027-05-18", "surgery_planned", planned_for="2027-07-15", procedure="resection")
    assert told.owed(day, "bevacizumab_hold") == (status, "routine", "2027-05-20", "2027-06-03")
    told.tell("2027-05-19", "systemic_stopped", what="biologic")
    assert told.owed(day, "bevacizumab_hold") is None


@pytest.mark.req("G3")
@pytest.mark.parametrize(
    ("planned", "conflict"),
    [
        case("day 41 after the last dose", "2027-06-11", True),
        case("day 42: that day itself is safe", "2027-06-12", False),
    ],
)
@pytest.mark.parametrize("procedure", ["resection", "primary", "other"])
def test_an_operation_inside_the_six_weeks_is_a_conflict(planned: str, conflict: bool, procedure: str) -> None:
    """`bevacizumab_conflict`: urgent, whatever is operated; the reason names the first safe day."""
    told = _planned(planned, procedure=procedure)  # the last cycle was on 1 May
    assert (told.owed("2027-05-28", "bevacizumab_conflict") is not None) is conflict
    if conflict:
        found = told.alert("2027-05-28", "bevacizumab_conflict")
        assert found is not None
        assert (found["severity"], found["opens_on"], found["due_on"]) == ("urgent", "2027-05-27", "2027-05-27")
        assert found["reason"] == (
            "Operation planned for 11 Jun 2027, last bevacizumab 1 May 2027: the first safe day is 12 Jun 2027. "
            "Move the operation"
        )


@pytest.mark.req("G3")
def test_moving_the_date_moves_the_alert() -> None:
    """A later plan of its kind replaces the one before."""
    told = _planned("2027-06-11").tell("2027-05-28", "surgery_planned", planned_for="2027-07-20", procedure="resection")
    assert told.owed("2027-05-29", "bevacizumab_conflict") is None
    assert told.owed("2027-05-29", "bevacizumab_hold") == ("due", "routine", "2027-05-25", "2027-06-08")


@pytest.mark.req("G3")
@pytest.mark.parametrize(
    ("told", "safe"),
    [
        case("a stop 28 days after the dose: the dose counts", [("2027-05-29", "systemic_stopped", {})], "12 Jun 2027"),
        case(
            "a stop 29 days after it is itself the last dose", [("2027-05-30", "systemic_stopped", {})], "11 Jul 2027"
        ),
        case(
            "unless it states the last dose",
            [("2027-05-30", "systemic_stopped", {"last_dose": "2027-05-10"})],
            "21 Jun 2027",
        ),
        case(
            "a cycle after the stop counts when it says so",
            [
                ("2027-05-20", "systemic_stopped", {"what": "biologic"}),
                ("2027-05-28", "cycle_given", {"number": 5, "biologic_given": True}),
            ],
            "9 Jul 2027",
        ),
        case(
            "a cycle after the stop does not by itself",
            [("2027-05-20", "systemic_stopped", {"what": "biologic"}), ("2027-05-28", "cycle_given", {"number": 5})],
            "12 Jun 2027",
        ),
        case(
            "a cycle without it does not",
            [("2027-05-28", "cycle_given", {"number": 5, "biologic_given": False})],
            "12 Jun 2027",
        ),
    ],
)
def test_which_dose_is_the_last(told: list[tuple[str, str, dict[str, object]]], safe: str) -> None:
    """Cycles, stated last doses; a stop with no dose in the 28 days before it is taken for one (local)."""
    story = resection(biologic="bevacizumab", regimen="FOLFOXIRI")
    for day, kind, fields in told:
        story.tell(day, kind, **fields)
    story.tell("2027-05-31", "surgery_planned", planned_for="2027-06-02", procedure="resection")
    found = story.alert("2027-06-01", "bevacizumab_conflict")
    assert found is not None
    assert f"the first safe day is {safe}" in found["reason"]


@pytest.mark.req("G3")
@pytest.mark.parametrize(
    ("day", "counted"), [case("41 days after", "2027-06-11", True), case("42 days after", "2027-06-12", False)]
)
def test_an_operation_too_soon_after_a_dose_is_a_deviation(day: str, counted: bool) -> None:
    """Any operation less than 42 days after a dose."""
    told = resection(biologic="bevacizumab", regimen="FOLFOXIRI").tell(day, "surgery_performed", procedure="resection")
    assert ((day, "G3") in told.deviations(day)) is counted


@pytest.mark.req("G4")
@pytest.mark.parametrize(
    ("biologic", "opens"),
    [case("with bevacizumab before", "bevacizumab", "2027-08-26"), case("without", "panitumumab", "2027-08-12")],
)
def test_adjuvant_therapy_begins_in_its_window(biologic: str, opens: str) -> None:
    """`adjuvant_start`: from 42 days after surgery (28 without bevacizumab, local), due after 56."""
    from datetime import date, timedelta

    told = operated(biologic=biologic)
    before = (date.fromisoformat(opens) - timedelta(days=1)).isoformat()
    assert told.owed(before, "adjuvant_start") == ("upcoming", "routine", opens, "2027-09-09")
    assert told.owed(opens, "adjuvant_start") == ("due", "routine", opens, "2027-09-09")
    assert told.owed("2027-09-09", "adjuvant_start") == ("due", "routine", opens, "2027-09-09")
    assert told.owed("2027-09-10", "adjuvant_start") == ("overdue", "routine", opens, "2027-09-09")
    told.tell("2027-09-09", "systemic_started", intent="adjuvant", regimen="FOLFIRI")
    assert told.owed("2027-09-10", "adjuvant_start") is None


@pytest.mark.req("G4")
@pytest.mark.parametrize(
    ("biologic", "start", "counted"),
    [
        case("day 41 with bevacizumab before", "bevacizumab", "2027-08-25", True),
        case("day 42", "bevacizumab", "2027-08-26", False),
        case("day 41 without", "panitumumab", "2027-08-25", False),
    ],
)
def test_a_start_too_early_with_bevacizumab_is_flagged(biologic: str, start: str, counted: bool) -> None:
    """Less than 42 days after the operation when it or the line before has bevacizumab: a deviation."""
    told = operated(biologic=biologic).tell(start, "systemic_started", intent="adjuvant", regimen="FOLFIRI")
    assert ((start, "G4") in told.deviations(start)) is counted


@pytest.mark.req("G1")
def test_after_r2_only_the_whole_team_ends_it() -> None:
    """Margin R2: surveillance needs a quorate decision with this plan; the way back is open."""
    told = operated(margin="R2")
    assert told.option("2027-07-20", "abandon_resection")["allowed"] is True
    assert told.verdict("2027-07-20", "begin_surveillance", "fact") == (
        "not_met",
        "Margin R2 (15 Jul 2027): only the whole MDT can decide on surveillance",
    )
    decided(told, "2027-07-21", "begin_surveillance")
    assert told.option("2027-07-21", "begin_surveillance")["allowed"] is True


@pytest.mark.req("G1")
@pytest.mark.parametrize(
    ("lines", "left"),
    [
        case("without a stop a line lasts to its last cycle",
             [("2027-03-20", "systemic_started", {"intent": "neoadjuvant"}), ("2027-03-20", "cycle_given", {}),
              ("2027-05-20", "cycle_given", {})], 184 - 61),
        case("the last of two stops counts",
             [("2027-03-20", "systemic_started", {"intent": "neoadjuvant"}), ("2027-04-20", "systemic_stopped", {}),
              ("2027-05-20", "systemic_stopped", {})], 184 - 61),
        case("a stop of the biologic is none",
             [("2027-03-20", "systemic_started", {"intent": "neoadjuvant"}), ("2027-05-20", "cycle_given", {}),
              ("2027-06-20", "systemic_stopped", {"what": "biologic"})], 184 - 61),
        case("a continued line counts like a neoadjuvant one",
             [("2027-03-20", "systemic_started", {"intent": "continued"}), ("2027-05-20", "systemic_stopped", {})],
             184 - 61),
        case("adjuvant therapy from before the operation does not",
             [("2027-03-20", "systemic_started", {"intent": "adjuvant"}), ("2027-05-20", "systemic_stopped", {})], None),
        case("all lines failed: everything is left",
             [("2027-03-20", "systemic_started", {"intent": "neoadjuvant"}),
              ("2027-05-20", "imaging", {"response": "progression"})], 184),
        case("progression, then a response: it counts",
             [("2027-03-20", "systemic_started", {"intent": "neoadjuvant"}),
              ("2027-04-20", "imaging", {"response": "progression"}),
              ("2027-05-01", "imaging", {"response": "partial"}), ("2027-05-20", "systemic_stopped", {})], 184 - 61),
        case("progression on the day the next line starts is the first one's",
             [("2027-03-20", "systemic_started", {"intent": "neoadjuvant"}),
              ("2027-05-20", "imaging", {"response": "progression"}),
              ("2027-05-20", "systemic_started", {"intent": "neoadjuvant"}),
              ("2027-06-20", "systemic_stopped", {})], 184 - 31),
        case("the six months run from the first line, also where it failed",
             [("2027-08-31", "systemic_started", {"intent": "neoadjuvant"}),
              ("2027-09-30", "imaging", {"response": "progression"}),
              ("2027-10-01", "systemic_started", {"intent": "neoadjuvant"}),
              ("2027-11-01", "systemic_stopped", {})], 182 - 31),
        case("of three lines each to its own stop",
             [("2027-03-20", "systemic_started", {"intent": "neoadjuvant"}), ("2027-04-01", "systemic_stopped", {}),
              ("2027-05-01", "systemic_started", {"intent": "neoadjuvant"}), ("2027-05-11", "systemic_stopped", {}),
              ("2027-06-01", "systemic_started", {"intent": "neoadjuvant"}), ("2027-06-11", "systemic_stopped", {})],
             184 - 12 - 10 - 10),
        case("a stop of its first day is not its own",
             [("2027-03-20", "systemic_started", {"intent": "neoadjuvant"}), ("2027-03-20", "systemic_stopped", {}),
              ("2027-05-20", "cycle_given", {})], 184 - 61),
        case("a stop on the day of the operation is its own",
             [("2027-10-01", "systemic_started", {"intent": "neoadjuvant"}), ("2027-11-01", "cycle_given", {}),
              ("2028-01-01", "systemic_stopped", {})], 183 - 92),
        case("so is a cycle of that day",
             [("2027-10-01", "systemic_started", {"intent": "neoadjuvant"}), ("2027-11-01", "cycle_given", {}),
              ("2028-01-01", "cycle_given", {})], 183 - 92),
        case("a line begun on the day of the operation has used nothing",
             [("2028-01-01", "systemic_started", {"intent": "neoadjuvant"})], 182),
        case("nor does a response after it mend what progressed before",
             [("2027-03-20", "systemic_started", {"intent": "neoadjuvant"}),
              ("2027-05-20", "imaging", {"response": "progression"}),
              ("2028-01-02", "imaging", {"response": "partial"})], 184),
        case("progression after the operation does not undo it",
             [("2027-03-20", "systemic_started", {"intent": "neoadjuvant"}), ("2027-05-20", "systemic_stopped", {}),
              ("2028-01-02", "imaging", {"response": "progression"})], 184 - 61),
        case("the leap day is one of them",
             [("2027-09-29", "systemic_started", {"intent": "neoadjuvant"}), ("2027-10-29", "systemic_stopped", {})],
             182 - 30),
    ],
)  # fmt: skip
def test_what_each_line_uses(lines: list[tuple[str, str, dict[str, object]]], left: int | None) -> None:
    """To its last stop, else to the next line, else to its last cycle; not where its last response was progression."""
    needed: dict[str, dict[str, object]] = {
        "systemic_started": {"regimen": "FOLFIRI"},
        "cycle_given": {"number": 1},
        "imaging": {"modality": "ct", "purpose": "other"},
    }
    told = registered()
    for day, kind, fields in lines:
        told.tell(day, kind, **needed.get(kind, {}), **fields)
    told.tell("2028-01-01", "taken_over", state="resection")
    told.tell("2028-01-01", "surgery_performed", procedure="resection")
    words = "No chemotherapy before the operation: all 6 months are left"
    if left is not None:
        words = f"{left} days are left of 6 months of chemotherapy"
    assert told.verdict("2028-01-02", "start_adjuvant", "G1") == ("met", words)


@pytest.mark.req("G1", "E2")
def test_a_line_between_two_stages_counts() -> None:
    """The stages of one stay are one operation: what was given between them was given before it."""
    told = registered().tell("2027-03-20", "systemic_started", intent="neoadjuvant", regimen="FOLFOX")
    told.tell("2027-05-20", "systemic_stopped")
    told.tell("2027-06-01", "taken_over", state="resection")
    told.tell("2027-06-10", "surgery_performed", procedure="two_stage", stage=1)
    told.tell("2027-07-01", "systemic_started", intent="continued", regimen="FOLFOX")
    told.tell("2027-07-21", "systemic_stopped")
    assert told.verdict("2027-08-01", "start_adjuvant", "G1") == (
        "unknown",
        "Not operated yet, so what is left of the 6 months is not known: record the operation once it is done",
    )
    told.tell("2027-08-10", "surgery_performed", procedure="two_stage", stage=2)
    assert told.verdict("2027-08-11", "start_adjuvant", "G1") == (
        "met",
        f"{184 - 61 - 20} days are left of 6 months of chemotherapy",
    )


@pytest.mark.req("G1")
@pytest.mark.parametrize(
    ("stop", "verdict", "reason"),
    [
        case("two days left", "2027-09-18", "met", "2 days are left of 6 months of chemotherapy"),
        pytest.param(
            "2027-09-19",
            "met",
            "1 day is left of 6 months of chemotherapy",
            id="one day left",
        ),
        case("none left", "2027-09-20", "not_met",
             "The 6 months of chemotherapy were given before the operation: nothing is left"),
        case("more than six months", "2027-10-20", "not_met",
             "The 6 months of chemotherapy were given before the operation: nothing is left"),
    ],
)  # fmt: skip
def test_the_boundary_of_the_six_months_in_words(stop: str, verdict: str, reason: str) -> None:
    """20 March to 20 September are 184 days: the last of them decides whether adjuvant therapy is open."""
    told = registered().tell("2027-03-20", "systemic_started", intent="neoadjuvant", regimen="FOLFOX")
    told.tell(stop, "systemic_stopped")
    told.tell("2027-11-01", "taken_over", state="resection").tell(
        "2027-11-01", "surgery_performed", procedure="resection"
    )
    assert told.verdict("2027-11-02", "start_adjuvant", "G1") == (verdict, reason)
    assert told.option("2027-11-02", "begin_surveillance")["allowed"] is (verdict == "not_met")
    assert (told.owed("2027-11-02", "adjuvant_start") is None) is (verdict == "not_met")


@pytest.mark.req("G1")
def test_with_nothing_left_adjuvant_therapy_needs_an_override() -> None:
    """Nothing left: the step is refused; with a reason it stands, is counted, and its end is its start."""
    told = registered().tell("2027-03-20", "systemic_started", intent="neoadjuvant", regimen="FOLFOX")
    told.tell("2027-09-25", "systemic_stopped")
    told.tell("2027-11-01", "taken_over", state="resection").tell(
        "2027-11-01", "surgery_performed", procedure="resection"
    )
    assert "nothing is left" in told.refused("2027-12-20", "advanced", trigger="start_adjuvant")
    told.step("2027-12-20", "start_adjuvant", override={"reason": "R1", "by": "dr.a"})
    assert told.deviations("2027-12-21") == [("2027-12-20", "G1")]
    assert told.owed("2027-12-21", "perioperative_complete") == ("overdue", "routine", "2027-12-06", "2027-12-20")
    told.tell("2028-01-05", "systemic_started", intent="adjuvant", regimen="FOLFOX")
    assert told.owed("2028-01-05", "perioperative_complete") == ("due", "routine", "2027-12-22", "2028-01-05")


@pytest.mark.req("G1")
def test_an_earlier_stop_brings_the_end_forward() -> None:
    """Due on the day of the first stop of all in this state; the words say that it came early."""
    told = adjuvant().tell("2027-11-01", "systemic_stopped", what="biologic")
    assert told.owed("2027-11-02", "perioperative_complete") == ("upcoming", "routine", "2027-12-11", "2027-12-25")
    told.tell("2027-11-10", "systemic_stopped")
    assert told.owed("2027-11-11", "perioperative_complete") == ("overdue", "routine", "2027-10-27", "2027-11-10")
    found = told.alert("2027-11-11", "perioperative_complete")
    assert found is not None
    assert found["reason"] == (
        "Adjuvant therapy stopped before its 6 months were over, on 10 Nov 2027: plan the follow-up"
    )
    told.tell("2027-11-12", "corrected", event=told.history.events[-1].id)
    found = told.alert("2027-11-12", "perioperative_complete")
    assert found is not None
    assert found["reason"] == "The 6 months of chemotherapy are complete on 25 Dec 2027: plan the follow-up"


@pytest.mark.req("G1")
@pytest.mark.parametrize(
    ("tell", "allowed", "reason"),
    [
        case("something left, no plan", {}, False,
             "115 days are left of 6 months of chemotherapy: surveillance now only if the whole MDT decides on it"),
        case("the whole MDT plans it", {"plan": "begin_surveillance"}, True, "The MDT of 20 Jul 2027 plans surveillance"),
        case("a decision that names no step", {"plan": None}, False,
             "115 days are left of 6 months of chemotherapy: surveillance now only if the whole MDT decides on it"),
        case("half an MDT plans it", {"plan": "begin_surveillance", "present": ["medical_oncologist"]}, False,
             "115 days are left of 6 months of chemotherapy: surveillance now only if the whole MDT decides on it"),
    ],
)  # fmt: skip
def test_straight_to_surveillance_after_the_operation(tell: dict[str, object], allowed: bool, reason: str) -> None:
    """Nothing left of the six months, or a quorate decision with this plan."""
    told = operated()
    if tell:
        fields = {"present": TEAM, **{name: value for name, value in tell.items() if value is not None}}
        told.tell("2027-07-20", "mdt_decision", **fields)
    assert told.option("2027-07-21", "begin_surveillance")["allowed"] is allowed
    assert told.verdict("2027-07-21", "begin_surveillance", "fact")[1] == reason


@pytest.mark.req("G2")
def test_the_regimen_that_worked_is_named() -> None:
    """With its biologic; another one is counted in words."""
    told = operated()
    found = next(one for one in told.shown("2027-07-20")["suggestions"] if one["id"] == "G2")
    assert found["text"] == "After the operation the same regimen as before it: FOLFIRI + panitumumab"
    told.tell("2027-09-01", "systemic_started", intent="adjuvant", regimen="FOLFOX", deviation_reason="diarrhoea")
    found = next(one for one in told.shown("2027-09-02")["deviations"] if one["id"] == "G2")
    assert (found["what"], found["reason"]) == (
        "Adjuvant FOLFOX; before the operation it was FOLFIRI + panitumumab",
        "diarrhoea",
    )


@pytest.mark.req("G2")
def test_without_a_line_before_nothing_is_compared() -> None:
    """The last line before that operation and after the previous one; without one any regimen goes."""
    told = registered().tell("2027-05-01", "taken_over", state="resection")
    told.tell("2027-05-10", "surgery_performed", procedure="resection")
    assert "G2" not in told.suggested("2027-05-11")
    told.tell("2027-07-01", "systemic_started", intent="adjuvant", regimen="FOLFOX", biologic="bevacizumab")
    assert told.deviations("2027-07-02") == []


@pytest.mark.req("G3")
def test_the_words_of_the_hold_and_of_an_operation_too_soon() -> None:
    """The planned day, the last day for bevacizumab, and what is counted when it was not kept."""
    told = _planned("2027-07-15")
    found = told.alert("2027-05-28", "bevacizumab_hold")
    assert found is not None
    assert found["reason"] == (
        "Operation planned for 15 Jul 2027: last bevacizumab by 3 Jun 2027, 42 days before; record the stop"
    )
    told.tell("2027-06-05", "cycle_given", number=6).tell("2027-07-15", "surgery_performed", procedure="resection")
    found = next(one for one in told.shown("2027-07-16")["deviations"] if one["id"] == "G3")
    assert found["what"] == "Operated 40 days after bevacizumab (5 Jun 2027); 42 are needed"


@pytest.mark.req("G3")
@pytest.mark.parametrize(
    ("dose", "day"),
    [
        case("planned after the dose: the day of the plan", "2027-05-20", "2027-05-27"),
        case("a dose after the plan: its day", "2027-05-29", "2027-05-29"),
    ],
)
def test_a_conflict_begins_with_the_later_of_plan_and_dose(dose: str, day: str) -> None:
    """`bevacizumab_conflict` opens and is due on that day."""
    told = _planned("2027-06-20", dose=dose)
    assert told.owed("2027-05-29", "bevacizumab_conflict") == (
        "due" if day == "2027-05-29" else "overdue",
        "urgent",
        day,
        day,
    )


@pytest.mark.req("G3")
@pytest.mark.parametrize(
    ("lines", "safe"),
    [
        case("a start without any dose is itself taken for one",
             [("2027-05-02", "systemic_started", {"intent": "continued"})], "13 Jun 2027"),
        case("another therapy began, its day counts where no dose lies in the 28 days before",
             [("2027-03-02", "systemic_started", {"intent": "continued"}),
              ("2027-05-15", "systemic_started", {"intent": "continued", "biologic": None})], "26 Jun 2027"),
        case("a dose 28 days before the next therapy counts instead",
             [("2027-03-02", "systemic_started", {"intent": "continued"}), ("2027-04-17", "cycle_given", {}),
              ("2027-05-15", "systemic_started", {"intent": "continued", "biologic": None})], "29 May 2027"),
        case("adjuvant bevacizumab counts too",
             [("2027-05-02", "systemic_started", {"intent": "adjuvant"})], "13 Jun 2027"),
        case("a stop on the day of the next start belongs to the one before",
             [("2027-03-02", "systemic_started", {"intent": "continued"}),
              ("2027-05-15", "systemic_started", {"intent": "continued", "biologic": None}),
              ("2027-05-15", "systemic_stopped", {"last_dose": "2027-05-05"})], "16 Jun 2027"),
        case("a cycle on the day of the stop is a dose",
             [("2027-03-02", "systemic_started", {"intent": "continued"}), ("2027-05-10", "cycle_given", {}),
              ("2027-05-10", "systemic_stopped", {"what": "biologic"})], "21 Jun 2027"),
        case("a second stop that states a later dose",
             [("2027-03-02", "systemic_started", {"intent": "continued"}), ("2027-05-01", "cycle_given", {}),
              ("2027-05-10", "systemic_stopped", {"what": "biologic"}),
              ("2027-05-15", "systemic_stopped", {"last_dose": "2027-05-08"})], "19 Jun 2027"),
        case("a cycle of the next therapy is none of its doses",
             [("2027-03-02", "systemic_started", {"intent": "continued"}),
              ("2027-04-10", "systemic_started", {"intent": "continued", "biologic": None}),
              ("2027-05-10", "cycle_given", {})], "22 May 2027"),
        case("nor is one of the day on which the next therapy starts",
             [("2027-03-02", "systemic_started", {"intent": "continued"}), ("2027-04-20", "cycle_given", {}),
              ("2027-05-01", "systemic_started", {"intent": "continued", "biologic": None}),
              ("2027-05-01", "cycle_given", {})], "1 Jun 2027"),
        case("a cycle of its first day is its own",
             [("2027-04-10", "systemic_started", {"intent": "continued"}), ("2027-04-10", "cycle_given", {}),
              ("2027-05-08", "systemic_stopped", {})], "22 May 2027"),
        case("a stop of its first day is not its own: a cycle after it is a dose",
             [("2027-03-02", "systemic_started", {"intent": "continued"}), ("2027-03-02", "systemic_stopped", {}),
              ("2027-05-01", "cycle_given", {})], "12 Jun 2027"),
        case("a cycle on the day of a stop that states an earlier dose",
             [("2027-03-02", "systemic_started", {"intent": "continued"}), ("2027-05-10", "cycle_given", {}),
              ("2027-05-10", "systemic_stopped", {"last_dose": "2027-05-05"})], "21 Jun 2027"),
        case("a dose stated from more than 28 days before the stop stands for itself",
             [("2027-03-02", "systemic_started", {"intent": "continued"}),
              ("2027-05-15", "systemic_stopped", {"last_dose": "2027-04-12"})], "24 May 2027"),
    ],
)  # fmt: skip
def test_the_last_dose_where_nobody_wrote_it_down(lines: list[tuple[str, str, dict[str, object]]], safe: str) -> None:
    """Over every start with it, of any intent, until the next one; the latest of all counts."""
    told = registered().tell("2027-03-02", "primary_identified", primary="colorectal", method="colonoscopy")
    for day, kind, fields in lines:
        needed: dict[str, object] = {}
        if kind == "systemic_started":
            needed = {"regimen": "FOLFOX", "biologic": "bevacizumab"}
        if kind == "cycle_given":
            needed = {"number": 1}
        told.tell(day, kind, **{**needed, **fields})
    told.tell("2027-05-20", "surgery_planned", planned_for="2027-05-21", procedure="primary")
    found = told.alert("2027-05-20", "bevacizumab_conflict")
    assert found is not None
    assert f"the first safe day is {safe}" in found["reason"]


@pytest.mark.req("G3")
@pytest.mark.parametrize(
    ("lines", "runs"),
    [
        case("begun", [], True),
        case("the biologic stopped", [("2027-05-10", "systemic_stopped", {"what": "biologic"})], False),
        case("all stopped", [("2027-05-10", "systemic_stopped", {})], False),
        case("given again after the stop",
             [("2027-05-10", "systemic_stopped", {}), ("2027-05-11", "cycle_given", {"biologic_given": True})], True),
        case("a cycle after the stop that does not say so",
             [("2027-05-10", "systemic_stopped", {}), ("2027-05-11", "cycle_given", {})], False),
        case("given on the day of the stop is not after it",
             [("2027-05-10", "systemic_stopped", {}), ("2027-05-10", "cycle_given", {"biologic_given": True})], False),
        case("given between two stops is not after the last",
             [("2027-05-10", "systemic_stopped", {"what": "biologic"}),
              ("2027-05-11", "cycle_given", {"biologic_given": True}), ("2027-05-12", "systemic_stopped", {})], False),
        case("another therapy without it",
             [("2027-05-10", "systemic_started", {"intent": "continued", "regimen": "FOLFOX"})], False),
        case("stopped on the day it began: that stop is the one before's",
             [("2027-05-10", "systemic_started",
               {"intent": "continued", "regimen": "FOLFOX", "biologic": "bevacizumab"}),
              ("2027-05-10", "systemic_stopped", {})], True),
    ],
)  # fmt: skip
def test_while_bevacizumab_runs_the_hold_is_owed(lines: list[tuple[str, str, dict[str, object]]], runs: bool) -> None:
    """It runs while the latest therapy has it and it is not stopped, or was given after the stop."""
    told = _planned("2027-12-15")
    for day, kind, fields in lines:
        told.tell(day, kind, **({"number": 9, **fields} if kind == "cycle_given" else fields))
    assert (told.owed("2027-05-28", "bevacizumab_hold") is not None) is runs


@pytest.mark.req("G4")
def test_the_words_of_the_adjuvant_window() -> None:
    """From when to when; a start too early in days."""
    told = operated(biologic="bevacizumab")
    found = told.alert("2027-07-16", "adjuvant_start")
    assert found is not None
    assert found["reason"] == "Operated 15 Jul 2027: begin adjuvant therapy between 26 Aug 2027 and 9 Sep 2027"
    told.tell("2027-08-25", "systemic_started", intent="adjuvant", regimen="FOLFIRI")
    found = next(one for one in told.shown("2027-08-26")["deviations"] if one["id"] == "G4")
    assert found["what"] == "Adjuvant therapy 41 days after the operation; with bevacizumab not before day 42"


@pytest.mark.req("G4", "I1")
def test_neuroendocrine_tumours_get_no_adjuvant_therapy_asked_for() -> None:
    """`adjuvant_start` is not raised for a neuroendocrine primary."""
    told = registered().tell("2027-03-02", "primary_identified", primary="neuroendocrine", method="liver_biopsy")
    told.tell("2027-05-01", "taken_over", state="resection").tell(
        "2027-05-10", "surgery_performed", procedure="resection"
    )
    assert told.owed("2027-07-01", "adjuvant_start") is None


@pytest.mark.req("G1")
@pytest.mark.parametrize(
    ("tell", "reason"),
    [
        case("nothing", [],
             "No cancellation, recurrence, progression or margin R2 recorded since 26 May 2027: record what happened"),
        case("cancelled", [("surgery_cancelled", {})], "Operation cancelled on 1 Jun 2027"),
        case("the bowel operation cancelled", [("surgery_cancelled", {"procedure": "primary"})],
             "No cancellation, recurrence, progression or margin R2 recorded since 26 May 2027: record what happened"),
        case("a recurrence", [("recurrence", {"sites": ["lung"]})], "Recurrence on 1 Jun 2027"),
        case("progression", [("imaging", {"modality": "ct", "purpose": "other", "response": "progression"})],
             "Progression on CT 1 Jun 2027"),
        case("margin R2", [("surgery_performed", {"procedure": "resection", "margin": "R2"})],
             "Margin R2 (1 Jun 2027)"),
        case("margin R2 by pathology",
             [("surgery_performed", {"procedure": "resection"}), ("pathology", {"margin": "R2"})],
             "Margin R2 (1 Jun 2027)"),
        case("margin R1", [("surgery_performed", {"procedure": "resection", "margin": "R1"})],
             "No cancellation, recurrence, progression or margin R2 recorded since 26 May 2027: record what happened"),
    ],
)  # fmt: skip
def test_what_makes_the_way_back_true(tell: list[tuple[str, dict[str, object]]], reason: str) -> None:
    """In this state: the liver operation cancelled, a recurrence, progression, or margin R2."""
    told = resection()
    for kind, fields in tell:
        told.tell("2027-06-01", kind, **fields)
    assert told.verdict("2027-06-02", "abandon_resection", "fact")[1] == reason


@pytest.mark.req("G1", "E2")
@pytest.mark.parametrize(
    ("begun", "used"),
    [
        case("the second line on the day of the operation: to its start", "2027-06-10", 101),
        case("after it: to the last cycle before, and the second line to the next stage", "2027-06-11", 40 + 34),
    ],
)
def test_an_operation_between_two_lines_ends_the_first_of_them(begun: str, used: int) -> None:
    """It is counted to its last cycle, not to a line that began after the operation."""
    told = registered().tell("2027-03-01", "systemic_started", intent="neoadjuvant", regimen="FOLFOX")
    told.tell("2027-04-10", "cycle_given", number=4)
    told.tell("2027-06-01", "taken_over", state="resection")
    told.tell("2027-06-10", "surgery_performed", procedure="two_stage", stage=1)
    told.tell(begun, "systemic_started", intent="continued", regimen="FOLFOX")
    told.tell("2027-07-15", "surgery_performed", procedure="two_stage", stage=2)
    said = told.verdict("2027-07-16", "start_adjuvant", "G1")[1]
    assert said == f"{184 - used} days are left of 6 months of chemotherapy"


@pytest.mark.req("G1", "E2")
def test_a_line_begun_on_the_day_of_the_first_stage_is_ended_by_it() -> None:
    """What begins on the day of an operation belongs to what came before it: it lasts no day."""
    told = registered().tell("2027-06-01", "taken_over", state="resection")
    told.tell("2027-06-10", "surgery_performed", procedure="two_stage", stage=1)
    told.tell("2027-06-10", "systemic_started", intent="continued", regimen="FOLFOX")
    told.tell("2027-07-10", "surgery_performed", procedure="two_stage", stage=2)
    assert told.verdict("2027-07-11", "start_adjuvant", "G1")[1] == "183 days are left of 6 months of chemotherapy"


@pytest.mark.req("G1", "G2")
@pytest.mark.parametrize(
    ("line", "suggested"),
    [
        case("on the day of the operation before", "2027-03-10", False),
        case("the day after", "2027-03-11", True),
    ],
)
def test_a_line_counts_from_the_day_after_the_operation_before(line: str, suggested: bool) -> None:
    """What was begun on the day of an operation belongs to it, not to the next one."""
    told = registered().tell("2027-03-09", "taken_over", state="resection")
    told.tell("2027-03-10", "surgery_performed", procedure="resection")
    told.tell(line, "systemic_started", intent="neoadjuvant", regimen="FOLFOX")
    told.tell("2027-03-20", "taken_over", state="reassessment")
    told.tell("2027-05-01", "taken_over", state="resection")
    told.tell("2027-05-02", "surgery_performed", procedure="resection")
    assert ("G2" in told.suggested("2027-05-03")) is suggested


@pytest.mark.req("G4")
def test_two_operations_of_one_day_in_no_stay_are_not_before_each_other() -> None:
    """Operated elsewhere, written down twice: the line with bevacizumab still lies before it."""
    told = registered().tell("2027-03-20", "systemic_started", intent="neoadjuvant", regimen="FOLFOX",
                             biologic="bevacizumab")  # fmt: skip
    for procedure in ("resection", "resection_with_ablation"):
        told.tell("2027-06-01", "surgery_performed", procedure=procedure)
    told.tell("2027-06-20", "taken_over", state="adjuvant")
    assert told.owed("2027-06-21", "adjuvant_start") == ("upcoming", "routine", "2027-07-13", "2027-07-27")


@pytest.mark.req("G2")
def test_a_later_operation_does_not_change_with_what_an_adjuvant_start_is_compared() -> None:
    """Each adjuvant start is compared with the last line before that operation, whatever came after."""
    told = operated().tell("2027-09-01", "systemic_started", intent="adjuvant", regimen="FOLFOX")
    assert ("2027-09-01", "G2") in told.deviations("2027-09-02")
    told.tell("2028-03-01", "taken_over", state="resection")
    told.tell("2028-03-02", "surgery_performed", procedure="resection")
    assert ("2027-09-01", "G2") in told.deviations("2028-03-03")


@pytest.mark.req("G3")
def test_an_operation_between_two_therapies_with_it_is_compared_with_the_first_s_dose() -> None:
    """Doses of every therapy with it count, not those of the last alone."""
    told = registered()
    for start, dose in (("2027-03-02", "2027-04-20"), ("2027-06-01", "2027-06-01")):
        told.tell(start, "systemic_started", intent="continued", regimen="FOLFOX", biologic="bevacizumab")
        told.tell(dose, "cycle_given", number=1)
    told.tell("2027-05-31", "surgery_performed", procedure="primary")
    assert ("2027-05-31", "G3") in told.deviations("2027-06-02")


@pytest.mark.req("G3")
def test_without_any_therapy_there_is_nothing_to_hold() -> None:
    """Planned, and nothing ever given."""
    told = registered().tell("2027-04-01", "taken_over", state="resection")
    told.tell("2027-04-02", "surgery_planned", planned_for="2027-04-10", procedure="resection")
    assert told.owed("2027-04-03", "bevacizumab_hold") is None
    assert told.owed("2027-04-03", "bevacizumab_conflict") is None


@pytest.mark.req("G4")
@pytest.mark.parametrize(
    ("day", "intent", "ended"),
    [
        case("on the day of the operation", "2027-07-15", "adjuvant", True),
        case("the day before it", "2027-07-14", "adjuvant", False),
        case("a line is no adjuvant therapy", "2027-07-20", "continued", False),
    ],
)
def test_which_start_ends_the_wait_for_adjuvant_therapy(day: str, intent: str, ended: bool) -> None:
    """An adjuvant therapy begun since the operation, its day included."""
    told = operated().tell(day, "systemic_started", intent=intent, regimen="FOLFIRI", biologic="panitumumab")
    assert (told.owed("2027-07-21", "adjuvant_start") is None) is ended


@pytest.mark.req("G1")
@pytest.mark.parametrize(
    ("tell", "reason"),
    [
        case("nothing left", [("2027-12-31", "systemic_stopped", {})],
             "The 6 months of chemotherapy were given before the operation: nothing is left"),
        case("not operated", [("2028-01-01", "taken_over", {"state": "resection"})],
             "Not operated yet: record the operation once it is done"),
    ],
)  # fmt: skip
def test_surveillance_after_the_operation_in_words(tell: list[tuple[str, str, dict[str, object]]], reason: str) -> None:
    """The step says what makes it true, or what is missing."""
    told = registered().tell("2027-03-20", "systemic_started", intent="neoadjuvant", regimen="FOLFOX")
    told.tell("2027-12-31", "taken_over", state="resection")
    if reason.startswith("The 6"):
        told.tell("2027-12-31", "surgery_performed", procedure="resection")
    for day, kind, fields in tell:
        told.tell(day, kind, **fields)
    assert told.verdict("2028-01-02", "begin_surveillance", "fact")[1] == reason


@pytest.mark.req("C8", "G2", "G3", "E3")
def test_deviations_of_several_rows_stand_beside_each_other_with_who_and_why() -> None:
    """The first line, each adjuvant start, each operation: none hides another."""
    told = registered().tell(
        "2027-03-02", "primary_identified", primary="colorectal", method="colonoscopy", side="left"
    )
    told.tell("2027-03-02", "molecular_result", mmr="proficient", ras="wild_type", braf="wild_type")
    told.tell("2027-03-20", "systemic_started", intent="neoadjuvant", regimen="CAPOX", biologic="bevacizumab", by="dr.a",
              deviation_reason="trial")  # fmt: skip
    told.tell("2027-06-01", "cycle_given", number=4)
    told.tell("2027-06-01", "surgery_performed", procedure="resection_with_ablation", ablated_mm=[40], by="dr.b",
              note="bleeding")  # fmt: skip
    told.tell("2027-08-01", "systemic_started", intent="adjuvant", regimen="FOLFOX", by="dr.c", deviation_reason="wish")
    told.tell("2027-10-01", "systemic_started", intent="adjuvant", regimen="FOLFIRI", by="dr.d")
    found = [one for one in told.shown("2027-10-02")["deviations"] if one["id"] != "X2"]
    assert [(one["on"], one["id"], one["what"], one["reason"], one["by"]) for one in found] == [
        ("2027-03-20", "C8",
         "CAPOX + bevacizumab begun; the guideline names FOLFOX or FOLFIRI + cetuximab or panitumumab", "trial", "dr.a"),
        ("2027-06-01", "E3", "Ablation of a lesion of 40 mm; it is advised only below 40 mm", "bleeding", "dr.b"),
        ("2027-06-01", "G3", "Operated 0 days after bevacizumab (1 Jun 2027); 42 are needed", "bleeding", "dr.b"),
        ("2027-08-01", "G2", "Adjuvant FOLFOX; before the operation it was CAPOX + bevacizumab", "wish", "dr.c"),
        ("2027-10-01", "G2", "Adjuvant FOLFIRI; before the operation it was CAPOX + bevacizumab", None, "dr.d"),
    ]  # fmt: skip


@pytest.mark.req("G1")
@pytest.mark.parametrize(
    ("stop", "due", "words"),
    [
        case("stopped on the day of entry", "2027-09-01", "2027-09-01",
             "Adjuvant therapy stopped before its 6 months were over, on 1 Sep 2027: plan the follow-up"),
        case("stopped before it", "2027-08-31", "2027-12-25",
             "The 6 months of chemotherapy are complete on 25 Dec 2027: plan the follow-up"),
        case("stopped the day before they are complete", "2027-12-24", "2027-12-24",
             "Adjuvant therapy stopped before its 6 months were over, on 24 Dec 2027: plan the follow-up"),
        case("stopped on the day they are", "2027-12-25", "2027-12-25",
             "The 6 months of chemotherapy are complete on 25 Dec 2027: plan the follow-up"),
    ],
)  # fmt: skip
def test_which_stop_brings_the_end_forward(stop: str, due: str, words: str) -> None:
    """A stop of all in this state, before the six months are complete."""
    found = adjuvant().tell(stop, "systemic_stopped", reason="rash").alert("2027-12-26", "perioperative_complete")
    assert found is not None
    assert (found["due_on"], found["reason"]) == (due, words)


@pytest.mark.req("G1")
def test_a_stop_ends_adjuvant_therapy_also_where_the_operation_is_not_known() -> None:
    """Taken over into adjuvant therapy without its operation: when it ends is not known before the stop."""
    told = registered().tell("2027-04-01", "taken_over", state="adjuvant")
    assert told.owed("2027-04-02", "perioperative_complete") is None
    told.tell("2027-05-01", "systemic_stopped", reason="rash")
    assert told.owed("2027-05-02", "perioperative_complete") == ("overdue", "routine", "2027-04-17", "2027-05-01")


@pytest.mark.req("G3", "X1")
@pytest.mark.parametrize(("state", "owed"), [case("open", "surveillance", True), case("completed", "completed", False)])
def test_nothing_is_held_for_who_is_no_longer_open(state: str, owed: bool) -> None:
    """A plan stands and bevacizumab runs: the hold and the conflict are owed while the patient is open."""
    told = registered().tell("2027-04-01", "systemic_started", intent="continued", regimen="FOLFOX",
                             biologic="bevacizumab")  # fmt: skip
    told.tell("2027-04-02", "surgery_planned", planned_for="2027-04-20", procedure="other")
    told.tell("2027-04-03", "taken_over", state=state)
    for rule in ("bevacizumab_hold", "bevacizumab_conflict"):
        assert (told.owed("2027-04-04", rule) is not None) is owed


@pytest.mark.req("G1")
@pytest.mark.parametrize(
    ("tell", "day", "reason"),
    [
        case("not yet complete", {}, "2027-12-24",
             "The 6 months last until 25 Dec 2027: if therapy was stopped earlier, record why"),
        case("complete", {}, "2027-12-25", "The 6 months were complete on 25 Dec 2027"),
        case("stopped", {"reason": "rash"}, "2027-12-24", "Therapy stopped on 1 Dec 2027: rash"),
        case("stopped without a reason", {"reason": None}, "2027-12-24",
             "The 6 months last until 25 Dec 2027: if therapy was stopped earlier, record why"),
    ],
)  # fmt: skip
def test_from_adjuvant_therapy_to_surveillance_in_words(tell: dict[str, str | None], day: str, reason: str) -> None:
    """When the six months are or were complete, or why they were cut short."""
    told = adjuvant()
    if tell:
        told.tell("2027-12-01", "systemic_stopped", **{name: value for name, value in tell.items() if value})
    assert told.verdict(day, "begin_surveillance", "fact")[1] == reason


@pytest.mark.req("G1")
def test_without_the_operation_the_end_of_the_six_months_is_asked_for() -> None:
    """Taken over into adjuvant therapy: the step says what to record."""
    told = registered().tell("2027-04-01", "taken_over", state="adjuvant")
    assert told.verdict("2027-04-02", "begin_surveillance", "fact") == (
        "not_met",
        "No operation recorded, so the end of the 6 months is not known: record it, or why therapy was stopped",
    )


@pytest.mark.req("G1", "E2")
@pytest.mark.parametrize(
    ("lines", "margin"),
    [
        case("none recorded", [("2027-06-10", "surgery_performed", {})], None),
        case("of the day of entering", [("2027-06-01", "surgery_performed", {"margin": "R2"})], "1 Jun 2027"),
        case("of the first stage, where the second names none",
             [("2027-06-10", "surgery_performed", {"procedure": "two_stage", "stage": 1, "margin": "R2"}),
              ("2027-06-20", "surgery_performed", {"procedure": "two_stage", "stage": 2})], "10 Jun 2027"),
        case("of the second stage, which is the latest",
             [("2027-06-10", "surgery_performed", {"procedure": "two_stage", "stage": 1, "margin": "R2"}),
              ("2027-06-20", "surgery_performed", {"procedure": "two_stage", "stage": 2, "margin": "R0"})], None),
        case("pathology comes days later",
             [("2027-06-10", "surgery_performed", {"margin": "R0"}), ("2027-06-15", "pathology", {"margin": "R2"})],
             "15 Jun 2027"),
        case("pathology of the first stage is older than the second stage",
             [("2027-06-10", "surgery_performed", {"procedure": "two_stage", "stage": 1}),
              ("2027-06-15", "pathology", {"margin": "R2"}),
              ("2027-06-20", "surgery_performed", {"procedure": "two_stage", "stage": 2, "margin": "R1"})], None),
        case("of one day the worse",
             [("2027-06-10", "surgery_performed", {"margin": "R2"}), ("2027-06-10", "pathology", {"margin": "R0"})],
             "10 Jun 2027"),
        case("of one day the worse, the other way round",
             [("2027-06-10", "surgery_performed", {"margin": "R0"}), ("2027-06-10", "pathology", {"margin": "R2"})],
             "10 Jun 2027"),
        case("of an earlier operation it does not count",
             [("2027-05-20", "surgery_performed", {"margin": "R2"}), ("2027-05-25", "pathology", {"margin": "R2"}),
              ("2027-05-28", "recurrence", {"sites": ["liver"]}), ("2027-06-10", "surgery_performed", {})], None),
    ],
)  # fmt: skip
def test_which_margin_is_the_present_one(lines: list[tuple[str, str, dict[str, object]]], margin: str | None) -> None:
    """The latest of the last operation, all of its surgeries; of one day the worse."""
    told = registered().tell("2027-06-01", "taken_over", state="resection")
    for day, kind, fields in lines:
        told.tell(day, kind, **({"procedure": "resection", **fields} if kind == "surgery_performed" else fields))
    verdict, reason = told.verdict("2027-06-21", "abandon_resection", "fact")
    assert (verdict, reason) == (
        (
            "not_met",
            "No cancellation, recurrence, progression or margin R2 recorded since 1 Jun 2027: record what happened",
        )
        if margin is None
        else ("met", f"Margin R2 ({margin})")
    )


@pytest.mark.req("G4")
def test_an_adjuvant_start_on_the_day_of_the_operation_is_too_early_with_who_and_why() -> None:
    """Day 0 is before day 42; the start's own reason and author stand beside it."""
    told = operated(biologic="bevacizumab", regimen="FOLFOXIRI")
    told.tell(
        "2027-07-15", "systemic_started", intent="adjuvant", regimen="FOLFOXIRI", by="dr.a", deviation_reason="wish"
    )
    found = [one for one in told.shown("2027-07-16")["deviations"] if one["id"] == "G4"]
    assert [(one["what"], one["reason"], one["by"]) for one in found] == [
        ("Adjuvant therapy 0 days after the operation; with bevacizumab not before day 42", "wish", "dr.a")
    ]


@pytest.mark.req("G1")
@pytest.mark.parametrize(
    ("margin", "reason"),
    [
        case("none known: that of an earlier operation is not its own", None,
             "No chemotherapy before the operation: all 6 months are left: surveillance now only if the whole MDT decides "
             "on it"),
        case("R2", "R2", "Margin R2 (10 Jun 2027): only the whole MDT can decide on surveillance"),
    ],
)  # fmt: skip
def test_the_margin_of_an_earlier_operation_asks_for_nothing(margin: str | None, reason: str) -> None:
    """After a recurrence another operation has a margin of its own."""
    told = registered().tell("2027-05-20", "surgery_performed", procedure="resection", margin="R2")
    told.tell("2027-05-28", "recurrence", sites=["liver"]).tell("2027-06-01", "taken_over", state="resection")
    fields = {"margin": margin} if margin else {}
    told.tell("2027-06-10", "surgery_performed", procedure="resection", **fields)
    assert told.verdict("2027-06-11", "begin_surveillance", "fact")[1] == reason
