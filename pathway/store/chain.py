"""The chain of hashes through a record's events, and through the records themselves.

Each link covers the one before it, its place, the instant of storing, the protocol in force and the canonical body.
The heads stand in tables of their own with their counts, sealed by an HMAC where PATHWAY_KEY is set. What that finds
and what it cannot: docs/decisions/0009-tamper-evidence.md.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import NamedTuple

FIRST = ""
"""What the first link covers in place of one before it."""


class Head(NamedTuple):
    """Where a chain ends: how many links, and the last one."""

    length: int
    hash: str


EMPTY = Head(0, FIRST)


def link(previous: str, position: int, stored_at: datetime, protocol_version: str, body: str) -> str:
    """The hash of an event at its place."""
    instant = stored_at.astimezone(UTC).isoformat()
    return hashlib.sha256(f"{previous}\n{position}\n{instant}\n{protocol_version}\n{body}".encode()).hexdigest()


def roll_link(previous: str, position: int, mrn: str) -> str:
    """The hash of a record at its place among the records."""
    return hashlib.sha256(f"{previous}\n{position}\n{mrn}".encode()).hexdigest()


def seal(key: bytes | None, scope: str, head: Head) -> str | None:
    """The HMAC over a head, or None without a key. `scope` says whose head it is."""
    if key is None:
        return None
    return hmac.new(key, f"{scope}\n{head.length}\n{head.hash}".encode(), hashlib.sha256).hexdigest()


ROLL = "roll"


def scope_of(mrn: str) -> str:
    """The scope of a record's head: a head cannot be moved to another patient."""
    return f"record {mrn}"
