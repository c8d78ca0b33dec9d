"""Tests of places for backups."""
