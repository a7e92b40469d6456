"""H. Surveillance."""

from datetime import date
from typing import Any

import pytest

from pathway.journey import walk
from pathway.obligations import follow_up
from tests.histories import Story, adjuvant, decided, reassessment, recurred, registered, surveillance
from tests.spec.case import case


def followed(operated_on: str = "2027-07-15") -> Story:
    """In surveillance since an operation."""
    told = registered().tell(
        "2027-03-02", "primary_identified", primary="colorectal", method="colonoscopy", resected=True
    )
    told.tell(operated_on, "surgery_performed", id="op", procedure="resection")
    return told.tell(operated_on, "taken_over", id="to", state="surveillance")


@pytest.mark.req("H1")
@pytest.mark.parametrize(
    ("operated_on", "before", "end"),
    [
        case("five calendar years", "2027-07-15", "2032-07-14", "2032-07-15"),
        case("from a leap day", "2028-02-29", "2033-02-27", "2033-02-28"),
    ],
)
def test_follow_up_lasts_five_years(operated_on: str, before: str, end: str) -> None:
    """`complete_follow_up` opens five calendar years after the operation; `follow_up_complete` is due that day."""
    told = followed(operated_on)
    assert told.option(before, "complete_follow_up")["allowed"] is False
    assert told.option(end, "complete_follow_up")["allowed"] is True
    found = told.alert(before, "follow_up_complete")
    assert found is not None
    assert (found["status"], found["due_on"]) == ("due", end)
    told.step(end, "complete_follow_up")
    assert told.state(end) == "completed"
    assert told.shown(end)["alerts"] == []


@pytest.mark.req("H1")
def test_an_untreated_recurrence_keeps_her() -> None:
    """No override replaces it: a recurrence is treated by an operation, a locoregional therapy or a new line."""
    told = followed().tell("2030-01-01", "recurrence", sites=["lung"])
    assert told.verdict("2032-07-15", "complete_follow_up", "fact") == (
        "not_met",
        "Recurrence of 1 Jan 2030 is not yet treated",
    )
    told.tell("2030-01-02", "systemic_started", intent="continued", regimen="FOLFOX")
    assert told.verdict("2032-07-15", "complete_follow_up", "fact")[0] == "met"


@pytest.mark.req("H2")
@pytest.mark.parametrize(
    ("day", "status"),
    [
        case("a day before three months", "2027-10-14", "upcoming"),
        case("three months after the operation", "2027-10-15", "due"),
        case("six months after it", "2028-01-15", "due"),
        case("a day later", "2028-01-16", "overdue"),
    ],
)
def test_a_ct_every_three_to_six_months(day: str, status: str) -> None:
    """`surveillance_ct`: opens 3, due 6 calendar months after the last one, the operation for the first."""
    assert followed().owed(day, "surveillance_ct") == (status, "routine", "2027-10-15", "2028-01-15")


@pytest.mark.req("H2")
def test_month_ends_clip() -> None:
    """Operated on 31 August: three months on is 30 November, six months on the last of February."""
    assert followed("2027-08-31").owed("2027-09-01", "surveillance_ct") == (
        "upcoming",
        "routine",
        "2027-11-30",
        "2028-02-29",
    )


@pytest.mark.req("H2")
@pytest.mark.parametrize(
    ("on", "fields", "counts"),
    [
        case(
            "a CT for surveillance, before the window",
            "2027-09-01",
            {"modality": "ct", "purpose": "surveillance"},
            True,
        ),
        case(
            "a CT for another purpose, before the window", "2027-10-14", {"modality": "ct", "purpose": "other"}, False
        ),
        case("a CT for another purpose, once it is open", "2027-10-15", {"modality": "ct", "purpose": "other"}, True),
        case("a PET-CT is a CT", "2027-11-01", {"modality": "pet_ct", "purpose": "surveillance"}, True),
        case(
            "an MRI where CT is contraindicated",
            "2027-11-01",
            {"modality": "mri", "purpose": "surveillance", "ct_contraindicated": True},
            True,
        ),
        case("an MRI otherwise", "2027-11-01", {"modality": "mri", "purpose": "surveillance"}, False),
        case("an ultrasound", "2027-11-01", {"modality": "ultrasound", "purpose": "surveillance"}, False),
        case("a CT of the operation's day", "2027-07-15", {"modality": "ct", "purpose": "surveillance"}, False),
    ],
)
def test_what_counts_as_a_ct(on: str, fields: dict[str, Any], counts: bool) -> None:
    """CT or PET-CT after the last one; any purpose counts once the window is open."""
    told = followed().tell(on, "imaging", **fields)
    found = told.alert("2027-12-01", "surveillance_ct")
    assert found is not None
    assert (found["due_on"] != "2028-01-15") is counts


