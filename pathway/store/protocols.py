"""The protocols that past steps were taken under: a step is judged by its own, obligations by the one in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from pathway import events
from pathway import protocol as protocols
from pathway.history import History
from pathway.protocol import Protocol
from pathway.store import records
from pathway.store.records import Whole

_read: dict[str, Protocol] = {}
"""By version. What a version says never changes."""


def judged_by(connection: Connection, versions: Mapping[str, str], protocol: Protocol) -> dict[str, Protocol]:
    """For each step taken under another protocol than the one in force, that protocol, by event id."""
    other = {id_: version for id_, version in versions.items() if version != protocol.version}
    if not other:
        return {}
    if not set(other.values()) <= set(_read):
        for version, (text, site) in records.protocol_texts(connection).items():
            if version not in _read:
                _read[version] = protocols.read(text, site)
    return {id_: _read[version] for id_, version in other.items() if version in _read}


class Told(NamedTuple):
    """One record with its history, and the protocol of each step that was taken under another than the one in force."""

    whole: Whole
    history: History
    judged_by: dict[str, Protocol]


def histories(connection: Connection, protocol: Protocol, *, only: Sequence[int] | None = None) -> Iterator[Told]:
    """Every record (or those named), ready to be replayed; a page at a time, memory stays flat."""
    for page in records.pages(connection, only=only):
        for whole in page:
            history = History.of([events.decode(row.body) for row in whole.rows])
            yield Told(whole, history, judged_by(connection, whole.versions, protocol))
