"""One patient's time in the unit: a clock, what is told of her, and the steps that the tracker allows or refuses.

Facts are told on the day of the clock and become known then, or later; a step is judged with what is known when it is
taken, by the tracker's own admission. A refused step is told too: whoever takes the file in refuses it once more, and
keeps it for audit.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pathway import events
from pathway.case import DAY, Case
from pathway.criteria import MET
from pathway.demo.people import Person
from pathway.demo.rates import rate
from pathway.errors import StepRefused
from pathway.history import History
from pathway.journey import walk
from pathway.protocol import Protocol
from pathway.states import STEP, State
from pathway.tracker.admitting import Admitting

TUESDAY, THURSDAY, FRIDAY, SATURDAY = 1, 3, 4, 5
MONTH = 30.44
"""Days."""

Row = dict[str, Any]


class Over(Exception):
    """Nothing more can be told: today is reached, or the patient is closed."""


class Life:
    """What is told of one patient up to today, in the order in which it became known."""

    def __init__(
        self, person: Person, rng: random.Random, *, start: date, today: date, opened: date, protocol: Protocol
    ) -> None:
        self.person = person
        self.rng = rng
        self.day = start
        self.today = today
        self.opened = opened
        """The unit's first day with the tracker: what happened before was recorded on it."""
        self.protocol = protocol
        self.state = State.DIAGNOSIS
        self.lines: list[Row] = []
        self.attempts: set[str] = set()
        """The lines of steps that were refused, by id."""
        self.dies_on: date | None = None
        self.certain = ""
        """A rate that comes true for this patient."""
        self._admitting = Admitting()
        self._late: list[tuple[datetime, Row]] = []
        self._count = 0
        self._of_day = (start, 0)

    # --- the clock ---

    def chance(self, share: float) -> bool:
        """Whether something of that likelihood happens."""
        return self.rng.random() < share

    def happens(self, name: str) -> bool:
        """Whether something of that rate happens."""
        return self.chance(rate(name)) or name == self.certain

    def go(self, day: date) -> None:
        """The clock moves on to a day; Over where today is passed, or the patient dies before."""
        if self.dies_on is not None and day >= self.dies_on:
            self.day = max(self.day, self.dies_on)
            self._past_today()
            if self.state is not State.CLOSED:
                late = self.rng.choice((0, 0, 1, 2, 5, 9, 20))
                self.tell("died", late=late)
            raise Over
        self.day = max(self.day, day)
        self._past_today()

    def _past_today(self) -> None:
        if self.day > self.today:
            raise Over

    def wait(self, low: int, high: int | None = None) -> None:
        """Some days pass."""
        self.go(self.day + timedelta(days=self.rng.randint(low, high if high is not None else low)))

    def working_day(self) -> None:
        """On to Monday, where it is a weekend."""
        if self.day.weekday() >= SATURDAY:
            self.go(self.day + timedelta(days=7 - self.day.weekday()))

    def weekday(self, *wanted: int) -> None:
        """On to the next of these days of the week; none where it is one."""
        self.go(on_weekday(self.day, *wanted))

    def dies_within(self, median_months: float) -> None:
        """The patient dies some time from here, after so many months in the median."""
        self.dies_on = self.day + timedelta(days=7 + int(self.rng.expovariate(0.6931 / (median_months * MONTH))))

    # --- what is told ---

    def tell(self, kind: str, /, *, late: int = 0, ago: int = 0, by: str | None = None, **fields: Any) -> str:
        """A fact of the day, or of so many days ago; `late` days later it is recorded. Its id."""
        recorded = self._instant(self.day + timedelta(days=late))
        row = self._row(kind, self.day - timedelta(days=ago), recorded, by, fields)
        if late:
            self._late.append((recorded, row))
        else:
            self._arrive(recorded)
            self._know(row)
        return str(row["id"])

    def _row(self, kind: str, on: date, recorded: datetime, by: str | None, fields: Row) -> Row:
        self._count += 1
        row: Row = {"mrn": self.person.mrn, "type": kind, "on": on.isoformat(), "id": f"e{self._count}"}
        row |= {name: value for name, value in fields.items() if value is not None}
        return row | {"by": by or self.person.navigator, "recorded_at": recorded.isoformat()}

    def reported(self, kind: str, /, **fields: Any) -> str:
        """A fact that may reach the unit late."""
        return self.tell(kind, late=self.rng.randint(7, 28) if self.chance(rate("reported_late")) else 0, **fields)

    def correct(self, event_id: str, replacement: Row | None, note: str, after: int) -> None:
        """An earlier event was wrong: told some days later, without moving the clock."""
        on = self.day + timedelta(days=after)
        recorded = self._instant(on)
        fields = {"event": event_id, "note": note, "replacement": replacement}
        self._late.append((recorded, self._row("corrected", on, recorded, None, fields)))

    def step(self, trigger: str, *, by: str | None = None, **fields: Any) -> list[str]:
        """A step is taken, if the tracker lets it; else what refused it, by row and `fact`."""
        recorded = self._instant(self.day)
        self._arrive(recorded)
        row = self._row("advanced", self.day, recorded, by, {"trigger": trigger, **fields})
        self.lines.append(row)
        try:
            self._admit(row)
        except StepRefused as refused:
            self.attempts.add(row["id"])
            return [f"{one.id} {one.verdict}" for one in refused.findings if one.verdict is not MET]
        self.state = STEP[trigger, self.state].to
        return []

    def take_over(self, state: State, reason: str) -> None:
        """The patient enters in the middle of the pathway."""
        self.tell("taken_over", state=state.value, reason=reason)
        self.state = state

    def case(self) -> Case:
        """All that is known today."""
        journey = walk(History.of(self._admitting.events), self.day, self.protocol)
        assert journey is not None
        return journey.case

    def end(self) -> None:
        """What came late and is known by today."""
        self._arrive(self._instant(self.today, last=True))

    def _instant(self, day: date, *, last: bool = False) -> datetime:
        """When something of that day is recorded: during working hours, each a little after the one before."""
        if day != self._of_day[0]:
            self._of_day = (day, 0)
        self._of_day = (day, self._of_day[1] + 1)
        minutes = 9 * 60 if last else self._of_day[1]
        at = datetime.combine(day, time(8), tzinfo=UTC) + timedelta(minutes=minutes)
        return max(at, datetime.combine(self.opened, time(6), tzinfo=UTC))

    def _arrive(self, now: datetime) -> None:
        """What was told late and is known by now."""
        due = sorted((one for one in self._late if one[0] <= now), key=lambda one: one[0])
        if due:
            self._late = [one for one in self._late if one[0] > now]
            for _, row in due:
                self._know(row)

    def _know(self, row: Row) -> None:
        self.lines.append(row)
        self._admit(row)

    def _admit(self, row: Row) -> None:
        event = events.read(row, today=self.today)
        now = datetime.fromisoformat(row["recorded_at"])
        self._admitting.admit(event, now=now, today=self.today, protocol=self.protocol)


def on_weekday(day: date, *wanted: int) -> date:
    """The first day from `day` on that is one of these days of the week."""
    while day.weekday() not in wanted:
        day += DAY
    return day