@pytest.mark.req("H2")
@pytest.mark.parametrize(
    ("last", "opens", "due"),
    [
        case("a day before the second anniversary", "2029-07-14", "2029-10-14", "2030-01-14"),
        case("on it: every six to twelve months", "2029-07-15", "2030-01-15", "2030-07-15"),
    ],
)
def test_from_the_third_year_on_every_six_to_twelve_months(last: str, opens: str, due: str) -> None:
    """Years 3 to 5: 6 and 12 calendar months (local)."""
    told = followed().tell(last, "imaging", modality="ct", purpose="surveillance")
    found = told.alert("2029-08-01", "surveillance_ct")
    assert found is not None
    assert (found["opens_on"], found["due_on"]) == (opens, due)
    assert found["source"] == ("local default" if last == "2029-07-15" else found["source"])


@pytest.mark.req("H2")
@pytest.mark.parametrize(
    ("last", "owed"),
    [
        case("opens on the last day of the five years", "2032-01-15", True),
        case("would open after them", "2032-01-16", False),
    ],
)
def test_no_ct_is_owed_beyond_the_five_years(last: str, owed: bool) -> None:
    """Not when it would open after the five years."""
    told = followed().tell(last, "imaging", modality="ct", purpose="surveillance")
    assert (told.alert("2032-02-01", "surveillance_ct") is not None) is owed


@pytest.mark.req("H3")
@pytest.mark.parametrize(
    ("cea_on", "owed"),
    [
        case("no CEA", None, ("2027-11-20", "2027-12-04")),
        case("15 days before the visit", "2027-11-05", ("2027-11-20", "2027-12-04")),
        case("14 days before it", "2027-11-06", None),
        case("after it", "2027-12-20", None),
    ],
)
def test_cea_at_each_visit(cea_on: str | None, owed: tuple[str, str] | None) -> None:
    """`surveillance_cea`: the first surveillance visit without CEA from 14 days before it on; its day, due 14 days
    after (local).
    """
    told = followed().tell("2027-11-20", "visit", kind="surveillance")
    if cea_on:
        told.tell(cea_on, "cea", ng_per_ml=2)
    found = told.alert("2027-12-21", "surveillance_cea")
    if owed:
        assert found is not None
        assert (found["opens_on"], found["due_on"]) == owed
    else:
        assert found is None, "and the CEA lies in the CT's window"


@pytest.mark.req("H3")
def test_cea_with_each_ct_and_for_colorectal_primaries_only() -> None:
    """Else the CT's window; only colorectal (local)."""
    assert followed().owed("2027-08-01", "surveillance_cea") == ("upcoming", "routine", "2027-10-15", "2028-01-15")
    told = followed().tell("2027-10-15", "cea", ng_per_ml=2)
    assert told.alert("2027-10-16", "surveillance_cea") is None
    other = registered().tell("2027-03-02", "primary_identified", primary="gastric", method="upper_endoscopy")
    other.tell("2027-07-15", "taken_over", state="surveillance")
    assert other.alert("2027-08-01", "surveillance_cea") is None


@pytest.mark.req("H4")
@pytest.mark.parametrize(
    ("sites", "said"),
    [
        case("the liver alone", ("liver",), "consider re-resection"),
        case("elsewhere too", ("liver", "lung"), "systemic therapy"),
    ],
)
def test_a_recurrence_brings_her_back(sites: tuple[str, ...], said: str) -> None:
    """A recurrence opens `restage`; isolated hepatic: re-resection, otherwise systemic therapy."""
    told = surveillance()
    assert told.option("2028-06-01", "restage")["allowed"] is False
    told = recurred(sites)
    assert told.state("2028-06-03") == "reassessment"
    found = next(one for one in told.shown("2028-06-04")["suggestions"] if one["id"] == "H4")
    assert said in found["text"]


@pytest.mark.req("H5")
def test_the_recurrence_figures_stand_ready_for_the_chart() -> None:
    """90 % of recurrences within 2 years; up to 60 % recur: reference lines, quoted."""
    references = surveillance().protocol.references
    assert (references["recurrence_within_two_years"].low, references["recurrence_after_resection"].high) == (90, 60)


