"""A change of protocol: foreseen, adopted in batches, and the past judged by its own."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from pathway import views
from pathway.protocol import Protocol, load, read
from pathway.store import Store, protocols
from pathway.tracker import adopting, record
from pathway.tracker.verifying import differences
from tests.histories import TEAM
from tests.store.conftest import NOW, TODAY, put, register

SHIPPED = Path("pathway/protocol.toml").read_text(encoding="utf-8")
SLOWER = "[numbers.refer_due_days]\nvalue = 30\n[numbers.identify_primary_due_days]\nvalue = 30\n"
STRICTER = "[numbers.estimated_remnant_percent_from]\nvalue = 60\n"


def changed(site: str) -> Protocol:
    return read(SHIPPED, site)


@pytest.mark.req("X3")
def test_what_will_change_is_said_beforehand_and_then_it_does(store: Store) -> None:
    register(store, "A")
    register(store, "B")
    slower = changed(SLOWER)
    before = adopting.foreseen(store, protocol=slower)
    assert str(before) == "2 patients to derive anew: 4 dates, 2 alerts change", "and silence is looked into before"
    listed = views.worklist(store, day=date(2027, 3, 2), protocol=slower)
    assert {one["rule"]: one["due_on"] for one in listed} == {
        "identify_primary": "2027-03-31",
        "refer_to_centre": "2027-03-31",
        "review_stalled": "2027-03-15",
    }, "who is not derived anew yet is replayed"
    assert adopting.adopt(store, protocol=slower, now=NOW) == 10
    assert views.worklist(store, day=date(2027, 3, 2), protocol=slower) == listed
    assert adopting.foreseen(store, protocol=slower) == adopting.Change(0, 0, 0)
    assert list(differences(store, protocol=slower)) == []


@pytest.mark.req("X3")
def test_a_past_step_is_judged_by_the_protocol_it_was_taken_under(store: Store) -> None:
    """One edited number must not call a thousand past steps in question."""
    register(store)
    for kind, fields in (
        ("referred", {"site": "hub", "high_volume_centre": True}),
        ("primary_identified", {"primary": "colorectal", "method": "colonoscopy", "resected": True}),
        ("taken_over", {"state": "reassessment"}),
        ("systemic_started", {"intent": "neoadjuvant", "regimen": "FOLFOX"}),
        ("cycle_given", {"number": 1}),
    ):
        put(store, kind, "2027-03-01", **fields)
    put(store, "imaging", "2027-05-01", modality="ct", purpose="reassessment", response="partial", extrahepatic="none")
    put(store, "performance_status", "2027-05-01", ecog=0)
    put(store, "volumetry", "2027-05-01", remnant_percent=45, estimated=True)
    put(store, "mdt_decision", "2027-05-02", present=TEAM, plan="offer_resection", r0_achievable=True)
    put(store, "advanced", "2027-05-03", id="step", trigger="offer_resection")
    stricter = changed(STRICTER)
    adopting.adopt(store, protocol=stricter, now=NOW)
    protocols._read.clear()
    answer = views.patient(store, "A", day=TODAY, protocol=stricter).answer
    assert answer["state"] == "resection"
    assert "guard_violated" not in {one["rule"] for one in answer["alerts"]}
    found = {"mrn": "A", "type": "contact", "on": "2027-05-04", "outcome": "reached"}
    record(store, found, today=TODAY, now=NOW, protocol=stricter)
    with store.read() as connection:
        rules = connection.execute(text("SELECT rule FROM obligation")).scalars().all()
    assert "guard_violated" not in rules
    assert list(differences(store, protocol=stricter)) == []


def test_an_adoption_that_was_stopped_goes_on_where_it_was(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for mrn in "ABCDE":
        register(store, mrn)
    monkeypatch.setattr(adopting, "PAGE", 2)
    slower = changed(SLOWER)

    def stop(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        adopting.adopt(store, protocol=slower, now=NOW, progress=stop)
    assert adopting.foreseen(store, protocol=slower).patients == 3
    adopting.adopt(store, protocol=slower, now=NOW)
    assert adopting.foreseen(store, protocol=slower).patients == 0
    assert load().version != slower.version
