"""The demo's unit of 5,000 patients, drawn and taken in: against the minute that it may take on two cores."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from bench.measure import Result, result
from pathway import demo
from pathway.store import Store

PATIENTS, SECONDS = 5000, 60
TODAY = date(2026, 11, 24)


def run() -> Iterator[Result]:
    """One line. Its limit is a time and not another measurement: a visitor waits in seconds."""
    with tempfile.TemporaryDirectory(prefix="pathway-bench-") as folder:
        store = Store(f"sqlite:///{folder}/unit.db")
        begun = time.perf_counter()
        now = datetime(TODAY.year, TODAY.month, TODAY.day, 18, tzinfo=UTC)
        done = demo.fill(store, Path(folder), demo.synthetic(PATIENTS, demo.SEED, TODAY), today=TODAY, now=now)
        took = time.perf_counter() - begun
        store.close()
    yield result(f"a drawn unit of {PATIENTS} patients ({done['recorded']} events) / a minute", took, SECONDS, "s", 1)
