"""The command line from outside: exit codes, one JSON value, a sentence where something is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

# Each test starts processes of its own: too slow for the fast subset.
pytestmark = pytest.mark.slow

PATHWAY = str(Path(sys.executable).with_name("pathway"))
ADA = {
    "mrn": "A",
    "type": "registered",
    "on": "2027-03-01",
    "name": "Ada Example",
    "birth_date": "1958-04-11",
    "sex": "female",
}


class Unit:
    """A database and the command line on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = f"sqlite:///{folder}/unit.db"

    def run(self, *args: str) -> subprocess.CompletedProcess[str]:
        command = [PATHWAY, *args, "--db", self.database]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder)

    def file(self, *events: object) -> str:
        path = self.folder / "events.jsonl"
        path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
        return str(path)


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    found = Unit(tmp_path)
    assert found.run("import", found.file(ADA)).returncode in (0, 1)
    done = found.run("import", found.file(ADA), "--as-of", "2030-01-01")
    assert done.returncode == 0, done.stderr
    return found


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["show", "NOBODY"], 1, "nobody with this MRN"),
        (["show", "A", "--as-of", "2027-02-28"], 1, "nobody with this MRN"),
        (["show", "A", "--as-of", "yesterday"], 2, "no date"),
        (["show"], 2, "name one MRN, or --all"),
        (["show", "A", "--all"], 2, "name one MRN, or --all"),
        (["import", "missing.jsonl"], 2, "there is no file"),
        (["advance", "A", "fly", "--on", "2027-03-02"], 2, "no step 'fly'"),
        (["advance", "A", "close", "--on", "2027-03-02", "--as-of", "2030-01-01"], 1, "recording died or withdrawn"),
        (["advance", "A", "begin_workup", "--on", "2027-03-02", "--as-of", "2030-01-01"], 1, "Not taken"),
        (
            ["advance", "A", "restage", "--on", "2027-03-02", "--as-of", "2030-01-01"],
            1,
            "steps from there: begin the work-up",
        ),
        (["record", "A", "horoscope", "--on", "2027-03-02"], 1, "an event type"),
        (["record", "A", "cea", "--on", "2027-03-02", "ng_per_ml"], 2, "field=value"),
        (["record", "A", "cea", "--on", "2027-03-02", "ng_per_ml=x", "--as-of", "2030-01-01"], 1, "a number from 0"),
        (
            ["record", "A", "cea", "--on", "2031-03-02", "ng_per_ml=3", "--as-of", "2030-01-01"],
            1,
            "after the day of entry",
        ),
        (
            ["record", "NOBODY", "cea", "--on", "2027-03-02", "ng_per_ml=3", "--as-of", "2030-01-01"],
            1,
            "nobody is registered",
        ),
        (["fly"], 2, "No such command"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence_with_its_exit_code(
    unit: Unit, args: list[str], code: int, said: str
) -> None:
    done = unit.run(*args)
    assert done.returncode == code, done.stdout + done.stderr
    assert said in " ".join((done.stdout + done.stderr).replace("│", " ").split())
    assert "Traceback" not in done.stderr
    assert "Ada" not in done.stderr


def test_a_database_that_cannot_be_opened_is_a_sentence(tmp_path: Path) -> None:
    for url, said in (
        (f"sqlite:///{tmp_path}/no/where.db", "does not exist"),
        ("nonsense", "no URL"),
        ("mysql://x/y", "SQLite"),
    ):
        done = subprocess.run([PATHWAY, "worklist", "--db", url], capture_output=True, text=True, check=False)
        assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (1, True, False), done.stderr


def test_json_is_exactly_one_value_on_standard_output(unit: Unit) -> None:
    day = ["--as-of", "2030-01-01"]
    for args in (["show", "A"], ["worklist"], ["cohort"], ["verify"], ["import", unit.file(ADA)]):
        done = unit.run(*args, "--json", *day)
        assert done.returncode == 0, done.stderr
        json.loads(done.stdout)
    protocol = subprocess.run([PATHWAY, "protocol", "--json"], capture_output=True, text=True, check=True)
    assert json.loads(protocol.stdout)["review"] == "pending human review"


def test_show_all_is_one_object_a_line(unit: Unit) -> None:
    unit.run("import", unit.file({**ADA, "mrn": "B"}), "--as-of", "2030-01-01")
    lines = unit.run("show", "--all", "--json", "--as-of", "2030-01-01").stdout.splitlines()
    assert [json.loads(line)["mrn"] for line in lines] == ["A", "B"]
    assert unit.run("show", "--all", "--json", "--as-of", "2027-02-28").stdout == ""


def test_a_step_is_refused_with_every_criterion_and_taken_with_an_override(unit: Unit) -> None:
    day = ["--as-of", "2030-01-01"]
    done = unit.run("advance", "A", "begin_workup", "--on", "2027-03-02", "--json", *day)
    assert [one["id"] for one in json.loads(done.stdout)["criteria"]] == ["A1", "fact"]
    assert (
        unit.run("record", "A", "imaging", "--on", "2027-03-02", "modality=ct", "purpose=baseline", *day).returncode
        == 0
    )
    without = unit.run("advance", "A", "begin_workup", "--on", "2027-03-02", "--override", "urgent", *day)
    assert without.returncode == 1
    assert "who overrides" in without.stderr
    override = ["--override", "urgent", "--by", "dr.a"]
    assert unit.run("advance", "A", "begin_workup", "--on", "2027-03-02", *override, *day).returncode == 0
    answer = json.loads(unit.run("show", "A", "--json", *day).stdout)
    assert answer["state"] == "molecular_workup"
    assert [(one["id"], one["reason"], one["by"]) for one in answer["deviations"]] == [("A1", "urgent", "dr.a")]


@pytest.mark.req("O1", "K1", "K2", "K3", "H5")
def test_the_protocol_prints_every_number_and_what_the_guideline_says_of_itself() -> None:
    done = subprocess.run([PATHWAY, "protocol"], capture_output=True, text=True, check=True).stdout
    for said in (
        "pending human review",
        "2025-11-23",
        "local default",
        "20-45",
        "30-50",
        "18-24",
        "recurrence_within_two_years",
    ):
        assert said in done


def test_help_reads_like_a_manual_page() -> None:
    for command in ("import", "record", "advance", "show", "worklist", "cohort", "protocol", "verify", "serve", "demo"):
        done = subprocess.run([PATHWAY, command, "--help"], capture_output=True, text=True, check=True)
        assert len(done.stdout) > 300


def test_nothing_heavy_is_loaded_to_show_a_patient(unit: Unit) -> None:
    command = [sys.executable, "-X", "importtime", PATHWAY, "show", "A", "--db", unit.database, "--as-of", "2030-01-01"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert not loaded & {"pandas", "streamlit", "alembic", "apscheduler"}


@pytest.mark.req("X3")
def test_what_was_known_on_a_day_can_be_asked(unit: Unit) -> None:
    known = {**ADA, "mrn": "K", "recorded_at": "2027-03-02T08:00:00Z"}
    late = {"mrn": "K", "type": "cea", "on": "2027-03-01", "ng_per_ml": 3, "recorded_at": "2027-06-01T08:00:00Z"}
    assert unit.run("import", unit.file(known, late), "--as-of", "2030-01-01").returncode == 0
    now = json.loads(unit.run("show", "K", "--json", "--as-of", "2027-04-01").stdout)
    then = json.loads(unit.run("show", "K", "--json", "--as-known-on", "2027-04-01").stdout)
    assert [one["type"] for one in now["history"]] == ["registered", "cea"]
    assert [one["type"] for one in then["history"]] == ["registered"]


def test_an_import_shows_a_bar_on_a_terminal_and_none_elsewhere(unit: Unit) -> None:
    import os
    import pty

    file = unit.file({**ADA, "mrn": "T"})
    assert "━" not in unit.run("import", file, "--as-of", "2030-01-01").stderr
    master, slave = pty.openpty()
    command = [PATHWAY, "import", file, "--db", unit.database, "--as-of", "2030-01-01"]
    with subprocess.Popen(
        command, stderr=slave, stdout=subprocess.DEVNULL, env={**os.environ, "TERM": "xterm"}
    ) as process:
        process.wait(60)
    os.close(slave)
    assert "━" in os.read(master, 65536).decode(errors="replace")
    os.close(master)


def test_lists_are_read_from_the_replica(tmp_path: Path, unit: Unit) -> None:
    settings = f'PATHWAY_DB = "{unit.database}"\nPATHWAY_READ_DB = "sqlite:///{tmp_path}/replica.db"\n'
    (tmp_path / "pathway.toml").write_text(settings)
    subprocess.run([PATHWAY, "worklist", "--db", f"sqlite:///{tmp_path}/replica.db"], cwd=tmp_path, check=True)
    asked = [PATHWAY, "cohort", "--json", "--as-of", "2030-01-01"]
    done = subprocess.run(asked, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert json.loads(done.stdout)["patients"] == 0
    assert json.loads(unit.run(*asked[1:]).stdout)["patients"] == 1
