"""The same tests on a SQLite file and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pathway.protocol import load
from pathway.store import Store
from pathway.tracker import Recorded, record

TODAY = date(2030, 1, 1)
NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
BACKENDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=BACKENDS)
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Each call names an empty database of the same kind."""
    if request.param == "sqlite":
        numbers = count()
        return lambda: f"sqlite:///{tmp_path}/store{next(numbers)}.db"
    create: Callable[[], str] = request.getfixturevalue("new_postgres_url")
    return create


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    """An empty database."""
    return new_url()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    yield opened
    opened.close()


def put(store: Store, kind: str, on: str, /, **fields: Any) -> Recorded:
    """Record one event of patient A."""
    found = {"mrn": "A", "type": kind, "on": on, **fields}
    return record(store, found, today=TODAY, now=NOW, protocol=load())


def register(store: Store, mrn: str = "A") -> None:
    fields = {"name": "Ada Example", "birth_date": "1958-04-11", "sex": "female", "navigator": "nina"}
    put(store, "registered", "2027-03-01", id=f"r-{mrn}", **{"mrn": mrn, **fields})


def in_surveillance(store: Store) -> None:
    """A patient after an operation, with four events."""
    register(store)
    put(store, "surgery_performed", "2027-03-01", id="op", procedure="resection", margin="R0")
    put(store, "primary_identified", "2027-03-01", id="pr", primary="colorectal", method="colonoscopy", resected=True)
    put(store, "taken_over", "2027-03-01", id="to", state="surveillance")
