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

SCHEMA = "0002"
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
        self._replica = read_url is not None
        reading = _engine(_parsed(read_url) if read_url else self.url, begin="BEGIN")
        if reading.dialect.name == "postgresql":
            # the default would let each statement of a transaction see another state
            reading = reading.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._reading = reading
        self._prepare()

    def _prepare(self) -> None:
        found = self._revision()
        if found != SCHEMA:
            from pathway.store.migrate import upgrade

            upgrade(self.url, found)

    def _revision(self) -> str | None:
        # a replica may be behind: the database itself says what it is
        asked = self._writing if self._replica else self._reading
        with opened(asked), asked.connect() as connection:
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
        with opened(self._writing), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction that reads: it sees one state of the database throughout."""
        with opened(self._reading), self._reading.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give the connections back."""
        self._writing.dispose()
        self._reading.dispose()


@contextmanager
def opened(engine: Engine) -> Iterator[None]:
    """Say what is wrong with a database that fails: without its password, and without a patient's data."""
    dialect = engine.dialect
    try:
        yield
    except DBAPIError as error:
        sentence = _sentence(engine, error.orig, lost=error.connection_invalidated)
        if sentence is None:
            raise
        raise StoreError(sentence) from error
    except dialect.loaded_dbapi.Error as error:  # from the driver's own cursor, which SQLAlchemy does not see
        sentence = _sentence(engine, error)
        if sentence is None:
            raise
        raise StoreError(sentence) from error


def _sentence(engine: Engine, error: BaseException | None, *, lost: bool = False) -> str | None:
    """What is wrong and what to do; None where it is no fault of the database's."""
    said = (str(error).splitlines() or [""])[0]  # the lines after it may hold a patient's data
    where = shown(engine.url)
    if lost or "unable to open" in said or "connect" in said.lower():
        return f"the database {where} cannot be opened: look at its address and rights"
    if "not a database" in said:
        return f"{where} is a file, but no database: name another"
    if "locked" in said:
        return "the database stayed locked by another writer; try again in a moment"
    if "readonly" in said or "read-only" in said:
        return f"the database {where} may not be written: look at its rights"
    if isinstance(error, engine.dialect.loaded_dbapi.OperationalError):
        return f"the database {where} failed ({said}); what was not confirmed is not recorded"
    return None


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
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    # a transaction of ours has ended when its connection comes back
    engine = create_engine(url, pool_reset_on_return=None, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver would begin transactions of its own
        for pragma in (f"busy_timeout={BUSY_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.connection.cursor().execute(begin)

    return engine
