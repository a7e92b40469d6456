"""The demo: 197 real patients of a public registry, as if they were followed up here today.

The registry knows no names and no calendar. Each patient gets a made-up name, a navigator and a site, and one shift
of all her dates, so that today lies somewhere in her follow-up; what would lie after today has not happened yet and
is left out. Every interval stays the registry's. Who stands where depends on her MRN alone (`docs/demo.md`).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from pathway import serving
from pathway.protocol import load
from pathway.tracker import Store, import_file

NAVIGATORS = ("nina", "omar", "ruth")
SITES = ("hub", "north")
FAMILY = (
    *("Adler", "Berg", "Conrad", "Dahl", "Eriksen", "Falk", "Graf", "Holm", "Ibsen", "Jansen", "Kern", "Lund"),
    *("Moser", "Nagel", "Olsen", "Pohl", "Quist", "Roth", "Sander", "Thiel", "Ulrich", "Vogt", "Weiss", "Zander"),
)
GIVEN = {
    "female": ("Carla", "Dora", "Frida", "Hanna", "Ida", "Lena", "Nora", "Rosa", "Ulla", "Vera"),
    "male": ("Bela", "Emil", "Hugo", "Jonas", "Karl", "Mats", "Otto", "Stefan", "Theo", "Wim"),
}
SOON, WINDOW, YEARS = 90, 183, 1800
"""Days of follow-up: before the first CT opens, until it is due, and towards the end of the five years."""


def registry() -> list[dict[str, Any]]:
    """The registry's events as they are packaged."""
    text = files("pathway").joinpath("data", "tcia_crlm_197.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def patients(today: date) -> Iterator[list[dict[str, Any]]]:
    """Each patient's events, moved to today: nothing after it, and every interval as it was."""
    hers: dict[str, list[dict[str, Any]]] = {}
    for event in registry():
        hers.setdefault(event["mrn"], []).append(event)
    for mrn, events in hers.items():
        registered = next(event for event in events if event["type"] == "registered")
        followed = _days_followed(mrn)
        shift = today - timedelta(days=followed) - date.fromisoformat(registered["on"])
        moved = [_moved(event, shift) for event in events]
        yield [_dressed(event) for event in moved if event["on"] <= today.isoformat()]


def _number(mrn: str, purpose: str) -> int:
    """A number that depends on the MRN alone, the same on every machine."""
    return int.from_bytes(sha256(f"{purpose} {mrn}".encode()).digest()[:4], "big")


def _days_followed(mrn: str) -> int:
    """How far she is in her follow-up today: a third before the first CT, a third in its window, a third later."""
    low, high = ((1, SOON), (SOON + 1, WINDOW), (WINDOW + 1, YEARS))[_number(mrn, "third") % 3]
    return low + _number(mrn, "day") % (high - low + 1)


def _moved(event: dict[str, Any], shift: timedelta) -> dict[str, Any]:
    moved = dict(event)
    for name in ("on", "birth_date"):
        if name in moved:
            moved[name] = (date.fromisoformat(moved[name]) + shift).isoformat()
    return moved


def _dressed(event: dict[str, Any]) -> dict[str, Any]:
    """The registration with a made-up name, a navigator and a site."""
    if event["type"] != "registered":
        return event
    mrn = event["mrn"]
    given = GIVEN[event["sex"] if event["sex"] in GIVEN else "female"]
    name = f"{FAMILY[_number(mrn, 'family') % len(FAMILY)]}, {given[_number(mrn, 'given') % len(given)]}"
    navigator = NAVIGATORS[_number(mrn, "navigator") % len(NAVIGATORS)]
    return {**event, "name": name, "navigator": navigator, "site": SITES[_number(mrn, "site") % len(SITES)]}


def fill(store: Store, folder: Path, *, today: date, now: datetime) -> int:
    """Put the demo's patients into a store; how many events went in."""
    path = folder / "demo.jsonl"
    lines = (json.dumps(event) for events in patients(today) for event in events)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = import_file(store, path, today=today, now=now, protocol=load())
    path.unlink()
    return done.recorded


def run(*, host: str, port: int, today: date, now: datetime) -> int:
    """Fill a database of the demo's own, serve it until it is stopped, and leave nothing behind."""
    with tempfile.TemporaryDirectory(prefix="pathway-demo-") as folder:
        url = f"sqlite:///{folder}/demo.db"
        store = Store(url)
        fill(store, Path(folder), today=today, now=now)
        store.close()
        print("197 patients of the registry Colorectal-Liver-Metastases (doi 10.7937/QXK2-QG03, CC BY 4.0),")
        print("with made-up names and dates moved to today. Stop it with Ctrl-C.", flush=True)
        return serving.serve(url, host=host, port=serving.free_port(host, port), navigator=NAVIGATORS[0])
