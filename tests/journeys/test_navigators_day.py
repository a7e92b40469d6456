"""The navigator's day, in Chromium: what she records closes what was owed, and nothing leaves the machine."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.histories import TEAM
from tests.journeys.conftest import TODAY, Hand, Unit, ago, in_reassessment, operated

pytestmark = pytest.mark.browser
Start = Callable[[list[dict[str, Any]]], Unit]
Sit = Callable[[Unit], Hand]


@pytest.mark.req("H2", "X6")
def test_a_ct_recorded_in_the_form_closes_its_alert(start_unit: Start, hand: Sit) -> None:
    """And the next line is chosen; Undo brings the alert back, and both stay in the history."""
    events = [
        *operated("S-1", "Adler, Dora", 250),
        {"mrn": "S-1", "type": "cea", "on": ago(5), "ng_per_ml": 2},
        *operated("S-3", "Dahl, Ida", 230),
    ]
    unit = start_unit(events)
    assert unit.rules("S-1")["surveillance_ct"]["status"] == "overdue"
    nina = hand(unit).go()
    expect(nina.page.get_by_text("Overdue 2")).to_be_visible()
    nina.find("Adler")
    assert nina.chosen == "Adler, Dora"
    expect(nina.page.get_by_text(re.compile("Closes .*Surveillance CT; the next one opens"))).to_be_visible()
    nina.button("Record CT")
    expect(nina.page.get_by_text("Recorded: CT: Adler, Dora")).to_be_visible()
    after = unit.rules("S-1")["surveillance_ct"]
    assert after["status"] == "upcoming"
    entry = unit.shown("S-1")["history"][-1]
    assert (entry["type"], entry["by"], entry["purpose"]) == ("imaging", "nina", "surveillance")
    nina.button("Undo")
    expect(nina.page.get_by_text("Taken back: Adler, Dora")).to_be_visible()
    assert unit.rules("S-1")["surveillance_ct"]["status"] == "overdue", "a correction brings the alert back"
    assert [event["type"] for event in unit.shown("S-1")["history"][-2:]] == ["imaging", "corrected"]
    assert nina.foreign == []
    assert nina.named("S-1", "Adler", "Dora") == []


@pytest.mark.req("H3")
def test_after_an_entry_the_next_line_is_chosen(start_unit: Start, hand: Sit) -> None:
    unit = start_unit([event for days in (300, 280, 260) for event in operated(f"S-{days}", f"Berg, No{days}", days)])
    nina = hand(unit).go()
    nina.row(1)
    expect(nina.name).to_have_text("Berg, No280")
    nina.page.get_by_label("CEA, ng/ml").fill("3.1")
    nina.button("Record CEA")
    expect(nina.name).to_have_text("Berg, No260")
    assert unit.shown("S-280")["history"][-1]["ng_per_ml"] == 3.1


def test_a_slow_press_on_the_button_is_not_lost(start_unit: Start, hand: Sit) -> None:
    """Pressing it leaves the field, what will change is said anew, and the button stays under the pointer."""
    about = {"mrn": "R-1", "type": "mdt_decision", "plan": "defer", "present": TEAM}
    told = in_reassessment("R-1", "Conrad, Emil", 26)
    told += [{**about, "on": ago(36)}, {"mrn": "R-1", "type": "portal_vein_embolisation", "on": ago(34)}]
    told.append({"mrn": "R-1", "type": "performance_status", "on": ago(10), "ecog": 1})
    unit = start_unit(told)
    nina = hand(unit).go()
    nina.page.get_by_label("Remnant, % of liver volume").fill("41")
    record = nina.page.get_by_role("button", name="Record volumetry", exact=True)
    record.hover()
    before = record.bounding_box()
    nina.page.mouse.down()
    expect(nina.page.get_by_text(re.compile("still missing"))).not_to_be_visible()
    nina.rest()
    assert record.bounding_box() == before
    nina.page.mouse.up()
    expect(nina.page.get_by_text("Recorded: volumetry: Conrad, Emil")).to_be_visible()
    assert unit.shown("R-1")["history"][-1]["remnant_percent"] == 41


@pytest.mark.req("D2", "D5", "D6")
def test_a_refused_step_says_every_reason_and_an_override_stays_visible(start_unit: Start, hand: Sit) -> None:
    unit = start_unit(in_reassessment("R-1", "Conrad, Emil", 26))
    nina = hand(unit).go()
    nina.click(nina.page.get_by_role("button", name="Open patient"))
    expect(nina.page.get_by_text("Liver remnant 26 %").first).to_be_visible()
    nina.button("Offer resection")
    refusal = nina.said
    expect(refusal).to_contain_text("needs more than 30 %")
    expect(refusal).to_contain_text("ECOG last recorded")
    expect(refusal).to_contain_text("No MDT decision since")
    assert unit.shown("R-1")["state"] == "reassessment"
    nina.button("✕")
    nina.click(nina.page.get_by_role("button", name="Override …"))
    nina.page.get_by_label("Reason").fill("small remnant accepted after ALPPS board")
    nina.button("Take it all the same")
    expect(nina.page.get_by_text("Taken: offer resection")).to_be_visible()
    shown = unit.shown("R-1")
    assert shown["state"] == "resection"
    assert {one["id"] for one in shown["deviations"]} >= {"D1", "D2", "D5", "M1"}
    expect(nina.page.get_by_role("heading", name="Deviations")).to_be_visible()
    assert nina.named("R-1", "Conrad", "Emil") == []
    assert nina.foreign == []


@pytest.mark.req("H4")
def test_a_step_is_taken_from_the_patients_page(start_unit: Start, hand: Sit) -> None:
    events = operated("S-1", "Adler, Dora", 250)
    events.append({"mrn": "S-1", "type": "recurrence", "on": ago(3), "sites": ["liver"]})
    unit = start_unit(events)
    nina = hand(unit).go()
    nina.click(nina.page.get_by_role("button", name="Open patient"))
    expect(nina.page.get_by_text("The patient moves to reassessment.")).to_be_visible()
    nina.button("Restage")
    expect(nina.page.get_by_text("Taken: restage")).to_be_visible()
    assert unit.shown("S-1")["state"] == "reassessment"
    expect(nina.page.get_by_text("consider re-resection").first).to_be_visible()


@pytest.mark.req("X5")
def test_any_event_is_recorded_and_corrected_on_the_patients_page(start_unit: Start, hand: Sit) -> None:
    unit = start_unit(in_reassessment("R-1", "Conrad, Emil", 26))
    nina = hand(unit).go()
    nina.click(nina.page.get_by_role("button", name="Open patient"))
    nina.click(nina.page.get_by_role("combobox", name="What happened"))
    nina.page.keyboard.type("Performance")
    nina.click(nina.page.get_by_role("option", name="Performance status"))
    nina.option("1")
    nina.button("Record performance status")
    assert unit.shown("R-1")["history"][-1]["ecog"] == 1
    nina.click(nina.page.get_by_role("tab", name="Correct an entry"))
    expect(nina.page.get_by_role("combobox", name="Which entry was wrong")).to_be_visible()
    nina.click(nina.page.get_by_role("radio", name="2", exact=True).last)
    nina.button("Correct it so")
    correction = unit.shown("R-1")["history"][-1]
    assert (correction["type"], correction["replacement"]["ecog"]) == ("corrected", 2)
    assert correction["by"] == "nina"


@pytest.mark.req("X5")
def test_two_navigators_on_one_list_never_act_on_the_wrong_patient(browser: Browser, start_unit: Start) -> None:
    """Rows move under a screen; who was chosen stays chosen, by her key. A screen that is behind records nothing."""
    unit = start_unit([event for days in (300, 280, 260) for event in operated(f"S-{days}", f"Berg, No{days}", days)])
    sitting = [browser.new_context(viewport={"width": 1366, "height": 768}) for _ in range(2)]
    nina, omar = (Hand(context.new_page(), unit).go() for context in sitting)
    nina.row(1)
    expect(nina.name).to_have_text("Berg, No280")
    # omar closes the first line: every row moves up by one
    assert omar.chosen == "Berg, No300"
    unit.pathway("record", "S-300", "withdrawn", "--on", TODAY.isoformat(), "reason=declined", "--by", "omar")
    # nina's screen does not know yet. She does something: her rows move, her patient does not
    nina.option("Called")
    assert nina.chosen == "Berg, No280"
    nina.option("reached")
    nina.button("Record call")
    assert unit.shown("S-280")["history"][-1]["outcome"] == "reached"
    assert "contact" not in {event["type"] for mrn in ("S-300", "S-260") for event in unit.shown(mrn)["history"]}
    # omar's screen still shows the one who left: what he records is for her, and refused
    omar.page.get_by_label("CEA, ng/ml").fill("3")
    omar.button("Record CEA")
    expect(omar.said).to_contain_text("omar recorded withdrawn")
    assert "cea" not in {event["type"] for mrn in ("S-300", "S-280", "S-260") for event in unit.shown(mrn)["history"]}
    for context in sitting:
        context.close()


@pytest.mark.req("X5")
def test_a_screen_that_is_behind_is_told_who_recorded_what(start_unit: Start, hand: Sit) -> None:
    unit = start_unit(operated("S-1", "Adler, Dora", 250))
    nina = hand(unit).go()
    nina.option("Called")
    nina.option("reached")
    unit.pathway("record", "S-1", "visit", "--on", TODAY.isoformat(), "kind=other", "--by", "omar")
    nina.button("Record call")
    expect(nina.said).to_contain_text("omar recorded visit")
    assert "contact" not in {event["type"] for event in unit.shown("S-1")["history"]}
    # what was entered is still there, and goes once she has seen the other entry
    nina.button("Record call")
    assert unit.shown("S-1")["history"][-1]["type"] == "contact"


def test_an_empty_list_says_something(start_unit: Start, hand: Sit) -> None:
    unit = start_unit(operated("S-2", "Berg, Otto", 20))
    nina = hand(unit).go()
    expect(nina.page.get_by_text(re.compile("Nothing in “Overdue”. Next: .* on "))).to_be_visible()
    nina.find("nobody at all")
    expect(nina.page.get_by_text("Nobody here is called")).to_be_visible()


def test_who_sits_here_is_asked_before_anything_is_recorded(start_unit: Start, hand: Sit) -> None:
    unit = start_unit(operated("S-1", "Adler, Dora", 250), navigator="")  # type: ignore[call-arg]
    nina = hand(unit).go()
    nina.option("Called")
    nina.option("reached")
    nina.button("Record call")
    expect(nina.said).to_contain_text("say who you are first")
    assert unit.shown("S-1")["history"][-1]["type"] != "contact"
    nina.click(nina.page.get_by_role("button", name="Say who you are"))
    nina.click(nina.page.get_by_role("combobox", name="Who records here"))
    nina.click(nina.page.get_by_role("option", name="nina"))
    nina.press("Escape")
    nina.button("Record call")
    assert unit.shown("S-1")["history"][-1]["by"] == "nina"


# --- how many actions the main tasks take ---


def test_recording_the_ct_that_is_waited_for_takes_four_actions(
    start_unit: Start, hand: Sit, counted: Callable[[str, int], None]
) -> None:
    events = operated("S-1", "Adler, Dora", 250) + operated("S-3", "Dahl, Ida", 230)
    events += [{"mrn": mrn, "type": "cea", "on": ago(5), "ng_per_ml": 2} for mrn in ("S-1", "S-3")]
    unit = start_unit(events)
    nina = hand(unit).go()
    nina.row(1)
    expect(nina.name).to_have_text("Dahl, Ida")
    nina.button("Record CT")
    expect(nina.page.get_by_text("Recorded: CT: Dahl, Ida")).to_be_visible()
    assert unit.rules("S-3")["surveillance_ct"]["status"] == "upcoming"
    counted("record the CT that an alert waits for", nina.actions)
    assert nina.actions <= 4


def test_finding_a_patient_and_what_blocks_the_next_step_takes_three_actions(
    start_unit: Start, hand: Sit, counted: Callable[[str, int], None]
) -> None:
    unit = start_unit(operated("S-1", "Adler, Dora", 250) + in_reassessment("R-1", "Conrad, Emil", 26))
    nina = hand(unit).go()
    nina.find("r-1").button("Open patient")
    expect(nina.page.get_by_text("To offer resection, missing:")).to_be_visible()
    counted("find a patient by MRN and see what blocks the next step", nina.actions)
    assert nina.actions <= 3
    assert nina.named("R-1", "r-1", "Conrad") == []


@pytest.mark.req("X12")
def test_snoozing_with_a_reason_takes_four_actions(
    start_unit: Start, hand: Sit, counted: Callable[[str, int], None]
) -> None:
    unit = start_unit(operated("S-1", "Adler, Dora", 250))
    nina = hand(unit).go()
    nina.option("Snooze")
    nina.click(nina.page.get_by_label("Reason"))
    nina.page.keyboard.type("holiday until Sunday")
    nina.button("Snooze it")
    expect(nina.page.get_by_text("Snoozed: ")).to_be_visible()
    assert unit.shown("S-1")["history"][-1]["reason"] == "holiday until Sunday"
    counted("snooze with a reason", nina.actions)
    assert nina.actions <= 4
