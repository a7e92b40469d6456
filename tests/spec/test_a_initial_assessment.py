"""A. Initial assessment."""

import pytest

from tests.histories import Story, registered, workup
from tests.spec.case import case


@pytest.mark.req("A1")
@pytest.mark.parametrize(
    ("method", "verdict", "reason"),
    [
        case("colonoscopy", "colonoscopy", "met", "Primary identified by colonoscopy (2 Mar 2027)"),
        case("upper endoscopy", "upper_endoscopy", "met", "Primary identified by upper endoscopy (2 Mar 2027)"),
        case("liver biopsy", "liver_biopsy", "met", "Primary identified by liver biopsy (2 Mar 2027)"),
        case("surgical specimen", "surgical_specimen", "met", "Primary identified by surgical specimen (2 Mar 2027)"),
        case(
            "another method does not identify it",
            "other",
            "not_met",
            "Primary named on 2 Mar 2027 without endoscopy or tissue: record colonoscopy, upper endoscopy, "
            "biopsy or specimen",
        ),
        case(
            "nobody recorded it",
            None,
            "unknown",
            "Primary not yet identified: record colonoscopy, upper endoscopy, liver biopsy or a surgical specimen",
        ),
    ],
)
def test_the_primary_is_identified_before_systemic_therapy(method: str | None, verdict: str, reason: str) -> None:
    """The primary is identified by colonoscopy, upper endoscopy, liver biopsy or a surgical specimen: some fact says
    so.
    """
    told = registered()
    if method:
        told.tell("2027-03-02", "primary_identified", primary="colorectal", method=method)
    assert told.verdict("2027-03-04", "begin_workup", "A1") == (verdict, reason)


@pytest.mark.req("A1")
def test_an_earlier_tissue_diagnosis_still_counts() -> None:
    """A later fact by another method does not take an endoscopy away."""
    told = registered().tell("2027-03-02", "primary_identified", primary="colorectal", method="colonoscopy")
    told.tell("2027-03-03", "primary_identified", primary="colorectal", method="other")
    assert told.verdict("2027-03-04", "begin_workup", "A1")[0] == "met"


@pytest.mark.req("A1")
@pytest.mark.parametrize(
    ("day", "status"),
    [
        case("from the day of registration", "2027-03-01", "due"),
        case("on the fourteenth day", "2027-03-15", "due"),
        case("a day later", "2027-03-16", "overdue"),
    ],
)
def test_the_primary_is_owed_within_fourteen_days(day: str, status: str) -> None:
    """`identify_primary`: urgent, due 14 days after the state was entered (local)."""
    told = registered()
    assert told.owed(day, "identify_primary") == (status, "urgent", "2027-03-01", "2027-03-15")
    told.tell("2027-03-15", "primary_identified", primary="other", method="liver_biopsy")
    assert told.owed("2027-03-16", "identify_primary") is None


def _suspicious(told: Story) -> Story:
    return told.tell(
        "2027-03-03",
        "imaging",
        modality="ct",
        purpose="other",
        rim_enhancing_necrotic=True,
        infiltrative=True,
    )


@pytest.mark.req("A2")
@pytest.mark.parametrize(
    ("kind", "fields", "answered"),
    [
        case("an oncology visit", "visit", {"kind": "oncology"}, True),
        case("systemic therapy", "systemic_started", {"intent": "neoadjuvant", "regimen": "FOLFOX"}, True),
        case("a cycle", "cycle_given", {"number": 1}, True),
        case("an operation of any kind", "surgery_performed", {"procedure": "other"}, True),
        case("a locoregional therapy", "locoregional_performed", {"modality": "rfa"}, True),
        case("another visit does not answer it", "visit", {"kind": "surveillance"}, False),
        case("a call does not answer it", "contact", {"outcome": "reached"}, False),
    ],
)
def test_necrotic_and_infiltrative_is_seen_at_once(kind: str, fields: dict[str, object], answered: bool) -> None:
    """Rim-enhancing necrotic and infiltrative on one imaging: urgent that day, until an oncologist or therapy."""
    told = _suspicious(registered())
    assert told.owed("2027-03-03", "urgent_evaluation") == ("due", "urgent", "2027-03-03", "2027-03-03")
    assert told.owed("2027-03-04", "urgent_evaluation") == ("overdue", "urgent", "2027-03-03", "2027-03-03")
    told.tell("2027-03-03", kind, **fields)
    assert (told.owed("2027-03-04", "urgent_evaluation") is None) is answered


