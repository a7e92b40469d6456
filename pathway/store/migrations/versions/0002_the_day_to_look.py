"""The day on which the scheduler has to look at an obligation next: its cost follows what is due.

Plain ALTER TABLE, in SQLite too: no table is rebuilt, so no row that points to one is touched. Every obligation is
looked at once more, from the day on which it opens; what was seen of it before, its sightings say.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("obligation", sa.Column("look_on", sa.Date(), nullable=True))
    op.execute("UPDATE obligation SET look_on = opens_on")
    op.create_index(
        "ix_obligation_watched",
        "obligation",
        ["look_on"],
        unique=False,
        sqlite_where=sa.text("look_on IS NOT NULL"),
        postgresql_where=sa.text("look_on IS NOT NULL"),
    )
    op.drop_index("ix_obligation_opens_on", table_name="obligation")


def downgrade() -> None:
    """Not offered: a database goes forward, the backup beside the file goes back."""
    raise NotImplementedError
