"""D. Reassessment: all five, or no resection."""

from typing import Any

import pytest

from tests.histories import decided, reassessment, recurred, registered, resectable, workup
from tests.spec.case import case

OFFER = "offer_resection"


@pytest.mark.req("D1")
@pytest.mark.parametrize(
    ("statements", "verdict", "reason"),
    [
        case("the MDT says so", [True], "met", "The MDT of 24 May 2027 says R0 is achievable"),
        case("the MDT denies it", [False], "not_met", "The MDT of 24 May 2027 says R0 is not achievable"),
        case(
            "the MDT met and did not say",
            [None],
            "unknown",
            "The MDT of 24 May 2027 did not say whether R0 is achievable: ask it",
        ),
        case(
            "one of the day's decisions denies it",
            [True, False],
            "not_met",
            "The MDT of 24 May 2027 says R0 is not achievable",
        ),
        case("no decision", [], "unknown", "No MDT decision since 18 May 2027: ask the MDT whether R0 is achievable"),
    ],
)
def test_r0_is_for_the_mdt_to_say(statements: list[bool | None], verdict: str, reason: str) -> None:
    """Complete R0 resection of all visible metastases technically achievable: the MDT's statement, in this state."""
    told = resectable()
    for said in statements:
        decided(told, "2027-05-24", OFFER, **({} if said is None else {"r0_achievable": said}))
    assert told.verdict("2027-05-24", OFFER, "D1") == (verdict, reason)


@pytest.mark.req("D2")
@pytest.mark.parametrize(
    ("percent", "verdict", "reason"),
    [
        case(
            "30.0 % is not enough",
            30.0,
            "not_met",
            "Liver remnant 30 % (CT volumetry 20 May 2027), needs more than 30 %",
        ),
        case("30.1 % is", 30.1, "met", "Liver remnant 30.1 % (CT volumetry 20 May 2027), more than 30 %"),
        case("28 %", 28, "not_met", "Liver remnant 28 % (CT volumetry 20 May 2027), needs more than 30 %"),
    ],
)
def test_the_remnant_is_above_thirty_percent(percent: float, verdict: str, reason: str) -> None:
    """Future liver remnant above 30 % of the total volume; 30.0 is not enough."""
    told = reassessment().tell("2027-05-20", "volumetry", remnant_percent=percent)
    assert told.verdict("2027-05-21", OFFER, "D2") == (verdict, reason)


@pytest.mark.req("D2")
@pytest.mark.parametrize(
    ("measurements", "verdict"),
    [
        case("the latest counts", [("2027-05-20", 41, False), ("2027-05-25", 26, False)], "not_met"),
        case("of one day the lower", [("2027-05-20", 41, False), ("2027-05-20", 26, False)], "not_met"),
        case("39 % estimated is not enough to go by", [("2027-05-20", 39, True)], "unknown"),
        case("40 % estimated is", [("2027-05-20", 40, True)], "met"),
        case("a measurement goes before an estimate", [("2027-05-20", 25, False), ("2027-05-25", 60, True)], "not_met"),
        case("none", [], "unknown"),
    ],
)
def test_which_measurement_of_the_remnant_counts(measurements: list[tuple[str, float, bool]], verdict: str) -> None:
    """The latest measured one; an estimate alone from 40 % on (local)."""
    told = reassessment()
    for day, percent, estimated in measurements:
        told.tell(day, "volumetry", remnant_percent=percent, estimated=estimated)
    assert told.verdict("2027-05-26", OFFER, "D2")[0] == verdict


@pytest.mark.req("D2")
def test_fewer_than_two_segments_are_a_warning_beside_it() -> None:
    """About 2 segments at least: fewer pass, and are said."""
    told = reassessment().tell("2027-05-20", "volumetry", remnant_percent=41, remnant_segments=1)
    assert told.verdict("2027-05-21", OFFER, "D2") == (
        "met",
        "Liver remnant 41 % (CT volumetry 20 May 2027), more than 30 %; only 1 segment remains, about 2 are wanted",
    )


@pytest.mark.req("D3")
@pytest.mark.parametrize(
    ("responses", "verdict"),
    [
        case("stable", [("2027-05-20", "stable")], "met"),
        case("progression", [("2027-05-20", "progression")], "not_met"),
        case("a response after progression", [("2027-05-19", "progression"), ("2027-05-20", "partial")], "met"),
        case("two of one day: the worse", [("2027-05-20", "partial"), ("2027-05-20", "progression")], "not_met"),
    ],
)
def test_no_progression_during_chemotherapy(responses: list[tuple[str, str]], verdict: str) -> None:
    """The worst response of the latest day with one, since the present line began."""
    told = reassessment()
    for day, response in responses:
        told.tell(day, "imaging", modality="mri", purpose="other", response=response)
    assert told.verdict("2027-05-21", OFFER, "D3")[0] == verdict


