"""One event recorded: read, judged and appended in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from pathway import events
from pathway.errors import Changed, StepRefused
from pathway.protocol import Protocol
from pathway.store import Store, records
from pathway.tracker.admitting import Admitting, findings_of, minted


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
    with store.write() as connection:
        record_id = records.find(connection, event.mrn, lock=True)
        admitting = Admitting(records.load(connection, record_id) if record_id is not None else ())
        if expected_version is not None and admitting.known != expected_version:
            raise Changed(_since(admitting, expected_version))
        try:
            admitted = admitting.admit(event, now=now, today=today, protocol=protocol)
        except StepRefused as error:
            if record_id is None:
                raise
            refusal = error
            records.keep_protocol(connection, protocol, now=now)
            findings = findings_of(error, event, protocol)
            records.attempted(connection, record_id, event, error.expected, findings, now=now, protocol=protocol)
        else:
            if admitted is not None:
                records.keep_protocol(connection, protocol, now=now)
                if record_id is None:
                    record_id = records.create(connection, event.mrn)
                position = len(admitting.events)
                records.append(
                    connection, [records.row(record_id, admitted, now=now, protocol=protocol, position=position)]
                )
    if refusal is not None:
        raise refusal
    return Recorded(event.id, len(admitting.events), admitted is None)


def _since(admitting: Admitting, version: int) -> str:
    """Who recorded what since a version, in words."""
    new = admitting.events[version:]
    if not new:
        return "the patient's record is shorter than what you saw: load the page again"
    what = ", ".join(f"{event.type.replace('_', ' ')} of {event.on}" for event in new[-3:])
    who = {event.by for event in new if event.by}
    return f"{' and '.join(sorted(who)) or 'somebody'} recorded {what} meanwhile: look at it, then enter yours again"