@pytest.mark.req("A2")
def test_both_have_to_stand_on_one_imaging() -> None:
    """Two findings on two images are not this pattern."""
    told = registered()
    told.tell("2027-03-03", "imaging", modality="ct", purpose="other", rim_enhancing_necrotic=True, infiltrative=False)
    told.tell("2027-03-03", "imaging", modality="mri", purpose="other", infiltrative=True)
    assert told.owed("2027-03-04", "urgent_evaluation") is None


@pytest.mark.req("P1")
def test_the_whole_way_is_the_pathway_itself() -> None:
    """Systemic therapy first, multidisciplinary reassessment, resection only when R0 and remnant allow it."""
    from tests.histories import surveillance

    told = surveillance()
    days = ["2027-03-04", "2027-03-06", "2027-03-21", "2027-05-19", "2027-06-01", "2027-09-02", "2028-01-02"]
    states = ["diagnosis", "molecular_workup", "neoadjuvant", "reassessment", "resection", "adjuvant", "surveillance"]
    assert [told.state(day) for day in days] == states


@pytest.mark.req("P1")
def test_without_baseline_imaging_no_work_up_begins() -> None:
    """`begin_workup` rests on an imaging with purpose baseline; nothing replaces it."""
    told = registered().tell("2027-03-02", "primary_identified", primary="colorectal", method="colonoscopy")
    told.tell("2027-03-03", "imaging", modality="ct", purpose="other")
    override = {"reason": "known patient", "by": "dr.a"}
    assert "No baseline imaging recorded" in told.refused(
        "2027-03-05", "advanced", trigger="begin_workup", override=override
    )
    assert workup().state("2027-03-05") == "molecular_workup"


@pytest.mark.req("A1", "A2")
def test_what_the_work_up_is_told() -> None:
    """The sentences name the day by which, and what was seen."""
    told = _suspicious(registered())
    reasons = {one["rule"]: one["reason"] for one in told.shown("2027-03-04")["alerts"]}
    assert reasons["identify_primary"] == (
        "Primary not yet identified: colonoscopy, upper endoscopy or biopsy by 15 Mar 2027"
    )
    assert reasons["urgent_evaluation"] == (
        "Rim-enhancing necrotic and infiltrative (CT 3 Mar 2027): an oncologist sees the patient now"
    )


@pytest.mark.req("A2")
def test_a_visit_from_before_the_imaging_does_not_answer_it_and_of_two_the_first_is_shown() -> None:
    """Since it: on its day or later. Two such images: the dates of the one due first."""
    told = _suspicious(registered()).tell("2027-03-02", "visit", kind="oncology")
    told.tell("2027-03-09", "imaging", modality="mri", purpose="other", rim_enhancing_necrotic=True, infiltrative=True)
    assert told.owed("2027-03-10", "urgent_evaluation") == ("overdue", "urgent", "2027-03-03", "2027-03-03")
    told.tell("2027-03-08", "visit", kind="oncology")
    assert told.owed("2027-03-10", "urgent_evaluation") == ("overdue", "urgent", "2027-03-09", "2027-03-09")
    told.tell("2027-03-09", "visit", kind="oncology")
    assert told.owed("2027-03-10", "urgent_evaluation") is None


@pytest.mark.req("A1")
@pytest.mark.parametrize(("primary", "missing"), [case("unknown", None, ["primary"]), case("known", "other", [])])
def test_without_a_primary_the_regimen_cannot_be_chosen(primary: str | None, missing: list[str]) -> None:
    """The primary guides the systemic therapy: where it is not known, it is what is missing."""
    told = registered()
    if primary:
        told.tell("2027-03-02", "primary_identified", primary=primary, method="other")
    assert told.shown("2027-03-03")["recommendation"]["missing"] == missing


@pytest.mark.req("A1")
def test_the_baseline_imaging_is_named() -> None:
    """The latest with that purpose; another purpose is none."""
    told = registered().tell("2027-03-02", "imaging", modality="mri", purpose="baseline")
    told.tell("2027-03-03", "imaging", modality="ct", purpose="other")
    assert told.verdict("2027-03-04", "begin_workup", "fact") == ("met", "Baseline imaging: MRI 2 Mar 2027")
    told.tell("2027-03-04", "imaging", modality="pet_ct", purpose="baseline")
    assert told.verdict("2027-03-04", "begin_workup", "fact") == ("met", "Baseline imaging: PET-CT 4 Mar 2027")
