"""Every screen at both sizes and on both grounds: what it says, and a picture to look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from pathway.demo import unit as drawn
from tests.journeys.conftest import TODAY, Hand, Unit, ago, in_reassessment

pytestmark = pytest.mark.browser


PATIENTS = 240


def unit_of_many() -> list[dict[str, Any]]:
    """A drawn unit, and one patient more whom the test knows."""
    told = drawn.lives(range(PATIENTS), patients=PATIENTS, seed=7, today=TODAY)
    values = ((118, 88), (100, 60), (80, 30), (60, 12), (41, 4.2), (20, 8.1))
    cea = [{"mrn": "R-100", "type": "cea", "on": ago(days), "ng_per_ml": value} for days, value in values]
    return [*(event for events in told for event in events), *in_reassessment("R-100", "Sommer, Emil", 26), *cea]


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
            nina.row(2)
            nina.picture(f"worklist-{look}")
            nina.find("Sommer, Emil").click(nina.page.get_by_role("button", name="Open patient"))
            _says_it(nina)
            nina.picture(f"patient-{look}")
            nina.page.mouse.wheel(0, 2000)
            nina.picture(f"patient-below-{look}")
            nina.click(nina.page.get_by_role("link", name="Cohort"))
            _says_it(nina)
            nina.picture(f"cohort-{look}")
            assert nina.foreign == []
            assert nina.named("R-100", "Sommer", "D-00") == []
            context.close()


def _says_it(nina: Hand) -> None:
    expect(nina.page.get_by_text("pending human review")).to_be_visible()
    assert nina.page.locator("[data-testid=stException]").count() == 0
