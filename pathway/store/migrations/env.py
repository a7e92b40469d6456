"""Alembic's entry: the connection and its transaction come from `pathway.store.migrate`."""

from alembic import context

from pathway.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=False, render_as_batch=True)
context.run_migrations()
