"""Every combination of a step's answers, put to the product: it says what docs/reference/truth-tables.md says.

The page is read back as a clinician reads it, line by line; nothing of the expectation comes from the code that
decides. `test_each_alone.py` asks the same of real histories.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pathway import events, journey
from pathway.criteria import FACT, MET, NOT_MET, UNKNOWN, Answer, Asked, Finding, Sentence, Verdict, judge
from pathway.errors import Refused, StepRefused
from pathway.events import Advanced, Override
from pathway.history import History
from pathway.journey import Journey, attempt, deviations, options, walk
from pathway.protocol import load
from pathway.states import CLOSE, ROWS, STEP_WORDS, State, say
from tests.histories import ENTRY, registered

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "truth-tables.md"
PROTOCOL = load()
OVERRIDES = {"none": None, "complete": Override(reason="the MDT's wish", by="dr.a")}
VERDICTS = (MET, NOT_MET, UNKNOWN)
QUESTION = re.compile(r"[A-Z]\d")


# --- the page, read back ---------------------------------------------------------------------------------------------


class Table(NamedTuple):
    heads: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]


def _tables(text: str) -> list[Table]:
    """The tables of a piece of the page."""
    found: list[list[tuple[str, ...]]] = []
    inside = False
    for line in text.splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        if not inside:
            found.append([])
        inside = True
        if not line.startswith("|---"):
            found[-1].append(tuple(cell.strip() for cell in line.strip("|").split("|")))
    return [Table(rows[0], tuple(rows[1:])) for rows in found]


@cache
def page() -> dict[str, list[Table]]:
    """The tables under each heading."""
    _, *parts = PAGE.read_text(encoding="utf-8").split("\n## ")
    return {part.partition("\n")[0]: _tables(part.partition("\n# ")[0]) for part in parts}


class Step(NamedTuple):
    """A step as the page has it: its decision, and who is asked which question."""

    trigger: str
    sources: tuple[State, ...]
    to: State
    decision: Table
    differs_by: str
    asked: dict[str, tuple[str, ...]]

    @property
    def columns(self) -> tuple[str, ...]:
        return self.decision.heads[:-4]

    @property
    def questions(self) -> tuple[str, ...]:
        return tuple(name for name in self.columns if QUESTION.fullmatch(name))

    def answer(self, given: dict[str, Verdict], override: str) -> tuple[str, str]:
        """What the first line that fits says, and the deviations it names; what is not asked counts as met."""
        cells = ["met" if given.get(name, MET) is MET else "open" for name in self.columns]
        for line in self.decision.lines:
            *wanted, wanted_override, answer, what, _ = line
            if wanted_override in ("any", override) and all(
                want in ("any", cell) for want, cell in zip(wanted, cells, strict=True)
            ):
                return answer, what
        raise AssertionError(f"no line of {self.trigger} fits {given}")


def _step(row: Any) -> Step:
    sources = "every state but closed" if row.trigger == CLOSE else ", ".join(map(say, row.sources))
    *asked, decision = page()[f"{STEP_WORDS[row.trigger]}, from {sources}"]
    differs_by, who = "", {}
    if asked:
        differs_by = asked[0].heads[0]
        who = {line[0]: tuple(line[1].split(", ")) for line in asked[0].lines}
    return Step(row.trigger, row.sources, row.to, decision, differs_by, who)


STEPS = [_step(row) for row in ROWS]
NAMES = [f"{step.trigger} from {step.sources[0] if step.trigger != CLOSE else 'anywhere'}" for step in STEPS]


def test_the_page_has_a_table_for_each_step_and_no_other() -> None:
    assert len([name for name in page() if not name.startswith("fact: ")]) == len(STEPS) + 1
    assert next(iter(page())) == "The override itself"
    for step, row in zip(STEPS, ROWS, strict=True):
        assert step.columns == (*(one.name for one in row.asks), *(one.name for one in row.facts))


# --- every combination -----------------------------------------------------------------------------------------------


def _variants(step: Step) -> Iterator[tuple[str, ...]]:
    """The questions that are asked together, each set once."""
    facts = tuple(name for name in step.columns if name not in step.questions)
    every = {(*names, *facts) for names in step.asked.values()} or {step.columns}
    yield from sorted(every)


def _findings(given: dict[str, Verdict]) -> tuple[Finding, ...]:
    return tuple(
        Finding(name if QUESTION.fullmatch(name) else FACT, name, Answer(verdict, Sentence(f"{name} {verdict}")))
        for name, verdict in given.items()
    )


def _before(state: State) -> tuple[Journey, History]:
    told = registered().tell("2027-04-01", "taken_over", id="over", state=state.value)
    found = walk(told.history, date(2027, 4, 1), PROTOCOL)
    assert found is not None
    assert found.case.state is state
    return found, told.history


class _Judged:
    """Stands for the criteria: it answers what it is told."""

    def __init__(self) -> None:
        self.findings: tuple[Finding, ...] = ()

    def __call__(self, *_: Any) -> tuple[Finding, ...]:
        return self.findings


def _expected_deviations(given: dict[str, Verdict], override: str, *, but_c7: bool) -> list[str]:
    if override == "none":
        return []
    return sorted(
        name
        for name, verdict in given.items()
        if QUESTION.fullmatch(name) and verdict is not MET and not (but_c7 and name == "C7")
    )


def _put(step: Step, source: State, combinations: list[dict[str, Verdict]], patch: pytest.MonkeyPatch) -> int:
    """Every combination, live and replayed; the number that went."""
    judged = _Judged()
    patch.setattr(journey, "judge", judged)
    before, history = _before(source)
    day = date(2027, 4, 2)
    went = 0
    for kind, override in OVERRIDES.items():
        event = Advanced(mrn="A-100", on=day, id="step", trigger=step.trigger, override=override)
        after = history.with_(event)
        for given in combinations:
            judged.findings = _findings(given)
            answer, what = step.answer(given, kind)
            goes = answer == "goes"
            went += goes
            # live: through the one machine
            open_ones = [one.reason for one in judged.findings if one.verdict is not MET]
            if goes:
                assert attempt(before, event).state == step.to.value, given
            else:
                with pytest.raises(StepRefused) as caught:
                    attempt(before, event)
                assert caught.value.findings == judged.findings, given
                assert str(caught.value) == "trigger: " + "; ".join(open_ones)
            # replayed: it stands either way; where it does not hold it is called in question
            then = walk(after, day, PROTOCOL)
            assert then is not None
            assert then.case.state is step.to
            assert then.questioned == ([] if goes else [event]), given
            but_c7 = given.get("C7", MET) is not MET and given["M1"] is not MET
            found = [one.id for one in deviations(then, after)]
            assert found == _expected_deviations(given, kind, but_c7=but_c7), given
            if goes:
                assert what == ("each open one" if found else "none"), given
    return went


def _all(columns: tuple[str, ...]) -> list[dict[str, Verdict]]:
    return [dict(zip(columns, verdicts, strict=True)) for verdicts in product(VERDICTS, repeat=len(columns))]


SMALL = 3**8


@pytest.mark.req("P1", "D7", "X2")
@pytest.mark.parametrize(
    "step", [one for one in STEPS if one.trigger != CLOSE], ids=[n for n in NAMES if "close" not in n]
)
def test_every_combination_is_answered_as_the_page_says(step: Step, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three verdicts a question and a fact, without an override and with one: live and replayed. Of the longest step
    here those with three open at most; all of them in the slow one.
    """
    for columns in _variants(step):
        every = _all(columns)
        if len(every) > SMALL:
            every = [given for given in every if sum(verdict is not MET for verdict in given.values()) <= 3]
        for source in step.sources:
            assert _put(step, source, every, monkeypatch) > 0


