"""One event recorded: read, judged, appended and derived in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from pathway import events
from pathway.errors import Changed, StepRefused
from pathway.events import Event
from pathway.protocol import Protocol
from pathway.store import Store, records
from pathway.store.chain import EMPTY
from pathway.store.driver import Driver
from pathway.tracker.admitting import Admitting, findings_of, minted
from pathway.tracker.deriving import derive


class Recorded(NamedTuple):
    """What became of an event: its id, the patient's version after it, and whether it was known already."""

    id: str
    version: int
    known: bool


def record(
    store: Store,
    found: Mapping[str, Any],
    *,
    today: date,
    now: datetime,
    protocol: Protocol,
    expected_version: int | None = None,
) -> Recorded:
    """Record one event, with an id of its own where it brings none.

    `today` is the day of entry, `now` the instant. Raises Refused where it cannot be recorded, StepRefused (kept
    apart, for audit) where it is a step the guideline does not allow, Changed where the patient has not the
    `expected_version` any more: somebody recorded something since the caller looked.
    """
    event = minted(events.read(found, today=today))
    refusal: StepRefused | None = None
    admitted: Event | None = None
    with store.write() as connection:
        driver = Driver(connection)
        held = driver.hold(event.mrn)
        admitting = Admitting(held.events if held else ())
        if expected_version is not None and admitting.known != expected_version:
            raise Changed(_since(admitting, expected_version))
        try:
            admitted = admitting.admit(event, now=now, today=today, protocol=protocol)
        except StepRefused as error:
            if held is None:
                raise
            refusal = error
            records.keep_protocol(connection, protocol, now=now)
            findings = findings_of(error, event, protocol)
            records.attempted(connection, held.id, event, error.expected, findings, now=now, protocol=protocol)
        if admitted is not None:
            if protocol.version not in store.protocols:
                records.keep_protocol(connection, protocol, now=now)
            if held is None:
                made = records.create(connection, [event.mrn], key=store.key)
                held = records.Held(made[event.mrn], [], EMPTY, {})
            driver.append(held, event.mrn, admitted, now=now, protocol=protocol, key=store.key)
            follows = derive(connection, held, admitting.events, protocol=protocol)
            if follows is not None:
                driver.save(follows)
    if refusal is not None:
        raise refusal
    if admitted is not None:
        store.protocols.add(protocol.version)  # committed: it need not be asked for again
    return Recorded(event.id, len(admitting.events), admitted is None)


def _since(admitting: Admitting, version: int) -> str:
    """Who recorded what since a version, in words."""
    new = admitting.events[version:]
    if not new:
        return "the patient's record is shorter than what you saw: load the page again"
    what = ", ".join(f"{event.type.replace('_', ' ')} of {event.on}" for event in new[-3:])
    who = {event.by for event in new if event.by}
    return f"{' and '.join(sorted(who)) or 'somebody'} recorded {what} meanwhile: look at it, then enter yours again"