@pytest.mark.req("D3")
def test_a_line_nobody_gave_and_a_response_of_its_first_day_say_nothing() -> None:
    """A new line without a cycle is unknown; what was measured on its first day belongs to the one before."""
    told = reassessment()
    decided(told, "2027-05-20", "start_neoadjuvant")
    told.step("2027-05-24", "start_neoadjuvant")
    told.tell("2027-05-24", "systemic_started", intent="neoadjuvant", regimen="CAPOX")
    told.tell("2027-05-24", "imaging", modality="ct", purpose="other", response="partial")
    decided(told, "2027-05-25", "reassess")
    told.step("2027-05-25", "reassess")
    assert told.verdict("2027-05-26", OFFER, "D3") == (
        "unknown",
        "No cycle of CAPOX recorded since its start on 24 May 2027: record the cycles given",
    )
    told.tell("2027-05-24", "cycle_given", number=1)
    assert told.verdict("2027-05-26", OFFER, "D3") == (
        "unknown",
        "No response recorded since CAPOX began on 24 May 2027: record the imaging with its response",
    )


@pytest.mark.req("D3")
@pytest.mark.parametrize(
    ("back_on", "image", "verdict"),
    [
        case("during adjuvant therapy", "2027-12-01", {}, "not_met"),
        case("on the day it was stopped", "2027-12-20", {}, "not_met"),
        case("the day after", "2027-12-21", {}, "met"),
        case("the day after, with many lesions", "2027-12-21", {"lesion_count": 6}, "not_met"),
        case("the day after, with no count", "2027-12-21", {"lesion_count": None}, "unknown"),
    ],
)
def test_without_a_new_line_a_recurrence_asks_what_it_is(back_on: str, image: dict[str, Any], verdict: str) -> None:
    """No line since the operation: failed under adjuvant therapy, else as many lesions as C7 allows."""
    from tests.histories import surveillance

    told = surveillance()
    seen = {k: v for k, v in {"lesion_count": 2, "bilobar": False, **image}.items() if v is not None}
    told.tell("2028-06-02", "recurrence", sites=["liver"])
    told.tell("2028-06-02", "imaging", modality="ct", purpose="other", **seen)
    told.tell(back_on, "recurrence", sites=["liver"])
    told.step("2028-06-03", "restage")
    assert told.verdict("2028-06-05", OFFER, "D3")[0] == verdict


@pytest.mark.req("D4")
@pytest.mark.parametrize(
    ("modality", "found", "verdict", "reason"),
    [
        case("none, by CT", "ct", "none", "met", "No disease outside the liver (CT 20 May 2027)"),
        case("none, by PET-CT", "pet_ct", "none", "met", "No disease outside the liver (PET-CT 20 May 2027)"),
        case(
            "resectable passes", "mri", "resectable", "met", "Disease outside the liver is resectable (MRI 20 May 2027)"
        ),
        case(
            "unresectable",
            "ultrasound",
            "unresectable",
            "not_met",
            "Unresectable disease outside the liver (ultrasound 20 May 2027)",
        ),
        case(
            "none, by MRI, does not count",
            "mri",
            "none",
            "unknown",
            "Disease outside the liver last recorded 3 Mar 2027, before this line of therapy: record it again, from CT or "
            "PET-CT",
        ),
    ],
)
def test_no_unresectable_disease_outside_the_liver(modality: str, found: str, verdict: str, reason: str) -> None:
    """The latest imaging of this line; `none` counts from CT and PET-CT only."""
    told = reassessment(image={"extrahepatic": None})
    told.tell("2027-05-20", "imaging", modality=modality, purpose="other", extrahepatic=found)
    assert told.verdict("2027-05-21", OFFER, "D4") == (verdict, reason)


