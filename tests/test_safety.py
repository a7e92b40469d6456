"""The safety case: every control names tests that exist, and every risk is weighed by the page's own rule."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "safety.md"
ACCEPTED, WITH_A_REASON = 6, 10


class Hazard(NamedTuple):
    """One chapter of the page."""

    title: str
    text: str

    @property
    def weighed(self) -> list[tuple[int, int, int]]:
        """Severity, likelihood and what is written as their product: before and after."""
        found = re.findall(r"(?:Before|After): (\d) × (\d) = (\d+)\.", self.text)
        return [(int(a), int(b), int(c)) for a, b, c in found]

    @property
    def controls(self) -> list[list[str]]:
        """The rows of its table: cause, control, proof."""
        rows = [line.strip("|").split("|") for line in self.text.splitlines() if line.startswith("| ")]
        return [[cell.strip() for cell in row] for row in rows if row[0].strip() != "cause"]

    @property
    def left(self) -> str:
        return self.text.partition("*What is left*:")[2].strip()


def hazards() -> list[Hazard]:
    parts = re.split(r"^### ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return [Hazard(part.splitlines()[0], part) for part in parts]


@cache
def known_tests() -> set[str]:
    """The name of every test there is."""
    return {
        node.name
        for path in HERE.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


each = pytest.mark.parametrize("hazard", hazards(), ids=lambda hazard: hazard.title)


def test_the_page_holds_the_hazards_of_the_whole_product() -> None:
    titles = [hazard.title for hazard in hazards()]
    assert [title[:3] for title in titles] == [f"S{number:02}" for number in range(1, len(titles) + 1)]
    for word in ("patient", "not shown", "date", "reassurance", "stale", "write", "unit", "scheduler", "protocol"):
        assert any(word in title for title in titles), word


@each
def test_every_control_names_tests_that_exist(hazard: Hazard) -> None:
    assert len(hazard.controls) >= 2
    known = known_tests()
    for cause, control, proof in hazard.controls:
        named = re.findall(r"`(test_\w+)`", proof)
        assert cause
        assert control
        assert named, f"{cause}: no test"
        assert set(named) <= known, f"{cause}: {set(named) - known} is no test"


@each
def test_every_risk_is_weighed_and_accepted_by_the_pages_own_rule(hazard: Hazard) -> None:
    (severity, before, product), (still, after, rest) = hazard.weighed
    assert (severity * before, still * after) == (product, rest)
    assert still == severity, "a control makes it rarer, not milder"
    assert after < before
    assert hazard.left
    assert rest <= WITH_A_REASON
    assert rest <= ACCEPTED or "likelihood stays at" in hazard.left
