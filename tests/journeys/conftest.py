# ruff: noqa: E501 - the tables of events read down their columns
"""A unit with a few made-up patients, served by the real processes to a real browser."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from pathway.protocol import load
from pathway.serving import free_port
from pathway.tracker import Store, import_file
from pathway.tracker.importing import rejected_path
from tests.histories import TEAM

TODAY = datetime.now(UTC).date()
PICTURES = Path("build/screens")
IN_THE_MANUAL = Path("docs/pictures")
LARGEST = 250_000
"""Bytes of a picture in the repository."""
SLOW_MS = 30_000
ROW_PX = 31


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def operated(mrn: str, name: str, days: int) -> list[dict[str, Any]]:
    """A patient in surveillance, operated so many days ago."""
    return [
        {"mrn": mrn, "type": "registered", "on": ago(days), "name": name, "birth_date": "1958-04-11", "sex": "female", "navigator": "nina", "site": "hub"},
        {"mrn": mrn, "type": "surgery_performed", "on": ago(days), "procedure": "resection", "margin": "R0"},
        {"mrn": mrn, "type": "primary_identified", "on": ago(days), "primary": "colorectal", "method": "colonoscopy", "resected": True},
        {"mrn": mrn, "type": "taken_over", "on": ago(days), "state": "surveillance"},
    ]  # fmt: skip


def in_reassessment(mrn: str, name: str, remnant: float) -> list[dict[str, Any]]:
    """A patient after chemotherapy, whose remnant was measured and whose ECOG was not recorded again."""
    rows: list[tuple[int, str, dict[str, Any]]] = [
        (120, "registered", {"name": name, "birth_date": "1961-02-03", "sex": "male", "navigator": "nina", "site": "hub"}),
        (120, "referred", {"site": "hub", "high_volume_centre": True}),
        (119, "primary_identified", {"primary": "colorectal", "method": "colonoscopy", "location": "sigmoid"}),
        (118, "imaging", {"modality": "ct", "purpose": "baseline", "lesion_count": 7, "bilobar": True, "extrahepatic": "none"}),
        (118, "performance_status", {"ecog": 0}),
        (116, "advanced", {"trigger": "begin_workup"}),
        (110, "molecular_result", {"mmr": "proficient", "ras": "wild_type", "braf": "wild_type"}),
        (108, "mdt_decision", {"present": TEAM, "plan": "start_neoadjuvant"}),
        (100, "advanced", {"trigger": "start_neoadjuvant"}),
        (100, "systemic_started", {"intent": "neoadjuvant", "regimen": "FOLFIRI", "biologic": "panitumumab"}),
        (100, "cycle_given", {"number": 1}),
        (60, "cycle_given", {"number": 4}),
        (41, "imaging", {"modality": "ct", "purpose": "reassessment", "lesion_count": 6, "largest_mm": 19, "response": "partial", "extrahepatic": "none"}),
        (41, "advanced", {"trigger": "reassess"}),
        (39, "volumetry", {"remnant_percent": remnant, "remnant_segments": 3}),
    ]  # fmt: skip
    return [{"mrn": mrn, "type": kind, "on": ago(days), **fields} for days, kind, fields in rows]


@dataclass
class Unit:
    """The database and the address of a running dashboard."""

    database: str
    address: str

    def pathway(self, *args: str, ok: bool = True) -> str:
        """Run the command line on this unit's database."""
        command = [str(Path(sys.executable).with_name("pathway")), *args, "--db", self.database]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) is ok, done.stdout + done.stderr
        return done.stdout

    def take_in(self, lines: Path) -> None:
        """Import a file. Steps may be refused in it, as the drawn unit's are; nothing else."""
        done = import_file(Store(self.database), lines, today=TODAY, now=datetime.now(UTC), protocol=load())
        rejected = rejected_path(lines)
        refused = rejected.read_text(encoding="utf-8").splitlines() if done.refused else []
        assert all(json.loads(line)["type"] == "advanced" for line in refused)

    def shown(self, mrn: str) -> dict[str, Any]:
        """What `pathway show` says of a patient now."""
        found: dict[str, Any] = json.loads(self.pathway("show", mrn, "--json"))
        return found

    def rules(self, mrn: str) -> dict[str, dict[str, Any]]:
        """What she is owed, by rule."""
        return {alert["rule"]: alert for alert in self.shown(mrn)["alerts"]}