@pytest.mark.req("D5")
@pytest.mark.parametrize(
    ("values", "verdict", "reason"),
    [
        case("ECOG 1", [1], "met", "ECOG 1 (20 May 2027), 1 at most"),
        case("ECOG 2", [2], "not_met", "ECOG 2 (20 May 2027), needs 1 at most"),
        case("two of one day: the higher", [0, 2], "not_met", "ECOG 2 (20 May 2027), needs 1 at most"),
        case(
            "only an older one",
            [],
            "unknown",
            "ECOG last recorded 3 Mar 2027, before this line of therapy: record it again",
        ),
    ],
)
def test_she_is_fit_for_surgery(values: list[int], verdict: str, reason: str) -> None:
    """ECOG 0 or 1, the latest of this line."""
    told = reassessment()
    for ecog in values:
        told.tell("2027-05-20", "performance_status", ecog=ecog)
    assert told.verdict("2027-05-21", OFFER, "D5") == (verdict, reason)


@pytest.mark.req("D6")
def test_what_nobody_recorded_is_asked_for() -> None:
    """`criterion_missing`: unknown refuses, says what is missing, and is due 14 days after the state was entered."""
    told = reassessment()
    assert told.owed("2027-06-01", "criterion_missing") == ("due", "routine", "2027-05-18", "2027-06-01")
    assert told.owed("2027-06-02", "criterion_missing") == ("overdue", "routine", "2027-05-18", "2027-06-01")
    found = told.alert("2027-06-01", "criterion_missing")
    assert found is not None
    assert found["reason"] == "Still needed: liver remnant, ECOG. Record by 1 Jun 2027"
    told.tell("2027-05-20", "volumetry", remnant_percent=20).tell("2027-05-20", "performance_status", ecog=3)
    assert told.owed("2027-06-02", "criterion_missing") is None, "not met is known"


@pytest.mark.req("D6")
def test_in_the_work_up_the_profile_is_asked_for() -> None:
    """`criterion_missing` in molecular work-up: what the regimen needs."""
    told = workup()
    found = told.alert("2027-03-06", "criterion_missing")
    assert found is not None
    assert (found["due_on"], found["reason"]) == (
        "2027-03-19",
        "Still needed: MMR/MSI, RAS, BRAF. Record by 19 Mar 2027",
    )


@pytest.mark.req("D7")
@pytest.mark.parametrize(
    ("row", "verdict", "reason"),
    [
        case(
            "the remnant of a liver that was operated on",
            "D2",
            "unknown",
            "Liver remnant last measured 20 May 2027, before the operation of 15 Jul 2027: record a new volumetry",
        ),
        case(
            "ECOG from before the recurrence",
            "D5",
            "unknown",
            "ECOG last recorded 20 May 2027, before the recurrence: record it again",
        ),
        case("imaging of the recurrence's day counts", "D4", "met", "No disease outside the liver (CT 2 Jun 2028)"),
    ],
)
def test_a_new_disease_asks_anew(row: str, verdict: str, reason: str) -> None:
    """After a recurrence or an operation a measurement from before it does not count, and the reason names its date."""
    assert recurred().verdict("2028-06-05", OFFER, row) == (verdict, reason)


@pytest.mark.req("D1", "D2", "D3", "D4", "D5")
def test_all_five_or_no_resection() -> None:
    """Every criterion is reported, not only the first that fails; all met, the step is open."""
    told = resectable()
    ids = [one["id"] for one in told.option("2027-05-21", OFFER)["criteria"]]
    assert ids == ["D1", "D2", "D3", "D4", "D5", "M1", "N1"]
    assert told.option("2027-05-21", OFFER)["allowed"] is False
    decided(told, "2027-05-24", OFFER, r0_achievable=True)
    assert told.option("2027-05-24", OFFER)["allowed"] is True


@pytest.mark.req("D3")
@pytest.mark.parametrize(
    ("response", "verdict", "reason"),
    [
        case("complete", "complete", "met", "Complete response on CT 20 May 2027, during FOLFIRI (since 20 Mar 2027)"),
        case("partial", "partial", "met", "Partial response on CT 20 May 2027, during FOLFIRI (since 20 Mar 2027)"),
        case("stable", "stable", "met", "Stable disease on CT 20 May 2027, during FOLFIRI (since 20 Mar 2027)"),
        case(
            "progression", "progression", "not_met", "Progression on CT 20 May 2027 during FOLFIRI (since 20 Mar 2027)"
        ),
    ],
)
def test_the_response_is_said_with_its_imaging_and_its_line(response: str, verdict: str, reason: str) -> None:
    """The sentence names the response, the imaging that shows it, and the line with its start."""
    told = reassessment().tell("2027-05-20", "imaging", modality="ct", purpose="other", response=response)
    assert told.verdict("2027-05-21", OFFER, "D3") == (verdict, reason)


