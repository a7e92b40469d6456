"""Boundaries of the core that are no row of the guideline: what the way keeps of each step, and by which numbers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pathway.journey import Journey, walk
from pathway.protocol import Protocol, load, read
from tests.histories import TEAM, Story, decided, operated, reassessment, registered, workup

SHIPPED = Path("pathway/protocol.toml").read_text(encoding="utf-8")
STRICTER = read(SHIPPED, "[numbers.estimated_remnant_percent_from]\nvalue = 60\n")


def way(
    told: Story, day: str, protocol: Protocol | None = None, judged_by: dict[str, Protocol] | None = None
) -> Journey:
    """Her way up to a day."""
    journey = walk(told.history, date.fromisoformat(day), protocol or told.protocol, judged_by=judged_by)
    assert journey is not None
    return journey


def estimated() -> Story:
    """Resection offered on an estimate of 45 %, enough from 40 % on."""
    told = reassessment().tell("2027-05-20", "volumetry", remnant_percent=45, estimated=True)
    told.tell("2027-05-20", "performance_status", ecog=1)
    decided(told, "2027-05-24", "offer_resection", r0_achievable=True)
    return told.step("2027-05-26", "offer_resection", id="offered")


@pytest.mark.req("X3")
def test_the_way_keeps_from_where_each_step_was_taken_and_that_it_holds() -> None:
    steps = way(operated(), "2027-07-16").steps
    assert [(step.event.trigger, step.source.value, step.holds) for step in steps] == [
        ("begin_workup", "diagnosis", True),
        ("start_neoadjuvant", "molecular_workup", True),
        ("reassess", "neoadjuvant", True),
        ("offer_resection", "reassessment", True),
    ]


@pytest.mark.req("X3")
def test_a_step_that_an_override_passed_holds() -> None:
    override = {"reason": "bleeding", "by": "dr.a"}
    told = workup().tell("2027-03-12", "mdt_decision", present=TEAM, plan="proceed_to_resection")
    told.step("2027-03-13", "proceed_to_resection", override=override)
    journey = way(told, "2027-03-14")
    assert journey.steps[-1].holds is True
    assert journey.questioned == []
    assert told.owed("2027-03-14", "guard_violated") is None


@pytest.mark.req("X3", "F3")
def test_a_step_is_judged_again_with_the_modality_it_was_taken_with() -> None:
    """An ablation holds for as long as its own row does: the correction of the size calls it in question."""
    told = reassessment(image={"lesion_count": 2, "largest_mm": 30})
    said = {"caveat_seen": True, "patient_refuses_surgery": True, "r0_achievable": False}
    decided(told, "2027-05-20", "offer_locoregional", **said)
    told.step("2027-05-21", "offer_locoregional", id="offered", modality="rfa")
    assert told.owed("2027-05-22", "guard_violated") is None
    wrong = {"modality": "ct", "purpose": "reassessment", "lesion_count": 2, "largest_mm": 50, "response": "partial"}
    told.tell("2027-05-22", "corrected", event="ct-2", replacement=wrong)
    found = told.alert("2027-05-22", "guard_violated")
    assert found is not None
    assert "Largest lesion 50 mm (CT 18 May 2027): RFA and MWA are for 40 mm at most" in found["reason"]


@pytest.mark.req("X3")
@pytest.mark.parametrize(
    ("judged_by", "holds"),
    [
        pytest.param(None, False, id="nobody knows by which: by those of today"),
        pytest.param({"offered": load()}, True, id="by those of its day"),
        pytest.param({"another": load()}, False, id="those of another step are not its own"),
    ],
)
def test_a_past_step_is_judged_by_the_numbers_of_its_day(judged_by: dict[str, Protocol] | None, holds: bool) -> None:
    """What stands after it is judged by today's again."""
    journey = way(estimated(), "2027-05-27", STRICTER, judged_by)
    assert journey.steps[-1].holds is holds
    assert [event.id for event in journey.questioned] == ([] if holds else ["offered"])
    assert journey.case.numbers is STRICTER.numbers


@pytest.mark.req("X3")
def test_the_way_names_each_state_with_the_day_and_event_it_began_with() -> None:
    told = (
        registered()
        .tell("2027-04-01", "taken_over", id="over", state="surveillance")
        .tell("2027-04-02", "died", id="end")
    )
    entries = way(told, "2027-04-03").entries
    assert [(one.on.isoformat(), one.state.value, one.event.id) for one in entries] == [
        ("2027-03-01", "diagnosis", "e001"),
        ("2027-04-01", "surveillance", "over"),
        ("2027-04-02", "closed", "end"),
    ]
