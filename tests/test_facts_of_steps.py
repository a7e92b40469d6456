"""Every combination of what a compound fact rests on, told as a history: as docs/reference/truth-tables.md says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import product
from typing import Any

import pytest

from pathway.criteria import FACT, FACTS, MET, Asked, judge
from pathway.journey import walk
from tests.histories import TEAM, Story, registered
from tests.test_truth_tables import page

Asking = tuple[Story, str, str]
"""A patient, the day and the step that is asked."""


def start(state: str) -> Story:
    """In a state since 5 March 2027; what was true before it is told too, and must not count."""
    told = registered()
    told.tell("2027-03-02", "primary_identified", primary="colorectal", method="colonoscopy", resected=True)
    told.tell("2027-03-03", "cycle_given", number=1)
    told.tell("2027-03-03", "imaging", modality="ct", purpose="other", response="stable")
    return told.tell("2027-03-05", "taken_over", state=state)


def decided(told: Story, on: str, plan: str | None, *, whole: bool = True) -> None:
    fields = {"plan": plan} if plan else {}
    told.tell(on, "mdt_decision", present=TEAM if whole else TEAM[:1], **fields)


def treated(state: str, kind: str, fields: dict[str, Any]) -> Callable[..., Asking]:
    def make(given: bool, imaged: bool, planned: bool) -> Asking:
        told = start(state)
        if given:
            told.tell("2027-03-05", kind, **fields)
        if imaged:
            told.tell("2027-03-05", "imaging", modality="ct", purpose="reassessment", response="partial")
        decided(told, "2027-03-06", "reassess" if planned else "defer", whole=False)
        return told, "2027-03-06", "reassess"

    return make


def operation_off(cancelled: bool, recurrence: bool, progression: bool, left: bool) -> Asking:
    told = start("resection")
    told.tell("2027-03-04", "recurrence", sites=["liver"])
    told.tell("2027-03-04", "imaging", modality="ct", purpose="other", response="progression")
    told.tell("2027-03-06", "surgery_cancelled", procedure="primary")
    told.tell("2027-03-05", "surgery_performed", procedure="resection", margin="R2" if left else "R1")
    if cancelled:
        told.tell("2027-03-05", "surgery_cancelled")
    if recurrence:
        told.tell("2027-03-08", "recurrence", sites=["lung"])
    if progression:
        told.tell("2027-03-08", "imaging", modality="mri", purpose="other", response="progression")
    return told, "2027-03-09", "abandon_resection"


def operation_done(operated: bool, staged: bool, second: bool) -> Asking:
    told = start("resection").tell("2027-03-06", "surgery_performed", procedure="primary")
    if operated:
        told.tell("2027-03-07", "surgery_performed", procedure="two_stage" if staged else "resection")
    if operated and staged and second:
        told.tell("2027-03-28", "surgery_performed", procedure="two_stage", stage=2)
    return told, "2027-03-28", "start_adjuvant"


def done_and_used_up(done: bool, margin: bool, left: bool, planned: bool, whole: bool) -> Asking:
    """A line since 3 March, operated on 3 September; its last cycle that day, or on 1 April."""
    told = start("resection")
    told.tell("2027-03-03", "systemic_started", intent="neoadjuvant", regimen="FOLFOX")
    told.tell("2027-04-01", "cycle_given", number=2)
    if not left:
        told.tell("2027-09-03", "cycle_given", number=12)
    kind = {"procedure": "resection"} if done else {"procedure": "two_stage", "stage": 1}
    told.tell("2027-09-03", "surgery_performed", margin="R2" if margin else "R0", **kind)
    decided(told, "2027-09-10", "begin_surveillance" if planned else None, whole=whole)
    return told, "2027-09-10", "begin_surveillance"


def six_months(recorded: bool, over: bool, stopped: bool, reason: bool) -> Asking:
    """Adjuvant since 31 March, nothing before it: six calendar months end on 30 September."""
    told = start("resection")
    if recorded:
        told.tell("2027-03-10", "surgery_performed", procedure="resection")
    told.tell("2027-03-30", "systemic_stopped", reason="before this state")
    told.tell("2027-03-31", "taken_over", state="adjuvant")
    if stopped:
        told.tell("2027-04-30", "systemic_stopped", **({"reason": "neuropathy"} if reason else {}))
    return told, "2027-09-30" if over else "2027-09-29", "begin_surveillance"


def no_residual(given: bool, said: bool, left: bool) -> Asking:
    """On the day the state was entered; a therapy of the day before says the contrary, another of the same day that
    nothing is left.
    """
    told = start("locoregional")
    told.tell("2027-03-04", "locoregional_performed", modality="rfa", residual_disease=not left)
    if given:
        fields = {"residual_disease": left} if said else {}
        told.tell("2027-03-05", "locoregional_performed", modality="rfa", **fields)
    if given and said:
        told.tell("2027-03-05", "locoregional_performed", modality="mwa", residual_disease=False)
    return told, "2027-04-11", "begin_surveillance"


def mdt_plan(planned: bool, another: bool) -> Asking:
    told = start("reassessment")
    decided(told, "2027-03-06", "begin_surveillance")
    decided(told, "2027-03-07", "begin_surveillance" if planned else None)
    if another:
        decided(told, "2027-03-07", "continue_systemic")
    return told, "2027-03-08", "begin_surveillance"


def recurred(recurrence: bool, progression: bool) -> Asking:
    told = start("surveillance")
    told.tell("2027-03-04", "recurrence", sites=["liver"])
    told.tell("2027-03-10", "locoregional_performed", modality="rfa", residual_disease=False)
    if recurrence:
        told.tell("2027-03-10", "recurrence", sites=["liver"])
    if progression:
        told.tell("2027-03-10", "imaging", modality="ct", purpose="surveillance", response="progression")
    return told, "2027-03-11", "restage"


def untreated(recurrence: bool, afterwards: bool) -> Asking:
    told = start("surveillance")
    if recurrence:
        told.tell("2027-03-10", "recurrence", sites=["liver"])
    on = "2027-03-11" if afterwards else "2027-03-10"
    told.tell(on, "locoregional_performed", modality="rfa", residual_disease=False)
    return told, "2027-03-12", "complete_follow_up"


TELLING: dict[str, list[Callable[..., Asking]]] = {
    "cycle and response, or MDT plan": [
        treated("neoadjuvant", "cycle_given", {"number": 2}),
        treated("systemic", "cycle_given", {"number": 2}),
    ],
    "locoregional therapy and response, or MDT plan": [
        treated("locoregional", "locoregional_performed", {"modality": "sirt"})
    ],
    "operation off, recurrence, progression or R2": [operation_off],
    "operation done": [operation_done],
    "operation done, and six months used up or quorate MDT plan": [done_and_used_up],
    "six months complete, or therapy stopped for a reason": [six_months],
    "no residual disease": [no_residual],
    "MDT plan": [mdt_plan],
    "recurrence or progression": [recurred],
    "no untreated recurrence": [untreated],
}
SIMPLE = {"baseline imaging", "modality", "died or withdrawn"}
"""Facts that are one thing."""


def test_every_compound_fact_has_a_table_and_a_telling() -> None:
    tables = {name.removeprefix("fact: ") for name in page() if name.startswith("fact: ")}
    assert tables == set(TELLING) == set(FACTS) - SIMPLE


@pytest.mark.req("P1", "C6", "F1", "G1", "H1", "H4")
@pytest.mark.parametrize("fact", TELLING)
def test_a_fact_is_true_as_the_page_says(fact: str) -> None:
    (table,) = page()[f"fact: {fact}"]
    answers = set()
    for make in TELLING[fact]:
        for given in product((True, False), repeat=len(table.heads) - 1):
            told, day, trigger = make(*given)
            journey = walk(told.history, date.fromisoformat(day), told.protocol)
            assert journey is not None
            (found,) = [one for one in judge(journey.case, Asked(trigger)) if one.id == FACT]
            cells = ["yes" if one else "no" for one in given]
            line = next(
                line
                for line in table.lines
                if all(want in ("any", cell) for want, cell in zip(line, cells, strict=False))
            )
            assert (found.verdict is MET) is (line[-1] == "met"), (given, found.reason)
            answers.add(line)
    assert answers == set(table.lines), "a line that decides nothing"
