"""What holds of the repository as a whole: it names no machine and no registry, and its set-up can be trusted."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent

# Put together here so that this file does not find itself.
REGISTRIES = re.compile("|".join(re.escape(".".join(parts)) for parts in [("pypi", "org"), ("pythonhosted", "org")]))
MACHINE = re.compile(
    "|".join(re.escape("/".join(parts)) for parts in [("", "work", ""), ("", "root", ""), ("..", "shared")])
)


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=HOUSE, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.split("\0") if name and (path := HOUSE / name).is_file()]


@pytest.mark.parametrize("pattern", [REGISTRIES, MACHINE], ids=["registry", "machine"])
def test_no_file_names_a_registry_or_the_machine_it_was_made_on(pattern: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(HOUSE)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]
    assert not found, "\n".join(found)


def locked() -> dict[str, list[str]]:
    """Each requirement of the lock, as written, with its hashes."""
    text = (HOUSE / "requirements.lock").read_text().replace("\\\n", " ")
    return {line.split("--hash=")[0].strip(): line.split("--hash=")[1:] for line in text.splitlines() if line.strip()}


def test_the_lock_holds_exact_versions_and_a_hash_for_each_and_nothing_else() -> None:
    lock = locked()
    assert len(lock) > 50
    for requirement, hashes in lock.items():
        assert re.fullmatch(r"[a-z0-9-]+==[\w.+!]+( ; .+)?", requirement), requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one.strip()) for one in hashes), requirement


def test_the_lock_holds_all_that_the_project_asks_for() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())
    asked = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    names = {re.split(r"[<>=!~\[; ]", one)[0].lower().replace("_", "-") for group in asked for one in group}
    assert names - {requirement.split("==")[0] for requirement in locked()} == set()


def test_every_target_that_the_documents_name_exists() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (HOUSE / "Makefile").read_text(), re.MULTILINE))
    documents = [path for path in tracked() if path.suffix == ".md"]
    named = {
        (path.name, target)
        for path in documents
        for target in re.findall(r"(?:`|^\s*(?:\$ )?)make ([a-z][a-z-]*)", path.read_text(), re.MULTILINE)
    }
    assert {one for one in named if one[1] not in targets} == set()


def test_help_says_what_each_target_does() -> None:
    makefile = (HOUSE / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    told = set(re.findall(r"^([a-z][a-z-]*):.*## \w", makefile, re.MULTILINE))
    assert targets - told == set()


def test_streamlit_knows_every_option_of_its_configuration() -> None:
    from streamlit import config

    known = config.get_config_options()
    told = tomllib.loads((HOUSE / "dashboard" / ".streamlit" / "config.toml").read_text())

    def options(table: dict[str, object], section: str) -> list[str]:
        return [
            name
            for key, value in table.items()
            for name in (options(value, f"{section}{key}.") if isinstance(value, dict) else [f"{section}{key}"])
        ]

    assert [name for name in options(told, "") if name not in known] == []