@pytest.mark.req("H1")
@pytest.mark.parametrize(
    ("lines", "end"),
    [
        case("the last operation", [("2027-07-15", "surgery_performed", {"procedure": "resection"})], "2032-07-15"),
        case("a later locoregional therapy that left nothing",
             [("2027-07-15", "surgery_performed", {"procedure": "resection"}),
              ("2027-10-01", "locoregional_performed", {"modality": "rfa", "residual_disease": False})], "2032-10-01"),
        case("one that left disease does not count",
             [("2027-07-15", "surgery_performed", {"procedure": "resection"}),
              ("2027-10-01", "locoregional_performed", {"modality": "rfa", "residual_disease": True})], "2032-07-15"),
        case("nor one of which nobody said",
             [("2027-07-15", "surgery_performed", {"procedure": "resection"}),
              ("2027-10-01", "locoregional_performed", {"modality": "rfa"})], "2032-07-15"),
        case("an operation on the bowel does not count",
             [("2027-07-15", "surgery_performed", {"procedure": "resection"}),
              ("2027-10-01", "surgery_performed", {"procedure": "primary"})], "2032-07-15"),
        case("neither: the day the state was entered", [], "2032-12-01"),
    ],
)  # fmt: skip
def test_from_when_the_five_years_count(lines: list[tuple[str, str, dict[str, Any]]], end: str) -> None:
    """The later of the last operation and the last locoregional therapy that left no disease; neither: since."""
    told = registered()
    for day, kind, fields in lines:
        told.tell(day, kind, **fields)
    told.tell("2027-12-01", "taken_over", state="surveillance")
    found = told.alert("2028-01-01", "follow_up_complete")
    assert found is not None
    assert found["due_on"] == end


@pytest.mark.req("H1")
@pytest.mark.parametrize(
    ("day", "status"),
    [
        case("15 days before", "2032-06-30", "upcoming"),
        case("14 days before", "2032-07-01", "due"),
        case("on the day", "2032-07-15", "due"),
        case("the day after", "2032-07-16", "overdue"),
    ],
)
def test_the_end_of_follow_up_is_announced(day: str, status: str) -> None:
    """`follow_up_complete`: opens 14 days before (local), due five calendar years after."""
    told = followed()
    assert told.owed(day, "follow_up_complete") == (status, "routine", "2032-07-01", "2032-07-15")
    found = told.alert(day, "follow_up_complete")
    assert found is not None
    assert found["reason"] == "5 years since 15 Jul 2027: complete the follow-up on 15 Jul 2032"


@pytest.mark.req("H1")
@pytest.mark.parametrize(
    ("day", "verdict", "reason"),
    [
        case("the day before", "2032-07-14", "not_met", "Follow-up since 15 Jul 2027 goes on until 15 Jul 2032"),
        case("on the day", "2032-07-15", "met", "5 years of follow-up since 15 Jul 2027 were over on 15 Jul 2032"),
    ],
)
def test_the_five_years_in_words(day: str, verdict: str, reason: str) -> None:
    """From when, until when."""
    assert followed().verdict(day, "complete_follow_up", "H1") == (verdict, reason)


@pytest.mark.req("H2", "H3")
def test_the_words_of_ct_and_cea() -> None:
    """The window and from what it is counted."""
    told = followed()
    reasons = {one["rule"]: one["reason"] for one in told.shown("2027-08-01")["alerts"]}
    assert reasons["surveillance_ct"] == (
        "CT chest, abdomen, pelvis between 15 Oct 2027 and 15 Jan 2028, counted from 15 Jul 2027"
    )
    assert reasons["surveillance_cea"] == "CEA with the next CT, between 15 Oct 2027 and 15 Jan 2028"
    told.tell("2027-11-20", "visit", kind="surveillance")
    found = told.alert("2027-11-20", "surveillance_cea")
    assert found is not None
    assert found["reason"] == "Visit of 20 Nov 2027 without CEA: measure it by 4 Dec 2027"


@pytest.mark.req("H2", "H3")
def test_ct_and_cea_are_owed_under_adjuvant_therapy_too() -> None:
    """In adjuvant therapy and surveillance, in no state before."""
    told = adjuvant()
    assert told.owed("2027-10-15", "surveillance_ct") == ("due", "routine", "2027-10-15", "2028-01-15")
    assert told.owed("2027-10-15", "surveillance_cea") == ("due", "routine", "2027-10-15", "2028-01-15")
    assert told.owed("2027-08-01", "surveillance_ct") is None


