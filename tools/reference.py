"""`python -m tools.reference`: the pages of docs/reference that follow from the product and its specification.

`--check` writes nothing and fails where a page is stale.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pathway import events
from pathway.criteria import FACTS, QUESTIONS
from pathway.obligations import ROW
from pathway.protocol import Protocol, load
from pathway.states import CLOSE, ROWS, STEP_WORDS, Clause, State, say
from pathway.words import RULES

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
SPEC = ROOT / "tests" / "spec"
MADE = "<!-- made by `python -m tools.reference`; do not edit -->\n"


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


class Case(NamedTuple):
    """A test of the specification: its rows, its statement, its cases in words."""

    rows: tuple[str, ...]
    statement: str
    cases: tuple[str, ...]


def specified() -> Iterator[tuple[str, list[Case]]]:
    """Each chapter with its tests, in the order of the files."""
    for path in sorted(SPEC.glob("test_*.py")):
        module = ast.parse(path.read_text(encoding="utf-8"))
        found = [case for node in module.body if isinstance(node, ast.FunctionDef) if (case := _case(node))]
        yield (ast.get_docstring(module) or path.stem).rstrip("."), found


def _case(node: ast.FunctionDef) -> Case | None:
    rows: list[str] = []
    cases: list[str] = []
    for mark in node.decorator_list:
        if not isinstance(mark, ast.Call) or not isinstance(mark.func, ast.Attribute):
            continue
        if mark.func.attr == "req":
            rows += [arg.value for arg in mark.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        elif mark.func.attr == "parametrize":
            cases += [
                call.args[0].value
                for call in ast.walk(mark)
                if isinstance(call, ast.Call)
                and isinstance(call.func, ast.Name)
                and call.func.id == "case"
                and isinstance(call.args[0], ast.Constant)
                and isinstance(call.args[0].value, str)
            ]
    statement = " ".join((ast.get_docstring(node) or "").split())
    return Case(tuple(rows), statement, tuple(cases)) if rows else None


def requirements_page() -> str:
    """What the guideline asks, row by row, with the cases that prove it."""
    protocol = load()
    lines = ["# What the guideline asks, and the cases that prove it", "", MADE]
    lines += [
        "Each statement is a test in `tests/spec/`; its cases are the lines of a table there, with the expected answer.",
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
            lines += [f"- {words}" for words in case.cases]
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
}


def stale() -> list[str]:
    """The pages that are not what they would be if they were made now."""
    return [
        name
        for name, page in PAGES.items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text(encoding="utf-8") != page()
    ]


def main() -> int:
    """Write the pages, or say which are stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail where a page is stale")
    if parser.parse_args().check:
        found = stale()
        print(f"stale: {', '.join(found)}; run python -m tools.reference" if found else "every page is fresh")
        return 1 if found else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
