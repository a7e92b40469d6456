"""The database behind a URL: how it is opened, and the two kinds of transaction.

SQLite loses updates silently with the driver's defaults (measured: 900 of 1,200 with four writers). So a writing
transaction begins with BEGIN IMMEDIATE, in WAL, durable at commit (synchronous=FULL); reads never take that lock.
PostgreSQL locks the record's row instead (`records.lock`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from pathway import settings
from pathway.errors import StoreError

BUSY_MS = 10_000
"""How long a writer waits for another before it gives up."""

SCHEMA = "0001"
"""The revision this product works on. A database of another is migrated, or refused where it is newer."""


class Store:
    """A database, opened: `write()` and `read()` are its transactions. Creates or migrates its schema when first
    used.
    """

    def __init__(self, url: str, *, read_url: str | None = None, key: str | None = None) -> None:
        """Open the database at `url` (SQLAlchemy's form); raises StoreError where that cannot be."""
        self.url = _parsed(url)
        secret = settings.load().key
        given = key if key is not None else secret.get_secret_value() if secret else ""
        self.key = given.encode() or None
        """Seals the heads of the chains of hashes."""
        self.protocols: set[str] = set()
        """The versions of protocols that are known to be stored."""
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self._writing = _engine(self.url, begin="BEGIN IMMEDIATE")
        self._reading = _engine(_parsed(read_url) if read_url else self.url, begin="BEGIN")
        self._prepare()

    def _prepare(self) -> None:
        found = self._revision()
        if found != SCHEMA:
            from pathway.store.migrate import upgrade

            upgrade(self.url, found)

    def _revision(self) -> str | None:
        with opened(self.url), self._reading.connect() as connection:
            if self.sqlite:
                known = connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")).first()
            else:
                known = connection.execute(text("SELECT to_regclass('alembic_version')")).scalar()
            if not known:
                return None
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            return str(found) if found else None

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction that writes: committed at the end, or nothing of it."""
        with opened(self.url), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction that reads: it sees one state of the database throughout."""
        with opened(self.url), self._reading.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give the connections back."""
        self._writing.dispose()
        self._reading.dispose()


@contextmanager
def opened(url: URL) -> Iterator[None]:
    """Say what is wrong with a database that cannot be used, without its password."""
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated or "unable to open" in str(error.orig) or "connect" in str(error.orig).lower():
            raise StoreError(f"the database {shown(url)} cannot be opened: look at its address and rights") from error
        if "not a database" in str(error.orig):
            raise StoreError(f"{shown(url)} is a file, but no database: name another") from error
        if "locked" in str(error.orig):
            raise StoreError("the database stayed locked by another writer; try again in a moment") from error
        if "readonly" in str(error.orig) or "read-only" in str(error.orig):
            raise StoreError(f"the database {shown(url)} may not be written: look at its rights") from error
        raise


def shown(url: URL) -> str:
    """A database's address without its password."""
    return url.render_as_string(hide_password=True)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise StoreError(
            "the database's address is no URL such as sqlite:///pathway.db or postgresql://host/name"
        ) from None
    if backend not in ("sqlite", "postgresql"):
        raise StoreError("the database is SQLite (sqlite:///pathway.db) or PostgreSQL (postgresql://host/name)")
    if backend == "sqlite" and parsed.database:
        folder = Path(parsed.database).parent
        if not folder.is_dir():
            raise StoreError(f"the folder of {shown(parsed)} does not exist: make it, or name another")
    return parsed


def _engine(url: URL, *, begin: str) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, pool_reset_on_return=None)  # a transaction of ours has ended when it comes back

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver would begin transactions of its own
        for pragma in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.connection.cursor().execute(begin)

    return engine
