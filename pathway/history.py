"""One patient's events as they are known now: corrections applied, in the order in which they are read.

Within a day: facts first, whatever the order of recording; then `taken_over`; then `advanced` in the order of
recording; then `died` and `withdrawn`. Nothing else depends on the order of recording (X5).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from pathway.errors import Refused
from pathway.events import (
    LATEST,
    Advanced,
    Corrected,
    Died,
    Event,
    Registered,
    TakenOver,
    Withdrawn,
    replaced,
)

_FACT, _TAKE_OVER, _STEP, _END = range(len(("fact", "taken_over", "advanced", "died")))
"""How the events of one day follow each other."""
_RANK: dict[type, int] = {TakenOver: _TAKE_OVER, Advanced: _STEP, Died: _END, Withdrawn: _END}
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
Place = tuple[date, int, datetime, int, str]
"""Where an event stands among the others of its patient."""


def place(event: Event, arrival: int) -> Place:
    """The place of an event, given how many arrived before it: of facts their arrival says nothing."""
    rank = _RANK.get(type(event), _FACT)
    if rank == _STEP:
        return event.on, rank, event.recorded_at or _LONG_AGO, arrival, event.id
    return event.on, rank, _LONG_AGO, 0, event.id


class History:
    """A patient's events in order of arrival, and what follows from her corrections. Cheap to extend, never changed."""

    __slots__ = ("corrected_by", "events", "last", "order", "registered")

    events: tuple[Event, ...]
    """As they arrived, corrections and what they corrected included."""
    order: tuple[Event, ...]
    """As they are known now and read: corrected, without corrections, sorted as the module says."""
    corrected_by: dict[str, str]
    """Id of an event or correction that no longer stands as it was, to the id of the correction that says so."""
    registered: Registered | None
    last: Place | None
    """The place of the last event in that order."""

    def __init__(self, events: tuple[Event, ...]) -> None:
        self.events = events
        corrections = [event for event in events if type(event) is Corrected]
        self.corrected_by = _standing(events) if corrections else {}
        self.registered = None
        keyed: list[tuple[Place, Event]] = []
        by_id = {correction.id: correction for correction in corrections}
        for arrival, original in enumerate(events):
            kind = type(original)
            if kind is Corrected:
                continue
            event = original
            if original.id in self.corrected_by:
                correction = by_id[self.corrected_by[original.id]]
                if correction.replacement is None:
                    continue
                event = replaced(original, correction, today=LATEST)
            if type(event) is Registered:
                self.registered = event
            keyed.append((place(event, arrival), event))
        keyed.sort()
        self.order = tuple([event for _, event in keyed])
        self.last = keyed[-1][0] if keyed else None

    @classmethod
    def of(cls, events: Iterable[Event]) -> History:
        """The history of one patient; `events` in the order in which they were recorded."""
        return cls(tuple(events))

    def with_(self, event: Event) -> History:
        """The same history with one more event recorded."""
        return History((*self.events, event))

    def find(self, event_id: str) -> Event | None:
        """The patient's own event of that id, as it was recorded."""
        return next((event for event in self.events if event.id == event_id), None)


def _standing(events: tuple[Event, ...]) -> dict[str, str]:
    """Which correction speaks for each corrected event.

    A correction that another takes away does not stand, and that one can be taken away in turn; of two that stand the
    later recorded speaks.
    """
    targets: dict[str, list[tuple[datetime, int, Corrected]]] = {}
    for arrival, event in enumerate(events):
        if type(event) is Corrected:
            targets.setdefault(event.event, []).append((event.recorded_at or _LONG_AGO, arrival, event))
    memo: dict[str, bool] = {}

    def stands(correction: Corrected) -> bool:
        if correction.id not in memo:
            memo[correction.id] = True  # a correction names an event known before it: no circle can close
            memo[correction.id] = not any(stands(other) for _, _, other in targets.get(correction.id, ()))
        return memo[correction.id]

    found: dict[str, str] = {}
    for target, against in targets.items():
        standing = [(recorded, arrival, one) for recorded, arrival, one in against if stands(one)]
        if standing:
            found[target] = max(standing, key=lambda item: (item[0], item[1]))[-1].id
    return found


def check_structure(history: History, event: Event, *, today: date) -> History:
    """The history with the event recorded, or Refused where it cannot be part of any history.

    Never refused: a fact, for what it says. Refused: a patient never registered, a second registration, a step or a
    take-over before the registration, a correction of what does not exist, a replacement that is no valid event of
    that type.
    """
    if type(event) is Registered:
        if any(type(other) is Registered for other in history.events):
            raise Refused("the patient is registered already; correct that registration instead", "type")
    elif history.registered is None:
        raise Refused(
            "nobody is registered under this MRN: register the patient first, or look at the MRN again", "mrn"
        )
    if type(event) is Corrected:
        _check_correction(history, event, today)
    after = history.with_(event)
    registered = after.registered
    assert registered is not None
    for other in after.order:
        if other.on >= registered.on:
            break
        if type(other) in (Advanced, TakenOver):
            if other.id == event.id:
                raise Refused(f"{other.on} lies before the registration ({registered.on})", "on")
            raise Refused(
                f"a step or take-over of {other.on} would lie before the registration ({registered.on})", "on"
            )
    return after


def _check_correction(history: History, correction: Corrected, today: date) -> None:
    target = history.find(correction.event)
    if target is None:
        raise Refused("no event of this patient has that id; `pathway show` lists them", "event")
    if type(target) is Corrected:
        if correction.replacement is not None:
            raise Refused("a correction is only taken away; then correct the event itself", "replacement")
        return
    if correction.replacement is None:
        if type(target) is Registered:
            raise Refused("a registration is corrected, not taken away: give the right fields", "replacement")
        return
    replaced(target, correction, today=today)