@pytest.mark.req("D3")
def test_progression_refuses_also_where_no_cycle_is_recorded() -> None:
    """Progression since the line's start is not met, whether or not anybody recorded a cycle."""
    told = registered().tell("2027-03-20", "systemic_started", intent="neoadjuvant", regimen="FOLFOX")
    told.tell("2027-05-18", "imaging", modality="ct", purpose="other", response="progression")
    told.tell("2027-05-18", "taken_over", state="reassessment")
    assert told.verdict("2027-05-19", OFFER, "D3") == (
        "not_met",
        "Progression on CT 18 May 2027 during FOLFOX (since 20 Mar 2027)",
    )


@pytest.mark.req("D3")
def test_neither_line_nor_operation_says_nothing() -> None:
    """Nobody has been treated: what the disease does under therapy is not known."""
    told = registered().tell("2027-03-20", "taken_over", state="reassessment")
    assert told.verdict("2027-03-21", OFFER, "D3") == (
        "unknown",
        "No chemotherapy recorded, so the response to it is not known: record the therapy and the response",
    )


@pytest.mark.req("D3")
@pytest.mark.parametrize(
    ("back_on", "stop", "verdict"),
    [
        case("on the day it began", "2027-08-31", None, "met"),
        case("the day after", "2027-09-01", None, "not_met"),
        case("six calendar months after a start on 31 August", "2028-02-29", None, "not_met"),
        case("a day later: six months at most", "2028-03-01", None, "met"),
        case("after its first stop", "2027-12-01", {"on": "2027-11-30"}, "met"),
        case("the biologic alone stopped", "2027-12-01", {"on": "2027-11-30", "what": "biologic"}, "not_met"),
    ],
)
def test_a_recurrence_under_adjuvant_therapy_is_progression(
    back_on: str, stop: dict[str, str] | None, verdict: str
) -> None:
    """Between an adjuvant start and its first stop after it, six calendar months at most."""
    told = registered().tell("2027-07-01", "surgery_performed", procedure="resection")
    told.tell("2027-08-31", "systemic_started", intent="adjuvant", regimen="FOLFOX")
    if stop is not None:
        told.tell(stop["on"], "systemic_stopped", **{name: value for name, value in stop.items() if name != "on"})
    told.tell(back_on, "recurrence", sites=["liver"])
    told.tell(back_on, "imaging", modality="ct", purpose="other", lesion_count=2, bilobar=False)
    told.tell("2028-03-10", "taken_over", state="reassessment")
    found = told.verdict("2028-03-11", OFFER, "D3")
    assert found[0] == verdict
    if verdict == "not_met":
        assert found[1].endswith(", during adjuvant FOLFOX (since 31 Aug 2027)")


@pytest.mark.req("D3")
@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        case("begun on the day of the operation",
             [("2027-04-01", "surgery_performed", {"procedure": "resection"}), ("2027-04-01", "systemic_started", {})],
             "Recurrence or progression on 1 May 2027, during adjuvant FOLFOX (since 1 Apr 2027)"),
        case("begun before the operation",
             [("2027-03-31", "systemic_started", {}), ("2027-04-01", "surgery_performed", {"procedure": "resection"})],
             "No chemotherapy since the operation of 1 Apr 2027; 1 lesion (CT 1 May 2027), 5 at most, not in both "
             "lobes"),
        case("a stop on the day it began is not its own",
             [("2027-04-01", "surgery_performed", {"procedure": "resection"}), ("2027-04-10", "systemic_stopped", {}),
              ("2027-04-10", "systemic_started", {})],
             "Recurrence or progression on 1 May 2027, during adjuvant FOLFOX (since 10 Apr 2027)"),
        case("on the day of its stop",
             [("2027-04-01", "surgery_performed", {"procedure": "resection"}), ("2027-04-10", "systemic_started", {}),
              ("2027-05-01", "systemic_stopped", {})],
             "Recurrence or progression on 1 May 2027, during adjuvant FOLFOX (since 10 Apr 2027)"),
        case("the last adjuvant therapy is named where none failed",
             [("2027-04-01", "surgery_performed", {"procedure": "resection"}), ("2027-05-01", "systemic_started", {}),
              ("2027-05-10", "systemic_started", {"regimen": "CAPOX"})],
             "Nothing begun since adjuvant CAPOX of 10 May 2027; 1 lesion (CT 1 May 2027), 5 at most, not in both "
             "lobes"),
    ],
)  # fmt: skip
def test_which_adjuvant_therapy_the_disease_came_back_under(
    lines: list[tuple[str, str, dict[str, Any]]], reason: str
) -> None:
    """One begun since the operation, its day included, until the first stop after its first day."""
    told = registered()
    for day, kind, fields in lines:
        therapy = {"intent": "adjuvant", "regimen": "FOLFOX"} if kind == "systemic_started" else {}
        told.tell(day, kind, **{**therapy, **fields})
    told.tell("2027-05-01", "recurrence", sites=["liver"])
    told.tell("2027-05-01", "imaging", modality="ct", purpose="other", lesion_count=1, bilobar=False)
    told.tell("2027-05-20", "taken_over", state="reassessment")
    assert told.verdict("2027-05-21", OFFER, "D3")[1] == reason


