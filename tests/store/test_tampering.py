"""What `pathway verify` finds, and what it names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from pathway.protocol import load
from pathway.store import Store
from pathway.tracker.verifying import differences, rebuild
from tests.store.conftest import in_surveillance, register

DEPENDENT = ("obligation", "patient", "chain_head", "event")


@pytest.fixture
def cohort(store: Store) -> Store:
    in_surveillance(store)
    register(store, "B")
    register(store, "C")
    assert not found(store)
    return store


def found(store: Store) -> list[str]:
    return [f"{whose}: {what}" for whose, what in differences(store, protocol=load())]


def tamper(store: Store, *statements: str) -> None:
    """What somebody with the database's password can do: the triggers are no protection from her."""
    with store.write() as connection:
        if store.sqlite:
            connection.execute(text("DROP TRIGGER event_append_only_update"))
            connection.execute(text("DROP TRIGGER event_append_only_delete"))
        else:
            connection.execute(text("ALTER TABLE event DISABLE TRIGGER ALL"))
        for statement in statements:
            connection.execute(text(statement))


def test_a_row_edited_is_named(cohort: Store) -> None:
    tamper(cohort, "UPDATE event SET body = replace(body, 'R0', 'R1') WHERE event_id = 'op'")
    assert any("A: event op (place 2) is not what was recorded" in one for one in found(cohort))


def test_a_row_deleted_is_named(cohort: Store) -> None:
    tamper(cohort, "DELETE FROM event WHERE event_id = 'pr'")
    assert any("A: event 3 of her record is missing" in one for one in found(cohort))


def test_the_last_row_deleted_is_named(cohort: Store) -> None:
    tamper(cohort, "DELETE FROM event WHERE event_id = 'to'")
    assert any("A: her chain is anchored at 4 events, and 3 are there" in one for one in found(cohort))


def test_a_row_inserted_is_named(cohort: Store) -> None:
    columns = "record_id, event_id, type, on_day, recorded_at, stored_at, author, body, content_hash, protocol_version"
    tamper(
        cohort,
        f"INSERT INTO event ({columns}, position, hash) SELECT record_id, 'new', type, on_day, recorded_at, stored_at, "
        'author, replace(body, \'"id":"to"\', \'"id":"new"\'), content_hash, protocol_version, 5, hash FROM event '
        "WHERE event_id = 'to'",
    )
    assert any("A: event new (place 5) is not what was recorded, or was put in later" in one for one in found(cohort))


def test_a_patient_removed_is_named(cohort: Store) -> None:
    of_b = "(SELECT id FROM record WHERE mrn = 'B')"
    tamper(
        cohort,
        *(f"DELETE FROM {table} WHERE record_id = {of_b}" for table in DEPENDENT),
        "DELETE FROM record WHERE mrn = 'B'",
    )
    assert any("place 2 is missing: a patient was removed before C" in one for one in found(cohort))


def test_the_last_patient_removed_is_named(cohort: Store) -> None:
    of_c = "(SELECT id FROM record WHERE mrn = 'C')"
    tamper(
        cohort,
        *(
            f"DELETE FROM {table} WHERE record_id = {of_c}"
            for table in ("obligation", "patient", "chain_head", "event")
        ),
        "DELETE FROM record WHERE mrn = 'C'",
    )
    assert any("anchored at 3 patients and ends at place 2" in one for one in found(cohort))


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE patient SET state = 'completed' WHERE name = 'Ada Example'", "her derived state differs"),
        ("UPDATE obligation SET due_on = '2040-01-01'", "is stored and does not follow"),
        ("DELETE FROM obligation", "follows and is not stored"),
    ],
)
def test_a_derived_row_that_differs_is_named_and_rebuilt(cohort: Store, statement: str, named: str) -> None:
    with cohort.write() as connection:
        connection.execute(text(statement))
    assert any(named in one for one in found(cohort))
    rebuild(cohort, protocol=load())
    assert found(cohort) == []


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/sealed.db", key="a secret of the hospital's")
    in_surveillance(store)
    yield store
    store.close()


def test_a_chain_made_anew_without_the_key_is_named(sealed: Store) -> None:
    assert found(sealed) == []
    with sealed.write() as connection:
        connection.execute(text("UPDATE chain_head SET mac = 'forged'"))
    assert any("the seal of its head is not ours" in one for one in found(sealed))


def test_a_head_written_without_the_key_is_named(tmp_path: Path) -> None:
    plain = Store(f"sqlite:///{tmp_path}/plain.db")
    register(plain)
    plain.close()
    keyed = Store(f"sqlite:///{tmp_path}/plain.db", key="a secret")
    assert any("never sealed" in one for one in found(keyed))
    keyed.close()
