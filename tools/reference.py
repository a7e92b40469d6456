"""`python -m tools.reference`: the pages of docs/reference that follow from the product and its specification.

`--check` writes nothing and fails where a page is stale.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from pathway import events
from pathway.criteria import FACTS, QUESTIONS
from pathway.obligations import ROW
from pathway.protocol import Protocol, load
from pathway.states import CLOSE, ROWS, STEP_WORDS, Clause, State, say
from pathway.words import RULES
from tools.sentences import sentences_page
from tools.tables import MADE, regimens_page, truth_page

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
SPEC = ROOT / "tests" / "spec"


def pathway_page() -> str:
    """The table in words, and its drawing."""
    protocol = load()
    lines = ["# The pathway", "", MADE]
    lines += [
        "Each step asks its questions, which an override with a reason and a name can pass (C7 only with the whole MDT)."
    ]
    lines += ["It rests on facts that nothing replaces."]
    lines += ["", "| step | from | to | asks | made true by |", "|---|---|---|---|---|"]
    for row in ROWS:
        sources = "every state but closed" if row.trigger == CLOSE else ", ".join(say(source) for source in row.sources)
        asks = "<br>".join(_clause(clause, protocol) for clause in row.asks)
        facts = "<br>".join(
            clause.name + (f" if {clause.applies_if}" if clause.applies_if else "") for clause in row.facts
        )
        lines.append(f"| {STEP_WORDS[row.trigger]} | {sources} | {say(row.to)} | {asks} | {facts} |")
    lines += ["", "```mermaid", *drawing(), "```", "", "## What each fact means", ""]
    for phrase, (_, question) in FACTS.items():
        lines.append(f"- **{phrase}**: {_first_line(question)}")
    return "\n".join(lines) + "\n"


def _clause(clause: Clause, protocol: Protocol) -> str:
    name = QUESTIONS[clause.name][0].format(n=protocol.numbers)
    return f"{clause.name} {name}" + (f" (if {clause.applies_if})" if clause.applies_if else "")


def _first_line(function: object) -> str:
    text = (function.__doc__ or str(getattr(function, "__name__", "")).replace("_", " ")).strip()
    return text.splitlines()[0]


def drawing() -> list[str]:
    """Mermaid's text of the pathway, from the table."""
    lines = ["flowchart LR"]
    lines += [f'  {state.value}["{say(state)}"]' for state in State]
    for row in ROWS:
        if row.trigger != CLOSE:
            lines += [f"  {source.value} -->|{STEP_WORDS[row.trigger]}| {row.to.value}" for source in row.sources]
    return lines


class Table(NamedTuple):
    """The cases of a test: the names of what is told and expected, and a row of values a case."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Case(NamedTuple):
    """A test of the specification: its rows, its statement, its tables of cases."""

    rows: tuple[str, ...]
    statement: str
    tables: tuple[Table, ...]


def specified() -> Iterator[tuple[str, list[Case]]]:
    """Each chapter with its tests, in the order of the files."""
    for path in sorted(SPEC.glob("test_*.py")):
        module = import_module(f"tests.spec.{path.stem}")
        tests = [
            one for name, one in vars(module).items() if name.startswith("test_") and one.__module__ == module.__name__
        ]
        yield (inspect.getdoc(module) or path.stem).rstrip("."), [case for test in tests if (case := _case(test))]


def _case(test: Any) -> Case | None:
    marks = list(reversed(getattr(test, "pytestmark", [])))
    rows = tuple(row for mark in marks if mark.name == "req" for row in mark.args)
    tables = tuple(_table(mark) for mark in marks if mark.name == "parametrize")
    statement = " ".join([f"*{_sentence(test.__name__)}.*", *(inspect.getdoc(test) or "").split()])
    open_ones = [mark.kwargs.get("reason", "") for mark in marks if mark.name == "xfail"]
    if open_ones:
        statement += f" *Not yet: {open_ones[0]}.*"
    return Case(rows, statement, tables) if rows else None


_CAPITALS = {"c7", "cea", "ct", "her2", "mdt", "prrt", "r0", "r2", "tace"}


def _sentence(name: str) -> str:
    """A test's name as the sentence it is."""
    words = [word.upper() if word in _CAPITALS else word for word in name.removeprefix("test_").split("_")]
    text = " ".join(words).replace(" s ", "'s ")
    return text[0].upper() + text[1:]


def _table(mark: Any) -> Table:
    names, values = mark.args[0], mark.args[1]
    names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    ids = mark.kwargs.get("ids") or [None] * len(values)
    found: list[tuple[str, ...]] = []
    for value, given in zip(values, ids, strict=True):
        id_, cells, marks = given, value if len(names) > 1 else [value], []
        if hasattr(value, "values") and hasattr(value, "marks"):  # pytest.param
            id_, cells, marks = value.id, value.values, value.marks
        words = [_shown(cell) for cell in cells]
        open_ones = [one.kwargs.get("reason", "") for one in marks if one.name == "xfail"]
        found.append((f"{id_ or words[0]}{f' *(not yet: {open_ones[0]})*' if open_ones else ''}", *words))
    return Table(("case", *(name.replace("_", " ") for name in names)), tuple(found))


