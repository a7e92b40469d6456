"""The order in which a patient's events are read, and what her corrections make of them."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from pathway import events
from pathway.answer import show
from pathway.history import History
from pathway.protocol import load
from tests.histories import Story, decided, neoadjuvant, reassessment, registered, resection, workup

ENTRY = date(2100, 1, 1)


def told(*lines: tuple[str, str, dict[str, Any]]) -> History:
    """A history as it arrived; nothing is admitted here."""
    found = []
    for place, (on, kind, fields) in enumerate(lines):
        given = {"id": f"e{place}", **fields, "mrn": "A-100", "type": kind, "on": on}
        found.append(events.identified(events.read(given, today=ENTRY)))
    return History.of(found)


REGISTERED = ("2027-03-01", "registered", {"id": "r", "name": "Ada", "birth_date": "1958-04-11", "sex": "female"})


def test_within_a_day_facts_then_take_overs_then_steps_then_the_end() -> None:
    day = "2027-05-01"
    arrived: list[tuple[str, str, dict[str, Any]]] = [
        (day, "died", {"id": "a"}),
        (day, "advanced", {"id": "b", "trigger": "reassess"}),
        (day, "taken_over", {"id": "c", "state": "neoadjuvant"}),
        (day, "mdt_decision", {"id": "d", "present": []}),
        (day, "cea", {"id": "e", "ng_per_ml": 3}),
    ]
    orders = {tuple(event.id for event in told(REGISTERED, *lines).order) for lines in permutations(arrived)}
    assert orders == {("r", "d", "e", "c", "b", "a")}


def test_steps_of_one_day_follow_each_other_as_they_were_recorded() -> None:
    """By the instant of recording, where one is given; then as they arrived."""
    day = "2027-05-01"
    first = (day, "advanced", {"id": "z", "trigger": "begin_workup", "recorded_at": "2027-05-01T08:00:00Z"})
    second = (day, "advanced", {"id": "a", "trigger": "start_neoadjuvant", "recorded_at": "2027-05-01T09:00:00Z"})
    assert [event.id for event in told(REGISTERED, second, first).order] == ["r", "z", "a"]
    same = [(on, kind, {**fields, "recorded_at": "2027-05-01T08:00:00Z"}) for on, kind, fields in (second, first)]
    assert [event.id for event in told(REGISTERED, *same).order] == ["r", "a", "z"]


def test_an_instant_counts_in_whatever_zone_it_is_written() -> None:
    day = "2027-05-01"
    first = (day, "advanced", {"id": "z", "trigger": "begin_workup", "recorded_at": "2027-05-01T09:30:00+02:00"})
    second = (day, "advanced", {"id": "a", "trigger": "start_neoadjuvant", "recorded_at": "2027-05-01T08:00:00Z"})
    assert [event.id for event in told(REGISTERED, second, first).order] == ["r", "z", "a"]


def test_an_early_registration_is_found_whatever_lies_before_it() -> None:
    """A fact may lie before the registration: histories are older than their file."""
    history = told(("2020-01-01", "primary_resected", {}), REGISTERED)
    assert history.registered is not None
    assert [event.type for event in history.order] == ["primary_resected", "registered"]


def _without_history(answer: dict[str, Any] | None) -> dict[str, Any]:
    assert answer is not None
    return {name: value for name, value in answer.items() if name != "history"}


@pytest.mark.req("X5")
@pytest.mark.parametrize("build", [workup, neoadjuvant, reassessment, resection])
def test_facts_may_arrive_in_any_order(build: Any) -> None:
    """Backwards, with the steps in theirs: the answer is the same."""
    story: Story = build()
    arrived = story.history.events
    steps = [event for event in arrived if event.type == "advanced"]
    facts = [event for event in arrived if event.type != "advanced"]
    answers = [
        _without_history(show(History.of(order), date(2027, 6, 1), load()))
        for order in (arrived, [*facts[::-1], *steps], [*steps, *facts], [*steps, *facts[::-1]])
    ]
    assert all(answer == answers[0] for answer in answers)


def corrected(*corrections: tuple[str, str, dict[str, Any]]) -> Story:
    """A remnant of 41 % on 20 May, and corrections (id, what it corrects, fields)."""
    story = reassessment().tell("2027-05-20", "volumetry", id="v", remnant_percent=41)
    for id_, event, fields in corrections:
        story.tell("2027-05-22", "corrected", id=id_, event=event, **fields)
    return story


TO_24: dict[str, Any] = {"replacement": {"remnant_percent": 24}}
TO_50: dict[str, Any] = {"replacement": {"remnant_percent": 50}}


@pytest.mark.req("X3")
@pytest.mark.parametrize(
    ("corrections", "percent"),
    [
        pytest.param([], 41, id="none"),
        pytest.param([("c1", "v", TO_24)], 24, id="corrected"),
        pytest.param([("c1", "v", {})], None, id="entered in error"),
        pytest.param([("c1", "v", TO_24), ("c2", "v", TO_50)], 50, id="of two the later"),
        pytest.param([("c1", "v", TO_24), ("c2", "v", {})], None, id="corrected, then taken away"),
        pytest.param([("c1", "v", {}), ("c2", "v", TO_50)], 50, id="taken away, then corrected"),
        pytest.param([("c1", "v", TO_24), ("c2", "c1", {})], 41, id="a correction taken away"),
        pytest.param([("c1", "v", {}), ("c2", "c1", {})], 41, id="a taking away taken away"),
        pytest.param(
            [("c1", "v", TO_24), ("c2", "c1", {}), ("c3", "c2", {})], 24, id="and that taken away: corrected again"
        ),
        pytest.param(
            [("c1", "v", TO_24), ("c2", "c1", {}), ("c3", "c2", {}), ("c4", "c3", {})], 41, id="four deep: the original"
        ),
        pytest.param(
            [("c1", "v", TO_24), ("c2", "v", TO_50), ("c3", "c2", {})],
            24,
            id="the later of two taken away: the earlier",
        ),
        pytest.param(
            [("c1", "v", TO_24), ("c2", "c1", {}), ("c3", "v", TO_50), ("c4", "c2", {})],
            50,
            id="an earlier one that is back does not outlive the later",
        ),
    ],
)
def test_which_correction_stands(corrections: list[tuple[str, str, dict[str, Any]]], percent: float | None) -> None:
    found = {event.id: event for event in corrected(*corrections).history.order}
    assert (found["v"].remnant_percent if "v" in found else None) == percent  # type: ignore[attr-defined]


@pytest.mark.req("X3")
@pytest.mark.parametrize("day", ["2027-05-20", "2027-05-21", "2027-05-22", "2027-06-01"])
def test_a_correction_holds_for_every_day_one_asks_about(day: str) -> None:
    """Whatever its own day: on the 20th the value is the one known now."""
    assert corrected(("c1", "v", TO_24)).verdict(day, "offer_resection", "D2")[1].startswith("Liver remnant 24 %")


@pytest.mark.req("X3")
def test_a_corrected_day_moves_the_fact() -> None:
    """Known from the right day on; in between nobody knew it."""
    story = corrected(("c1", "v", {"replacement": {"remnant_percent": 41, "on": "2027-05-25"}}))
    assert story.verdict("2027-05-24", "offer_resection", "D2")[0] == "unknown"
    assert story.verdict("2027-05-25", "offer_resection", "D2") == (
        "met",
        "Liver remnant 41 % (CT volumetry 25 May 2027), more than 30 %",
    )


@pytest.mark.req("X3")
def test_fields_that_the_replacement_leaves_out_are_gone() -> None:
    """It holds all the fields as they should have been, not only those that change."""
    story = workup()
    story.tell("2027-03-06", "corrected", event="baseline", replacement={"modality": "ct", "purpose": "baseline"})
    assert story.verdict("2027-03-07", "proceed_to_resection", "C7")[0] == "unknown"
    assert story.state("2027-03-07") == "molecular_workup"


@pytest.mark.req("X3")
def test_a_registration_is_only_replaced() -> None:
    """Its day moves with it: before that day there is nobody to show."""
    story = registered()
    fields = {"name": "Ada E.", "birth_date": "1958-04-12", "sex": "female", "on": "2027-03-03", "navigator": "omar"}
    story.tell("2027-03-04", "corrected", event="e001", replacement=fields)
    assert show(story.history, date(2027, 3, 2), story.protocol) is None
    assert story.shown("2027-03-03")["since"] == "2027-03-03"
    assert story.shown("2027-03-03")["next_step"]["owner"] == "omar"


@pytest.mark.req("X3")
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"on": "2027-03-06"}, "would lie before the registration", id="a registration after a step"),
        pytest.param({"birth_date": "2027-04-01"}, "after the registration", id="a birth after it"),
    ],
)
def test_a_registration_stays_before_her_steps(fields: dict[str, str], said: str) -> None:
    right = {"name": "Ada Example", "birth_date": "1958-04-11", "sex": "female", **fields}
    assert said in workup().refused("2027-03-20", "corrected", event="e001", replacement=right)


@pytest.mark.req("X3")
def test_a_corrected_step_is_judged_at_its_right_day() -> None:
    """A step moved before the decision it rests on stands, and is called in question."""
    story = workup()
    story.tell("2027-03-10", "molecular_result", mmr="deficient")
    decided(story, "2027-03-12", "start_neoadjuvant")
    story.step("2027-03-12", "start_neoadjuvant", id="neo")
    fields = {"trigger": "start_neoadjuvant", "on": "2027-03-11"}
    story.tell("2027-03-13", "corrected", event="neo", replacement=fields)
    assert (story.state("2027-03-11"), story.shown("2027-03-14")["since"]) == ("neoadjuvant", "2027-03-11")
    found = story.alert("2027-03-14", "guard_violated")
    assert found is not None
    assert (found["severity"], found["due_on"]) == ("urgent", "2027-03-11")
    assert "No MDT decision since 5 Mar 2027" in found["reason"]


@pytest.mark.req("X3")
def test_a_back_dated_step_replays_what_follows() -> None:
    """The step it leaves without a start drops out, and is called in question; she stands where the rest leads."""
    story = registered().tell("2027-03-02", "primary_identified", primary="other", method="liver_biopsy")
    story.tell("2027-03-02", "imaging", modality="ct", purpose="baseline")
    story.step("2027-03-10", "begin_workup", id="later")
    story.step("2027-03-05", "begin_workup", id="earlier")
    assert (story.state("2027-03-11"), story.shown("2027-03-11")["since"]) == ("molecular_workup", "2027-03-05")
    found = story.alert("2027-03-11", "guard_violated")
    assert found is not None
    assert found["opens_on"] == "2027-03-10"
    assert "it no longer starts from where the patient stood" in found["reason"]
    story.tell("2027-03-12", "corrected", event="later")
    assert story.alert("2027-03-12", "guard_violated") is None
