"""The schema: the baseline is what the tables say; a later revision is reached whole, or not at all."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from pathway.errors import StoreError
from pathway.protocol import load
from pathway.store import Store, migrate
from pathway.store.tables import metadata
from pathway.tracker.verifying import differences
from tests.store.conftest import in_surveillance

SECOND = '''
"""A second revision: a column more on the record, and the table rebuilt as batch mode does."""

import os
import time

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("record", recreate="always") as batch:
        batch.add_column(sa.Column("ward", sa.String(), nullable=True))
    if os.environ.get("STOP_HALF_WAY"):
        print("half-way", flush=True)
        time.sleep(60)
    op.execute("UPDATE record SET ward = 'A'")
'''
UPGRADE = """
import sys
from sqlalchemy.engine import make_url
from pathway.store import migrate
migrate.SCRIPTS = sys.argv[2]
migrate.upgrade(make_url(sys.argv[1]), "0001")
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
    """The migrations with a second revision behind the baseline."""
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrate.__file__).with_name("migrations"), folder)
    (folder / "versions" / "0002_second.py").write_text(SECOND, encoding="utf-8")
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
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0002",)]
    backups = list(tmp_path.glob("unit.db.0001.*.backup"))
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
