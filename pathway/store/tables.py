"""The tables. What is original and what is derived, under one naming of keys and constraints.

Original: `person`, `record`, `event`, `protocol`, `attempt`, `look`, `sighting`, `lease`. Derived from the events, and
rebuilt from them: `patient`, `obligation` (all but its `look_on`, which is the scheduler's). `chain_head` anchors the
chain of hashes through a record's events.

A *record* is what one sender knows under one MRN; it is linked to a *person*, and a merge moves that link, never an
event. Rows never leave the store: a table model does not validate, so what goes in was validated before, and what
comes out is plain.
"""

from datetime import date, datetime
from typing import ClassVar, cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlmodel import Field, SQLModel

_NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
"""A constraint without a name could not be changed by a later migration."""

metadata = MetaData(naming_convention=_NAMES)

_Id = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
"""A surrogate key: 64 bits; in SQLite it must be INTEGER to be the row's own number."""


def _key() -> Column[int]:
    return Column("id", _Id, primary_key=True, autoincrement=True)


def _record(*, primary_key: bool = False, index: bool = False) -> Column[int]:
    return Column("record_id", _Id, ForeignKey("record.id"), primary_key=primary_key, nullable=False, index=index)


_URGENT = text("urgent_on IS NOT NULL")
_WATCHED = text("look_on IS NOT NULL")


class _Row(SQLModel):
    metadata: ClassVar[MetaData] = metadata


class PersonRow(_Row, table=True):
    """A human being, as far as the store knows. `key` stands in addresses (`?p=KEY`): random, and without meaning."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("key"),)

    id: int | None = Field(default=None, sa_column=_key())
    key: str


class RecordRow(_Row, table=True):
    """One MRN of one sender; the empty sender is this unit itself. Events and their chain belong to it."""

    __tablename__ = "record"
    __table_args__ = (UniqueConstraint("sender", "mrn"),)

    id: int | None = Field(default=None, sa_column=_key())
    person_id: int = Field(sa_column=Column("person_id", _Id, ForeignKey("person.id"), nullable=False, index=True))
    sender: str
    mrn: str
    position: int = Field(unique=True)
    hash: str


class EventRow(_Row, table=True):
    """What was recorded, as it came in; never changed, never deleted (triggers in the database see to it).

    `seq` is the store's own order of arrival and `stored_at` its own instant, beside the sender's `recorded_at`.
    `author` is who entered it, `content_hash` what two events of one id must share, `protocol_version` the protocol
    in force on arrival. `position` and `hash` are the record's chain.
    """

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("record_id", "event_id"),
        UniqueConstraint("record_id", "position"),
        Index(None, "record_id", "seq"),
        {"sqlite_autoincrement": True},
    )

    seq: int | None = Field(default=None, sa_column=Column("seq", _Id, primary_key=True, autoincrement=True))
    record_id: int = Field(sa_column=_record())
    event_id: str
    type: str
    on_day: date
    recorded_at: datetime
    stored_at: datetime
    author: str | None
    body: str = Field(sa_column=Column("body", Text, nullable=False))
    content_hash: str
    protocol_version: str = Field(foreign_key="protocol.version")
    position: int
    hash: str


class ProtocolRow(_Row, table=True):
    """A protocol that has decided something, whole: the product's text and the site's own over it."""

    __tablename__ = "protocol"

    version: str = Field(primary_key=True)
    text: str = Field(sa_column=Column("text", Text, nullable=False))
    site: str = Field(sa_column=Column("site", Text, nullable=False))
    first_used_at: datetime


class AttemptRow(_Row, table=True):
    """A step that was refused. It is no part of the history; it is kept for audit, with every answer it was given.

    `fingerprint` is the attempt and its refusal in one: a file imported again makes no second one.
    """

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("record_id", "fingerprint"),)

    id: int | None = Field(default=None, sa_column=_key())
    record_id: int = Field(sa_column=_record())
    on_day: date
    stored_at: datetime
    author: str | None
    body: str = Field(sa_column=Column("body", Text, nullable=False))
    refusal: str = Field(sa_column=Column("refusal", Text, nullable=False))
    findings: str = Field(sa_column=Column("findings", Text, nullable=False))
    fingerprint: str
    protocol_version: str = Field(foreign_key="protocol.version")


class ChainHeadRow(_Row, table=True):
    """Where a record's chain ends: how many events, the last hash, and a seal over both when there is a key."""

    __tablename__ = "chain_head"

    record_id: int = Field(sa_column=_record(primary_key=True))
    count: int
    hash: str
    mac: str | None


