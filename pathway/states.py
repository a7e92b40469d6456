"""The pathway: its states, and the one table that says which step leads where and what it asks.

The table is the single place where the pathway is written down. The state machine, the options on a screen, the
explanation of a refusal, the diagram and `docs/reference/pathway.md` are made from it.

How to read it. `asks` names the guideline's rows (`D2`), each one question with the answer met, not met or unknown; an
override with a reason can pass them. `if` limits a question to the patients or the choice it is meant for. `made true
by` names what must have happened; nothing replaces it. A step that differs by where it starts has a line for each
start.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a patient stands. She is open in all but the last two."""

    DIAGNOSIS = "diagnosis"
    MOLECULAR_WORKUP = "molecular_workup"
    NEOADJUVANT = "neoadjuvant"
    REASSESSMENT = "reassessment"
    RESECTION = "resection"
    LOCOREGIONAL = "locoregional"
    SYSTEMIC = "systemic"
    ADJUVANT = "adjuvant"
    SURVEILLANCE = "surveillance"
    COMPLETED = "completed"
    CLOSED = "closed"


OPEN = frozenset(State) - {State.COMPLETED, State.CLOSED}
"""The states in which a patient is owed a next step."""

TREATMENT = frozenset({State.NEOADJUVANT, State.RESECTION, State.LOCOREGIONAL, State.SYSTEMIC, State.ADJUVANT})
FOLLOW_UP = frozenset({State.ADJUVANT, State.SURVEILLANCE})

TABLE = """
step                 | from                             | to               | asks                                                                                            | made true by
begin_workup         | diagnosis                        | molecular_workup | A1                                                                                              | baseline imaging
start_neoadjuvant    | molecular_workup, reassessment   | neoadjuvant      | M1, C5 if colorectal or unknown primary, J1 if gastric                                          |
proceed_to_resection | molecular_workup                 | resection        | C7, L2, D1, D2, D4, D5, M1, N1, J2 if gastric                                                   |
reassess             | neoadjuvant, systemic            | reassessment     |                                                                                                 | cycle and response, or MDT plan
reassess             | locoregional                     | reassessment     |                                                                                                 | locoregional therapy and response, or MDT plan
offer_resection      | reassessment                     | resection        | D1, D2, D3, D4, D5, M1, N1, J2 if gastric                                                       |
offer_locoregional   | reassessment                     | locoregional     | F1, M1, F5 if modality named, F2 if tace or tae, F3 if rfa or mwa, F4 if sirt, I3 if prrt       | modality if step is taken
continue_systemic    | molecular_workup                 | systemic         | M1, C5 if colorectal or unknown primary, J1 if gastric                                          |
continue_systemic    | reassessment, locoregional       | systemic         | M1                                                                                              |
abandon_resection    | resection                        | reassessment     |                                                                                                 | operation off, recurrence, progression or R2
start_adjuvant       | resection                        | adjuvant         | G1                                                                                              | operation done
begin_surveillance   | resection                        | surveillance     |                                                                                                 | operation done, and six months used up or quorate MDT plan
begin_surveillance   | adjuvant                         | surveillance     |                                                                                                 | six months complete, or therapy stopped for a reason
begin_surveillance   | locoregional                     | surveillance     |                                                                                                 | no residual disease
begin_surveillance   | reassessment                     | surveillance     | M1                                                                                              | MDT plan
restage              | surveillance, adjuvant, completed | reassessment    |                                                                                                 | recurrence or progression
complete_follow_up   | surveillance                     | completed        | H1                                                                                              | no untreated recurrence
close                | every state but closed           | closed           |                                                                                                 | died or withdrawn
"""  # noqa: E501 - one line a step, so that it can be read down the columns

CLOSE = "close"
"""Happens by itself with a death or a withdrawal; never asked for."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One entry of a cell: a row or a phrase, and the word behind `if` that limits it (empty: it always applies)."""

    name: str
    applies_if: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One step from its sources: the questions it asks and the facts that make it true."""

    trigger: str
    sources: tuple[State, ...]
    to: State
    asks: tuple[Clause, ...]
    facts: tuple[Clause, ...]


def _clauses(cell: str, separator: str) -> tuple[Clause, ...]:
    parts = (part.strip().partition(" if ") for part in cell.split(separator) if part.strip())
    return tuple(Clause(name, word) for name, _, word in parts)


def _sources(cell: str) -> tuple[State, ...]:
    if cell == "every state but closed":
        return tuple(state for state in State if state is not State.CLOSED)
    return tuple(State(name.strip()) for name in cell.split(","))


def read_table(text: str) -> tuple[Row, ...]:
    """The rows of a table written as above; ValueError at a misspelt state, a missing column or a step stated twice."""
    rows: list[Row] = []
    seen: set[tuple[str, State]] = set()
    for line in text.strip().splitlines()[1:]:
        trigger, sources, to, asks, facts = (cell.strip() for cell in line.split("|"))
        row = Row(trigger, _sources(sources), State(to), _clauses(asks, ","), _clauses(facts, ";"))
        for source in row.sources:
            if (trigger, source) in seen:
                raise ValueError(f"{trigger} from {source} stands twice in the table")
            seen.add((trigger, source))
        rows.append(row)
    return tuple(rows)


ROWS = read_table(TABLE)
TRIGGERS = tuple(dict.fromkeys(row.trigger for row in ROWS))
STEP = {(row.trigger, source): row for row in ROWS for source in row.sources}
"""The row of a trigger from a state; absent where the pathway has no such step."""
FROM = {state: tuple(row for row in ROWS if state in row.sources and row.trigger != CLOSE) for state in State}
"""The steps that lead on from a state, in the table's order."""

WORDS = {
    State.MOLECULAR_WORKUP: "molecular work-up",
    State.LOCOREGIONAL: "locoregional therapy",
    State.SYSTEMIC: "systemic therapy",
    State.NEOADJUVANT: "neoadjuvant therapy",
    State.ADJUVANT: "adjuvant therapy",
}


def say(state: State) -> str:
    """A state as people say it."""
    return WORDS.get(state, state.value)


STEP_WORDS = {
    "begin_workup": "begin the work-up",
    "start_neoadjuvant": "start neoadjuvant therapy",
    "proceed_to_resection": "proceed to resection",
    "reassess": "reassess",
    "offer_resection": "offer resection",
    "offer_locoregional": "offer locoregional therapy",
    "continue_systemic": "continue systemic therapy",
    "abandon_resection": "abandon resection",
    "start_adjuvant": "start adjuvant therapy",
    "begin_surveillance": "begin surveillance",
    "restage": "restage",
    "complete_follow_up": "complete follow-up",
    "close": "close",
    "defer": "defer the decision",
}
"""A step as people say it; `defer` is a plan that is none."""
