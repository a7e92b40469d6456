"""What is read: one patient, all of them, the worklist. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from pathway.alerts import pressing, seen, seen_on
from pathway.answer import show, shown
from pathway.errors import UnknownPatient
from pathway.events import Registered
from pathway.history import History
from pathway.journey import walk
from pathway.protocol import Protocol
from pathway.store import Store, lists, protocols, records

NOBODY = "nobody with this MRN is registered on that day: look at the MRN again, or register the patient"


class Patient(NamedTuple):
    """One patient as a page needs her: her key, who she is, her version, and the whole answer."""

    key: str
    version: int
    registered: Registered
    answer: dict[str, Any]
    history: History
    way: list[tuple[date, str]]
    """The states she has been in, each with the day on which it was entered."""
    questioned: list[str]
    """The steps that no longer hold, by id: what an MDT decision has to name to settle them."""
    judged_by: dict[str, Protocol]
    """The protocols of steps that were taken under another than the one in force."""


def patient(store: Store, mrn: str, *, day: date, protocol: Protocol, known_on: date | None = None) -> Patient:
    """Everything about the patient with this MRN on a day; raises UnknownPatient.

    `known_on` leaves out what was recorded later (X3): what was known then, in place of what is known now.
    """
    with store.read() as connection:
        held = records.load(connection, [mrn]).get(mrn)
        if held is None:
            raise UnknownPatient(NOBODY)
        key = records.key_of(connection, held.id)
        judged = protocols.judged_by(connection, held.judged_by, protocol)
    known = held.events
    if known_on is not None:
        known = [event for event in known if event.recorded_at is None or event.recorded_at.date() <= known_on]
    history = History.of(known)
    journey = walk(history, day, protocol, judged_by=judged)
    if journey is None or history.registered is None:
        raise UnknownPatient(NOBODY)
    way = [(entry.on, entry.state.value) for entry in journey.entries]
    questioned = [event.id for event in journey.questioned]
    answer = shown(journey, history, protocol)
    return Patient(key, len(held.events), history.registered, answer, history, way, questioned, judged)


def patient_by_key(store: Store, key: str, *, day: date, protocol: Protocol) -> Patient:
    """The same by the key that stands in her address; raises UnknownPatient."""
    with store.read() as connection:
        mrn = records.mrn_of(connection, key)
    if mrn is None:
        raise UnknownPatient("this address leads to nobody: search in the worklist")
    return patient(store, mrn, day=day, protocol=protocol)


def show_all(store: Store, *, day: date, protocol: Protocol) -> Iterator[dict[str, Any]]:
    """Every patient registered by that day, in the order in which they were entered; memory stays flat."""
    with store.read() as connection:
        for told in protocols.histories(connection, protocol):
            answer = show(told.history, day, protocol, judged_by=told.judged_by)
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
    """Everybody registered by a day, those with something owed first, most pressing first.

    The present is read from the derived rows; whoever has an event after that day, or was derived under another
    protocol, is replayed.
    """
    found: list[Line] = []
    with store.read() as connection:
        replayed: list[int] = []
        owed = lists.owed_by_record(connection)
        for row in lists.patients(connection):
            if row.last_on > day or row.protocol_version != protocol.version:
                replayed.append(row.record_id)
                continue
            alerts = sorted((seen(one, row.mrn, day) for one in owed.get(row.record_id, ())), key=pressing)
            found.append(
                Line(row.key, row.version, row.mrn, row.name, row.state, row.since, row.owner, row.site, alerts)
            )
        found += _replayed(connection, replayed, day, protocol)
    return sorted(found, key=lambda line: (not line.alerts, pressing(line.alerts[0]) if line.alerts else ()))


def _replayed(connection: Connection, ids: list[int], day: date, protocol: Protocol) -> Iterator[Line]:
    for told in protocols.histories(connection, protocol, only=ids):
        journey = walk(told.history, day, protocol, judged_by=told.judged_by)
        if journey is None:
            continue
        case = journey.case
        yield Line(
            told.whole.key,
            len(told.history.events),
            told.whole.mrn,
            case.registered.name,
            case.state.value,
            case.since,
            case.navigator,
            case.registered.site,
            seen_on(journey, day),
        )


def worklist(store: Store, *, day: date, protocol: Protocol, navigator: str | None = None) -> list[dict[str, Any]]:
    """All that is owed on a day, upcoming too, most pressing first; of one owner where a navigator is named."""
    found = [
        alert
        for line in lines(store, day=day, protocol=protocol)
        for alert in line.alerts
        if navigator is None or alert["owner"] == navigator
    ]
    return sorted(found, key=pressing)


def last_look(store: Store) -> datetime | None:
    """When the scheduler last looked; None where it never did."""
    with store.read() as connection:
        return records.last_look(connection)


def page(
    store: Store, *, day: date, protocol: Protocol, navigator: str | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """The alerts that press most on a day, each with the patient's `name`, `state`, `since`, `key` and `version`.

    The same order as the worklist's. Where a patient's derived rows do not speak for that day the whole list is made.
    """
    with store.read() as connection:
        if not lists.any_behind(connection, day, protocol):
            return [
                {
                    **seen(row.owed, row.mrn, day),
                    "name": row.name,
                    "state": row.state,
                    "since": row.since.isoformat(),
                    "key": row.key,
                    "version": row.version,
                }
                for row in lists.page(connection, day, owner=navigator, limit=limit)
            ]
    found = [
        {
            **alert,
            "name": line.name,
            "state": line.state,
            "since": line.since.isoformat(),
            "key": line.key,
            "version": line.version,
        }
        for line in lines(store, day=day, protocol=protocol)
        for alert in line.alerts
        if navigator is None or alert["owner"] == navigator
    ]
    return sorted(found, key=pressing)[:limit]


def recorded(store: Store) -> tuple[int, int]:
    """How many patients and events are recorded. While it is the same, so is every list of the same day."""
    with store.read() as connection:
        return lists.recorded(connection)
