"""A change of protocol: what it will change, said beforehand; then every patient derived anew, in batches.

Past steps keep being judged by the protocol they were taken under. A batch is one transaction: an adoption that is
stopped goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from pathway.protocol import Protocol
from pathway.store import Store, derived, lists, protocols, records
from pathway.tracker.verifying import PAGE, rederive_page


class Change(NamedTuple):
    """What a protocol changes: patients to derive anew, dates that move, obligations that come or go."""

    patients: int
    dates: int
    alerts: int

    def __str__(self) -> str:
        """In words, as they are said beforehand."""
        return f"{self.patients} patients to derive anew: {self.dates} dates, {self.alerts} alerts change"


def foreseen(store: Store, *, protocol: Protocol) -> Change:
    """What adopting the protocol in force will change. Nothing is written."""
    patients = dates = alerts = 0
    with store.read() as connection:
        ids = lists.to_derive(connection, protocol)
        for start in range(0, len(ids), PAGE):
            page = ids[start : start + PAGE]
            stored = derived.owed(connection, page)
            for told in protocols.histories(connection, protocol, only=page):
                follows = derived.derive(told.whole.id, told.history, protocol, judged_by=told.judged_by)
                patients += 1
                before = {(one.rule, one.event_id): one for one in stored[told.whole.id]}
                after = {(one.rule, one.event_id): one for one in (follows.owed if follows else ())}
                alerts += len(before.keys() ^ after.keys())
                dates += sum(
                    (before[key].opens_on, before[key].due_on, before[key].urgent_on)
                    != (after[key].opens_on, after[key].due_on, after[key].urgent_on)
                    for key in before.keys() & after.keys()
                )
    return Change(patients, dates, alerts)


def adopt(store: Store, *, protocol: Protocol, now: datetime, progress: Callable[[int], None] | None = None) -> int:
    """Derive everybody who was derived under another protocol; how many obligations changed."""
    changed = 0
    with store.read() as connection:
        ids = lists.to_derive(connection, protocol)
    for start in range(0, len(ids), PAGE):
        page = ids[start : start + PAGE]
        with store.write() as connection:
            records.keep_protocol(connection, protocol, now=now)
            changed += rederive_page(connection, page, protocol=protocol)
        if progress is not None:
            progress(len(page))
    return changed
