"""Every sentence that the core can say, with an example and the case that produces it (docs/reference/sentences.md).

Twice collected: from the source, each template that a function of the core can use; and from histories, each that
comes out, filled in. `tests/test_sentences.py` fails where one is in the source and in no case, or the other way round.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pathway import advice
from pathway.criteria import FACT, FACTS, QUESTIONS, Asked, Finding, judge
from pathway.errors import Refused
from pathway.history import History
from pathway.journey import Journey, deviations, options, walk
from pathway.obligations import ROW, owed
from pathway.protocol import load
from pathway.words import RULES
from tools.tables import MADE

if TYPE_CHECKING:
    from tests.histories import Story

CORE = Path(__file__).resolve().parent.parent / "pathway"
SPEAKING = {
    "met": 0,
    "not_met": 0,
    "unknown": 0,
    "make": 0,
    "Sentence": 0,
    "Refused": 0,
    "StepRefused": 0,
    "Suggestion": 1,
    "contradiction": 1,
}
"""What takes a template, and at which place."""
PASSED_ON = "{}"
"""A template that only passes another sentence on."""


class Unread(Exception):
    """A template that cannot be read from the source: write it as text, or as a choice of texts."""


# --- from the source -------------------------------------------------------------------------------------------------


@cache
def templates() -> dict[str, str]:
    """Each template of the core, and the file in which it stands."""
    found: dict[str, str] = {}
    for path in sorted(CORE.rglob("*.py")):
        name = path.relative_to(CORE).as_posix()
        if name.split("/")[0].removesuffix(".py") in (
            "criteria",
            "obligations",
            "journey",
            "advice",
            "history",
            "events",
        ):
            for template in _templates(ast.parse(path.read_text(encoding="utf-8")), name):
                found.setdefault(template, name)
    return found


def _templates(tree: ast.Module, name: str) -> Iterator[str]:
    scopes: list[list[ast.AST]] = []

    def visit(node: ast.AST, around: tuple[ast.AST, ...]) -> None:
        if isinstance(node, ast.FunctionDef):
            around = (node, *around)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SPEAKING:
            scopes.append([node, *around])
        for child in ast.iter_child_nodes(node):
            visit(child, around)

    visit(tree, (tree,))
    for call, *around in scopes:
        assert isinstance(call, ast.Call)
        place = SPEAKING[call.func.id]  # type: ignore[attr-defined]
        if any(isinstance(scope, ast.FunctionDef) and scope.name in SPEAKING for scope in around):
            continue  # the helper itself: its callers give the text
        for template in _texts(call.args[place], around, f"{name}:{call.lineno}"):
            if template != PASSED_ON:
                yield template


def _texts(node: ast.expr, around: list[ast.AST], where: str) -> list[str]:
    """All texts that an expression can be."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)]  # type: ignore[misc]
        case ast.IfExp(body=one, orelse=other):
            return [*_texts(one, around, where), *_texts(other, around, where)]
        case ast.BinOp(left=left, right=right, op=ast.Add()):
            return [a + b for a in _texts(left, around, where) for b in _texts(right, around, where)]
        case ast.Subscript(value=ast.Name(id=table)):
            return [text for one in _assigned(table, around) for text in _values(one, around, where)]
        case ast.Name(id=name):
            found = [text for one in _assigned(name, around) for text in _texts(one, around, where)]
            if found:
                return found
        case ast.Attribute(attr="expected" | "sentence"):
            return [PASSED_ON]
        case ast.Call(func=ast.Attribute(value=ast.Constant(), attr="join")):
            return [PASSED_ON]
    raise Unread(f"{where}: {ast.unparse(node)}")


def _values(node: ast.expr, around: list[ast.AST], where: str) -> list[str]:
    if not isinstance(node, ast.Dict):
        raise Unread(f"{where}: {ast.unparse(node)}")
    return [text for value in node.values for text in _texts(value, around, where)]


def _assigned(name: str, around: list[ast.AST]) -> list[ast.expr]:
    """What a name is set to in the innermost place that sets it."""
    for scope in around:
        found = [
            node.value
            for node in ast.walk(scope)
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
        ]
        if found:
            return found
    return []


# --- from histories --------------------------------------------------------------------------------------------------


class Said(NamedTuple):
    """A sentence as it came out: of which row, in which role, by which template, filled in, and in which case."""

    row: str
    role: str
    template: str
    text: str
    case: str
    rule: str = ""


ROLES = ("met", "not met", "unknown", "owed", "deviation", "shown beside")
"""The order in which a row's sentences stand."""


def _finding(finding: Finding, case: str) -> Said:
    role = finding.verdict.value.replace("_", " ")
    row = f"fact: {finding.name}" if finding.id == FACT else finding.id
    return Said(row, role, finding.answer.sentence.template, finding.reason, case)