class RollRow(_Row, table=True):
    """The head of the chain that runs through the records themselves, in the order in which they were made.

    One row. A patient who was removed altogether is missing from it.
    """

    __tablename__ = "roll"

    id: int = Field(primary_key=True)
    count: int
    hash: str
    mac: str | None


class PatientRow(_Row, table=True):
    """Derived: where a patient stands, from her last event on. `version` counts her events.

    What is derived holds for every day from `last_on` on; for an earlier day her history is replayed.
    """

    __tablename__ = "patient"
    __table_args__ = (
        Index(None, "state"),
        Index(None, "owner"),
        Index(None, "name_folded"),
        Index(None, "last_on"),
        Index(None, "protocol_version"),
    )

    record_id: int = Field(sa_column=_record(primary_key=True))
    name: str
    name_folded: str
    birth_date: date
    registered_on: date
    state: str
    since: date
    owner: str
    site: str | None
    last_on: date
    version: int
    protocol_version: str = Field(foreign_key="protocol.version")


class ObligationRow(_Row, table=True):
    """Derived: what is owed. Its identity is the rule and the event it hangs on; the dates may move.

    `look_on` is not derived: from that day on the scheduler has to look at the row, and no threshold before it is left
    to be seen; none at all where it is null. A row that is new or changed begins with the day on which it opens: what
    was seen of it before, its sightings say.
    """

    __tablename__ = "obligation"
    __table_args__ = (
        Index(None, "due_on", "rule", "record_id"),
        Index("ix_obligation_urgent", "due_on", "rule", "record_id", sqlite_where=_URGENT, postgresql_where=_URGENT),
        Index("ix_obligation_watched", "look_on", sqlite_where=_WATCHED, postgresql_where=_WATCHED),
        Index(None, "owner", "due_on"),
    )

    record_id: int = Field(sa_column=_record(primary_key=True))
    rule: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    opens_on: date
    due_on: date
    urgent_on: date | None
    booked_for: date | None
    snoozed_until: date | None
    snoozed_until_if_urgent: date | None
    owner: str
    reason: str = Field(sa_column=Column("reason", Text, nullable=False))
    source: str = Field(sa_column=Column("source", Text, nullable=False))
    look_on: date | None


class LookRow(_Row, table=True):
    """A look of the scheduler at what is owed: for which day, when, and how much it found."""

    __tablename__ = "look"

    id: int | None = Field(default=None, sa_column=_key())
    day: date = Field(index=True)
    looked_at: datetime
    found: int


class LeaseRow(_Row, table=True):
    """Which process does a duty, and until when; another stands by and takes over once that has passed."""

    __tablename__ = "lease"

    duty: str = Field(primary_key=True)
    holder: str
    until: datetime


class SightingRow(_Row, table=True):
    """A threshold of an obligation seen passed, once: it opened, fell due, went overdue, or became urgent, on `day`.

    Where its day moves later, past the day of the look that saw it, it is seen again when the new day comes. Where it
    moves earlier, or stays before that look, it is not: whoever was told knows already.
    """

    __tablename__ = "sighting"
    __table_args__ = (
        UniqueConstraint("record_id", "rule", "event_id", "threshold", "day"),
        CheckConstraint("threshold IN ('opened', 'due', 'overdue', 'urgent')", name="threshold"),
    )

    id: int | None = Field(default=None, sa_column=_key())
    record_id: int = Field(sa_column=_record())
    rule: str
    event_id: str
    threshold: str
    day: date
    look_id: int = Field(sa_column=Column("look_id", _Id, ForeignKey("look.id"), nullable=False, index=True))


def _table(model: type[SQLModel]) -> Table:
    return cast("Table", model.__table__)  # type: ignore[attr-defined]


person = _table(PersonRow)
record = _table(RecordRow)
event = _table(EventRow)
protocol = _table(ProtocolRow)
attempt = _table(AttemptRow)
chain_head = _table(ChainHeadRow)
roll = _table(RollRow)
patient = _table(PatientRow)
obligation = _table(ObligationRow)
look = _table(LookRow)
lease = _table(LeaseRow)
sighting = _table(SightingRow)
