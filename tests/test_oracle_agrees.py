"""Product and oracle, two readings of one contract, say the same of random histories."""

from __future__ import annotations

import random

import pytest

from tests.agreement import disagreements
from tests.walker import wander

oracle = pytest.importorskip("tests.oracle", reason="the oracle is not written yet")
pytestmark = pytest.mark.xdist_group("oracle")


def _differences(seeds: range, events: int = 60) -> list[str]:
    found = []
    for seed in seeds:
        rng = random.Random(seed)
        walk = wander(rng, events)
        found += [f"walk {seed}: {one}" for one in disagreements(walk, rng, oracle.show, oracle.accepts)]
    return found


@pytest.mark.req("X5")
def test_product_and_oracle_agree_on_a_few_walks() -> None:
    assert _differences(range(5000, 5010)) == []


@pytest.mark.slow
@pytest.mark.req("X5")
@pytest.mark.parametrize("first", range(5010, 5110, 25))
def test_product_and_oracle_agree(first: int) -> None:
    assert _differences(range(first, first + 25)) == []
