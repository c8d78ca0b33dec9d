"""Alembic's environment: runs on the connection that migrations.py hands over, inside its transaction."""

from alembic import context
from sqlalchemy import Connection

from models import Base

connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    transaction_per_migration=False,
    compare_server_default=True,
)
context.run_migrations()
