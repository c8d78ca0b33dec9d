"""PostgreSQL: the embedded server, its health and rights, and COPY."""
