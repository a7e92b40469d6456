"""Four processes that write to one database: no update lost, no deadlock."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from pathway.protocol import load
from pathway.store import Store
from pathway.tracker.verifying import differences
from tests.store.conftest import BACKENDS, in_surveillance, register

WRITERS, EACH = 4, 25
WRITER = """
import sys
from datetime import UTC, date, datetime
from pathway.protocol import load
from pathway.tracker import Store, record
url, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
store, protocol = Store(url), load()
for number in range(count):
    for mrn in ("A", "B"):
        found = {"mrn": mrn, "type": "cea", "on": "2028-01-01", "ng_per_ml": number, "by": name}
        record(store, found, today=date(2030, 1, 1), now=datetime.now(UTC), protocol=protocol)
    fields = {"name": "N", "birth_date": "1950-01-01", "sex": "male"}
    found = {"mrn": f"{name}-{number}", "type": "registered", "on": "2028-01-01", **fields}
    record(store, found, today=date(2030, 1, 1), now=datetime.now(UTC), protocol=protocol)
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_four_writers_lose_no_update(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    create: Callable[[], str] = (
        (lambda: f"sqlite:///{tmp_path}/w.db") if backend == "sqlite" else request.getfixturevalue("new_postgres_url")
    )
    url = create()
    store = Store(url)
    in_surveillance(store)
    register(store, "B")
    running = [
        subprocess.Popen([sys.executable, "-c", WRITER, url, f"w{n}", str(EACH)], stderr=subprocess.PIPE)
        for n in range(WRITERS)
    ]
    errors = [process.communicate(timeout=240)[1].decode() for process in running]
    assert [process.returncode for process in running] == [0] * WRITERS, errors
    with store.read() as connection:
        rows = connection.execute(
            text("SELECT r.mrn, count(*) FROM event e JOIN record r ON r.id = e.record_id GROUP BY r.mrn")
        ).all()
    counted: dict[str, int] = {row[0]: row[1] for row in rows}
    assert (counted["A"], counted["B"]) == (4 + WRITERS * EACH, 1 + WRITERS * EACH)
    assert len(counted) == 2 + WRITERS * EACH
    assert list(differences(store, protocol=load())) == []
    store.close()


def test_reading_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/w.db")
    in_surveillance(store)
    from pathway import views

    with store.write():
        assert views.patient(store, "A", day=date(2030, 1, 1), protocol=load()).version == 4
    store.close()
