"""R. How facts are read."""

from typing import Any

import pytest

from tests.histories import Story, decided, neoadjuvant, reassessment, recurred, registered, resection, workup
from tests.spec.case import case

OFFER = "offer_resection"
Told = list[tuple[str, str, dict[str, Any]]]


def telling(story: Story, lines: Told) -> Story:
    for day, kind, fields in lines:
        story.tell(day, kind, **fields)
    return story


@pytest.mark.req("C5", "M1")
@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        case("one fact", [("2027-03-02", {"primary": "gastric"})], ["her2"]),
        case("the latest counts", [("2027-03-02", {"primary": "gastric"}), ("2027-03-03", {"primary": "other"})], []),
        case(
            "two of one day that differ count as none",
            [("2027-03-02", {"primary": "gastric"}), ("2027-03-02", {"primary": "other"})],
            ["primary"],
        ),
        case(
            "nor does an earlier day speak then",
            [
                ("2027-03-01", {"primary": "other"}),
                ("2027-03-02", {"primary": "gastric"}),
                ("2027-03-02", {"primary": "other"}),
            ],
            ["primary"],
        ),
        case(
            "a field left out leaves the earlier word",
            [("2027-03-02", {"primary": "colorectal", "side": "left"}), ("2027-03-03", {"primary": "colorectal"})],
            ["mmr", "ras", "braf"],
        ),
        case(
            "the side alone can be in dispute",
            [
                ("2027-03-02", {"primary": "colorectal", "side": "left"}),
                ("2027-03-02", {"primary": "colorectal", "location": "caecum"}),
            ],
            ["mmr", "ras", "braf", "side"],
        ),
    ],
)
def test_a_value_is_the_latest_fact_that_gives_it(facts: list[tuple[str, dict[str, Any]]], missing: list[str]) -> None:
    """Field by field; where two facts of one day disagree on the primary, the field counts as missing."""
    told = registered()
    for day, fields in facts:
        told.tell(day, "primary_identified", method="liver_biopsy", **fields)
    assert told.shown("2027-03-04")["recommendation"]["missing"] == missing


@pytest.mark.req("C7", "X5")
@pytest.mark.parametrize("turn", [1, -1], ids=["in this order", "in the other"])
@pytest.mark.parametrize(
    ("kind", "fields", "row", "verdict"),
    [
        case("the lower remnant", "volumetry", [{"remnant_percent": 41}, {"remnant_percent": 26}], "D2", "not_met"),
        case("the higher ECOG", "performance_status", [{"ecog": 0}, {"ecog": 2}], "D5", "not_met"),
        case("unresectable", "imaging", [{"extrahepatic": "none"}, {"extrahepatic": "unresectable"}], "D4", "not_met"),
        case("progression beside stable disease", "imaging", [{"response": "stable"}, {"response": "progression"}], "D3",
             "not_met"),
        case("progression", "imaging", [{"response": "complete"}, {"response": "progression"}], "D3", "not_met"),
        case("no high-volume centre", "referred", [{"high_volume_centre": True}, {"high_volume_centre": False}], "N1",
             "not_met"),
        case("a statement denied", "mdt_decision", [{"r0_achievable": True}, {"r0_achievable": False}], "D1",
             "not_met"),
    ],
)  # fmt: skip
def test_of_one_day_the_one_that_allows_less_counts(
    turn: int, kind: str, fields: list[dict[str, Any]], row: str, verdict: str
) -> None:
    """Whatever the order of recording."""
    needed: dict[str, dict[str, Any]] = {
        "imaging": {"modality": "ct", "purpose": "other"},
        "referred": {"site": "hub"},
        "mdt_decision": {"present": []},
    }
    told = reassessment()
    for one in fields[::turn]:
        told.tell("2027-05-20", kind, **needed.get(kind, {}), **one)
    assert told.verdict("2027-05-21", OFFER, row)[0] == verdict


@pytest.mark.req("C7")
def test_an_imaging_without_a_count_does_not_erase_the_earlier_one() -> None:
    """A CT that gives no count leaves the count of the CT before it."""
    told = workup(image={"lesion_count": 6, "bilobar": False})
    told.tell("2027-03-06", "imaging", modality="ct", purpose="other", bilobar=False)
    assert told.verdict("2027-03-07", "proceed_to_resection", "C7") == (
        "not_met",
        "6 lesions (CT 3 Mar 2027), more than 5: chemotherapy comes before surgery",
    )


