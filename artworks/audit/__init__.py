"""The audit log: written with each action, and read by owners."""
