"""The count of mutants fails for each reason that would make it worth nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import mutants
from tools.mutants import KNOWN_BAD, Module, change, problems

NAME = "pathway/regimens.py"
LIVES = "regimens.recommend | `if a < b:` → `if a <= b:`"


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = tmp_path / "mutants.md"
    page.write_text(
        "| function | change | why it may live |\n|---|---|---|\n"
        "| `regimens.recommend` | `if a < b:` → `if a <= b:` | never equal |\n"
    )
    monkeypatch.setattr(mutants, "ACCEPTED", page)
    monkeypatch.setattr(mutants, "MINIMUM", {NAME: 20})


def result(killed: int = 98, survived: tuple[str, ...] = (LIVES,), wrong: tuple[str, ...] = ()) -> dict[str, Module]:
    return {NAME: Module([KNOWN_BAD, *(str(number) for number in range(killed))], [*survived], [*wrong])}


def test_all_is_well() -> None:
    assert problems(result()) == []


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (result(killed=17), "19 mutants, and 20 at least were expected"),
        (result(killed=17), "94.7 % killed, 95 % at least are asked for"),
        (result(survived=(LIVES, "regimens.recommend | `1` → `2`")), "gives no reason: regimens.recommend | `1` → `2`"),
        (result(survived=()), "names a survivor that is none: regimens.recommend"),
        (result(wrong=("x: segfault",)), "neither killed nor survived: x: segfault"),
        ({NAME: Module([str(number) for number in range(98)], [LIVES])}, "the tests do not import the mutated copy"),
        ({**result(), "pathway/states.py": Module(["1"])}, "pathway/states.py: no minimum is set for its 1 mutants"),
        ({**result(), "pathway/protocol.py": Module()}, "pathway/protocol.py: @cache hides a function from mutation"),
        ({"pathway/states.py": result()[NAME]}, f"{NAME}: a minimum is set, and no such module is mutated"),
    ],
)
def test_what_is_wrong_is_said(found: dict[str, Module], said: str) -> None:
    assert [one for one in problems(found) if said in one]


def test_a_survivor_without_a_reason_is_none_that_may_live() -> None:
    mutants.ACCEPTED.write_text("| `regimens.recommend` | `if a < b:` → `if a <= b:` | |\n")
    assert [one for one in problems(result()) if "gives no reason" in one]


def test_a_bar_in_a_change_is_written_escaped() -> None:
    mutants.ACCEPTED.write_text("| `f` | `a \\| b` → `a & b` | the same for bits that exclude each other |\n")
    assert mutants.accepted() == {"f | `a | b` → `a & b`": "the same for bits that exclude each other"}


def test_a_change_is_its_lines_without_the_mutant_s_name() -> None:
    before = "    def x__mutmut_orig(self):\n        y = 1\n        return y < 2\n"
    after = "    def x__mutmut_7(self):\n        y = 1\n        return y <= 2\n"
    assert change(before, after) == "`return y < 2` → `return y <= 2`"
