"""197 real patients of a public registry, as if they were followed up here today.

The registry knows no names and no calendar. Each patient gets a made-up name, a navigator and a site, and one shift of
all her dates by whole days, so that today lies where something happens in her course: every interval stays the
registry's, and what would lie after today has not happened yet and is left out. `docs/demo.md` says why, and what the
demo cannot show for it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from importlib.resources import files
from typing import Any, NamedTuple

from pathway.demo.people import NAVIGATORS, SITES
from pathway.demo.people import name_of as _name

SOURCE = "data", "tcia_crlm_197.jsonl"
CITATION = (
    "Simpson A.L., Peoples J., Creasy J.M., et al., Colorectal-Liver-Metastases, The Cancer Imaging Archive, 2023, "
    "doi 10.7937/QXK2-QG03, CC BY 4.0"
)
WEEK = 7


class Span(NamedTuple):
    """Days since the operation between which today may lie, both included; a week at least."""

    low: int
    high: int


QUIET = ((30, Span(1, 81)), (38, Span(82, 91)), (83, Span(92, 182)), (97, Span(185, 230)), (100, Span(300, 420)))
"""Of a hundred patients to whom nothing happened yet: long before the first CT, a week before it, in its window, late,
nearly lost."""
DEAD_OF_100 = 35
"""Of a hundred who died in the registry, how many have died by today."""
AFTER_DEATH = Span(1, 200)
RECURRED_OF_100 = 65
"""Of a hundred with an early recurrence, how many have it by today."""
EARLY_RECURRENCE = 250
"""Later than this it would come on top of a first CT that is months late: the registry records no scans."""
AFTER_RECURRENCE = Span(0, 20)

Row = dict[str, Any]


def registry() -> list[Row]:
    """The registry's events as they are packaged."""
    text = files("pathway").joinpath(*SOURCE).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def patients(today: date) -> Iterator[list[Row]]:
    """Each patient's events, moved to today: nothing after it, and every interval as it was."""
    hers: dict[str, list[Row]] = {}
    for event in registry():
        hers.setdefault(event["mrn"], []).append(event)
    ranks: Counter[str] = Counter()
    for mrn, events in hers.items():
        registered = next(event for event in events if event["type"] == "registered")
        sex = registered["sex"]
        dressed = {
            **registered,
            "name": _name(sex, ranks[sex]),
            "navigator": NAVIGATORS[_number(mrn, "navigator") % len(NAVIGATORS)],
            "site": SITES[_number(mrn, "site") % len(SITES)],
        }
        ranks[sex] += 1
        operated = today - timedelta(days=_days_followed(mrn, _course(events), today))
        shift = operated - date.fromisoformat(registered["on"])
        moved = [_moved(dressed if event is registered else event, shift) for event in events]
        yield [event for event in moved if event["on"] <= today.isoformat()]


def _course(events: list[Row]) -> dict[str, int]:
    """Days from the registration, which is the day of the operation, to what happened after it."""
    on = {event["type"]: date.fromisoformat(event["on"]) for event in events}
    return {name: (on[name] - on["registered"]).days for name in ("recurrence", "died", "visit") if name in on}


def _days_followed(mrn: str, course: dict[str, int], today: date) -> int:
    """How many days ago she was operated, so that today something happens: chosen by her MRN and her course alone.

    Among the days that are possible one is taken on which the operation fell between Tuesday and Friday (its CT lies on
    the day before).
    """
    recurrence, died = course.get("recurrence"), course.get("died")
    if died is not None and _number(mrn, "dead") % 100 < DEAD_OF_100:
        span = Span(died + AFTER_DEATH.low, died + AFTER_DEATH.high)
    elif recurrence is not None and recurrence <= EARLY_RECURRENCE and _number(mrn, "recurred") % 100 < RECURRED_OF_100:
        span = Span(recurrence + AFTER_RECURRENCE.low, recurrence + AFTER_RECURRENCE.high)
    else:
        share = _number(mrn, "share") % 100
        span = next(span for below, span in QUIET if share < below)
        nothing_yet = min(course.values()) - 1
        if span.high > nothing_yet:
            span = Span(max(1, min(span.low, nothing_yet - WEEK + 1)), nothing_yet)
    drawn = span.low + WEEK - 1 + _number(mrn, "day") % (span.high - span.low - WEEK + 2)
    weekday = 1 + _number(mrn, "weekday") % 4
    return drawn - (drawn - today.weekday() + weekday) % WEEK


def _number(mrn: str, purpose: str) -> int:
    """A number that depends on the MRN alone, the same on every machine."""
    return int.from_bytes(sha256(f"{purpose} {mrn}".encode()).digest()[:4], "big")


def _moved(event: Row, shift: timedelta) -> Row:
    moved = dict(event)
    for name in ("on", "birth_date"):
        if name in moved:
            moved[name] = (date.fromisoformat(moved[name]) + shift).isoformat()
    return moved