@pytest.fixture
def start_unit(tmp_path: Path) -> Iterator[Callable[[list[dict[str, Any]]], Unit]]:
    """Starts a unit with the given events; ended after the test."""
    running: list[subprocess.Popen[bytes]] = []

    def start(events: list[dict[str, Any]], *, navigator: str = "nina") -> Unit:
        port = free_port("127.0.0.1", 8800 + os.getpid() % 1000)
        unit = Unit(f"sqlite:///{tmp_path}/unit.db", f"http://127.0.0.1:{port}")
        lines = tmp_path / "unit.jsonl"
        lines.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
        unit.take_in(lines)
        environment = {
            **os.environ,
            "PATHWAY_DB": unit.database,
            "PATHWAY_PORT": str(port),
            "PATHWAY_NAVIGATOR": navigator,
        }
        running.append(subprocess.Popen([sys.executable, "-m", "dashboard"], env=environment))
        _wait(unit.address)
        return unit

    yield start
    for process in running:
        process.terminate()
        process.wait(10)


def _wait(address: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=2)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the dashboard does not answer")


class Hand:
    """A navigator's hand in a browser: it counts what it does, and keeps every address that the browser asks for."""

    def __init__(self, page: Page, unit: Unit) -> None:
        self.page = page
        self.unit = unit
        self.actions = 0
        self.addresses: list[str] = []
        page.set_default_timeout(SLOW_MS)
        page.on("request", lambda request: self.addresses.append(request.url))
        page.on("websocket", lambda socket: self.addresses.append(socket.url))

    def go(self, path: str = "/") -> Hand:
        """Open an address, and wait until the page stands."""
        self.page.goto(self.unit.address + path)
        return self.rest()

    def rest(self) -> Hand:
        """Wait until the server has run, twice in a row: a callback can ask for a second run."""
        for _ in range(2):
            self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
            self.page.wait_for_timeout(120)
        return self

    def click(self, what: Locator) -> Hand:
        """One click."""
        self.actions += 1
        what.click()
        return self.rest()

    def press(self, key: str) -> Hand:
        """One key."""
        self.actions += 1
        self.page.keyboard.press(key)
        return self.rest()

    def button(self, name: str) -> Hand:
        """One click on the button of that name."""
        return self.click(self.page.get_by_role("button", name=name, exact=True))

    def option(self, name: str) -> Hand:
        """One click on one of several that stand beside each other."""
        return self.click(self.page.get_by_role("radio", name=name, exact=True))

    def row(self, number: int) -> Hand:
        """One click on a line of the worklist, the first being 0."""
        box = self.page.locator("[data-testid=stDataFrame]").bounding_box()
        assert box is not None
        self.actions += 1
        self.page.mouse.click(box["x"] + 180, box["y"] + ROW_PX * (number + 1) + ROW_PX / 2)
        self.page.wait_for_timeout(300)  # the table tells of a choice a moment after the click
        return self.rest()

    def scroll(self, pixels: int) -> Hand:
        """Down the page; what is drawn there is given its time."""
        self.page.mouse.move(684, 60)
        self.page.mouse.wheel(0, pixels)
        return self.rest()

    def find(self, text: str) -> Hand:
        """Write into the search: a click, the text, Enter."""
        field = self.page.get_by_placeholder("Find by name or MRN")
        self.click(field)
        if field.input_value():
            self.press("Control+A")
        self.page.keyboard.type(text)
        return self.press("Enter")

    @property
    def name(self) -> Locator:
        """Whose panel is open, to wait for: the list tells of a choice a moment after the click."""
        return self.page.locator(".st-key-panel h4")

    @property
    def chosen(self) -> str:
        """Whose panel is open."""
        return self.name.inner_text()

    @property
    def said(self) -> Locator:
        """What the page says of the last entry."""
        return self.page.locator(".st-key-said").get_by_role("alert")

    @property
    def foreign(self) -> list[str]:
        """Every request that left this machine."""
        ours = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")
        return [address for address in self.addresses if not address.startswith(ours)]

    def named(self, *words: str) -> list[str]:
        """Every address that has one of the words in it."""
        return [address for address in self.addresses if any(word in address for word in words)]

    def picture(self, name: str) -> None:
        """A screenshot to look at; not committed."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.wait_for_timeout(900)
        self.page.screenshot(path=PICTURES / f"{name}.png")

    def keep(self, name: str) -> None:
        """A screenshot for the manual: taken each time, kept in docs/pictures where PATHWAY_PICTURES is set."""
        self.picture(name)
        taken = PICTURES / f"{name}.png"
        assert taken.stat().st_size < LARGEST
        if os.environ.get("PATHWAY_PICTURES"):
            shutil.copy(taken, IN_THE_MANUAL / f"{name}.png")


@pytest.fixture
def hand(page: Page) -> Callable[[Unit], Hand]:
    """Sits down at a unit."""
    return lambda unit: Hand(page, unit)
