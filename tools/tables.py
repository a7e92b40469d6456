"""The truth tables of the pathway and of the regimens, for a clinician to proof-read (docs/reference).

Nothing here asks the code that decides: the rows follow from `states.TABLE` and from the sentences of the guideline.
`tests/test_truth_tables.py` and `tests/test_regimens.py` read the pages back and put every combination to the product.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

from pathway.criteria import QUESTIONS
from pathway.protocol import load
from pathway.states import CLOSE, ROWS, STEP_WORDS, Row, say

ANY = "any"
MET, OPEN = "met", "open"
NO_OVERRIDE, OVERRIDE = "none", "complete"
GOES, REFUSED = "goes", "refused"

PRIMARIES = ("colorectal", "not known", "gastric", "neuroendocrine", "other")
MODALITIES = ("tace", "tae", "rfa", "mwa", "sirt", "prrt", "other", "none named")

_OF_PRIMARY: dict[str, tuple[str, ...]] = {
    "colorectal or unknown primary": ("colorectal", "not known"),
    "gastric": ("gastric",),
}
_OF_MODALITY: dict[str, tuple[str, ...]] = {
    "modality named": MODALITIES[:-1],
    "tace or tae": ("tace", "tae"),
    "rfa or mwa": ("rfa", "mwa"),
    "sirt": ("sirt",),
    "prrt": ("prrt",),
}
"""Each word behind `if` in the table, as the patients or choices it means."""


class Line(NamedTuple):
    """One line of a decision table: a cell a question and fact, the override, and what follows."""

    cells: tuple[str, ...]
    override: str
    answer: str
    deviations: str


def heads(row: Row) -> tuple[str, ...]:
    """The columns that are met or open: the questions by their row, then the facts by their phrase."""
    return (*(clause.name for clause in row.asks), *(clause.name for clause in row.facts))


def decision(row: Row) -> list[Line]:
    """The lines of a step, read from the top: the first that fits is the answer."""
    questions = [clause.name for clause in row.asks]
    facts = len(row.facts)
    lines: list[Line] = []
    if facts:
        lines.append(Line((*[ANY] * len(questions), *[OPEN] * facts), ANY, REFUSED, "–"))
    lines.append(Line((*[MET] * len(questions), *[MET] * facts), ANY, GOES, "none"))
    if not questions:
        return lines
    lines.append(Line((*[ANY] * len(questions), *[MET] * facts), NO_OVERRIDE, REFUSED, "–"))
    if "C7" in questions:
        quorum = [OPEN if name in ("C7", "M1") else ANY for name in questions]
        lines.append(Line((*quorum, *[MET] * facts), OVERRIDE, REFUSED, "–"))
    lines.append(Line((*[ANY] * len(questions), *[MET] * facts), OVERRIDE, GOES, "each open one"))
    return lines


def asked_of(row: Row) -> tuple[str, dict[str, tuple[str, ...]]]:
    """By what a step's questions differ (the primary, the modality, or nothing), and who is asked which of them."""
    words = {clause.applies_if for clause in row.asks}
    several: tuple[str, ...]
    if words & set(_OF_PRIMARY):
        head, several, means = "primary", PRIMARIES, _OF_PRIMARY
    elif words & set(_OF_MODALITY):
        head, several, means = "modality", MODALITIES, _OF_MODALITY
    else:
        return "", {}
    return head, {
        one: tuple(clause.name for clause in row.asks if not clause.applies_if or one in means[clause.applies_if])
        for one in several
    }


def combinations(row: Row) -> dict[Line, int]:
    """How many combinations each line decides, all questions asked: met, not met or unknown each, two overrides."""
    lines = decision(row)
    found = dict.fromkeys(lines, 0)
    # Unknown counts as not met does: each open cell stands for two combinations.
    for cells in product((MET, OPEN), repeat=len(heads(row))):
        for override in (NO_OVERRIDE, OVERRIDE):
            line = next(one for one in lines if fits(one, cells, override))
            found[line] += 2 ** cells.count(OPEN)
    return found


def fits(line: Line, cells: tuple[str, ...], override: str) -> bool:
    """Whether a line speaks of these cells."""
    return line.override in (ANY, override) and all(
        wanted in (ANY, given) for wanted, given in zip(line.cells, cells, strict=True)
    )


MADE = "<!-- made by `python -m tools.reference`; do not edit -->\n"


