"""Runs the migrations over the connection that :mod:`frontdesk.store.migrate` brings."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
