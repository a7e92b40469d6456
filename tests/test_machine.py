"""The one machine and the one table say the same, refusals included."""

from __future__ import annotations

from typing import Any

import pytest
from transitions import MachineError

from pathway.criteria import FACT, MET, NOT_MET, UNKNOWN, Answer, Asked, Finding, Sentence, a1, bind, judge
from pathway.criteria.table import BOUND, FACTS, QUESTIONS
from pathway.errors import StepRefused
from pathway.events import Advanced, Override
from pathway.journey import MACHINE, Attempt, attempt, holds, walk
from pathway.states import CLOSE, FROM, ROWS, STEP, TABLE, TRIGGERS, Clause, Row, State, read_table
from tests.histories import (
    Story,
    adjuvant,
    decided,
    neoadjuvant,
    operated,
    reassessment,
    recurred,
    registered,
    resectable,
    resection,
    surveillance,
    workup,
)

OVERRIDE = Override(reason="x", by="dr.a")


def findings(*verdicts: tuple[str, Any]) -> tuple[Finding, ...]:
    return tuple(Finding(id_, id_, Answer(verdict, Sentence(""))) for id_, verdict in verdicts)


ANSWERS = {
    "all met": (findings(("D1", MET), (FACT, MET)), None, True),
    "a question not met": (findings(("D1", NOT_MET), ("D2", MET)), None, False),
    "a question unknown": (findings(("D1", UNKNOWN)), None, False),
    "overridden": (findings(("D1", UNKNOWN), ("D2", NOT_MET)), OVERRIDE, True),
    "a fact is never overridden": (findings((FACT, NOT_MET)), OVERRIDE, False),
    "C7 overridden with a quorum": (findings(("C7", NOT_MET), ("M1", MET)), OVERRIDE, True),
    "C7 overridden without": (findings(("C7", NOT_MET), ("M1", NOT_MET)), OVERRIDE, False),
    "C7 unknown, quorum unknown": (findings(("C7", UNKNOWN), ("M1", UNKNOWN)), OVERRIDE, False),
}


@pytest.mark.req("P1")
@pytest.mark.parametrize("trigger", TRIGGERS)
@pytest.mark.parametrize("state", list(State))
def test_machine_and_table_agree_on_every_step_from_every_state(state: State, trigger: str) -> None:
    row = STEP.get((trigger, state))
    for given, override, goes in ANSWERS.values():
        attempt = Attempt(state, given, override)
        if row is None:
            with pytest.raises(MachineError):
                MACHINE.fire(attempt, trigger)
            assert attempt.state == state.value
            continue
        assert MACHINE.fire(attempt, trigger) is goes is holds(given, override)
        assert attempt.state == (row.to.value if goes else state.value)


def test_the_machine_has_no_step_of_its_own() -> None:
    assert set(MACHINE.events) == set(TRIGGERS)
    assert not [name for name in vars(Attempt) if name.startswith(("to_", "is_", "may_", "trigger"))]
    assert MACHINE.models == []


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("reassessmnt", "reassessment"), ("D9", "D1"), ("operation don", "operation done"), ("gastrc", "gastric")],
)
def test_a_misspelt_name_fails_before_anything_is_taken(wrong: str, right: str) -> None:
    assert right in TABLE

    def load() -> None:
        for row in read_table(TABLE.replace(right, wrong, 1)):
            bind(row.asks, QUESTIONS, None)
            bind(row.facts, FACTS, FACT)

    with pytest.raises((KeyError, ValueError)):
        load()


def test_a_step_stated_twice_fails() -> None:
    line = next(line for line in TABLE.splitlines() if line.startswith("begin_workup"))
    with pytest.raises(ValueError, match="stands twice"):
        read_table(f"{TABLE.strip()}\n{line}\n")


def test_the_table_is_read_cell_by_cell() -> None:
    told = """
    step | from                   | to         | asks                             | made true by
    go   | diagnosis , completed  | adjuvant   | A1, C5 if colorectal or unknown  | one, and another; a third if asked
    stay | every state but closed | diagnosis  |                                  |
    """
    assert read_table(told) == (
        Row(
            "go",
            (State.DIAGNOSIS, State.COMPLETED),
            State.ADJUVANT,
            (Clause("A1"), Clause("C5", "colorectal or unknown")),
            (Clause("one, and another"), Clause("a third", "asked")),
        ),
        Row("stay", tuple(state for state in State if state.value != "closed"), State.DIAGNOSIS, (), ()),
    )