def truth_page() -> str:
    """Each step with its questions and facts, and the answer to every combination of them."""
    lines = ["# Truth tables", "", MADE]
    lines += [
        "For each step of the pathway: the answer to every combination of its questions and facts, with and without an",
        "override. **Read each table from the top; the first line that fits is the answer.** `open` means *not met* or",
        "*unknown*: the two never differ. A question that is not asked of a patient counts as met. `tests/test_truth_tables.py`",
        "reads this page and puts every combination to the product: to the live step, and to its replay.",
        "",
        "*Deviations*: what an override passed, one for each question, by its row. A step that is refused is no part of the",
        "history. A step that was taken and no longer holds (a fact was corrected) stands and is called in question; the",
        "questions its override passes stay deviations.",
        "",
        "## The override itself",
        "",
        "It needs a reason and a name. Where one is missing nothing is asked: the line is refused as it is read.",
        "",
        "| reason | name | read as |",
        "|---|---|---|",
    ]
    lines += [
        f"| {reason} | {name} | {'complete' if reason == name == 'given' else 'refused'} |" for reason, name in GIVEN
    ]
    for row in ROWS:
        lines += ["", *_step(row)]
    lines += ["", "# What makes each fact true", ""]
    lines += ["The same of the facts that rest on several things; the others are one thing each. First line that fits."]
    for name, (heads_, rows) in FACT_TABLES.items():
        lines += ["", f"## fact: {name}", "", f"| {' | '.join((*heads_, 'fact'))} |", "|---" * (len(heads_) + 1) + "|"]
        lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


GIVEN = (("given", "given"), ("empty, blank or left out", ANY), (ANY, "empty, blank or left out"))
"""Reason and name of an override."""


def _step(row: Row) -> list[str]:
    protocol = load()
    sources = "every state but closed" if row.trigger == CLOSE else ", ".join(say(source) for source in row.sources)
    lines = [f"## {STEP_WORDS[row.trigger]}, from {sources}", ""]
    if row.trigger == CLOSE:
        lines += [
            "Nobody takes this step: an `advanced` that names it is refused as it is read. The fact alone closes.",
            "",
        ]
    for clause in row.asks:
        name = QUESTIONS[clause.name][0].format(n=protocol.numbers)
        lines.append(f"- {clause.name}: {name}" + (f" (asked if {clause.applies_if})" if clause.applies_if else ""))
    for fact in row.facts:
        lines.append(f"- fact: {fact.name}" + (f" (asked if {fact.applies_if})" if fact.applies_if else ""))
    if row.asks or row.facts:
        lines.append("")
    head, who = asked_of(row)
    if head:
        lines += [f"| {head} | asks |", "|---|---|"]
        lines += [f"| {one} | {', '.join(names)} |" for one, names in who.items()]
        lines.append("")
    columns = [*heads(row), "override", "answer", "deviations", "combinations"]
    lines += [f"| {' | '.join(columns)} |", "|---" * len(columns) + "|"]
    for line, many in combinations(row).items():
        lines.append(f"| {' | '.join((*line.cells, line.override, line.answer, line.deviations, str(many)))} |")
    return lines


YES, NO = "yes", "no"
_TREATED = ((YES, YES, ANY, MET), (ANY, ANY, YES, MET), (ANY, ANY, ANY, OPEN))
FACT_TABLES: dict[str, tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]] = {
    "cycle and response, or MDT plan": (
        ("a cycle in this state", "an imaging with its response in this state", "the MDT plans this step"),
        _TREATED,
    ),
    "locoregional therapy and response, or MDT plan": (
        (
            "a locoregional therapy in this state",
            "an imaging with its response in this state",
            "the MDT plans this step",
        ),
        _TREATED,
    ),
    "operation off, recurrence, progression or R2": (
        ("the operation cancelled", "a recurrence", "an imaging with progression", "margin R2"),
        (
            (YES, ANY, ANY, ANY, MET),
            (ANY, YES, ANY, ANY, MET),
            (ANY, ANY, YES, ANY, MET),
            (ANY, ANY, ANY, YES, MET),
            (ANY, ANY, ANY, ANY, OPEN),
        ),
    ),
    "operation done": (
        ("a liver operation in this stay", "it is of two stages", "the second stage done"),
        ((NO, ANY, ANY, OPEN), (YES, NO, ANY, MET), (YES, YES, YES, MET), (ANY, ANY, ANY, OPEN)),
    ),
    "operation done, and six months used up or quorate MDT plan": (
        ("operation done", "margin R2", "something left of the six months", "the MDT plans this step", "the whole MDT"),
        (
            (NO, ANY, ANY, ANY, ANY, OPEN),
            (YES, ANY, ANY, YES, YES, MET),
            (YES, YES, ANY, ANY, ANY, OPEN),
            (YES, NO, NO, ANY, ANY, MET),
            (ANY, ANY, ANY, ANY, ANY, OPEN),
        ),
    ),
    "six months complete, or therapy stopped for a reason": (
        ("the operation on record", "the six months over", "therapy stopped in this state", "with a reason"),
        ((YES, YES, ANY, ANY, MET), (ANY, ANY, YES, YES, MET), (ANY, ANY, ANY, ANY, OPEN)),
    ),
    "no residual disease": (
        ("a locoregional therapy in this state", "the latest says whether disease is left", "disease is left"),
        ((YES, YES, NO, MET), (ANY, ANY, ANY, OPEN)),
    ),
    "MDT plan": (
        ("the MDT plans this step", "another decision of that day plans another"),
        ((YES, NO, MET), (ANY, ANY, OPEN)),
    ),
    "recurrence or progression": (
        ("a recurrence since the treatment", "an imaging with progression since"),
        ((YES, ANY, MET), (ANY, YES, MET), (ANY, ANY, OPEN)),
    ),
    "no untreated recurrence": (
        ("a recurrence", "treated on a later day"),
        ((NO, ANY, MET), (YES, YES, MET), (ANY, ANY, OPEN)),
    ),
}
"""What each compound fact rests on: written from docs/reference/contract.md, section 1, not from the code."""


