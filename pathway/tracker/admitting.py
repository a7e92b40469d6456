"""One record in the hand of a transaction: events are admitted one after another, then stored together.

The id rules stand here: the same id with the same content is the same event, once; with another content it is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import uuid4

import msgspec

from pathway import events
from pathway.answer import finding_row
from pathway.errors import Refused, StepRefused
from pathway.events import Advanced, Corrected, Event, Registered, TakenOver
from pathway.history import History, Place, place
from pathway.journey import Journey, admit, attempt, follow, walk
from pathway.protocol import Protocol

_JUDGED = (Registered, TakenOver, Advanced, Corrected)
"""What depends on the history to be recorded. Any other fact asks only that she is registered."""


class Admitting:
    """The events of one record, known and new. `new` holds what has been admitted and is not yet stored."""

    def __init__(self, known: Iterable[Event] = ()) -> None:
        self.events = list(known)
        self.known = len(self.events)
        self._by_id = {event.id: event for event in self.events}
        self._registered = any(type(event) is Registered for event in self.events)
        self._journey: Journey | None = None
        self._walked = 0
        """How many events, in order of arrival, the journey has followed."""
        self._last: Place | None = None

    @property
    def new(self) -> list[Event]:
        """What was admitted and is not stored yet, in order of arrival."""
        return self.events[self.known :]

    def admit(self, event: Event, *, now: datetime, today: date, protocol: Protocol) -> Event | None:
        """Take one event in. None where it is known already; Refused or StepRefused where it may not be recorded."""
        event = events.identified(event, recorded_at=now)
        same = self._by_id.get(event.id)
        if same is not None:
            if events.content(same) == events.content(event):
                return None
            raise Refused("another event of this patient has that id: give this one an id of its own", "id")
        if isinstance(event, _JUDGED) or not self._registered:
            if not (isinstance(event, Advanced) and self._goes_on(event, protocol)):
                admit(History.of(self.events), event, protocol, today=today)
            self._registered = True
        self.events.append(event)
        self._by_id[event.id] = event
        return event

    def _goes_on(self, step: Advanced, protocol: Protocol) -> bool:
        """Whether a step comes after everything known: then it is judged at the end of the way, which is carried on
        from step to step; StepRefused where it is refused. False where it comes before something.
        """
        if self._journey is None or not self._carried_on():
            history = History.of(self.events)
            self._journey, self._last = walk(history, date.max, protocol), history.last
        self._walked = len(self.events)
        journey = self._journey
        if journey is None or self._last is None or place(step, self._walked) < self._last:
            return False
        journey.case.day = step.on
        attempt(journey, step)
        return True

    def _carried_on(self) -> bool:
        """Follow what arrived since; False where something of it does not come last."""
        assert self._journey is not None
        for arrival, event in enumerate(self.events[self._walked :], self._walked):
            at = place(event, arrival)
            if type(event) in (Registered, Corrected) or self._last is None or at < self._last:
                return False
            follow(self._journey, event)
            self._last = at
        return True


def minted(event: Event) -> Event:
    """The event with an id of its own: what a person enters twice is two events."""
    return event if event.id else msgspec.structs.replace(event, id=uuid4().hex)


def findings_of(refused: StepRefused, event: Event, protocol: Protocol) -> list[dict[str, str]]:
    """Every answer that a refused step was given, as it is shown."""
    trigger = event.trigger if isinstance(event, Advanced) else ""
    return [finding_row(finding, protocol, trigger) for finding in refused.findings]
