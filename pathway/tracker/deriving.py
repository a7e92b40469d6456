"""What follows from a record's events, written beside them in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from pathway.events import Event
from pathway.history import History
from pathway.protocol import Protocol
from pathway.store import derived, protocols
from pathway.store.records import Held


def rederive(
    connection: Connection,
    found: Mapping[str, tuple[Held, Sequence[Event]]],
    *,
    protocol: Protocol,
) -> int:
    """Derive some records anew from all their events, and write what differs; how many obligations changed."""
    fresh = [held.id for held, _ in found.values() if not held.events]
    rows = []
    for held, known in found.values():
        judged = protocols.judged_by(connection, held.judged_by, protocol)
        one = derived.derive(held.id, History.of(known), protocol, version=len(known), judged_by=judged)
        if one is not None:
            rows.append(one)
    return derived.save(connection, rows, fresh=fresh)
