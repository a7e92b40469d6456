"""The baseline: records and their events, what is derived from them, and what the scheduler saw."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("duty", AutoString(), nullable=False),
        sa.Column("holder", AutoString(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("duty", name=op.f("pk_lease")),
    )
    op.create_table(
        "look",
        sa.Column("id", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("looked_at", UTCDateTime(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look")),
    )
    op.create_index("ix_look_day", "look", ["day"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("key", name=op.f("uq_person_key")),
    )
    op.create_table(
        "protocol",
        sa.Column("version", AutoString(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("first_used_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_protocol")),
    )
    op.create_table(
        "roll",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("hash", AutoString(), nullable=False),
        sa.Column("mac", AutoString(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll")),
    )
    op.create_table(
        "record",
        sa.Column("id", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("sender", AutoString(), nullable=False),
        sa.Column("mrn", AutoString(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("hash", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_record_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
        sa.UniqueConstraint("position", name=op.f("uq_record_position")),
        sa.UniqueConstraint("sender", "mrn", name=op.f("uq_record_sender_mrn")),
    )
    op.create_index("ix_record_person_id", "record", ["person_id"], unique=False)

    op.create_table(
        "attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("record_id", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("stored_at", UTCDateTime(), nullable=False),
        sa.Column("author", AutoString(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("fingerprint", AutoString(), nullable=False),
        sa.Column("protocol_version", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["protocol_version"], ["protocol.version"], name=op.f("fk_attempt_protocol_version_protocol")
        ),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_attempt_record_id_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("record_id", "fingerprint", name=op.f("uq_attempt_record_id_fingerprint")),
    )
    op.create_table(
        "chain_head",
        sa.Column("record_id", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("hash", AutoString(), nullable=False),
        sa.Column("mac", AutoString(), nullable=True),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_chain_head_record_id_record")),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_chain_head")),
    )
    op.create_table(
        "event",
        sa.Column("seq", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("record_id", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("event_id", AutoString(), nullable=False),
        sa.Column("type", AutoString(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("recorded_at", UTCDateTime(), nullable=False),
        sa.Column("stored_at", UTCDateTime(), nullable=False),
        sa.Column("author", AutoString(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("content_hash", AutoString(), nullable=False),
        sa.Column("protocol_version", AutoString(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("hash", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["protocol_version"], ["protocol.version"], name=op.f("fk_event_protocol_version_protocol")
        ),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_event_record_id_record")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_event")),
        sa.UniqueConstraint("record_id", "event_id", name=op.f("uq_event_record_id_event_id")),
        sa.UniqueConstraint("record_id", "position", name=op.f("uq_event_record_id_position")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_record_id_seq", "event", ["record_id", "seq"], unique=False)

    op.create_table(
        "obligation",
        sa.Column("record_id", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("rule", AutoString(), nullable=False),
        sa.Column("event_id", AutoString(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("urgent_on", sa.Date(), nullable=True),
        sa.Column("booked_for", sa.Date(), nullable=True),
        sa.Column("snoozed_until", sa.Date(), nullable=True),
        sa.Column("snoozed_until_if_urgent", sa.Date(), nullable=True),
        sa.Column("owner", AutoString(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_obligation_record_id_record")),
        sa.PrimaryKeyConstraint("record_id", "rule", "event_id", name=op.f("pk_obligation")),
    )
    op.create_index("ix_obligation_due_on_rule_record_id", "obligation", ["due_on", "rule", "record_id"], unique=False)
    op.create_index("ix_obligation_opens_on", "obligation", ["opens_on"], unique=False)
    op.create_index("ix_obligation_owner_due_on", "obligation", ["owner", "due_on"], unique=False)
    op.create_index(
        "ix_obligation_urgent",
        "obligation",
        ["due_on", "rule", "record_id"],
        unique=False,
        sqlite_where=sa.text("urgent_on IS NOT NULL"),
        postgresql_where=sa.text("urgent_on IS NOT NULL"),
    )

    op.create_table(
        "patient",
        sa.Column("record_id", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("name_folded", AutoString(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("owner", AutoString(), nullable=False),
        sa.Column("site", AutoString(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("protocol_version", AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["protocol_version"], ["protocol.version"], name=op.f("fk_patient_protocol_version_protocol")
        ),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_patient_record_id_record")),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_patient")),
    )
    op.create_index("ix_patient_last_on", "patient", ["last_on"], unique=False)
    op.create_index("ix_patient_name_folded", "patient", ["name_folded"], unique=False)
    op.create_index("ix_patient_owner", "patient", ["owner"], unique=False)
    op.create_index("ix_patient_protocol_version", "patient", ["protocol_version"], unique=False)
    op.create_index("ix_patient_state", "patient", ["state"], unique=False)

    op.create_table(
        "sighting",
        sa.Column("id", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("record_id", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.Column("rule", AutoString(), nullable=False),
        sa.Column("event_id", AutoString(), nullable=False),
        sa.Column("threshold", AutoString(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("look_id", sa.BigInteger().with_variant(sa.INTEGER(), "sqlite"), nullable=False),
        sa.CheckConstraint("threshold IN ('opened', 'due', 'overdue', 'urgent')", name=op.f("ck_sighting_threshold")),
        sa.ForeignKeyConstraint(["look_id"], ["look.id"], name=op.f("fk_sighting_look_id_look")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_sighting_record_id_record")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sighting")),
        sa.UniqueConstraint(
            "record_id",
            "rule",
            "event_id",
            "threshold",
            "day",
            name=op.f("uq_sighting_record_id_rule_event_id_threshold_day"),
        ),
    )
    op.create_index("ix_sighting_look_id", "sighting", ["look_id"], unique=False)

    _append_only()


def _append_only() -> None:
    """An event is never changed and never deleted, whoever asks the database to."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER event_append_only_{verb.lower()} BEFORE {verb} ON event "
                "BEGIN SELECT RAISE(ABORT, 'events are append-only: record a correction'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION event_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'events are append-only: record a correction'; END $$"
    )
    op.execute(
        "CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON event "
        "FOR EACH STATEMENT EXECUTE FUNCTION event_append_only()"
    )


def downgrade() -> None:
    """Not offered: a database goes forward, the backup beside the file goes back."""
    raise NotImplementedError