@pytest.mark.req("D6", "D2")
@pytest.mark.parametrize(
    ("tell", "verdict", "reason"),
    [
        case("two segments are enough", [{"remnant_percent": 31, "remnant_segments": 2}], "met",
             "Liver remnant 31 % (CT volumetry 20 May 2027), more than 30 %"),
        case("no segment", [{"remnant_percent": 31, "remnant_segments": 0}], "met",
             "Liver remnant 31 % (CT volumetry 20 May 2027), more than 30 %; only 0 segments remain, about 2 are "
             "wanted"),
        case("too little, and one segment", [{"remnant_percent": 30, "remnant_segments": 1}], "not_met",
             "Liver remnant 30 % (CT volumetry 20 May 2027), needs more than 30 %; only 1 segment remains, about 2 are "
             "wanted"),
        case("nobody measured", [], "unknown", "Liver remnant not measured: record a volumetry"),
        case("39 % estimated", [{"remnant_percent": 39, "estimated": True}], "unknown",
             "Liver remnant only estimated at 39 % (20 May 2027); below 40 % it has to be measured: record a "
             "volumetry"),
        case("39.9 % estimated", [{"remnant_percent": 39.9, "estimated": True}], "unknown",
             "Liver remnant only estimated at 39.9 % (20 May 2027); below 40 % it has to be measured: record a "
             "volumetry"),
        case("40 % estimated", [{"remnant_percent": 40, "estimated": True}], "met",
             "Liver remnant estimated at 40 % (20 May 2027): counts from 40 %, a measurement is better"),
        case("30.01 %", [{"remnant_percent": 30.01}], "met",
             "Liver remnant 30.01 % (CT volumetry 20 May 2027), more than 30 %"),
    ],
)  # fmt: skip
def test_the_remnant_in_words(tell: list[dict[str, Any]], verdict: str, reason: str) -> None:
    """Value, date and limit; or what to record."""
    told = reassessment()
    for fields in tell:
        told.tell("2027-05-20", "volumetry", **fields)
    assert told.verdict("2027-05-21", OFFER, "D2") == (verdict, reason)


@pytest.mark.req("D4", "D5", "D6")
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        case("disease outside the liver", "D4", "Disease outside the liver not recorded: record it from CT or PET-CT"),
        case("ECOG", "D5", "ECOG not recorded: record it"),
    ],
)
def test_what_nobody_ever_recorded_is_said_plainly(row: str, reason: str) -> None:
    """Unknown, with what to record."""
    told = registered().tell("2027-03-20", "taken_over", state="reassessment")
    assert told.verdict("2027-03-21", OFFER, row) == ("unknown", reason)


@pytest.mark.req("D7")
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        case("disease outside the liver", "D4",
             "Disease outside the liver last recorded 3 Mar 2027, before the operation: record it again, from CT or "
             "PET-CT"),
        case("ECOG", "D5", "ECOG last recorded 3 Mar 2027, before the operation: record it again"),
    ],
)  # fmt: skip
def test_after_an_operation_it_is_the_operation_that_made_it_old(row: str, reason: str) -> None:
    """The reason names the date, and what came since."""
    told = registered().tell("2027-03-03", "performance_status", ecog=1)
    told.tell("2027-03-03", "imaging", modality="ct", purpose="other", extrahepatic="none")
    told.tell("2027-04-01", "surgery_performed", procedure="resection")
    told.tell("2027-05-01", "taken_over", state="reassessment")
    assert told.verdict("2027-05-02", OFFER, row) == ("unknown", reason)


