"""Walk without end, and compare: `python -m tools.prove --minutes 60 --seed 1` (or `--walks 2000`).

Every walk is a random history. The product's answer is compared with the oracle's (a second reading of the contract),
and what must hold of every history is asked of it. Prints what the walks reached and, for each kind of difference, how
often it came and the smallest history that shows it. Ends with 1 where anything differs, breaks, or was never reached.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from os import cpu_count
from typing import Any

from tests.agreement import Disagreement, disagreements, readable_to_the_core, shrink
from tests.invariants import INVARIANTS, Invariant, broken, tries_judged
from tests.walker import Coverage, Fields, Walk, wander

BATCH = 10
LENGTHS = (8, 15, 30, 60, 60, 60, 100)
SHOWN = 100


@dataclass
class Batch:
    """What a handful of walks gave."""

    coverage: Coverage = field(default_factory=Coverage)
    kinds: Counter[str] = field(default_factory=Counter)
    found: list[tuple[int, Disagreement]] = field(default_factory=list)


def _oracle() -> Any:
    return import_module("tests.oracle") if find_spec("tests.oracle") else None


def walk_of(seed: int) -> tuple[Walk, random.Random]:
    """The walk of a seed, and the chance with which its days are chosen."""
    rng = random.Random(seed)
    return wander(rng, rng.choice(LENGTHS)), rng


def _smallest(invariant: Invariant, found: list[Fields], seed: int) -> Disagreement:
    def fails(fewer: list[Fields]) -> bool:
        return readable_to_the_core(fewer) and bool(broken(invariant, fewer, seed, tries=3))

    fewer = shrink(found, fails) if fails(found) else found
    words = broken(invariant, fewer, seed, tries=3)
    return Disagreement(f"{INVARIANTS[invariant]} {invariant.__name__}", words, fewer)


def prove(seeds: range, known: frozenset[str], with_oracle: bool) -> Batch:
    """Some walks: what they reached, and everything that differs or breaks."""
    batch = Batch()
    oracle = _oracle() if with_oracle else None
    seen = set(known)
    for seed in seeds:
        walk, rng = walk_of(seed)
        batch.coverage.add(walk)
        if oracle is not None:
            for one in disagreements(walk, rng, oracle.show, oracle.accepts, seen):
                batch.kinds[one.kind] += 1
                if one.kind not in seen:
                    seen.add(one.kind)
                    batch.found.append((seed, one))
        for invariant, row in INVARIANTS.items():
            kind = f"{row} {invariant.__name__}"
            if broken(invariant, walk.events, seed):
                batch.kinds[kind] += 1
                if kind not in seen:
                    seen.add(kind)
                    batch.found.append((seed, _smallest(invariant, walk.events, seed)))
        for attempt in walk.tries:
            for words in tries_judged(walk, attempt):
                batch.kinds["tries_judged"] += 1
                if "tries_judged" not in seen:
                    seen.add("tries_judged")
                    before = [*walk.events[: attempt.place], attempt.event]
                    batch.found.append((seed, Disagreement("tries_judged", words, before)))
    return batch


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60, help="how long to walk (default: 60)")
    parser.add_argument("--walks", type=int, default=0, help="stop after so many walks (default: only by time)")
    parser.add_argument(
        "--seed", type=int, default=1, help="where to begin; another seed walks other ways (default: 1)"
    )
    parser.add_argument("--workers", type=int, default=cpu_count() or 1, help="processes (default: one a processor)")
    parser.add_argument("--no-oracle", action="store_true", help="ask only what must hold of every history")
    chosen = parser.parse_args()
    if _oracle() is None and not chosen.no_oracle:
        print("There is no tests/oracle.py: only what must hold of every history is asked.")
    total = Batch()
    until = time.perf_counter() + chosen.minutes * 60
    first = chosen.seed * 10_000_000
    place = first
    last = first + chosen.walks if chosen.walks else sys.maxsize
    with ProcessPoolExecutor(chosen.workers, mp_context=get_context("spawn")) as pool:
        running: set[Future[Batch]] = set()
        while running or (place < last and time.perf_counter() < until):
            while len(running) < chosen.workers * 2 and place < last and time.perf_counter() < until:
                seeds = range(place, min(place + BATCH, last))
                known = frozenset(total.kinds)
                running.add(pool.submit(prove, seeds, known, not chosen.no_oracle))
                place = seeds.stop
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                _take(total, future.result())
    print(total.coverage)
    print(f"\n{sum(total.kinds.values())} differences of {len(total.kinds)} kinds")
    for kind, times in total.kinds.most_common():
        print(f"{times:>7}  {kind}")
    return 1 if total.kinds or total.coverage.missing else 0


def _take(total: Batch, batch: Batch) -> None:
    total.coverage.update(batch.coverage)
    total.kinds.update(batch.kinds)
    names = {one.kind for _, one in total.found}
    for seed, one in batch.found:
        if one.kind not in names and len(total.found) < SHOWN:
            total.found.append((seed, one))
            print(f"walk {seed}: {one}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
