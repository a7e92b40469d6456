"""G. After resection."""

import pytest

from tests.histories import Story, adjuvant, decided, operated, resection
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
    from tests.histories import registered

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
    from tests.histories import registered

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
    from tests.histories import registered

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
        "Margin R2 (15 Jul 2027): surveillance needs a quorate MDT decision with this plan",
    )
    decided(told, "2027-07-21", "begin_surveillance")
    assert told.option("2027-07-21", "begin_surveillance")["allowed"] is True
