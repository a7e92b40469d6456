"""The one machine and the one table say the same, refusals included."""

from __future__ import annotations

from typing import Any

import pytest
from transitions import MachineError

from pathway.criteria import FACT, MET, NOT_MET, UNKNOWN, Answer, Finding, Sentence, bind
from pathway.criteria.table import FACTS, QUESTIONS
from pathway.events import Override
from pathway.journey import MACHINE, Attempt, holds
from pathway.states import ROWS, STEP, TABLE, TRIGGERS, Clause, State, read_table

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


def test_a_clause_without_if_always_applies() -> None:
    assert bind((Clause("A1"),), QUESTIONS, None)[0].applies is None
    assert len(ROWS) == len({(row.trigger, row.sources) for row in ROWS})
