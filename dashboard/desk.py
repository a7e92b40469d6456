"""What every screen works on: the store, the protocol, who sits here, the day. Opened once a process."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from threading import Lock
from typing import Any

from pathway import protocol as protocols
from pathway import settings, views
from pathway.cohort import Sums, cohort
from pathway.protocol import Protocol
from pathway.tracker import Store
from pathway.views import Line


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


class Lines:
    """Everybody on a day, read anew only where something was recorded since: a click that records nothing reads
    nothing. Asked before each use, so that nobody works on an old list.
    """

    def __init__(self) -> None:
        self._read: tuple[Any, list[Line]] | None = None

    def of(self, day: date) -> list[Line]:
        """The list as it is now."""
        known = (store(), day, protocol().version, views.recorded(store()))
        read = self._read
        if read is None or read[0] != known:
            read = self._read = (known, views.lines(store(), day=day, protocol=protocol()))
        return read[1]


LINES = Lines()


class Figures:
    """The cohort on a day, counted anew only where something was recorded since, and then only whom it concerns."""

    def __init__(self) -> None:
        self._sums = Sums()
        self._counted: tuple[Any, dict[str, Any]] | None = None
        self._one_at_a_time = Lock()

    def of(self, day: date) -> dict[str, Any]:
        """The figures as they are now."""
        with self._one_at_a_time:
            known = (store(), day, protocol().version, views.recorded(store()))
            counted = self._counted
            if counted is None or counted[0] != known:
                found = cohort(store(), day=day, protocol=protocol(), sums=self._sums)
                counted = self._counted = (known, found)
            return counted[1]


FIGURES = Figures()


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
