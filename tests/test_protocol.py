"""Numbers are data: each with its source; a site changes local ones only."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from pathway.answer import show
from pathway.errors import ProtocolError
from pathway.protocol import GUIDELINE, LOCAL, Entry, load, read
from pathway.states import OPEN
from tests.histories import reassessment

SHIPPED = Path("pathway/protocol.toml").read_text(encoding="utf-8")
TEXT = Path("docs/guideline.txt").read_text(encoding="utf-8")


@pytest.mark.req("O1")
@pytest.mark.parametrize("entry", [one for one in load().entries if one.source == GUIDELINE], ids=lambda one: one.name)
def test_a_number_of_the_guideline_is_quoted_word_for_word(entry: object) -> None:
    assert entry.text in TEXT  # type: ignore[attr-defined]


@pytest.mark.parametrize("row", load().rows)
def test_a_row_is_quoted_word_for_word_from_its_section(row: str) -> None:
    found = load().rows[row]
    assert found.quote in TEXT
    assert found.section in TEXT


@pytest.mark.parametrize("name", load().references)
def test_a_reference_figure_is_quoted_word_for_word(name: str) -> None:
    assert load().references[name].quote in TEXT


def test_a_site_changes_a_local_number_and_gets_a_version_of_its_own() -> None:
    found = read(SHIPPED, "[numbers.mdt_review_due_days]\nvalue = 7\n[windows.diagnosis]\nvalue = 10\n")
    assert (found.numbers.mdt_review_due_days, found.windows["diagnosis"]) == (7, 10)
    assert found.version != load().version
    assert found.version.startswith(load().version)


@pytest.mark.parametrize(
    ("site", "said"),
    [
        ("[numbers.remnant_percent_above]\nvalue = 25\n", "cannot be changed by a site"),
        ("[numbers.nonsense]\nvalue = 1\n", "no such number"),
        ("[numbers.mdt_review_due_days]\nvalue = -1\n", "negative"),
        ("[numbers.mdt_review_due_days]\nvalue = 7.5\n", "no whole number"),
        ("[numbers.mdt_review_due_days]\nvalue = true\n", "needs a number"),
        ("[numbers.mdt_review_due_days]\nvalue = 7\nsource = 'guideline'\n", "gives `value`"),
        ("[rows.D2]\nquote = 'x'\n", "holds"),
        ("nonsense", "not readable as TOML"),
    ],
)
def test_what_a_site_may_not_do(site: str, said: str) -> None:
    with pytest.raises(ProtocolError, match=said):
        read(SHIPPED, site)


def test_a_missing_number_is_named() -> None:
    with pytest.raises(ProtocolError, match="contacts_before_lost"):
        read(SHIPPED.replace("[numbers.contacts_before_lost]", "[numbers.other]"))


def test_a_site_file_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(ProtocolError, match="cannot be read"):
        load("no/such/file.toml")


ROWS = {
    row for path in Path("tests/spec").glob("test_*.py") for row in re.findall(r'"([A-Z]\d+)"', path.read_text("utf-8"))
}


@pytest.mark.parametrize("entry", load().entries, ids=lambda one: one.name)
def test_a_number_has_a_unit_a_row_and_a_reason(entry: Entry) -> None:
    assert entry.unit
    assert entry.text
    assert entry.source in (GUIDELINE, LOCAL)
    assert entry.row in ROWS, "a row that the specification names"


def test_every_state_in_which_she_is_open_has_a_window() -> None:
    assert set(load().windows) == {state.value for state in OPEN}


def test_a_site_s_number_decides_and_says_so() -> None:
    """Decisions within a week: the date moves, and the source stays local."""
    week = read(SHIPPED, "[numbers.mdt_review_due_days]\nvalue = 7\nwhy = 'we meet each week'\n")
    history = reassessment().history
    answer = show(history, date(2027, 5, 19), week)
    assert answer is not None
    found = {one["rule"]: one for one in answer["alerts"]}["mdt_review"]
    assert (found["opens_on"], found["due_on"], found["source"]) == ("2027-05-18", "2027-05-25", "local default")
    changed = next(one for one in week.entries if one.name == "mdt_review_due_days")
    assert (changed.value, changed.text, changed.source) == (7, "we meet each week", LOCAL)


@pytest.mark.parametrize("name", [one.name for one in load().entries if one.source == GUIDELINE])
def test_no_number_of_the_guideline_is_a_site_s_to_change(name: str) -> None:
    with pytest.raises(ProtocolError, match="cannot be changed by a site"):
        read(SHIPPED, f"[numbers.{name}]\nvalue = 1\n")


def test_the_same_site_s_file_gives_the_same_version() -> None:
    one, other = ("[numbers.mdt_review_due_days]\nvalue = 7\n", "[numbers.mdt_review_due_days]\nvalue = 8\n")
    assert read(SHIPPED, one).version == read(SHIPPED, one).version != read(SHIPPED, other).version
    assert read(SHIPPED, "  \n").version == load().version