TAKEN: Told = [("2027-05-10", "taken_over", {"state": "resection"})]
OPERATED: Told = [("2027-05-01", "surgery_performed", {"procedure": "resection"})]
LINE: dict[str, Any] = {"intent": "neoadjuvant", "regimen": "FOLFOX"}


@pytest.mark.req("G1", "E2")
@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        case("on the day of entering", [*TAKEN, ("2027-05-10", "surgery_performed", {"procedure": "resection"})],
             "Operated 10 May 2027"),
        case("before a take-over, the last one", [*OPERATED, *TAKEN], "Operated 1 May 2027"),
        case("before a take-over, but a recurrence lies between",
             [*OPERATED, ("2027-05-05", "recurrence", {"sites": ["liver"]}), *TAKEN],
             "Not operated yet: record the operation once it is done"),
        case("before a take-over, but a line lies between",
             [*OPERATED, ("2027-05-05", "systemic_started", LINE), *TAKEN],
             "Not operated yet: record the operation once it is done"),
        case("a recurrence or a line of the operation's day lies not between",
             [*OPERATED, ("2027-05-01", "recurrence", {"sites": ["liver"]}), ("2027-05-01", "systemic_started", LINE),
              *TAKEN], "Operated 1 May 2027"),
        case("a recurrence of the day of entering does",
             [*OPERATED, ("2027-05-10", "recurrence", {"sites": ["liver"]}), *TAKEN],
             "Not operated yet: record the operation once it is done"),
        case("so does a line of that day",
             [*OPERATED, ("2027-05-10", "systemic_started", LINE), *TAKEN],
             "Not operated yet: record the operation once it is done"),
        case("before a take-over, the last one and that of the day of entering",
             [("2027-05-01", "surgery_performed", {"procedure": "two_stage", "stage": 1}),
              ("2027-05-10", "surgery_performed", {"procedure": "resection"}), *TAKEN],
             "First stage on 1 May 2027: record the second stage once it is done"),
        case("before a take-over, of two the last one alone",
             [("2027-04-01", "surgery_performed", {"procedure": "two_stage", "stage": 1}), *OPERATED, *TAKEN],
             "Operated 1 May 2027"),
        case("adjuvant therapy is no line",
             [*OPERATED, ("2027-05-05", "systemic_started", {**LINE, "intent": "adjuvant"}), *TAKEN],
             "Operated 1 May 2027"),
        case("an operation on the bowel is none",
             [("2027-05-01", "surgery_performed", {"procedure": "primary"}), *TAKEN],
             "Not operated yet: record the operation once it is done"),
        case("a first stage is not yet done",
             [*TAKEN, ("2027-05-11", "surgery_performed", {"procedure": "two_stage", "stage": 1})],
             "First stage on 11 May 2027: record the second stage once it is done"),
        case("a stage left out is the first",
             [*TAKEN, ("2027-05-11", "surgery_performed", {"procedure": "two_stage"})],
             "First stage on 11 May 2027: record the second stage once it is done"),
        case("a second stage alone is done",
             [*TAKEN, ("2027-05-11", "surgery_performed", {"procedure": "two_stage", "stage": 2})],
             "Operated 11 May 2027"),
        case("the stages of one stay are one operation",
             [*TAKEN, ("2027-05-11", "surgery_performed", {"procedure": "two_stage", "stage": 1}),
              ("2027-06-20", "surgery_performed", {"procedure": "two_stage", "stage": 2})],
             "Operated 20 Jun 2027"),
    ],
)  # fmt: skip
def test_to_which_stay_an_operation_belongs(lines: Told, reason: str) -> None:
    """To the stay in resection in whose days it falls; one that began with a take-over owns the last one before it."""
    told = telling(registered(), lines)
    assert told.verdict("2027-06-25", "start_adjuvant", "fact")[1] == reason


@pytest.mark.req("G1")
def test_an_operation_in_no_stay_stands_for_itself_and_is_done() -> None:
    """Operated elsewhere and taken over into adjuvant therapy: all six months count from there."""
    told = telling(registered(), [("2027-05-01", "surgery_performed", {"procedure": "two_stage", "stage": 1})])
    told.tell("2027-06-01", "taken_over", state="adjuvant")
    assert told.owed("2027-06-02", "adjuvant_start") == ("due", "routine", "2027-05-29", "2027-06-26")
    assert told.owed("2027-06-02", "perioperative_complete") == ("upcoming", "routine", "2027-11-17", "2027-12-01")


