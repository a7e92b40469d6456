"""Numbers are data: each with its source; a site changes local ones only."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathway.errors import ProtocolError
from pathway.protocol import GUIDELINE, load, read

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