class Profile(NamedTuple):
    """One line of the regimens: the profile it speaks of, the answer, and what is asked for."""

    mmr: str
    ras: str
    braf: str
    side: str
    regimens: str
    biologics: str
    asked_for: str
    row: str


WILD, MUTATED, NOT_KNOWN, NOT_MUTATED = "wild type", "mutated", "not known", "not mutated"
_TRIPLE = "FOLFOXIRI, FOLFIRINOX"
_REST = "what is not known of RAS, BRAF, side"

COLORECTAL = (
    Profile("deficient", ANY, ANY, ANY, "pembrolizumab, nivolumab", "–", "–", "C4"),
    Profile("proficient", MUTATED, ANY, ANY, _TRIPLE, "bevacizumab", "–", "C3"),
    Profile("proficient", ANY, MUTATED, ANY, _TRIPLE, "bevacizumab", "–", "C3"),
    Profile("proficient", WILD, WILD, "left", "FOLFOX, FOLFIRI", "cetuximab, panitumumab", "–", "C1"),
    Profile("proficient", WILD, WILD, "right", _TRIPLE, "–", "–", "C2"),
    Profile("proficient", NOT_MUTATED, NOT_MUTATED, ANY, "–", "–", _REST, "C5"),
    Profile(NOT_KNOWN, MUTATED, ANY, ANY, "–", "–", "MMR", "C5"),
    Profile(NOT_KNOWN, ANY, MUTATED, ANY, "–", "–", "MMR", "C5"),
    Profile(NOT_KNOWN, NOT_MUTATED, NOT_MUTATED, ANY, "–", "–", f"MMR, and {_REST}", "C5"),
)
"""Written from the guideline's four sentences, not from the code; the first line that fits is the answer."""

OTHERS = (
    ("not known", "any", "–", "–", "the primary", "C5"),
    ("neuroendocrine", "any", "octreotide, lanreotide", "–", "–", "I1"),
    ("gastric", "positive", "–", "trastuzumab", "–", "J1"),
    ("gastric", "negative", "–", "–", "–", "J1"),
    ("gastric", "not known", "–", "–", "HER2", "J1"),
    ("other", "any", "–", "–", "–", "J4"),
)
"""Primary, HER2, regimens, biologics, what is asked for, row."""


def regimens_page() -> str:
    """The first line for every molecular profile."""
    protocol = load()
    lines = ["# The first line, profile by profile", "", MADE]
    lines += [
        "All 81 profiles of a colorectal primary: MMR, RAS, BRAF and side, each with its two values or not known. **The first",
        "line that fits is the answer.** What cannot change the answer is not asked for. `not mutated` is wild type or not",
        "known. Two results that differ count as not known. `tests/test_regimens.py` puts every profile to the product, and",
        "to the guideline's four sentences read on their own.",
        "",
    ]
    for name in ("C1", "C2", "C3", "C4"):
        lines.append(f"> {name}: “{protocol.rows[name].quote}” ({protocol.rows[name].section})\n")
    lines += [
        "| MMR | RAS | BRAF | side | regimens | biologics | asked for | row |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [f"| {' | '.join(profile)} |" for profile in COLORECTAL]
    lines += ["", "## Other primaries", ""]
    lines += ["| primary | HER2 | regimens | biologics | asked for | row |", "|---|---|---|---|---|---|"]
    lines += [f"| {' | '.join(one)} |" for one in OTHERS]
    return "\n".join(lines) + "\n"
