"""The cohort's figures: counted from sums, each with both counts; the curves against what is worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from pathway import cohort
from pathway.outcome import Group, Outcome
from pathway.protocol import load
from pathway.states import State
from pathway.store import Store
from pathway.tracker import record
from tests.histories import Story, decided, neoadjuvant, reassessment, registered, workup

PROTOCOL = load()
NOBODY = Outcome(None, None, None, None, (), False, None, date(2027, 1, 1))


def summed(told: Story, day: str, *, mrn: str = "A-100") -> cohort.Sum:
    found = cohort.summed("key", told.history, date.fromisoformat(day), PROTOCOL, {})
    assert found is not None
    return found._replace(mrn=mrn)


def counted(*sums: cohort.Sum, day: str) -> dict[str, Any]:
    return cohort.counted(list(sums), day=date.fromisoformat(day), protocol=PROTOCOL)


def kpi(found: dict[str, Any], name: str) -> tuple[int, int]:
    one = next(one for one in found["kpis"] if one["id"] == name)
    return one["numerator"], one["denominator"]


# --- counts ---


def test_counts_are_by_state_and_what_is_late_is_counted_once_a_patient() -> None:
    late = summed(workup(), "2027-06-01")
    gone = summed(registered().tell("2027-03-05", "died"), "2027-06-01", mrn="B")
    found = counted(late, gone, day="2027-06-01")
    assert (found["patients"], found["open"]) == (2, 1)
    assert found["states"]["molecular_workup"] == found["states"]["closed"] == 1
    assert kpi(found, "overdue") == (1, 1)
    assert found["overdue"]["criterion_missing"] == 1
    assert kpi(found, "without_next_step") == (0, 1)


def test_an_empty_unit_has_figures_too() -> None:
    found = counted(day="2027-06-01")
    assert found["patients"] == 0
    assert kpi(found, "overdue") == (0, 0)
    assert found["flow"] == {"links": [], "not_drawn": 0}
    assert found["recurrence"]["points"] == []
    assert found["demand"] == []


def test_only_first_passages_are_drawn() -> None:
    told = reassessment()
    decided(told, "2027-05-20", "start_neoadjuvant").step("2027-05-20", "start_neoadjuvant")
    told.tell("2027-07-18", "cycle_given", number=8)
    told.tell("2027-07-18", "imaging", modality="ct", purpose="reassessment", response="stable")
    told.step("2027-07-18", "reassess")
    found = cohort.flow([summed(told, "2027-07-20")])
    assert [(one["from"], one["to"]) for one in found["links"]] == [
        ("diagnosis", "molecular_workup"),
        ("molecular_workup", "neoadjuvant"),
        ("neoadjuvant", "reassessment"),
    ]
    assert found["not_drawn"] == 2, "back to therapy, and to reassessment again"


def test_waiting_is_in_days_beside_the_window_of_the_state() -> None:
    found = cohort.waiting([summed(workup(), "2027-03-26")], date(2027, 3, 26), PROTOCOL)
    assert [(one["state"], one["days"], one["limit"]) for one in found] == [("molecular_workup", 21, 21)]


# --- measures ---


def test_a_measure_counts_the_last_twelve_months_and_names_who_missed_it() -> None:
    told = workup()
    told.tell("2027-03-10", "molecular_result", mmr="proficient", ras="mutated", braf="wild_type")
    told.tell("2027-03-12", "mdt_decision", present=["medical_oncologist"], plan="start_neoadjuvant")
    told.step("2027-03-20", "start_neoadjuvant", override={"reason": "by telephone", "by": "Dr A"})
    one = summed(told, "2028-02-29")
    found = counted(one, day="2028-02-29")
    assert kpi(found, "quorum") == (0, 1)
    quorum = next(kpi for kpi in found["kpis"] if kpi["id"] == "quorum")
    assert quorum["months"][0] == {"month": "2027-03", "numerator": 0, "denominator": 1}
    assert [(missed["mrn"], missed["on"]) for missed in quorum["missed"]] == [("A-100", "2027-03-20")]
    assert kpi(counted(one, day="2028-03-01"), "quorum") == (0, 0), "March 2027 is the thirteenth month back"


@pytest.mark.req("C6")
@pytest.mark.parametrize(("on", "in_time"), [("2027-06-20", 1), ("2027-06-21", 0)])
def test_reassessed_in_time_is_before_it_becomes_urgent(on: str, in_time: int) -> None:
    told = neoadjuvant()
    told.tell(on, "imaging", modality="ct", purpose="reassessment", response="stable").step(on, "reassess")
    assert kpi(counted(summed(told, "2027-07-01"), day="2027-07-01"), "reassessed") == (in_time, 1)


@pytest.mark.req("G3")
@pytest.mark.parametrize(("on", "kept"), [("2027-06-11", 0), ("2027-06-12", 1)])
def test_the_hold_is_kept_from_day_42_on(on: str, kept: int) -> None:
    told = neoadjuvant(biologic="bevacizumab", regimen="FOLFOXIRI")
    told.tell("2027-05-02", "systemic_stopped", reason="operation")
    told.tell(on, "surgery_performed", procedure="primary")
    assert kpi(counted(summed(told, "2027-07-01"), day="2027-07-01"), "hold") == (kept, 1)


def test_all_five_counts_the_steps_to_resection_only() -> None:
    told = reassessment()
    told.tell("2027-05-20", "volumetry", remnant_percent=29)
    told.tell("2027-05-20", "performance_status", ecog=0)
    decided(told, "2027-05-22", "offer_resection", r0_achievable=True)
    told.step("2027-05-22", "offer_resection", override={"reason": "healthy liver", "by": "Dr B"})
    assert kpi(counted(summed(told, "2027-06-01"), day="2027-06-01"), "all_five") == (0, 1)


# --- demand ---


def test_what_is_late_stands_in_this_week_and_what_is_snoozed_when_it_ends() -> None:
    wednesday = date(2027, 6, 2)
    late = cohort.demand([summed(workup(), "2027-06-02")], wednesday)
    assert {one["week"] for one in late} == {"2027-05-31"}
    told = workup()
    told.tell("2027-06-01", "snoozed", rule="criterion_missing", until="2027-06-16", reason="lab is closed")
    weeks = {one["week"]: one["due"] for one in cohort.demand([summed(told, "2027-06-02")], wednesday)}
    assert weeks["2027-06-14"] == 1, "snoozed until Wednesday of that week"


# --- curves ---


def followed(group: Group, *times: tuple[float, bool]) -> list[cohort.Sum]:
    """Patients of a group, followed for so many months each, dead or not."""
    base = summed(registered(), "2027-03-02")
    since = date(2020, 1, 1)
    found = []
    for place, (months, died) in enumerate(times):
        until = date.fromordinal(since.toordinal() + round(months * 30.4375))
        came = NOBODY._replace(group=group, since=since, died_on=until if died else None, last_seen=until)
        found.append(base._replace(mrn=f"M{place}", outcome=came))
    return found


@pytest.mark.req("K2")
def test_the_curve_is_kaplan_meiers() -> None:
    """Five patients, worked out by hand: 4/5 after the first death, then 2/3 of that, then half of that."""
    sums = followed(Group.PERIOPERATIVE, (10, True), (20, False), (30, True), (40, True), (70, False))
    found = cohort.survival(sums, Group.PERIOPERATIVE, PROTOCOL, date(2027, 3, 2))
    steps = [(round(point["month"]), round(point["share"], 4)) for point in found["points"]]
    assert steps == [(0, 1.0), (10, 0.8), (20, 0.8), (30, 0.5333), (40, 0.2667), (70, 0.2667)]
    assert (found["patients"], found["events"]) == (5, 3)
    assert round(found["median"]) == 40
    assert round(found["at_five_years"]["share"], 4) == 0.2667
    assert [one["patients"] for one in found["at_risk"]] == [5, 4, 3, 2, 1, 1, 0]
    assert found["reference"] == {
        "low": 30,
        "high": 50,
        "unit": "% alive at 5 years",
        "row": "K2",
        "quote": "5-year survival 30-50%",
    }
    assert all(point["low"] <= point["share"] <= point["high"] for point in found["points"])


def test_nothing_is_said_of_five_years_before_somebody_was_followed_so_long() -> None:
    short = cohort.survival(
        followed(Group.CONVERTED, (12, True), (59.9, False)), Group.CONVERTED, PROTOCOL, date(2027, 3, 2)
    )
    assert short["at_five_years"] is None
    alive = cohort.survival(followed(Group.CONVERTED, (61, False)), Group.CONVERTED, PROTOCOL, date(2027, 3, 2))
    assert alive["at_five_years"]["share"] == 1.0
    assert alive["median"] is None


@pytest.mark.req("H5")
def test_recurrences_are_counted_from_the_operation() -> None:
    base = summed(registered(), "2027-03-02")
    operated = date(2020, 1, 1)
    came = NOBODY._replace(operated_on=operated, last_seen=date(2026, 1, 1))
    back = came._replace(recurred_on=date(2021, 12, 1), sites=("liver",), resected_again=True)
    later = came._replace(recurred_on=date(2022, 3, 1), sites=("liver", "lung"))
    sums = [base._replace(outcome=one) for one in (came, back, later, NOBODY)]
    found = cohort.recurrence(sums, PROTOCOL, date(2027, 3, 2))
    assert (found["patients"], found["recurred"], found["within_two_years"]) == (3, 2, 1)
    assert found["resected_again"] == 1
    assert found["sites"] == {"liver": 2, "lung": 1}
    assert round(found["at_five_years"]["share"], 3) == 0.333


# --- kept sums ---


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path}/unit.db")
    yield opened
    opened.close()


def entered(store: Store, mrn: str, kind: str, on: str, **fields: Any) -> None:
    found = {"mrn": mrn, "type": kind, "on": on, **fields}
    record(store, found, today=date(2027, 6, 1), now=datetime(2027, 6, 1, 12, tzinfo=UTC), protocol=PROTOCOL)


def test_only_whose_record_has_grown_is_replayed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for mrn in ("A", "B", "C"):
        entered(store, mrn, "registered", "2027-03-01", name=f"Name {mrn}", birth_date="1960-01-01", sex="female")
    sums, day = cohort.Sums(), date(2027, 6, 1)
    assert len(sums.of(store, day=day, protocol=PROTOCOL)) == 3
    replayed: list[str] = []
    real = cohort.summed

    def seen(key: str, history: Any, *args: Any) -> cohort.Sum | None:
        replayed.append(history.registered.mrn)
        return real(key, history, *args)

    monkeypatch.setattr(cohort, "summed", seen)
    sums.of(store, day=day, protocol=PROTOCOL)
    assert replayed == []
    entered(store, "B", "died", "2027-05-01")
    entered(store, "D", "registered", "2027-05-01", name="Name D", birth_date="1960-01-01", sex="male")
    found = {one.mrn: one.state for one in sums.of(store, day=day, protocol=PROTOCOL)}
    assert sorted(replayed) == ["B", "D"]
    assert found == {"A": State.DIAGNOSIS, "B": State.CLOSED, "C": State.DIAGNOSIS, "D": State.DIAGNOSIS}
    assert len(sums.of(store, day=date(2027, 3, 1), protocol=PROTOCOL)) == 3, "another day is another sum"
    assert len(replayed) == 6
