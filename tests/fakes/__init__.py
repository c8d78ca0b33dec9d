"""Stand-ins for outside things: a model service that speaks real HTTP, and a storage in memory."""
