"""A database that fails, and writers that cross: a sentence, nobody's data in it, and nothing that waits for ever."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from pathway import views
from pathway.errors import StoreError
from pathway.protocol import load
from pathway.store import Store, records
from pathway.tracker import import_file
from pathway.tracker.verifying import differences, rebuild
from tests.store.conftest import NOW, TODAY, in_surveillance, put, register

SECRET = "Zorah Secret"
IMPORTER = """
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from pathway.protocol import load
from pathway.tracker import Store, import_file
url, path = sys.argv[1:]
import_file(Store(url), Path(path), today=date(2030, 1, 1), now=datetime.now(UTC), protocol=load(), chunk_lines=400)
"""


def registration(number: int) -> dict[str, Any]:
    fields = {"name": f"{SECRET} {number}", "birth_date": "1950-01-01", "sex": "female"}
    return {"mrn": f"M{number}", "type": "registered", "on": "2027-01-01", **fields}


def visit(number: int, id_: str) -> dict[str, Any]:
    return {"mrn": f"M{number}", "type": "visit", "on": "2027-02-01", "kind": "other", "id": id_}


def written(path: Path, events: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    return path


def full(store: Store) -> None:
    """The database may not grow any more, as on a full disk."""
    with store.write() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))


def fill(store: Store) -> None:
    """Record one event after another."""
    for _ in range(200):
        put(store, "visit", "2027-04-01", kind="other", note="x" * 9000)


def test_a_full_disk_is_a_sentence_that_names_nobody(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/full.db")
    register(store)
    full(store)
    path = written(tmp_path / "many.jsonl", [registration(number) for number in range(2000)])
    with pytest.raises(StoreError, match="database or disk is full") as refused:
        import_file(store, path, today=TODAY, now=NOW, protocol=load())
    assert SECRET not in str(refused.value)
    assert SECRET not in str(refused.value.__cause__)  # what a log would print
    store.close()


def test_a_full_disk_while_one_event_is_recorded_is_the_same_sentence(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/full.db")
    register(store)
    full(store)
    with pytest.raises(StoreError, match="database or disk is full"):
        fill(store)
    assert list(differences(store, protocol=load())) == []
    store.close()


def test_a_database_that_stays_locked_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pathway.store.engine.BUSY_MS", 50)
    store = Store(f"sqlite:///{tmp_path}/held.db")
    register(store)
    with closing(sqlite3.connect(tmp_path / "held.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="stayed locked by another writer"):
            put(store, "visit", "2027-04-01", kind="other")
    store.close()


def test_a_replica_is_read_and_the_database_itself_says_what_it_is(tmp_path: Path) -> None:
    whole, behind = f"sqlite:///{tmp_path}/whole.db", f"sqlite:///{tmp_path}/replica.db"
    register(Store(whole))
    Store(behind).close()
    store = Store(whole, read_url=behind)
    assert views.worklist(store, day=TODAY, protocol=load()) == []
    register(store, "B")
    store.close()


@pytest.mark.slow
@pytest.mark.postgres
def test_four_imports_of_the_same_patients_in_other_orders_do_not_block_each_other(
    new_postgres_url: Callable[[], str], tmp_path: Path
) -> None:
    url = new_postgres_url()
    Store(url).close()
    patients = 1200
    for writer in range(4):
        order = sorted(range(patients), key=lambda number: (number * (7 + 4 * writer)) % 1201)
        events = [registration(number) for number in order] + [visit(number, f"v{writer}") for number in order]
        written(tmp_path / f"{writer}.jsonl", events)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", IMPORTER, url, str(tmp_path / f"{writer}.jsonl")], stderr=subprocess.PIPE, text=True
        )
        for writer in range(4)
    ]
    errors = [process.communicate(timeout=110)[1] for process in running]
    assert [process.returncode for process in running] == [0] * 4, errors
    store = Store(url)
    with store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM event")).scalar_one() == patients * 5
    assert list(differences(store, protocol=load())) == []
    store.close()


def test_a_reading_transaction_sees_one_state(store: Store) -> None:
    in_surveillance(store)
    with store.read() as connection:
        before = connection.execute(text("SELECT count(*) FROM event")).scalar_one()
        put(store, "visit", "2027-04-01", kind="other")
        assert connection.execute(text("SELECT count(*) FROM event")).scalar_one() == before


@pytest.mark.postgres
def test_a_sighting_does_not_wait_for_whoever_writes_the_record(new_postgres_url: Callable[[], str]) -> None:
    store = Store(new_postgres_url())
    register(store)
    with store.write() as holding:
        records.lock(holding, ["A"])
        with store.write() as looking:
            looking.execute(text("SET LOCAL lock_timeout = '2s'"))
            looking.execute(text("SELECT id FROM record FOR KEY SHARE"))  # what a row that points to it asks for
    store.close()


def wait_briefly(connection: Connection) -> None:
    """Ask for the first record, and give up soon."""
    connection.execute(text("SET LOCAL lock_timeout = '200ms'"))
    records.lock_ids(connection, [1])


@pytest.mark.postgres
def test_deriving_anew_waits_for_whoever_writes_the_record(new_postgres_url: Callable[[], str]) -> None:
    store = Store(new_postgres_url())
    in_surveillance(store)
    with store.write() as holding:
        records.lock(holding, ["A"])
        with pytest.raises(StoreError, match="lock timeout"), store.write() as other:
            wait_briefly(other)
    assert rebuild(store, protocol=load()) == 0
    store.close()
