"""A file read line by line with a bound: one line of 10 GB takes no more memory than another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

LONGEST = 1 << 20
"""No event is longer than this many bytes; a longer line is passed over and refused by its number."""
SHOWN = 200


class Line(NamedTuple):
    """A line with its number, from 1; `too_long` where only its beginning was kept."""

    number: int
    raw: bytes
    too_long: bool


def lines(path: Path) -> Iterator[Line]:
    """Every line of a file that is not empty; a byte order mark and the line's end are taken off."""
    with path.open("rb") as file:
        number = 0
        while True:
            raw = file.readline(LONGEST + 1)
            if not raw:
                return
            number += 1
            too_long = len(raw) > LONGEST and not raw.endswith(b"\n")
            if too_long:
                _to_end(file)
            if number == 1:
                raw = raw.removeprefix(b"\xef\xbb\xbf")
            raw = raw.strip(b" \t\r\n")
            if raw:
                yield Line(number, raw[:SHOWN] if too_long else raw, too_long)


def _to_end(file: object) -> None:
    while True:
        rest = file.readline(LONGEST)  # type: ignore[attr-defined]
        if not rest or rest.endswith(b"\n"):
            return
