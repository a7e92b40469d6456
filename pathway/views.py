"""What is read: one patient, all of them, the worklist. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from pathway.alerts import pressing, seen_on
from pathway.answer import alerts, show
from pathway.errors import UnknownPatient
from pathway.events import Event, Registered
from pathway.history import History
from pathway.journey import walk
from pathway.protocol import Protocol
from pathway.store import Store, records

NOBODY = "nobody with this MRN is registered on that day: look at the MRN again, or register her"


class Patient(NamedTuple):
    """One patient as a page needs her: her key, who she is, her version, and the whole answer."""

    key: str
    version: int
    registered: Registered
    answer: dict[str, Any]
    history: History
    way: list[tuple[date, str]]
    """The states she has been in, each with the day on which it was entered."""


def patient(store: Store, mrn: str, *, day: date, protocol: Protocol) -> Patient:
    """Everything about the patient with this MRN on a day; raises UnknownPatient."""
    with store.read() as connection:
        record_id = records.find(connection, mrn)
        if record_id is None:
            raise UnknownPatient(NOBODY)
        return _patient(
            records.load(connection, record_id), records.key_of(connection, record_id), day=day, protocol=protocol
        )


def patient_by_key(store: Store, key: str, *, day: date, protocol: Protocol) -> Patient:
    """The same by the key that stands in her address; raises UnknownPatient."""
    with store.read() as connection:
        found = records.by_key(connection, key)
        if found is None:
            raise UnknownPatient("this address leads to nobody: search for her in the worklist")
        return _patient(records.load(connection, found[0]), key, day=day, protocol=protocol)


def _patient(known: list[Event], key: str, *, day: date, protocol: Protocol) -> Patient:
    history = History.of(known)
    answer = show(history, day, protocol)
    if answer is None or history.registered is None:
        raise UnknownPatient(NOBODY)
    journey = walk(history, day, protocol)
    way = [(entry.on, entry.state.value) for entry in journey.entries] if journey else []
    return Patient(key, len(known), history.registered, answer, history, way)


def show_all(store: Store, *, day: date, protocol: Protocol) -> Iterator[dict[str, Any]]:
    """Every patient registered by that day, in order of MRN; memory stays flat."""
    with store.read() as connection:
        for _, known in records.histories(connection):
            answer = show(History.of(known), day, protocol)
            if answer is not None:
                yield answer


class Line(NamedTuple):
    """One patient in a list: who she is, where she stands, and what is owed, most pressing first."""

    key: str
    version: int
    mrn: str
    name: str
    state: str
    since: date
    owner: str
    site: str | None
    alerts: list[dict[str, Any]]


def lines(store: Store, *, day: date, protocol: Protocol) -> list[Line]:
    """Everybody registered by a day, those with something owed first, most pressing first."""
    found: list[Line] = []
    with store.read() as connection:
        for whole, known in records.histories(connection):
            journey = walk(History.of(known), day, protocol)
            if journey is None:
                continue
            case = journey.case
            found.append(
                Line(
                    whole.key,
                    len(known),
                    whole.mrn,
                    case.registered.name,
                    case.state.value,
                    case.since,
                    case.navigator,
                    case.registered.site,
                    seen_on(journey, day),
                )
            )
    return sorted(found, key=lambda line: (not line.alerts, pressing(line.alerts[0]) if line.alerts else ()))


def worklist(store: Store, *, day: date, protocol: Protocol, navigator: str | None = None) -> list[dict[str, Any]]:
    """All that is owed on a day, upcoming too, most pressing first; of one owner where a navigator is named."""
    found: list[dict[str, Any]] = []
    with store.read() as connection:
        for _, known in records.histories(connection):
            found += [
                alert
                for alert in alerts(History.of(known), day, protocol)
                if navigator is None or alert["owner"] == navigator
            ]
    return sorted(found, key=pressing)


def last_look(store: Store) -> datetime | None:
    """When the scheduler last looked; None where it never did."""
    with store.read() as connection:
        return records.last_look(connection)