@pytest.mark.req("H2")
def test_the_source_says_where_the_interval_comes_from() -> None:
    """3 to 6 months are the guideline's; 6 to 12 a local default."""
    told = followed()
    found = told.alert("2027-08-01", "surveillance_ct")
    assert found is not None
    assert found["source"].startswith('guideline: H2, Surveillance Protocol: "CT chest/abdomen/pelvis every 3-6 months')
    told.tell("2029-07-15", "imaging", modality="ct", purpose="surveillance")
    found = told.alert("2029-08-01", "surveillance_ct")
    assert found is not None
    assert found["source"] == "local default"


@pytest.mark.req("H3")
@pytest.mark.parametrize(
    ("tell", "owed"),
    [
        case("of two visits without CEA the first",
             [("2027-11-20", "visit", {"kind": "surveillance"}), ("2027-12-20", "visit", {"kind": "surveillance"})],
             ("2027-11-20", "2027-12-04")),
        case("a CEA for the second is one for both",
             [("2027-11-20", "visit", {"kind": "surveillance"}), ("2027-12-20", "visit", {"kind": "surveillance"}),
              ("2027-12-20", "cea", {"ng_per_ml": 2})], None),
        case("a CEA between leaves the second",
             [("2027-11-20", "visit", {"kind": "surveillance"}), ("2027-12-01", "cea", {"ng_per_ml": 2}),
              ("2027-12-20", "visit", {"kind": "surveillance"})], ("2027-12-20", "2028-01-03")),
        case("an oncology visit asks for none", [("2027-08-20", "visit", {"kind": "oncology"})],
             ("2027-10-15", "2028-01-15")),
        case("nor does it hide the surveillance visit after it",
             [("2027-08-20", "visit", {"kind": "oncology"}), ("2027-09-20", "visit", {"kind": "surveillance"})],
             ("2027-09-20", "2027-10-04")),
        case("nor does one from before the follow-up",
             [("2027-07-14", "visit", {"kind": "surveillance"}), ("2027-09-20", "visit", {"kind": "surveillance"})],
             ("2027-09-20", "2027-10-04")),
        case("a visit from before the follow-up neither", [("2027-07-14", "visit", {"kind": "surveillance"})],
             ("2027-10-15", "2028-01-15")),
        case("of its first day it does", [("2027-07-15", "visit", {"kind": "surveillance"})],
             ("2027-07-15", "2027-07-29")),
        case("a CEA the day before the window opens does not serve it", [("2027-10-14", "cea", {"ng_per_ml": 2})],
             ("2027-10-15", "2028-01-15")),
    ],
)  # fmt: skip
def test_which_visit_without_cea_is_owed(
    tell: list[tuple[str, str, dict[str, Any]]], owed: tuple[str, str] | None
) -> None:
    """The first surveillance visit since the follow-up's start that has none from 14 days before it on."""
    told = followed()
    for day, kind, fields in tell:
        told.tell(day, kind, **fields)
    found = told.alert("2027-12-31", "surveillance_cea")
    assert (None if found is None else (found["opens_on"], found["due_on"])) == owed


@pytest.mark.req("H3")
def test_a_visit_after_the_five_years_does_not_make_the_window_s_cea_vanish() -> None:
    """The window opened within the five years and its CEA is owed; no fact that is not a CEA ends it."""
    told = followed().tell("2032-01-15", "imaging", modality="ct", purpose="surveillance")
    assert told.owed("2032-07-20", "surveillance_cea") == ("due", "routine", "2032-07-15", "2033-01-15")
    told.tell("2032-07-20", "visit", kind="surveillance")
    assert told.owed("2032-07-20", "surveillance_cea") == ("due", "routine", "2032-07-15", "2033-01-15")


@pytest.mark.req("H4")
@pytest.mark.parametrize(
    ("treated", "met"),
    [
        case("progression is enough", None, True),
        case("treated since by a locoregional therapy", "2028-06-04", False),
        case("treated on its day", "2028-06-02", True),
    ],
)
def test_since_when_it_has_to_be_back(treated: str | None, met: bool) -> None:
    """Since the latest of the last operation, the last locoregional therapy, the day reassessment was last left."""
    told = surveillance().tell("2028-06-02", "imaging", modality="mri", purpose="other", response="progression")
    if treated:
        told.tell(treated, "locoregional_performed", modality="rfa")
    assert told.option("2028-06-05", "restage")["allowed"] is met


