"""Every screen at both sizes and on both grounds: what it says, and a picture to look at."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from pathway.demo import patients
from tests.journeys.conftest import PICTURES, TODAY, Hand, Unit, ago, in_reassessment

pytestmark = pytest.mark.browser
IN_THE_README = Path("docs/pictures")
LARGEST = 250_000


def unit_of_many() -> list[dict[str, Any]]:
    """The public registry moved to today, and one made-up patient with a long course."""
    rows = [event for events in patients(TODAY) for event in events]
    rows += in_reassessment("R-100", "Conrad, Emil", 26)
    for place, (name, known) in enumerate(
        (("Lund, Carla", 5), ("Moser, Jonas", 8), ("Weiss, Nora", 12), ("Holm, Ida", 15))
    ):
        rows += in_reassessment(f"R-10{place + 1}", name, 41)[:known]
    values = ((118, 88), (100, 60), (80, 30), (60, 12), (41, 4.2), (20, 8.1))
    rows += [{"mrn": "R-100", "type": "cea", "on": ago(days), "ng_per_ml": value} for days, value in values]
    present = ["medical_oncologist", "hepatobiliary_surgeon", "colorectal_surgeon", "interventional_radiologist"]
    decision = {"plan": "offer_resection", "present": [*present, "diagnostic_radiologist"], "r0_achievable": True}
    rows.append({"mrn": "R-100", "type": "mdt_decision", "on": ago(30), **decision})
    return rows


@pytest.mark.req("O1")
def test_every_screen_says_what_the_guideline_says_of_itself(
    browser: Browser, start_unit: Callable[[list[dict[str, Any]]], Unit]
) -> None:
    unit = start_unit(unit_of_many())
    unit.pathway("scheduler", "--once")
    for scheme in ("light", "dark"):
        for size in ((1366, 768), (1920, 1080)):
            context = browser.new_context(
                viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, locale="en-GB"
            )
            nina = Hand(context.new_page(), unit).go()
            look = f"{scheme}-{size[0]}"
            _says_it(nina)
            nina.row(4).click(nina.page.get_by_role("combobox", name="What is owed"))
            nina.click(nina.page.get_by_role("option", name="Surveillance CT"))
            nina.picture(f"worklist-{look}")
            nina.find("Conrad, Emil").click(nina.page.get_by_role("button", name="Open patient"))
            _says_it(nina)
            nina.picture(f"patient-{look}")
            nina.page.mouse.wheel(0, 2000)
            nina.picture(f"patient-below-{look}")
            nina.click(nina.page.get_by_role("link", name="Cohort"))
            _says_it(nina)
            nina.picture(f"cohort-{look}")
            assert nina.foreign == []
            assert nina.named("R-100", "Conrad", "CRLM-CT") == []
            context.close()
    _keep_for_the_readme()


def _says_it(nina: Hand) -> None:
    expect(nina.page.get_by_text("pending human review")).to_be_visible()
    assert nina.page.locator("[data-testid=stException]").count() == 0


def _keep_for_the_readme() -> None:
    """The README's pictures are these: taken anew where PATHWAY_PICTURES is set."""
    for name in ("worklist", "patient"):
        taken = PICTURES / f"{name}-light-1366.png"
        assert taken.stat().st_size < LARGEST
        if os.environ.get("PATHWAY_PICTURES"):
            IN_THE_README.mkdir(parents=True, exist_ok=True)
            shutil.copy(taken, IN_THE_README / f"{name}.png")
