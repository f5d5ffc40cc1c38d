"""What Alembic runs: migrations on the connection and in the transaction that `store.migrating` has begun."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True, render_as_batch=True)
context.run_migrations()
