"""What an event may hold: what is impossible is refused by its field, with what was expected in it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from pathway import events
from pathway.errors import Refused

TODAY = date(2027, 5, 12)

VALID: dict[str, dict[str, Any]] = {
    "registered": {"name": "Ada Example", "birth_date": "1958-04-11", "sex": "female"},
    "taken_over": {"state": "surveillance"},
    "referred": {"site": "hub", "high_volume_centre": True},
    "primary_identified": {"primary": "colorectal", "method": "colonoscopy", "location": "sigmoid"},
    "primary_resected": {},
    "imaging": {"modality": "ct", "purpose": "baseline", "lesion_count": 7, "segments": ["IVB", "V"]},
    "volumetry": {"remnant_percent": 30.1, "remnant_segments": 2},
    "molecular_result": {"mmr": "proficient"},
    "performance_status": {"ecog": 1},
    "systemic_started": {"intent": "neoadjuvant", "regimen": "FOLFOX"},
    "cycle_given": {"number": 1},
    "systemic_stopped": {},
    "cea": {"ng_per_ml": 4.1},
    "mdt_decision": {"present": ["medical_oncologist"], "plan": "defer"},
    "portal_vein_embolisation": {},
    "surgery_planned": {"planned_for": "2027-07-15", "procedure": "resection"},
    "surgery_cancelled": {},
    "surgery_performed": {"procedure": "two_stage", "stage": 1},
    "pathology": {"margin": "R0"},
    "locoregional_performed": {"modality": "rfa"},
    "recurrence": {"sites": ["liver"]},
    "visit": {"kind": "oncology"},
    "contact": {"outcome": "reached"},
    "appointment": {"what": "ct", "booked_for": "2027-06-01"},
    "snoozed": {"rule": "reassessment", "until": "2027-06-01", "reason": "abroad"},
    "reassigned": {"navigator": "omar"},
    "died": {},
    "withdrawn": {"reason": "declined"},
    "advanced": {"trigger": "begin_workup"},
    "corrected": {"event": "e1"},
}


def read(kind: str, /, **fields: Any) -> events.Event:
    given = {"mrn": "A-100", "type": kind, "on": "2027-05-01", **VALID.get(kind, {}), **fields}
    return events.read(given, today=TODAY)


def refused(kind: str, /, **fields: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        read(kind, **fields)
    return caught.value


def test_every_type_has_an_example_here() -> None:
    assert set(VALID) == set(events.TYPES)


@pytest.mark.parametrize("kind", VALID)
def test_an_event_survives_being_written_and_read(kind: str) -> None:
    event = events.identified(read(kind))
    assert events.decode(events.body(event)) == event
    assert events.read(events.fields_of(event), today=TODAY) == event


@pytest.mark.parametrize("kind", VALID)
def test_a_field_that_is_none_is_named(kind: str) -> None:
    error = refused(kind, colour="red")
    assert (error.field, "is no field of" in error.expected) == ("colour", True)


@pytest.mark.parametrize(
    ("kind", "field"),
    [(kind, field.name) for kind in VALID for field in events.describe(kind) if field.needed],
)
def test_a_needed_field_is_asked_for(kind: str, field: str) -> None:
    error = refused(kind, **{field: None})
    assert error.field == field
    assert error.expected.startswith("is needed: ")


@pytest.mark.parametrize(
    ("kind", "field", "value", "said"),
    [
        pytest.param("performance_status", "ecog", 7, "a whole number from 0 to 4", id="an ECOG of 7"),
        pytest.param("performance_status", "ecog", -1, "a whole number from 0 to 4", id="an ECOG below 0"),
        pytest.param("performance_status", "ecog", True, "a whole number from 0 to 4", id="yes is no ECOG"),
        pytest.param("performance_status", "ecog", "1", "a whole number from 0 to 4", id="a number in quotes"),
        pytest.param("volumetry", "remnant_percent", 140, "a number from 0 to 100", id="a remnant of 140 %"),
        pytest.param("volumetry", "remnant_percent", -0.1, "a number from 0 to 100", id="a negative remnant"),
        pytest.param("volumetry", "remnant_percent", float("inf"), "a number from 0 to 100", id="an infinite remnant"),
        pytest.param("volumetry", "remnant_percent", float("nan"), "a number from 0 to 100", id="no number at all"),
        pytest.param("cea", "ng_per_ml", -1, "a number from 0", id="a negative CEA"),
        pytest.param("imaging", "lesion_count", 2.5, "a whole number", id="half a lesion"),
        pytest.param("imaging", "lesion_count", -1, "a whole number", id="a negative count"),
        pytest.param("imaging", "largest_mm", -3, "a number from 0", id="a negative size"),
        pytest.param("imaging", "bilobar", "yes", "true or false", id="yes for true"),
        pytest.param("imaging", "bilobar", 1, "true or false", id="1 for true"),
        pytest.param("imaging", "modality", "xray", "one of ct, mri, pet_ct, ultrasound", id="another modality"),
        pytest.param("imaging", "segments", ["IX"], "a list", id="a segment that is none"),
        pytest.param("imaging", "segments", ["V", "V"], "twice", id="a segment twice"),
        pytest.param("imaging", "segments", "V", "a list", id="one segment without a list"),
        pytest.param("cycle_given", "number", 0, "a whole number from 1", id="cycle 0"),
        pytest.param("surgery_performed", "stage", 3, "one of 1, 2", id="a third stage"),
        pytest.param("surgery_planned", "ablated_mm", [-1], "a list", id="an ablation of -1 mm"),
        pytest.param("mdt_decision", "present", ["x", "x"], "twice", id="a role twice"),
        pytest.param("mdt_decision", "present", [" "], "not empty", id="a role without a name"),
        pytest.param("mdt_decision", "plan", "operate", "one of", id="a plan that is no step"),
        pytest.param("mdt_decision", "reviewed", ["a", "a"], "twice", id="a step reviewed twice"),
        pytest.param("recurrence", "sites", [], "a list", id="a recurrence nowhere"),
        pytest.param("recurrence", "sites", ["liver", "liver"], "twice", id="a site twice"),
        pytest.param("snoozed", "rule", "laziness", "one of", id="a rule that is none"),
        pytest.param("snoozed", "reason", "  ", "not empty", id="a snooze without a reason"),
        pytest.param("taken_over", "state", "closed", "one of", id="taken over into closed"),
        pytest.param("advanced", "trigger", "close", "recording died or withdrawn", id="closing by a step"),
        pytest.param("advanced", "trigger", "jump", "one of", id="a step that is none"),
        pytest.param("advanced", "modality", "rfa", "goes with offer_locoregional only", id="a modality elsewhere"),
        pytest.param("advanced", "override", {"by": "dr.a"}, "reason", id="an override without a reason"),
        pytest.param("advanced", "override", {"reason": "x"}, "who overrides", id="an override by nobody"),
        pytest.param("advanced", "override", {"reason": " ", "by": "dr.a"}, "neither of them empty", id="a blank one"),
        pytest.param("advanced", "override", True, "an object with reason and by", id="an override that is none"),
        pytest.param("primary_identified", "side", "right", "sigmoid is left", id="a side against the location"),
        pytest.param("registered", "birth_date", "2027-05-02", "after the registration", id="born after registration"),
        pytest.param("registered", "sex", "f", "one of female, male, other, unknown", id="sex in one letter"),
        pytest.param("registered", "name", " ", "not empty", id="a name of blanks"),
        pytest.param("corrected", "replacement", None, "never happened", id="a replacement of null"),
        pytest.param("corrected", "replacement", [], "an object", id="a replacement that is a list"),
        pytest.param("died", "on", "2027-05-13", "after the day of entry", id="a death of tomorrow"),
        pytest.param("died", "on", "2027-02-30", "a date such as", id="30 February"),
        pytest.param("died", "on", "12.05.2027", "a date such as", id="a date in another order"),
        pytest.param("died", "on", "2027-05-01T10:00:00Z", "a date such as", id="an instant for a date"),
        pytest.param("died", "on", "1027-05-01", "between 1850 and 2199", id="a slip of the year"),
        pytest.param("systemic_stopped", "last_dose", "2027-05-13", "after the day of entry", id="a dose of tomorrow"),
        pytest.param("died", "recorded_at", "2027-05-01T10:00:00", "with its offset", id="an instant without offset"),
        pytest.param("died", "recorded_at", "2027-05-14T10:00:00Z", "after the day of entry", id="recorded tomorrow"),
        pytest.param("died", "mrn", "", "not empty", id="no MRN"),
        pytest.param("died", "mrn", "A\x07", "control characters", id="a bell in the MRN"),
        pytest.param("died", "note", "a\x1b[2J", "control characters", id="a terminal's command in a note"),
        pytest.param("molecular_result", "mmr", None, "at least one of mmr, ras, braf, her2", id="a result of nothing"),
    ],
)
def test_what_is_impossible_is_refused_by_its_field(kind: str, field: str, value: Any, said: str) -> None:
    error = refused(kind, **{field: value})
    assert error.field.partition(".")[0] == field
    assert said in error.expected


def test_a_side_that_contradicts_the_location_says_both() -> None:
    assert str(refused("primary_identified", side="right")) == (
        "side: sigmoid is left, and side says right: correct one of them"
    )


@pytest.mark.parametrize(
    ("location", "side"),
    [
        ("caecum", "right"),
        ("ascending", "right"),
        ("hepatic_flexure", "right"),
        ("transverse", "right"),
        ("splenic_flexure", "left"),
        ("descending", "left"),
        ("sigmoid", "left"),
        ("rectosigmoid", "left"),
        ("rectum", "left"),
    ],
)
def test_each_place_has_its_side(location: str, side: str) -> None:
    assert events.side_of(location) == side
    read("primary_identified", location=location, side=side)


@pytest.mark.parametrize("type_", [None, "", "visits", 7, ["died"]])
def test_an_unknown_type_is_refused_with_those_there_are(type_: Any) -> None:
    with pytest.raises(Refused) as caught:
        events.read({"mrn": "A-100", "type": type_, "on": "2027-05-01"}, today=TODAY)
    assert caught.value.field == "type"


@pytest.mark.parametrize(
    ("kind", "field", "day"),
    [
        ("surgery_planned", "planned_for", "2027-12-01"),
        ("appointment", "booked_for", "2027-12-01"),
        ("mdt_decision", "review_on", "2027-12-01"),
        ("snoozed", "until", "2027-12-01"),
        ("surgery_planned", "planned_for", "2020-01-01"),
    ],
)
def test_only_what_is_planned_may_lie_ahead(kind: str, field: str, day: str) -> None:
    assert getattr(read(kind, **{field: day}), field) == date.fromisoformat(day)


def test_null_is_left_out_and_a_rejected_line_comes_back_as_it_is() -> None:
    plain = read("imaging")
    assert read("imaging", largest_mm=None, error="line 3: ...") == plain
    override = {"reason": "x", "by": "dr.a", "when": None}
    assert read("advanced", override=override) == read("advanced", override={"reason": "x", "by": "dr.a"})


def test_a_number_counts_by_its_value() -> None:
    same = [
        events.identified(events.read(events.parse(line), today=TODAY)).id
        for line in (
            '{"mrn":"A","type":"volumetry","on":"2027-05-01","remnant_percent":30}',
            '{"on":"2027-05-01", "type":"volumetry", "mrn":"A", "remnant_percent":30.0}',
            '{"mrn":"A","type":"volumetry","on":"2027-05-01","remnant_percent":3e1,"note":null}',
        )
    ]
    assert len(set(same)) == 1
    count = '{"mrn":"A","type":"imaging","on":"2027-05-01","modality":"ct","purpose":"other","lesion_count":7.0}'
    assert read("imaging").lesion_count == 7  # type: ignore[attr-defined]
    assert events.read(events.parse(count), today=TODAY).lesion_count == 7  # type: ignore[attr-defined]


def test_the_content_makes_the_id_where_the_sender_gives_none() -> None:
    first = events.identified(read("cea"))
    assert first.id == events.identified(read("cea", recorded_at="2027-05-02T08:00:00Z")).id
    assert first.id != events.identified(read("cea", ng_per_ml=4.2)).id
    assert first.id != events.identified(read("cea", note="repeat")).id
    assert events.identified(read("cea", id="lab-7")).id == "lab-7"


def test_the_same_id_is_compared_by_all_but_the_instant_of_recording() -> None:
    first = events.content_hash(read("cea", id="lab-7"))
    assert first == events.content_hash(read("cea", id="lab-7", recorded_at="2027-05-02T08:00:00Z"))
    assert first != events.content_hash(read("cea", id="lab-7", by="lab"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("[1]", "as a JSON object", id="a list"),
        pytest.param('"died"', "as a JSON object", id="a text"),
        pytest.param("{", "not JSON", id="half an object"),
        pytest.param('{"mrn": "A", "mrn": "B"}', "stands twice", id="a key twice"),
        pytest.param('{"remnant_percent": NaN}', "NaN is no number", id="NaN"),
        pytest.param('{"remnant_percent": Infinity}', "Infinity is no number", id="Infinity"),
        pytest.param(b'{"name": "\xff"}', "not UTF-8", id="another encoding"),
        pytest.param("[" * 100_000, "nested too deeply", id="a hundred thousand brackets"),
        pytest.param('{"number": ' + "9" * 5000 + "}", "thousands of digits", id="a number of five thousand digits"),
    ],
)
def test_a_line_that_is_no_event_is_refused_with_a_sentence(line: str | bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        events.parse(line)


def test_words_typed_at_a_command_line_become_values() -> None:
    typed = events.from_words(
        "imaging", {"modality": "ct", "segments": "IVB, V", "lesion_count": "7", "bilobar": "true", "largest_mm": "31"}
    )
    assert typed == {
        "modality": "ct",
        "segments": ["IVB", "V"],
        "lesion_count": 7,
        "bilobar": True,
        "largest_mm": 31,
    }
    assert events.from_words("volumetry", {"remnant_percent": "30.1"}) == {"remnant_percent": 30.1}
    assert events.from_words("surgery_planned", {"ablated_mm": "12,39.9"}) == {"ablated_mm": [12, 39.9]}


def test_a_correction_gives_all_fields_anew_and_keeps_what_identifies_the_event() -> None:
    target = events.identified(read("imaging", id="ct-1", by="dr.a", recorded_at="2027-05-02T08:00:00Z"))
    fields = {"modality": "mri", "purpose": "baseline", "on": "2027-05-03"}
    correction = read("corrected", event="ct-1", replacement=fields)
    assert isinstance(correction, events.Corrected)
    found = events.replaced(target, correction, today=TODAY)
    assert json.loads(events.body(found)) == {
        "mrn": "A-100",
        "type": "imaging",
        "id": "ct-1",
        "on": "2027-05-03",
        "recorded_at": "2027-05-02T08:00:00Z",
        "modality": "mri",
        "purpose": "baseline",
    }


@pytest.mark.parametrize("field", ["mrn", "type", "id"])
def test_what_identifies_an_event_is_not_corrected(field: str) -> None:
    target = events.identified(read("cea", id="lab-7"))
    correction = read("corrected", event="lab-7", replacement={"ng_per_ml": 3, field: "x"})
    assert isinstance(correction, events.Corrected)
    with pytest.raises(Refused, match=f"{field} cannot be corrected"):
        events.replaced(target, correction, today=TODAY)