@pytest.mark.req("G1", "X2")
@pytest.mark.parametrize(
    ("day", "outside"),
    [
        case("the day before the stay", "2027-05-25", True),
        case("the day of entering", "2027-05-26", False),
        case("the day of leaving", "2027-06-10", False),
        case("the day after", "2027-06-11", True),
    ],
)
def test_a_stay_holds_the_days_of_entering_and_leaving(day: str, outside: bool) -> None:
    """An operation in it belongs to it; one outside is counted as a contradiction."""
    told = resection().tell("2027-06-10", "surgery_cancelled").step("2027-06-10", "abandon_resection")
    told.tell(day, "surgery_performed", procedure="resection")
    assert ((day, "X2") in told.deviations("2027-06-12")) is outside


@pytest.mark.req("G1")
@pytest.mark.parametrize(
    ("operated", "done"),
    [
        case("before a stay entered by its step: not this stay's", "2027-05-25", False),
        case("in a stay that was left", "2027-06-10", True),
        case("after a stay that was left: stands for itself", "2027-06-11", True),
    ],
)
def test_to_which_stay_an_operation_belongs_once_it_was_left(operated: str, done: bool) -> None:
    """One from before a stay that began with its step is not owned by it, and the stay says that none was done."""
    told = resection()
    told.tell("2027-06-10", "surgery_cancelled").step("2027-06-10", "abandon_resection")
    told.tell(operated, "surgery_performed", procedure="resection")
    told.tell("2027-06-20", "taken_over", state="adjuvant")
    assert (told.owed("2027-06-21", "adjuvant_start") is not None) is done


@pytest.mark.req("G1")
def test_a_take_over_owns_the_operation_before_it_also_after_an_earlier_stay() -> None:
    """A stay that was left without an operation stands in nobody's way."""
    told = resection()
    told.tell("2027-06-10", "surgery_cancelled").step("2027-06-10", "abandon_resection")
    told.tell("2027-06-20", "surgery_performed", procedure="resection")
    told.tell("2027-06-25", "taken_over", state="resection")
    assert told.verdict("2027-06-26", "start_adjuvant", "fact") == ("met", "Operated 20 Jun 2027")


@pytest.mark.req("G1")
def test_an_operation_after_a_stay_that_was_taken_over_is_not_its_own() -> None:
    """Only the last one before a take-over is drawn in, never one after the stay."""
    told = registered().tell("2027-05-10", "taken_over", state="resection")
    told.tell("2027-05-12", "surgery_performed", procedure="two_stage", stage=1)
    told.tell("2027-05-20", "taken_over", state="reassessment")
    told.tell("2027-06-01", "surgery_performed", procedure="resection")
    told.tell("2027-06-10", "taken_over", state="adjuvant")
    assert told.owed("2027-06-11", "adjuvant_start") == ("upcoming", "routine", "2027-06-29", "2027-07-27")


@pytest.mark.req("G1")
def test_the_six_months_begin_anew_after_an_operation_of_another_stay() -> None:
    """Lines from before the previous operation are not counted for the next."""
    told = recurred()
    decided(told, "2028-06-05", "start_neoadjuvant")
    told.step("2028-06-10", "start_neoadjuvant")
    told.tell("2028-06-10", "systemic_started", intent="neoadjuvant", regimen="FOLFOX")
    told.tell("2028-08-10", "systemic_stopped")
    told.tell("2028-09-01", "taken_over", state="resection")
    told.tell("2028-10-01", "surgery_performed", procedure="resection")
    whole, used = 183, 61  # 10 June to 10 December 2028; 10 June to 10 August
    assert told.verdict("2028-10-02", "start_adjuvant", "G1") == (
        "met",
        f"{whole - used} days are left of 6 months of chemotherapy",
    )


