"""What follows from a record's events, written beside them in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from pathway.events import Event
from pathway.history import History
from pathway.protocol import Protocol
from pathway.store import derived, protocols
from pathway.store.derived import Derived
from pathway.store.records import Held


def derive(connection: Connection, held: Held, known: Sequence[Event], *, protocol: Protocol) -> Derived | None:
    """What follows from a record's events; each past step is judged by the protocol it was taken under."""
    judged = protocols.judged_by(connection, held.judged_by, protocol)
    return derived.derive(held.id, History.of(known), protocol, judged_by=judged)


def rederive(
    connection: Connection,
    found: Mapping[str, tuple[Held, Sequence[Event]]],
    *,
    protocol: Protocol,
) -> int:
    """Derive some records anew from all their events, and write what differs; how many obligations changed."""
    fresh = [held.id for held, _ in found.values() if not held.events]
    rows = (derive(connection, held, known, protocol=protocol) for held, known in found.values())
    return derived.save(connection, [one for one in rows if one is not None], fresh=fresh)
