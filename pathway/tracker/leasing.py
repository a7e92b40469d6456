"""A duty that one process does at a time: it holds a lease and renews it; others stand by until that runs out.

The lease keeps two schedulers from doing the same work; it is no lock. What must not happen twice stands under a unique
key, so that a process that slept through its lease and wakes in the middle of its work does no harm.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select

from pathway.store import Store, records, tables


def hold(store: Store, duty: str, *, holder: str, now: datetime, lasts: timedelta) -> bool:
    """Take or renew the lease for a while from now; False where another holds it."""
    with store.write() as connection:
        row = records.upsert(connection, tables.lease).values(duty=duty, holder=holder, until=now + lasts)
        taken = connection.execute(
            row.on_conflict_do_update(
                index_elements=[tables.lease.c.duty],
                set_={"holder": holder, "until": now + lasts},
                where=or_(tables.lease.c.holder == holder, tables.lease.c.until <= now),
            ).returning(tables.lease.c.duty)  # a count of rows is not given by every driver
        )
        return taken.first() is not None


def holder_of(store: Store, duty: str) -> str | None:
    """Who holds the lease, or held it last; None where it was given back."""
    with store.read() as connection:
        found = connection.execute(select(tables.lease.c.holder).where(tables.lease.c.duty == duty)).scalar()
    return None if found is None else str(found)


def release(store: Store, duty: str, *, holder: str) -> None:
    """Give the lease back, so that whoever stands by need not wait until it runs out."""
    with store.write() as connection:
        connection.execute(delete(tables.lease).where(tables.lease.c.duty == duty, tables.lease.c.holder == holder))
