"""Product and oracle, two readings of one contract, say the same of random histories."""

from __future__ import annotations

import random

import pytest

from tests.agreement import disagreements
from tests.walker import wander

oracle = pytest.importorskip("tests.oracle", reason="the oracle is not written yet")
pytestmark = pytest.mark.xdist_group("oracle")


def _compare(seeds: range, events: int = 60) -> None:
    for seed in seeds:
        rng = random.Random(seed)
        walk = wander(rng, events)
        for one in disagreements(walk, rng, oracle.show, oracle.accepts):
            pytest.fail(f"walk {seed}: {one}")


@pytest.mark.req("X5")
def test_product_and_oracle_agree_on_a_few_walks() -> None:
    _compare(range(5000, 5010))


@pytest.mark.slow
@pytest.mark.req("X5")
@pytest.mark.parametrize("first", range(5010, 5110, 25))
def test_product_and_oracle_agree(first: int) -> None:
    _compare(range(first, first + 25))
