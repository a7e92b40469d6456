"""The scheduler's look against a bare driver doing the same: 1,000 obligations due of 100,000 patients. SQLite and
PostgreSQL.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text

from bench.measure import Result, result
from bench.store import DAY, LISTED, NOW, bare_engine, many_patients, postgres
from pathway.protocol import load
from pathway.store import Store
from pathway.tracker.looking import look

DUE = 1_000
ROUNDS = 7
IDLE = 20


def run() -> list[Result]:
    """On SQLite, then on PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder:
        found = _look("SQLite", f"sqlite:///{folder}/sweep.db")
    with postgres() as fresh:
        found += _look("PostgreSQL", fresh())
    return found


def _look(name: str, url: str) -> list[Result]:
    """In each round the same number falls due for both; all of it opened before, and was seen then."""
    store, protocol = Store(url), load()
    with store.write() as connection:
        many_patients(connection, protocol.version)
        for statement in _LOADED:
            connection.execute(text(statement), {"day": DAY, "last": DAY + timedelta(days=350), "now": NOW})
    if not store.sqlite:
        with store.write() as connection:
            connection.execute(text("ANALYZE"))
    bare = bare_engine(url).raw_connection()
    ours: list[float] = []
    theirs: list[float] = []
    idle: list[float] = []
    for number in range(ROUNDS):
        day = DAY + timedelta(days=number)
        _fall_due(store, day, number)
        begun = time.perf_counter()
        _bare_look(bare, day, url)
        theirs.append((time.perf_counter() - begun) * 1000)
        begun = time.perf_counter()
        found = look(store, day=day, now=NOW, protocol=protocol)
        ours.append((time.perf_counter() - begun) * 1000)
        assert found == {("surveillance_ct", "due"): DUE}, found
        begun = time.perf_counter()
        for _ in range(IDLE):
            assert not look(store, day=day, now=NOW, protocol=protocol)
        idle.append((time.perf_counter() - begun) / IDLE * 1000)
    bare.close()
    store.close()
    one, other = statistics.median(ours), statistics.median(theirs)
    what = f"{LISTED} patients"
    return [
        result(f"look with {DUE} due, {what} / bare indexed query and inserts, {name}", one, other, "ms", 3),
        result(f"look with nothing due, {what} / the same bare look, {name}", statistics.median(idle), other, "ms", 1),
    ]


_LOADED = (
    "INSERT INTO look (day, looked_at, found) VALUES (:day, :now, 1)",
    "INSERT INTO sighting (record_id, rule, event_id, threshold, day, look_id) SELECT record_id, rule, event_id, 'opened', opens_on, 1 FROM obligation WHERE opens_on < :day",
    "UPDATE obligation SET look_on = :last",
)
"""What opened was seen, and nothing falls due for a long time."""


def _fall_due(store: Store, day: date, number: int) -> None:
    """Let some more fall due on a day; those of the day before are not overdue, so that every round has as many."""
    asked = {
        "day": day,
        "opened": DAY - timedelta(days=90),
        "last": day + timedelta(days=350),
        "first": number * DUE,
        "end": (number + 1) * DUE,
    }
    theirs = "rule = 'surveillance_ct' AND record_id > :first AND record_id <= :end"
    with store.write() as connection:
        connection.execute(text("UPDATE obligation SET look_on = :last WHERE look_on <= :day"), asked)
        connection.execute(text(f"DELETE FROM sighting WHERE {theirs}"), asked)
        connection.execute(
            text(f"UPDATE obligation SET opens_on = :opened, due_on = :day, look_on = :day WHERE {theirs}"), asked
        )
        connection.execute(
            text(
                "INSERT INTO sighting (record_id, rule, event_id, threshold, day, look_id) SELECT record_id, rule, "
                f"event_id, 'opened', opens_on, (SELECT min(id) FROM look) FROM obligation WHERE {theirs}"
            ),
            asked,
        )


def _bare_look(bare: Any, day: date, url: str) -> None:
    """What falls due, by its index, and a sighting of each, in one transaction of the driver."""
    mark = "?" if url.startswith("sqlite") else "%s"
    cursor = bare.cursor()
    if mark == "?":
        cursor.execute("BEGIN IMMEDIATE")
    cursor.execute(
        "SELECT record_id, rule, event_id, opens_on, due_on, urgent_on, snoozed_until, snoozed_until_if_urgent "
        f"FROM obligation WHERE look_on <= {mark}",
        (day.isoformat(),),
    )
    rows = cursor.fetchall()
    assert len(rows) == DUE
    cursor.executemany(
        f"INSERT INTO sighting (record_id, rule, event_id, threshold, day, look_id) VALUES ({', '.join([mark] * 6)})",
        [(row[0], "bare", row[2], "due", day.isoformat(), 1) for row in rows],
    )
    cursor.execute("COMMIT") if mark == "?" else bare.commit()