@pytest.mark.req("H4")
def test_a_recurrence_after_the_follow_up_was_completed_brings_her_back_too() -> None:
    """`completed` owes nothing until the disease is back: then a decision, urgent, and the way is open."""
    told = followed().step("2032-07-15", "complete_follow_up")
    assert (told.state("2033-01-01"), told.shown("2033-01-01")["alerts"]) == ("completed", [])
    assert told.option("2033-01-01", "restage")["allowed"] is False
    told.tell("2033-02-01", "recurrence", sites=["liver"])
    assert told.owed("2033-02-01", "mdt_review") == ("due", "urgent", "2033-02-01", "2033-02-15")
    told.step("2033-02-02", "restage")
    assert told.state("2033-02-02") == "reassessment"
    assert "H4" in told.suggested("2033-02-02")


@pytest.mark.req("H4")
@pytest.mark.parametrize(
    ("sites", "later", "said"),
    [
        case("liver twice", ["liver"], ["liver"], "Recurrence in the liver alone: consider re-resection"),
        case("liver, then lung", ["liver"], ["lung"], "Recurrence also outside the liver: systemic therapy"),
        case("lung, then liver", ["lung"], ["liver"], "Recurrence also outside the liver: systemic therapy"),
    ],
)
def test_all_sites_since_the_last_treatment_decide(sites: list[str], later: list[str], said: str) -> None:
    """Isolated hepatic means: all recurrences that nobody has treated yet are in the liver alone."""
    told = recurred(tuple(sites)).tell("2028-06-04", "recurrence", sites=later)
    found = next(one for one in told.shown("2028-06-05")["suggestions"] if one["id"] == "H4")
    assert found["text"] == said


@pytest.mark.req("H4")
def test_what_came_back_before_anything_was_treated_is_untreated() -> None:
    """Neither operated, nor ablated, nor begun: re-resection is considered all the same."""
    told = registered().tell("2027-04-01", "recurrence", sites=["liver"])
    told.tell("2027-04-02", "taken_over", state="reassessment")
    assert "H4" in told.suggested("2027-04-03")


@pytest.mark.req("H1", "H4")
@pytest.mark.parametrize(
    ("lines", "restage", "complete"),
    [
        case("nothing ever", [], "No recurrence or progression recorded: record it first", "No untreated recurrence"),
        case("nothing since the operation",
             [("2027-03-01", "recurrence", {"sites": ["liver"]}),
              ("2027-03-02", "surgery_performed", {"procedure": "resection"})],
             "No recurrence or progression recorded since 2 Mar 2027: record it first", "No untreated recurrence"),
        case("nothing since the ablation",
             [("2027-03-01", "recurrence", {"sites": ["liver"]}),
              ("2027-03-03", "locoregional_performed", {"modality": "rfa"})],
             "No recurrence or progression recorded since 3 Mar 2027: record it first", "No untreated recurrence"),
        case("reassessed since",
             [("2027-03-01", "recurrence", {"sites": ["liver"]}), ("2027-03-02", "taken_over", {"state": "reassessment"}),
              ("2027-03-04", "taken_over", {"state": "systemic"})],
             "No recurrence or progression recorded since 4 Mar 2027: record it first", "Recurrence of 1 Mar 2027 is not yet treated"),
        case("on the day reassessment was left",
             [("2027-03-02", "taken_over", {"state": "reassessment"}), ("2027-03-04", "recurrence", {"sites": ["liver"]}),
              ("2027-03-04", "taken_over", {"state": "systemic"})],
             "Recurrence or progression on 4 Mar 2027", "Recurrence of 4 Mar 2027 is not yet treated"),
        case("another state left since does not matter",
             [("2027-03-01", "recurrence", {"sites": ["liver"]}), ("2027-03-02", "taken_over", {"state": "systemic"})],
             "Recurrence or progression on 1 Mar 2027", "Recurrence of 1 Mar 2027 is not yet treated"),
        case("on the day of the operation: that does not treat it",
             [("2027-03-02", "surgery_performed", {"procedure": "resection"}),
              ("2027-03-02", "recurrence", {"sites": ["liver"]})],
             "Recurrence or progression on 2 Mar 2027", "Recurrence of 2 Mar 2027 is not yet treated"),
        case("progression", [("2027-03-02", "imaging", {"modality": "ct", "purpose": "other", "response": "progression"})],
             "Recurrence or progression on 2 Mar 2027", "No untreated recurrence"),
        case("a therapy begun on a later day treats it",
             [("2027-03-02", "recurrence", {"sites": ["liver"]}),
              ("2027-03-03", "systemic_started", {"intent": "continued", "regimen": "FOLFOX"})],
             "Recurrence or progression on 2 Mar 2027", "No untreated recurrence"),
    ],
)  # fmt: skip
def test_what_came_back_in_words(lines: list[tuple[str, str, dict[str, Any]]], restage: str, complete: str) -> None:
    """Both steps on from surveillance say what they rest on."""
    told = registered()
    for day, kind, fields in lines:
        told.tell(day, kind, **fields)
    told.tell("2027-03-10", "taken_over", state="surveillance")
    assert told.verdict("2027-03-11", "restage", "fact")[1] == restage
    assert told.verdict("2027-03-11", "complete_follow_up", "fact")[1] == complete