def test_a_clause_is_bound_to_its_row_or_called_a_fact() -> None:
    row, fact = bind((Clause("A1"),), QUESTIONS, None)[0], bind((Clause("modality"),), FACTS, FACT)[0]
    assert (row.id, row.question, fact.id, fact.name) == ("A1", a1, "fact", "Modality named")


def test_a_clause_without_if_always_applies() -> None:
    assert bind((Clause("A1"),), QUESTIONS, None)[0].applies is None
    assert len(ROWS) == len({(row.trigger, row.sources) for row in ROWS})


def ready() -> Story:
    return decided(resectable(), "2027-05-24", "offer_resection", r0_achievable=True)


PATIENTS = {
    "diagnosis": registered,
    "molecular_workup": workup,
    "neoadjuvant": neoadjuvant,
    "reassessment": reassessment,
    "reassessment, all five met": ready,
    "reassessment, recurred": recurred,
    "resection": resection,
    "resection, operated": operated,
    "adjuvant": adjuvant,
    "surveillance": surveillance,
    "locoregional": lambda: registered().tell("2027-04-01", "taken_over", state="locoregional"),
    "systemic": lambda: registered().tell("2027-04-01", "taken_over", state="systemic"),
    "completed": lambda: registered().tell("2027-04-01", "taken_over", state="completed"),
    "closed": lambda: registered().tell("2027-04-01", "died"),
}


def test_there_is_a_patient_in_every_state() -> None:
    assert {name.partition(",")[0] for name in PATIENTS} == {state.value for state in State}


@pytest.mark.req("P1")
@pytest.mark.parametrize("override", [None, OVERRIDE], ids=["as she stands", "overridden"])
@pytest.mark.parametrize("patient", PATIENTS)
def test_machine_and_replay_say_the_same_of_real_patients(patient: str, override: Override | None) -> None:
    """A live step through the machine goes where, and only where, a replay of the table would let it stand."""
    told: Story = PATIENTS[patient]()
    day = told.history.order[-1].on
    for trigger in TRIGGERS:
        journey = walk(told.history, day, told.protocol)
        assert journey is not None
        state = journey.case.state
        event = Advanced(mrn="A-100", on=day, id="step", trigger=trigger, override=override)
        row = STEP.get((trigger, state))
        if row is None:
            with pytest.raises(KeyError):
                judge(journey.case, Asked(trigger))
            with pytest.raises(StepRefused, match="no step") as caught:
                attempt(journey, event)
            assert caught.value.findings == ()
            continue
        answers = judge(journey.case, Asked(trigger))
        questions, facts = BOUND[trigger, state]
        assert {one.id for one in answers} <= {bound.id for bound in (*questions, *facts)}
        if holds(answers, override):
            assert attempt(journey, event).state == row.to.value
        else:
            with pytest.raises(StepRefused) as caught:
                attempt(journey, event)
            assert caught.value.findings == answers
            assert all(one.reason in str(caught.value) for one in answers if one.verdict is not MET)


def test_the_options_are_the_steps_of_the_table_without_closing() -> None:
    for state in State:
        assert [row.trigger for row in FROM[state]] == [
            row.trigger for row in ROWS if state in row.sources and row.trigger != CLOSE
        ]
    assert [row.trigger for row in FROM[State.COMPLETED]] == ["restage"]
    assert FROM[State.CLOSED] == ()


def test_the_machine_adds_nothing_to_what_it_moves() -> None:
    model = Attempt(State.DIAGNOSIS, (), None)
    assert MACHINE.fire(model, "begin_workup") is True
    assert model.state == "molecular_workup"
    assert set(dir(model)) == set(dir(Attempt(State.DIAGNOSIS, (), None)))
    assert not hasattr(model, "__dict__"), "nothing can be hung on it"
    assert MACHINE.models == []
    assert not [name for name in MACHINE.events if name.startswith("to_")]
