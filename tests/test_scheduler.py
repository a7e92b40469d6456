"""The look at what is owed: each threshold once, in order of days; one scheduler on duty; no patient in the log."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from pathway import views
from pathway.alerts import DUE, OVERDUE, UPCOMING, URGENT, Kept, seen
from pathway.protocol import load
from pathway.store import Store, tables
from pathway.tracker import record
from pathway.tracker.leasing import hold, release
from pathway.tracker.looking import look, passed
from scheduler import jobs

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


def operated(store: Store, mrn: str = "MRN-77") -> None:
    """Operated on 1 March 2027: the CT opens on 1 June, is due on 1 September."""
    about = {"name": "Ada Secret", "birth_date": "1958-04-11", "sex": "female", "navigator": "nina"}
    put(store, "registered", "2027-03-01", mrn, **about)
    put(store, "surgery_performed", "2027-03-01", mrn, id="op", procedure="resection", margin="R0")
    put(store, "primary_identified", "2027-03-01", mrn, primary="colorectal", method="colonoscopy", resected=True)
    put(store, "taken_over", "2027-03-01", mrn, state="surveillance")
    put(store, "mdt_decision", "2027-03-02", mrn, present=["hepatobiliary_surgeon"], plan="begin_surveillance")


def look_on(store: Store, day: str) -> dict[str, int]:
    found = look(store, day=date.fromisoformat(day), now=NOW, protocol=load())
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
def test_after_a_long_sleep_it_catches_up_in_order_of_days(store: Store) -> None:
    operated(store)
    operated(store, "MRN-78")
    put(store, "recurrence", "2027-07-10", "MRN-78", sites=["liver"])
    look_on(store, "2027-05-31")
    look_on(store, "2027-09-20")
    days = [day for day, _, _ in sightings(store)]
    assert days == sorted(days)
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


def test_what_is_snoozed_is_raised_when_the_snooze_ends(store: Store) -> None:
    operated(store)
    put(store, "snoozed", "2027-05-20", rule=CT, until="2027-06-15", reason="on holiday")
    assert of(CT, look_on(store, "2027-06-14")) == set()
    assert of(CT, look_on(store, "2027-06-15")) == {"opened"}


def test_a_date_that_moves_is_another_threshold(store: Store) -> None:
    operated(store)
    look_on(store, "2027-06-01")
    put(store, "corrected", "2027-06-02", event="op", replacement={"on": "2027-03-11", "procedure": "resection"})
    assert of(CT, look_on(store, "2027-06-10")) == set()
    assert of(CT, look_on(store, "2027-06-11")) == {"opened"}


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
    operated(store)
    hold(store, "scheduler", holder="another", now=datetime.now(UTC), lasts=timedelta(hours=1))
    process = started(tmp_path / "clinic.db", "-m", "scheduler", "--once", "--as-of", "2027-06-01")
    _, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "surveillance_ct opened: 1" in said
    assert (date(2027, 6, 1), CT, "opened") in sightings(store)
    store.close()
