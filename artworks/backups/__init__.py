"""Backups: the library written to a place as one archive and its originals, proved, and restored from there."""
