"""What the application does: plain functions over a session; no Flask here."""
