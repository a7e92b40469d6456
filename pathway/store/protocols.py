"""The protocols that past steps were taken under: a step is judged by its own, obligations by the one in force."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from pathway import protocol as protocols
from pathway.protocol import Protocol
from pathway.store import records

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
