"""The unit: who comes when, and the events of everybody up to today.

Most patients come on a random day of seven years. Some come on the day that puts today at a moment worth seeing (a
second stage not yet done, a CEA that rises): without them a unit of this size would show it once in a while only.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from pathway import events
from pathway.alerts import kept
from pathway.dates import add_months
from pathway.demo.course import Course
from pathway.demo.people import EXTENSIVE, FEW, HUB, MANY, Person, person
from pathway.history import History
from pathway.journey import walk
from pathway.protocol import Protocol, load

YEARS = 5
"""How long the unit has worked with the tracker."""
YEARS_BEFORE = 2
"""Of how many years before that it entered its patients' histories on the first day: all of them, the dead too."""
STAGED_FROM = 100
"""A unit of fewer patients has nobody staged."""
CANDIDATES = 2000
"""So many people are looked at for one moment."""

Row = dict[str, Any]


def _anybody(_person: Person) -> bool:
    return True


def _colorectal(person: Person) -> bool:
    return person.primary == "colorectal" and person.mmr == "proficient"


def _mutated(person: Person) -> bool:
    return (
        _colorectal(person)
        and person.burden != EXTENSIVE
        and person.ecog < 2
        and person.extrahepatic != "unresectable"
        and "mutated" in (person.ras, person.braf)
    )


def _both_lobes(person: Person) -> bool:
    return _colorectal(person) and person.burden != FEW and person.bilobar and person.convertible and person.ecog < 2


class Moment(NamedTuple):
    """A moment worth seeing: what is owed then, and in whom it can come about.

    `late` and `least` say how many days after it is due, at most and at least; `certain` which chance comes true.
    """

    rule: str
    who: Callable[[Person], bool] = _anybody
    late: int = 6
    least: int = -400
    certain: str = ""


def _resectable(person: Person) -> bool:
    return _colorectal(person) and person.burden != EXTENSIVE and person.ecog < 2


MOMENTS = (
    Moment("identify_primary", late=0),
    Moment("identify_primary", late=3),
    Moment("urgent_evaluation", lambda one: one.infiltrative, late=2),
    Moment("criterion_missing", _colorectal),
    Moment("criterion_missing", _mutated, late=12, least=1),
    Moment("refer_to_centre", lambda one: one.site != HUB, late=9),
    Moment("act_awaited", _mutated, late=9),
    Moment("act_awaited", _colorectal, late=9, least=1),
    Moment("mdt_review", _mutated),
    Moment("mdt_review", lambda one: one.burden == MANY, least=1, late=8),
    Moment("reassessment", _colorectal, least=2, late=12),
    Moment("reassessment", _mutated, least=8, late=28),
    Moment("remeasure_remnant", _both_lobes),
    Moment("second_stage", _both_lobes),
    Moment("second_stage", _both_lobes),
    Moment("bevacizumab_hold", _mutated, late=0),
    Moment("bevacizumab_hold", _mutated, late=3),
    Moment("bevacizumab_conflict", _mutated),
    Moment("stale_before_surgery", _resectable),
    Moment("adjuvant_start", _mutated),
    Moment("adjuvant_start", _resectable, late=4),
    Moment("perioperative_complete", _resectable),
    Moment("primary_in_place", lambda one: _resectable(one) and not one.resected, late=20),
    Moment("guard_violated", _resectable, late=45, certain="doubted"),
    Moment("cea_rising", _resectable),
    Moment("cea_rising", _resectable, late=3),
    Moment("surveillance_ct", _resectable, least=2, late=9),
    Moment("surveillance_ct", _resectable, least=10, late=35),
    Moment("surveillance_ct", _resectable, least=40, late=78),
    Moment("surveillance_cea", _resectable, least=1, late=12),
)


class Unit(NamedTuple):
    """A unit: the seed it is drawn with, and its today."""

    seed: int
    today: date
    protocol: Protocol

    @property
    def opened(self) -> date:
        """Its first day with the tracker."""
        return add_months(self.today, -12 * YEARS)

    def comes(self, number: int, key: str = "") -> tuple[random.Random, date, Person]:
        """Who that patient is, and when referred; with the chance that the rest of the life is drawn with."""
        rng = random.Random(f"{self.seed} {key or number}")
        first = add_months(self.opened, -12 * YEARS_BEFORE)
        start = first + timedelta(days=int(rng.random() * ((self.today - first).days + 1)))
        return rng, start, person(rng, number, start)

    def life(self, number: int, key: str = "", *, start: date | None = None, certain: str = "") -> Course:
        """Everything told of one patient up to today: the same for the same number, seed and day."""
        rng, drawn, who = self.comes(number, key)
        course = Course(who, rng, start=start or drawn, today=self.today, opened=self.opened, protocol=self.protocol)
        course.certain = certain
        course.live()
        return course

    def at(self, number: int, moment: Moment) -> Course:
        """A patient for whom today is that moment; whoever comes by chance where none is found."""
        for candidate in range(CANDIDATES):
            key = f"{number} {candidate}"
            rng, _, who = self.comes(number, key)
            if not moment.who(who):
                continue
            begun = self.today - timedelta(days=7 * 104)
            for day in self._days_of(self.life(number, key, start=begun, certain=moment.certain), moment, rng):
                course = self.life(number, key, start=begun + (self.today - day), certain=moment.certain)
                if any(low <= self.today <= high for low, high in self._owed(course, self.today, moment)):
                    return course
        return self.life(number)

    def _days_of(self, course: Course, moment: Moment, rng: random.Random) -> Iterator[date]:
        """Days at which the thing is owed, in a life that began two years ago; one a stretch of waiting."""
        days = sorted({date.fromisoformat(row["recorded_at"][:10]) for row in course.lines} | {self.today})
        for day, following in pairwise(days):
            for earliest, latest in self._owed(course, day, moment):
                low = max(day, earliest)
                high = min(following - timedelta(days=1), latest)
                if low <= high:
                    yield low + timedelta(days=rng.randint(0, (high - low).days))

    def _owed(self, course: Course, day: date, moment: Moment) -> list[tuple[date, date]]:
        """The first and last day of the moment, as far as is known by a day."""
        known = [
            events.identified(events.read(row, today=self.today))
            for row in course.lines
            if row["id"] not in course.attempts and datetime.fromisoformat(row["recorded_at"]).date() <= day
        ]
        journey = walk(History.of(known), day, self.protocol)
        return [
            (max(one.opens_on, one.due_on + timedelta(days=moment.least)), one.due_on + timedelta(days=moment.late))
            for one in (kept(journey) if journey else ())
            if one.rule == moment.rule
        ]


def lives(numbers: Iterable[int], *, patients: int, seed: int, today: date) -> Iterator[list[Row]]:
    """The events of some of a unit's patients, one patient after another; the last numbers are staged."""
    unit = Unit(seed, today, load())
    staged = (
        dict(zip(range(patients - len(MOMENTS), patients), MOMENTS, strict=True)) if patients >= STAGED_FROM else {}
    )
    for number in numbers:
        course = unit.at(number, staged[number]) if number in staged else unit.life(number)
        yield course.lines


def lines(numbers: Iterable[int], *, patients: int, seed: int, today: date) -> str:
    """The same as JSON Lines."""
    return written(lives(numbers, patients=patients, seed=seed, today=today))


def written(told: Iterable[list[Row]]) -> str:
    """Patients' events as JSON Lines."""
    return "".join(json.dumps(row) + "\n" for rows in told for row in rows)
