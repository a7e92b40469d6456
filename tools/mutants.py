"""`python -m tools.mutants`: change the core by one sign at a time, and see whether the boundary tests notice.

mutmut makes the mutants and runs the tests of each. Two things about it are changed here. Words are left out: what only
alters a string alters no decision. And a property is mutated like any method: mutmut passes over what has a decorator,
and would give the most questioned readings a perfect, empty score. A module with another decorator fails.

Prints module | mutants | killed | % | minimum. Ends with 1 where a module has fewer mutants than its minimum, where
less than 95 % of a module's or of all are killed, or where the survivors are not those of `docs/mutants.md`, each of
which says why it may live. A mutant whose tests run out of time is killed, one that no test reaches has survived.

With names (`'pathway.criteria.team.*'`) it judges those alone, on the mutants of the run before.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from unittest.mock import patch

import libcst as cst

LEAST_PERCENT = 95
ACCEPTED = Path("docs/mutants.md")
COPY = Path("mutants")
KILLED = frozenset({"killed", "timeout"})
SURVIVED = frozenset({"survived", "no tests"})

MINIMUM: dict[str, int] = {
    "pathway/case/bevacizumab.py": 70,
    "pathway/case/case.py": 235,
    "pathway/case/follow_up.py": 25,
    "pathway/case/operation.py": 135,
    "pathway/case/reading.py": 40,
    "pathway/case/six_months.py": 125,
    "pathway/case/therapy.py": 55,
    "pathway/criteria/facts.py": 275,
    "pathway/criteria/follow_up.py": 45,
    "pathway/criteria/locoregional.py": 135,
    "pathway/criteria/resection.py": 285,
    "pathway/criteria/table.py": 20,
    "pathway/criteria/team.py": 65,
    "pathway/criteria/verdict.py": 30,
    "pathway/criteria/workup.py": 95,
    "pathway/journey.py": 475,
    "pathway/obligations/decision.py": 155,
    "pathway/obligations/follow_up.py": 325,
    "pathway/obligations/operation.py": 140,
    "pathway/obligations/rules.py": 20,
    "pathway/obligations/therapy.py": 110,
    "pathway/obligations/vigilance.py": 65,
    "pathway/obligations/workup.py": 105,
    "pathway/regimens.py": 70,
    "pathway/states.py": 45,
}
"""For each module that holds a function, so many mutants at least: else what was mutated is not what is there."""

KNOWN_BAD = "criteria.resection.d2 | `if found.value > limit:` → `if found.value >= limit:`"
"""A remnant of 30.0 % would be enough: a mutant that any test of the row kills."""

MUTATED_DECORATORS = frozenset({"property", "staticmethod", "classmethod"})


@dataclass
class Module:
    """What became of the mutants of one module: each survivor and each that went wrong by its change in words."""

    killed: list[str] = field(default_factory=list)
    survived: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def count(self, words: str, status: str) -> None:
        if status in KILLED:
            self.killed.append(words)
        elif status in SURVIVED:
            self.survived.append(words)
        else:
            self.wrong.append(f"{words}: {status}")

    @property
    def mutants(self) -> int:
        return len(self.killed) + len(self.survived) + len(self.wrong)

    @property
    def percent(self) -> float:
        return 100 * len(self.killed) / self.mutants if self.mutants else 100


# --- making and running them -----------------------------------------------------------------------------------------


class _Undecorated(cst.CSTTransformer):
    """`@property def x` as `def x` and, right after it, `x = property(x)`."""

    def leave_FunctionDef(  # noqa: N802 - a visitor of libcst
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef | cst.FlattenSentinel[cst.BaseStatement]:
        if [_decorator(one) for one in updated_node.decorators] != ["property"]:
            return updated_node
        name = updated_node.name.value
        return cst.FlattenSentinel(
            [updated_node.with_changes(decorators=[]), cst.parse_statement(f"{name} = property({name})")]
        )


def _decorator(node: cst.Decorator) -> str:
    return cst.Module([]).code_for_node(node.decorator)


def run(workers: int, names: list[str]) -> None:
    """Have mutmut make the mutants and try each. In a process of its own: mutmut bends the path of imports."""
    from mutmut import __main__ as mutmut
    from mutmut.mutation import file_mutation, mutators

    kept = [pair for pair in mutators.mutation_operators if pair[1] is not mutators.operator_string]
    assert len(kept) == len(mutators.mutation_operators) - 1
    original = file_mutation.mutate_file_contents

    def mutate(filename: str, code: str, *lines: set[int] | None) -> file_mutation.MutatedFile:
        return original(filename, cst.parse_module(code).visit(_Undecorated()).code, *lines)

    with (
        patch.object(file_mutation, "mutation_operators", kept),
        patch.object(mutmut, "mutate_file_contents", mutate),
    ):
        mutmut.cli(["run", "--max-children", str(workers), *names], standalone_mode=False)


# --- reading what came of it -----------------------------------------------------------------------------------------


def change(before: str, after: str) -> str:
    """What differs between two sources of one function, but for its name: `the old lines` → `the new ones`."""
    old, new = ([re.sub(r"__mutmut_\w+", "", line.strip()) for line in text.splitlines()] for text in (before, after))
    gone: list[str] = []
    come: list[str] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            gone += old[i1:i2]
            come += new[j1:j2]
    return f"`{' '.join(gone)}` → `{' '.join(come)}`"


def read(paths: Iterable[Path], names: list[str]) -> dict[str, Module]:
    """The results of the modules, as mutmut left them beside its copies."""
    from mutmut.mutation.data import MutantLineSpans, SourceFileMutationData
    from mutmut.stats import status_by_exit_code

    found: dict[str, Module] = {}
    for path in paths:
        data = SourceFileMutationData(path=path)
        data.load()
        spans = MutantLineSpans.load(path)
        assert spans is not None, f"{path} was not mutated"
        module = found[str(path)] = Module()
        times: Counter[str] = Counter()
        for name, code in data.exit_code_by_key.items():
            mutant = name.rpartition(".")[2]
            function = mutant.partition("__mutmut_")[0]
            before, after = spans.read_function_sources([f"{function}__mutmut_orig", mutant])
            words = f"{_spoken(path, function)} | {change(before, after)}"
            times[words] += 1
            if times[words] > 1:
                words += f" ({times[words]})"
            if not names or any(fnmatch(name, pattern) for pattern in names):
                module.count(words, status_by_exit_code[code])
    return found


def _spoken(path: Path, mangled: str) -> str:
    """`pathway/case/case.py` and `xǁCaseǁenter` as `case.case.Case.enter`."""
    module = ".".join(path.with_suffix("").parts[1:])
    return f"{module}.{re.sub('^x_|^xǁ', '', mangled).replace('ǁ', '.')}"


def accepted() -> dict[str, str]:
    """The survivors that may live, with the reason each."""
    rows: dict[str, str] = {}
    for line in ACCEPTED.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 3 and cells[0].startswith("`"):
            function, words, reason = (cell.replace("\\|", "|") for cell in cells)
            rows[f"{function.strip('`')} | {words}"] = reason
    return rows


def problems(found: dict[str, Module]) -> list[str]:
    """Every reason why the proof does not hold."""
    said: list[str] = []
    for name, module in found.items():
        least = MINIMUM.get(name)
        if least is None and module.mutants:
            said.append(f"{name}: no minimum is set for its {module.mutants} mutants")
        elif module.mutants < (least or 0):
            said.append(f"{name}: {module.mutants} mutants, and {least} at least were expected")
        if module.percent < LEAST_PERCENT:
            said.append(f"{name}: {module.percent:.1f} % killed, {LEAST_PERCENT} % at least are asked for")
        said += [f"{name}: @{one} hides a function from mutation" for one in _hidden(Path(name))]
        said += [f"neither killed nor survived: {one}" for one in module.wrong]
    said += [f"{name}: a minimum is set, and no such module is mutated" for name in MINIMUM if name not in found]
    total = _total(found)
    if total.percent < LEAST_PERCENT:
        said.append(f"all: {total.percent:.1f} % killed, {LEAST_PERCENT} % at least are asked for")
    known = accepted()
    survived = set(total.survived)
    if KNOWN_BAD not in total.killed:
        said.append(f"not killed, so the tests do not import the mutated copy: {KNOWN_BAD}")
    said += [f"survived, and {ACCEPTED} gives no reason: {one}" for one in sorted(survived - known.keys())]
    said += [f"{ACCEPTED} names a survivor that is none: {one}" for one in sorted(known.keys() - survived)]
    said += [f"{ACCEPTED} gives no reason: {one}" for one, reason in known.items() if not reason]
    return said


def _hidden(path: Path) -> list[str]:
    tree = cst.parse_module(path.read_text(encoding="utf-8"))
    bodies: list[cst.BaseStatement | cst.BaseSmallStatement] = [*tree.body]
    for one in tree.body:
        if isinstance(one, cst.ClassDef):
            bodies += one.body.body
    functions = [one for one in bodies if isinstance(one, cst.FunctionDef)]
    names = [_decorator(decorator) for one in functions for decorator in one.decorators]
    return [name for name in names if name not in MUTATED_DECORATORS]


def _total(found: dict[str, Module]) -> Module:
    total = Module()
    for one in found.values():
        total.killed += one.killed
        total.survived += one.survived
        total.wrong += one.wrong
    return total


def table(found: dict[str, Module]) -> str:
    """module | mutants | killed | % | minimum; modules that only state data are left out."""
    width = max(len(name) for name in found)
    lines = [f"{'module':<{width}} | mutants | killed |     % | minimum"]
    rows = [(name, module, str(MINIMUM.get(name, ""))) for name, module in found.items() if module.mutants]
    for name, module, least in [*rows, ("all", _total(found), "")]:
        lines.append(
            f"{name:<{width}} | {module.mutants:>7} | {len(module.killed):>6} | {module.percent:>5.1f} | {least:>7}"
        )
    return "\n".join(lines)


def mutated() -> list[Path]:
    """The modules to mutate, as `[tool.mutmut]` lists them."""
    patterns: list[str] = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"][
        "only_mutate"
    ]
    return sorted(path for path in Path("pathway").rglob("*.py") if any(fnmatch(str(path), one) for one in patterns))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one a processor)")
    parser.add_argument("--run", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("names", nargs="*", help="judge these mutants alone (a pattern: 'pathway.criteria.team.*')")
    chosen = parser.parse_args()
    if chosen.run:
        run(chosen.workers, chosen.names)
        return 0
    if not chosen.names:
        shutil.rmtree(COPY, ignore_errors=True)  # a result that was kept says nothing of today's tests
    command = [sys.executable, "-m", "tools.mutants", "--run", "--workers", str(chosen.workers), *chosen.names]
    shown = None if sys.stdout.isatty() else subprocess.PIPE
    ran = subprocess.run(command, check=False, stdout=shown, text=True)
    if ran.returncode:
        print(ran.stdout or "", f"mutmut ended with {ran.returncode}", sep="\n")
        return 1
    found = read(mutated(), chosen.names)
    print(table(found))
    if chosen.names:
        print(*[one for module in found.values() for one in (*module.survived, *module.wrong)], sep="\n")
        return 0
    said = problems(found)
    print(*said, sep="\n")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
