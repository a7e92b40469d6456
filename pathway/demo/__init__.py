"""The demo: a liver unit's life, or a public registry's patients, in a database of its own, served at one address.

`docs/demo.md` says what is real, what is drawn and from which rates.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from functools import partial
from multiprocessing import TimeoutError as NotYet
from multiprocessing import get_context
from pathlib import Path

from pathway import serving, settings
from pathway.demo import registry, unit
from pathway.demo.people import NAVIGATORS
from pathway.protocol import load
from pathway.tracker import Store, import_file

PATIENTS, SEED = 400, 7
CHUNK = 100
"""Patients drawn at a time, in a process beside the one that takes them in."""


def synthetic(patients: int, seed: int, today: date, stop: serving.Stop | None = None) -> Iterator[str]:
    """The events of a drawn unit as JSON Lines, some patients at a time, in the order of their numbers.

    It ends early where somebody asks to stop.
    """
    draw = partial(unit.lines, patients=patients, seed=seed, today=today)
    pieces = [range(start, min(start + CHUNK, patients)) for start in range(0, patients, CHUNK)]
    if len(pieces) == 1:
        yield draw(pieces[0])
        return
    with get_context("spawn").Pool(2, initializer=_beside) as pool:  # leaving it ends its processes
        drawn = pool.imap(draw, pieces)
        for _ in pieces:
            while True:
                if stop is not None and stop.asked:
                    return
                with suppress(NotYet):
                    yield drawn.next(timeout=0.2)
                    break


def _beside() -> None:
    """A process that draws: a Ctrl-C is its parent's affair, and it ends with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        serving.end_with_parent()


def fill(store: Store, folder: Path, pieces: Iterator[str], *, today: date, now: datetime) -> Counter[str]:
    """Take the events in as any file is taken in; how many lines were read, recorded and refused."""
    path = folder / "demo.jsonl"
    total: Counter[str] = Counter()
    for piece in pieces:
        path.write_text(piece, encoding="utf-8")
        total.update(import_file(store, path, today=today, now=now, protocol=load()).counts())
    for left in folder.glob("demo.jsonl*"):
        left.unlink()
    return total


def registered(today: date) -> Iterator[str]:
    """The registry's patients as JSON Lines."""
    yield unit.written(registry.patients(today))


def environment() -> dict[str, str]:
    """This process's environment without what a site set for its own patients: its database, its replica, its mail.

    The clinic's time zone stays: it says what today is.
    """
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("PATHWAY_")}
    return {**kept, "PATHWAY_TIME_ZONE": settings.load().time_zone, "PATHWAY_NAVIGATOR": NAVIGATORS[0]}


def run(
    *, host: str, port: int, today: date, now: datetime, patients: int = PATIENTS, seed: int = SEED, real: bool = False
) -> int:
    """Fill a database of the demo's own, serve it until somebody asks to end, and leave nothing behind."""
    with serving.Stop() as stop, tempfile.TemporaryDirectory(prefix="pathway-demo-") as folder:
        chosen = serving.free_port(host, port)
        url = f"sqlite:///{folder}/demo.db"
        store = Store(url)
        if real:
            print("197 real patients with made-up names and dates moved to today (docs/demo.md).")
            print(f"{registry.CITATION}.", flush=True)
            pieces = registered(today)
        else:
            print(f"Drawing a unit of {patients} made-up patients, up to today (docs/demo.md) ...", flush=True)
            pieces = synthetic(patients, seed, today, stop)
        done = fill(store, Path(folder), pieces, today=today, now=now)
        store.close()
        if stop.asked:
            return 0
        if done["refused"]:
            print(f"{done['recorded']} events; the guideline refused {done['refused']} steps on the way, as in life.")
        print("Stop it with Ctrl-C; nothing is kept.", flush=True)
        # their working folder is the demo's: no pathway.toml lies there
        return serving.serve(url, host=host, port=chosen, environment=environment(), folder=folder, stop=stop)