@pytest.mark.req("D3")
def test_adjuvant_therapy_is_not_denied_where_no_line_followed_it() -> None:
    """After adjuvant therapy and a recurrence the sentence does not say that there was no chemotherapy."""
    reason = recurred().verdict("2028-06-05", OFFER, "D3")[1]
    assert "No chemotherapy since" not in reason
    assert reason.startswith("Nothing begun since adjuvant FOLFIRI of ")


@pytest.mark.req("D3")
def test_without_any_therapy_since_the_operation_the_lesions_decide_in_words() -> None:
    """No line since the operation: as many lesions as C7 allows, and the sentence says both."""
    told = registered().tell("2027-04-01", "surgery_performed", procedure="resection")
    told.tell("2027-06-01", "recurrence", sites=["liver"])
    told.tell("2027-06-01", "imaging", modality="ct", purpose="other", lesion_count=6, bilobar=False)
    told.tell("2027-06-02", "taken_over", state="reassessment")
    assert told.verdict("2027-06-03", OFFER, "D3") == (
        "not_met",
        (
            "No chemotherapy since the operation of 1 Apr 2027; 6 lesions (CT 1 Jun 2027), more than 5: chemotherapy "
            "comes before surgery"
        ),
    )


@pytest.mark.req("D3")
@pytest.mark.parametrize(
    ("cycle", "verdict"),
    [
        case("the day before adjuvant therapy began", "2027-04-09", "met"),
        case("its first day: the cycle is the adjuvant's", "2027-04-10", "unknown"),
        case("later", "2027-04-11", "unknown"),
    ],
)
def test_a_cycle_belongs_to_the_therapy_that_runs(cycle: str, verdict: str) -> None:
    """A line without a cycle of its own says nothing of the disease."""
    told = registered().tell("2027-03-20", "systemic_started", intent="neoadjuvant", regimen="FOLFOX")
    told.tell("2027-04-10", "systemic_started", intent="adjuvant", regimen="FOLFOX")
    told.tell(cycle, "cycle_given", number=1)
    told.tell("2027-04-20", "imaging", modality="ct", purpose="other", response="stable")
    told.tell("2027-04-20", "taken_over", state="reassessment")
    assert told.verdict("2027-04-21", OFFER, "D3")[0] == verdict


@pytest.mark.req("D2")
@pytest.mark.parametrize(
    ("day", "verdict"),
    [case("on the day of the operation", "2027-06-01", "unknown"), case("the day after", "2027-06-02", "met")],
)
@pytest.mark.parametrize("estimated", [False, True], ids=["measured", "estimated"])
def test_a_remnant_counts_from_the_day_after_the_operation(estimated: bool, day: str, verdict: str) -> None:
    """What was measured up to it is the liver that was operated on."""
    told = registered().tell("2027-06-01", "surgery_performed", procedure="resection")
    told.tell(day, "volumetry", remnant_percent=45, estimated=estimated).tell(
        "2027-06-03", "taken_over", state="reassessment"
    )
    assert told.verdict("2027-06-04", OFFER, "D2")[0] == verdict


@pytest.mark.req("D2")
@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_of_two_measurements_of_one_day_that_agree_the_lowest_id_is_named(order: tuple[str, str]) -> None:
    """With the segments that it gives, whichever was recorded first."""
    told = reassessment()
    for name in order:
        told.tell("2027-05-20", "volumetry", id=name, remnant_percent=41, remnant_segments={"a": 1, "b": 3}[name])
    assert "only 1 segment remains" in told.verdict("2027-05-21", OFFER, "D2")[1]


@pytest.mark.req("D3")
@pytest.mark.parametrize(("operation", "start"), [("a", "b"), ("b", "a")])
@pytest.mark.parametrize(
    ("day", "reason"),
    [
        case("on the day of the operation", "2027-05-01",
             "No chemotherapy since the operation of 1 May 2027; Number of lesions not recorded: record a CT or MRI with "
             "their number"),
        case("the day after", "2027-05-02",
             "No cycle of FOLFOX recorded since its start on 2 May 2027: record the cycles given"),
    ],
)  # fmt: skip
def test_the_present_line_begins_after_the_day_of_the_operation(
    day: str, reason: str, operation: str, start: str
) -> None:
    """Whichever of two facts of one day is read first."""
    told = registered().tell("2027-05-01", "surgery_performed", id=operation, procedure="resection")
    told.tell(day, "systemic_started", id=start, intent="continued", regimen="FOLFOX")
    told.tell("2027-05-03", "taken_over", state="reassessment")
    assert told.verdict("2027-05-04", OFFER, "D3")[1] == reason
