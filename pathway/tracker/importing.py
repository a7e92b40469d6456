"""A file of events taken in: all, or as many as are valid.

The `registered` lines first, then the others as they stand, each judged with what is known by then. A chunk of lines
is one transaction, so an import that is stopped leaves whole events; run again, it passes over what is known. What is
refused goes to a file beside the import with the reason, and can be imported from there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Connection

from pathway import events
from pathway.errors import Changed, Refused, StepRefused, StoreError
from pathway.events import Event
from pathway.protocol import Protocol
from pathway.store import Store, records
from pathway.store.chain import EMPTY
from pathway.tracker.admitting import Admitting, findings_of
from pathway.tracker.deriving import rederive
from pathway.tracker.lines import LONGEST, Line, lines

CHUNK = 20_000
"""Lines a transaction: more are faster, fewer leave less to do again after a stop."""
CHUNK_BYTES = 32 << 20
"""Or so many bytes."""
PAGE = 500
"""Patients read at a time."""
Progress = Callable[[int], None]


@dataclass
class Imported:
    """The count of an import, in lines; `unwritten` holds refusals that could not be written beside the file."""

    read: int = 0
    recorded: int = 0
    skipped: int = 0
    refused: int = 0
    unwritten: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """The four figures that `pathway import --json` prints."""
        return {"read": self.read, "recorded": self.recorded, "skipped": self.skipped, "refused": self.refused}


def rejected_path(path: Path) -> Path:
    """Where the refused lines of a file go."""
    return path.with_name(f"{path.name}.rejected.jsonl")


def import_file(
    store: Store,
    path: Path,
    *,
    today: date,
    now: datetime,
    protocol: Protocol,
    progress: Progress | None = None,
    chunk_lines: int = CHUNK,
) -> Imported:
    """Take a JSON Lines file in, `chunk_lines` a transaction. `progress` is told the number of lines read after each
    chunk.

    Raises OSError where the file cannot be read, StoreError where the database cannot be written.
    """
    count = Imported()
    with suppress(OSError):
        rejected_path(path).unlink(missing_ok=True)
    rejects = Rejects(rejected_path(path), count)
    try:
        for registering in (True, False):
            for chunk in _chunks(_of_pass(lines(path), registering), chunk_lines):
                taken = False
                while not taken:
                    # each time another writer has registered one of the chunk's patients: it ends when all are known
                    with suppress(Changed):
                        _take(store, chunk, count, rejects, today=today, now=now, protocol=protocol)
                        taken = True
                if progress is not None:
                    progress(len(chunk))
    finally:
        rejects.close()
    return count


Taken = tuple[Line, dict[str, Any] | None, Refused | None]
"""A line, what it holds, or why it could not be read."""


def _of_pass(found: Iterable[Line], registering: bool) -> Iterator[Taken]:
    """The lines of one pass: those that register somebody, then all others; each line belongs to one of them."""
    for line in found:
        first = b"registered" in line.raw or b"\\u" in line.raw  # letters can be written as \u0072
        if registering and not first:
            continue
        try:
            parsed = _parsed(line)
        except Refused as error:
            if not registering:
                yield line, None, error
            continue
        if (first and parsed.get("type") == "registered") is registering:
            yield line, parsed, None


def _parsed(line: Line) -> dict[str, Any]:
    if line.too_long:
        raise Refused(f"the line is longer than {LONGEST} bytes; an event is one short JSON object")
    return events.parse(line.raw)


def _chunks(taken: Iterator[Taken], length: int) -> Iterator[list[Taken]]:
    """So many lines at a time, or fewer where they are long: memory stays flat whatever the file."""
    chunk: list[Taken] = []
    size = 0
    for one in taken:
        chunk.append(one)
        size += len(one[0].raw)
        if len(chunk) == length or size > CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _take(
    store: Store,
    chunk: list[Taken],
    count: Imported,
    rejects: Rejects,
    *,
    today: date,
    now: datetime,
    protocol: Protocol,
) -> None:
    """One chunk in one transaction: read, judge in the order of the lines, append."""
    readable: list[tuple[Line, dict[str, Any], Event]] = []
    # the sentence alone: a kept exception would hold this frame, and with it the whole chunk
    refusals: list[tuple[Line, dict[str, Any] | None, str]] = []
    skipped = recorded = 0
    for line, parsed, problem in chunk:
        if parsed is None or problem is not None:
            refusals.append((line, None, str(problem or "not readable")))
            continue
        try:
            readable.append((line, parsed, events.read(parsed, today=today)))
        except Refused as error:
            refusals.append((line, parsed, str(error)))
    with store.write() as connection:
        mrns = list(dict.fromkeys(event.mrn for _, _, event in readable))
        held = _load(connection, mrns)
        admitting = {mrn: Admitting(held[mrn].events if mrn in held else ()) for mrn in mrns}
        records.keep_protocol(connection, protocol, now=now)
        for line, parsed, event in readable:
            hers = admitting[event.mrn]
            try:
                admitted = hers.admit(event, now=now, today=today, protocol=protocol)
            except StepRefused as error:
                refusals.append((line, parsed, str(error)))
                if event.mrn in held:
                    _attempted(connection, held[event.mrn].id, event, error, now, protocol)
            except Refused as error:
                refusals.append((line, parsed, str(error)))
            else:
                skipped += admitted is None
                recorded += admitted is not None
        changed = [mrn for mrn in mrns if admitting[mrn].new]
        made = records.create(connection, [mrn for mrn in changed if mrn not in held], key=store.key)
        held |= {mrn: records.Held(id_, [], EMPTY, {}) for mrn, id_ in made.items()}
        records.append(
            connection,
            (records.Appended(held[mrn].id, mrn, held[mrn].head, admitting[mrn].new) for mrn in changed),
            now=now,
            protocol=protocol,
            key=store.key,
        )
        rederive(connection, {mrn: (held[mrn], admitting[mrn].events) for mrn in changed}, protocol=protocol)
    count.read += len(chunk)
    count.recorded += recorded
    count.skipped += skipped
    for line, parsed, said in sorted(refusals, key=lambda one: one[0].number):
        rejects.add(line, parsed, said)


def _load(connection: Connection, mrns: list[str]) -> dict[str, records.Held]:
    records.lock(connection, mrns)
    found: dict[str, records.Held] = {}
    for start in range(0, len(mrns), PAGE):
        found |= records.load(connection, mrns[start : start + PAGE])
    return found


def _attempted(
    connection: Connection, record_id: int, event: Event, error: StepRefused, now: datetime, protocol: Protocol
) -> None:
    """Keep a refused step apart, for audit."""
    identified = events.identified(event, recorded_at=now)
    findings = findings_of(error, event, protocol)
    records.attempted(connection, record_id, identified, error.expected, findings, now=now, protocol=protocol)


def _row(line: Line, parsed: dict[str, Any] | None, reason: str) -> str:
    """A refused line as it is kept: the object with the reason, or else the line itself, byte for byte."""
    if parsed is not None:
        with suppress(ValueError):  # 1e999 was read as an infinity, which JSON cannot say
            return json.dumps({**parsed, events.PASSED_OVER: reason}, allow_nan=False)
    # a byte that is no UTF-8 becomes \udc80 to \udcff, from which it can be had again
    return json.dumps({"raw": line.raw.decode("utf-8", "surrogateescape"), "error": reason})


class Rejects:
    """The refused lines, written beside the file as they come; the file is there only when there are some."""

    def __init__(self, path: Path, count: Imported) -> None:
        self.path = path
        self.count = count
        self._file: TextIO | None = None
        self._failed = False

    def add(self, line: Line, parsed: dict[str, Any] | None, problem: str) -> None:
        """Keep one refused line with its reason."""
        self.count.refused += 1
        reason = f"line {line.number}: {problem}"
        try:
            if self._file is None and not self._failed:
                # line by line: where the disk is full, it is known which line was not kept
                self._file = self.path.open("w", encoding="utf-8", buffering=1)
            if self._file is not None:
                self._file.write(_row(line, parsed, reason) + "\n")
        except OSError:
            self._failed = True
            if self._file is not None:
                with suppress(OSError):
                    self._file.close()
            self._file = None
        if self._file is None:
            self.count.unwritten.append(reason)

    def close(self) -> None:
        """Write out what is left."""
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                raise StoreError(
                    "the file of refused lines could not be written to its end: is the disk full?"
                ) from error


__all__ = ["Imported", "import_file", "rejected_path"]
