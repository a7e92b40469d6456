"""The drawn unit: its figures are the rates it is drawn with, it lives by the tracker's rules, and today is busy."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pathway import cohort, demo, events, views
from pathway.demo import people, rates, unit
from pathway.demo.rates import rate
from pathway.events import RULES, TYPES
from pathway.history import History
from pathway.outcome import Group
from pathway.protocol import load
from pathway.states import State
from pathway.store import Store, tables
from pathway.tracker.verifying import differences

TODAY = date(2026, 11, 24)
MANY = 1600
"""Patients for the rates: enough that chance moves a share of one half by 4 % at most."""
Row = dict[str, Any]


def summed(numbers: Iterable[int]) -> list[cohort.Sum]:
    found = []
    one = unit.Unit(11, TODAY, load())
    for number in numbers:
        course = one.life(number)
        known = [
            events.identified(events.read(row, today=TODAY)) for row in course.lines if row["id"] not in course.attempts
        ]
        patient = cohort.summed(str(number), History.of(known), TODAY, load(), {})
        assert patient is not None
        found.append(patient)
    return found


@cache
def drawn() -> list[cohort.Sum]:
    """Many patients summed up; nobody of them is staged."""
    return summed(range(MANY))


@cache
def converted() -> list[cohort.Sum]:
    """Many of those who can be converted: they are few, and a curve needs some."""
    one = unit.Unit(11, TODAY, load())
    return summed(number for number in range(4 * MANY) if _may_be_converted(one.comes(number)[-1]))


def _may_be_converted(person: people.Person) -> bool:
    return person.primary == "colorectal" and person.burden == people.EXTENSIVE and person.convertible


@cache
def rows() -> list[list[Row]]:
    """The events of the same patients."""
    one = unit.Unit(11, TODAY, load())
    return [one.life(number).lines for number in range(600)]


def share(of: list[bool]) -> float:
    return sum(of) / len(of)


def first(hers: list[Row], kind: str, field: str) -> Any:
    return next((row[field] for row in hers if row["type"] == kind and field in row), None)


# --- the rates ---


once = pytest.mark.xdist_group("drawn")
"""These draw the same patients: on one worker, once."""


@once
@pytest.mark.slow
def test_primaries_and_profiles_are_as_drawn() -> None:
    primary = [first(hers, "primary_identified", "primary") for hers in rows()]
    known = [one for one in primary if one]
    for name in ("colorectal", "neuroendocrine", "gastric"):
        assert share([one == name for one in known]) == pytest.approx(rate(name), abs=0.045), name
    colorectal = [hers for hers in rows() if first(hers, "primary_identified", "primary") == "colorectal"]
    tested = [hers for hers in colorectal if first(hers, "molecular_result", "ras")]
    for field, wrong, name in (
        ("mmr", "deficient", "msi_high"),
        ("ras", "mutated", "ras_mutated"),
        ("braf", "mutated", "braf_mutated"),
    ):
        found = share([first(hers, "molecular_result", field) == wrong for hers in tested])
        assert found == pytest.approx(rate(name), abs=0.06), name
    right = ("caecum", "ascending", "hepatic_flexure", "transverse")
    sides = [first(hers, "primary_identified", "location") for hers in colorectal]
    assert share([side not in right for side in sides if side]) == pytest.approx(rate("left_sided"), abs=0.06)
    both = [
        hers
        for hers in tested
        if (first(hers, "molecular_result", "ras"), first(hers, "molecular_result", "braf")) == ("mutated", "mutated")
    ]
    assert both == [], "RAS and BRAF never together"


@once
@pytest.mark.slow
def test_conversions_lie_where_published_series_do() -> None:
    groups = Counter(one.outcome.group for one in drawn())
    converted = groups[Group.CONVERTED]
    assert 0.10 <= converted / (converted + groups[Group.CHEMOTHERAPY_ALONE]) <= 0.30


@once
@pytest.mark.slow
@pytest.mark.req("K1", "K2", "K3")
def test_the_survival_curves_lie_in_the_guidelines_bands() -> None:
    curves = {group: cohort.survival(drawn(), group, load(), TODAY) for group in Group}
    curves[Group.CONVERTED] = cohort.survival(converted(), Group.CONVERTED, load(), TODAY)
    for group in (Group.CONVERTED, Group.PERIOPERATIVE):
        band, at = curves[group]["reference"], curves[group]["at_five_years"]
        assert at is not None, "somebody was followed for five years"
        assert band["low"] / 100 <= at["share"] <= band["high"] / 100, group
    alone = curves[Group.CHEMOTHERAPY_ALONE]
    assert alone["reference"]["low"] <= alone["median"] <= alone["reference"]["high"]


@once
@pytest.mark.slow
@pytest.mark.req("H5")
def test_recurrences_come_as_the_guideline_says() -> None:
    found = cohort.recurrence(drawn(), load(), TODAY)
    assert 0.45 <= 1 - found["at_five_years"]["share"] <= 0.65, "up to 60 % recur"
    assert found["within_two_years"] / found["recurred"] == pytest.approx(rate("recurs_within_24_months"), abs=0.06)
    assert found["sites"]["liver"] == max(found["sites"].values()), "the liver first"
    assert found["resected_again"] / found["recurred"] == pytest.approx(rate("resected_again"), abs=0.06)


def test_the_page_shows_the_rates_that_are_drawn_with() -> None:
    page = Path("docs/demo.md").read_text(encoding="utf-8")
    assert rates.table() in page, "`python -m pathway.demo.rates` prints the table"
    assert all(one.source and one.what for one in rates.rates().values())


# --- by the tracker's rules ---


def filled(tmp_path: Path, patients: int, seed: int, today: date) -> tuple[Store, Counter[str], int]:
    """A store with a drawn unit; what was refused, by type."""
    store = Store(f"sqlite:///{tmp_path}/unit.db")
    refused: Counter[str] = Counter()
    now = datetime(today.year, today.month, today.day, 18, tzinfo=UTC)
    text = unit.lines(range(patients), patients=patients, seed=seed, today=today)
    done = demo.fill(store, tmp_path, iter([text]), today=today, now=now)
    lines = [json.loads(line) for line in text.splitlines()]
    with store.read() as connection:
        known = {(row.mrn, row.event_id) for row in connection.execute(_events())}
    refused.update(row["type"] for row in lines if (row["mrn"], row["id"]) not in known)
    return store, refused, done["refused"]


def _events() -> Any:
    return tables.event.join(tables.record, tables.record.c.id == tables.event.c.record_id).select()


@pytest.mark.slow
def test_only_steps_are_refused_and_every_attempt_is_kept_for_audit(tmp_path: Path) -> None:
    store, refused, count = filled(tmp_path, 120, 7, TODAY)
    assert refused == {"advanced": count}
    assert count > 20, "the guideline refused some, as in life"
    with store.read() as connection:
        attempts = connection.exec_driver_sql("SELECT count(*) FROM attempt").scalar()
    assert attempts == count
    assert list(differences(store, protocol=load())) == []
    store.close()


@once
@pytest.mark.slow
def test_everything_a_unit_sees_occurs_in_it() -> None:
    kinds = Counter(row["type"] for hers in rows() for row in hers)
    assert kinds.keys() == set(TYPES)
    overridden = [row for hers in rows() for row in hers if "override" in row]
    assert len({row["override"]["reason"] for row in overridden}) >= 4
    deviations = Counter(row for summed in drawn() for row in summed.deviations)
    assert {"C8", "D2", "E3", "G2", "G3", "G4", "M1"} <= deviations.keys()
    visited = {state for summed in drawn() for _, state in summed.way}
    assert visited == set(State)
    late = [
        row
        for hers in rows()
        for row in hers
        if row["type"] != "corrected" and row["recorded_at"][:10] > row["on"] > "2022"
    ]
    assert len(late) > 50, "facts that reach the unit late"
    sites = {row["site"] for hers in rows() for row in hers if row["type"] == "registered"}
    owners = {row["navigator"] for hers in rows() for row in hers if row["type"] == "registered"}
    assert (len(sites), len(owners)) == (2, 3)


def test_nothing_lies_ahead_and_it_is_the_same_each_time() -> None:
    one = unit.Unit(7, TODAY, load())
    for number in range(25):
        told = one.life(number).lines
        assert told == one.life(number).lines
        assert all(max(row["on"], row["recorded_at"][:10]) <= TODAY.isoformat() for row in told)
        operations = [date.fromisoformat(row["on"]) for row in told if row["type"] == "surgery_performed"]
        assert all(day.weekday() < 5 for day in operations)
    assert one.life(3).lines != unit.Unit(8, TODAY, load()).life(3).lines


# --- today is busy ---


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "today"), [(7, date(2026, 11, 29)), (1, date(2027, 2, 28)), (3, date(2028, 2, 29))])
def test_each_state_and_each_rule_is_there_today(tmp_path: Path, seed: int, today: date) -> None:
    store, _, _ = filled(tmp_path, demo.PATIENTS, seed, today)
    lines = views.lines(store, day=today, protocol=load())
    store.close()
    assert {line.state for line in lines} == {state.value for state in State}
    alerts = [alert for line in lines for alert in line.alerts]
    assert {alert["rule"] for alert in alerts} == set(RULES)
    status = Counter(alert["status"] for alert in alerts)
    assert status["overdue"] >= 10
    assert status["due"] >= 25
    late = [(today - date.fromisoformat(a["due_on"])).days for a in alerts if a["status"] == "overdue"]
    assert max(late) < 150, "nobody is forgotten for ever"
    assert {line.owner for line in lines if line.alerts and line.alerts[0]["status"] == "overdue"} == set(
        people.NAVIGATORS
    )


@pytest.mark.slow
def test_the_cohorts_page_has_its_figures(tmp_path: Path) -> None:
    store, _, _ = filled(tmp_path, 120, 7, TODAY)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = cohort.cohort(store, day=TODAY, protocol=load())
    store.close()
    assert found["patients"] == 120
    assert sum(found["states"].values()) == 120
    assert sum(one["patients"] for one in found["flow"]["links"]) > 120
