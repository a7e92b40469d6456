"""Every history replayed and compared with what is stored: what an auditor runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from pathway import events
from pathway.answer import show
from pathway.errors import PathwayError
from pathway.events import Registered
from pathway.history import History
from pathway.protocol import Protocol
from pathway.store import Store, records


def differences(store: Store, *, today: date, protocol: Protocol) -> Iterator[tuple[str, str]]:
    """Every record that does not replay, as (MRN, what differs); nothing where all is well. Memory stays flat."""
    with store.read() as connection:
        for whole in records.every(connection):
            for problem in _of_record(whole.rows, today, protocol):
                yield whole.mrn, problem


def _of_record(rows: list[Any], today: date, protocol: Protocol) -> Iterator[str]:
    known = []
    for position, row in enumerate(rows, 1):
        if row.position != position:
            yield f"event {row.event_id} stands at {row.position} of the record, not at {position}"
        try:
            event = events.decode(row.body)
        except ValueError:
            yield f"event {row.event_id} cannot be read"
            continue
        if event.id != row.event_id or event.on != row.on_day or event.type != row.type:
            yield f"event {row.event_id} differs from its own columns"
        if records.content_hash(event) != row.content_hash:
            yield f"event {row.event_id} is not what was recorded"
        known.append(event)
    if not known:
        yield "no event is left of this record"
        return
    if type(known[0]) is not Registered and not any(type(event) is Registered for event in known):
        yield "no registration is left of this record"
        return
    try:
        show(History.of(known), today, protocol)
    except (PathwayError, LookupError, ValueError) as error:
        yield f"the history does not replay: {error}"