def _shown(value: Any) -> str:
    """A value as a reader wants it: no quotes, no brackets of Python's."""
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case str():
            return value or "–"
        case float():
            return f"{value:.10g}"
        case dict():
            return ", ".join(f"{name} {_shown(one)}" for name, one in value.items()) or "–"
        case set():
            return ", ".join(sorted(map(_shown, value))) or "–"
        case tuple():
            return " ".join(_shown(one) for one in value if one != {}) or "–"
        case list():
            apart = "; " if any(isinstance(one, dict | tuple) for one in value) else ", "
            return apart.join(map(_shown, value)) or "–"
    return str(getattr(value, "__name__", value)).replace("_", " ")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def requirements_page() -> str:
    """What the guideline asks, row by row, with the cases that prove it."""
    protocol = load()
    lines = ["# What the guideline asks, and the cases that prove it", "", MADE]
    lines += [
        "Each statement is a test in `tests/spec/`, each line of a table one case of it: what is told, and the answer",
        "that is expected. What a test tells besides stands in its own text, and in `tests/histories.py`.",
        "",
    ]
    for chapter, cases in specified():
        lines += [f"## {chapter}", ""]
        named: set[str] = set()
        for case in cases:
            for row in case.rows:
                if row in protocol.rows and row not in named:
                    named.add(row)
                    lines.append(f"> {row}: “{protocol.rows[row].quote}” ({protocol.rows[row].section})\n")
            lines.append(f"**{', '.join(case.rows)}** {case.statement}\n")
            for table in case.tables:
                lines.append(f"| {' | '.join(map(_cell, table.heads))} |")
                lines.append("|---" * len(table.heads) + "|")
                lines += [f"| {' | '.join(map(_cell, row))} |" for row in table.rows]
                lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def protocol_page() -> str:
    """Every number with its unit and source, and the reference figures."""
    protocol = load()
    about = protocol.about
    lines = [
        "# The protocol",
        "",
        MADE,
        f"*{about['title']}*, {about['publisher']}. Last updated {about['updated']}, {about['review']}.",
    ]
    lines += ["", about["disclaimer"], "", "| row | number | value | unit | source | |", "|---|---|---|---|---|---|"]
    for one in protocol.entries:
        source = "guideline" if one.source == "guideline" else "local default"
        text = f"“{one.text}”" if one.source == "guideline" else one.text
        lines.append(f"| {one.row} | `{one.name}` | {one.value:g} | {one.unit} | {source} | {text} |")
    lines += [
        "",
        "## Shown beside outcomes, never decided with",
        "",
        "| row | figure | value | unit | |",
        "|---|---|---|---|---|",
    ]
    for ref in protocol.references.values():
        band = f"{ref.low:g}" if ref.low == ref.high else f"{ref.low:g}-{ref.high:g}"
        lines.append(f"| {ref.row} | `{ref.name}` | {band} | {ref.unit} | “{ref.quote}” |")
    return "\n".join(lines) + "\n"


def events_page() -> str:
    """The event types with their fields, and the rules that can be owed."""
    lines = ["# Events and rules", "", MADE]
    lines += [
        "Every event has `mrn`, `type` and `on`; optional are `id`, `by`, `note` and `recorded_at`. **Bold** fields are needed.",
        "",
    ]
    lines += ["| type | fields |", "|---|---|"]
    for kind, model in events.TYPES.items():
        described = []
        for field in events.describe(kind):
            name = f"**`{field.name}`**" if field.needed else f"`{field.name}`"
            described.append(f"{name}: {events.expected(model, field.name)}")
        lines.append(f"| `{kind}` | {'<br>'.join(described)} |")
    lines += ["", "## What can be owed", "", "| rule | row | in words |", "|---|---|---|"]
    lines += [f"| `{rule}` | {row} | {RULES[rule]} |" for rule, row in ROW.items()]
    return "\n".join(lines) + "\n"


PAGES = {
    "pathway.md": pathway_page,
    "requirements.md": requirements_page,
    "protocol.md": protocol_page,
    "events.md": events_page,
    "truth-tables.md": truth_page,
    "regimens.md": regimens_page,
    "sentences.md": sentences_page,
}


def fresh(name: str) -> bool:
    """Whether a page is what it would be if it were made now."""
    path = FOLDER / name
    return path.exists() and path.read_text(encoding="utf-8") == PAGES[name]()


def main() -> int:
    """Write the pages, or say which are stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page is stale")
    if parser.parse_args().check:
        found = [name for name in PAGES if not fresh(name)]
        print(f"stale: {', '.join(found)}; run python -m tools.reference" if found else "every page is fresh")
        return 1 if found else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
