"""Calendar months are calendar months: the end of a month clips, a leap day too."""

from __future__ import annotations

from datetime import date

import pytest

from pathway.dates import add_months, add_years, say


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        pytest.param("2027-03-20", 6, "2027-09-20", id="the same day of the month"),
        pytest.param("2027-08-31", 6, "2028-02-29", id="31 August and six months is the last of February, a leap year"),
        pytest.param("2026-08-31", 6, "2027-02-28", id="and of a common year"),
        pytest.param("2027-11-30", 3, "2028-02-29", id="30 November and three months"),
        pytest.param("2026-11-30", 3, "2027-02-28", id="30 November and three months, a common year"),
        pytest.param("2027-12-31", 2, "2028-02-29", id="over the end of a year"),
        pytest.param("2028-01-29", 1, "2028-02-29", id="29 January of a leap year"),
        pytest.param("2027-01-29", 1, "2027-02-28", id="29 January of a common year"),
        pytest.param("2027-01-28", 1, "2027-02-28", id="28 January needs no clipping"),
        pytest.param("2028-02-29", 12, "2029-02-28", id="twelve months from a leap day"),
        pytest.param("2028-02-29", 48, "2032-02-29", id="four years from a leap day"),
        pytest.param("2027-03-31", 1, "2027-04-30", id="31 March and one month"),
        pytest.param("2027-05-31", 0, "2027-05-31", id="no month at all"),
        pytest.param("2027-12-15", 1, "2028-01-15", id="December to January"),
    ],
)
def test_a_number_of_months_on(day: str, months: int, then: str) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(then)


@pytest.mark.parametrize(
    ("day", "years", "then"),
    [
        pytest.param("2027-07-15", 5, "2032-07-15", id="five years"),
        pytest.param("2028-02-29", 5, "2033-02-28", id="five years from a leap day"),
        pytest.param("2028-02-29", 2, "2030-02-28", id="two years from a leap day"),
        pytest.param("2027-02-28", 1, "2028-02-28", id="28 February stays the 28th in a leap year"),
    ],
)
def test_a_number_of_years_on(day: str, years: int, then: str) -> None:
    assert add_years(date.fromisoformat(day), years) == date.fromisoformat(then)


def test_clipping_does_not_add_up() -> None:
    """Six months from 31 August are not three and three months: each interval counts from its own day."""
    day = date(2027, 8, 31)
    assert add_months(add_months(day, 3), 3) == date(2028, 2, 29)
    assert add_months(add_months(day, 1), 1) == date(2027, 10, 30)
    assert add_months(day, 2) == date(2027, 10, 31)


@pytest.mark.parametrize(
    ("day", "words"),
    [("2027-05-12", "12 May 2027"), ("2027-01-01", "1 Jan 2027"), ("2027-09-30", "30 Sep 2027")],
)
def test_a_date_in_a_sentence(day: str, words: str) -> None:
    assert say(date.fromisoformat(day)) == words


def test_every_month_has_a_name_of_its_own() -> None:
    names = [say(date(2027, month, 1)).split()[1] for month in range(1, 13)]
    assert names == ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