@pytest.mark.req("D3", "X8")
def test_what_is_stopped_on_the_day_a_line_starts_belongs_to_the_line_before() -> None:
    """A stop of that day does not end the new line; its cycle of that day is its own."""
    told = neoadjuvant()
    decided(told, "2027-05-02", "reassess")
    told.step("2027-05-02", "reassess")
    decided(told, "2027-05-03", "start_neoadjuvant")
    told.step("2027-05-04", "start_neoadjuvant")
    told.tell("2027-05-04", "systemic_stopped", reason="change")
    told.tell("2027-05-04", "systemic_started", intent="neoadjuvant", regimen="CAPOX")
    told.tell("2027-05-04", "cycle_given", number=1)
    told.tell("2027-05-04", "imaging", modality="ct", purpose="other", response="progression")
    decided(told, "2027-05-20", "reassess")
    told.step("2027-05-20", "reassess")
    assert told.verdict("2027-05-21", OFFER, "D3") == (
        "unknown",
        "No response recorded since CAPOX began on 4 May 2027: record the imaging with its response",
    )
    decided(told, "2027-05-22", "continue_systemic")
    told.step("2027-05-22", "continue_systemic")
    assert told.owed("2027-05-23", "act_awaited") is None, "CAPOX was running when she entered"
    told.tell("2027-05-22", "systemic_stopped", reason="rash")
    assert told.owed("2027-05-23", "act_awaited") == ("due", "routine", "2027-05-22", "2027-06-05")


