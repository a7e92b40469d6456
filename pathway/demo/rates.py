"""The rates of the synthetic cohort: each with what it counts and where it comes from."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple


class Rate(NamedTuple):
    """A share (0 to 1) or a number of months, what it counts, and its source."""

    value: float
    what: str
    source: str


@cache
def rates() -> dict[str, Rate]:
    """Every rate by its name, in the order of the file."""
    text = files("pathway.demo").joinpath("rates.toml").read_text(encoding="utf-8")
    return {name: Rate(**fields) for name, fields in tomllib.loads(text).items()}


def rate(name: str) -> float:
    """One rate's value."""
    return rates()[name].value


def table() -> str:
    """The rates as the page of docs/demo.md shows them."""
    lines = ["| drawn with | what | source |", "|---|---|---|"]
    for one in rates().values():
        shown = f"{one.value:g}" if one.value >= 1 else f"{100 * one.value:g} %"
        lines.append(f"| {shown} | {one.what} | {one.source} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
