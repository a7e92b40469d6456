"""What every screen works on: the store, the protocol, who sits here, the day. Opened once a process."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from threading import Lock
from typing import Any, Generic, TypeVar

from pathway import protocol as protocols
from pathway import settings, views
from pathway.cohort import Sums, cohort
from pathway.protocol import Protocol
from pathway.tracker import Store
from pathway.views import Line

Read = TypeVar("Read")


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


def as_of() -> date | None:
    """The day that this process was told to show as today."""
    told = os.environ.get("PATHWAY_AS_OF")
    return date.fromisoformat(told) if told else None


def first_navigator() -> str:
    """Who sits here until somebody says so, where the process was told (the demo does)."""
    return os.environ.get("PATHWAY_NAVIGATOR", "")


class Fresh(Generic[Read]):
    """What is read of everybody on a day, anew only where something was recorded since: a click that records nothing
    reads nothing. Asked before each use, so that nobody works on what is old; read by one session at a time.
    """

    def __init__(self, read: Callable[[date], Read]) -> None:
        self._read = read
        self._last: tuple[Any, Read] | None = None
        self._one_at_a_time = Lock()

    def of(self, day: date) -> Read:
        """As it is now."""
        with self._one_at_a_time:
            known = (store(), day, protocol().version, views.recorded(store()))
            if self._last is None or self._last[0] != known:
                self._last = (known, self._read(day))
            return self._last[1]


_SUMS = Sums()
LINES: Fresh[list[Line]] = Fresh(lambda day: views.lines(store(), day=day, protocol=protocol()))
FIGURES: Fresh[dict[str, Any]] = Fresh(lambda day: cohort(store(), day=day, protocol=protocol(), sums=_SUMS))


@dataclass
class Desk:
    """One person at a screen, on a day. Made anew with each run of the page."""

    day: date
    me: str
    """Who enters what is recorded here; empty until somebody said."""
    clock: Callable[[], datetime]

    @cached_property
    def lines(self) -> list[Line]:
        """Everybody, most pressing first; read once a run, and only where a screen asks."""
        return LINES.of(self.day)
