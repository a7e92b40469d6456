"""The navigator's day, in Chromium: what she records closes what was owed, and nothing leaves the machine."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import TODAY, Unit, ago, in_reassessment, operated, picture

pytestmark = pytest.mark.browser
Start = Callable[[list[dict[str, Any]]], Unit]
SLOW_MS = 30_000


def opened(page: Page, address: str) -> None:
    page.set_default_timeout(SLOW_MS)
    page.goto(address)
    expect(page.get_by_role("link", name="Worklist")).to_be_visible(timeout=SLOW_MS)


@pytest.mark.req("H2", "X6")
def test_a_ct_recorded_in_the_form_closes_its_alert(page: Page, start_unit: Start, foreign: list[str]) -> None:
    unit = start_unit(operated("S-1", "Adler, Dora", 250) + operated("S-2", "Berg, Otto", 20))
    assert unit.rules("S-1")["surveillance_ct"]["status"] == "overdue"
    opened(page, unit.address)
    expect(page.get_by_text("Adler, Dora").first).to_be_visible()
    page.get_by_role("combobox", name="What is owed").click()
    page.get_by_role("option", name="Surveillance CT").click()
    expect(page.get_by_text(re.compile("Closes Surveillance CT; the next one opens"))).to_be_visible()
    picture(page, "worklist")
    page.get_by_role("button", name="Record CT").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    after = unit.rules("S-1")["surveillance_ct"]
    assert after["status"] == "upcoming"
    assert unit.shown("S-1")["history"][-1]["type"] == "imaging"
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back").first).to_be_visible()
    assert unit.rules("S-1")["surveillance_ct"]["status"] == "overdue", "a correction brings the alert back"
    assert foreign == []


@pytest.mark.req("D2", "D5", "D6")
def test_a_refused_step_says_every_reason_and_an_override_stays_visible(page: Page, start_unit: Start) -> None:
    unit = start_unit(in_reassessment("R-1", "Conrad, Emil", 26))
    opened(page, unit.address)
    page.get_by_text("Open patient").click()
    expect(page.get_by_text("Liver remnant 26 %").first).to_be_visible()
    picture(page, "patient")
    assert "R-1" not in page.url
    assert "Conrad" not in page.url
    page.get_by_role("button", name="Offer resection", exact=True).click()
    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text("needs more than 30 %")
    expect(refusal).to_contain_text("ECOG last recorded")
    expect(refusal).to_contain_text("No MDT decision since")
    assert unit.shown("R-1")["state"] == "reassessment"


@pytest.mark.req("H4")
def test_a_step_is_taken_from_the_patient_page(page: Page, start_unit: Start) -> None:
    events = operated("S-1", "Adler, Dora", 250)
    events.append({"mrn": "S-1", "type": "recurrence", "on": ago(3), "sites": ["liver"]})
    unit = start_unit(events)
    opened(page, unit.address)
    page.get_by_text("Open patient").click()
    page.get_by_role("button", name="Restage", exact=True).click()
    expect(page.get_by_text("Restage: recorded").first).to_be_visible()
    assert unit.shown("S-1")["state"] == "reassessment"
    expect(page.get_by_text("consider re-resection").first).to_be_visible()


@pytest.mark.req("X5")
def test_a_screen_that_is_behind_records_nothing_for_anybody(browser: Browser, start_unit: Start) -> None:
    """Two navigators on one list: the one whose screen is older is told who changed what."""
    unit = start_unit(operated("S-1", "Adler, Dora", 250))
    page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
    opened(page, unit.address)
    expect(page.get_by_text("Record CEA").or_(page.get_by_text("Record CT")).first).to_be_visible()
    page.get_by_text("Called", exact=True).click()
    expect(page.get_by_role("button", name="Record call")).to_be_visible()
    unit.pathway("record", "S-1", "visit", "--on", TODAY.isoformat(), "kind=other", "--by", "omar")
    page.get_by_role("button", name="Record call").click()
    expect(page.get_by_role("alert")).to_contain_text("omar recorded visit")
    assert "contact" not in {event["type"] for event in unit.shown("S-1")["history"]}
    page.context.close()


def test_an_empty_list_says_something(page: Page, start_unit: Start) -> None:
    unit = start_unit(operated("S-2", "Berg, Otto", 20))
    opened(page, unit.address)
    expect(page.get_by_text(re.compile("Nothing in “Overdue”. Next: .* on "))).to_be_visible()


@pytest.mark.req("O1")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
def test_every_screen_says_what_the_guideline_says_of_itself(
    browser: Browser, start_unit: Start, scheme: Any, size: tuple[int, int]
) -> None:
    unit = start_unit(operated("S-1", "Adler, Dora", 250) + in_reassessment("R-1", "Conrad, Emil", 26))
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    page = context.new_page()
    for name in ("worklist", "patient", "cohort"):
        opened(page, f"{unit.address}/{'' if name == 'worklist' else name}")
        expect(page.get_by_text("pending human review")).to_be_visible()
        picture(page, f"{name}-{scheme}-{size[0]}")
    context.close()