@pytest.mark.req("D7")
@pytest.mark.parametrize(
    ("kind", "fields", "row"),
    [
        case("ECOG", "performance_status", {"ecog": 1}, "D5"),
        case("disease outside the liver", "imaging", {"modality": "ct", "purpose": "other", "extrahepatic": "none"},
             "D4"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("day", "verdict"),
    [case("the day before the line", "2027-03-19", "unknown"), case("the day it began", "2027-03-20", "met")],
)
def test_a_measurement_counts_from_the_day_of_the_line_on(
    kind: str, fields: dict[str, Any], row: str, day: str, verdict: str
) -> None:
    """Since the present line's start: on or after it."""
    told = reassessment(image={"extrahepatic": None}).tell(day, kind, **fields)
    assert told.verdict("2027-05-21", OFFER, row)[0] == verdict


@pytest.mark.req("B1", "L1", "C7")
def test_an_episode_begins_the_day_after_the_operation_or_on_the_day_of_the_recurrence() -> None:
    """Imaging of the operation's day belongs to the disease that was operated on; that of the recurrence's day is new."""
    told = registered().tell("2027-03-01", "taken_over", state="resection")
    told.tell("2027-03-10", "surgery_performed", procedure="resection")
    told.tell("2027-03-10", "imaging", modality="ct", purpose="other", lesion_count=12, bilobar=True)
    assert told.shown("2027-03-20")["high_risk"] is None
    told.tell("2027-03-11", "imaging", modality="ct", purpose="other", lesion_count=12, bilobar=False)
    found = told.shown("2027-03-20")
    assert (found["high_risk"], found["risk_factors"]) == (True, ["more_than_5"])
    assert found["classification"]["reasons"] == ["B1"]
    told.tell("2027-03-15", "recurrence", sites=["liver"])
    assert told.shown("2027-03-20")["high_risk"] is None
    told.tell("2027-03-15", "imaging", modality="ct", purpose="other", lesion_count=1)
    assert told.shown("2027-03-20")["high_risk"] is False


@pytest.mark.req("B1", "L1")
@pytest.mark.parametrize(
    ("day", "reasons"),
    [
        case("before it", "2027-04-01", ["B1"]),
        case("of its day", "2027-04-02", ["B1"]),
        case("after it", "2027-04-03", []),
    ],
)
def test_a_locoregional_therapy_ends_what_the_disease_was_initially(day: str, reasons: list[str]) -> None:
    """B1, B2 and L1 read up to the first line or locoregional therapy, its day included."""
    told = workup(image={"lesion_count": 2, "bilobar": False}).tell(
        "2027-04-02", "locoregional_performed", modality="rfa"
    )
    told.tell(day, "imaging", modality="ct", purpose="other", lesion_count=11)
    found = told.shown("2027-04-04")
    assert found["classification"]["reasons"] == reasons
    assert found["risk_factors"] == (["more_than_5"] if reasons else [])
    assert found["high_risk"] is True, "never straight to surgery reads the whole episode"


PLAN: dict[str, Any] = {"planned_for": "2027-07-15", "procedure": "resection"}
STAGE_2: dict[str, Any] = {"planned_for": "2027-08-20", "procedure": "two_stage", "stage": 2}


@pytest.mark.req("X8")
@pytest.mark.parametrize(
    ("lines", "planned"),
    [
        case("planned", [("2027-05-27", "surgery_planned", PLAN)], "2027-07-15"),
        case("a later plan replaces it",
             [("2027-05-27", "surgery_planned", PLAN),
              ("2027-05-28", "surgery_planned", {**PLAN, "planned_for": "2027-08-01"})], "2027-08-01"),
        case("of one day the earlier",
             [("2027-05-27", "surgery_planned", {**PLAN, "planned_for": "2027-08-01"}),
              ("2027-05-27", "surgery_planned", PLAN)], "2027-07-15"),
        case("of one day the earlier, whichever was recorded first",
             [("2027-05-27", "surgery_planned", PLAN),
              ("2027-05-27", "surgery_planned", {**PLAN, "planned_for": "2027-08-01"})], "2027-07-15"),
        case("a later plan for the bowel leaves it",
             [("2027-05-27", "surgery_planned", PLAN),
              ("2027-05-28", "surgery_planned", {**PLAN, "planned_for": "2027-08-01", "procedure": "primary"})],
             "2027-07-15"),
        case("of two stages the one planned first, whichever was planned last",
             [("2027-05-27", "surgery_planned", STAGE_2),
              ("2027-05-28", "surgery_planned", {**PLAN, "procedure": "two_stage", "stage": 1})], "2027-07-15"),
        case("operated on the day of the plan",
             [("2027-05-29", "surgery_planned", PLAN), ("2027-05-29", "surgery_performed", {"procedure": "resection"})],
             None),
        case("operated the day before: the plan is another",
             [("2027-05-28", "surgery_performed", {"procedure": "resection"}), ("2027-05-29", "surgery_planned", PLAN)],
             "2027-07-15"),
        case("cancelled on a later day",
             [("2027-05-27", "surgery_planned", PLAN), ("2027-05-28", "surgery_cancelled", {})], None),
        case("a cancellation of its own day does not end it",
             [("2027-05-27", "surgery_planned", PLAN), ("2027-05-27", "surgery_cancelled", {})], "2027-07-15"),
        case("a cancellation of the bowel's does not end it",
             [("2027-05-27", "surgery_planned", PLAN), ("2027-05-28", "surgery_cancelled", {"procedure": "primary"})],
             "2027-07-15"),
        case("a cancelled plan does not bring back the one before",
             [("2027-05-27", "surgery_planned", PLAN),
              ("2027-05-28", "surgery_planned", {**PLAN, "planned_for": "2027-08-01"}),
              ("2027-05-29", "surgery_cancelled", {})], None),
        case("operated", [("2027-05-27", "surgery_planned", PLAN),
                          ("2027-05-29", "surgery_performed", {"procedure": "resection"})], None),
        case("an operation on the bowel leaves it",
             [("2027-05-27", "surgery_planned", PLAN), ("2027-05-29", "surgery_performed", {"procedure": "primary"})],
             "2027-07-15"),
        case("a first stage leaves the plan for the second",
             [("2027-05-27", "surgery_planned", {**PLAN, "procedure": "two_stage", "stage": 1}),
              ("2027-05-27", "surgery_planned", STAGE_2),
              ("2027-05-29", "surgery_performed", {"procedure": "two_stage", "stage": 1})], "2027-08-20"),
        case("the second stage ends it",
             [("2027-05-27", "surgery_planned", STAGE_2),
              ("2027-05-29", "surgery_performed", {"procedure": "two_stage", "stage": 2})], None),
        case("a plan for the bowel is none for the liver",
             [("2027-05-27", "surgery_planned", {**PLAN, "procedure": "primary"})], None),
    ],
)  # fmt: skip
def test_which_plan_stands(lines: Told, planned: str | None) -> None:
    """Until a later one of its kind and stage, an operation of its kind, or a cancellation of its kind on a later day."""
    found = telling(resection(), lines).alert("2027-05-29", "act_awaited")
    given_up = found is None or not found["reason"].startswith("Operation planned for")
    assert (None if given_up or found is None else found["opens_on"]) == planned


@pytest.mark.req("X5")
def test_a_suspicion_of_two_lobes_read_from_either_image() -> None:
    """A flag of the episode is yes where any imaging says so, and unknown where none speaks of it."""
    told = workup(image={"lesion_count": 3, "bilobar": None})
    assert told.verdict("2027-03-06", "proceed_to_resection", "C7")[0] == "unknown"
    told.tell("2027-03-06", "imaging", modality="mri", purpose="other", bilobar=True)
    told.tell("2027-03-07", "imaging", modality="ct", purpose="other", bilobar=False)
    assert told.verdict("2027-03-08", "proceed_to_resection", "C7") == (
        "not_met",
        "Both lobes affected (MRI 6 Mar 2027): chemotherapy comes before surgery",
    )


@pytest.mark.req("X6")
@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        case("two ways to operate on the liver", "resection", "resection_with_ablation"),
        case("the stages of one operation", "two_stage", "two_stage"),
    ],
)
def test_of_two_plans_for_one_day_the_one_with_the_lowest_id_is_meant(
    order: tuple[str, str], first: str, second: str
) -> None:
    """Planned on one day for one day: the obligation hangs on one of them, whichever was recorded first."""
    fields: dict[str, dict[str, Any]] = {
        "a": {"procedure": first},
        "b": {"procedure": second, **({"stage": 2} if first == second else {})},
    }
    alone = resection().tell("2027-05-27", "surgery_planned", id="a", planned_for="2027-07-15", **fields["a"])
    wanted = alone.alert("2027-05-28", "act_awaited")
    told = resection()
    for name in order:
        told.tell("2027-05-27", "surgery_planned", id=name, planned_for="2027-07-15", **fields[name])
    found = told.alert("2027-05-28", "act_awaited")
    assert wanted is not None
    assert found is not None
    assert found["id"] == wanted["id"]


