"""The database: SQLite by default, PostgreSQL by URL. Only `tracker`, `views` and `cohort` use it; no row leaves it."""

from pathway.store.engine import SCHEMA, Store

__all__ = ["SCHEMA", "Store"]
