"""The tour of docs/tour.md, walked: its pictures are taken here, so that they cannot lie."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.conftest import Hand, Unit, ago, operated
from tests.journeys.test_every_screen import unit_of_many

pytestmark = pytest.mark.browser
TOUR = Path("docs/tour.md")


def test_the_tour_is_as_it_is_told(browser: Browser, start_unit: Callable[[list[dict[str, Any]]], Unit]) -> None:
    late = [*operated("S-100", "Brahms, Ida", 250), {"mrn": "S-100", "type": "cea", "on": ago(5), "ng_per_ml": 2}]
    unit = start_unit(unit_of_many() + late)
    raised = unit.pathway("scheduler", "--once")
    assert "D-00" not in raised
    context = browser.new_context(viewport={"width": 1366, "height": 768}, color_scheme="light", locale="en-GB")
    nina = Hand(context.new_page(), unit).go()

    # the navigator: who is late
    expect(nina.page.get_by_role("radio", name=re.compile(r"Overdue \d+"))).to_be_visible()
    nina.keep("worklist")

    # what is to be done, what it will change, and the way back
    nina.find("Brahms, Ida")
    assert nina.chosen == "Brahms, Ida"
    expect(nina.page.get_by_text(re.compile("Closes .*Surveillance CT"))).to_be_visible()
    nina.keep("tour-panel")
    nina.button("Record CT")
    expect(nina.page.get_by_text("Recorded: ")).to_be_visible()
    nina.keep("tour-recorded")
    nina.button("Undo")
    expect(nina.page.get_by_text("Taken back: ")).to_be_visible()
    nina.button("✕")

    # why not: what blocks the step, with its evidence
    nina.find("Sommer, Emil").button("Open patient")
    expect(nina.page.get_by_text("To offer resection, missing:")).to_be_visible()
    nina.keep("patient")
    nina.scroll(620)
    nina.keep("tour-course")

    # what comes: nobody is reminded of it before it opens
    nina.click(nina.page.get_by_role("link", name="Worklist"))
    nina.click(nina.page.get_by_role("radio", name=re.compile(r"Next 7 days \d+")))
    nina.keep("tour-ahead")

    # the lead: where they are, where they wait, whether the guideline is kept, and what comes of it
    nina.click(nina.page.get_by_role("link", name="Cohort"))
    expect(nina.page.get_by_text("Is the guideline kept?")).to_be_visible()
    nina.keep("tour-cohort")
    nina.scroll(690)
    nina.keep("tour-survival")
    assert nina.foreign == []
    assert nina.named("Sommer", "R-100", "Brahms", "S-100", "D-00") == []
    context.close()


def test_every_picture_of_the_manual_is_there_and_shown() -> None:
    shown = {
        name
        for page in (TOUR, Path("README.md"))
        for name in re.findall(r"pictures/([a-z-]+)\.png", page.read_text(encoding="utf-8"))
    }
    kept = {path.stem for path in Path("docs/pictures").glob("*.png")}
    taken = set(re.findall(r'\.keep\("([a-z-]+)"\)', Path(__file__).read_text(encoding="utf-8")))
    assert shown == kept == taken