def said_of(journey: Journey, history: History, case: str, asked: Asked | None = None) -> Iterator[Said]:
    """All that the core says of a patient on a day."""
    findings = [finding for option in options(journey) for finding in option.findings]
    findings += judge(journey.case, asked) if asked else ()
    for finding in findings:
        yield _finding(finding, case)
    for duty in owed(journey):
        yield Said(ROW[duty.rule], "owed", duty.reason.template, str(duty.reason), case, duty.rule)
    for difference in deviations(journey, history):
        yield Said(difference.id, "deviation", difference.what.template, str(difference.what), case)
    for suggestion in advice.suggestions(journey.case):
        yield Said(suggestion.id, "shown beside", template_of(suggestion.text), suggestion.text, case)


@cache
def _shapes() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Each template as a pattern, the one with the most text of its own first."""
    found = sorted(templates(), key=lambda text: (-len(text.replace("{}", "")), text))
    return tuple((re.compile(".+".join(map(re.escape, text.split("{}"))), re.DOTALL), text) for text in found)


def template_of(text: str) -> str:
    """The template of a sentence that comes as text alone; empty where it has none."""
    return next((template for shape, template in _shapes() if shape.fullmatch(text)), "")


def said() -> Iterator[Said]:
    """All that the cases of the tests draw out of the core; first of each case what it is about."""
    from tests import sayings
    from tests.test_each_alone import CHANGES, told
    from tests.test_every_date import CASES

    days: list[tuple[Story, str, str, Asked | None]] = []
    for change in sorted(CHANGES, key=lambda change: bool(change.opens)):
        story, scenario = told(change)
        asked = Asked(scenario.trigger, scenario.modality)
        case = f"{change.scenario}: {change.words}"
        days.append((story, scenario.on, case, asked))
        yield from (_finding(finding, case) for finding in judge(_walked(story, scenario.on).case, asked))
    for one in CASES:
        story, case = one.told(), f"{one.rule}: {one.words}"
        days += [(story, day, case, None) for day in (one.since, one.dates.due)]
        yield from (found for found in _all_said(story, one.since, case) if found.rule == one.rule)
    days += [(make(), day, words, None) for words, (day, make) in sayings.HISTORIES.items()]
    for words, (day, trigger, modality, make) in sayings.ASKED.items():
        days.append((make(), day, words, Asked(trigger, modality)))
    for story, day, case, question in days:
        yield from _all_said(story, day, case, question)


def _walked(story: Story, day: str) -> Journey:
    journey = walk(story.history, date.fromisoformat(day), story.protocol)
    assert journey is not None
    return journey


def _all_said(story: Story, day: str, case: str, asked: Asked | None = None) -> Iterator[Said]:
    yield from said_of(_walked(story, day), story.history, case, asked)


def refused() -> Iterator[Said]:
    """What is said of a line or event that is not recorded."""
    from tests import sayings

    for words, attempt in sayings.REFUSALS.items():
        try:
            attempt()
        except Refused as error:
            yield Said("", "refused", template_of(error.expected), str(error), words)
        else:
            raise AssertionError(f"recorded: {words}")


# --- the page --------------------------------------------------------------------------------------------------------

OPENING = """Every sentence that the core can say, as a nurse reads it, with the case that produces it. The first column is the sentence
as it stands in the source, `…` where a value comes in: `tests/test_sentences.py` fails where one is said that is not
listed here, or listed and never said. The cases stand in `tests/test_each_alone.py` (scenario: change),
`tests/test_every_date.py` (rule: case) and `tests/sayings.py`.
"""


def listed(template: str) -> str:
    """A template as the page has it."""
    return template.replace("{}", "…").replace("|", "\\|")


@cache
def sentences() -> tuple[Said, ...]:
    """Each sentence once in each role of a row, by the first case that says it."""
    found: dict[tuple[str, str, str], Said] = {}
    for one in (*said(), *refused()):
        found.setdefault((one.row, one.role, one.template), one)
    return tuple(one for one in found.values() if one.template != PASSED_ON)


def sentences_page() -> str:
    """The sentences, row by row; then those of facts, and the refusals of a line."""
    numbers = load().numbers
    lines = ["# What is said", "", MADE, OPENING]
    by_row: dict[str, list[Said]] = {}
    for one in sentences():
        by_row.setdefault(one.row, []).append(one)
    facts = [f"fact: {name}" for name in dict.fromkeys(name for name, _ in FACTS.values())]
    rows = sorted((row for row in by_row if row and row not in facts), key=lambda row: (row[0], int(row[1:])))
    for row in (*rows, *facts, ""):
        lines += [f"## {_heading(row, by_row[row]).format(n=numbers)}", ""]
        lines += ["| | sentence | for example | case |", "|---|---|---|---|"]
        several = by_row[row] if not row else sorted(by_row[row], key=lambda one: ROLES.index(one.role))
        lines += [f"| {one.role} | {listed(one.template)} | {_cell(one.text)} | {one.case} |" for one in several]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _heading(row: str, found: list[Said]) -> str:
    if not row:
        return "Refused as it is recorded"
    if row.startswith("fact: "):
        return row.removeprefix("fact: ") + " (a fact)"
    if row in QUESTIONS:
        return f"{row}: {QUESTIONS[row][0]}"
    rules = dict.fromkeys(RULES[one.rule] for one in found if one.rule)
    return f"{row}: {', '.join(rules)}" if rules else row


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
