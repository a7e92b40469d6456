"""X1-X6 over random histories. Small here; `python -m tools.prove` walks without end."""

from __future__ import annotations

import random
from functools import cache

import pytest

from tests.agreement import readable_to_the_core, shrink
from tests.invariants import INVARIANTS, Invariant, broken, tries_judged
from tests.walker import Fields, Walk, coverage, readable, wander

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


@pytest.mark.slow
@pytest.mark.req("X5")
def test_the_walks_reach_every_state_step_refusal_alert_deviation_suggestion_and_event_type() -> None:
    reached = coverage(walked(seed) for seed in range(MANY))
    print(reached)
    assert not reached.missing, str(reached)
