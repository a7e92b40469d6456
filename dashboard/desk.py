"""What every screen works on: the store, the protocol, who sits here. Opened once a process."""

from __future__ import annotations

import os
from datetime import date
from functools import cache
from typing import NamedTuple

from pathway import protocol as protocols
from pathway import settings
from pathway.protocol import Protocol
from pathway.tracker import Store


@cache
def store() -> Store:
    """The database; raises StoreError."""
    return Store(settings.load().db.get_secret_value())


@cache
def protocol() -> Protocol:
    """The protocol in force; raises ProtocolError."""
    return protocols.load(settings.load().protocol)


def zone() -> str:
    """The clinic's time zone."""
    return settings.load().time_zone


def first_navigator() -> str:
    """Whose caseload is shown first, where the process was told (the demo does)."""
    return os.environ.get("PATHWAY_NAVIGATOR", "")


class Desk(NamedTuple):
    """One person at a screen, on a day."""

    day: date
    me: str
    """Who enters what is recorded here; empty until somebody said."""
