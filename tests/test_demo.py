"""The demo: real patients, moved to today as they are; a database of its own; nothing left behind."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pathway import demo, serving, settings, views
from pathway.demo import people, registry
from pathway.protocol import load
from pathway.store import Store
from tests.processes import left, port

DAYS = [
    *(date(2026, 11, 23) + timedelta(days=n) for n in range(7)),
    date(2026, 12, 31),
    date(2027, 2, 28),
    date(2028, 2, 29),
    date(2027, 8, 31),
]
"""Each day of a week, month ends, a leap day."""
each_day = pytest.mark.parametrize(
    "today", [DAYS[0], *(pytest.param(day, marks=pytest.mark.slow) for day in DAYS[1:])], ids=str
)


def filled(folder: Path, today: date) -> Store:
    store = Store(f"sqlite:///{folder}/demo.db")
    now = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    recorded = demo.fill(store, folder, demo.registered(today), today=today, now=now)["recorded"]
    assert recorded == sum(map(len, registry.patients(today))), "no line was refused"
    return store


def on(event: dict[str, Any]) -> date:
    return date.fromisoformat(event["on"])


# --- the patients ---


def test_the_registry_is_packaged_whole_with_its_citation_and_licence() -> None:
    rows = registry.registry()
    assert (len(rows), len({row["mrn"] for row in rows})) == (1481, 197)
    about = Path(demo.__file__).parent.with_name("data").joinpath("README.md").read_text(encoding="utf-8")
    for text in (about, registry.CITATION):
        assert "10.7937/QXK2-QG03" in text
        assert "CC BY 4.0" in text


@each_day
def test_every_patient_has_one_shift_and_nothing_lies_ahead(today: date) -> None:
    original: dict[str, list[dict[str, Any]]] = {}
    for row in registry.registry():
        original.setdefault(row["mrn"], []).append(row)
    moved = {events[0]["mrn"]: events for events in registry.patients(today)}
    assert moved.keys() == original.keys()
    for mrn, before in original.items():
        after = moved[mrn]
        shift = on(next(e for e in after if e["type"] == "registered")) - on(
            next(e for e in before if e["type"] == "registered")
        )
        assert [(e["type"], on(e)) for e in after] == [
            (e["type"], on(e) + shift) for e in before if on(e) + shift <= today
        ], "what is left out lies after today, and every interval is the source's"
        born = [date.fromisoformat(events[0]["birth_date"]) for events in (before, after)]
        assert born[1] - born[0] == shift, "and so is her age"
        kept = [
            {k: v for k, v in e.items() if k not in ("on", "birth_date", "name", "navigator", "site")} for e in after
        ]
        assert all(any(one.items() <= e.items() for e in before) for one in kept), (
            "nothing else is changed, nothing is added"
        )


@each_day
def test_operations_fall_on_working_days(today: date) -> None:
    operated = [on(e) for events in registry.patients(today) for e in events if e["type"] == "surgery_performed"]
    assert {day.weekday() for day in operated} == {1, 2, 3, 4}


def test_names_are_made_up_and_no_two_share_one() -> None:
    registered = [e for events in registry.patients(DAYS[0]) for e in events if e["type"] == "registered"]
    names = [e["name"] for e in registered]
    assert len(set(names)) == 197
    assert all(re.fullmatch(r"[A-Z][a-z]+, [A-Z][a-z]+", name) for name in names)
    assert all(e["name"].split(", ")[1] in people.GIVEN[e["sex"]] for e in registered)
    assert {e["navigator"] for e in registered} == set(people.NAVIGATORS)
    assert {e["site"] for e in registered} == set(people.SITES)
    assert list(registry.patients(DAYS[0])) == list(registry.patients(DAYS[0]))


@each_day
def test_today_has_something_overdue_due_soon_and_recent(tmp_path: Path, today: date) -> None:
    store = filled(tmp_path, today)
    lines = views.lines(store, day=today, protocol=load())
    store.close()
    assert Counter(line.state for line in lines).keys() == {"surveillance", "closed"}
    for navigator in people.NAVIGATORS:
        hers = [line.alerts[0] for line in lines if line.owner == navigator and line.alerts]
        count = Counter(alert["status"] for alert in hers)
        assert min(count["overdue"], count["due"], count["upcoming"]) >= 5, navigator
        assert any(alert["severity"] == "urgent" for alert in hers), navigator
    everybody = [alert for line in lines for alert in line.alerts]
    soon = (today + timedelta(days=7)).isoformat()
    assert sum(a["status"] == "upcoming" and a["opens_on"] <= soon for a in everybody) >= 3
    assert sum(a["status"] == "due" and a["severity"] == "urgent" for a in everybody) >= 3
    late = [(today - date.fromisoformat(a["due_on"])).days for a in everybody if a["status"] == "overdue"]
    assert max(late) < 250, "nobody is years late"
    assert sum(days <= 60 for days in late) > len(late) * 0.6
    urgent = [a for a in everybody if a["severity"] == "urgent" and a["status"] == "overdue"]
    assert all(today - date.fromisoformat(a["due_on"]) <= timedelta(days=7) for a in urgent)
    recent = [e for events in registry.patients(today) for e in events if on(e) >= today - timedelta(days=14)]
    assert len(recent) >= 10


# --- its own database, and its own settings ---


def test_its_processes_are_told_nothing_of_the_sites_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DB", "READ_DB", "SMTP_URL", "MAIL_FROM", "KEY", "PROTOCOL", "BASE_URL", "HOST", "PORT"):
        monkeypatch.setenv(f"PATHWAY_{name}", "the site's own")
    monkeypatch.setattr(settings, "load", lambda: settings.Settings(time_zone="Europe/Berlin", port=1))
    ours = {name: value for name, value in demo.environment().items() if name.startswith("PATHWAY_")}
    assert ours == {"PATHWAY_TIME_ZONE": "Europe/Berlin", "PATHWAY_NAVIGATOR": "nina"}


def test_it_never_serves_the_sites_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: dict[str, Any] = {}

    def serve(url: str, **given: Any) -> int:
        with Store(url).read() as connection:
            served.update(given, url=url, count=connection.exec_driver_sql("SELECT count(*) FROM record").scalar())
        return 0

    mine = tmp_path / "mine.db"
    Store(f"sqlite:///{mine}").close()
    before = mine.read_bytes()
    monkeypatch.setenv("PATHWAY_DB", f"sqlite:///{mine}")
    monkeypatch.setattr(serving, "serve", serve)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert demo.run(host="127.0.0.1", port=port(), today=DAYS[0], now=now, patients=20) == 0
    assert served["count"] == 20
    assert str(mine) not in served["url"]
    assert served["folder"] in served["url"]
    assert mine.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir() if "mine" not in path.name) == [], "its folder is gone"


# --- the whole ---


class Running:
    """`pathway demo` as a visitor starts it, with a site's own settings around."""

    def __init__(self, tmp_path: Path, *args: str) -> None:
        self.home, self.temp, self.site = (tmp_path / name for name in ("home", "temp", "site"))
        for folder in (self.home, self.temp, self.site):
            folder.mkdir()
        url = f"sqlite:///{self.site}/mine.db"
        (self.home / "pathway.toml").write_text(f'PATHWAY_DB = "{url}"\nPATHWAY_READ_DB = "{url}"\n', encoding="utf-8")
        (self.home / "scheduler.py").write_text("raise SystemExit('somebody else is called so')", encoding="utf-8")
        self.port = port()
        self.process = subprocess.Popen(
            [str(Path(sys.executable).with_name("pathway")), "demo", "--port", str(self.port), *args],
            cwd=self.home,
            env={**os.environ, "PATHWAY_DB": url, "TMPDIR": str(self.temp), "http_proxy": "http://127.0.0.1:9"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []

    def address(self) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if line.startswith("http"):
                return line.strip()
        raise AssertionError(f"no address: {self.said}")

    def end(self, name: signal.Signals) -> float:
        """The seconds until it ended."""
        begun = time.perf_counter()
        self.process.send_signal(name)
        out, self.errors = self.process.communicate(timeout=30)
        self.said += out.splitlines()
        return time.perf_counter() - begun

    def left(self) -> list[int]:
        return left(str(self.temp))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "args", "said"),
    [
        pytest.param(signal.SIGINT, ("--registry",), "CC BY 4.0", id="the registry, Ctrl-C"),
        pytest.param(signal.SIGTERM, ("--patients", "60"), "a unit of 60 made-up patients", id="a small unit, SIGTERM"),
        pytest.param(signal.SIGHUP, (), "a unit of 400 made-up patients", id="the unit, terminal closed"),
    ],
)
def test_it_prints_one_address_that_answers_and_ends_leaving_nothing(
    tmp_path: Path, name: signal.Signals, args: tuple[str, ...], said: str
) -> None:
    demo_ = Running(tmp_path, *args)
    try:
        address = demo_.address()
        assert address == f"http://127.0.0.1:{demo_.port}"
        found = serving.health("127.0.0.1", demo_.port)
        assert found is not None
        assert found["ok"] is True
        assert 3 <= len(demo_.left()) <= 4, "the demo, its two processes, and what tracked those that drew the unit"
        assert demo_.end(name) < 5
        assert demo_.process.returncode == 0
        assert demo_.left() == []
        assert list(demo_.temp.iterdir()) == []
        assert list(demo_.site.iterdir()) == [], "the site's database was not even made"
        assert [line for line in demo_.said if "http" in line] == [f"{address}\n"]
        assert any(said in line for line in demo_.said)
        assert "D-00" not in "".join(demo_.said) + demo_.errors
        assert "CRLM-" not in "".join(demo_.said) + demo_.errors
    finally:
        demo_.process.kill()


@pytest.mark.slow
@pytest.mark.parametrize("moment", [0, 2.5], ids=["at once", "while it draws"])
def test_stopped_while_it_fills_it_leaves_nothing_either(tmp_path: Path, moment: float) -> None:
    demo_ = Running(tmp_path)
    try:
        while not list(demo_.temp.iterdir()):
            time.sleep(0.005)
        time.sleep(moment)
        assert demo_.end(signal.SIGTERM) < 5
        assert demo_.process.returncode == 0
        assert demo_.left() == []
        assert list(demo_.temp.iterdir()) == []
    finally:
        demo_.process.kill()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only the kernel tells a child that its parent was killed")
def test_killed_it_takes_its_processes_with_it(tmp_path: Path) -> None:
    demo_ = Running(tmp_path, "--patients", "120")
    try:
        demo_.address()
        demo_.end(signal.SIGKILL)
        waited = time.perf_counter() + 5
        while demo_.left() and time.perf_counter() < waited:
            time.sleep(0.05)
        assert demo_.left() == []
    finally:
        demo_.process.kill()
        shutil.rmtree(demo_.temp)
