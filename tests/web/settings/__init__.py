"""Tests of HTTP for settings."""
