"""Recording: the id rules, the version, what is derived, what cannot be changed."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pathway import views
from pathway.errors import Changed, Refused, StepRefused, UnknownPatient
from pathway.protocol import load
from pathway.store import Store
from pathway.tracker import record
from tests.store.conftest import NOW, TODAY, in_surveillance, put, register


def test_the_same_id_with_the_same_content_is_the_same_event_once(store: Store) -> None:
    register(store)
    first = put(store, "cea", "2027-04-01", id="c-1", ng_per_ml=3)
    again = put(store, "cea", "2027-04-01", id="c-1", ng_per_ml=3.0)
    assert (first.known, again.known, again.version) == (False, True, 2)


def test_the_same_id_with_another_content_is_refused(store: Store) -> None:
    register(store)
    put(store, "cea", "2027-04-01", id="c-1", ng_per_ml=3)
    with pytest.raises(Refused, match="another event of this patient has that id"):
        put(store, "cea", "2027-04-01", id="c-1", ng_per_ml=4)


def test_what_a_person_enters_twice_is_two_events(store: Store) -> None:
    register(store)
    first = put(store, "contact", "2027-04-01", outcome="no_answer")
    second = put(store, "contact", "2027-04-01", outcome="no_answer")
    assert first.id != second.id
    assert second.version == 3


def test_an_id_is_the_patients_own(store: Store) -> None:
    register(store, "A")
    register(store, "B")
    put(store, "cea", "2027-04-01", id="c-1", ng_per_ml=3)
    other = put(store, "cea", "2027-04-01", id="c-1", ng_per_ml=9, mrn="B")
    assert other.known is False


@pytest.mark.req("X2")
def test_a_fact_of_nobody_is_refused_and_leaves_nothing(store: Store) -> None:
    with pytest.raises(Refused, match="nobody is registered"):
        put(store, "cea", "2027-04-01", ng_per_ml=3)
    with pytest.raises(UnknownPatient):
        views.patient(store, "A", day=TODAY, protocol=load())
    with store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM record")).scalar() == 0


def test_a_stale_screen_is_told_who_changed_what(store: Store) -> None:
    register(store)
    put(store, "visit", "2027-04-01", kind="other", by="omar")
    found = {"mrn": "A", "type": "contact", "on": "2027-04-02", "outcome": "reached"}
    with pytest.raises(Changed, match="omar recorded visit of 2027-04-01"):
        record(store, found, today=TODAY, now=NOW, protocol=load(), expected_version=1)


def test_a_refused_step_is_kept_apart_once_with_every_answer(store: Store) -> None:
    register(store)
    for _ in range(2):
        with pytest.raises(StepRefused, match="Primary not yet identified"):
            put(store, "advanced", "2027-04-01", id="s-1", trigger="begin_workup")
    with store.read() as connection:
        rows = connection.execute(text("SELECT refusal, findings FROM attempt")).all()
    assert len(rows) == 1
    assert "baseline imaging" in rows[0].refusal
    assert '"id": "A1"' in rows[0].findings
    assert len(views.patient(store, "A", day=TODAY, protocol=load()).answer["history"]) == 1


@pytest.mark.parametrize("statement", ["UPDATE event SET body = 'x'", "DELETE FROM event"])
def test_an_event_is_never_changed_and_never_deleted(store: Store, statement: str) -> None:
    register(store)
    with pytest.raises(DBAPIError, match="append-only"), store.write() as connection:
        connection.execute(text(statement))


@pytest.mark.req("X4")
def test_death_closes_every_stored_obligation_in_the_same_commit(store: Store) -> None:
    in_surveillance(store)
    assert views.worklist(store, day=TODAY, protocol=load())
    put(store, "died", "2028-01-01", id="end")
    with store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM obligation")).scalar() == 0
        assert connection.execute(text("SELECT state FROM patient")).scalar() == "closed"
    put(store, "corrected", "2028-01-02", event="end")
    assert views.worklist(store, day=TODAY, protocol=load())


@pytest.mark.req("X5")
def test_a_list_of_the_present_says_what_a_replay_says(store: Store) -> None:
    in_surveillance(store)
    put(store, "appointment", "2027-08-01", what="ct", booked_for="2027-08-10", status="missed")
    put(store, "snoozed", "2027-08-02", rule="surveillance_ct", until="2027-08-09", reason="new date")
    put(store, "snoozed", "2027-08-02", rule="surveillance_cea", until="2027-12-09", reason="with the CT")
    for day in (date(2027, 8, 2), date(2027, 8, 8), date(2027, 8, 9), date(2028, 1, 1), date(2031, 5, 5)):
        answer = views.patient(store, "A", day=day, protocol=load()).answer
        listed = views.worklist(store, day=day, protocol=load())
        paged = views.page(store, day=day, protocol=load())
        assert listed == answer["alerts"]
        assert [{key: row[key] for key in listed[0]} for row in paged] == listed
    before = views.worklist(store, day=date(2027, 3, 2), protocol=load())
    assert before == views.patient(store, "A", day=date(2027, 3, 2), protocol=load()).answer["alerts"]


@pytest.mark.req("X3")
def test_what_was_known_on_a_day_can_still_be_asked(store: Store) -> None:
    fields = {"name": "Ada Example", "birth_date": "1958-04-11", "sex": "female"}
    put(store, "registered", "2027-03-01", recorded_at="2027-03-01T08:00:00+00:00", **fields)
    put(store, "cea", "2027-04-01", id="c-1", ng_per_ml=3, recorded_at="2027-04-02T08:00:00+00:00")
    put(store, "cea", "2027-03-20", id="c-0", ng_per_ml=9, recorded_at="2027-06-01T08:00:00+00:00")
    then = views.patient(store, "A", day=TODAY, protocol=load(), known_on=date(2027, 4, 30))
    ids = [row["id"] for row in then.answer["history"]]
    assert "c-1" in ids
    assert "c-0" not in ids
