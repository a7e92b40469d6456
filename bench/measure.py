"""Rounds of two things, interleaved, so that what else the machine does falls on both; medians of the rounds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import TypedDict


class Result(TypedDict):
    """One line of the table: what was measured, beside what, and whether the ratio stays under the bar."""

    name: str
    measured: float
    limit: float
    unit: str
    ratio: float
    bar: float
    holds: bool


def result(name: str, measured: float, limit: float, unit: str, bar: float) -> Result:
    """A line of the table from two figures of one run."""
    ratio = measured / limit
    return {
        "name": name,
        "measured": round(measured, 3),
        "limit": round(limit, 3),
        "unit": unit,
        "ratio": round(ratio, 2),
        "bar": bar,
        "holds": ratio <= bar,
    }


def microseconds(work: Callable[[], object], times: int) -> float:
    """The mean time of one call over `times` calls."""
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times * 1e6


def compare(
    name: str,
    work: Callable[[], object],
    limit: Callable[[], object],
    bar: float,
    *,
    times: int = 200,
    rounds: int = 7,
) -> Result:
    """Both measured in turn, round by round."""
    work()
    limit()
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(microseconds(work, times))
        theirs.append(microseconds(limit, times))
    return result(name, statistics.median(ours), statistics.median(theirs), "µs", bar)
