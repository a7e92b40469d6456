"""The pages that are made stay what the product says, and every registry has a name for everything."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from pathway import events, words
from pathway.criteria import QUESTIONS
from pathway.obligations import ROW
from pathway.states import ROWS, STEP_WORDS, TRIGGERS
from tools.reference import PAGES, drawing, fresh, specified

CORE = [
    "case",
    "criteria",
    "obligations",
    "regimens.py",
    "journey.py",
    "advice.py",
    "alerts.py",
    "answer.py",
    "history.py",
]
NO_CLINICAL_NUMBER = {
    "100": "per cent",
    "20": "length of an id",
    "16": "length of an alert's id",
}


@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_stale(page: str) -> None:
    assert fresh(page), "run python -m tools.reference"


def test_the_drawing_has_every_step_of_the_table() -> None:
    drawn = "\n".join(drawing())
    assert all(f"|{STEP_WORDS[row.trigger]}| {row.to.value}" in drawn for row in ROWS if row.trigger != "close")


def test_everything_that_can_be_owed_has_a_row_a_word_and_a_name_in_events() -> None:
    assert set(ROW) == set(events.RULES) == set(words.RULES)
    assert set(STEP_WORDS) == {*TRIGGERS, "defer"}


def test_every_question_is_specified() -> None:
    named = {row for _, cases in specified() for case in cases for row in case.rows}
    assert [row for row in QUESTIONS if row not in named] == []


def test_no_number_that_decides_stands_in_the_code() -> None:
    """Numbers live in protocol.toml with their source; the core holds 0, 1 and what is no clinical number."""
    found = []
    for name in CORE:
        path = Path("pathway", name)
        for file in path.rglob("*.py") if path.is_dir() else [path]:
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Constant) or type(node.value) not in (int, float):
                    continue
                if node.value not in (0, 1) and str(node.value) not in NO_CLINICAL_NUMBER:
                    found.append(f"{file}:{node.lineno}: {node.value!r}")
    assert found == []
