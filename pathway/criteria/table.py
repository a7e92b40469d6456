"""The words of `states.TABLE`, bound to their functions, and a step judged by them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from pathway.case import Case
from pathway.criteria import facts
from pathway.criteria.follow_up import g1, h1
from pathway.criteria.locoregional import f1, f2, f3, f4, f5, i3
from pathway.criteria.resection import d1, d2, d3, d4, d5, j2
from pathway.criteria.team import m1, n1
from pathway.criteria.verdict import Asked, Finding, Question
from pathway.criteria.workup import a1, c5, c7, j1, l2
from pathway.states import ROWS, Clause

QUESTIONS: dict[str, tuple[str, Question]] = {
    "A1": ("Primary identified by endoscopy or tissue", a1),
    "C5": ("Molecular profile complete", c5),
    "C7": ("Not multifocal (up to {n.multifocal_lesions_above} lesions, one lobe)", c7),
    "D1": ("R0 resection achievable", d1),
    "D2": ("Liver remnant above {n.remnant_percent_above} %", d2),
    "D3": ("No progression during chemotherapy", d3),
    "D4": ("No unresectable disease outside the liver", d4),
    "D5": ("ECOG {n.ecog_at_most} at most", d5),
    "F1": ("Unresectable after systemic therapy", f1),
    "F2": ("Several lesions with high burden, or functional", f2),
    "F3": ("Up to {n.ablation_lesions_at_most} lesions of up to {n.ablation_mm_at_most} mm, surgery ruled out", f3),
    "F4": ("Other options exhausted", f4),
    "F5": ("Caveat seen: inferior to resection", f5),
    "G1": ("Something left of {n.perioperative_months} months", g1),
    "H1": ("{n.follow_up_years} years of follow-up over", h1),
    "I3": ("Neuroendocrine primary", i3),
    "J1": ("HER2 known", j1),
    "J2": ("Solitary metastasis, after chemotherapy", j2),
    "L2": ("Not infiltrative in IVB or V", l2),
    "M1": ("Whole MDT decided on this step", m1),
    "N1": ("High-volume centre", n1),
}
"""Each row that a step can ask: its name on a screen, and its function."""

FACTS: dict[str, tuple[str, Question]] = {
    "baseline imaging": ("Baseline imaging", facts.baseline_imaging),
    "cycle and response, or MDT plan": ("Treated and imaged, or the MDT asks", facts.cycle_and_response),
    "locoregional therapy and response, or MDT plan": (
        "Treated and imaged, or the MDT asks",
        facts.locoregional_and_response,
    ),
    "modality": ("Modality named", facts.modality_named),
    "operation off, recurrence, progression or R2": ("Operation off, or disease left or back", facts.operation_off),
    "operation done": ("Operation done", facts.operation_done),
    "operation done, and six months used up or quorate MDT plan": (
        "Operated, and nothing left of {n.perioperative_months} months or the MDT plans it",
        facts.done_and_used_up,
    ),
    "six months complete, or therapy stopped for a reason": (
        "{n.perioperative_months} months complete, or stopped for a reason",
        facts.six_months_complete,
    ),
    "no residual disease": ("No residual disease", facts.no_residual_disease),
    "MDT plan": ("The MDT plans it", facts.mdt_plan),
    "recurrence or progression": ("Recurrence or progression", facts.recurrence_or_progression),
    "no untreated recurrence": ("No untreated recurrence", facts.no_untreated_recurrence),
    "died or withdrawn": ("Died or withdrawn", facts.ended),
}
"""Each phrase of the table's last column: its name on a screen, and its function."""

APPLIES: dict[str, Callable[[Case, Asked], bool]] = {
    "": lambda case, asked: True,
    "colorectal or unknown primary": lambda case, asked: case.primary in (None, "colorectal"),
    "gastric": lambda case, asked: case.primary == "gastric",
    "modality named": lambda case, asked: asked.modality is not None,
    "tace or tae": lambda case, asked: asked.modality in ("tace", "tae"),
    "rfa or mwa": lambda case, asked: asked.modality in ("rfa", "mwa"),
    "sirt": lambda case, asked: asked.modality == "sirt",
    "prrt": lambda case, asked: asked.modality == "prrt",
    "step is taken": lambda case, asked: asked.taken,
}
"""Each word behind `if`."""

FACT = "fact"


class Bound(NamedTuple):
    """A clause of the table with its functions: what is asked, and of whom."""

    id: str
    name: str
    question: Question
    applies: Callable[[Case, Asked], bool] | None


def bind(clauses: Sequence[Clause], names: dict[str, tuple[str, Question]], id_: str | None) -> tuple[Bound, ...]:
    """The clauses with their functions; KeyError at a misspelt name, so that the product does not start with one."""
    return tuple(
        Bound(id_ or clause.name, *names[clause.name], APPLIES[clause.applies_if] if clause.applies_if else None)
        for clause in clauses
    )


BOUND = {
    (row.trigger, source): (bind(row.asks, QUESTIONS, None), bind(row.facts, FACTS, FACT))
    for row in ROWS
    for source in row.sources
}
"""For each step from each state: its questions and its facts."""


def judge(case: Case, asked: Asked) -> tuple[Finding, ...]:
    """Every question and fact of a step from where she stands, answered; also those after the first that fails.

    KeyError where the pathway has no such step from there.
    """
    questions, facts = BOUND[asked.trigger, case.state]
    return tuple(
        [
            Finding(bound.id, bound.name, bound.question(case, asked))
            for bound in (*questions, *facts)
            if bound.applies is None or bound.applies(case, asked)
        ]
    )
