"""Every table, by subject; used through models.py alone."""
