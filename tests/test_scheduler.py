"""The look at what is owed: each threshold once, in order of days; one scheduler on duty; no patient in the log."""

from __future__ import annotations

import json
import logging
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select, update

from pathway import settings, views
from pathway.alerts import DUE, OVERDUE, SNOOZED, UPCOMING, URGENT, Kept, quiet_until, seen
from pathway.protocol import Protocol, load, read
from pathway.store import Store, tables
from pathway.store.derived import kept_of
from pathway.store.looks import Seen
from pathway.tracker import adopting, import_file, looking, record
from pathway.tracker.leasing import hold, release
from pathway.tracker.looking import foresee, look, look_at, passed
from pathway.tracker.verifying import differences, rebuild
from scheduler import jobs
from scheduler.__main__ import main

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
ENTRY = date(2030, 1, 1)
CT = "surveillance_ct"
on_both = pytest.mark.parametrize(
    "store", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty database; SQLite, unless the test asks for both."""
    if getattr(request, "param", "sqlite") == "sqlite":
        opened = Store(f"sqlite:///{tmp_path}/clinic.db")
    else:
        opened = Store(request.getfixturevalue("new_postgres_url")())
    yield opened
    opened.close()


def put(store: Store, kind: str, on: str, /, mrn: str = "MRN-77", **fields) -> None:
    found = {"mrn": mrn, "type": kind, "on": on, **fields}
    record(store, found, today=ENTRY, now=NOW, protocol=load())


def operated(store: Store, mrn: str = "MRN-77", *, year: int = 2027) -> None:
    """Operated on 1 March: the CT opens on 1 June, is due on 1 September."""
    about = {"name": "Ada Secret", "birth_date": "1958-04-11", "sex": "female", "navigator": "nina"}
    day = f"{year}-03-01"
    put(store, "registered", day, mrn, **about)
    put(store, "surgery_performed", day, mrn, id="op", procedure="resection", margin="R0")
    put(store, "primary_identified", day, mrn, primary="colorectal", method="colonoscopy", resected=True)
    put(store, "taken_over", day, mrn, state="surveillance")
    put(store, "mdt_decision", f"{year}-03-02", mrn, present=["hepatobiliary_surgeon"], plan="begin_surveillance")


def moved(store: Store, to: str, *, on: str = "2027-06-15") -> None:
    """The operation was on another day, one learns: what hangs on it moves with it."""
    put(store, "corrected", on, event="op", replacement={"on": to, "procedure": "resection"})


def look_on(store: Store, day: str, protocol: Protocol | None = None) -> dict[str, int]:
    found = look(store, day=date.fromisoformat(day), now=NOW, protocol=protocol or load())
    return {f"{rule} {threshold}": count for (rule, threshold), count in found.items()}


def of(rule: str, found: dict[str, int]) -> set[str]:
    return {key.removeprefix(f"{rule} ") for key in found if key.startswith(f"{rule} ")}


def sightings(store: Store) -> list[tuple[date, str, str]]:
    """In the order in which they were recorded."""
    columns = [tables.sighting.c[name] for name in ("day", "rule", "threshold")]
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(tables.sighting.c.id))]


# --- what a look raises ---


@on_both
def test_each_threshold_is_raised_once_on_its_day(store: Store) -> None:
    operated(store)
    raised = [
        ("2027-05-31", set()),
        ("2027-06-01", {"opened"}),
        ("2027-06-02", set()),
        ("2027-08-31", set()),
        ("2027-09-01", {"due"}),
        ("2027-09-02", {"overdue"}),
        ("2027-12-24", set()),
    ]
    assert [(day, of(CT, look_on(store, day))) for day, _ in raised] == raised


@on_both
def test_a_second_look_raises_nothing_twice(store: Store) -> None:
    operated(store)
    first = look_on(store, "2027-09-02")
    assert of(CT, first) == {"opened", "due", "overdue"}
    before = sightings(store)
    assert look_on(store, "2027-09-02") == {}
    assert look_on(store, "2027-06-15") == {}, "a look at an earlier day finds nothing new"
    assert sightings(store) == before


@on_both
def test_two_that_look_at_the_same_time_raise_it_once_between_them(store: Store) -> None:
    for number in range(20):
        operated(store, f"MRN-{number}")
    with ThreadPoolExecutor(4) as several:
        found = list(several.map(lambda _: look_on(store, "2027-09-02"), range(4)))
    assert sum(one.get(f"{CT} overdue", 0) for one in found) == 20
    assert len(set(sightings(store))) == len({(day, rule, threshold) for day, rule, threshold in sightings(store)})
    assert len(sightings(store)) == sum(sum(one.values()) for one in found)


@on_both
@pytest.mark.parametrize("step", [1, 2, 5_000])
def test_after_a_long_sleep_it_catches_up_in_order_of_days(
    store: Store, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it takes several transactions."""
    monkeypatch.setattr(looking, "STEP", step)
    operated(store)
    operated(store, "MRN-78")
    put(store, "recurrence", "2027-07-10", "MRN-78", sites=["liver"])
    look_on(store, "2027-05-31")
    found = look_on(store, "2027-09-20")
    days = [day for day, _, _ in sightings(store)]
    assert days == sorted(days)
    assert len(days) == sum(found.values())
    assert of(CT, found) == {"opened", "due", "overdue"}
    assert (date(2027, 7, 24), "mdt_review", "due") in sightings(store), "the days are those on which it happened"


def test_what_was_met_between_two_looks_is_not_raised(store: Store) -> None:
    operated(store)
    look_on(store, "2027-05-31")
    put(store, "imaging", "2027-06-10", modality="ct", purpose="surveillance")
    put(store, "cea", "2027-06-10", ng_per_ml=2.0)
    assert look_on(store, "2027-09-09") == {}
    assert of(CT, look_on(store, "2027-09-10")) == {"opened"}, "the next one, three months after the last"


@pytest.mark.parametrize(
    ("kind", "fields"), [("died", {}), ("withdrawn", {"reason": "transferred"})], ids=["died", "withdrawn"]
)
def test_nothing_is_raised_for_who_is_dead_or_gone(store: Store, kind: str, fields: dict[str, str]) -> None:
    operated(store)
    put(store, kind, "2027-05-01", **fields)
    assert look_on(store, "2028-01-01") == {}


def test_a_death_recorded_in_error_brings_back_what_is_owed(store: Store) -> None:
    operated(store)
    put(store, "died", "2027-05-01", id="wrong")
    assert look_on(store, "2027-06-01") == {}
    put(store, "corrected", "2027-06-02", event="wrong")
    assert of(CT, look_on(store, "2027-06-02")) == {"opened"}


def test_what_is_urgent_is_raised_as_such_when_it_opens(store: Store) -> None:
    operated(store)
    put(store, "recurrence", "2027-05-05", sites=["liver"])
    assert of("mdt_review", look_on(store, "2027-05-05")) == {"opened", "urgent"}


@on_both
def test_what_is_snoozed_is_raised_when_the_snooze_ends(store: Store) -> None:
    operated(store)
    put(store, "snoozed", "2027-05-20", rule=CT, until="2027-06-15", reason="on holiday")
    raised = [
        ("2027-05-31", set()),
        ("2027-06-01", set()),
        ("2027-06-14", set()),
        ("2027-06-15", {"opened"}),
        ("2027-06-16", set()),
        ("2027-09-01", {"due"}),
    ]
    assert [(day, of(CT, look_on(store, day))) for day, _ in raised] == raised


def test_what_was_raised_and_snoozed_then_goes_on_where_it_was(store: Store) -> None:
    operated(store)
    assert of(CT, look_on(store, "2027-08-31")) == {"opened"}
    put(store, "snoozed", "2027-08-31", rule=CT, until="2027-09-20", reason="on holiday")
    assert of(CT, look_on(store, "2027-09-10")) == set()
    assert of(CT, look_on(store, "2027-09-20")) == {"due", "overdue"}


@on_both
def test_what_moves_to_a_day_after_the_look_that_saw_it_is_raised_again_on_that_day(store: Store) -> None:
    operated(store)
    look_on(store, "2027-06-01")
    moved(store, "2027-03-11", on="2027-06-02")
    assert of(CT, look_on(store, "2027-06-10")) == set()
    assert of(CT, look_on(store, "2027-06-11")) == {"opened"}
    assert look_on(store, "2027-06-12") == {}


@on_both
@pytest.mark.parametrize(
    ("to", "opens"), [("2027-02-20", "20 May"), ("2027-03-10", "10 June"), ("2027-03-15", "15 June")]
)
def test_what_moves_to_a_day_up_to_the_look_that_saw_it_is_not_raised_again(store: Store, to: str, opens: str) -> None:
    operated(store)
    assert of(CT, look_on(store, "2027-06-15")) == {"opened"}, "two weeks late"
    moved(store, to)
    assert of(CT, look_on(store, "2027-06-30")) == set(), f"whoever was told on 15 June knows what opened on {opens}"
    assert of(CT, look_on(store, "2027-09-15")) == {"due"} | ({"overdue"} if to < "2027-03-15" else set())


def test_a_change_that_moves_no_date_is_not_raised_again(store: Store) -> None:
    operated(store)
    assert of(CT, look_on(store, "2027-09-02")) == {"opened", "due", "overdue"}
    put(store, "reassigned", "2027-09-02", navigator="olga")
    assert look_on(store, "2027-09-03") == {}


def test_a_patient_registered_later_is_not_looked_at(store: Store) -> None:
    operated(store)
    assert look_on(store, "2027-02-28") == {}


def test_of_looks_that_found_nothing_only_the_last_is_kept_and_says_when(store: Store) -> None:
    operated(store)
    look_on(store, "2027-06-01")
    for minute in range(5):
        look(store, day=date(2027, 6, 1), now=NOW + timedelta(minutes=minute), protocol=load())
    with store.read() as connection:
        found = connection.execute(select(tables.look.c.found).order_by(tables.look.c.id)).scalars().all()
    assert found == [2, 0], "CT and CEA opened; then nothing"
    assert views.last_look(store) == NOW + timedelta(minutes=4)


_days = st.dates(date(2027, 1, 1), date(2027, 2, 28))


@given(_days, _days, st.none() | st.just(date.min) | _days, _days)
def test_the_thresholds_passed_are_what_the_worklist_says(
    opens: date, due: date, urgent: date | None, day: date
) -> None:
    """Whichever of the two dates comes first: nobody is told of what the list calls upcoming."""
    owed = Kept("mdt_review", "e", opens, due, urgent, None, None, None, "nina", "why", "source")
    told = {one.threshold for one in passed(owed, day, 1)}
    shown = seen(owed, "MRN", day)
    opened = shown["status"] != UPCOMING
    assert ("opened" in told) is opened
    assert ("due" in told) is (opened and day >= due)
    assert ("overdue" in told) is (shown["status"] == OVERDUE)
    assert ("urgent" in told) is (opened and shown["severity"] == URGENT)
    assert (shown["status"] == DUE) is (opened and "overdue" not in told)
    assert all(one.day <= day for one in passed(owed, day, 1))


@given(_days, _days, st.none() | st.just(date.min) | _days, st.none() | _days, st.none() | _days)
def test_one_who_looks_only_when_told_to_sees_what_one_who_looks_daily_sees(
    opens: date, due: date, urgent: date | None, quiet: date | None, quiet_if_urgent: date | None
) -> None:
    """`look_on` leaves out no day on which something has to be raised."""
    if quiet is None or (quiet_if_urgent is not None and quiet_if_urgent > quiet):
        quiet_if_urgent = quiet  # the snoozes of a week are some of all
    owed = Kept("mdt_review", "e", opens, due, urgent, None, quiet, quiet_if_urgent, "nina", "why", "source")
    daily: dict[str, date] = {}
    told: dict[str, date] = {}
    known: Seen = {}
    next_on: date | None = opens
    for number in range(70):
        day = date(2026, 12, 31) + timedelta(days=number)
        raised = {one.threshold for one in passed(owed, day, 1)} if seen(owed, "", day)["status"] != SNOOZED else set()
        daily |= dict.fromkeys(raised - daily.keys(), day)
        if next_on is not None and next_on <= day:
            new, next_on = look_at(owed, 1, day=day, until=day, known=known)
            told |= {one.threshold: day for one in new}
            known |= {one[1:]: day for one in new}
    assert told == daily
    assert next_on is None


# --- by what it looks ---


def watched(store: Store) -> dict[str, date | None]:
    """Of each rule the day on which it has to be looked at next."""
    with store.read() as connection:
        rows = connection.execute(select(tables.obligation.c.rule, tables.obligation.c.look_on))
        return {row.rule: row.look_on for row in rows}


@on_both
def test_each_row_says_when_it_has_to_be_looked_at_next(store: Store) -> None:
    operated(store)
    assert watched(store)[CT] == date(2027, 6, 1), "when it opens"
    for day, after in [
        ("2027-05-31", date(2027, 6, 1)),
        ("2027-06-01", date(2027, 9, 1)),
        ("2027-08-31", date(2027, 9, 1)),
        ("2027-09-01", date(2027, 9, 2)),
        ("2027-09-02", None),
    ]:
        look_on(store, day)
        assert watched(store)[CT] == after, day


def test_it_asks_no_question_that_walks_through_a_table(store: Store) -> None:
    """Its cost follows what is due: every question is answered by an index."""
    operated(store)
    asked: list[tuple[str, Any]] = []
    for engine in (store._reading, store._writing):

        @event.listens_for(engine, "before_cursor_execute")
        def _asked(_c: object, _cursor: object, statement: str, values: Any, _x: object, many: bool) -> None:
            asked.append((statement, values[0] if many else values))

    look_on(store, "2027-06-01")
    put(store, "imaging", "2027-06-10", modality="ct", purpose="other")
    look_on(store, "2027-06-05")
    plans = []
    with store.read() as connection:
        for statement, values in asked:
            if statement.split()[0] in ("SELECT", "UPDATE", "DELETE"):
                plans += connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    walked = [what for *_, what in plans if what.startswith("SCAN")]
    assert len(plans) > 10
    assert walked == []


@on_both
def test_whose_rows_do_not_speak_for_the_day_is_replayed_and_raised_once(store: Store) -> None:
    operated(store)
    put(store, "contact", "2027-07-01", outcome="reached")
    assert of(CT, look_on(store, "2027-06-01")) == {"opened"}, "an event lies after that day"
    assert look_on(store, "2027-06-30") == {}
    assert look_on(store, "2027-07-01") == {}, "now the rows speak; the opening is seen"
    assert of(CT, look_on(store, "2027-09-01")) == {"due"}


def test_what_is_met_while_histories_are_replayed_is_not_raised(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    operated(store)
    put(store, "contact", "2027-07-01", outcome="reached")
    replay = looking._replay

    def slowly(*asked: Any) -> object:
        found = replay(*asked)
        put(store, "died", "2027-05-30")
        return found

    monkeypatch.setattr(looking, "_replay", slowly)
    assert look_on(store, "2027-06-01") == {}
    monkeypatch.setattr(looking, "_replay", replay)
    assert look_on(store, "2027-06-01") == {}


@pytest.mark.postgres
def test_what_somebody_writes_during_a_look_is_neither_waited_for_nor_lost(
    new_postgres_url: Callable[[], str],
) -> None:
    store = Store(new_postgres_url())
    operated(store)
    operated(store, "MRN-78")
    other = update(tables.obligation).where(tables.obligation.c.record_id == 1)
    with store.write() as writing:
        writing.execute(other.values(reason="changed", look_on=tables.obligation.c.opens_on))
        with ThreadPoolExecutor(1) as aside:
            assert aside.submit(look_on, store, "2027-06-01").result(timeout=10)[f"{CT} opened"] == 1
    assert look_on(store, "2027-06-01")[f"{CT} opened"] == 1
    assert look_on(store, "2027-06-01") == {}
    store.close()


@on_both
def test_deriving_anew_neither_loses_nor_repeats_a_sighting(store: Store) -> None:
    operated(store)
    look_on(store, "2027-06-01")
    before = sightings(store)
    with store.write() as connection:
        connection.execute(update(tables.obligation).values(look_on=None))
    assert list(differences(store, protocol=load())) == [], "it is the scheduler's own, and does not follow from events"
    assert rebuild(store, protocol=load()) == 0
    assert look_on(store, "2027-06-02") == {}
    assert sightings(store) == before
    assert of(CT, look_on(store, "2027-09-01")) == {"due"}, "what was wrong is mended"


@on_both
def test_another_protocol_neither_loses_nor_repeats_a_sighting(store: Store) -> None:
    put(store, "registered", "2027-03-01", name="Ada Secret", birth_date="1958-04-11", sex="female")
    slower = read(Path("pathway/protocol.toml").read_text(encoding="utf-8"), "[numbers.refer_due_days]\nvalue = 30\n")
    rule = "refer_to_centre"
    old_due = views.worklist(store, day=date(2027, 3, 1), protocol=load())
    (due_on,) = [date.fromisoformat(one["due_on"]) for one in old_due if one["rule"] == rule]
    assert of(rule, look_on(store, due_on.isoformat())) == {"opened", "due"}
    assert of(rule, look_on(store, "2027-03-30", slower)) == set(), "replayed: it is due on the 31st now"
    adopting.adopt(store, protocol=slower, now=NOW)
    assert of(rule, look_on(store, "2027-03-30", slower)) == set()
    assert of(rule, look_on(store, "2027-03-31", slower)) == {"due"}, "its day came once more"
    assert of(rule, look_on(store, "2027-04-01", slower)) == {"overdue"}
    assert look_on(store, "2027-04-01", slower) == {}


@on_both
def test_what_would_be_raised_is_what_then_is_and_is_not_recorded(store: Store) -> None:
    operated(store)
    operated(store, "MRN-78")
    put(store, "contact", "2027-12-01", "MRN-78", outcome="reached")
    look_on(store, "2027-06-01")
    before, rows = sightings(store), watched(store)
    would = foresee(store, day=date(2027, 9, 2), protocol=load())
    assert would[CT, "overdue"] == 2
    assert (sightings(store), watched(store)) == (before, rows)
    assert look(store, day=date(2027, 9, 2), now=NOW, protocol=load()) == would
    assert foresee(store, day=date(2027, 9, 2), protocol=load()) == {}


class Drawn:
    """Real patients told day by day, with snoozes and with facts that are corrected to another day."""

    def __init__(self, store: Store, folder: Path, seed: int) -> None:
        self.store, self.file, self.draw = store, folder / "day.jsonl", random.Random(seed)
        lines = Path("pathway/data/tcia_crlm_197.jsonl").read_text(encoding="utf-8").splitlines()
        told = [json.loads(line) for line in lines]
        some = set(self.draw.sample(sorted({one["mrn"] for one in told}), 15))
        self.rest = sorted((one for one in told if one["mrn"] in some), key=lambda one: one["on"], reverse=True)
        self.moves: list[dict[str, Any]] = []

    def tell(self, day: date) -> None:
        batch = []
        while self.rest and self.rest[-1]["on"] <= day.isoformat():
            one = self.rest.pop()
            batch.append({"id": f"e{len(self.rest)}", **one})
            if one["type"] in ("surgery_performed", "imaging"):
                self.moves.append(batch[-1])
        for one in self.draw.sample(self.moves, min(2, len(self.moves))):
            on = date.fromisoformat(one["on"]) + timedelta(days=self.draw.choice([-20, -3, 3, 20, 60]))
            fields = {name: value for name, value in one.items() if name not in ("mrn", "type", "id")}
            found = {"mrn": one["mrn"], "type": "corrected", "on": day.isoformat(), "event": one["id"]}
            batch.append({**found, "replacement": {**fields, "on": min(on, day).isoformat()}})
            rule, until = self.draw.choice([CT, "mdt_review"]), day + timedelta(days=self.draw.choice([3, 7, 20, 60]))
            found = {"mrn": one["mrn"], "type": "snoozed", "on": day.isoformat(), "rule": rule}
            batch.append({**found, "until": until.isoformat(), "reason": "why"})
        self.file.write_text("".join(json.dumps(one) + "\n" for one in batch), encoding="utf-8")
        import_file(self.store, self.file, today=day, now=NOW, protocol=load())


@pytest.mark.slow
@pytest.mark.parametrize("step", [3, 5_000])
def test_it_raises_what_one_who_looks_at_everything_would_raise(
    store: Store, tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against every row of every patient, whatever `look_on` says; over years, however long it sleeps."""
    monkeypatch.setattr(looking, "STEP", step)
    drawn = Drawn(store, tmp_path, step)
    day = date.fromisoformat(drawn.rest[-1]["on"])
    known: dict[tuple[Any, ...], date] = {}
    while drawn.rest or len(known) < 100:
        day += timedelta(days=drawn.draw.choice([1, 3, 30, 200]))
        drawn.tell(day)
        with store.read() as connection:
            owed = [(row.record_id, kept_of(row)) for row in connection.execute(select(tables.obligation))]
        expected = {
            one
            for record_id, kept in owed
            if quiet_until(kept, day) is None
            for one in passed(kept, day, record_id)
            if one[1:] not in known or known[one[1:]] < one.day
        }
        before = len(sightings(store))
        assert look(store, day=day, now=NOW, protocol=load()).total() == len(expected)
        found = sightings(store)[before:]
        assert sorted(found) == sorted((one.day, one.rule, one.threshold) for one in expected)
        assert step < 5_000 or [on for on, _, _ in found] == sorted(on for on, _, _ in found)
        known |= {one[1:]: day for one in expected}


# --- who is on duty ---


@on_both
def test_one_holds_the_duty_and_another_takes_over_once_it_runs_out(store: Store) -> None:
    minute = timedelta(minutes=1)

    def asks(who: str, at: timedelta) -> bool:
        return hold(store, "scheduler", holder=who, now=NOW + at, lasts=minute)

    assert asks("a", 0 * minute)
    assert not asks("b", 0.5 * minute)
    assert asks("a", 0.9 * minute), "it renews its own"
    assert not asks("b", 1.5 * minute)
    assert asks("b", 1.9 * minute), "a vanished"
    assert not asks("a", 2 * minute), "a woke up, and stands by"
    release(store, "scheduler", holder="a")
    assert not asks("a", 2 * minute), "nobody gives back what another holds"
    release(store, "scheduler", holder="b")
    assert asks("a", 2 * minute)


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[jobs.Clinic]:
    url = f"sqlite:///{tmp_path}/clinic.db"
    found = jobs.Clinic.open(url, zone="Europe/Berlin", site_file="")
    yield found
    found.store.close()


def test_who_stands_by_does_not_look(clinic: jobs.Clinic, caplog: pytest.LogCaptureFixture) -> None:
    other = jobs.Clinic(clinic.store, clinic.protocol, clinic.zone)
    caplog.set_level(logging.INFO, "scheduler")
    assert other.takes_duty()
    jobs._on_duty(clinic)
    jobs._on_duty(clinic)
    assert views.last_look(clinic.store) is None
    assert caplog.messages == ["on duty", "another scheduler looks after this database: standing by"], "said once"
    other.leave()
    jobs._on_duty(clinic)
    assert views.last_look(clinic.store) is not None


def killed(place: str) -> str:
    """The holder that a process was which runs no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return f"{place}/{process.pid}/0a1b2c3d"


def test_who_was_killed_here_is_not_waited_for(clinic: jobs.Clinic, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "scheduler")
    holder = killed(jobs._place())
    assert hold(clinic.store, jobs.DUTY, holder=holder, now=datetime.now(UTC), lasts=timedelta(hours=1))
    assert clinic.takes_duty()
    assert caplog.messages == ["the scheduler on duty was killed", "on duty"]


def test_who_runs_or_may_run_is_waited_for(clinic: jobs.Clinic) -> None:
    here = jobs._place()
    for holder in (
        f"{here}/{os.getppid()}/0a1b2c3d",  # it runs, or another program has its number
        f"{here}/1/0a1b2c3d",
        killed("elsewhere"),
        killed(socket.gethostname()),
        "another",
        f"{here}/?/0a1b2c3d",
    ):
        assert hold(clinic.store, jobs.DUTY, holder=holder, now=datetime.now(UTC), lasts=timedelta(hours=1))
        assert not clinic.takes_duty(), holder
        release(clinic.store, jobs.DUTY, holder=holder)


# --- what runs when ---


def test_the_timetable_forgives_lateness_and_runs_one_job_at_a_time(clinic: jobs.Clinic) -> None:
    timer = jobs.scheduler(clinic)
    assert {job.id for job in timer.get_jobs()} == {"look", "new_day", "lease"}
    assert str(timer.timezone) == "UTC"
    defaults = timer._job_defaults
    assert (defaults["misfire_grace_time"], defaults["coalesce"], defaults["max_instances"]) == (None, True, 1)
    listened = [mask for _, mask in timer._listeners]
    assert listened == [EVENT_JOB_ERROR | EVENT_JOB_MISSED]


@pytest.mark.parametrize(
    ("after", "next_day"),
    [
        ("2027-03-27T12:00+01:00", "2027-03-28T00:00:05+01:00"),
        ("2027-03-28T12:00+02:00", "2027-03-29T00:00:05+02:00"),
        ("2027-10-31T12:00+01:00", "2027-11-01T00:00:05+01:00"),
    ],
)
def test_the_day_begins_at_the_clinics_midnight_also_when_clocks_change(
    clinic: jobs.Clinic, after: str, next_day: str
) -> None:
    (job,) = [job for job in jobs.scheduler(clinic).get_jobs() if job.id == "new_day"]
    assert job.trigger.get_next_fire_time(None, datetime.fromisoformat(after)) == datetime.fromisoformat(next_day)


def test_today_is_the_clinics_day(clinic: jobs.Clinic) -> None:
    with time_machine.travel("2027-06-01T22:30:00Z", tick=False):
        assert clinic.zone == ZoneInfo("Europe/Berlin")
        assert clinic.today() == date(2027, 6, 2)


def test_the_log_names_rules_and_counts_and_nobody(clinic: jobs.Clinic, caplog: pytest.LogCaptureFixture) -> None:
    operated(clinic.store)
    caplog.set_level(logging.DEBUG)
    jobs.run_once(clinic, day=date(2027, 6, 1))
    assert [one.getMessage() for one in caplog.records if one.name == "scheduler"] == [
        "surveillance_cea opened: 1",
        "surveillance_ct opened: 1",
    ]
    assert "MRN-77" not in caplog.text
    assert "Secret" not in caplog.text


def test_a_job_that_fails_says_where_and_keeps_the_data_to_itself(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "scheduler")
    try:
        raise ValueError("Ada Secret, MRN-77")
    except ValueError as error:
        jobs._went_wrong(JobExecutionEvent(EVENT_JOB_ERROR, "look", "default", NOW, exception=error))
    jobs._went_wrong(JobExecutionEvent(EVENT_JOB_MISSED, "look", "default", NOW))
    assert caplog.messages[0].startswith("job look failed: ValueError at test_scheduler.py:")
    assert caplog.messages[1] == "job look was missed"
    assert "Secret" not in caplog.text


# --- the process ---


def started(database: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PATHWAY_DB": f"sqlite:///{database}"}
    command = [sys.executable, *(arguments or ("-m", "scheduler"))]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def until(process: subprocess.Popen[str], words: str) -> list[str]:
    """What it says until it says these words."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if words in line:
            return said
    raise AssertionError(f"ended without saying {words!r}: {said}")


def ended(process: subprocess.Popen[str], name: signal.Signals) -> tuple[int, float]:
    """Its exit code, and the seconds it took to end."""
    begun = time.perf_counter()
    process.send_signal(name)
    _, _ = process.communicate(timeout=20)
    return process.returncode, time.perf_counter() - begun


@pytest.mark.slow
@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_a_second_scheduler_stands_by_and_each_ends_at_a_signal(tmp_path: Path, name: signal.Signals) -> None:
    first = started(tmp_path / "clinic.db")
    until(first, "on duty")
    second = started(tmp_path / "clinic.db")
    until(second, "standing by")
    for process in (second, first):
        code, seconds = ended(process, name)
        assert code == 0
        assert seconds < 5
    third = started(tmp_path / "clinic.db")
    until(third, "on duty")  # the first gave its duty back
    assert ended(third, name)[0] == 0


@pytest.mark.slow
def test_a_look_that_takes_long_does_not_hold_up_the_end(tmp_path: Path) -> None:
    script = (
        "import time, logging, scheduler.jobs as jobs, scheduler.__main__ as main\n"
        "def long(*_, **__): logging.getLogger('scheduler').info('looking'); time.sleep(60)\n"
        "jobs.look = long\n"
        "raise SystemExit(main.main())"
    )
    process = started(tmp_path / "clinic.db", "-c", script)
    until(process, "INFO looking\n")
    code, seconds = ended(process, signal.SIGTERM)
    assert code == 0
    assert seconds < 5


@pytest.mark.slow
def test_once_runs_every_job_and_ends(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/clinic.db")
    operated(store, year=2025)
    hold(store, "scheduler", holder="another", now=datetime.now(UTC), lasts=timedelta(hours=1))
    process = started(tmp_path / "clinic.db", "-m", "scheduler", "--once", "--as-of", "2025-06-01")
    _, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "surveillance_ct opened: 1" in said
    assert (date(2025, 6, 1), CT, "opened") in sightings(store)
    store.close()


@pytest.mark.slow
def test_a_scheduler_that_was_killed_does_not_keep_the_next_one_waiting(tmp_path: Path) -> None:
    first = started(tmp_path / "clinic.db")
    until(first, "on duty")
    assert ended(first, signal.SIGKILL)[0] == -signal.SIGKILL
    second = started(tmp_path / "clinic.db")
    assert "standing by" not in "".join(until(second, "INFO on duty"))
    assert ended(second, signal.SIGTERM)[0] == 0


# --- the command ---


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., int]]:
    """`python -m scheduler` with these arguments, in this process, on 1 June 2027 in Berlin."""

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["scheduler", "--db", f"sqlite:///{tmp_path}/clinic.db", *arguments])
        return main()

    monkeypatch.setenv("PATHWAY_TIME_ZONE", "Europe/Berlin")
    settings.load.cache_clear()
    with time_machine.travel("2027-05-31T22:30:00Z", tick=False):
        yield run
    settings.load.cache_clear()


def test_a_day_that_has_not_come_is_not_looked_at(
    command: Callable[..., int], store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    operated(store)
    assert command("--once", "--as-of", "2027-06-02") == 2
    assert capsys.readouterr().err == (
        "2027-06-02 has not come: a look at it would count as seen what nobody was told. Add --dry-run to see what it "
        "would raise, or name today or an earlier day.\n"
    )
    assert sightings(store) == []
    assert views.last_look(store) is None
    assert command("--once", "--as-of", "2027-05-31") == 0
    assert of(CT, {f"{rule} {which}": 1 for _, rule, which in sightings(store)}) == set()
    assert command("--once", "--as-of", "2027-06-01") == 0
    assert (date(2027, 6, 1), CT, "opened") in sightings(store)


def test_a_dry_run_says_what_would_be_raised_and_names_nobody(
    command: Callable[..., int], store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    operated(store)
    assert command("--once", "--dry-run", "--as-of", "2027-09-01") == 0
    assert command("--once", "--dry-run") == 0
    assert command("--once", "--dry-run", "--as-of", "2027-05-31") == 0
    assert capsys.readouterr().out.splitlines() == [
        *("surveillance_cea due: 1", "surveillance_cea opened: 1"),
        *("surveillance_ct due: 1", "surveillance_ct opened: 1"),
        *("surveillance_cea opened: 1", "surveillance_ct opened: 1"),
        "Nothing would be raised.",
    ]
    assert sightings(store) == []
    assert views.last_look(store) is None


@pytest.mark.parametrize("option", [["--dry-run"], ["--as-of", "2027-05-01"]])
def test_what_goes_with_once_is_refused_without_it(command: Callable[..., int], option: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        command(*option)
    assert refused.value.code == 2
