"""Bringing a database to the schema of this version: a backup beside the file first, then one transaction.

Foreign keys are off while tables are rebuilt, on an engine of its own (with them on, a rebuilt table deletes the rows
that point to it), and are checked before the commit. A migration that is killed half-way leaves the database as it
was.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import URL

from pathway.errors import StoreError
from pathway.store.engine import BUSY_MS, opened, shown

SCRIPTS = str(Path(__file__).with_name("migrations"))
"""Where the revisions are."""
_LOCK = 0x70617468
"""PostgreSQL's advisory lock for migrations: two processes that start together migrate one after the other."""


def config() -> Config:
    """Alembic's configuration, without a file."""
    found = Config()
    found.set_main_option("script_location", SCRIPTS)
    return found


def upgrade(url: URL, found: str | None, *, to: str = "head") -> None:
    """Bring the database from revision `found` (None: empty) to `to`. Raises StoreError where it is newer than this
    version.
    """
    script = ScriptDirectory.from_config(config())
    if found is not None and found not in {revision.revision for revision in script.walk_revisions()}:
        raise StoreError(f"{shown(url)} was written by a newer version of pathway: update this one")
    if found is not None and url.get_backend_name() == "sqlite":
        backup(Path(str(url.database)), found)
    engine = create_engine(url, hide_parameters=True)
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _plain)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with opened(engine), engine.begin() as connection:
            if url.get_backend_name() != "sqlite":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            settings = config()
            settings.attributes["connection"] = connection
            command.upgrade(settings, to)
            _check_keys(connection)
    finally:
        engine.dispose()


def _plain(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA foreign_keys=OFF")


def _check_keys(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.execute(text("PRAGMA foreign_key_check")).first()
    if broken:
        raise StoreError(
            f"the migration would leave rows of {broken[0]} without what they point to; nothing was changed"
        )


def backup(database: Path, revision: str) -> Path:
    """A whole copy beside the file, taken while it may be in use; its name says when and of which revision."""
    stamp = datetime.now(UTC)  # noqa: TID251 - a file's name, no clinical date
    copy = database.with_name(f"{database.name}.{revision}.{stamp:%Y%m%dT%H%M%S%f}.backup")
    part = copy.with_suffix(".part")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(part)) as target:
        source.backup(target)
    shutil.move(part, copy)
    return copy
