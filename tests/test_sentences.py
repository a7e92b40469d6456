"""Every sentence of the core is listed in docs/reference/sentences.md with the case that says it; none else is said."""

from __future__ import annotations

import ast
import json
import random
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from pathway import events
from pathway.errors import Refused, StepRefused
from pathway.history import History
from pathway.journey import admit, walk
from tests.walker import PROTOCOL, parsed, wander
from tools import sentences as made
from tools.sentences import PASSED_ON, Said, Unread, listed, said_of, sentences, template_of, templates

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "sentences.md"
EXAMPLES = sorted(Path(__file__).with_name("examples").glob("*.json"))
KNOWN = {*templates(), PASSED_ON}


def test_every_sentence_of_the_source_is_said_in_a_case() -> None:
    assert set(templates()) - {one.template for one in sentences()} == set()


def test_every_sentence_that_is_said_stands_in_the_source() -> None:
    assert {one.template for one in sentences()} - KNOWN == set()


def test_the_page_lists_each_of_them_and_nothing_else() -> None:
    rows = re.findall(r"^\| [a-z ]+ \| (.*?) \| ", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(rows) - {"sentence"} == {listed(template) for template in templates()}


def test_a_template_that_cannot_be_read_from_the_source_fails() -> None:
    tree = ast.parse("def d9(case, asked):\n    return met(case.words)\n")
    with pytest.raises(Unread):
        list(made._templates(tree, "d9.py"))


def test_a_template_is_found_in_each_way_of_writing_it() -> None:
    source = (
        "WORDS = {'a': 'one {}', 'b': 'two'}\n"
        "def d9(case, asked):\n"
        "    words = 'three' if case else 'four'\n"
        "    if asked:\n"
        "        return met(WORDS[asked], 1)\n"
        "    return Sentence(words + ' {}', (1,)), Refused(f'five {case}')\n"
    )
    found = set(made._templates(ast.parse(source), "d9.py"))
    assert found == {"one {}", "two", "three {}", "four {}", "five {}"}


# --- other histories say nothing else --------------------------------------------------------------------------------


def _said(history: History, days: list[date], words: str) -> Iterator[Said]:
    for day in days:
        journey = walk(history, day, PROTOCOL)
        if journey is not None:
            yield from said_of(journey, history, words)


@pytest.mark.parametrize("seeds", [range(8), pytest.param(range(8, 120), marks=pytest.mark.slow)], ids=["few", "many"])
def test_random_histories_say_nothing_else(seeds: range) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        history = History.of(parsed(wander(rng).events))
        days = sorted({event.on for event in history.order})
        for one in _said(history, rng.sample(days, min(len(days), 12)), f"walk {seed}"):
            assert one.template in KNOWN, one


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_the_examples_of_the_contract_say_nothing_else(path: Path) -> None:
    example = json.loads(path.read_text(encoding="utf-8"))
    today = date(2100, 1, 1)
    history = History.of([])
    refused: list[Refused] = []
    for step in example["steps"]:
        for line in sorted(step.get("add", ()), key=lambda line: line.get("type") != "registered"):
            try:
                history = admit(history, events.identified(events.read(line, today=today)), PROTOCOL, today=today)
            except Refused as error:
                refused.append(error)
    days = sorted({event.on for event in history.order})
    for one in _said(history, days, path.stem):
        assert one.template in KNOWN, one
    for one_refused in refused:
        reasons = one_refused.findings if isinstance(one_refused, StepRefused) else ()
        assert reasons or template_of(one_refused.expected), one_refused


# --- how they read ---------------------------------------------------------------------------------------------------

DAY = r"\d{1,2} [A-Z][a-z]{2} \d{4}"
PATIENTS = [one for one in sentences() if one.role != "refused"]


def test_no_sentence_speaks_of_her_or_in_the_programs_words() -> None:
    wrong = re.compile(r"\b(she|her|his|he|None|True|False)\b|_|\d{4}-\d\d-\d\d|  |[{}]|\.$")
    assert [one.text for one in PATIENTS if wrong.search(one.text)] == []


def test_what_is_owed_names_its_day() -> None:
    owed = [one.text for one in PATIENTS if one.role == "owed"]
    assert len(owed) > 20
    assert [text for text in owed if not re.search(DAY, text)] == []


def test_what_is_not_known_says_what_to_do() -> None:
    unknown = [one.text for one in PATIENTS if one.role == "unknown"]
    assert len(unknown) > 20
    assert [
        text for text in unknown if not re.search(r"\b[Rr]ecord|\bask|\bbring|says whether|not known yet", text)
    ] == []


def test_a_sentence_can_be_read_in_one_breath() -> None:
    """Those that hold another sentence may be longer."""
    assert [one.text for one in PATIENTS if len(one.text) > 130 and one.row != "X3" and one.role != "deviation"] == []