@pytest.mark.req("H1")
@pytest.mark.parametrize(
    ("plans", "verdict", "reason"),
    [
        case("planned", ["begin_surveillance"], "met", "The MDT of 24 May 2027 plans it"),
        case("planned twice", ["begin_surveillance", None], "met", "The MDT of 24 May 2027 plans it"),
        case(
            "something else",
            ["defer"],
            "not_met",
            "The MDT has not decided to begin surveillance since 18 May 2027: bring the patient to the MDT",
        ),
        case(
            "no decision",
            [],
            "not_met",
            "The MDT has not decided to begin surveillance since 18 May 2027: bring the patient to the MDT",
        ),
    ],
)
def test_from_reassessment_the_mdt_plans_surveillance(plans: list[str | None], verdict: str, reason: str) -> None:
    """A decision in this state that names the step; one that names none does not plan it."""
    told = reassessment()
    for plan in plans:
        decided(told, "2027-05-24", plan)
    assert told.verdict("2027-05-25", "begin_surveillance", "fact") == (verdict, reason)


@pytest.mark.req("H3")
@pytest.mark.parametrize(
    ("day", "owed"),
    [
        case("on the last day of the five years", "2032-07-15", ("2032-07-15", "2032-07-29")),
        case("the day after: the window's is", "2032-07-16", ("2032-07-15", "2033-01-15")),
    ],
)
def test_a_visit_without_cea_is_owed_for_five_years(day: str, owed: tuple[str, str]) -> None:
    """Their last day included."""
    told = followed().tell("2032-01-15", "imaging", modality="ct", purpose="surveillance")
    found = told.tell(day, "visit", kind="surveillance").alert("2032-07-20", "surveillance_cea")
    assert found is not None
    assert (found["opens_on"], found["due_on"]) == owed


@pytest.mark.req("H3")
@pytest.mark.parametrize(
    ("lines", "guideline"),
    [
        case("with the CT of the first years", [], True),
        case("with a visit", [("2029-07-16", "visit", {"kind": "surveillance"})], False),
        case("with the CT of the later years",
             [("2029-07-15", "imaging", {"modality": "ct", "purpose": "surveillance"})], False),
    ],
)  # fmt: skip
def test_the_source_says_where_the_day_of_a_cea_comes_from(
    lines: list[tuple[str, str, dict[str, Any]]], guideline: bool
) -> None:
    """The CT's 3 to 6 months are the guideline's; the 14 days after a visit and 6 to 12 months are local defaults."""
    told = followed()
    for day, kind, fields in lines:
        told.tell(day, kind, **fields)
    found = told.alert("2029-08-01", "surveillance_cea")
    assert found is not None
    assert (found["source"] == "local default") is not guideline
    assert found["source"].startswith("guideline: H3" if guideline else "local")


@pytest.mark.req("H2", "X6")
@pytest.mark.parametrize(
    ("scans", "hangs"),
    [
        case("on the day of the operation: that is not after it", [("2027-07-15", "a")], "op-1"),
        case("the day after", [("2027-07-16", "a")], "a"),
        case("two of one day: the lowest id", [("2027-10-20", "b"), ("2027-10-20", "a")], "a"),
        case("of two the later", [("2027-10-20", "a"), ("2027-11-20", "b")], "b"),
    ],
)
def test_on_what_the_next_ct_hangs(scans: list[tuple[str, str]], hangs: str) -> None:
    """On the last one after the follow-up's start, or on its start."""
    told = adjuvant()
    for day, name in scans:
        told.tell(day, "imaging", id=name, modality="ct", purpose="surveillance")
    journey = walk(told.history, date(2027, 12, 1), told.protocol)
    assert journey is not None
    assert [one.hangs_on.id for one in follow_up.surveillance_ct(journey)] == [hangs]
