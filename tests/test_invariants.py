"""X1-X6 over random histories. Small here; `python -m tools.prove` walks without end."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pathway.answer import show
from pathway.history import History
from pathway.store import Store
from pathway.tracker.importing import import_file
from pathway.tracker.recording import record
from pathway.tracker.verifying import differences
from pathway.views import show_all, worklist
from tests.agreement import readable_to_the_core, shrink
from tests.invariants import INVARIANTS, Invariant, broken, tries_judged
from tests.walker import DAY, PROTOCOL, Fields, Walk, coverage, parsed, readable, wander

pytestmark = pytest.mark.xdist_group("walks")

FEW, MANY = 12, 180


@cache
def walked(seed: int) -> Walk:
    return wander(random.Random(seed))


@pytest.fixture(params=["few", pytest.param("many", marks=pytest.mark.slow)])
def seeds(request: pytest.FixtureRequest) -> range:
    return range(FEW) if request.param == "few" else range(FEW, MANY)


def _cases() -> list[object]:
    return [
        pytest.param(invariant, marks=pytest.mark.req(row), id=f"{row}-{invariant.__name__}")
        for invariant, row in INVARIANTS.items()
    ]


@pytest.mark.parametrize("invariant", _cases())
def test_what_must_hold_of_every_history(invariant: Invariant, seeds: range) -> None:
    for seed in seeds:
        found = walked(seed).events
        words = broken(invariant, found, seed)
        if words:
            pytest.fail(f"walk {seed}: {_smallest(invariant, found, seed)}")


def _smallest(invariant: Invariant, found: list[Fields], seed: int) -> str:
    def fails(fewer: list[Fields]) -> bool:
        return readable_to_the_core(fewer) and bool(broken(invariant, fewer, seed, tries=4))

    fewer = shrink(found, fails) if fails(found) else found
    return f"{broken(invariant, fewer, seed, tries=4)}\n{readable(fewer)}"


@pytest.mark.req("X2", "M1")
def test_a_step_that_is_tried_goes_as_the_option_of_that_day_says(seeds: range) -> None:
    for seed in seeds:
        walk = walked(seed)
        for one in walk.tries:
            words = next(iter(tries_judged(walk, one)), "")
            assert not words, f"walk {seed}: {words}\n{readable(walk.events[: one.place])}"


@pytest.mark.req("X5")
def test_the_same_seed_walks_the_same_way() -> None:
    assert walked(3).events == wander(random.Random(3)).events


# --- what is stored is what is replayed ------------------------------------------------------------------------------

ENTRY = date(2150, 1, 1)
NOW = datetime(2150, 1, 1, 12, tzinfo=UTC)


def _people(seeds: range) -> list[list[Fields]]:
    """Walks of one patient each, every event with its instant: where none is given the store puts in its own."""
    found = []
    for seed in seeds:
        walk = wander(random.Random(seed), 25).events
        if len({"recorded_at" in event for event in walk}) == 1:
            told = [{"recorded_at": NOW.isoformat(), **event, "mrn": f"W-{seed}"} for event in walk]
            found.append(told)
    return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path}/walks.db")
    yield opened
    opened.close()


def _derived(answer: dict[str, Any] | None) -> dict[str, Any]:
    assert answer is not None
    return {name: value for name, value in answer.items() if name != "history"}


def _compare(store: Store, people: list[list[Fields]]) -> None:
    assert not list(differences(store, protocol=PROTOCOL))
    days = sorted({date.fromisoformat(event["on"]) for told in people for event in told})
    for day in (days[0], days[len(days) // 2], days[-1], days[-1] + 40 * DAY, ENTRY):
        histories = [History.of(parsed(told)) for told in people]
        answers = [answer for history in histories if (answer := show(history, day, PROTOCOL))]
        stored = {answer["mrn"]: answer for answer in show_all(store, day=day, protocol=PROTOCOL)}
        assert [stored[answer["mrn"]]["mrn"] for answer in answers] == [answer["mrn"] for answer in answers]
        for answer in answers:
            assert _derived(stored[answer["mrn"]]) == _derived(answer), f"on {day}"
        owed = sorted((one for answer in answers for one in answer["alerts"]), key=lambda one: one["id"])
        listed = sorted(worklist(store, day=day, protocol=PROTOCOL), key=lambda one: one["id"])
        assert listed == owed, f"on {day}"


@pytest.mark.slow
@pytest.mark.req("X5", "X3")
def test_what_was_recorded_one_by_one_is_stored_as_it_is_replayed(store: Store) -> None:
    people = _people(range(900, 940))
    turns = [event for told in zip(*people, strict=False) for event in told]
    turns += [event for told in people for event in told[min(map(len, people)) :]]
    recorded = [record(store, event, today=ENTRY, now=NOW, protocol=PROTOCOL) for event in turns]
    assert len(recorded) == sum(map(len, people)) > 0
    _compare(store, people)


@pytest.mark.slow
@pytest.mark.req("X5")
def test_what_was_imported_is_stored_as_it_is_replayed_and_once(store: Store, tmp_path: Path) -> None:
    people = _people(range(950, 1050))
    file = tmp_path / "walks.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for told in people for event in told), encoding="utf-8")
    first = import_file(store, file, today=ENTRY, now=NOW, protocol=PROTOCOL)
    assert (first.refused, first.recorded) == (0, sum(map(len, people)))
    _compare(store, people)
    again = import_file(store, file, today=ENTRY, now=NOW, protocol=PROTOCOL, chunk_lines=7)
    assert (again.refused, again.recorded) == (0, 0)


@pytest.mark.slow
@pytest.mark.req("X5")
def test_the_walks_reach_every_state_step_refusal_alert_deviation_suggestion_and_event_type() -> None:
    reached = coverage(walked(seed) for seed in range(MANY))
    print(reached)
    assert not reached.missing, str(reached)
