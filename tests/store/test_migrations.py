"""The schema: the baseline is what the tables say; a later revision is reached whole, or not at all."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, select, text
from sqlalchemy.engine import make_url

from pathway.errors import StoreError
from pathway.protocol import load
from pathway.store import SCHEMA, Store, migrate, tables
from pathway.store.tables import metadata
from pathway.tracker.looking import Found, look
from pathway.tracker.verifying import differences
from tests.store.conftest import NOW, in_surveillance

NEXT = f'''
"""A revision behind the last: a column more on the record, and the table rebuilt as batch mode does."""

import os
import time

import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = "{SCHEMA}"


def upgrade() -> None:
    with op.batch_alter_table("record", recreate="always") as batch:
        batch.add_column(sa.Column("ward", sa.String(), nullable=True))
    if os.environ.get("STOP_HALF_WAY"):
        print("half-way", flush=True)
        time.sleep(60)
    op.execute("UPDATE record SET ward = 'A'")
'''
UPGRADE = f"""
import sys
from sqlalchemy.engine import make_url
from pathway.store import migrate
migrate.SCRIPTS = sys.argv[2]
migrate.upgrade(make_url(sys.argv[1]), "{SCHEMA}")
"""


def test_the_migrations_lead_to_the_tables(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/newer.db"
    store = Store(url)
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match="newer version of pathway"):
        Store(url)


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """The migrations with one more behind the last."""
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrate.__file__).with_name("migrations"), folder)
    (folder / "versions" / "next.py").write_text(NEXT, encoding="utf-8")
    return folder


def _filled(tmp_path: Path) -> tuple[Path, str]:
    file = tmp_path / "unit.db"
    url = f"sqlite:///{file}"
    store = Store(url)
    in_surveillance(store)
    store.close()
    return file, url


def _rows(file: Path) -> dict[str, int]:
    with sqlite3.connect(file) as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("record", "event", "chain_head", "patient", "obligation")
        }


@pytest.mark.slow
def test_a_second_revision_keeps_every_row_and_leaves_a_backup(tmp_path: Path, scripts: Path) -> None:
    file, url = _filled(tmp_path)
    before = _rows(file)
    subprocess.run([sys.executable, "-c", UPGRADE, url, str(scripts)], check=True)
    assert _rows(file) == before, "with foreign keys on, a rebuilt table deletes the rows that point to it"
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT ward FROM record").fetchall() == [("A",)]
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("next",)]
    backups = list(tmp_path.glob(f"unit.db.{SCHEMA}.*.backup"))
    assert len(backups) == 1
    assert _rows(backups[0]) == before


@pytest.mark.slow
def test_a_migration_killed_half_way_leaves_the_database_as_it_was(tmp_path: Path, scripts: Path) -> None:
    file, url = _filled(tmp_path)
    before = _rows(file)
    command = [sys.executable, "-c", UPGRADE, url, str(scripts)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={"STOP_HALF_WAY": "1", "PATH": ""}) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"half-way\n"
        process.send_signal(signal.SIGKILL)
    assert _rows(file) == before
    store = Store(url)
    assert list(differences(store, protocol=load())) == []
    store.close()
    subprocess.run([sys.executable, "-c", UPGRADE, url, str(scripts)], check=True)
    assert _rows(file) == before


# --- a database of each earlier revision, with patients in it ---


def _ids_go_on(connection: Connection) -> None:
    """PostgreSQL counts ids beside the table: rows that brought their own are not counted."""
    for table in (tables.look, tables.sighting):
        if connection.dialect.name == "postgresql":
            last = f"(SELECT max(id) FROM {table.name})"
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {last})"))


@pytest.fixture
def of_revision(store: Store, new_url: Callable[[], str]) -> Iterator[Callable[[str], Store]]:
    """The same rows in a database that an earlier version made, as far as it had the columns; opened by this one."""
    made: list[Store] = []

    def make(revision: str) -> Store:
        url = new_url()
        migrate.upgrade(make_url(url), None, to=revision)
        engine = create_engine(url)
        with store.read() as source, engine.begin() as target:
            for table in metadata.sorted_tables:
                known = [column["name"] for column in inspect(target).get_columns(table.name)]
                rows = source.execute(select(*(table.c[name] for name in known))).all()
                if rows:
                    target.execute(table.insert(), [dict(zip(known, row, strict=True)) for row in rows])
            _ids_go_on(target)
        engine.dispose()
        made.append(Store(url))
        return made[-1]

    yield make
    for one in made:
        one.close()


def _seen(store: Store, day: str) -> Found:
    return look(store, day=date.fromisoformat(day), now=NOW, protocol=load())


def _watched(store: Store) -> dict[str, date | None]:
    with store.read() as connection:
        rows = connection.execute(select(tables.obligation.c.rule, tables.obligation.c.look_on))
        return {row.rule: row.look_on for row in rows}


def test_what_an_earlier_version_saw_is_neither_lost_nor_raised_again(
    store: Store, of_revision: Callable[[str], Store]
) -> None:
    in_surveillance(store)
    assert _seen(store, "2027-09-01")["surveillance_ct", "due"] == 1
    migrated = of_revision("0001")
    assert list(differences(migrated, protocol=load())) == []
    with migrated.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM obligation WHERE look_on <> opens_on")).scalar() == 0
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": False}), metadata) == []
    assert _seen(migrated, "2027-09-01") == {}
    assert _watched(migrated) == _watched(store)
    assert _watched(migrated)["surveillance_ct"] == date(2027, 9, 2)
    assert _seen(migrated, "2027-09-02") == _seen(store, "2027-09-02")
    assert _seen(migrated, "2027-09-02") == {}
    assert _watched(migrated) == _watched(store)
    assert _watched(migrated)["surveillance_ct"] is None


def test_an_earlier_version_that_slept_a_week_is_caught_up_with(
    store: Store, of_revision: Callable[[str], Store]
) -> None:
    in_surveillance(store)
    _seen(store, "2027-08-31")
    migrated = of_revision("0001")
    found = _seen(migrated, "2027-09-07")
    assert {which for rule, which in found if rule == "surveillance_ct"} == {"due", "overdue"}
    assert found == _seen(store, "2027-09-07")