LONG = [(step, columns) for step in STEPS for columns in _variants(step) if 3 ** len(columns) > SMALL]


@pytest.mark.slow
@pytest.mark.req("P1", "D7", "X2")
@pytest.mark.parametrize(("step", "columns"), LONG, ids=[f"{step.trigger}-{len(columns)}" for step, columns in LONG])
def test_every_combination_of_the_long_steps(
    step: Step, columns: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with all combinations, and the number that goes is the page's own."""
    went = _put(step, step.sources[0], _all(columns), monkeypatch)
    if columns == step.columns:
        assert went == sum(int(line[-1]) for line in step.decision.lines if line[-3] == "goes")


@pytest.mark.parametrize("step", STEPS, ids=NAMES)
def test_the_page_counts_each_combination_once(step: Step) -> None:
    assert sum(int(line[-1]) for line in step.decision.lines) == 2 * 3 ** len(step.columns)


# --- the override, closing, and who is asked what --------------------------------------------------------------------

WAYS: dict[str, list[str | None]] = {
    "given": ["dr.a"],
    "empty, blank or left out": ["", "  ", None],
    "any": ["dr.a", "", "  ", None],
}
OVERRIDE_CASES = [
    (step.trigger, reason, by, line[2])
    for step in {one.trigger: one for one in STEPS if one.trigger != CLOSE}.values()
    for line in page()["The override itself"][0].lines
    for reason in WAYS[line[0]]
    for by in WAYS[line[1]]
]


@pytest.mark.req("X2")
def test_an_override_without_reason_or_name_is_refused_as_it_is_read() -> None:
    assert {(reason, by) for _, reason, by, _ in OVERRIDE_CASES} == set(product(WAYS["any"], WAYS["any"]))
    for trigger, reason, by, expected in OVERRIDE_CASES:
        override = {name: value for name, value in (("reason", reason), ("by", by)) if value is not None}
        line = {"mrn": "A-100", "type": "advanced", "on": "2027-04-02", "trigger": trigger, "override": override}
        if expected == "complete":
            assert events.read(line, today=ENTRY).override == Override(reason="dr.a", by="dr.a")  # type: ignore[attr-defined]
        else:
            with pytest.raises(Refused, match=r"^override"):
                events.read(line, today=ENTRY)


@pytest.mark.req("X4")
def test_nobody_closes_a_patient_by_a_step() -> None:
    line = {"mrn": "A-100", "type": "advanced", "on": "2027-04-02", "trigger": CLOSE}
    with pytest.raises(Refused, match="died or withdrawn"):
        events.read(line, today=ENTRY)
    for state in State:
        if state is not State.CLOSED:
            for kind, fields in (("died", {}), ("withdrawn", {"reason": "declined"})):
                told = registered().tell("2027-04-01", "taken_over", state=state.value)
                told.tell("2027-04-02", kind, id="end", **fields)
                assert (told.state("2027-04-01"), told.state("2027-04-02")) == (state.value, "closed")
                told.tell("2027-04-03", "corrected", event="end")
                assert told.state("2027-04-03") == state.value


def _of_primary(primary: str, state: State) -> Journey:
    told = registered()
    if primary != "not known":
        told.tell("2027-03-02", "primary_identified", primary=primary, method="liver_biopsy")
    told.tell("2027-04-01", "taken_over", state=state.value)
    found = walk(told.history, date(2027, 4, 1), PROTOCOL)
    assert found is not None
    return found


@pytest.mark.req("C5", "J1", "J2", "F2", "F3", "F4", "I3")
@pytest.mark.parametrize("step", STEPS, ids=NAMES)
def test_who_is_asked_what_is_as_the_page_says(step: Step) -> None:
    facts = len(step.columns) - len(step.questions)
    for source in step.sources:
        for primary in ("colorectal", "not known", "gastric", "neuroendocrine", "other"):
            case = _of_primary(primary, source).case
            if step.differs_by != "modality":
                wanted = step.asked.get(primary, step.questions)
                asked = [one.id for one in judge(case, Asked(step.trigger))]
                assert asked == [*wanted, *[FACT] * facts]
                continue
            for modality, wanted in step.asked.items():
                named = None if modality == "none named" else modality
                asked = [one.id for one in judge(case, Asked(step.trigger, named))]
                assert asked == [*wanted, FACT]
            looked_at = next(one for one in options(_of_primary(primary, source)) if one.trigger == step.trigger)
            assert tuple(one.id for one in looked_at.findings) == step.asked["none named"]
