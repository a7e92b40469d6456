"""The guideline's questions: one function a row, answered met, not met or unknown, with the sentence a nurse reads.

Unknown never passes; it says what nobody recorded. A sentence says the value, its date, the limit and what would
change the answer. Adding a question: write its function in the module of its chapter, name it in `table.QUESTIONS` and
in `states.TABLE`, test its boundary.
"""

from pathway.criteria.locoregional import f1, f2, f3, f4, i3
from pathway.criteria.resection import AFTER_CHEMOTHERAPY, d2, measured_remnant
from pathway.criteria.table import BOUND, FACT, FACTS, QUESTIONS, bind, judge
from pathway.criteria.team import n1
from pathway.criteria.verdict import MET, NOT_MET, UNKNOWN, Answer, Asked, Finding, Question, Sentence, Verdict
from pathway.criteria.workup import CLUSTER_SEGMENTS, MISSING_WORDS, a1, c7

__all__ = [
    "AFTER_CHEMOTHERAPY",
    "BOUND",
    "CLUSTER_SEGMENTS",
    "FACT",
    "FACTS",
    "MET",
    "MISSING_WORDS",
    "NOT_MET",
    "QUESTIONS",
    "UNKNOWN",
    "Answer",
    "Asked",
    "Finding",
    "Question",
    "Sentence",
    "Verdict",
    "a1",
    "bind",
    "c7",
    "d2",
    "f1",
    "f2",
    "f3",
    "f4",
    "i3",
    "judge",
    "measured_remnant",
    "n1",
]