@pytest.mark.req("B1", "L1")
@pytest.mark.parametrize("kind", ["systemic_started", "locoregional_performed"])
@pytest.mark.parametrize(
    ("back", "treated", "reasons"),
    [
        case("treated on the day it came back: that is the first treatment", "2027-04-02", "2027-04-02", []),
        case("treated the day before it came back: that was of the disease before", "2027-04-02", "2027-04-01", ["B1"]),
        case("never back: the first treatment of all", None, "2027-04-01", []),
    ],
)
def test_the_first_treatment_is_that_of_the_episode(
    kind: str, back: str | None, treated: str, reasons: list[str]
) -> None:
    """What is counted after it says nothing of what the disease was."""
    told = registered().tell("2027-03-20", "taken_over", state="reassessment")
    fields = {"modality": "rfa"} if kind == "locoregional_performed" else {"intent": "continued", "regimen": "FOLFOX"}
    told.tell(treated, kind, **fields)
    if back:
        told.tell(back, "recurrence", sites=["liver"])
    told.tell("2027-04-03", "imaging", modality="ct", purpose="other", lesion_count=11)
    assert told.shown("2027-04-04")["classification"]["reasons"] == reasons


@pytest.mark.req("X5")
@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_of_two_facts_of_one_day_that_agree_the_one_with_the_lowest_id_is_named(order: tuple[str, str]) -> None:
    """Whatever the order of recording."""
    told = reassessment()
    for name in order:
        told.tell("2027-05-20", "imaging", id=name, modality={"a": "mri", "b": "ct"}[name], purpose="other",
                  response="stable", extrahepatic="resectable")  # fmt: skip
    assert (
        told.verdict("2027-05-21", OFFER, "D3")[1]
        == "Stable disease on MRI 20 May 2027, during FOLFIRI (since 20 Mar 2027)"
    )
    assert told.verdict("2027-05-21", OFFER, "D4")[1] == "Disease outside the liver is resectable (MRI 20 May 2027)"


@pytest.mark.req("B2", "L1")
@pytest.mark.parametrize(
    ("day", "reasons", "flags"),
    [
        case("of the day of the first treatment", "2027-04-01", ["B2"], ["bilobar", "infiltrative_ivb_v"]),
        case("of the day after", "2027-04-02", [], []),
    ],
)
def test_the_flags_of_the_disease_are_read_up_to_its_first_treatment(
    day: str, reasons: list[str], flags: list[str]
) -> None:
    """Its day included."""
    told = registered().tell("2027-03-20", "taken_over", state="reassessment")
    told.tell("2027-04-01", "systemic_started", intent="continued", regimen="FOLFOX")
    told.tell(day, "imaging", modality="ct", purpose="other", bilobar=True, infiltrative=True, segments=["V"])
    found = told.shown("2027-04-03")
    assert (found["classification"]["reasons"], found["risk_factors"]) == (reasons, flags)
